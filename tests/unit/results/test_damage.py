"""What is corrupt, missing or foreign in a run directory is named, and the rest is used."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.records.files import is_held
from bench.records.schema import Window
from bench.records.store import exclusive, write_record
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from bench.runs.status import run_status
from tests.made.records import new_run, predict, repetition, sample

Damage = Callable[[RunFolder], Path]


def healthy(tmp_path: Path) -> RunFolder:
    folder = new_run(tmp_path, profile="full")
    for number in range(1, 6):
        windows = [*repetition(number).windows, Window(name="accuracy", begin_ns=1, end_ns=2)]
        folder.write_repetition(repetition(number, windows=windows))
    sample(folder, watts=4.0)
    predict(folder, right=6, in_five=2, wrong=2)
    return folder


def test_a_healthy_run_gives_no_warning(tmp_path: Path) -> None:
    results = merge(healthy(tmp_path))
    assert results.warnings == []
    assert (results.rows[0].status, results.rows[0].repetitions, results.rows[0].top1) == ("ok", 5, 0.6)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"hello": 1}', b'{"schema_version": 9}', b"[" * 9999]
)
def test_an_unreadable_repetition_costs_only_itself(tmp_path: Path, content: bytes) -> None:
    folder = healthy(tmp_path)
    file = folder.cell("opencv", "googlenet") / "rep-03.json"
    file.write_bytes(content)
    results = merge(folder)
    (row,) = results.rows
    assert (row.status, row.repetitions) == ("interrupted", 4)
    assert row.throughput_fps == pytest.approx(10.0)
    assert len(results.warnings) == 1
    assert str(file) in str(results.warnings[0])


def test_a_copy_of_another_repetition_is_not_counted(tmp_path: Path) -> None:
    folder = healthy(tmp_path)
    cell = folder.cell("opencv", "googlenet")
    (cell / "rep-06.json").write_text(repetition(6, model="nin").model_dump_json())
    (cell / "rep-07.json").write_text(repetition(2).model_dump_json())
    results = merge(folder)
    assert results.rows[0].repetitions == 5
    assert [*map(str, results.warnings)] == [
        f"{cell}/rep-06.json is not used: it is the record of repetition 6 of opencv nin; move it away",
        f"{cell}/rep-07.json is not used: it is the record of repetition 2 of opencv googlenet; move it away",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"preprocess_ns": [1] * 19}, "it has 19 times of preprocessing for 20 of inference"),
        ({"preprocess_ns": [], "inference_ns": []}, "it ended well, but timed nothing"),
    ],
)
def test_a_record_that_contradicts_itself_is_not_used(tmp_path: Path, change: dict[str, object], words: str) -> None:
    folder = healthy(tmp_path)
    folder.write_repetition(repetition(2, **change))
    results = merge(folder)
    assert (results.rows[0].repetitions, results.rows[0].throughput_fps) == (4, 10.0)
    assert len(results.warnings) == 1
    assert words in str(results.warnings[0]) and "rep-02.json" in str(results.warnings[0])


def test_a_framework_or_model_that_is_not_in_the_catalog_is_named_and_the_rest_shown(tmp_path: Path) -> None:
    folder = healthy(tmp_path)
    run = folder.read_run()
    plan = run.plan.model_copy(update={"models": ["resnet", *run.plan.models]})
    call = run.calls[0].model_copy(update={"framework": "mxnet"})
    folder.write_run(run.model_copy(update={"plan": plan, "calls": [*run.calls, call]}))
    results = merge(folder)
    assert [(row.framework, row.model) for row in results.rows] == [("opencv", "googlenet")]
    assert [*map(str, results.warnings)] == [
        "run.json: 'mxnet' is not in this bench's catalog: its cells are not shown",
        "run.json: 'resnet' is not in this bench's catalog: its cells are not shown",
    ]
    status = run_status(folder, measured=True, moment=now())
    assert [(cell.framework, cell.model) for cell in status.cells] == [("opencv", "googlenet")]
    assert status.problems == [*map(str, results.warnings)]


def test_a_folder_in_the_place_of_a_record_is_named(tmp_path: Path) -> None:
    folder = healthy(tmp_path)
    (folder.cell("opencv", "googlenet") / "rep-06.json").mkdir()
    results = merge(folder)
    assert results.rows[0].repetitions == 5
    assert "rep-06.json can't be read (Is a directory)" in str(results.warnings[0])


@pytest.mark.parametrize(
    "name",
    [
        "cells/notes.txt",
        "cells/opencv/googlenet/rep-best.json",
        "cells/opencv/googlenet/old/rep-01.json",
        "cells/opencv/resnet/rep-01.json",
        "cells/mxnet/googlenet/rep-01.json",
        "predictions/opencv/googlenet.xlsx",
    ],
)
def test_a_foreign_file_is_named_and_makes_no_row(tmp_path: Path, name: str) -> None:
    folder = healthy(tmp_path)
    (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
    (folder.path / name).write_text("hello")
    results = merge(folder)
    assert [(row.framework, row.model, row.repetitions) for row in results.rows] == [("opencv", "googlenet", 5)]
    assert [*map(str, results.warnings)] == [f"{name} is no file of a run and not used; move it away"]


def test_the_temporary_file_of_a_write_that_goes_on_is_not_named(tmp_path: Path) -> None:
    folder = healthy(tmp_path)
    (folder.cell("opencv", "googlenet") / ".rep-06.json.x1y2").write_text("{")
    assert merge(folder).warnings == []


def test_predictions_with_half_a_line_are_used_without_it(tmp_path: Path) -> None:
    folder = healthy(tmp_path)
    file = folder.predictions("opencv", "googlenet")
    file.write_text(file.read_text().rstrip("\n")[:-15])
    results = merge(folder)
    assert (results.rows[0].images_classified, results.rows[0].top1) == (9, pytest.approx(6 / 9))
    assert [*map(str, results.warnings)] == [f"{file}: 1 of 10 lines can't be read and are not used"]


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "can't be read"), ("hello,world\n1,2\n", "can't be read"), ("\0\0\0", "can't be read")],
)
def test_predictions_that_are_none_are_named(tmp_path: Path, content: str, words: str) -> None:
    folder = healthy(tmp_path)
    file = folder.predictions("opencv", "googlenet")
    file.write_text(content)
    results = merge(folder)
    assert (results.rows[0].status, results.rows[0].top1, results.rows[0].throughput_fps) == ("ok", None, 10.0)
    assert len(results.warnings) == 1
    assert str(file) in str(results.warnings[0]) and words in str(results.warnings[0])


def test_lost_predictions_are_named(tmp_path: Path) -> None:
    folder = healthy(tmp_path)
    folder.predictions("opencv", "googlenet").unlink()
    results = merge(folder)
    assert results.rows[0].top1_source == "published"
    assert [*map(str, results.warnings)] == [
        "predictions/opencv/googlenet.csv is missing: its images were classified; run the cell again with --force"
    ]


@pytest.mark.parametrize("content", [b"", b"half", b'{"hello": 1}'])
def test_a_lost_sampler_record_costs_power_and_no_speed(tmp_path: Path, content: bytes) -> None:
    folder = healthy(tmp_path)
    (folder.path / "sampler.json").write_bytes(content)
    results = merge(folder)
    assert (results.rows[0].throughput_fps, results.rows[0].power_w_mean) == (10.0, None)
    assert any("sampler.json" in str(warning) for warning in results.warnings)
    assert folder.samplers() == []


def test_samples_without_content_cost_power_and_no_speed(tmp_path: Path) -> None:
    folder = healthy(tmp_path)
    (folder.path / "samples.csv").write_bytes(b"")
    results = merge(folder)
    assert (results.rows[0].throughput_fps, results.rows[0].power_w_mean) == (10.0, None)
    assert "samples.csv is not used" in str(results.warnings[0])


def test_samples_that_may_not_be_read_cost_power_and_no_speed(tmp_path: Path) -> None:
    folder = healthy(tmp_path)
    (folder.path / "samples.csv").unlink()
    (folder.path / "samples.csv").mkdir()  # which not even root reads
    results = merge(folder)
    assert (results.rows[0].throughput_fps, results.rows[0].power_w_mean) == (10.0, None)
    assert str(results.warnings[0]) == "samples.csv is not used: it can't be read (Is a directory)"


def test_samples_with_half_a_line_are_used_without_it(tmp_path: Path) -> None:
    folder = healthy(tmp_path)
    ((pair, record),) = folder.sampler_records()
    write_record(pair.record, record.model_copy(update={"samples_sha256": None, "ended": None}))  # it was killed
    with (folder.path / "samples.csv").open("a") as file:
        file.write("1040000")
    results = merge(folder)
    assert results.rows[0].power_w_mean == pytest.approx(4.0)
    assert [*map(str, results.warnings)] == ["samples.csv: the last line is unfinished and not used"]


def test_two_who_look_at_a_lock_do_not_take_each_other_for_a_benchmark(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    with lock.open("a") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert not is_held(lock)


def test_a_benchmark_waits_for_who_only_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / ".lock"
    with lock.open("a") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(looking, fcntl.LOCK_UN))
        with exclusive(lock, "busy"):
            assert is_held(lock)


def test_looking_at_a_lock_leaves_nothing_behind_and_nobody_in_the_way(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    assert not is_held(lock)
    assert not lock.exists()
    with exclusive(lock, "busy"):
        assert is_held(lock)
