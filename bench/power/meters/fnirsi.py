"""FNIRSI's USB meters FNB48, FNB58 and C1, through the text that the public logger prints into a file."""

from __future__ import annotations

from bench.errors import UserError
from bench.power.logfile import Entry, LogMeter

_COLUMNS = ("timestamp", "voltage_V", "current_A")


class Fnirsi(LogMeter):
    """A USB meter in the board's supply line; it samples 100 times a second, four at once in each packet."""

    name = "fnirsi"
    boundary = "usb-input"
    fastest_period_s = 0.01

    def begin(self, first_line: bytes) -> None:
        """Take in the header; raises UserError if there is none."""
        header = first_line.decode(errors="replace").split()
        missing = [column for column in _COLUMNS if column not in header]
        if missing:
            raise UserError(
                f"meter fnirsi: {self._path} has no column {missing[0]} in its first line; "
                "let the logger write into a new file, header included"
            )
        self._indices = [header.index(column) for column in _COLUMNS]
        self._width = len(header)
        self.details |= {
            "resolution_w": 5 * 1e-5,
            "rate_hz": 100,
            "cannot_see": "what does not flow through the USB cable; the power supply's own loss",
        }

    def take(self, text: bytes) -> tuple[list[Entry], bytes]:
        """Return one entry for each whole line, and the unfinished last line."""
        *lines, rest = text.split(b"\n")
        return [entry for line in lines if (entry := self._entry(line)) is not None], rest

    def _entry(self, line: bytes) -> Entry | None:
        fields = line.split()
        if len(fields) != self._width:
            return None
        try:
            seconds, volts, amps = (float(fields[index]) for index in self._indices)
        except ValueError:  # the header of a log that was begun anew
            return None
        return seconds, volts * amps, volts, amps


def unusable() -> None:
    """Return None: whether there is a log shows when it is named."""


def create(file: str = "") -> Fnirsi:
    """Return the meter whose logger writes into `file`."""
    return Fnirsi(file)
