"""Power sensors through the kernel's hwmon interface, above all the INA2xx family (INA219, INA226, …)."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from bench.board.sysfs import OpenValue, hwmon_devices, read_value
from bench.errors import UserError
from bench.power.current_sensors import DATA_SHEETS
from bench.power.meter import Meter, Reading

_FAMILY = re.compile(r"ina2\d\d")
_CONVERSION_S = 0.00117
"""The kernel tells no update interval of an INA219: two conversions (shunt, bus) of at most 586 µs each."""


_POWER_STEPS = {"ina219": 20, "ina226": 25}
"""Current steps in one power step, as the kernel's ina2xx driver programs the chip."""

_FIELD = re.compile(r"(power|curr)(\d+)_input")
_VOLTAGE = re.compile(r"in(\d+)_input")
_BUS_LABELS = ("vbus", "vin")
"""What drivers call the voltage of the supply line, where they label it (powerz, pmbus)."""


class Hwmon(Meter):
    """A current sensor in the board's supply line.

    Parameters
    ----------
    device : str
        The sensor's address as the kernel writes it (`1-0040`: bus 1, address 0x40), of whatever kind it is. Empty: the
        only INA2xx there is; no other is taken by itself, for the kernel shows graphics cards' power here too.
    channel : str
        The number of the channel, of a sensor that has several (an INA3221 has three).
    root : Path
        Where sysfs is mounted.
    """

    name = "hwmon"
    boundary = "usb-input"
    fastest_period_s = _CONVERSION_S

    def __init__(self, device: str = "", root: Path = Path("/sys"), channel: str = "") -> None:
        self._device = device
        self._channel = channel
        self._root = root
        self._power: OpenValue | None = None
        self._volts: OpenValue | None = None
        self._amps: OpenValue | None = None
        self.details = {}

    def open(self) -> None:
        """Find the sensor by its chip's name, for its number changes from boot to boot; raises UserError."""
        folder, chip = self._choose()
        channel = self._choose_channel(folder, chip)
        files = (folder / f"power{channel}_input", _voltage(folder, channel), folder / f"curr{channel}_input")
        try:
            self._power, self._volts, self._amps = (OpenValue(file) if file.exists() else None for file in files)
        except OSError as error:
            raise UserError(
                f"meter hwmon: {error.filename} can't be read ({error.strerror}); run as a user who may read it"
            ) from None
        if self._power is None and (self._volts is None or self._amps is None):
            raise UserError(
                f"meter hwmon: {chip} in {folder} gives no power; check its wiring and overlay with 'dmesg'"
            )
        self._describe(folder, chip, channel)

    def read(self) -> Reading:
        """Return power, bus voltage and current; raises OSError where the sensor does not answer."""
        power, volts, amps = _number(self._power), _number(self._volts), _number(self._amps)
        if self._power is not None:
            watts = None if power is None else power / 1e6
        else:
            watts = None if volts is None or amps is None else volts * amps / 1e6
        return Reading(watts, None if volts is None else volts / 1e3, None if amps is None else amps / 1e3)

    def close(self) -> None:
        """Close the sensor's files."""
        for file in (self._power, self._volts, self._amps):
            if file is not None:
                with suppress(OSError):
                    file.close()
        self._power = self._volts = self._amps = None

    def _choose(self) -> tuple[Path, str]:
        for folder, chip in hwmon_devices(self._root):
            if self._device == _address(folder):
                return folder, chip
        found = _sensors(self._root)
        if not found:
            raise UserError(
                f"meter hwmon: there is no INA2xx power sensor in {self._root / 'class/hwmon'}; "
                "load its overlay, or choose another --meter"
            )
        if self._device or len(found) > 1:
            there = ", ".join(f"{_address(folder)} ({chip})" for folder, chip in found)
            wanted = f"no sensor '{self._device}'" if self._device else f"{len(found)} power sensors"
            raise UserError(
                f"meter hwmon: {wanted}; there are {there}: choose with --meter hwmon:device={_address(found[0][0])}"
            )
        return found[0]

    def _choose_channel(self, folder: Path, chip: str) -> str:
        fields = (_FIELD.fullmatch(file.name) for file in folder.iterdir())
        channels = sorted({field[2] for field in fields if field is not None}, key=int) or ["1"]
        if self._channel in channels or (not self._channel and len(channels) == 1):
            return self._channel or channels[0]
        labels = ((number, _label(folder, f"in{number}")) for number in channels)
        there = ", ".join(f"{number} ({label})" if label else number for number, label in labels)
        wanted = f"no channel '{self._channel}'" if self._channel else "several channels"
        raise UserError(
            f"meter hwmon: {chip} in {folder} has {wanted}; there are {there}: choose the supply line's with "
            f"--meter hwmon:device={_address(folder)},channel={channels[0]}"
        )

    def _describe(self, folder: Path, chip: str, channel: str) -> None:
        interval_ms = _setting(folder, "update_interval")
        shunt_micro_ohm = _setting(folder, "shunt_resistor") or _setting(folder, f"shunt{channel}_resistor")
        self.fastest_period_s = max(interval_ms / 1000, _CONVERSION_S) if interval_ms else _CONVERSION_S
        self.details = {
            "chip": chip,
            "device": _address(folder),
            "channel": int(channel),
            "voltage": _voltage(folder, channel).name,
            "cannot_see": "what does not flow through the shunt; the power supply's own loss; the shunt's tolerance",
        }
        if interval_ms:
            self.details["update_interval_s"] = interval_ms / 1000
        if shunt_micro_ohm:
            self.details["shunt_ohm"] = shunt_micro_ohm / 1e6
        if chip in DATA_SHEETS:
            self.uncertainty, step_v = DATA_SHEETS[chip]
            if shunt_micro_ohm and step_v:
                self.details["resolution_w"] = _POWER_STEPS[chip] * step_v / (shunt_micro_ohm / 1e6)


def unusable() -> str | None:
    """Return why no power sensor can be read here; None if one can."""
    root = Path("/sys")
    if not _sensors(root):
        return "the kernel shows no INA2xx power sensor in /sys/class/hwmon; load its overlay"
    return None


def create(device: str = "", channel: str = "") -> Hwmon:
    """Return the sensor at `device` (such as `1-0040`), or the only INA2xx; `channel` of one that has several."""
    return Hwmon(device, channel=channel)


def _sensors(root: Path) -> list[tuple[Path, str]]:
    return [(folder, chip) for folder, chip in hwmon_devices(root) if _FAMILY.fullmatch(chip)]


def _address(folder: Path) -> str:
    return (folder / "device").resolve().name


def _label(folder: Path, name: str) -> str:
    return (read_value(folder / f"{name}_label") or "").strip()


def _voltage(folder: Path, channel: str) -> Path:
    """Return the file of the supply line's voltage: the one labelled so, else that of the channel's number."""
    names = [f"in{field[1]}" for file in sorted(folder.iterdir()) if (field := _VOLTAGE.fullmatch(file.name))]
    labelled = [name for name in names if _label(folder, name).lower().startswith(_BUS_LABELS)]
    plain = [name for name in names if "shunt" not in _label(folder, name).lower()]
    own = f"in{channel}"
    chosen = labelled[0] if labelled else own if own in plain else next(iter(plain), own)
    return folder / f"{chosen}_input"


def _number(file: OpenValue | None) -> int | None:
    try:
        return None if file is None else file.read_number()
    except ValueError:
        return None


def _setting(folder: Path, name: str) -> int | None:
    text = read_value(folder / name) or ""
    return int(text) if text.isdecimal() else None
