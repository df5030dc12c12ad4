from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.board.clocks import now
from bench.board.state import State, StateReader
from bench.catalog import frameworks
from bench.measure.campaign import Campaign
from bench.measure.job import Job
from bench.measure.profiles import find_profile
from bench.records.run import Call, Plan, Profile
from bench.records.schema import Repetition, Status
from bench.runs.folder import RunFolder
from bench.runs.inventory import leftovers
from bench.runs.open import open_run

MODELS = ["nin", "googlenet", "squeezenet_v1.1"]
FULL = find_profile("full").model_copy(update={"cool_down": False})


class Silent:
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def begin(self, model: str, repetition: int, profile: Profile, status: object = None) -> None: ...

    def event(self, event: dict[str, Any]) -> None: ...

    def end(self, record: Repetition) -> None: ...


def new_run(tmp_path: Path, profile: Profile) -> RunFolder:
    digests = dict.fromkeys(MODELS, "aa")
    plan = Plan(profile=profile, threads=2, models=MODELS, models_sha256=digests, images_sha256="cc", seed=7)
    return open_run(tmp_path, plan, "r")


Outcome = Callable[[Job, int], tuple[Status, int]]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[[Outcome], list[tuple[str, int]]]:
    """Replace the measuring process by a function that tells status and nanoseconds per image; list its calls."""

    def replace(outcome: Outcome) -> list[tuple[str, int]]:
        calls: list[tuple[str, int]] = []

        def repeat(job: Job, repetition: int, call: str, *_: object) -> Repetition:
            calls.append((job.model.name, repetition))
            status, image_ns = outcome(job, repetition)
            return Repetition(
                framework=job.framework,
                model=job.model.name,
                repetition=repetition,
                call=call,
                clocks=now(),
                status=status,
                threads=2,
                preprocess_ns=[0] * 10,
                inference_ns=[image_ns] * 10,
            )

        monkeypatch.setattr("bench.measure.repetitions.repeat", repeat)
        return calls

    return replace


def run(folder: RunFolder, force: bool = False) -> tuple[list[Status], list[str]]:
    reporter = Silent()
    campaign = Campaign(folder, frameworks()["opencv"], folder.path / "prepared", 10, reporter)
    return campaign.run(MODELS, force), reporter.said


def steady(_job: Job, _repetition: int) -> tuple[Status, int]:
    return "ok", 1_000_000


def test_full_stops_when_throughput_is_known_well_enough(tmp_path: Path, measured: Callable[..., Any]) -> None:
    calls = measured(steady)
    run(new_run(tmp_path, FULL))
    assert {model: sum(name == model for name, _ in calls) for model in MODELS} == dict.fromkeys(MODELS, 5)


def test_full_goes_on_to_the_cap_where_throughput_varies(tmp_path: Path, measured: Callable[..., Any]) -> None:
    calls = measured(lambda _, repetition: ("ok", 1_000_000 * (1 + repetition % 2)))
    run(new_run(tmp_path, FULL))
    assert len(calls) == 10 * len(MODELS)


def test_each_round_has_every_model_once_in_an_order_from_the_seed(
    tmp_path: Path, measured: Callable[..., Any]
) -> None:
    calls = measured(steady)
    run(new_run(tmp_path / "one", FULL))
    rounds = [[name for name, repetition in calls if repetition == number] for number in range(1, 6)]
    assert all(sorted(order) == sorted(MODELS) for order in rounds)
    assert len({tuple(order) for order in rounds}) > 1
    again = measured(steady)
    run(new_run(tmp_path / "two", FULL))
    assert again == calls


def test_a_failed_repetition_ends_its_cell_and_no_other(tmp_path: Path, measured: Callable[..., Any]) -> None:
    calls = measured(lambda job, repetition: ("failed" if (job.model.name, repetition) == ("nin", 2) else "ok", 10**6))
    statuses, _ = run(new_run(tmp_path, FULL))
    assert [repetition for name, repetition in calls if name == "nin"] == [1, 2]
    assert statuses.count("failed") == 1
    assert statuses.count("ok") == 11


def test_running_again_makes_only_the_repetitions_that_are_missing(
    tmp_path: Path, measured: Callable[..., Any]
) -> None:
    folder = new_run(tmp_path, FULL)
    measured(lambda job, repetition: ("failed" if (job.model.name, repetition) == ("nin", 3) else "ok", 10**6))
    run(folder)
    calls = measured(steady)
    statuses, said = run(folder)
    assert calls == [("nin", 3), ("nin", 4), ("nin", 5)]
    assert statuses == ["ok"] * 15
    assert sum("done before, skipped" in sentence for sentence in said) == 2


