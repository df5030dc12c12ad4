"""A made-up meter, for trying everything out on a computer without one."""

from __future__ import annotations

import math
from collections.abc import Callable

from bench.board.utilisation import ProcessorUtilisation
from bench.power.meter import Meter, Reading

IDLE_W = 2.7
LOAD_W = 3.7
"""About a Raspberry Pi 4 Model B: 2.7 W idle, 6.4 W with all four cores busy (pidramble.com's power benchmarks)."""


class Simulated(Meter):
    """Power as a straight line over processor utilisation: ``idle + slope x utilisation``.

    Parameters
    ----------
    idle_w, slope_w : float
        Watts of the idle board, and watts more with all processor cores busy.
    utilisation : callable
        Returns the share of busy processor time (0 to 1) since it was last called, or None if it can't say.
    """

    name = "simulated"
    boundary = "simulated"
    fastest_period_s = 0.1  # the kernel counts processor time in ticks of 10 ms

    def __init__(
        self,
        idle_w: float = IDLE_W,
        slope_w: float = LOAD_W,
        utilisation: Callable[[], float | None] | None = None,
    ) -> None:
        if not (math.isfinite(idle_w) and math.isfinite(slope_w) and idle_w >= 0 and slope_w >= 0):
            raise ValueError(f"idle={idle_w} and slope={slope_w} must be watts, zero or more")
        self._idle_w = idle_w
        self._slope_w = slope_w
        self._utilisation = utilisation or ProcessorUtilisation()
        self.details = {
            "idle_w": idle_w,
            "slope_w": slope_w,
            "cannot_see": "anything: these watts are computed from processor utilisation, not measured",
        }

    def open(self) -> None:
        """Begin the first stretch of utilisation."""
        self._utilisation()

    def read(self) -> Reading:
        """Return the power that the utilisation since the last reading stands for."""
        share = self._utilisation()
        return Reading(None if share is None else self._idle_w + self._slope_w * share)

    def close(self) -> None:
        """Do nothing."""


def unusable() -> None:
    """Return None: it can always be had."""


def create(idle: str = str(IDLE_W), slope: str = str(LOAD_W)) -> Simulated:
    """Return the simulated meter; `idle` and `slope` in watts."""
    return Simulated(float(idle), float(slope))
