"""A Raspberry Pi as two equations: power over load and clock, temperature over power and time.

Power is a straight line over what the processor does: ``P = idle + (full - idle) x load x clock / clock_max``. It
leaves out that the voltage falls with the clock. Temperature follows power as one thermal resistance with one time
constant: ``dT/dt = (ambient + resistance x P - T) / time constant``. From 80 to 85 °C the firmware lowers the clock,
here along a straight line from its highest to its lowest value, and has both cores and graphics throttled above that
(https://www.raspberrypi.com/documentation/computers/raspberry-pi.html#frequency-management-and-thermal-control).

None of this measures anything. It is there to try everything out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.board.throttled import SEEN, Throttled, seen

TIME_CONSTANT_S = 120.0
"""An assumption: a board's temperature settles within minutes."""

THROTTLE_BEGIN_C = 80.0
THROTTLE_FULL_C = 85.0

_LOWEST_CLOCK = Throttled.UNDER_VOLTAGE | Throttled.THROTTLED


@dataclass(frozen=True)
class BoardKind:
    """A model of the Raspberry Pi.

    Attributes
    ----------
    idle_w, full_w
        Power in watts of the idle board, and with all cores busy.
    min_mhz, max_mhz
        Range of the clock (raspberrypi.com; the 64-bit kernel lets a Pi 5 go down to 1500 MHz).
    resistance_c_per_w
        °C above the surroundings for each watt of the whole board, with a heat sink: full load stays below 80 °C.
    """

    model: str
    compatible: tuple[str, str]
    revision: str
    memory_kib: int
    idle_w: float
    full_w: float
    min_mhz: float
    max_mhz: float
    resistance_c_per_w: float


KINDS = {
    # Power: pidramble.com's benchmarks. Resistance: four fifths of a bare board's, which comes to 80 °C at 24 °C around
    # it with all cores busy (forum.hilscher.com, thread 272).
    "pi3": BoardKind(
        model="Raspberry Pi 3 Model B Rev 1.2",
        compatible=("raspberrypi,3-model-b", "brcm,bcm2837"),
        revision="a02082",
        memory_kib=931_328,
        idle_w=1.4,
        full_w=3.7,
        min_mhz=600,
        max_mhz=1200,
        resistance_c_per_w=12,
    ),
    # Power: pidramble.com's benchmarks. Resistance: 65.8 °C at 27.3 °C around it with all cores busy
    # (pi-plates.com, using a THERMOplate to measure temperatures on the RPi4).
    "pi4": BoardKind(
        model="Raspberry Pi 4 Model B Rev 1.4",
        compatible=("raspberrypi,4-model-b", "brcm,bcm2711"),
        revision="d03114",
        memory_kib=8_121_744,
        idle_w=2.7,
        full_w=6.4,
        min_mhz=600,
        max_mhz=1500,
        resistance_c_per_w=6,
    ),
    # Power and resistance are assumptions, a step beyond the Pi 4's.
    "pi5": BoardKind(
        model="Raspberry Pi 5 Model B Rev 1.0",
        compatible=("raspberrypi,5-model-b", "brcm,bcm2712"),
        revision="d04170",
        memory_kib=8_255_184,
        idle_w=3.0,
        full_w=9.0,
        min_mhz=1500,
        max_mhz=2400,
        resistance_c_per_w=5,
    ),
}


class Physics:
    """The state of one simulated board.

    Parameters
    ----------
    kind : BoardKind
        Which Raspberry Pi.
    ambient_c : float
        Temperature of the surroundings in °C.

    Attributes
    ----------
    power_w, temp_c, arm_mhz
        Watts, °C of the processor (at first that of the idle board), MHz.
    throttled
        The firmware's bits, those of now and those since the beginning.
    """

    def __init__(self, kind: BoardKind, ambient_c: float) -> None:
        self._kind = kind
        self.ambient_c = ambient_c
        self.power_w = kind.idle_w
        self.temp_c = ambient_c + kind.resistance_c_per_w * kind.idle_w
        self.arm_mhz = kind.min_mhz
        self.throttled = 0

    def advance(
        self,
        seconds: float,
        load: float,
        busy: bool,
        forced: int = 0,
        heated_c: float = -math.inf,
        drifted: float = 0.0,
    ) -> None:
        """Let time pass.

        Parameters
        ----------
        seconds : float
            How much.
        load : float
            Share of the processor that was busy meanwhile, 0 to 1.
        busy : bool
            Whether the governor asks for the highest clock.
        forced : int
            Of `Throttled`, bits that are set whatever the temperature; under-voltage and throttling bring the clock to
            its lowest.
        heated_c : float
            Temperature in °C that the processor has at least.
        drifted : float
            Share of the highest clock that is gone, whatever the temperature.
        """
        kind = self._kind
        heat = (self.temp_c - THROTTLE_BEGIN_C) / (THROTTLE_FULL_C - THROTTLE_BEGIN_C)
        limit = (1 - drifted) * kind.max_mhz - (kind.max_mhz - kind.min_mhz) * min(max(heat, 0.0), 1.0)
        if forced & _LOWEST_CLOCK:
            limit = kind.min_mhz
        self.arm_mhz = max(min(kind.max_mhz if busy else kind.min_mhz, limit), kind.min_mhz)
        bits = forced | (Throttled.CAPPED if heat > 0 else 0) | (Throttled.THROTTLED if heat >= 1 else 0)
        self.throttled = (self.throttled & SEEN) | bits | seen(bits)
        self.power_w = kind.idle_w + (kind.full_w - kind.idle_w) * load * self.arm_mhz / kind.max_mhz
        settled_c = self.ambient_c + kind.resistance_c_per_w * self.power_w
        self.temp_c += (settled_c - self.temp_c) * (1 - math.exp(-seconds / TIME_CONSTANT_S))
        self.temp_c = max(self.temp_c, heated_c)
