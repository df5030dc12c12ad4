from __future__ import annotations

import math

import pytest

from bench.errors import UserError
from bench.power.meter import Meter, Reading
from bench.power.meters.none import NoMeter
from bench.power.sampling.checked_meter import CheckedMeter, Tally

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


class Batch(Scripted):
    """Hands out all its readings at once."""

    def __init__(self, readings: list[Reading]) -> None:
        super().__init__()
        self.batch = readings

    def readings(self) -> list[Reading]:
        return self.batch


def read_all(meter: Scripted, step_ns: int = STEP_NS) -> tuple[CheckedMeter, list[float | None]]:
    checked = CheckedMeter(meter)
    checked.open()
    return checked, [watts_at(checked, slot * step_ns) for slot in range(len(meter.script))]


def watts_at(checked: CheckedMeter, now_ns: int) -> float | None:
    readings = checked.readings(now_ns)
    return readings[0].watts if readings else None


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
    assert (checked.tally.invalid, checked.tally.stale, checked.tally.outages) == (1, 0, 0)


def test_no_watts_and_no_amperes_are_readings_like_others():
    readings = [Reading(0.0, 5.0, 0.0), Reading(0.4, 5.0, 0.08)]
    checked, watts = read_all(Scripted(*readings))
    assert watts == [0.0, 0.4]
    assert checked.tally == Tally()


def test_refused_readings_are_counted_together():
    doubtful = [Reading(math.nan), Reading(-1.0), OSError("unplugged"), OSError("unplugged")]
    checked, _ = read_all(Scripted(Reading(3.0), *doubtful))
    tally = checked.tally
    assert (tally.not_a_number, tally.negative, tally.unanswered, tally.backwards, tally.invalid) == (1, 1, 2, 0, 4)


def test_a_backward_current_stays_visible():
    checked = CheckedMeter(Scripted(Reading(-0.6, 4.224, -0.15)))
    assert checked.readings(0) == [Reading(None, 4.224, -0.15)]


def test_a_meter_that_vanishes_is_opened_again():
    meter = Scripted(Reading(3.0), OSError("unplugged"), Reading(3.2))
    checked, watts = read_all(meter)
    assert watts == [3.0, None, 3.2]
    assert (checked.tally.unanswered, checked.tally.outages) == (1, 1)
    assert meter.opened == 2


def test_a_meter_that_does_not_answer_at_first_has_vanished_too():
    checked, watts = read_all(Scripted(OSError("unplugged"), Reading(3.0)))
    assert watts == [None, 3.0]
    assert checked.tally.outages == 1


def test_a_meter_that_nobody_opened_is_opened_before_it_is_read():
    meter = Scripted(Reading(3.0))
    assert watts_at(CheckedMeter(meter), 0) == 3.0
    assert meter.opened == 1


def test_a_meter_that_stays_away_is_tried_again_once_a_second():
    openings = (None, UserError("no sensor"), OSError("busy"), None)
    meter = Scripted(Reading(3.0), OSError("unplugged"), Reading(3.2), openings=openings)
    checked = CheckedMeter(meter)
    checked.open()
    assert [watts_at(checked, slot * STEP_NS) for slot in range(23)] == [3.0, *[None] * 21, 3.2]
    assert (checked.tally.unanswered, checked.tally.outages, meter.opened) == (3, 1, 4)


def test_every_outage_counts_once():
    gone = OSError("unplugged")
    checked, watts = read_all(Scripted(Reading(3.0), gone, gone, Reading(3.1), gone, Reading(3.2)))
    assert watts == [3.0, None, None, 3.1, None, 3.2]
    assert (checked.tally.unanswered, checked.tally.outages) == (3, 2)


def test_a_moment_before_the_last_one_is_dropped_and_counted():
    checked = CheckedMeter(Batch([Reading(3.0, time_ns=50), Reading(3.1, time_ns=60), Reading(3.2, time_ns=55)]))
    checked.open()
    assert [reading.watts for reading in checked.readings(100)] == [3.0, 3.1]
    assert (checked.tally.backwards, checked.tally.invalid) == (1, 1)


def test_equal_readings_with_moments_of_their_own_are_not_stale():
    checked = CheckedMeter(Batch([Reading(3.0, time_ns=50), Reading(3.0, time_ns=51)]))
    checked.open()
    assert len(checked.readings(100)) == 2
    assert checked.tally.stale == 0


def test_an_early_repeat_is_stale():
    same = Reading(3.0, 5.0, 0.6)
    checked, watts = read_all(Scripted(same, same, same, same, fastest_period_s=0.1), step_ns=20_000_000)
    assert watts == [3.0, None, None, 3.0]
    assert (checked.tally.stale, checked.tally.invalid) == (2, 0)


@pytest.mark.parametrize(("after_ns", "stale"), [(49_999_999, 1), (50_000_000, 0)])
def test_a_repeat_is_stale_within_half_of_the_meter_s_period(after_ns, stale):
    same = Reading(3.0, 5.0, 0.6)
    checked, _ = read_all(Scripted(Reading(2.0), same, same, fastest_period_s=0.1), step_ns=after_ns)
    assert checked.tally.stale == stale


def test_the_longest_time_without_a_change_is_remembered():
    watts = [3.0, 3.0, 3.0, 3.0, 4.0, 4.0, 5.0]
    checked, _ = read_all(Scripted(*map(Reading, watts)))
    assert checked.longest_unchanged_ns == 3 * STEP_NS


def test_a_meter_that_always_changes_was_never_unchanged():
    checked, _ = read_all(Scripted(*map(Reading, [3.0, 3.1, 3.0])))
    assert checked.longest_unchanged_ns == 0


def test_a_steady_load_is_not_stale():
    same = Reading(3.0, 5.0, 0.6)
    checked, watts = read_all(Scripted(same, same, same), step_ns=99_000_000)
    assert watts == [3.0, 3.0, 3.0]
    assert checked.tally.stale == 0


def test_no_meter_has_no_watts_and_nothing_to_complain_about():
    checked = CheckedMeter(NoMeter())
    checked.open()
    assert checked.readings(0) == []
    assert checked.tally == Tally()


def test_a_logger_s_time_that_jumps_ahead_costs_its_own_reading_only() -> None:
    hour_ns = 3600 * 10**9
    times = [STEP_NS, 2 * STEP_NS, hour_ns, 3 * STEP_NS, 4 * STEP_NS]
    meter = CheckedMeter(Scripted(*(Reading(4.0 + number, time_ns=at) for number, at in enumerate(times))))
    meter.open()
    watts = [reading.watts for step in range(1, 6) for reading in meter.readings(step * STEP_NS)]
    assert watts == [4.0, 5.0, 7.0, 8.0]
    assert meter.tally.backwards == 1
