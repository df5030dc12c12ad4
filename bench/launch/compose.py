"""The reproduction in containers: asks the engine through its SDK, leaves the orchestration to Docker Compose."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

import docker
from docker.errors import DockerException
from rich.console import Console

from bench.bootstrap import ROOT
from bench.catalog import frameworks
from bench.errors import UserError
from bench.launch.process import run_foreground, sampler
from bench.launch.settings import Settings
from bench.records.columns import Results
from bench.records.store import read_record
from bench.runs.open import find_run
from bench.runs.outcome import exit_code


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


def compose_up(client: docker.DockerClient, settings: Settings, console: Console) -> int:
    """Build what is missing, run everything, return the exit code that the results deserve."""
    for folder in ("prepared", "runs"):
        (settings.results / folder).mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **settings.environment(), "BENCH_USER": f"{os.getuid()}:{os.getgid()}"}
    _compose(["build"], environment)
    environment |= _digests(client, environment)
    # The sampler runs here, where it may use every meter that this user may: the one in the container then steps aside.
    with sampler({**environment, "PYTHONPATH": str(ROOT)}, "--follow"):
        _compose(["up"], environment)
    results = read_record(find_run(settings.results / "runs", settings.run).results_json, Results)
    console.print(f"[dim]{settings.results / 'runs' / results.run_id}[/dim]")
    return exit_code(row.status for row in results.rows)


def _compose(arguments: list[str], environment: dict[str, str]) -> None:
    code = run_foreground(["docker", "compose", *arguments], environment, ROOT)
    if code != 0:
        raise UserError(
            f"'docker compose {' '.join(arguments)}' failed with code {code}: see above; "
            "what was measured is kept, and the same command goes on"
        )


def _digests(client: docker.DockerClient, environment: dict[str, str]) -> dict[str, str]:
    """Return the id of each framework's image, which its records carry."""
    registry = environment.get("BENCH_REGISTRY") or "pi-dnn-bench"
    tag = environment.get("BENCH_TAG") or "latest"
    images = {name: client.images.get(f"{registry}/{name}:{tag}") for name in frameworks()}
    return {f"BENCH_DIGEST_{name.upper()}": image.id or "" for name, image in images.items()}