def test_only_the_first_repetition_classifies_images_and_measures_without_the_sampler(
    tmp_path: Path, measured: Callable[..., Any]
) -> None:
    folder = new_run(tmp_path, FULL)
    asked: list[tuple[int, Path | None, bool]] = []

    def outcome(job: Job, repetition: int) -> tuple[Status, int]:
        if job.model.name == "nin":
            asked.append((repetition, job.predictions, job.unsampled))
        return steady(job, repetition)

    measured(outcome)
    run(folder)
    assert asked == [
        (1, folder.new_predictions("opencv", "nin"), "after"),
        *((number, None, "") for number in range(2, 6)),
    ]


def test_a_plan_without_accuracy_classifies_nothing(tmp_path: Path, measured: Callable[..., Any]) -> None:
    folder = new_run(tmp_path, find_profile("smoke"))
    plan = folder.read_run().plan.model_copy(update={"accuracy": False})
    folder.write_run(folder.read_run().model_copy(update={"plan": plan}))
    asked: list[Path | None] = []
    measured(lambda job, repetition: (asked.append(job.predictions), *steady(job, repetition))[1:])
    run(folder)
    assert asked == [None] * 3


def test_a_profile_without_time_for_it_never_measures_without_the_sampler(
    tmp_path: Path, measured: Callable[..., Any]
) -> None:
    asked: list[str] = []
    measured(lambda job, repetition: (asked.append(job.unsampled), *steady(job, repetition))[1:])
    run(new_run(tmp_path, find_profile("paper")))
    assert asked == [""] * 9


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("caffe", "unavailable", frameworks()["caffe"].unavailable),
        ("caffe", "ok", None),
        ("opencv", "unavailable", None),
    ],
)
def test_a_framework_that_is_not_to_be_had_here_says_how_it_comes(
    tmp_path: Path, measured: Callable[..., Any], name: str, status: Status, error: str | None
) -> None:
    measured(lambda *_: (status, 1))
    folder = new_run(tmp_path, find_profile("smoke"))
    Campaign(folder, frameworks()[name], folder.path / "prepared", 10, Silent()).run(["nin"], False)
    (record,) = folder.repetitions(name, "nin")
    assert (record.status, record.error) == (status, error)


