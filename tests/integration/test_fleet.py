"""Four boards under a real Slurm on this computer: benchmarks at once, shards of one cell, and what goes wrong."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.board.identity import docker_platform
from bench.bootstrap import ensure
from bench.launch.fleet.record import FleetFolder, SharedCell
from bench.records.columns import Results
from bench.records.store import read_record
from bench.runs.folder import RunFolder
from bench.runs.shards import Share, read_shard, shard_csv
from tests.made.cluster import Cluster, missing_programs
from tests.made.documents import ROOT
from tests.made.program import bench

FLEET, SHARDS = "sept", 10
CELL = SharedCell(framework="opencv", model="squeezenet_v1.1", shards=SHARDS)
ONE_CELL = ("--frameworks", "opencv", "--models", "squeezenet")
BENCHMARK = (*ONE_CELL, "--profile", "smoke", "--meter", "simulated", "--no-accuracy")
BOARDS = {"board-1": "pi3", "board-2": "pi4", "board-3": "pi5"}
FULL = "board-4"


@pytest.fixture(scope="module")
def prepared(shared_models: Path, shared_images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real weights and photographs with labels, without which there is no accuracy."""
    results = tmp_path_factory.mktemp("real")
    inputs = ("--weights", shared_models, "--images", shared_images)
    done = bench("prepare", "--models", "squeezenet", "--results", results, *inputs)
    assert done.returncode == 0, done.stderr
    return results / "prepared"


@pytest.fixture(scope="module")
def cluster(prepared: Path) -> Iterator[Cluster]:
    """Three boards that are fit, and a fourth, whose disk is full."""
    missing = missing_programs()
    if missing or os.getuid() != 0:
        why = f"no {', '.join(missing)}" if missing else "boards in namespaces need root"
        if os.environ.get("BENCH_REQUIRE_ENGINE"):
            pytest.fail(why)
        pytest.skip(why)
    ensure("opencv", ROOT / "images" / "opencv" / "requirements.lock")
    root = Path(tempfile.mkdtemp(prefix="fleet-"))
    cluster = Cluster(root, len(BOARDS) + 1, {FULL: "200m"})
    try:
        for board in BOARDS:
            shutil.copytree(prepared, cluster.of(board) / "results" / "prepared", copy_function=os.link)
        cluster.up()
        yield cluster
    finally:
        cluster.down()
        shutil.rmtree(root)


def fleet_of(cluster: Cluster) -> FleetFolder:
    return FleetFolder(cluster.clone / "results", FLEET)


@pytest.fixture(scope="module")
def measured(cluster: Cluster) -> Cluster:
    """Three boards that were measured at once, and one of them for another fleet besides."""
    cluster.open(False)  # so that it is Slurm that decides what comes when
    for board, model in BOARDS.items():
        options = ("--boards", board, *BENCHMARK, "--board", f"simulated:{model}")
        done = cluster.bench("fleet", "run", "--run", FLEET, *options)
        assert done.returncode == 0, done.stderr
        assert f"$ sbatch --parsable --job-name={FLEET}-{board} --nodelist={board}" in done.stdout
    again = cluster.bench("fleet", "run", "--run", "okt", "--boards", "board-1", *BENCHMARK, "--board", "simulated:pi3")
    assert again.returncode == 0, again.stderr
    cluster.open(True)
    cluster.wait_for_jobs()
    for name in (FLEET, "okt"):
        collected = cluster.bench("fleet", "collect", "--run", name, "--boards", "board-[1-3]")
        assert collected.returncode == 0, collected.stdout + collected.stderr
        assert "All that was asked for is here." in collected.stdout
    return cluster


def test_boards_measure_at_once_and_two_jobs_of_one_board_after_each_other(measured: Cluster) -> None:
    runs = [fleet_of(measured).run_of(board).read_run() for board in BOARDS]
    assert [run.board.spec for run in runs] == [f"simulated:{model}" for model in BOARDS.values()]
    jobs = {job["Name"]: job for job in measured.ended_jobs()}
    at_once = [jobs[f"{FLEET}-{board}"] for board in BOARDS]
    assert {job["JobState"] for job in at_once} == {"COMPLETED"}
    assert max(job["StartTime"] for job in at_once) <= min(job["EndTime"] for job in at_once)
    assert jobs["okt-board-1"]["StartTime"] >= jobs[f"{FLEET}-board-1"]["EndTime"]


