from __future__ import annotations

import fcntl
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.errors import UserError
from bench.records.sampler import SamplerRecord
from bench.records.store import exclusive, write_record
from bench.runs import locks
from bench.runs.current import current_run, last_opened, opened_by, set_current
from bench.runs.folder import RunFolder
from bench.runs.locks import BusyError, alone, announce, await_quiet, goes_on, lock_path, only_up, sampler_lock_path
from bench.runs.open import end_run, open_run, reopen
from tests.made.records import PLAN


@pytest.fixture
def opened(tmp_path: Path) -> RunFolder:
    """An open run that a sampler has begun to sample."""
    folder = open_run(tmp_path, PLAN, "mine")
    set_current(folder)
    write_record(folder.path / "sampler.json", SamplerRecord(meter="none", period_s=0.1, began=now()))
    return folder


def test_the_run_that_was_opened_last_is_found_until_it_is_ended_and_once_it_goes_on(tmp_path: Path) -> None:
    assert last_opened(tmp_path) is None
    first, second = open_run(tmp_path, PLAN, "first"), open_run(tmp_path, PLAN, "second")
    set_current(first)
    found = current_run(tmp_path)
    assert found is not None and found.run_id == "first" != second.run_id
    end_run(first)
    assert current_run(tmp_path) is None
    last = last_opened(tmp_path)
    assert last is not None and last.run_id == "first"
    reopen(first)
    again = current_run(tmp_path)
    assert again is not None and again.run_id == "first"


@pytest.mark.parametrize("content", [b"gone", b"../x", b"", b"\xff"])
def test_a_note_of_no_run_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".current").write_bytes(content)
    assert last_opened(tmp_path) is None


def test_nobody_measures_prepares_or_brings_up_beside_a_benchmark(tmp_path: Path, opened: RunFolder) -> None:
    with alone(tmp_path):
        announce(opened)
        for attempt in (alone, only_up):
            with pytest.raises(UserError, match=r"another benchmark runs on this board \(run mine;"), attempt(tmp_path):
                pass


def test_a_second_up_is_refused_between_the_steps_of_the_first(tmp_path: Path) -> None:
    with only_up(tmp_path):
        with pytest.raises(UserError, match="another benchmark runs"), only_up(tmp_path):
            pass
        with alone(tmp_path):
            pass  # its own steps


def test_preparing_does_not_wait_where_nobody_samples(
    tmp_path: Path, opened: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks.time, "sleep", lambda _: pytest.fail("it waited"))
    await_quiet(tmp_path, lambda _: None)
    end_run(opened)
    with exclusive(sampler_lock_path(tmp_path), "busy"):
        await_quiet(tmp_path, lambda _: None)


@pytest.mark.usefixtures("opened")
def test_a_benchmark_between_two_frameworks_is_noticed_by_its_sampler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with exclusive(sampler_lock_path(tmp_path), "busy"):
        lock = lock_path(tmp_path).open("w")

        def next_framework(_: float) -> None:
            fcntl.flock(lock, fcntl.LOCK_EX)

        monkeypatch.setattr(locks.time, "sleep", next_framework)
        with lock, pytest.raises(UserError, match="another benchmark runs"):
            await_quiet(tmp_path, said.append)
    assert said == ["A sampler is at work: waiting 15 s to see whether its benchmark goes on."]


@pytest.mark.usefixtures("opened")
def test_a_sampler_that_a_benchmark_left_behind_is_waited_for_no_longer_than_that(tmp_path: Path) -> None:
    with exclusive(sampler_lock_path(tmp_path), "busy"):
        await_quiet(tmp_path, lambda _: None, quiet_s=0.3)


def test_the_chain_that_opened_a_run_is_noted_with_it(tmp_path: Path) -> None:
    assert opened_by(tmp_path) == ""
    folder = open_run(tmp_path, PLAN)
    set_current(folder, "pi-dnn-bench")
    assert opened_by(tmp_path) == "pi-dnn-bench"
    set_current(folder)
    assert opened_by(tmp_path) == ""


def test_two_results_folders_of_one_board_are_not_measured_at_once(tmp_path: Path) -> None:
    with alone(tmp_path / "one"):
        _is_busy(alone(tmp_path / "other"))
    with alone(tmp_path / "other"):
        pass


def test_the_steps_of_one_up_take_the_board_in_turn(tmp_path: Path) -> None:
    with only_up(tmp_path), alone(tmp_path):
        pass
    with only_up(tmp_path / "one"):
        _is_busy(only_up(tmp_path / "other"))


def _is_busy(lock: AbstractContextManager[None]) -> None:
    with pytest.raises(BusyError, match="into another results folder"), lock:
        pass


def test_a_run_goes_on_while_the_up_is_at_work_that_measures_into_it(tmp_path: Path, opened: RunFolder) -> None:
    assert not goes_on(opened)
    with only_up(tmp_path):
        assert goes_on(opened)
        assert not goes_on(RunFolder(tmp_path / "another"))
    assert not goes_on(opened)
