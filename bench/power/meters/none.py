"""No meter: power stays empty, the board's state is recorded all the same."""

from __future__ import annotations

from bench.power.meter import Meter, Reading


class NoMeter(Meter):
    """Sees nothing."""

    name = "none"
    fastest_period_s = 1.0  # without power, only the board's state is left to record, and that changes slowly

    def __init__(self) -> None:
        self.details = {"cannot_see": "any power"}

    def open(self) -> None:
        """Do nothing."""

    def read(self) -> Reading:
        """Return an empty reading."""
        return Reading(None)

    def close(self) -> None:
        """Do nothing."""


def unusable() -> None:
    """Return None: it can always be had."""


def create() -> NoMeter:
    """Return the meter that sees nothing."""
    return NoMeter()
