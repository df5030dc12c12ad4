"""The Docker engine: found, or why there is none; and asked, in words that its owner can use."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import docker
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from bench.errors import UserError

FIRST_ANSWER_S = 10
ANSWER_S = 300
"""An engine that is there may be long about an answer: a Pi's card is slow while images are unpacked to it."""


@dataclass(frozen=True)
class Engine:
    """A Docker engine with Compose, or why there is none."""

    client: docker.DockerClient | None
    why_not: str = ""


def find_engine() -> Engine:
    """Look for an engine that answers, and for Compose."""
    try:
        client = docker.from_env(timeout=FIRST_ANSWER_S)
        client.ping()
    # requests' own where it is there and says nothing; a ValueError for a DOCKER_HOST that is no address
    except (DockerException, RequestException, ValueError) as error:
        return Engine(None, _why_not(str(error)))
    client.api.timeout = ANSWER_S
    try:
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return Engine(None, "Docker has no Compose (install the package docker-compose-plugin)")
    return Engine(client)


def _why_not(error: str) -> str:
    if "FileNotFoundError" in error:
        return "no Docker engine answers here"
    if "PermissionError" in error:
        return "you may not use the Docker engine: 'sudo usermod -aG docker $USER', then log in again"
    return f"no Docker engine answers ({error})"


@contextmanager
def asking() -> Iterator[None]:
    """Turn what an engine that was there refuses or leaves unanswered into a sentence for its owner.

    Raises
    ------
    UserError
        With the engine's words.
    """
    try:
        yield
    except APIError as error:
        raise UserError(f"the Docker engine refused: {error.explanation or error}") from error
    except (DockerException, RequestException) as error:
        raise UserError(
            f"the Docker engine gave no answer ({error}): see whether 'docker info' has one; "
            "what was measured is kept, and the same command goes on"
        ) from error
