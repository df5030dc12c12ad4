"""The energy counters of x86 processors (RAPL), for development machines."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Callable, NamedTuple

from bench.board.sysfs import OpenValue, read_value
from bench.errors import UserError
from bench.power.meter import Meter, Reading

_ROOT = Path("/sys")
_ZONE = re.compile(r"intel-rapl:\d+")  # packages; what follows a second colon is a part of one
_RESOLUTION_J = 61e-6
"""The counter's usual step, 2^-14 J (Intel's manual, volume 3B, 15.10.1)."""


class _Counter(NamedTuple):
    file: OpenValue
    range_uj: int


class Rapl(Meter):
    """Mean power between two looks at the packages' energy counters.

    Parameters
    ----------
    root : Path
        Where sysfs is mounted.
    now_ns : callable
        CLOCK_MONOTONIC in nanoseconds.
    """

    name = "rapl"
    boundary = "cpu-package"
    fastest_period_s = 0.01  # the counters move about once a millisecond

    def __init__(self, root: Path = _ROOT, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._root = root
        self._now_ns = now_ns
        self._counters: list[_Counter] = []
        self._last_uj: list[int] = []
        self._last_ns = 0
        self.details = {
            "resolution_j": _RESOLUTION_J,
            "cannot_see": "anything but the processor: no memory, disk, board or power supply",
        }

    def open(self) -> None:
        """Find the packages' counters and take the first look; raises UserError."""
        zones = _packages(self._root)
        if not zones:
            raise UserError(
                "meter rapl: this computer shows no energy counters (/sys/class/powercap/intel-rapl:0), as is usual "
                "without an x86 processor or within a container; choose another --meter"
            )
        try:
            self._counters = [
                _Counter(OpenValue(zone / "energy_uj"), int((zone / "max_energy_range_uj").read_text(encoding="ascii")))
                for zone in zones
            ]
        except OSError as error:
            raise UserError(
                f"meter rapl: {error.filename} can't be read ({error.strerror}); run 'sudo chmod a+r {error.filename}' "
                "or sample as root"
            ) from None
        self.details["packages"] = len(zones)
        self._last_uj, self._last_ns = self._look(), self._now_ns()

    def readings(self) -> list[Reading]:
        """Return the mean since the last look; nothing if that was a moment ago, for the counters move in steps."""
        too_soon = self._now_ns() - self._last_ns < self.fastest_period_s * 5e8
        return [] if too_soon else [self.read()]

    def read(self) -> Reading:
        """Return the mean power since the last look, for the middle between; raises OSError without an answer."""
        before_ns, before_uj = self._last_ns, self._last_uj
        self._last_uj, self._last_ns = self._look(), self._now_ns()
        # A counter that has wrapped shows less than before.
        used_uj = sum(
            (now - before) % counter.range_uj for now, before, counter in zip(self._last_uj, before_uj, self._counters)
        )
        return Reading(used_uj * 1e3 / max(self._last_ns - before_ns, 1), time_ns=(self._last_ns + before_ns) // 2)

    def close(self) -> None:
        """Close the counters."""
        for counter in self._counters:
            with suppress(OSError):
                counter.file.close()
        self._counters = []

    def _look(self) -> list[int]:
        try:
            return [int(counter.file.read()) for counter in self._counters]
        except ValueError as error:
            raise OSError(f"an energy counter shows no number ({error})") from error


def unusable() -> str | None:
    """Return why there are no counters to read here; None if there are."""
    meter = Rapl()
    try:
        meter.open()
    except UserError as error:
        return str(error).partition(": ")[2]
    meter.close()
    return None


def create() -> Rapl:
    """Return the processor's own counters."""
    return Rapl()


def _packages(root: Path) -> list[Path]:
    zones = sorted(zone for zone in (root / "class/powercap").glob("intel-rapl:*") if _ZONE.fullmatch(zone.name))
    return [zone for zone in zones if (read_value(zone / "name") or "").startswith("package")]
