"""A framework waits for the sampler that is to record beside it, and says so if none comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.board.clocks import now
from bench.measure import await_sampler as module
from bench.measure.await_sampler import await_sampler
from bench.records.run import Profile
from bench.records.sampler import SamplerRecord
from bench.records.schema import Repetition
from bench.records.store import write_record
from bench.runs.folder import RunFolder
from tests.made.records import new_run


class Listening:
    """Notes what the user is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def begin(self, model: str, repetition: int, profile: Profile, status: object = None) -> None: ...

    def event(self, event: dict[str, Any]) -> None: ...

    def end(self, record: Repetition) -> None: ...


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> Callable[[RunFolder, float], tuple[float, list[str]]]:
    """Wait in a time that passes only by sleeping; return how long that took, and what was said."""

    def wait(folder: RunFolder, patience_s: float) -> tuple[float, list[str]]:
        moment = [1000.0]

        def sleep(seconds: float) -> None:
            moment[0] += seconds
            if moment[0] >= 1003:
                begin(folder)

        monkeypatch.setattr(module.time, "monotonic", lambda: moment[0])
        monkeypatch.setattr(module.time, "sleep", sleep)
        reporter = Listening()
        await_sampler(folder, patience_s, reporter)
        return moment[0] - 1000, reporter.said

    return wait


def begin(folder: RunFolder, number: int = 1, **fields: object) -> None:
    record = SamplerRecord.model_validate({"meter": "hwmon", "period_s": 0.1, "began": now(), **fields})
    write_record(folder.path / ("sampler.json" if number == 1 else f"sampler-{number}.json"), record)


def test_a_sampler_that_runs_is_not_waited_for(tmp_path: Path, waited: Callable[..., Any]) -> None:
    folder = new_run(tmp_path)
    begin(folder)
    assert waited(folder, 30) == (0, [])


def test_a_sampler_that_comes_ends_the_wait(tmp_path: Path, waited: Callable[..., Any]) -> None:
    took_s, said = waited(new_run(tmp_path), 30)
    assert took_s == pytest.approx(3, abs=module.AWAIT_POLL_S)
    assert said == []


@pytest.mark.parametrize(
    "fields",
    [{"ended": now()}, {"began": now().model_copy(update={"boot_id": "another"})}],
    ids=["ended", "other boot"],
)
def test_a_sampler_that_does_not_run_any_more_does_not_count(
    tmp_path: Path, waited: Callable[..., Any], fields: dict[str, object]
) -> None:
    folder = new_run(tmp_path)
    begin(folder, 2, **fields)
    took_s, said = waited(folder, 2)
    assert took_s == pytest.approx(2, abs=module.AWAIT_POLL_S)
    assert said == ["no sampler came within 2 s: power and figures of merit stay empty"]


def test_who_does_not_want_to_wait_does_not_and_hears_nothing(tmp_path: Path, waited: Callable[..., Any]) -> None:
    assert waited(new_run(tmp_path), 0) == (0, [])
