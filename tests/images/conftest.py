"""Real images on a real engine: built by the bake file, run as compose.yaml runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException

from bench.catalog import frameworks
from bench.launch.images import label_here
from bench.records.files import lock, open_lock
from bench.source import image_source
from tests.made.program import PATIENCE_S

ROOT = Path(__file__).parents[2]
REGISTRY = "pi-dnn-bench"

PLATFORMS = tuple(os.environ.get("BENCH_TEST_PLATFORMS", "linux/amd64,linux/arm64").split(","))
"""What is tested; `make test-emulated PLATFORM=linux/arm/v7` asks for another."""

AT_LENGTH = int(os.environ.get("BENCH_TEST_IMAGES", "0"))
"""Images for each emulated core (`make test-emulated`); without it, one model and what a quick gate has time for."""

EXPORTING = "executorch"
"""Its export takes minutes for each model in emulation: briefly, it has one model there, and half the operations."""

NATIVE = "linux/amd64"
PI_CORES = {"linux/arm64": ("cortex-a53", "cortex-a72", "cortex-a76"), "linux/arm/v7": ("cortex-a7",)}
"""Cores that the emulator plays, refusing newer instructions: a Pi 3, 4 and 5, and the oldest 32-bit Pi with NEON."""


def available(platform: str) -> tuple[str, ...]:
    """Return the frameworks that exist for a platform."""
    return tuple(name for name, framework in frameworks().items() if platform in framework.platforms)


HARDENED = [
    "--rm",
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--tmpfs=/tmp",
]
"""How a framework's container runs, as in compose.yaml."""


@pytest.fixture(scope="session", autouse=True)
def engine() -> docker.DockerClient:
    try:
        client = docker.from_env(timeout=PATIENCE_S)
        client.ping()
    except DockerException as error:
        if os.environ.get("BENCH_REQUIRE_ENGINE"):
            pytest.fail(f"no Docker engine answers: {error}")
        pytest.skip("no Docker engine answers here")
    return client


@cache
def build(name: str, platform: str) -> str:
    """Build an image for a platform, layers cached, unless it is here of this very source; return its tag."""
    tag, source = f"{REGISTRY}/{name}:test-{platform.removeprefix('linux/').replace('/', '')}", image_source()
    if label_here(docker.from_env(timeout=PATIENCE_S), tag) == source:
        return tag
    environment = {**os.environ, "FRAMEWORK": name, "PLATFORM": platform, "TAG": "test", "SOURCE": source}
    command = ["docker", "buildx", "bake", "--file=docker-bake.hcl", "--load", "--progress=plain"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-5000:]
    return tag


COMPOSE_TAG = "test-compose"


def tag_for_compose(*names: str) -> None:
    """Build those images, unless they are here, and give them the tag that Compose is told to look for.

    Compose's own build is the same and passed once, by the sixteen cells; each time it reads every stage again.
    """
    for name in names:
        subprocess.run(["docker", "tag", build(name, NATIVE), f"{REGISTRY}/{name}:{COMPOSE_TAG}"], check=True)


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def run(engine: docker.DockerClient) -> Run:  # noqa: ARG001  (no engine, no containers)
    """Run a container of an image, hardened: `run("opencv", "linux/arm64", *arguments, options=[...])`."""

    def run_container(
        name: str, platform: str, *arguments: str, options: list[str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        image = build(name, platform)
        command = ["docker", "run", *HARDENED, f"--platform={platform}", *(options or []), image, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    return run_container


@pytest.fixture(scope="session")
def python(run: Run) -> Callable[..., object]:
    """Run a program in an image's Python and return what it prints, read as JSON."""

    def run_program(name: str, platform: str, program: str, options: list[str] | None = None) -> object:
        done = run(name, platform, "-c", program, options=["--entrypoint=python3", *(options or [])])
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run_program


@pytest.fixture(scope="session")
def prepared(
    run: Run, tmp_path_factory: pytest.TempPathFactory, worker_id: str, shared_models: Path, shared_images: Path
) -> Path:
    """Return a folder with every model and the 100 photographs, as the tools image prepares them.

    Whichever process of the tests comes first prepares them for all; each has links of its own, for what frameworks
    convert of the models lies beside them.
    """
    own = tmp_path_factory.mktemp("results")
    place = (own if worker_id == "master" else tmp_path_factory.getbasetemp().parent) / "all"
    with open_lock(place.with_suffix(".lock")) as file:
        lock(file, place)
        if not place.exists():
            prepare_all(run, place, shared_models, shared_images)
    shutil.copytree(place / "prepared", own / "prepared", copy_function=os.link)
    return own / "prepared"


def prepare_all(run: Run, place: Path, shared_models: Path, shared_images: Path) -> None:
    making = place.with_suffix(".new")
    making.mkdir()
    making.chmod(0o777)
    inputs = [f"--volume={shared_models}:/models:ro", f"--volume={shared_images}:/images:ro"]
    options = [*inputs, f"--volume={making}:/results", f"--user={os.getuid()}:{os.getgid()}"]
    done = run(
        *("tools", NATIVE, "prepare", "--suite=all", "--weights=/models", "--images=/images", "--results=/results"),
        options=options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    making.rename(place)


@pytest.fixture
def owned_results(tmp_path: Path) -> Callable[[int], Path]:
    """Make a results folder that belongs to a user; only root can, so others get their own."""

    def make(uid: int) -> Path:
        results = tmp_path / "results"
        for folder in (results, results / "prepared", results / "runs"):
            folder.mkdir()
            if os.getuid() == 0:
                os.chown(folder, uid, uid)
        tmp_path.chmod(0o755)
        return results

    return make
