"""The reproduction in containers: asks the engine through its SDK, leaves the orchestration to Docker Compose."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import docker
from rich.console import Console

from bench.bootstrap import import_path
from bench.catalog import find_framework
from bench.errors import UserError
from bench.launch.embedded import give_up
from bench.launch.engine import asking
from bench.launch.images import TOOLS, Image, local_name
from bench.launch.process import run_foreground, sampler
from bench.launch.rounds import turns
from bench.launch.settings import Settings
from bench.prepare.models.own import own_files
from bench.report.terminal.results import merge_and_print
from bench.runs.current import last_opened
from bench.runs.outcome import Exit
from bench.source import IS_CLONE, ROOT, image_source

PROJECT = "pi-dnn-bench-up"
"""Containers of its own: those of a plain `docker compose up` beside it would replace them instead of waiting."""

UNBUILT = "its image can't be built: 'docker compose build {name}' says why"

ONE = ("run", "--rm", "--no-deps", *(() if sys.stdin and sys.stdin.isatty() else ("--no-TTY",)))
"""One container, whose turn it is, without those that a plain `docker compose up` has wait for each other.

Compose looks only whether the output is a terminal, and then wants one as input too, which a script or cron has not.
"""


def compose_up(
    client: docker.DockerClient, settings: Settings, asked_for: list[str], images: Sequence[Image], console: Console
) -> int:
    """Pull or build what is missing, measure those frameworks, return the exit code that the results deserve.

    A framework whose image can't be had is unavailable, and the others go on.
    """
    environment = container_environment(settings, asked_for)
    unbuilt = _provide(client, images, environment, console)
    built = [name for name in asked_for if name not in unbuilt]
    environment["COMPOSE_PROFILES"] = ",".join(built)
    environment |= digests(client, built, environment)
    # The sampler runs here, where it may use every meter that this user may: the one in the container then steps aside.
    with sampler({**environment, "PYTHONPATH": str(import_path())}, "--follow"):
        _compose([*ONE, *mounted(own_files(settings.inputs)), "prepare"], environment)
        opened = last_opened(settings.results / "runs")
        assert opened is not None  # else preparing had failed
        environment["BENCH_RUN"] = opened.run_id
        for name, why in unbuilt.items():
            give_up(opened, find_framework(name), why, console)
        for number, name in turns(opened, built):
            if number > 1:
                environment["BENCH_FORCE"] = ""  # the first round has begun anew
            _compose([*ONE, name, "run", name, "--round", str(number)], environment)
    return merge_and_print(opened, console, end=True, report_to=settings.results)


def mounted(files: Iterable[Path]) -> list[str]:
    """Return the options of a container that sees these ONNX files and is told of them."""
    inside = {f"/input/onnx/{file.name}": file for file in files}
    volumes = [f"--volume={file.resolve()}:{place}:ro" for place, file in inside.items()]
    return [*volumes, f"--env=BENCH_ONNX={os.pathsep.join(inside)}"] if inside else []


def container_environment(settings: Settings, asked_for: Sequence[str]) -> dict[str, str]:
    """Return the environment in which Compose runs those frameworks, and make the folders that it mounts."""
    for folder in ("prepared", "runs"):
        (settings.results / folder).mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **settings.environment(), "BENCH_USER": f"{os.getuid()}:{os.getgid()}"}
    environment["BENCH_ONNX"] = ""  # of which compose.yaml can mount one, or one folder
    environment.setdefault("COMPOSE_PROJECT_NAME", PROJECT)
    for name in ("BENCH_REGISTRY", "BENCH_TAG"):
        environment.setdefault(name, "")  # what .env says is for a plain `docker compose up`: here the clone says it
    environment["BENCH_FRAMEWORKS"] = environment["COMPOSE_PROFILES"] = ",".join(asked_for)
    environment["BENCH_SOURCE_SHA256"] = image_source()
    return environment


def _provide(
    client: docker.DockerClient, images: Sequence[Image], environment: dict[str, str], console: Console
) -> dict[str, str]:
    """Pull what is published, build the rest; return the frameworks whose image can't be had, and why not.

    Raises
    ------
    UserError
        If none can be, or what they all need can't.
    """
    missing = []
    for image in images:
        if image.published and run_foreground(["docker", "pull", image.published], environment, ROOT) == 0:
            with asking():
                client.images.get(image.published).tag(image.local)
        elif not image.here:
            missing.append(image.name)
    if not missing:
        return {}
    if not IS_CLONE:
        raise UserError(
            f"the images of {', '.join(missing)} can't be pulled, and outside a clone none is built: say with "
            "BENCH_REGISTRY and BENCH_TAG where they are published, or measure without containers: --embedded"
        )
    console.print(f"Building {', '.join(missing)}; what was built before is not built again.", highlight=False)
    if _built(missing, environment):
        return {}
    unbuilt = {name: UNBUILT.format(name=name) for name in missing if not _built([name], environment)}
    if TOOLS in unbuilt or len(unbuilt) >= len(images) - 1:
        raise UserError("no image can be built: see above; what was measured is kept, and the same command goes on")
    return unbuilt


def _built(names: Sequence[str], environment: dict[str, str]) -> bool:
    services = ["prepare" if name == TOOLS else name for name in names]
    return run_foreground(["docker", "compose", "build", *services], environment, ROOT) == 0


def _compose(arguments: list[str], environment: dict[str, str]) -> None:
    code = run_foreground(["docker", "compose", *arguments], environment, ROOT)
    if code != Exit.OK:
        raise UserError(
            f"'docker compose {' '.join(arguments)}' failed with code {code}: see above; "
            "what was measured is kept, and the same command goes on"
        )


def digests(client: docker.DockerClient, asked_for: list[str], environment: dict[str, str]) -> dict[str, str]:
    """Return the id of each framework's image, which its records carry."""
    with asking():
        images = {name: client.images.get(local_name(name, environment)) for name in asked_for}
    return {f"BENCH_DIGEST_{name.upper()}": image.id or "" for name, image in images.items()}
