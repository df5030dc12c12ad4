"""What may happen to a meter during a run: the row's status, the words, and the data that survive."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.board.state import State
from bench.errors import UserError
from bench.power.meter import Meter, Reading
from bench.power.meters.hwmon import Hwmon
from bench.power.sampling.sampler import Sampler
from bench.records.columns import Results
from bench.records.notes.steadiness import IdleLikeLoad
from bench.records.sampler import SamplerRecord
from bench.records.schema import Window
from bench.records.store import read_record
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from tests.made.loads import SECOND_NS, World, ramp
from tests.made.records import new_run, repetition
from tests.made.sensors import sensor

WATTS = 4.0
about_4_w = pytest.approx(WATTS, rel=0.001)


class Story(Meter):
    """A meter of 4 W with a ripple, to which something happens, told in seconds since it began."""

    name = "hwmon"
    boundary = "usb-input"
    uncertainty = 0.01
    fastest_period_s = 0.1

    def __init__(self, world: World, happens: Callable[[float], Reading | None]) -> None:
        self.world = world
        self.happens = happens
        self.details = {}

    def open(self) -> None:
        pass

    def read(self) -> Reading:
        ripple = 0.01 if round(self.world.seconds * 10) % 2 else -0.01
        timed = any(begin_s - 0.15 <= self.world.seconds <= begin_s + 10.15 for begin_s in (10, 40))
        return self.happens(self.world.seconds) or Reading((WATTS if timed else WATTS / 2) + ripple, 5.0, 0.8)

    def close(self) -> None:
        pass


def tell(folder: RunFolder, happens: Callable[[float], Reading | None], oversleep_s: float = 0) -> Results:
    """Sample a minute in which nin (10 to 20 s) and googlenet (40 to 50 s) are timed; merge.

    With `oversleep_s`, the sampler wakes so much late for its slot at 12 s.
    """
    world = World(ramp())
    if oversleep_s:
        world.passing.append(lambda: setattr(world, "ns", world.ns + round(oversleep_s * SECOND_NS * at_12_s(world))))
    end_ns = world.ns + 60 * SECOND_NS
    for model, begin_s in (("nin", 10), ("googlenet", 40)):
        begin_ns = world.ns + begin_s * SECOND_NS
        edges = [("idle", -3, 0), ("timed", 0, 10), ("idle", 10, 13)]
        windows = [
            Window(name=name, begin_ns=begin_ns + a * SECOND_NS, end_ns=begin_ns + b * SECOND_NS)
            for name, a, b in edges
        ]
        folder.write_repetition(repetition(model=model, clocks=now(), windows=windows))
    Sampler(Story(world, happens), State, folder.path, 0.1, world).run(lambda: world.ns >= end_ns)
    return merge(folder)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return new_run(tmp_path, models=["nin", "googlenet"])


def at_12_s(world: World) -> bool:
    return world.seconds == 12


def powers(results: Results) -> dict[str, float | None]:
    assert {row.status for row in results.rows} == {"ok"}
    assert all(row.throughput_fps == pytest.approx(10.0) for row in results.rows)
    return {row.model: row.power_w_mean for row in results.rows}


def sampler(folder: RunFolder) -> SamplerRecord:
    return read_record(folder.path / "sampler.json", SamplerRecord)


def raise_gone() -> None:
    raise OSError(errno.ENODEV, "No such device")


def test_a_meter_that_goes_leaves_the_cells_before_and_the_speed_of_all(folder: RunFolder) -> None:
    results = tell(folder, lambda seconds: raise_gone() if seconds >= 30 else None)
    assert powers(results) == {"nin": about_4_w, "googlenet": None}
    assert [*map(str, results.warnings)] == [
        "power is empty: the meter gave no readings (opencv googlenet)",
        "meter hwmon: 300 readings were not used (it vanished 1 time, 300 without an answer); check its connection",
    ]
    assert (sampler(folder).outages, sampler(folder).unanswered) == (1, 300)


def test_a_meter_that_comes_back_leaves_only_its_gap_empty(folder: RunFolder) -> None:
    results = tell(folder, lambda seconds: raise_gone() if 12 <= seconds < 14 else None)
    assert powers(results) == {"nin": None, "googlenet": about_4_w}
    assert [*map(str, results.warnings)] == [
        "power is empty: a gap of 2.10 s in the power samples is longer than 5 periods of 0.1 s (opencv nin)",
        "meter hwmon: 20 readings were not used (it vanished 1 time, 20 without an answer); check its connection",
    ]


def test_a_moment_without_an_answer_is_bridged(folder: RunFolder) -> None:
    results = tell(folder, lambda seconds: raise_gone() if 12 <= seconds < 12.3 else None)
    assert powers(results) == {"nin": about_4_w, "googlenet": about_4_w}
    assert sampler(folder).outages == 1


def test_a_value_read_again_before_the_meter_has_another_is_stale_and_left_out(folder: RunFolder) -> None:
    results = tell(folder, lambda _: Reading(WATTS, 5.0, 0.8), oversleep_s=0.08)
    assert powers(results) == {"nin": about_4_w, "googlenet": about_4_w}
    assert (sampler(folder).stale, sampler(folder).invalid) == (1, 0)


def test_a_meter_that_freezes_is_told_and_its_numbers_stay_for_the_reader_to_judge(folder: RunFolder) -> None:
    results = tell(folder, lambda seconds: Reading(3.3, 5.0, 0.66) if seconds >= 20 else None)
    assert powers(results) == {"nin": about_4_w, "googlenet": pytest.approx(3.3)}
    assert [*map(str, results.warnings)] == [
        "meter hwmon showed the same numbers for 40 s: it was frozen, or is too coarse for this board; "
        "look at power_w in the samples",
        "idle power equals power under load (opencv googlenet): something else ran, or the meter does not see the "
        "processor",
    ]


def test_time_that_goes_backwards_costs_only_what_it_repeats(folder: RunFolder) -> None:
    def stepped_back(seconds: float) -> Reading:
        shown_s = seconds - 0.3 if seconds >= 12 else seconds
        return Reading(WATTS + seconds % 0.2 / 100, time_ns=round((shown_s + 5) * SECOND_NS))

    results = tell(folder, stepped_back)
    assert powers(results) == {"nin": pytest.approx(WATTS, rel=0.001), "googlenet": pytest.approx(WATTS, rel=0.001)}
    assert sampler(folder).backwards == 2
    assert results.warnings == [IdleLikeLoad(cells=["opencv nin", "opencv googlenet"])]  # it shows one power always


@pytest.mark.parametrize(
    ("doubtful", "counter", "words"),
    [
        (Reading(math.nan, 5.0, math.nan), "not_a_number", "20 not a number"),
        (Reading(-0.6, 4.224, -0.15), "negative", "20 negative"),
    ],
)
def test_values_that_can_t_be_are_left_out_and_told(
    folder: RunFolder, doubtful: Reading, counter: str, words: str
) -> None:
    results = tell(folder, lambda seconds: doubtful if 12 <= seconds < 14 else None)
    assert powers(results) == {"nin": None, "googlenet": about_4_w}
    assert getattr(sampler(folder), counter) == 20
    assert str(results.warnings[1]) == f"meter hwmon: 20 readings were not used ({words}); check its connection"


def test_without_permission_sampling_is_refused_with_the_mend_and_the_run_goes_on_without_power(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor(tmp_path, 0, "ina219", power1_input=1)

    def refuse(path: object, _flags: int) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        with pytest.raises(UserError, match=r"power1_input can't be read \(Permission denied\); run as a user who may"):
            Sampler(Hwmon(root=tmp_path), State, folder.path).run()
    folder.write_repetition(repetition(model="nin"))
    row = merge(folder).rows[0]
    assert (row.model, row.status, row.power_w_mean, row.fom_top1) == ("nin", "ok", None, None)
    assert row.throughput_fps == pytest.approx(10.0)
