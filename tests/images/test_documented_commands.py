"""Every command for an engine that the documents show, typed as they show it, with one model and in seconds."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from bench.catalog.suites import find_suite
from bench.runs.folder import RunFolder
from tests.images.conftest import COMPOSE_TAG, NATIVE, PLATFORMS, ROOT, tag_for_compose
from tests.made.documents import commands
from tests.made.program import PATIENCE_S

PROJECT = f"bench-documents-{os.getpid()}"
USER = 12345
OWN_WEIGHTS = "mobilenet_v1_1.0_224"
"""A model whose TF-Slim files are among the shared ones."""

pytestmark = [
    pytest.mark.skipif(NATIVE not in PLATFORMS, reason="only other platforms were asked for"),
    pytest.mark.usefixtures("images"),
]


@pytest.fixture(scope="module")
def images() -> None:
    """Build what the commands run, of this very source."""
    tag_for_compose("tools", "caffe2", *(framework.name for framework in find_suite("today").frameworks()))


@pytest.fixture
def type_in(
    owned_results: Callable[[int], Path], shared_models: Path, shared_images: Path
) -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    here = {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}
    quickly = {
        "BENCH_ACCURACY_IMAGES": "2",
        "BENCH_AWAIT_SAMPLER": "0.1",  # where there is none, 20 s would pass
        "BENCH_METER": "simulated",
        "BENCH_PROFILE": "smoke",
        "BENCH_RESULTS": str(owned_results(USER)),
        "BENCH_TAG": COMPOSE_TAG,
        "BENCH_WEIGHTS": str(shared_models),
        "COMPOSE_PROFILES": "opencv",
        "COMPOSE_PROJECT_NAME": PROJECT,
    }

    def run(command: str) -> subprocess.CompletedProcess[str]:
        weights, images = f"BENCH_WEIGHTS={shared_models}", f"BENCH_IMAGES={shared_images}"
        typed = command.replace("BENCH_WEIGHTS=FOLDER", weights).replace("BENCH_IMAGES=FOLDER", images)
        models = OWN_WEIGHTS if "BENCH_SOURCE" in command else "squeezenet"
        environment = {**here, **quickly, "BENCH_MODELS": models}
        return subprocess.run(
            ["sh", "-c", typed],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    yield run
    run("docker compose down --remove-orphans")


def assert_well(done: subprocess.CompletedProcess[str], allowed: Collection[int] = (0,)) -> None:
    assert done.returncode in allowed, done.stdout + done.stderr


@pytest.mark.parametrize("command", commands("engine"))
def test_a_command_for_an_engine_works_as_shown(
    command: str, type_in: Callable[[str], subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    settings = command[: command.index("docker")]
    if " --no-deps " in command and not command.endswith("doctor"):
        assert_well(type_in(f"{settings}docker compose run --rm prepare"))
    if " merge " in command:
        assert_well(type_in("docker compose run --rm --no-deps opencv run opencv --run pi4-run"))
    done = type_in(command)
    assert_well(done, {0, 1} if command.endswith("doctor") else {0})  # what a doctor finds depends on the computer
    if command.endswith(" up"):
        (run,) = [folder for folder in (tmp_path / "results" / "runs").iterdir() if folder.is_dir()]
        assert {record.status for record in RunFolder(run).repetitions("opencv", "squeezenet_v1.1")} == {"ok"}
        assert (run / "report.html").exists()
