"""`bench classify` of a framework that is not installed where it is typed: in its container, else its environment."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from bench.board.identity import docker_platform
from bench.bootstrap import SetUpError, ensure, import_path
from bench.catalog import Framework
from bench.errors import UserError
from bench.launch.compose import ONE, container_environment, digests
from bench.launch.embedded import locks
from bench.launch.engine import find_engine
from bench.launch.images import find_images
from bench.launch.process import run_foreground
from bench.launch.settings import Settings
from bench.source import ROOT


def classify_elsewhere(settings: Settings, framework: Framework, shard: str, machine: str) -> int:
    """Classify a share with a framework, in its container if that is here, and return the exit code.

    Raises
    ------
    UserError
        If the framework is in neither, and can't be installed here.
    """
    name = framework.name
    settings = settings._replace(plan=replace(settings.plan, frameworks=[name]))
    words = ["classify", name, "--shard", shard, "--machine", machine]
    engine = find_engine()
    if engine.client and all(image.here for image in find_images(engine.client, [name], os.environ)[:1]):
        environment = container_environment(settings, [name])
        environment |= digests(engine.client, [name], environment)
        return run_foreground(["docker", "compose", *ONE, name, *words], environment, ROOT)
    if not framework.embeds(docker_platform()):
        raise UserError(
            f"{framework.title} is not installed here, nor is its image of this source here: "
            f"'bench up --frameworks {name}' has it pulled or built"
        )
    try:
        python = ensure(name, *locks(framework))
    except SetUpError as error:
        raise UserError(f"{framework.title} can't be had here: {error}") from error
    environment = {**os.environ, **settings.environment(), "PYTHONPATH": str(import_path())}
    return run_foreground([str(python), "-m", "bench.cli", *words], environment, Path.cwd())
