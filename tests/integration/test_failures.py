"""What becomes of a run when something goes wrong, with real processes and real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.measure import supervisor
from bench.records.columns import Results
from bench.records.schema import Repetition
from bench.records.store import read_record
from bench.runs.find import find_run
from tests.made.program import MODELS, PATIENCE_S, ROOT, bench, command, run_smoke, worker_of


def contents(results: Path) -> dict[Path, int]:
    """Return when each file was changed, in nanoseconds, but for locks."""
    files = (path for path in results.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path: path.stat().st_mtime_ns for path in files}


@pytest.fixture
def running(results: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        run_smoke(results),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def records(results: Path) -> dict[str, Repetition]:
    folder = find_run(results / "runs")
    return {model: record for model in MODELS for record in folder.repetitions("opencv", model)}


def test_a_sound_run_has_every_window_and_every_sample(results: Path) -> None:
    done = bench(*run_smoke(results)[3:])
    assert done.returncode == 0, done.stdout + done.stderr
    for record in records(results).values():
        assert record.status == "ok"
        assert [window.name for window in record.windows] == ["idle", "load", "warm-up", "timed", "idle"]
        assert len(record.preprocess_ns) == len(record.inference_ns) == 3
        assert all(window.end_ns > window.begin_ns for window in record.windows)
        timed = record.windows[3]
        assert sum(record.preprocess_ns) + sum(record.inference_ns) <= timed.end_ns - timed.begin_ns
        assert record.build_info["threads"] == record.threads
        assert record.load_ns and record.first_inference_ns and record.peak_rss_mib


@pytest.mark.parametrize(
    ("number", "status", "words"),
    [
        (signal.SIGKILL, "failed", "SIGKILL: the process was killed from outside"),
        (signal.SIGILL, "sigill", "SIGILL: the framework uses an instruction that this processor lacks"),
        (signal.SIGSEGV, "failed", "died of SIGSEGV"),
    ],
)
def test_a_worker_that_dies_is_a_labelled_record_and_the_next_cell_goes_on(
    results: Path, running: subprocess.Popen[str], number: signal.Signals, status: str, words: str
) -> None:
    os.kill(worker_of(running), number)
    assert running.wait(PATIENCE_S) == 1
    found = records(results)
    assert (found["nin"].status, found["squeezenet_v1.1"].status) == (status, "ok")
    assert words in (found["nin"].error or "")


def test_a_worker_that_hangs_is_ended_and_the_same_command_completes_the_run(results: Path) -> None:
    # How long a sound worker may take to begin depends on the machine: only of the one that hangs is anything said.
    with subprocess.Popen(run_smoke(results, "--timeout", 5), cwd=ROOT, stdout=subprocess.DEVNULL) as run:
        os.kill(worker_of(run), signal.SIGSTOP)
        assert run.wait(PATIENCE_S) == 1
    found = records(results)
    assert (found["nin"].status, found["nin"].error) == ("timeout", "no sign of life for 5 s")
    assert "squeezenet_v1.1" in found
    assert bench(*run_smoke(results)[3:]).returncode == 0
    assert {model: record.status for model, record in records(results).items()} == dict.fromkeys(MODELS, "ok")


def test_running_again_completes_what_is_missing_and_repeats_nothing(
    results: Path, running: subprocess.Popen[str]
) -> None:
    os.kill(worker_of(running), signal.SIGKILL)
    running.wait(PATIENCE_S)
    before = records(results)["squeezenet_v1.1"]
    again = bench(*run_smoke(results)[3:])
    assert again.returncode == 0
    assert "squeezenet_v1.1: done before, skipped" in again.stdout
    assert {model: record.status for model, record in records(results).items()} == dict.fromkeys(MODELS, "ok")
    assert records(results)["squeezenet_v1.1"] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_writes_what_is_known_and_the_same_command_goes_on(
    results: Path, running: subprocess.Popen[str], number: signal.Signals
) -> None:
    worker = worker_of(running)
    running.send_signal(number)
    assert running.wait(PATIENCE_S) == 1
    assert not Path(f"/proc/{worker}").exists()
    found = records(results)
    assert found["nin"].status == "interrupted"
    assert "squeezenet_v1.1" not in found
    assert bench(*run_smoke(results)[3:]).returncode == 0
    assert {model: record.status for model, record in records(results).items()} == dict.fromkeys(MODELS, "ok")


def test_a_second_benchmark_at_the_same_time_is_refused(results: Path, running: subprocess.Popen[str]) -> None:
    worker = worker_of(running)
    os.kill(worker, signal.SIGSTOP)  # it measures, however long the second one takes to begin
    second = bench(*run_smoke(results)[3:])
    os.kill(worker, signal.SIGCONT)
    assert second.returncode == 2
    assert second.stderr.startswith("bench: another benchmark runs on this board")
    assert running.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("command", [["prepare"], ["prepare", "--step", "x"], ["up", "--embedded", "--ignore-doctor"]])
def test_beside_a_running_benchmark_nothing_is_prepared(
    results: Path, running: subprocess.Popen[str], tmp_path: Path, command: list[str]
) -> None:
    worker = worker_of(running)
    os.kill(worker, signal.SIGSTOP)
    prepared, runs = contents(results / "prepared"), [path.name for path in (results / "runs").iterdir()]
    images = tmp_path / "images"
    images.mkdir()
    cv2.imwrite(str(images / "grey.png"), np.full((300, 300, 3), 128, np.uint8))
    second = bench(*command, "--models", ",".join(MODELS), "--images", images, "--results", results)
    merged = bench("merge", "--end", "--results", results)
    os.kill(worker, signal.SIGCONT)
    assert merged.returncode == 2
    assert "is being measured: wait until that has ended" in merged.stderr
    assert second.returncode == 2
    assert second.stderr.splitlines()[-1].startswith("bench: another benchmark runs on this board (run ")
    assert contents(results / "prepared") == prepared
    assert [path.name for path in (results / "runs").iterdir() if path.name not in runs] == []
    assert running.wait(PATIENCE_S) == 0
    assert {record.status for record in records(results).values()} == {"ok"}


def test_frameworks_find_the_run_that_prepare_has_opened(results: Path) -> None:
    plan = ("--models", "nin", "--profile", "smoke", "--threads", "1", "--frameworks", "opencv,caffe")
    prepared = bench("prepare", *plan, "--results", results)
    assert prepared.returncode == 0, prepared.stderr
    assert "is open: opencv, caffe; profile smoke, 1 thread, nin." in prepared.stdout
    assert bench("run", "opencv", "--results", results).returncode == 0
    aside = bench("run", "tensorflow", "--step", "chain", "--results", results)
    assert (aside.returncode, aside.stdout) == (
        0,
        "TensorFlow is not among the frameworks asked for (opencv, caffe): nothing to do.\n",
    )
    merged = bench("merge", "--end", "--results", results)
    assert merged.returncode == 1
    rows = read_record(find_run(results / "runs").path / "results.json", Results).rows
    assert [(row.framework, row.status, row.threads) for row in rows] == [
        ("opencv", "ok", 1),
        ("caffe", "interrupted", None),
    ]


def test_a_model_file_cut_in_half_fails_its_cell_alone_and_preparing_again_mends_it(results: Path) -> None:
    file = results / "prepared" / "nin" / "weights.caffemodel"
    whole = file.stat().st_size
    os.truncate(file, whole // 2)
    assert bench(*run_smoke(results)[3:]).returncode == 1
    found = records(results)
    assert (found["nin"].status, found["squeezenet_v1.1"].status) == ("failed", "ok")
    assert f"weights.caffemodel is {whole // 2:,} of {whole:,} bytes" in (found["nin"].error or "")
    assert bench("prepare", "--models", "nin", "--results", results).returncode == 0
    assert bench(*run_smoke(results)[3:]).returncode == 0
    assert records(results)["nin"].status == "ok"


def test_a_framework_that_is_not_installed_is_unavailable_with_the_reason(results: Path) -> None:
    done = bench("run", "caffe", "--profile", "smoke", "--models", "nin", "--results", results)
    assert done.returncode == 3
    (record,) = find_run(results / "runs").repetitions("caffe", "nin")
    assert record.status == "unavailable"
    assert record.error is not None and "it comes as a container image" in record.error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "tensorfow"], "there is no framework 'tensorfow'; there are opencv, tensorflow, caffe, caffe2"),
        (["run", "opencv", "--models", "vgg"], "there is no model 'vgg'"),
        (["run", "opencv", "--profile", "slow"], "there is no profile 'slow'; there are smoke, quick, paper, full"),
        (["run", "opencv", "--models", "googlenet"], "googlenet: no prepared model in"),
        (["run", "opencv", "--models", "nin", "--run", "../x"], "'../x' is no name for a run"),
        (["run", "opencv", "--frameworks", "tensor"], "OpenCV is not among the frameworks asked for (tensorflow)"),
        (["sample", "--meter", "magic"], "no run is open in"),
        (["sample", "--run", "nothing"], "there is no run 'nothing'"),
        (["merge", "nothing"], "there is no run 'nothing'"),
        (["prepare", "--images", "/nowhere"], "/nowhere"),
        (["prepare", "--weights", "/nowhere"], "/nowhere"),
        (["prepare", "--profile", "slow"], "there is no profile 'slow'"),
        (["prepare", "--frameworks", "caf"], "framework 'caf' fits caffe and caffe2"),
        (["prepare", "--run", "a/b"], "'a/b' is no name for a run"),
        (["prepare", "--board", "simulated:pi9"], "there is no board 'simulated:pi9'"),
        (["prepare", "--source", "tf-slim", "--models", "nin"], "TF-Slim has no nin"),
        (["prepare", "--source", "caffe2-zoo"], "nobody downloads what Caffe2 model zoo publishes"),
        (["up", "--embedded", "--images", "/nowhere"], "/nowhere is not a folder"),
        (["up", "--embedded", "--source", "tf-slim", "--frameworks", "opencv"], "source 'tf-slim' is for tensorflow"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(results: Path, arguments: list[str], words: str) -> None:
    before = contents(results)
    done = bench(*arguments, "--results", results)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert contents(results) == before, "it was refused before anything was changed"


def test_a_sampler_stops_when_its_run_is_ended(results: Path) -> None:
    plan = ("--models", "nin", "--profile", "smoke", "--frameworks", "opencv")
    assert bench("prepare", *plan, "--results", results).returncode == 0
    sample = command("sample", "--meter", "simulated", "--period", "1", "--results", results)
    process = subprocess.Popen(sample, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        done = bench("run", "opencv", "--await-sampler", PATIENCE_S, "--results", results)
        assert done.returncode == 0, done.stdout + done.stderr
        merged = bench("merge", "--end", "--results", results)
        assert merged.returncode == 0, merged.stdout + merged.stderr
        assert process.wait(PATIENCE_S) == 0
    finally:
        if process.poll() is None:
            process.kill()
    (sampler,) = find_run(results / "runs").samplers()
    assert sampler.ended is not None
    (row,) = read_record(find_run(results / "runs").path / "results.json", Results).rows
    assert row.boundary == "simulated"
    assert row.power_w_mean is not None
    assert 2.7 <= round(row.power_w_mean, 6) <= 6.4  # the default idle and full load of the simulated meter


def test_what_a_worker_has_started_ends_with_it() -> None:
    command = ["sh", "-c", "trap '' TERM; sh -c 'trap \"\" TERM; while :; do sleep 1; done' & echo $!; wait"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    supervisor._end(process)
    assert process.returncode == -signal.SIGKILL
    until = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{child}/stat").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < until
        time.sleep(0.05)
