"""What the doctor says of a meter by what it reads."""

from __future__ import annotations

import itertools

import pytest

from bench.power.meter import Meter, Reading
from bench.power.sampling.meter_checks import meter
from bench.records.findings import Finding


class Fixed(Meter):
    """A meter that always reads the same."""

    name = "hwmon"
    fastest_period_s = 0.0

    def __init__(self, reading: Reading, boundary: str) -> None:
        self.boundary = boundary  # type: ignore[assignment]
        self._reading = reading

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self) -> Reading:
        return self._reading


def look(watts: float | None, volts: float | None, boundary: str = "usb-input") -> Finding:
    ticks = itertools.count()
    return meter("hwmon", 10.0, lambda _: Fixed(Reading(watts, volts), boundary), lambda: next(ticks) * 1e-4)


def test_a_meter_in_the_supply_line_is_fine() -> None:
    assert look(4.2, 5.08).level == "ok"


@pytest.mark.parametrize("watts", [None, float("nan"), float("inf")])
def test_a_meter_that_tells_volts_and_no_power_is_doubted(watts: float | None) -> None:
    found = look(watts, 5.08)
    assert (found.level, found.found.endswith("but it tells no power")) == ("warn", True)


@pytest.mark.parametrize(("volts", "told"), [(4.18, "4.18 V"), (12.1, "12.10 V"), (0.0, "0.00 V")])
def test_a_voltage_that_is_no_supplys_is_doubted(volts: float, told: str) -> None:
    found = look(4.0, volts)
    assert (found.level, f"it reads {told} where a board's supply line has 5 V" in found.found) == ("warn", True)


@pytest.mark.parametrize("boundary", ["usb-input", "wall"])
def test_less_than_a_computer_takes_is_doubted(boundary: str) -> None:
    found = look(0.167, None, boundary)
    assert (found.level, "it reads 0.17 W, less than a computer takes" in found.found) == ("warn", True)


def test_at_the_wall_there_is_another_voltage() -> None:
    assert look(6.0, 231.0, "wall").level == "ok"
