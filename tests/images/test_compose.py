"""`docker compose up`, from a clone to the table."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.catalog import frameworks, models
from bench.results.runs import all_runs, find_run
from bench.results.schema import Results, Row
from bench.results.store import read_record
from tests.images.conftest import ROOT

USER = 12345
REAL = {"squeezenet_v1.1": (0.64, 0.87), "googlenet": (0.80, 0.92)}


class Compose:
    """Compose with a project, a results folder and settings of its own."""

    def __init__(self, results: Path, files: list[str], **settings: str) -> None:
        self.results = results
        self._files = [f"--file={file}" for file in files]
        self._environment = {
            **os.environ,
            "BENCH_RESULTS": str(results),
            "COMPOSE_PROJECT_NAME": "bench-test",
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
            timeout=2400,
            check=False,
        )

    def rows(self) -> list[Row]:
        return read_record(find_run(self.results / "runs").path / "results.json", Results).rows


@pytest.fixture
def compose(
    owned_results: Callable[[int], Path], shared_models: Path, shared_images: Path
) -> Iterator[Callable[..., Compose]]:
    made = []

    def make(*files: str, **settings: str) -> Compose:
        inputs = {"BENCH_MODELS": str(shared_models), "BENCH_IMAGES": str(shared_images), "BENCH_METER": "simulated"}
        made.append(Compose(owned_results(USER), ["compose.yaml", *files], **inputs, **settings))
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


def assert_sound(rows: list[Row]) -> None:
    assert [(row.framework, row.model) for row in rows] == [(f, m) for f in frameworks() for m in models()]
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


def test_compose_up_measures_eight_cells_for_whoever_owns_the_results(compose: Callable[..., Compose]) -> None:
    bench = compose(BENCH_PROFILE="quick", BENCH_TAG="test-compose")
    up = bench("up", "--build", "--no-color")
    assert up.returncode == 0, up.stdout + up.stderr
    assert_sound(bench.rows())
    for row in bench.rows():
        if row.model in REAL:
            assert (row.top1, row.top5, row.images_classified) == (*REAL[row.model], 100)
    assert "SqueezeNet v1.1" in up.stdout

    owners = {path.stat().st_uid for path in bench.results.rglob("*")}
    assert owners == ({USER} if os.getuid() == 0 else {os.getuid()})

    begun = windows_of(bench.results)
    assert all(former[1] <= later[0] for former, later in zip(begun, begun[1:])), "two frameworks measured at once"
    order = list(dict.fromkeys(framework for _, _, framework in begun))
    assert order == list(frameworks())

    run_id = find_run(bench.results / "runs").run_id
    again = bench("run", "--rm", "--no-deps", "opencv", BENCH_RUN=run_id, BENCH_AWAIT_SAMPLER="0.1", BENCH_PROFILE="")
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.count("done before, skipped") == len(models())
    assert [folder.run_id for folder in all_runs(bench.results / "runs")] == [run_id]


def test_compose_up_works_on_an_emulated_pi_3(compose: Callable[..., Compose]) -> None:
    bench = compose(
        "tests/images/emulated.yaml",
        BENCH_PROFILE="smoke",
        BENCH_TAG="test-compose-arm64",
        DOCKER_DEFAULT_PLATFORM="linux/arm64",
    )
    up = bench("up", "--build", "--no-color")
    assert up.returncode == 0, up.stdout + up.stderr
    assert_sound(bench.rows())
    assert {row.platform for row in bench.rows()} == {"linux/arm64"}
    assert {row.images_classified for row in bench.rows() if row.model in REAL} == {5}
    assert "Emulated instructions" in up.stdout
