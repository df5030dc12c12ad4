"""`docker compose up`, from a clone to the table."""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.catalog import find_models, frameworks, models
from bench.catalog.suites import find_suite
from bench.prepare.models.prepared import prepared_own
from bench.records.columns import Results, Row
from bench.records.notes.steadiness import RunDrift
from bench.records.store import read_record
from bench.runs.find import find_run
from bench.runs.open import all_runs
from tests.images.conftest import (
    AT_LENGTH,
    COMPOSE_TAG,
    NATIVE,
    PI_CORES,
    PLATFORMS,
    ROOT,
    available,
    tag_for_compose,
)
from tests.made.onnx_files import mobile
from tests.made.program import PATIENCE_S

USER = 12345
OWNER = USER if os.getuid() == 0 else os.getuid()
"""Whose the results are, and as whom the containers run."""
PROJECT = f"bench-test-{os.getpid()}"
FRAMEWORKS = [framework.name for framework in find_suite().frameworks()]
MODELS = [model.name for model in find_suite().models()]
REAL = {"squeezenet_v1.1": (0.64, 0.87), "googlenet": (0.80, 0.92)}


native = pytest.mark.skipif(NATIVE not in PLATFORMS, reason="only other platforms were asked for")


class Compose:
    """Compose with a project, a results folder and settings of its own."""

    def __init__(self, results: Path, files: list[str], **settings: str) -> None:
        self.results = results
        self._files = [f"--file={file}" for file in files]
        self._environment = {
            **os.environ,
            "BENCH_RESULTS": str(results),
            "COMPOSE_PROJECT_NAME": PROJECT,
            **settings,
        }

    def __call__(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        command = ["docker", "compose", *self._files, *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**self._environment, **settings},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = ["docker", "compose", *self._files, *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def merged(self) -> Results:
        return read_record(find_run(self.results / "runs").path / "results.json", Results)

    def rows(self) -> list[Row]:
        return self.merged().rows


@pytest.fixture
def compose(
    owned_results: Callable[[int], Path], shared_models: Path, shared_images: Path
) -> Iterator[Callable[..., Compose]]:
    made = []

    def make(*files: str, **settings: str) -> Compose:
        inputs = {"BENCH_WEIGHTS": str(shared_models), "BENCH_IMAGES": str(shared_images), "BENCH_METER": "simulated"}
        inputs["BENCH_PERIOD"] = "1"  # beside builds and emulation the sampler has to wait for its turn
        made.append(Compose(owned_results(USER), ["compose.yaml", *files], **{**inputs, **settings}))
        return made[-1]

    yield make
    for one in made:
        one("down", "--remove-orphans")


def windows_of(results: Path) -> list[tuple[int, int, str]]:
    """Return when each framework measured, in order."""
    folder = find_run(results / "runs")
    return sorted(
        (window.begin_ns, window.end_ns, framework)
        for framework in frameworks()
        for model in models()
        for record in folder.repetitions(framework, model)
        for window in record.windows
    )


def assert_sound(rows: list[Row], frameworks: Iterable[str], models: Iterable[str]) -> None:
    assert [(row.framework, row.model) for row in rows] == list(product(frameworks, models))
    assert {row.status for row in rows} == {"ok"}
    for row in rows:
        assert row.throughput_fps is not None and row.throughput_fps > 0
        assert (row.meter, row.boundary) == ("simulated", "simulated")
        assert row.power_w_min is not None and row.power_w_mean is not None and row.power_w_max is not None
        assert row.power_w_min - 1e-9 <= row.power_w_mean <= row.power_w_max + 1e-9
        if row.model in REAL:
            assert row.weights == "pretrained"
            assert row.top1 is not None and row.fom_top1 is not None
            assert row.fom_top1 == pytest.approx(row.top1 * row.throughput_fps / row.power_w_mean)
        else:
            assert row.weights == "synthetic"
            assert (row.top1, row.top5, row.fom_top1, row.fom_top5) == (None,) * 4


@native
def test_compose_up_measures_sixteen_cells_for_whoever_owns_the_results(compose: Callable[..., Compose]) -> None:
    settings = {"BENCH_PROFILE": "smoke", "BENCH_ACCURACY_IMAGES": "100", "BENCH_BOARD": "simulated:pi4"}
    bench = compose(BENCH_TAG=COMPOSE_TAG, **settings)
    up = bench("up", "--build", "--no-color")
    assert up.returncode == 0, up.stdout + up.stderr
    assert_sound(bench.rows(), FRAMEWORKS, MODELS)
    for row in bench.rows():
        if row.model in REAL:
            assert (row.top1, row.top5, row.images_classified) == (*REAL[row.model], 100)
    assert "SqueezeNet v1.1" in up.stdout
    assert "simulated Raspberry Pi 4 Model B Rev 1.4" in up.stdout
    assert "Doctor, before it began:" in up.stdout

    owners = {path.stat().st_uid for path in bench.results.rglob("*")}
    assert owners == {OWNER}

    (drift,) = (note for note in bench.merged().warnings if isinstance(note, RunDrift))
    assert drift.cell.startswith(FRAMEWORKS[0])
    assert [row.drift for row in bench.rows()] == pytest.approx([math.log1p(drift.change)] * len(bench.rows()))
    lines = (line.partition("|") for line in up.stdout.splitlines())
    said = " ".join(text.strip() for service, _, text in lines if "merge-1" in service)
    assert f"the board drifted by {drift.change:+.1%} from the first framework to the last ({drift.cell}" in said

    begun = windows_of(bench.results)
    assert all(former[1] <= later[0] for former, later in zip(begun, begun[1:])), "two frameworks measured at once"
    order = list(dict.fromkeys(framework for _, _, framework in begun))
    assert order == FRAMEWORKS

    run_id = find_run(bench.results / "runs").run_id
    alone = {"BENCH_RUN": run_id, "BENCH_AWAIT_SAMPLER": "0.1", "BENCH_PROFILE": "", "BENCH_ACCURACY_IMAGES": ""}
    again = bench("run", "--rm", "--no-deps", "caffe2", **alone)
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.count("done before, skipped") == len(MODELS)
    former = {(row.framework, row.model): row for row in bench.rows()}
    forced = ("run", "caffe2", "--models=squeezenet", "--force")
    again = bench("run", "--rm", "--no-deps", "caffe2", *forced, **alone)
    assert again.returncode == 0, again.stdout + again.stderr
    merged = bench("run", "--rm", "--no-deps", "merge", "merge", run_id)
    assert merged.returncode == 0, merged.stdout + merged.stderr
    changed = [cell for row in bench.rows() if row != former[cell := (row.framework, row.model)]]
    assert changed == [("caffe2", "squeezenet_v1.1")]
    assert [folder.run_id for folder in all_runs(bench.results / "runs")] == [run_id]


@native
def test_a_killed_container_is_a_row_and_the_next_up_completes_the_run(
    compose: Callable[..., Compose],
) -> None:
    # Killed after the first of three, which leaves the one who kills the time of two.
    first, *others = ("nin", "squeezenet_v1.1", "mobilenet_v1_1.0_224")
    measured = ["tensorflow", "caffe"]  # the one that is killed, and one that comes after it
    settings = {"BENCH_MODELS": ",".join((first, *others)), "BENCH_THREADS": "1"}
    settings |= {"BENCH_FRAMEWORKS": ",".join(measured), "COMPOSE_PROFILES": ",".join(measured)}
    bench = compose(BENCH_PROFILE="smoke", BENCH_TAG=COMPOSE_TAG, **settings)
    tag_for_compose("tools", *measured)
    up = bench.start("up", "--no-color")
    while up.poll() is None and not list(bench.results.glob(f"runs/*/cells/tensorflow/{first}/rep-01.json")):
        time.sleep(0.1)
    killed = subprocess.run(["docker", "kill", f"{PROJECT}-tensorflow-1"], capture_output=True, text=True, check=False)
    assert killed.returncode == 0, killed.stderr
    shown, _ = up.communicate()
    assert "interrupted" in shown, "the others measured, and the table came"
    folder = find_run(bench.results / "runs")
    done = folder.repetitions("tensorflow", first)
    assert [record.status for record in done] == ["ok"]

    statuses = {(row.framework, row.model): row.status for row in bench.rows()}
    assert statuses["tensorflow", first] == "ok"
    assert statuses["tensorflow", others[-1]] == "interrupted"
    assert {statuses["caffe", model] for model in (first, *others)} == {"ok"}

    again = bench("up", "--no-color")
    assert again.returncode == 0, again.stdout + again.stderr
    assert {row.status for row in bench.rows()} == {"ok"}
    assert {row.meter for row in bench.rows()} == {"simulated"}, "the sampler found the run that had ended"
    assert {row.threads for row in bench.rows()} == {1}, "a worker fails if its framework reports another number"
    assert len(bench.rows()) == 3 * len(measured)
    assert folder.repetitions("tensorflow", first) == done
    assert [run.run_id for run in all_runs(bench.results / "runs")] == [folder.run_id]


def signal_worker(name: str) -> bool:
    """Signal the process that measures in OpenCV's container; return whether there is one."""
    # The letter in brackets is for the shell's own command line not to be found.
    find = "for process in /proc/[0-9]*; do grep -qs 'bench.measure.[w]orker' $process/cmdline"
    script = f"{find} && kill -{name} ${{process#/proc/}} && exit; done; exit 1"
    # Root without capabilities may not signal it.
    command = ["docker", "exec", f"--user={OWNER}", f"{PROJECT}-opencv-1", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@native
def test_beside_a_benchmark_a_second_one_is_refused_and_the_same_again_joins_it(
    compose: Callable[..., Compose], tmp_path: Path
) -> None:
    settings = {"BENCH_MODELS": "squeezenet", "BENCH_FRAMEWORKS": "opencv", "COMPOSE_PROFILES": "opencv"}
    settings["BENCH_TIMEOUT"] = str(PATIENCE_S)  # for the worker that is held
    bench = compose(BENCH_PROFILE="quick", BENCH_TAG=COMPOSE_TAG, **settings)
    tag_for_compose("tools", "opencv")
    up = bench.start("up", "--no-color")
    while not signal_worker("STOP"):
        assert up.poll() is None, "it ended before it measured"
    prepared = {path: path.stat().st_mtime_ns for path in bench.results.glob("prepared/**/*.json")}
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((300, 300, 3), 128, np.uint8))
    other = {"COMPOSE_PROJECT_NAME": f"{PROJECT}-other", "BENCH_IMAGES": str(tmp_path)}
    second = bench("up", "--no-color", **other)
    bench("down", **other)
    assert second.returncode != 0
    assert "another benchmark runs on this board" in second.stdout + second.stderr
    assert {path: path.stat().st_mtime_ns for path in bench.results.glob("prepared/**/*.json")} == prepared

    again = bench.start("up", "--no-color")
    assert again.stdout is not None
    joined = "is being measured by this very plan: nothing to prepare"
    told = ""
    while joined not in told and (line := again.stdout.readline()):
        told += line
    assert signal_worker("CONT"), told
    told += again.communicate(timeout=PATIENCE_S)[0]
    shown, _ = up.communicate(timeout=PATIENCE_S)
    assert (up.returncode, again.returncode) == (0, 0), shown + told
    assert joined in told
    assert "SqueezeNet v1.1" in shown
    assert [(row.framework, row.model, row.status) for row in bench.rows()] == [("opencv", "squeezenet_v1.1", "ok")]
    assert len(all_runs(bench.results / "runs")) == 1


@native
def test_a_folder_in_bench_models_is_still_taken_for_the_weights(
    compose: Callable[..., Compose], shared_models: Path
) -> None:
    former = {"BENCH_WEIGHTS": "", "BENCH_MODELS": str(shared_models), "BENCH_ONLY_MODELS": "squeezenet"}
    bench = compose(BENCH_PROFILE="smoke", BENCH_TAG=COMPOSE_TAG, **former)
    tag_for_compose("tools")
    prepared = bench("run", "--rm", "prepare")
    assert prepared.returncode == 0, prepared.stdout + prepared.stderr
    assert f"taken as --weights; write BENCH_WEIGHTS={shared_models} from now on" in prepared.stdout + prepared.stderr
    assert "squeezenet_v1.1: prepared, pretrained weights" in prepared.stdout
    assert "googlenet" not in prepared.stdout


@native
@pytest.mark.parametrize("is_relative", [False, True])
def test_a_file_of_the_user_s_own_is_seen_wherever_it_is(
    compose: Callable[..., Compose], tmp_path: Path, is_relative: bool
) -> None:
    file = mobile(tmp_path / "my_net.onnx")
    place = os.path.relpath(file, ROOT) if is_relative else str(file)
    own = {"BENCH_ONNX": place, "BENCH_MODELS": "my_net", "BENCH_MEAN": "127.5", "BENCH_SCALE": "1/127.5"}
    bench = compose(BENCH_PROFILE="smoke", BENCH_TAG=COMPOSE_TAG, BENCH_IMAGES="", **own)
    tag_for_compose("tools")
    prepared = bench("run", "--rm", "prepare")
    assert prepared.returncode == 0, prepared.stdout + prepared.stderr
    assert "my_net: prepared, own weights" in prepared.stdout
    (known,) = prepared_own(bench.results / "prepared")
    assert (known.file, known.order, known.mean, known.scale) == ("my_net.onnx", "RGB", (127.5,) * 3, 1 / 127.5)


@native
def test_a_folder_of_the_user_s_own_files_is_seen_whole(compose: Callable[..., Compose], tmp_path: Path) -> None:
    nets = tmp_path / "nets"
    nets.mkdir()
    for name in ("one", "two"):
        mobile(nets / f"{name}.onnx")
    own = {"BENCH_ONNX": str(nets), "BENCH_MODELS": "one,two", "BENCH_MEAN": "127.5", "BENCH_SCALE": "1/127.5"}
    bench = compose(BENCH_PROFILE="smoke", BENCH_TAG=COMPOSE_TAG, BENCH_IMAGES="", **own)
    tag_for_compose("tools")
    prepared = bench("run", "--rm", "prepare")
    assert prepared.returncode == 0, prepared.stdout + prepared.stderr
    assert [one.file for one in prepared_own(bench.results / "prepared")] == ["one.onnx", "two.onnx"]


@pytest.mark.skipif(not AT_LENGTH, reason="takes long: 'make test-emulated' passes it")
@pytest.mark.parametrize("platform", [name for name in PLATFORMS if name in PI_CORES])
def test_compose_up_works_on_an_emulated_pi(compose: Callable[..., Compose], platform: str, tmp_path: Path) -> None:
    # The frameworks on the core of a Pi, which refuses newer instructions.
    on_core = tmp_path / "on-core.yaml"
    core = {"environment": {"QEMU_CPU": PI_CORES[platform][0]}}
    on_core.write_text(json.dumps({"services": dict.fromkeys(FRAMEWORKS, core)}))
    wanted = [model.name for model in find_models([os.environ.get("BENCH_TEST_MODELS", "squeezenet")])]
    tools = NATIVE if platform == "linux/arm/v7" else platform
    bench = compose(
        str(on_core),
        BENCH_PROFILE="smoke",
        BENCH_ACCURACY_IMAGES="2",
        BENCH_MODELS=",".join(wanted),
        BENCH_TAG=f"test-compose-{platform.split('/')[1]}",
        BENCH_TOOLS_PLATFORM=tools,
        DOCKER_DEFAULT_PLATFORM=platform,
    )
    up = bench("up", "--build", "--no-color")
    assert up.returncode == 0, up.stdout + up.stderr
    rows = bench.rows()
    there = [name for name in FRAMEWORKS if name in available(platform)]
    assert_sound([row for row in rows if row.framework in there], there, wanted)
    assert {row.status for row in rows if row.framework not in there} <= {"unavailable"}
    assert len(rows) == len(FRAMEWORKS) * len(wanted)
    assert {row.platform for row in rows} == {platform}
    assert {row.images_classified for row in rows if row.top1 is not None} == {2}
    assert ("Emulated instructions" in up.stdout) == (tools == platform), "it is the tools that look at the board"
