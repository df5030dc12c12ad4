"""A sampler that stays, and one that leaves the sampling to another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.board.simulated.board import identify_board
from bench.cli.app import app
from bench.errors import UserError
from bench.power.sampling import follow as module
from bench.power.sampling.follow import follow
from bench.power.sampling.process import SamplerJob
from bench.records.store import exclusive
from bench.runs.locks import announce, lock_path, measured_run, sampler_lock_path
from bench.runs.open import open_run
from tests.made.records import PLAN


def after(calls: int) -> Callable[[], bool]:
    """Return a function that says no so often, and then yes."""
    answers = iter([False] * calls + [True] * 100)
    return lambda: next(answers)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(module.time, "sleep", taken.append)
    return taken


def test_the_run_that_is_measured_is_the_one_its_lock_names(tmp_path: Path) -> None:
    older, newer = open_run(tmp_path, PLAN, "older"), open_run(tmp_path, PLAN, "newer")
    assert measured_run(tmp_path) is None
    with exclusive(lock_path(tmp_path), "busy"):
        assert measured_run(tmp_path) is None
        announce(older)
        found = measured_run(tmp_path)
    assert found is not None and found.run_id == older.run_id != newer.run_id
    assert measured_run(tmp_path) is None
    with exclusive(lock_path(tmp_path), "busy"):
        assert measured_run(tmp_path) is None, "what the last benchmark noted is not this one's"


def test_a_sampler_that_stays_waits_for_a_benchmark(tmp_path: Path, naps: list[float]) -> None:
    open_run(tmp_path, PLAN)
    follow(tmp_path, "none", 0.1, lambda _: None, after(3))
    assert naps == [module.POLL_S] * 3


def test_a_sampler_that_stays_samples_beside_the_run_that_is_measured(tmp_path: Path) -> None:
    folder = open_run(tmp_path, PLAN)
    said: list[str] = []
    with exclusive(lock_path(tmp_path), "busy"):
        announce(folder)
        follow(tmp_path, "simulated", 0.1, said.append, lambda: bool(folder.samplers()))
    (record,) = folder.samplers()
    assert record.meter == "simulated"
    assert record.samples >= 1
    assert record.ended is not None
    assert said[1] == f"Sampling power with meter 'simulated' every 0.1 s beside run {folder.run_id}."
    assert {finding.check for finding in folder.examination()} >= {"disk", "meter"}


def test_a_sampler_that_stays_makes_the_board_that_the_run_is_on(tmp_path: Path) -> None:
    folder = open_run(tmp_path, PLAN, "", identify_board("simulated:pi4"))
    with exclusive(lock_path(tmp_path), "busy"):
        announce(folder)
        follow(tmp_path, "auto", 0.1, lambda _: None, lambda: bool(folder.samplers()))
    (record,) = folder.samplers()
    assert (record.meter, record.boundary) == ("simulated", "simulated")


def test_no_sampler_makes_up_a_board_that_a_run_of_an_older_version_does_not_name(tmp_path: Path) -> None:
    board = identify_board("simulated:pi4").model_copy(update={"spec": None})
    with pytest.raises(UserError, match="does not say which board it simulates"):
        SamplerJob.beside(open_run(tmp_path, PLAN, "", board), "auto", 0.1)


def test_two_samplers_that_stay_are_refused(tmp_path: Path) -> None:
    with exclusive(sampler_lock_path(tmp_path), "busy"), pytest.raises(UserError, match="a sampler runs already"):
        follow(tmp_path, "none", 0.1, lambda _: None, after(1))


def test_a_sampler_leaves_the_sampling_to_one_that_runs_already(tmp_path: Path) -> None:
    with exclusive(sampler_lock_path(tmp_path / "runs"), "busy"):
        done = CliRunner().invoke(app, ["sample", "--results", str(tmp_path)])
    assert done.exit_code == 0
    assert done.stdout == "A sampler runs already on this board: this one leaves the sampling to it.\n"


def test_a_sampler_that_stays_goes_on_to_the_next_run(tmp_path: Path) -> None:
    first, second = open_run(tmp_path, PLAN, "first"), open_run(tmp_path, PLAN, "second")
    with exclusive(lock_path(tmp_path), "busy"):
        announce(first)
        asked = 0

        def stop() -> bool:  # asked while the first run is sampled, then while the second is
            nonlocal asked
            asked += 1
            if first.samplers():
                announce(second)
            return bool(second.samplers())

        follow(tmp_path, "simulated", 0.1, lambda _: None, stop)
    assert [len(folder.samplers()) for folder in (first, second)] == [1, 1]
    assert asked > 1
