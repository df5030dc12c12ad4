"""Current sensors INA219, INA226 and INA260 read straight over I²C, for boards without the kernel's overlay.

The registers of shunt and bus voltage are right without a calibration (SBOS448G 8.5.1, SBOS547B 7.5): the product is
made here, at full resolution, so that the shunt's value enters in one place. The chip is set to average over some 9 ms,
which leaves little of a 10 ms period unseen.
"""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Optional

from bench.errors import UserError
from bench.power.current_sensors import DATA_SHEETS
from bench.power.meter import Meter, Reading

_CONFIGURATION = 0x00
_SHUNT = 0x01
_BUS = 0x02
_MAKER = 0xFE
_DIE = 0xFF
_TEXAS_INSTRUMENTS = 0x5449


class _Registers(NamedTuple):
    """How a chip is set up and read, as its data sheet says.

    Attributes
    ----------
    configuration
        Continuous conversion of shunt and bus, averaged.
    conversion_s
        The longest time that one averaged pair of conversions takes, in seconds.
    bus_step_v, bus_shift
        One step of register 2 in volts, and the flag bits below it.
    """

    configuration: int
    conversion_s: float
    bus_step_v: float
    bus_shift: int


_CHIPS = {
    "ina219": _Registers(0x3DDF, 2 * 4.69e-3, 4e-3, 3),  # SBOS448G: 32 V, ±320 mV, 8 samples of 12 bit
    "ina226": _Registers(0x4327, 8 * 1.21e-3, 1.25e-3, 0),  # SBOS547B: 4 samples of 1.1 ms each
    "ina260": _Registers(0x6327, 8 * 1.21e-3, 1.25e-3, 0),  # SBOS656C: the same
}
_INA260_STEP_A = 1.25e-3
"""One step of its register 1, which tells amperes: it has a shunt of its own."""

_DIES = {0x226: "ina226", 0x227: "ina260"}  # the twelve bits above the revision


class I2c(Meter):
    """A current sensor in the board's supply line.

    Parameters
    ----------
    shunt_ohm : float or None
        The shunt's resistance; only an INA260 has one of its own.
    bus : int
        N of /dev/i2c-N.
    address : int
        The chip's address on it.
    port : object
        In tests, what stands for smbus2's SMBus.
    """

    name = "i2c"
    boundary = "usb-input"
    fastest_period_s = max(chip.conversion_s for chip in _CHIPS.values())

    def __init__(self, shunt_ohm: Optional[float], bus: int = 1, address: int = 0x40, port: Any = None) -> None:
        if shunt_ohm is not None and not (math.isfinite(shunt_ohm) and shunt_ohm > 0):
            raise ValueError(f"shunt={shunt_ohm} must be ohms, more than zero")
        if not 0x08 <= address <= 0x77:
            raise ValueError(f"address={address:#x} is no address on an I²C bus (0x08 to 0x77)")
        self._shunt_ohm = shunt_ohm
        self._bus = bus
        self._address = address
        self._given = port
        self._port = port
        self._chip = _CHIPS["ina219"]
        self._amps_per_step = 0.0
        self.details = {}

    def open(self) -> None:
        """Find out which chip it is and set it up; raises UserError."""
        where = f"meter i2c: address {self._address:#04x} on /dev/i2c-{self._bus}"
        try:
            self._port = self._given or _smbus(self._bus)
            name = self._identify()
        except ImportError:
            raise UserError("meter i2c: smbus2 is not installed; run 'pip install smbus2'") from None
        except OSError as error:
            raise UserError(
                f"{where}: no answer ({error.strerror or error}); enable I²C with 'sudo raspi-config', check the "
                "wiring with 'i2cdetect', and join the group i2c"
            ) from None
        if self._shunt_ohm is None and name != "ina260":
            raise UserError(f"{where}: an {name} needs its shunt's value; add it, such as --meter i2c:shunt=0.01")
        self._describe(name)
        try:
            self._write(_CONFIGURATION, self._chip.configuration)
            written = self._read(_CONFIGURATION)
        except OSError as error:
            raise UserError(f"{where}: it can't be set up ({error.strerror or error}); check the wiring") from None
        if written != self._chip.configuration:
            raise UserError(
                f"{where}: it does not behave like an {name} (configuration {written:#06x}); check the address"
            )

    def read(self) -> Reading:
        """Return power, bus voltage and current; raises OSError where the chip does not answer."""
        amps = _signed(self._read(_SHUNT)) * self._amps_per_step
        volts = (self._read(_BUS) >> self._chip.bus_shift) * self._chip.bus_step_v
        return Reading(volts * amps, volts, amps)

    def close(self) -> None:
        """Let go of the bus."""
        if self._port is not None and self._given is None:
            self._port.close()
        self._port = None

    def _identify(self) -> str:
        # An INA219 has no such registers: its pointer wraps, and whatever it answers is not this maker's mark.
        if self._read(_MAKER) != _TEXAS_INSTRUMENTS:
            return "ina219"
        return _DIES.get(self._read(_DIE) >> 4, "ina226")

    def _describe(self, name: str) -> None:
        self._chip = _CHIPS[name]
        self.uncertainty, shunt_step_v = DATA_SHEETS[name]
        self.fastest_period_s = self._chip.conversion_s
        if shunt_step_v is None or self._shunt_ohm is None:
            self._amps_per_step = _INA260_STEP_A
        else:
            self._amps_per_step = shunt_step_v / self._shunt_ohm
        self.details = {
            "chip": name,
            "device": f"{self._bus}-{self._address:04x}",
            "averaged_over_s": self._chip.conversion_s,
            "resolution_w": 5 * self._amps_per_step,
            "cannot_see": "what does not flow through the shunt; the power supply's own loss; the shunt's tolerance",
        }
        if name != "ina260":
            self.details["shunt_ohm"] = self._shunt_ohm

    def _read(self, register: int) -> int:
        return _swapped(self._port.read_word_data(self._address, register))

    def _write(self, register: int, value: int) -> None:
        self._port.write_word_data(self._address, register, _swapped(value))


def unusable() -> str | None:
    """Return why no I²C bus can be used here; None if one can."""
    buses = sorted(Path("/dev").glob("i2c-*"))
    if not buses:
        return "there is no /dev/i2c-*; enable I²C with 'sudo raspi-config'"
    if not any(os.access(bus, os.R_OK | os.W_OK) for bus in buses):
        return f"{buses[0]} can't be opened; join the group i2c"
    with suppress(ImportError):
        import smbus2  # noqa: F401

        return None
    return "smbus2 is not installed"


def create(shunt: str = "", bus: str = "1", address: str = "0x40") -> I2c:
    """Return the sensor at `address` of `bus`; `shunt` in ohms (`0.01`), which an INA260 does without."""
    return I2c(float(shunt) if shunt else None, int(bus), int(address, 0))


def _smbus(bus: int) -> Any:
    from smbus2 import SMBus

    return SMBus(bus)


def _swapped(word: int) -> int:
    """Swap the bytes of a word: these chips send the high one first, SMBus the low one."""
    return (word & 0xFF) << 8 | word >> 8


def _signed(word: int) -> int:
    return word - 0x10000 if word & 0x8000 else word
