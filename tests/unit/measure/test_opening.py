"""Which run a framework is measured into."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.catalog.settings import PlanSettings
from bench.errors import UserError
from bench.measure.opening import open_for
from bench.measure.plan import complete, intend
from bench.prepare.images.imageset import ImageSetRecord
from bench.prepare.models.prepared import ModelRecord, Provenance
from bench.records.run import Run
from bench.records.store import write_record
from bench.runs.current import current_run, set_current
from bench.runs.open import end_run, open_run

MODELS = ("nin", "googlenet")
SMOKE = PlanSettings(profile="smoke", models=["nin", "googlenet"], threads=2)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """What is prepared: two models and some images, as far as a plan needs to know."""
    for name in MODELS:
        prepare_model(tmp_path, name, "aa")
    images = ImageSetRecord(
        kind="generated", source="", images=1, labelled=0, skipped=0, reasons={}, modes={}, images_sha256="cc"
    )
    write_record(tmp_path / "prepared" / "images" / "set.json", images)
    return tmp_path


def prepare_model(results: Path, name: str, sha256: str) -> None:
    record = ModelRecord(
        name=name,
        title=name,
        height=224,
        width=224,
        mean=(0, 0, 0),
        scale=1,
        classes=1000,
        input_name="data",
        output_name="prob",
        weights="synthetic",
        provenance=Provenance(graph="", weights="", weights_sha256=sha256, licence=""),
        sha256={},
    )
    write_record(results / "prepared" / name / "model.json", record)


@pytest.fixture
def opened(results: Path) -> str:
    """The name of a run that is open for two frameworks."""
    plan = intend(PlanSettings(profile="smoke", models=SMOKE.models, threads=2, frameworks=["opencv", "tensorflow"]))
    folder = open_run(results / "runs", complete(plan, results / "prepared"))
    set_current(folder)
    return folder.run_id


def measure(results: Path, framework: str, settings: PlanSettings) -> tuple[Run, list[str], list[str]]:
    said: list[str] = []
    folder, models = open_for(results, framework, settings, said.append)
    return folder.read_run(), models, said


def test_a_framework_finds_the_open_run_without_being_told_anything(results: Path, opened: str) -> None:
    run, models, said = measure(results, "opencv", PlanSettings())
    assert (run.run_id, run.plan.profile.name, run.plan.threads) == (opened, "smoke", 2)
    assert models == ["nin", "googlenet"] == run.plan.models
    assert said == []


def test_options_that_agree_with_the_plan_change_nothing(results: Path, opened: str) -> None:
    assert measure(results, "tensorflow", SMOKE)[0].run_id == opened


def test_models_narrow_what_is_measured_and_leave_the_plan_as_it_is(results: Path, opened: str) -> None:
    run, models, _ = measure(results, "opencv", PlanSettings(models=["nin"]))
    assert (run.run_id, models) == (opened, ["nin"])
    assert set(run.plan.models) == set(MODELS)


def test_a_framework_beside_the_plan_s_joins_the_open_run(results: Path, opened: str) -> None:
    run, _, _ = measure(results, "caffe", PlanSettings())
    assert (run.run_id, run.plan.frameworks) == (opened, ["opencv", "tensorflow", "caffe"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (PlanSettings(profile="quick"), "with profile smoke .* on 2 threads, not profile quick .* on 2 threads"),
        (PlanSettings(threads=1), "on 2 threads, not profile smoke .* on 1 threads"),
        (PlanSettings(board="simulated:pi4"), "not on 'simulated Raspberry Pi 4"),
    ],
)
def test_an_option_that_contradicts_the_plan_opens_another_run_and_says_so(
    results: Path, opened: str, settings: PlanSettings, words: str
) -> None:
    run, _, (sentence,) = measure(results, "opencv", settings)
    assert run.run_id != opened
    assert run.plan.models == ["nin", "googlenet"], "for the rest it is like the open one"
    assert sentence.startswith(f"Run {opened} is open ") and sentence.endswith(": this goes into another run.")
    assert re.search(words, sentence)
    current = current_run(results / "runs")
    assert current is not None and current.run_id == run.run_id


def test_what_was_prepared_otherwise_since_is_not_measured_into_the_open_run(results: Path, opened: str) -> None:
    prepare_model(results, "nin", "bb")
    run, _, (sentence,) = measure(results, "opencv", PlanSettings())
    assert run.run_id != opened
    assert "with other weights of nin than those that are prepared now" in sentence


def test_the_first_of_several_frameworks_opens_the_run_of_all(results: Path) -> None:
    first, _, _ = measure(results, "opencv", SMOKE)
    assert first.plan.frameworks == ["opencv"]
    second, _, _ = measure(results, "caffe", PlanSettings())
    assert (second.run_id, second.plan.frameworks) == (first.run_id, ["opencv", "caffe"])


def test_once_ended_a_run_goes_on_only_with_what_is_missing_in_it(results: Path, opened: str) -> None:
    end_run(current_run(results / "runs"))  # type: ignore[arg-type]
    assert measure(results, "opencv", SMOKE)[0].run_id == opened
    assert measure(results, "caffe", SMOKE)[0].run_id != opened


def test_a_named_run_says_what_is_left_open_and_refuses_what_contradicts_it(results: Path, opened: str) -> None:
    other, _, _ = measure(results, "opencv", PlanSettings(run="mine", profile="quick", models=["nin"]))
    assert other.run_id == "mine"
    run, models, _ = measure(results, "opencv", PlanSettings(run="mine"))
    assert (run.plan.profile.name, models) == ("quick", ["nin"])
    current = current_run(results / "runs")
    assert current is not None and current.run_id == opened, "a name leaves the open run open"
    with pytest.raises(UserError, match=r"run mine was measured with profile quick .*; name another run"):
        measure(results, "opencv", PlanSettings(run="mine", profile="smoke"))
    assert measure(results, "opencv", PlanSettings(run="mine", models=["goog"]))[0].plan.models == ["nin", "googlenet"]
