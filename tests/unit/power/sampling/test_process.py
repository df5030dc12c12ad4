from __future__ import annotations

from pathlib import Path

import pytest

from bench.power.sampling import process
from bench.power.sampling.process import UntilEnded
from bench.runs.locks import lock_path
from bench.runs.open import end_run, open_run
from tests.made.records import PLAN


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the check sees, in its only element."""
    clock = [1000.0]
    monkeypatch.setattr(process.time, "monotonic", lambda: clock[0])
    return clock


def test_an_ended_run_is_noticed_within_a_second_and_stays_ended(tmp_path: Path, moments: list[float]) -> None:
    folder = open_run(tmp_path, PLAN)
    ended = UntilEnded(folder.path, lock_path(tmp_path))
    assert not ended()
    end_run(folder)
    moments[0] += 0.5
    assert not ended()
    moments[0] += 0.6
    assert [ended() for _ in range(3)] == [True] * 3


def test_a_run_that_nobody_measures_is_given_up_after_ten_minutes(tmp_path: Path, moments: list[float]) -> None:
    ended = UntilEnded(open_run(tmp_path, PLAN).path, lock_path(tmp_path))
    moments[0] += 599
    assert not ended()
    moments[0] += 2
    assert ended()
