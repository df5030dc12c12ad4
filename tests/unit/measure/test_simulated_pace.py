from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.board.simulated.board import CLOCK_FILE
from bench.measure import simulated_pace
from bench.measure.simulated_pace import Slowed


class Clock:
    """Stands for `time`: inference takes 10 ms, each look at it 10 µs."""

    def __init__(self) -> None:
        self.ns = 10**9

    def perf_counter_ns(self) -> int:
        self.ns += 10_000
        return self.ns


class Session:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def infer(self, x: np.ndarray) -> np.ndarray:
        self.clock.ns += 10_000_000
        return x


def seconds_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kilohertz: str | None, images: int = 50) -> float:
    clock = Clock()
    monkeypatch.setattr(simulated_pace, "time", clock)
    if kilohertz is not None:
        file = tmp_path / CLOCK_FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(kilohertz)
    session = Slowed(Session(clock), tmp_path, 1500)
    session.infer(np.zeros(1))  # the first one looks at the clock
    began_ns = clock.ns
    for _ in range(images):
        clock.ns += 1_000_000  # preprocessing
        session.infer(np.zeros(1))
    return (clock.ns - began_ns) / 1e9


def test_a_clock_at_70_percent_makes_everything_that_much_slower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seconds_of(tmp_path, monkeypatch, "1050000") == pytest.approx(50 * 0.011 / 0.7, rel=0.01)


@pytest.mark.parametrize("kilohertz", ["1500000", None])
def test_the_highest_clock_and_a_board_that_is_not_there_slow_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kilohertz: str | None
) -> None:
    assert seconds_of(tmp_path, monkeypatch, kilohertz) == pytest.approx(50 * 0.011, rel=0.01)
