from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.board.clocks import now
from bench.cli.app import app
from bench.records.run import Call
from bench.records.schema import Clocks, Window
from bench.records.store import exclusive
from bench.runs.folder import RunFolder
from bench.runs.locks import announce, lock_path
from bench.runs.open import end_run, open_run
from bench.runs.status import RunStatus, run_status
from tests.made.records import SECOND, new_run, repetition

MODELS = ["nin", "googlenet", "squeezenet_v1.1"]
MOMENT = now()


def at(seconds: float) -> Clocks:
    return MOMENT.model_copy(update={"monotonic_ns": int(seconds * SECOND)})


def begun(folder: RunFolder, framework: str, began_s: float, ended: bool = False) -> None:
    call = Call(
        id=framework,
        framework=framework,
        command=[],
        platform="linux/amd64",
        bench_version="0",
        began=at(began_s).model_copy(update={"realtime_ns": MOMENT.realtime_ns + int(began_s)}),
        ended=at(began_s + 50) if ended else None,
    )
    run = folder.read_run()
    others = [other for other in run.calls if other.framework != framework]
    folder.write_run(run.model_copy(update={"calls": [*others, call]}))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run of which opencv has measured one model: 3 s, then 10 s of classifying."""
    folder = new_run(tmp_path, models=MODELS)
    begun(folder, "opencv", 90)
    accuracy = Window(name="accuracy", begin_ns=102 * SECOND, end_ns=112 * SECOND)
    folder.write_repetition(repetition(model="nin", windows=[*repetition().windows, accuracy]))
    return folder


def states(status: RunStatus) -> dict[str, str]:
    return {f"{cell.framework} {cell.model}": cell.state for cell in status.cells}


def test_a_run_tells_what_is_done_running_and_left(folder: RunFolder) -> None:
    status = run_status(folder, measured=True, moment=at(113), cell="opencv googlenet")
    assert (status.state, status.measuring) == ("measuring", "opencv")
    assert states(status) == {
        "opencv nin": "done",
        "opencv googlenet": "running",
        "opencv squeezenet_v1.1": "left",
    }
    assert [cell.left_s for cell in status.cells] == [0, 13, 13]
    assert status.left_s == pytest.approx(2 * 13 - 1)
    assert status.not_begun == ["tensorflow", "caffe", "caffe2"]
    assert status.not_begun_s == pytest.approx(9 * 13)
    assert not status.from_profile


def test_without_a_finished_cell_the_profile_gives_the_least_it_takes(tmp_path: Path) -> None:
    folder = new_run(tmp_path, models=MODELS, profile="paper")
    begun(folder, "opencv", 90)
    status = run_status(folder, measured=True, moment=at(90))
    assert status.from_profile
    # Three cells, three repetitions each: idle, warm-up, timed, idle.
    assert status.left_s == pytest.approx(3 * 3 * (4 + 5 + 7 + 4))


def test_nobody_measuring_means_stopped_until_it_is_ended(folder: RunFolder) -> None:
    status = run_status(folder, measured=False, moment=at(500))
    assert (status.state, status.measuring, states(status)["opencv googlenet"]) == ("stopped", None, "left")
    end_run(folder)
    status = run_status(folder, measured=False, moment=at(500))
    assert (status.state, status.not_begun, status.not_begun_s) == ("ended", [], 0)


def test_a_call_that_ended_measures_nothing(folder: RunFolder) -> None:
    begun(folder, "opencv", 90, ended=True)
    assert run_status(folder, measured=True, moment=at(500)).state == "stopped"


def test_a_failed_cell_and_an_unreadable_file_are_named(folder: RunFolder) -> None:
    folder.write_repetition(repetition(model="googlenet", status="oom", error="no memory"))
    (folder.cell("opencv", "squeezenet_v1.1")).mkdir(parents=True)
    (folder.cell("opencv", "squeezenet_v1.1") / "rep-01.json").write_text("{")
    status = run_status(folder, measured=True, moment=at(113), cell="opencv squeezenet_v1.1")
    assert [(cell.state, cell.error) for cell in status.cells] == [
        ("done", None),
        ("failed", "oom: no memory"),
        ("running", None),
    ]
    assert len(status.problems) == 1
    assert "rep-01.json is not JSON" in status.problems[0]


def test_repetitions_that_are_missing_are_counted(tmp_path: Path) -> None:
    folder = new_run(tmp_path, profile="full")
    for number in (1, 2):
        folder.write_repetition(repetition(number))
    begun(folder, "opencv", 90)
    (cell,) = run_status(folder, measured=True, moment=at(102)).cells
    assert (cell.state, cell.repetitions, cell.planned, cell.left_s) == ("left", 2, 5, pytest.approx(9))


def test_pauses_between_repetitions_take_their_time_too(folder: RunFolder) -> None:
    later = [
        window.model_copy(update={"begin_ns": window.begin_ns + 32 * SECOND, "end_ns": window.end_ns + 32 * SECOND})
        for window in repetition().windows
    ]
    folder.write_repetition(repetition(model="googlenet", windows=later))
    first = min(window.begin_ns for window in later) / SECOND
    cells = {cell.model: cell.left_s for cell in run_status(folder, measured=True, moment=at(200)).cells}
    assert cells == {"nin": 0, "googlenet": 0, "squeezenet_v1.1": pytest.approx(13 + first - 112)}


@pytest.fixture
def results(folder: RunFolder) -> Path:
    results = folder.path.parent / "results"
    shutil.copytree(folder.path, results / "runs" / folder.run_id)
    return results


def test_asking_writes_nothing(folder: RunFolder, results: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.path.parent.rglob("*")}
    done = CliRunner().invoke(app, ["status", "--results", str(results)])
    assert done.exit_code == 0, done.output
    assert {path: path.stat().st_mtime_ns for path in folder.path.parent.rglob("*")} == before
    assert not lock_path(results / "runs").exists()


def test_classifying_is_counted_once_for_a_cell(tmp_path: Path) -> None:
    folder = new_run(tmp_path, profile="full")
    accuracy = Window(name="accuracy", begin_ns=102 * SECOND, end_ns=112 * SECOND)
    folder.write_repetition(repetition(windows=[*repetition().windows, accuracy]))
    (cell,) = run_status(folder, measured=False, moment=at(112)).cells
    assert cell.left_s == pytest.approx(4 * 3)


def test_the_command_sees_that_somebody_measures_into_the_run(folder: RunFolder, results: Path) -> None:
    def asked() -> str:
        done = CliRunner().invoke(app, ["status", "r", "--results", str(results), "--json"])
        return RunStatus.model_validate_json(done.output).state

    assert asked() == "stopped"
    with exclusive(lock_path(results / "runs"), "busy"):
        announce(RunFolder(results / "runs" / "r"))
        assert asked() == "measuring"
        announce(open_run(results / "runs", folder.read_run().plan, "later"))
        assert asked() == "stopped"
