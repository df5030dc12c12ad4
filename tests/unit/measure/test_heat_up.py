"""The play `heat-up` from its physics to what profile `sustained` says of it, on a clock that only the test moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.board.clocks import now
from bench.board.simulated.board import CLOCK_FILE, SimulatedBoard, parse_spec
from bench.board.sysfs import read_value
from bench.measure import simulated_pace
from bench.measure.simulated_pace import Slowed
from bench.records.columns import Sustained
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.schema import Window
from bench.records.store import write_record
from bench.results.merge import merge
from tests.made.records import SECOND, new_run, repetition

BEGAN_S, TIMED_S, IMAGE_S = 1000, 20, 0.02
"""When the sampler begins, how much later the timed window does, and what an image takes at the highest clock."""


class World:
    """Stands for `time`: inference takes 20 ms, a look at the clock 10 µs; the board ticks ten times a second."""

    def __init__(self, root: Path) -> None:
        self.ns = BEGAN_S * SECOND
        spec = parse_spec("simulated:pi4,play=heat-up")
        assert spec is not None
        self.board = SimulatedBoard(root, spec, clock=lambda: self.ns / SECOND, utilisation=lambda: 0.5)
        self.files = [root / "sys/class/thermal/thermal_zone0/temp", root / CLOCK_FILE]
        self.lines: list[str] = []
        self._next_ns = self.ns

    def perf_counter_ns(self) -> int:
        self.pass_ns(10_000)
        return self.ns

    def infer(self, x: np.ndarray) -> np.ndarray:
        self.pass_ns(round(IMAGE_S * SECOND))
        return x

    def pass_ns(self, passed_ns: int) -> None:
        self.ns += passed_ns
        while self._next_ns <= self.ns:
            self.board.tick()
            degrees, megahertz = (int(read_value(file) or 0) / 1000 for file in self.files)
            self.lines.append(f"{self._next_ns},4,,,{degrees},{megahertz},0x0")
            self._next_ns += SECOND // 10


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Sustained:
    path = tmp_path_factory.mktemp("heat-up")
    world = World(path / "board")
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
