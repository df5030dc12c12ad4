"""What sampling costs: a window in which the sampler pauses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.board.state import State
from bench.measure.pause import SamplerPause
from bench.power.meters.simulated import Simulated
from bench.power.sampling.sampler import Sampler
from bench.records.files import is_held, pause_path
from bench.report.notes import notes_on
from bench.results.merge import merge
from tests.made.records import new_run, repetition, sample


def test_the_pause_lasts_as_long_as_the_window(tmp_path: Path) -> None:
    path = pause_path(tmp_path)
    with SamplerPause(path) as pause:
        pause.event({"enter": "timed"})
        assert not path.exists()
        pause.event({"enter": "unsampled"})
        assert is_held(path)
        pause.event({"window": {"name": "unsampled"}})
        assert not path.exists()


def test_a_worker_that_dies_ends_the_pause(tmp_path: Path) -> None:
    with SamplerPause(pause_path(tmp_path)) as pause:
        pause.event({"enter": "unsampled"})
    assert not pause_path(tmp_path).exists()


class ScriptedClock:
    """Time that passes only in sleep; what is due by then happens."""

    def __init__(self, script: dict[float, Callable[[], None]]) -> None:
        self._script = sorted(script.items(), key=lambda item: item[0])
        self.now_s = 0.0

    def now_ns(self) -> int:
        return round(self.now_s * 1e9)

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        while self._script and self._script[0][0] <= self.now_s:
            self._script.pop(0)[1]()


def test_a_sampler_takes_no_sample_during_a_pause_and_goes_on_after_it(tmp_path: Path) -> None:
    with SamplerPause(pause_path(tmp_path)) as pause:
        clock = ScriptedClock(
            {
                1.0: lambda: pause.event({"enter": "unsampled"}),
                3.0: lambda: pause.event({"window": {"name": "unsampled"}}),
            }
        )
        sampler = Sampler(Simulated(utilisation=lambda: 0.5), State, tmp_path, period_s=0.1, clock=clock)
        sampler.run(lambda: clock.now_s > 4)
    moments = [int(line.split(",")[0]) / 1e9 for line in (tmp_path / "samples.csv").read_text().splitlines()[1:]]
    assert [moment for moment in moments if 1.05 < moment < 3.0] == []
    assert len([moment for moment in moments if moment <= 1.05]) >= 9
    assert len([moment for moment in moments if moment >= 3.0]) >= 9


def test_a_pause_that_a_killed_benchmark_left_is_none(tmp_path: Path) -> None:
    pause_path(tmp_path).touch()
    sampler = Sampler(Simulated(utilisation=lambda: 0.5), State, tmp_path, period_s=0.1)
    answers = iter([False] * 20 + [True] * 100)
    assert sampler.run(lambda: next(answers))["samples"] > 0


def test_the_results_say_what_the_sampler_cost(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    record = repetition()
    per_image_ns = (sum(record.preprocess_ns) + sum(record.inference_ns)) // len(record.inference_ns)
    folder.write_repetition(record.model_copy(update={"unsampled_ns": [per_image_ns * 99 // 100] * 10}))
    sample(folder, 5.0)
    results = merge(folder)
    assert results.sampler_cost is not None
    assert results.sampler_cost.ratio == pytest.approx(0.99, abs=1e-6)
    assert results.sampler_cost.cells == 1
    assert "Beside the sampler throughput was 0.990 of that without it." in map(str, notes_on(results))


def test_without_a_sampler_nothing_is_said_of_its_cost(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    folder.write_repetition(repetition().model_copy(update={"unsampled_ns": [10_000_000] * 10}))
    assert merge(folder).sampler_cost is None
