from __future__ import annotations

import math

import pytest

from bench.errors import UserError
from bench.power.meter import Meter, Reading
from bench.power.meters.none import NoMeter
from bench.power.readings import CheckedMeter

STEP_NS = 100_000_000


class Scripted(Meter):
    """Answers with the next of its script; an exception in it is raised."""

    name = "scripted"
    boundary = "usb-input"

    def __init__(self, *script: Reading | Exception, fastest_period_s: float = 0.1, openings: tuple = ()) -> None:
        self.details = {}
        self.fastest_period_s = fastest_period_s
        self.script = list(script)
        self.openings = list(openings)
        self.opened = 0

    def open(self) -> None:
        self.opened += 1
        if self.openings and (error := self.openings.pop(0)):
            raise error

    def read(self) -> Reading:
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass


def read_all(meter: Scripted, step_ns: int = STEP_NS) -> tuple[CheckedMeter, list[float | None]]:
    checked = CheckedMeter(meter)
    checked.open()
    return checked, [checked.read(slot * step_ns).watts for slot in range(len(meter.script))]


@pytest.mark.parametrize(
    "doubtful",
    [
        Reading(None),
        Reading(math.nan),
        Reading(math.inf),
        Reading(-0.6),
        Reading(-0.6, 4.224, -0.15),
        Reading(0.6, 4.224, -0.15),
        Reading(2.0, 5.0, math.nan),
    ],
)
def test_a_doubtful_reading_has_no_watts_and_is_counted(doubtful):
    checked, watts = read_all(Scripted(Reading(3.0), doubtful, Reading(3.1)))
    assert watts == [3.0, None, 3.1]
    assert (checked.invalid, checked.stale) == (1, 0)


def test_a_backward_current_stays_visible():
    checked = CheckedMeter(Scripted(Reading(-0.6, 4.224, -0.15)))
    assert checked.read(0) == Reading(None, 4.224, -0.15)


def test_a_meter_that_vanishes_is_opened_again():
    meter = Scripted(Reading(3.0), OSError("unplugged"), Reading(3.2))
    checked, watts = read_all(meter)
    assert watts == [3.0, None, 3.2]
    assert checked.invalid == 1
    assert meter.opened == 2


def test_a_meter_that_stays_away_is_tried_again_in_every_slot():
    openings = (None, UserError("no sensor"), OSError("busy"), None)
    meter = Scripted(Reading(3.0), OSError("unplugged"), Reading(3.2), openings=openings)
    checked = CheckedMeter(meter)
    checked.open()
    assert [checked.read(slot * STEP_NS).watts for slot in range(5)] == [3.0, None, None, None, 3.2]
    assert checked.invalid == 3


def test_an_early_repeat_is_stale():
    same = Reading(3.0, 5.0, 0.6)
    checked, watts = read_all(Scripted(same, same, same, same, fastest_period_s=0.1), step_ns=20_000_000)
    assert watts == [3.0, None, None, 3.0]
    assert (checked.stale, checked.invalid) == (2, 0)


def test_a_steady_load_is_not_stale():
    same = Reading(3.0, 5.0, 0.6)
    checked, watts = read_all(Scripted(same, same, same), step_ns=99_000_000)
    assert watts == [3.0, 3.0, 3.0]
    assert checked.stale == 0


def test_no_meter_has_no_watts_and_nothing_to_complain_about():
    checked = CheckedMeter(NoMeter())
    checked.open()
    assert checked.read(0) == Reading(None)
    assert (checked.invalid, checked.stale) == (0, 0)