def test_a_cell_that_needs_more_memory_than_is_free_is_unavailable_unless_forced(
    tmp_path: Path, measured: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.measure.campaign.peaks", lambda: {("opencv", "nin"): 620, ("opencv", "googlenet"): 430})
    monkeypatch.setattr("bench.board.memory.free_mib", lambda _: 430)
    folder = new_run(tmp_path, FULL)
    calls = measured(steady)
    statuses, _ = run(folder)
    assert {name for name, _ in calls} == {"googlenet", "squeezenet_v1.1"}
    assert statuses.count("unavailable") == 1
    (record,) = folder.repetitions("opencv", "nin")
    assert (record.status, record.error) == ("unavailable", "needs about 620 MiB, the board has 430")
    calls = measured(steady)
    run(folder, force=True)
    assert [repetition for name, repetition in calls if name == "nin"] == [1, 2, 3, 4, 5]


def test_a_cell_that_has_fitted_once_is_measured_on(
    tmp_path: Path, measured: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new_run(tmp_path, FULL)
    campaign = Campaign(folder, frameworks()["opencv"], folder.path / "prepared", 10, Silent())
    calls = measured(steady)
    campaign.run(["nin"], False, only_round=1)
    monkeypatch.setattr("bench.board.memory.free_mib", lambda _: 1)
    campaign.run(["nin", "googlenet"], False, only_round=2)
    assert calls == [("nin", 1), ("nin", 2)]


def test_force_measures_everything_again(tmp_path: Path, measured: Callable[..., Any]) -> None:
    folder = new_run(tmp_path, find_profile("smoke"))
    measured(steady)
    run(folder)
    calls = measured(lambda *_: ("ok", 2_000_000))
    run(folder, force=True)
    assert [name for name, _ in calls] == MODELS
    assert folder.repetitions("opencv", "nin")[0].inference_ns == [2_000_000] * 10


def test_an_interrupted_force_keeps_the_cells_it_did_not_reach(tmp_path: Path, measured: Callable[..., Any]) -> None:
    folder = new_run(tmp_path, find_profile("smoke"))
    measured(steady)
    run(folder)
    measured(lambda job, _: ("interrupted" if job.model.name == "googlenet" else "ok", 2_000_000))
    statuses, _ = run(folder, force=True)
    assert statuses == ["ok", "interrupted", "interrupted"]
    assert folder.repetitions("opencv", "squeezenet_v1.1")[0].inference_ns == [1_000_000] * 10


def test_an_interrupted_force_keeps_the_record_of_the_cell_that_it_reached(
    tmp_path: Path, measured: Callable[..., Any]
) -> None:
    folder = new_run(tmp_path, find_profile("smoke"))
    measured(steady)
    run(folder)
    predictions = folder.predictions("opencv", "nin")
    predictions.parent.mkdir(parents=True)
    predictions.write_text("those of before")
    measured(lambda *_: ("interrupted", 2_000_000))
    statuses, _ = run(folder, force=True)
    assert statuses == ["interrupted"] * 3
    assert folder.repetitions("opencv", "nin")[0].inference_ns == [1_000_000] * 10
    assert predictions.read_text() == "those of before"


def test_a_repetition_that_is_finished_when_a_signal_comes_is_written_down(
    tmp_path: Path, measured: Callable[..., Any]
) -> None:
    folder = new_run(tmp_path, find_profile("smoke"))

    def outcome(job: Job, repetition: int) -> tuple[Status, int]:
        signal.raise_signal(signal.SIGINT)
        return steady(job, repetition)

    calls = measured(outcome)
    statuses, said = run(folder)
    assert (len(calls), statuses) == (1, ["ok", "interrupted", "interrupted"])
    assert said == ["stopped by SIGINT; the same command goes on from here"]


def test_a_framework_that_could_not_be_installed_is_unavailable_with_the_reason(tmp_path: Path) -> None:
    folder = new_run(tmp_path, find_profile("smoke"))
    Campaign(folder, frameworks()["opencv"], tmp_path, 10, Silent()).give_up(MODELS, "no wheel for this Python")
    records = [record for model in MODELS for record in folder.repetitions("opencv", model)]
    assert [(record.status, record.error) for record in records] == [("unavailable", "no wheel for this Python")] * 3
    assert [call.framework for call in folder.read_run().calls] == ["opencv"]


def test_what_could_not_be_installed_once_is_tried_again(tmp_path: Path, measured: Callable[..., Any]) -> None:
    folder = new_run(tmp_path, find_profile("smoke"))
    Campaign(folder, frameworks()["opencv"], tmp_path, 10, Silent()).give_up(MODELS, "no network")
    measured(steady)
    assert run(folder)[0] == ["ok"] * 3


def test_whoever_measures_sweeps_what_writes_that_were_cut_off_left(
    tmp_path: Path, measured: Callable[..., Any]
) -> None:
    folder = new_run(tmp_path, find_profile("smoke"))
    left = [
        "cells/opencv/nin/.rep-01.json.x1",
        "predictions/opencv/.nin.csv.new",
        ".run.json.x2",
        ".again.json.x2",
        ".pause",
    ]
    for name in left:
        (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.path / name).write_text("{")
    for name in (".sampler-2.json.x3", ".doctor.json.x4"):
        (folder.path / name).write_text("{")
        os.utime(folder.path / name, (1, 1))
    (folder.path / ".sampler.json.x3").write_text("a sampler writes it now")
    measured(steady)
    run(folder)
    assert leftovers(folder) == [".sampler.json.x3 was left by a write that was cut off; delete it"]


@pytest.mark.parametrize(("told", "digest"), [("sha256:abc", "sha256:abc"), ("", None)])
def test_a_session_records_the_image_that_it_ran_in(
    tmp_path: Path, measured: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, told: str, digest: str | None
) -> None:
    monkeypatch.setenv("BENCH_IMAGE_DIGEST", told)
    folder = new_run(tmp_path, find_profile("smoke"))
    measured(steady)
    run(folder)
    (call,) = folder.read_run().calls
    assert (call.framework, call.image_digest) == ("opencv", digest)
    assert call.ended is not None


def test_a_corrupt_record_is_named_and_its_cell_measured_again(tmp_path: Path, measured: Callable[..., Any]) -> None:
    folder = new_run(tmp_path, find_profile("smoke"))
    measured(steady)
    run(folder)
    record = folder.cell("opencv", "nin") / "rep-01.json"
    record.write_text("{")
    calls = measured(steady)
    statuses, said = run(folder)
    assert calls == [("nin", 1)]
    assert statuses == ["ok"] * 3
    assert any(str(record) in sentence for sentence in said)


def test_a_corrupt_record_in_the_middle_is_made_again_and_no_other(
    tmp_path: Path, measured: Callable[..., Any]
) -> None:
    folder = new_run(tmp_path, FULL)
    measured(steady)
    run(folder)
    (folder.cell("opencv", "nin") / "rep-02.json").write_bytes(b"")
    calls = measured(steady)
    statuses, _ = run(folder)
    assert calls == [("nin", 2)]
    assert statuses == ["ok"] * 15


def test_before_each_repetition_the_board_cools_down(
    tmp_path: Path, measured: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    temperatures = iter([50.0, 60.0, 56.0, 51.9, *[50.0] * 100])
    waits: list[float] = []
    monkeypatch.setattr(StateReader, "read", lambda _: State(temp_c=next(temperatures)))
    monkeypatch.setattr("time.sleep", waits.append)
    measured(steady)
    _, said = run(
        new_run(tmp_path, FULL.model_copy(update={"cool_down": True, "repetitions_max": 1, "repetitions": 1}))
    )
    assert waits == [1, 1]
    assert "cooling down from 60 to 52 °C, at most 600 s" in said


def test_with_the_paper_s_rule_for_its_hot_cell_a_hot_board_cools_down_before_a_repetition(
    tmp_path: Path, measured: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    temperatures = iter([50.0, 65.0, 75.0, 59.0, *[50.0] * 100])
    monkeypatch.setattr(StateReader, "read", lambda _: State(temp_c=next(temperatures)))
    monkeypatch.setattr("time.sleep", lambda _: None)
    measured(steady)
    _, said = run(new_run(tmp_path, find_profile("paper")))
    assert [text for text in said if "cooling" in text] == ["cooling down from 75 to 60 °C, at most 180 s"]


def test_a_framework_after_another_cools_down_to_where_the_first_began(
    tmp_path: Path, measured: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new_run(tmp_path, FULL.model_copy(update={"cool_down": True, "repetitions_max": 1, "repetitions": 1}))
    former = Call(id="f", framework="caffe", command=[], platform="x", bench_version="0", temp_c=40.0, began=now())
    folder.write_run(folder.read_run().model_copy(update={"calls": [former]}))
    temperatures = iter([60.0, 60.0, *[41.0] * 100])
    monkeypatch.setattr(StateReader, "read", lambda _: State(temp_c=next(temperatures)))
    monkeypatch.setattr("time.sleep", lambda _: None)
    measured(steady)
    _, said = run(folder)
    assert "cooling down from 60 to 42 °C, at most 600 s" in said
    assert [call.temp_c for call in folder.read_run().calls] == [40.0, 60.0]


def test_the_side_without_the_sampler_goes_in_turn(tmp_path: Path, measured: Callable[..., Any]) -> None:
    asked: dict[str, str] = {}

    def outcome(job: Job, repetition: int) -> tuple[Status, int]:
        if repetition == 1:
            asked[job.model.name] = job.unsampled
        return steady(job, repetition)

    measured(outcome)
    run(new_run(tmp_path, FULL))
    assert asked == {"nin": "after", "googlenet": "before", "squeezenet_v1.1": "after"}


def test_full_says_how_well_it_knows_throughput_at_the_end(tmp_path: Path, measured: Callable[..., Any]) -> None:
    # Speeds 2 % apart in turn: of seven the logarithms scatter by 0.0106, and 2.447 x 0.0106 / sqrt(7) is 0.98 %.
    measured(lambda _, repetition: ("ok", 10_000_000 * (100 + repetition % 2 * 2) // 100))
    _, said = run(new_run(tmp_path / "one", FULL))
    assert "nin: throughput known to ±1.0% after 7 repetitions" in said
    measured(lambda _, repetition: ("ok", 1_000_000 * (1 + repetition % 2)))
    _, said = run(new_run(tmp_path / "two", FULL))
    assert any("not the 1% aimed at: the cell scatters too much" in sentence for sentence in said)


def in_rounds(folder: RunFolder, *numbers: int) -> list[Status]:
    campaign = Campaign(folder, frameworks()["opencv"], folder.path / "prepared", 10, Silent())
    statuses: list[Status] = []
    for number in numbers:
        statuses = campaign.run(MODELS, False, number)
    return statuses


def test_a_round_makes_one_repetition_of_each_cell(tmp_path: Path, measured: Callable[..., Any]) -> None:
    calls = measured(steady)
    folder = new_run(tmp_path, FULL)
    in_rounds(folder, 1)
    assert sorted(calls) == [(model, 1) for model in sorted(MODELS)]
    in_rounds(folder, 2, 3, 4, 5)
    assert len(calls) == 15
    in_rounds(folder, 6)
    assert len(calls) == 15  # known well enough


def test_a_later_round_does_not_try_again_what_failed(tmp_path: Path, measured: Callable[..., Any]) -> None:
    calls = measured(lambda job, _: ("failed" if job.model.name == "nin" else "ok", 10**6))
    statuses = in_rounds(new_run(tmp_path, FULL), 1, 2)
    assert [number for name, number in calls if name == "nin"] == [1]
    assert statuses.count("failed") == 1
