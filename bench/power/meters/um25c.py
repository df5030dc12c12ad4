"""The USB meters UM25C, UM34C and TC66C, through the JSON that rd-usb writes."""

from __future__ import annotations

import re

from bench.power.logfile import Entry, LogMeter
from bench.records.seal import parsed

_OBJECT = re.compile(rb"\{[^{}]*\}")
_HALF_A_SECOND = 0.5
"""rd-usb cuts its times down to whole seconds: on average they are half a second early."""


class Um25c(LogMeter):
    """A USB meter in the board's supply line."""

    name = "um25c"
    boundary = "usb-input"
    fastest_period_s = 1.0  # about one reading a second over Bluetooth

    def begin(self, first_line: bytes) -> None:  # noqa: ARG002  (the JSON may be all in one line)
        """Note what the meter is."""
        self.details |= {
            "resolution_w": 0.001,
            "time_resolution_s": 1.0,
            "cannot_see": "what does not flow through the USB cable; the power supply's own loss; anything below 1 s",
        }

    def take(self, text: bytes) -> tuple[list[Entry], bytes]:
        """Return one entry for each whole object, and what follows the last one."""
        entries: list[Entry] = []
        end = 0
        for found in _OBJECT.finditer(text):
            end = found.end()
            try:
                fields = parsed(found[0])
                numbers = [float(fields[name]) for name in ("timestamp", "power", "voltage", "current")]
            except (ValueError, KeyError, TypeError, ArithmeticError):
                continue
            seconds, watts, volts, amps = numbers
            entries.append((seconds + _HALF_A_SECOND, watts, volts, amps))
        return entries, text[end:]


def unusable() -> None:
    """Return None: whether there is a log shows when it is named."""


def create(file: str = "") -> Um25c:
    """Return the meter whose logger writes into `file`."""
    return Um25c(file)
