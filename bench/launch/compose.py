"""The reproduction in containers: asks the engine through its SDK, leaves the orchestration to Docker Compose."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import docker
from docker.errors import DockerException, ImageNotFound
from rich.console import Console

from bench.bootstrap import ROOT
from bench.catalog import find_framework
from bench.errors import UserError
from bench.launch.embedded import give_up
from bench.launch.forecast import Provision
from bench.launch.process import run_foreground, sampler
from bench.launch.rounds import turns
from bench.launch.settings import Settings
from bench.records.columns import Results
from bench.records.store import read_record
from bench.report.terminal.results import print_answer
from bench.runs.current import last_opened
from bench.runs.outcome import Exit, exit_code

PROJECT = "pi-dnn-bench-up"
"""Containers of its own: those of a plain `docker compose up` beside it would replace them instead of waiting."""

TOOLS_MB = 170
"""What the tools' arm64 image takes, compressed."""

DISK_PER_MB = 4
"""An image takes about so much more of the disk than compressed."""

CORE_MINUTES = 146
"""What compiling OpenCV took of processor cores: 73 minutes on two of a shared AMD EPYC's, busy with other work."""

_ONE = ("run", "--rm", "--no-deps")
"""One container, whose turn it is, without those that a plain `docker compose up` has wait for each other."""


@dataclass(frozen=True)
class Engine:
    """A Docker engine with Compose, or why there is none."""

    client: docker.DockerClient | None
    why_not: str = ""


def find_engine() -> Engine:
    """Look for an engine that answers, and for Compose."""
    try:
        client = docker.from_env(timeout=10)
        client.ping()
    except DockerException as error:
        return Engine(None, f"no Docker engine answers ({error})")
    try:
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return Engine(None, "Docker has no Compose (install the package docker-compose-plugin)")
    return Engine(client)


def compose_provisions(client: docker.DockerClient, asked_for: Sequence[str]) -> list[Provision]:
    """Say of each framework, and of the tools beside them, where its image comes from."""
    found = []
    for name in (*asked_for, "tools"):
        if _has_image(client, _image(name, os.environ)):
            found.append(Provision(name, "its image is here"))
        else:
            budget_mb = TOOLS_MB if name == "tools" else find_framework(name).budget_mb
            found.append(Provision(name, "its image is built here", DISK_PER_MB * budget_mb))
    if any(one.disk_mb for one in found):  # what every image has of OpenCV is compiled for the first one
        found[0] = replace(found[0], minutes=CORE_MINUTES * _slowness() / (os.cpu_count() or 1))
    return found


def compose_up(client: docker.DockerClient, settings: Settings, asked_for: list[str], console: Console) -> int:
    """Build what is missing, measure those frameworks, return the exit code that the results deserve.

    A framework whose image can't be built is unavailable, and the others go on.
    """
    for folder in ("prepared", "runs"):
        (settings.results / folder).mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **settings.environment(), "BENCH_USER": f"{os.getuid()}:{os.getgid()}"}
    environment.setdefault("COMPOSE_PROJECT_NAME", PROJECT)
    environment["BENCH_FRAMEWORKS"] = environment["COMPOSE_PROFILES"] = ",".join(asked_for)
    unbuilt = _build(asked_for, environment)
    built = [name for name in asked_for if name not in unbuilt]
    environment["COMPOSE_PROFILES"] = ",".join(built)
    environment |= _digests(client, built, environment)
    # The sampler runs here, where it may use every meter that this user may: the one in the container then steps aside.
    with sampler({**environment, "PYTHONPATH": str(ROOT)}, "--follow"):
        _compose([*_ONE, "prepare"], environment)
        opened = last_opened(settings.results / "runs")
        assert opened is not None  # else preparing had failed
        environment["BENCH_RUN"] = opened.run_id
        for name, why in unbuilt.items():
            give_up(opened, find_framework(name), why, console)
        for number, name in turns(opened, built):
            if number > 1:
                environment["BENCH_FORCE"] = ""  # the first round has begun anew
            _compose([*_ONE, name, "run", name, "--round", str(number)], environment)
        _compose([*_ONE, "merge"], environment, {Exit.OK, Exit.SOME_FAILED, Exit.NOTHING_RAN})
    console.print(str(opened.path), style="dim", markup=False)
    results = read_record(opened.results_json, Results)
    print_answer(results, console)
    return exit_code(row.status for row in results.rows)


def _build(asked_for: list[str], environment: dict[str, str]) -> dict[str, str]:
    """Build every image that is needed; return the frameworks whose image can't be built, and why not.

    Raises
    ------
    UserError
        If none can be, or what they all need can't.
    """
    build = ["docker", "compose", "build"]
    if run_foreground(build, environment, ROOT) == 0:
        return {}
    unbuilt = {}
    for name in asked_for:
        if run_foreground([*build, name], {**environment, "COMPOSE_PROFILES": name}, ROOT) != 0:
            unbuilt[name] = f"its image can't be built: 'docker compose build {name}' says why"
    if len(unbuilt) == len(asked_for):
        raise UserError("no image can be built: see above; what was measured is kept, and the same command goes on")
    _compose(["build"], {**environment, "COMPOSE_PROFILES": ",".join(set(asked_for) - set(unbuilt))})
    return unbuilt


def _compose(arguments: list[str], environment: dict[str, str], fine: Collection[int] = (Exit.OK,)) -> None:
    code = run_foreground(["docker", "compose", *arguments], environment, ROOT)
    if code not in fine:
        raise UserError(
            f"'docker compose {' '.join(arguments)}' failed with code {code}: see above; "
            "what was measured is kept, and the same command goes on"
        )


def _digests(client: docker.DockerClient, asked_for: list[str], environment: dict[str, str]) -> dict[str, str]:
    """Return the id of each framework's image, which its records carry."""
    images = {name: client.images.get(_image(name, environment)) for name in asked_for}
    return {f"BENCH_DIGEST_{name.upper()}": image.id or "" for name, image in images.items()}


def _image(name: str, environment: Mapping[str, str]) -> str:
    """Return what compose.yaml calls an image."""
    return f"{environment.get('BENCH_REGISTRY') or 'pi-dnn-bench'}/{name}:{environment.get('BENCH_TAG') or 'latest'}"


def _has_image(client: docker.DockerClient, image: str) -> bool:
    try:
        client.images.get(image)
    except ImageNotFound:
        return False
    return True


def _slowness() -> float:
    """Return how much longer than that EPYC's a core takes, about: a Pi's three times as long."""
    return 1 if platform.machine() == "x86_64" else 3