def test_a_run_that_was_changed_on_its_board_is_named_and_what_is_here_of_it_stays(measured: Cluster) -> None:
    results = measured.of("board-1") / "results" / "runs" / "okt-board-1" / "results.csv"
    whole = results.read_text()
    results.write_text(whole.replace(",ok,", ",failed,"))
    collected = measured.bench("fleet", "collect", "--run", "okt", "--boards", "board-1")
    assert "board-1: run okt-board-1 is not whole, and not taken: results.csv" in collected.stdout
    assert (measured.clone / "results" / "runs" / "okt-board-1" / "results.csv").read_text() == whole


def submit_shards(cluster: Cluster) -> str:
    done = cluster.bench("fleet", "accuracy", "--run", FLEET, *ONE_CELL, "--shards", SHARDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def classified(measured: Cluster) -> Cluster:
    """All shards of a cell, while which were made one board was cut off and came back, and another's disk was full."""
    assert f"--array=1-{SHARDS}" in submit_shards(measured)
    lost = "board-3"
    measured.wait("a shard's begin", (measured.of(lost) / "results" / "runs" / FLEET / "run.json").exists)
    measured.cut(lost)
    measured.wait("the loss", lambda: measured.states()[lost].startswith("down"))
    measured.start(lost)
    measured.wait_for_jobs()
    collected = measured.bench("fleet", "collect", "--run", FLEET)
    assert collected.returncode == 0, collected.stdout + collected.stderr
    assert f"! {FULL} was left out: drained: bench doctor: disk 0.2 GB free in " in collected.stdout
    return measured


def test_the_joined_predictions_are_byte_for_byte_those_of_one_machine(
    classified: Cluster, prepared: Path, tmp_path: Path
) -> None:
    shutil.copytree(prepared, tmp_path / "prepared", copy_function=os.link)
    done = bench("classify", "opencv", "--models", "squeezenet", "--run", "alone", "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    alone = shard_csv(RunFolder(tmp_path / "runs" / "alone").shards("opencv", "squeezenet_v1.1"), Share(1, 1))
    lines = [b""] * 100
    for number in range(1, SHARDS + 1):
        shard = shard_csv(fleet_of(classified).shards(CELL), Share(number, SHARDS)).read_bytes()
        header, *lines[number - 1 :: SHARDS] = shard.splitlines(keepends=True)
    assert b"".join([header, *lines]) == alone.read_bytes()


def test_what_a_lost_board_had_is_made_again_and_a_board_with_a_full_disk_is_drained(classified: Cluster) -> None:
    assert "board-3" in [job["NodeList"] for job in classified.ended_jobs() if job["JobState"] == "NODE_FAIL"]
    assert classified.states()[FULL].startswith("drain")
    cell = fleet_of(classified).shards(CELL)
    machines = {read_shard(cell, Share(number, SHARDS)).machine for number in range(1, SHARDS + 1)}
    assert machines <= set(BOARDS)
    assert len(machines) > 1


def test_what_is_here_is_not_submitted_again(classified: Cluster) -> None:
    assert "sbatch" not in submit_shards(classified)
    told = classified.bench("fleet", "status", "--run", FLEET).stdout
    assert f"opencv squeezenet_v1.1  {SHARDS} of {SHARDS} shards here\n" in told


def test_one_report_has_every_board_with_the_accuracy_that_all_found(classified: Cluster) -> None:
    done = classified.bench("fleet", "report", "--run", FLEET)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (fleet_of(classified).path / "report.html").read_text()
    for board, model in BOARDS.items():
        results = read_record(fleet_of(classified).run_of(board).results_json, Results)
        assert results.board.model in page
        (row,) = results.rows
        assert (row.images_classified, row.top1_source, row.accuracy_platform) == (
            100,
            "measured",
            docker_platform(),
        ), model
        assert row.top1 is not None
        assert row.top1 > 0.5


def test_the_doctor_says_of_every_board_whether_it_is_fit(classified: Cluster) -> None:
    done = classified.bench("fleet", "doctor", "--meter", "none")
    assert done.returncode == 1  # for the full one
    assert f"fail  {FULL}" in done.stdout
    for board in BOARDS:
        for well in (
            "Slurm runs jobs there",
            "jobs run as the same user (root 0)",
            "its clock is right",
            "the same bench",
        ):
            assert any(f"ok    {board}" in line and well in line for line in done.stdout.splitlines()), done.stdout
