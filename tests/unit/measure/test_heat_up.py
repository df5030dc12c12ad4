"""The play `heat-up` from its physics to what profile `sustained` says of it, on a clock that only the test moves."""

from __future__ import annotations

import numpy as np
import pytest

from bench.board.clocks import now
from bench.measure import simulated_pace
from bench.measure.simulated_pace import Slowed
from bench.records.columns import Sustained
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.schema import Window
from bench.records.store import write_record
from bench.results.merge import merge
from tests.made.records import SECOND, new_run, repetition
from tests.made.world import World

TIMED_S, IMAGE_S = 20, 0.02
"""How much later than the sampler the timed window begins, and what an image takes at the highest clock."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Sustained:
    path = tmp_path_factory.mktemp("heat-up")
    world = World(path / "board", "heat-up", lambda: IMAGE_S)
    world.pass_ns(TIMED_S * SECOND)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated_pace, "time", world)
        session = Slowed(world, path / "board", 1500)
        session.infer(np.zeros(1))
        begin_ns, times = world.ns, []
        while world.ns < begin_ns + 240 * SECOND:
            began_ns = world.ns
            session.infer(np.zeros(1))
            times.append(world.ns - began_ns)
    world.pass_ns(SECOND)
    folder = new_run(path, profile="sustained")
    timed = Window(name="timed", begin_ns=begin_ns, end_ns=begin_ns + sum(times))
    folder.write_repetition(repetition(windows=[timed], preprocess_ns=[0] * len(times), inference_ns=times))
    record = SamplerRecord(meter="simulated", boundary="simulated", period_s=0.1, began=now(), ended=now())
    write_record(folder.path / "sampler.json", record)
    (folder.path / "samples.csv").write_text("\n".join([HEADER, *world.lines]) + "\n")
    (cell,) = merge(folder).sustained
    return cell


def test_the_first_minute_has_the_whole_speed(found: Sustained) -> None:
    assert found.first.throughput_fps == pytest.approx(1 / IMAGE_S, rel=0.02)
    assert found.first.arm_mhz == 1500


def test_the_plateau_has_the_clock_the_temperature_and_the_speed_that_the_play_was_told(found: Sustained) -> None:
    assert found.plateau is not None
    assert (found.plateau.temp_c, found.plateau.arm_mhz) == (82.5, 1050)
    assert found.plateau.throughput_fps == pytest.approx(0.7 / IMAGE_S, rel=0.02)


def test_the_clock_falls_when_the_line_leads_through_the_temperature_for_it(found: Sustained) -> None:
    # 95 % of 1500 MHz is at 80 + 5 x 75 / 900 = 80.42 °C; the line leads from 41.2 °C at 60 s to 82.5 °C at 120 s.
    told_s = 60 + 60 * (80.4167 - 41.2) / (82.5 - 41.2) - TIMED_S
    assert found.clock_fell_s == pytest.approx(told_s, rel=0.02)
