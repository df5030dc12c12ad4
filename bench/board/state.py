"""How the board is doing now: temperature, clock, throttling."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Optional

from bench.board.sysfs import OpenValue, hwmon_devices, read_value
from bench.board.throttled import Throttled
from bench.board.vcgencmd import Vcgencmd

_PROCESSOR_ZONES = ("cpu-thermal", "cpu_thermal", "bcm2835_thermal", "x86_pkg_temp", "soc-thermal")


class State(NamedTuple):
    """One look at the board; None is what this board does not tell.

    Attributes
    ----------
    temp_c
        The processor's temperature in °C.
    arm_mhz
        The processor's clock in MHz: as the firmware measures it where it can be asked, else the fastest that the
        kernel has set for any core.
    throttled
        The firmware's bit field (`Throttled`).
    """

    temp_c: Optional[float] = None
    arm_mhz: Optional[float] = None
    throttled: Optional[int] = None


class StateReader:
    """Reads the state again and again, from files that are found and opened once.

    The kernel's files come first, `vcgencmd` where there is none: a file costs a system call, the program a process.
    The clock is the exception, for the kernel shows the one it asked for, and the firmware may have lowered it.

    Parameters
    ----------
    root : Path
        What to read /sys under, and where to look for `vcgencmd`.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        sys = root / "sys"
        vcgencmd = Vcgencmd(root)
        self._vcgencmd = vcgencmd if vcgencmd.answers() else None
        self._temperature = _opened(_processor_zone(sys))
        policies = sorted((sys / "devices/system/cpu/cpufreq").glob("policy*"))
        folders = policies or [sys / "devices/system/cpu/cpu0/cpufreq"]
        self._clocks = [value for folder in folders if (value := _opened(folder / "scaling_cur_freq"))]
        self._throttled = _opened(next(sys.glob("devices/platform/*/*firmware*/get_throttled"), None))
        unknown = self._throttled is None and self._vcgencmd is None
        self._alarm = _opened(_under_voltage_alarm(sys)) if unknown else None

    def read(self) -> State:
        """Return the present state; a value that can't be read this time is None."""
        return State(temp_c=self._temp_c(), arm_mhz=self._arm_mhz(), throttled=self._throttled_bits())

    def close(self) -> None:
        """Close the files."""
        for value in (self._temperature, *self._clocks, self._throttled, self._alarm):
            if value is not None:
                value.close()

    def _temp_c(self) -> float | None:
        if self._temperature is None:
            return self._vcgencmd.temp_c() if self._vcgencmd else None
        millidegrees = _number(self._temperature)
        return None if millidegrees is None else millidegrees / 1000

    def _arm_mhz(self) -> float | None:
        measured = self._vcgencmd.arm_mhz() if self._vcgencmd else None
        if measured is not None:
            return measured
        kilohertz = [number for clock in self._clocks if (number := _number(clock)) is not None]
        return max(kilohertz) / 1000 if kilohertz else None

    def _throttled_bits(self) -> int | None:
        if self._throttled is not None:
            return _number(self._throttled, base=16)
        if self._vcgencmd is not None:
            return self._vcgencmd.throttled()
        alarm = _number(self._alarm)
        return None if alarm is None else Throttled.UNDER_VOLTAGE if alarm else 0


def _processor_zone(root: Path) -> Path | None:
    zones = {read_value(zone / "type"): zone / "temp" for zone in (root / "class/thermal").glob("thermal_zone*")}
    return next((zones[kind] for kind in _PROCESSOR_ZONES if kind in zones), None)


def _under_voltage_alarm(root: Path) -> Path | None:
    return next((folder / "in0_lcrit_alarm" for folder, name in hwmon_devices(root) if name == "rpi_volt"), None)


def _opened(path: Path | None) -> OpenValue | None:
    try:
        return None if path is None else OpenValue(path)
    except OSError:
        return None


def _number(value: OpenValue | None, base: int = 10) -> int | None:
    try:
        return None if value is None else int(value.read(), base)
    except (OSError, ValueError):
        return None
