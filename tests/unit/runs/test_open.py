from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.errors import UserError
from bench.measure.profiles import find_profile
from bench.records.files import is_held, write_atomic
from bench.records.run import Call, Plan
from bench.records.schema import SCHEMA_VERSION, Clocks, Repetition, Status
from bench.records.store import exclusive, read_record
from bench.runs import open as module
from bench.runs.find import find_run
from bench.runs.folder import RunFolder
from bench.runs.open import all_runs, end_run, open_run
from tests.made.records import PLAN


def measured(folder: RunFolder, model: str, status: Status = "ok", framework: str = "opencv") -> Repetition:
    record = Repetition(
        framework=framework,
        model=model,
        repetition=1,
        call="s",
        clocks=now(),
        status=status,
        threads=2,
        preprocess_ns=[1_000_000] * 4,
        inference_ns=[9_000_000] * 4,
    )
    folder.write_repetition(record)
    run = folder.read_run()
    if all(call.framework != framework for call in run.calls):
        call = Call(id="s", framework=framework, command=[], platform="linux/amd64", bench_version="0", began=now())
        folder.write_run(run.model_copy(update={"calls": [*run.calls, call]}))
    return record


def test_an_unfinished_run_with_the_same_plan_goes_on(tmp_path: Path) -> None:
    first = open_run(tmp_path, PLAN)
    assert open_run(tmp_path, PLAN).run_id == first.run_id


def test_another_plan_begins_another_run(tmp_path: Path) -> None:
    first = open_run(tmp_path, PLAN)
    other = PLAN.model_copy(update={"threads": 1})
    assert open_run(tmp_path, other).run_id != first.run_id


def test_runs_of_the_same_second_have_names_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Frozen:
            return cls(2026, 11, 26, 12, 0, 0, tzinfo=tz)

    monkeypatch.setattr(module, "datetime", Frozen)
    names = [open_run(tmp_path, PLAN.model_copy(update={"seed": seed})).run_id for seed in (1, 2, 3)]
    assert names == ["2026-11-26T12-00-00Z", "2026-11-26T12-00-00Z-2", "2026-11-26T12-00-00Z-3"]


def test_a_complete_and_ended_run_is_left_alone(tmp_path: Path) -> None:
    first = open_run(tmp_path, PLAN)
    for model in PLAN.models:
        measured(first, model)
    end_run(first)
    assert open_run(tmp_path, PLAN).run_id != first.run_id


@pytest.mark.parametrize("status", ["failed", "timeout", "oom", "sigill", "interrupted"])
def test_an_ended_run_with_a_failed_cell_goes_on(tmp_path: Path, status: Status) -> None:
    first = open_run(tmp_path, PLAN)
    measured(first, "nin")
    measured(first, "googlenet", status)
    end_run(first)
    assert open_run(tmp_path, PLAN).run_id == first.run_id


def test_an_unavailable_framework_does_not_keep_an_ended_run_open(tmp_path: Path) -> None:
    first = open_run(tmp_path, PLAN)
    for model in PLAN.models:
        measured(first, model)
        measured(first, model, "unavailable", framework="caffe")
    end_run(first)
    assert open_run(tmp_path, PLAN).run_id != first.run_id


@pytest.mark.parametrize(("milliseconds", "goes_on"), [([9, 9, 9, 9, 9], False), ([9, 9, 9, 9, 20], True)])
def test_an_ended_run_goes_on_until_its_speed_is_known_well_enough(
    tmp_path: Path, milliseconds: list[int], goes_on: bool
) -> None:
    plan = PLAN.model_copy(update={"profile": find_profile("full"), "models": ["nin"]})
    first = open_run(tmp_path, plan)
    record = measured(first, "nin")
    for number, image_ms in enumerate(milliseconds, start=1):
        again = {"repetition": number, "inference_ns": [image_ms * 1_000_000] * 4}
        first.write_repetition(record.model_copy(update=again))
    end_run(first)
    assert (open_run(tmp_path, plan).run_id == first.run_id) is goes_on


def test_a_named_run_takes_in_another_model(tmp_path: Path) -> None:
    open_run(tmp_path, PLAN, "mine")
    more = PLAN.model_copy(update={"models": ["squeezenet_v1.1"], "models_sha256": {"squeezenet_v1.1": "dd"}})
    plan = open_run(tmp_path, more, "mine").read_run().plan
    assert plan.models == ["nin", "googlenet", "squeezenet_v1.1"]
    assert plan.models_sha256["squeezenet_v1.1"] == "dd"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images_sha256": "other"}, "on other images"),
        ({"models_sha256": {"nin": "other"}}, "other weights of nin"),
        ({"accuracy": False}, "with classifying images, not without it"),
        ({"threads": 1}, "on 2 threads, not profile smoke .* on 1"),
        ({"profile": find_profile("quick")}, "profile smoke .* on 2 threads, not profile quick"),
    ],
)
def test_a_named_run_refuses_other_conditions(tmp_path: Path, change: dict[str, object], words: str) -> None:
    open_run(tmp_path, PLAN, "mine")
    with pytest.raises(UserError, match=words):
        open_run(tmp_path, PLAN.model_copy(update=change), "mine")


