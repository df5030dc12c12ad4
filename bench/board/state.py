"""How the board is doing now: temperature, clock, throttling."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Optional

from bench.board.sysfs import OpenValue, hwmon_devices, read_value

NOW_BITS = 0xF
"""Under-voltage, frequency capped, throttled, soft temperature limit: at this moment."""

STICKY_BITS = 0xF0000
"""The same four, once seen. The kernel's rpi_volt driver clears them with each of its own polls (every 2 s)."""

_PROCESSOR_ZONES = ("cpu-thermal", "cpu_thermal", "bcm2835_thermal", "x86_pkg_temp", "soc-thermal")
_UNDER_VOLTAGE = 0x1


class State(NamedTuple):
    """One look at the board; None is what this board does not tell.

    Attributes
    ----------
    temp_c
        The processor's temperature in °C.
    arm_mhz
        The clock of the first processor core in MHz.
    throttled
        The firmware's bit field, as `vcgencmd get_throttled` prints it.
    """

    temp_c: Optional[float] = None
    arm_mhz: Optional[float] = None
    throttled: Optional[int] = None


class StateReader:
    """Reads the state again and again, from files that are found and opened once.

    Parameters
    ----------
    root : Path
        Where sysfs is mounted.
    """

    def __init__(self, root: Path = Path("/sys")) -> None:
        self._temperature = _opened(_processor_zone(root))
        self._clock = _opened(root / "devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")
        self._throttled = _opened(next(root.glob("devices/platform/*/*firmware*/get_throttled"), None))
        self._alarm = None if self._throttled else _opened(_under_voltage_alarm(root))

    def read(self) -> State:
        """Return the present state; a value that can't be read this time is None."""
        millidegrees = _number(self._temperature)
        kilohertz = _number(self._clock)
        return State(
            temp_c=None if millidegrees is None else millidegrees / 1000,
            arm_mhz=None if kilohertz is None else kilohertz / 1000,
            throttled=self._throttled_bits(),
        )

    def close(self) -> None:
        """Close the files."""
        for value in (self._temperature, self._clock, self._throttled, self._alarm):
            if value is not None:
                value.close()

    def _throttled_bits(self) -> int | None:
        if self._throttled is not None:
            return _number(self._throttled, base=16)
        alarm = _number(self._alarm)
        return None if alarm is None else _UNDER_VOLTAGE * bool(alarm)


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