@pytest.mark.parametrize("name", ["../elsewhere", "a/b", ".hidden"])
def test_a_run_can_not_be_named_out_of_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="is no name for a run"):
        open_run(tmp_path, PLAN, name)


def test_an_unknown_run_is_refused_with_the_known_names(tmp_path: Path) -> None:
    open_run(tmp_path, PLAN, "mine")
    with pytest.raises(UserError, match=r"there is no run 'yours' in .*; there are: mine"):
        find_run(tmp_path, "yours")


def test_the_run_that_was_worked_on_last_is_found(tmp_path: Path) -> None:
    older, newer = open_run(tmp_path, PLAN, "b"), open_run(tmp_path, PLAN, "a")
    measured(newer, "nin")
    assert find_run(tmp_path).run_id == "a"
    measured(older, "nin")
    assert find_run(tmp_path).run_id == "b"
    assert [folder.run_id for folder in all_runs(tmp_path)] == ["a", "b"]


def test_a_run_that_was_only_opened_is_never_the_latest(tmp_path: Path) -> None:
    older = open_run(tmp_path, PLAN, "older")
    with pytest.raises(UserError, match="nothing was measured in"):
        find_run(tmp_path)
    measured(older, "nin")
    open_run(tmp_path, PLAN, "newer")
    assert find_run(tmp_path).run_id == "older"
    assert find_run(tmp_path, "newer").run_id == "newer"


def frameworks_of(names: list[str] | None) -> Plan:
    return PLAN.model_copy(update={"frameworks": names})


@pytest.mark.parametrize(
    ("known", "wanted", "narrow", "goes_on"),
    [
        (["opencv", "caffe"], ["opencv", "caffe"], False, True),
        (["opencv", "caffe"], ["opencv"], False, False),
        (["opencv", "caffe"], ["opencv"], True, True),
        (["opencv"], ["opencv", "caffe"], True, False),
        (None, ["opencv"], False, True),
    ],
)
def test_a_run_goes_on_for_its_own_frameworks(
    tmp_path: Path, known: list[str] | None, wanted: list[str], narrow: bool, goes_on: bool
) -> None:
    first = open_run(tmp_path, frameworks_of(known))
    second = open_run(tmp_path, frameworks_of(wanted), narrow=narrow)
    assert (second.run_id == first.run_id) is goes_on
    assert first.read_run().plan.frameworks == known


def test_an_ended_run_goes_on_until_every_framework_of_its_plan_was_measured(tmp_path: Path) -> None:
    plan = frameworks_of(["opencv", "caffe"])
    first = open_run(tmp_path, plan)
    for model in plan.models:
        measured(first, model)
    end_run(first)
    assert open_run(tmp_path, plan).run_id == first.run_id


def test_a_named_run_takes_in_another_framework(tmp_path: Path) -> None:
    open_run(tmp_path, frameworks_of(["opencv"]), "mine")
    assert open_run(tmp_path, frameworks_of(["caffe"]), "mine").read_run().plan.frameworks == ["opencv", "caffe"]


def test_a_newer_record_is_refused_with_the_version_it_needs(tmp_path: Path) -> None:
    folder = open_run(tmp_path, PLAN)
    newer = folder.run_json.read_text().replace(f'"schema_version": {SCHEMA_VERSION}', '"schema_version": 7')
    folder.run_json.write_text(newer)
    with pytest.raises(UserError, match="schema 7, this bench knows up to 3"):
        folder.read_run()


def test_a_foreign_file_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "rep-01.json"
    file.write_text('{"hello": 1}')
    with pytest.raises(UserError, match=r"rep-01\.json is not a Repetition record"):
        read_record(file, Repetition)


def test_a_lock_is_seen_and_refused_while_it_is_held(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with exclusive(lock, "busy"):
        assert is_held(lock)
        with pytest.raises(UserError, match="busy"), exclusive(lock, "busy"):
            pass
    assert not is_held(lock)


def test_a_failed_write_leaves_the_former_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "run.json"
    write_atomic(file, b"former")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match=r"the disk is full: .*run\.json was not written"):
        write_atomic(file, b"new")
    assert file.read_bytes() == b"former"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_where_no_run_can_be_read_the_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "2026-01-01T00-00-00Z").mkdir()
    (tmp_path / "2026-01-01T00-00-00Z" / "run.json").write_text("{")
    with pytest.raises(UserError, match=r"run\.json is not JSON"):
        find_run(tmp_path)


def test_a_clock_that_went_back_does_not_change_which_run_is_the_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(open_run(tmp_path, PLAN, "first"), "nin")
    # A board without a clock begins each boot at the same moment.
    after_boot = Clocks(boot_id="another", monotonic_ns=1_000, realtime_ns=1_000_000_000)
    monkeypatch.setattr(module, "now", lambda: after_boot)
    second = open_run(tmp_path, PLAN.model_copy(update={"seed": 2}), "second")
    measured(second, "nin")
    run = second.read_run()
    calls = [call.model_copy(update={"began": after_boot}) for call in run.calls]
    second.write_run(run.model_copy(update={"calls": calls}))
    assert [folder.run_id for folder in all_runs(tmp_path)] == ["first", "second"]
    (tmp_path / ".boots").unlink()
    assert [folder.run_id for folder in all_runs(tmp_path)] == ["second", "first"]
