"""The images that containers are made of: here already, pulled from where they are published, or built."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import ImageNotFound

from bench import __version__
from bench.board.identity import docker_platform
from bench.catalog import find_framework
from bench.launch.engine import asking
from bench.launch.forecast import Provision
from bench.source import IS_CLONE, LABEL, home_registry, image_source

LOCAL = "pi-dnn-bench"
"""What images are named after that come from no registry, in compose.yaml too."""

TOOLS, TOOLS_MB = "tools", 170
"""The image beside those of the frameworks, and what it takes for arm64, compressed."""

DISK_PER_MB = 4
"""An image takes about so much more of the disk than compressed."""

CORE_MINUTES = 146
"""What compiling OpenCV took of processor cores: 73 minutes on two of a shared AMD EPYC's, busy with other work."""


@dataclass(frozen=True)
class Image:
    """One image and where it is to be had.

    Attributes
    ----------
    name
        The framework's, or `tools`.
    local
        What compose.yaml calls it.
    published
        Where an image of this very source is published; empty if there is none.
    here
        Whether an image of this very source is here already.
    other
        The published one's source, if that is another than this clone's.
    """

    name: str
    local: str
    published: str = ""
    here: bool = False
    other: str = ""

    def provision(self) -> Provision:
        """Say where it comes from."""
        budget_mb = TOOLS_MB if self.name == TOOLS else find_framework(self.name).budget_mb
        if self.here:
            return Provision(self.name, "its image is here")
        if self.published:
            return Provision(self.name, f"pulled from {self.published}, {budget_mb} MB", DISK_PER_MB * budget_mb)
        if not IS_CLONE:
            return Provision(self.name, "unavailable: its image is published nowhere (BENCH_REGISTRY, BENCH_TAG)")
        why = f", for what is published is of other source ({self.other[:12]})" if self.other else ""
        return Provision(self.name, f"its image is built here{why}", DISK_PER_MB * budget_mb)


def registry(environment: Mapping[str, str]) -> str:
    """Return the registry to pull from: the setting, else the one beside the repository that this is a clone of."""
    return environment.get("BENCH_REGISTRY") or home_registry()


def tag(environment: Mapping[str, str]) -> str:
    """Return the tag to pull: the setting, else this version's."""
    return environment.get("BENCH_TAG") or f"v{__version__}"


def local_name(name: str, environment: Mapping[str, str]) -> str:
    """Return what compose.yaml calls an image."""
    return f"{environment.get('BENCH_REGISTRY') or LOCAL}/{name}:{environment.get('BENCH_TAG') or 'latest'}"


def find_images(client: docker.DockerClient, names: Sequence[str], environment: Mapping[str, str]) -> list[Image]:
    """Look for the images of this source, here and where they are published; nothing is pulled."""
    wanted, place = image_source(), registry(environment)
    found = []
    for name in (*names, TOOLS):
        local = local_name(name, environment)
        if label_here(client, local) == wanted:
            found.append(Image(name, local, here=True))
            continue
        reference = f"{place}/{name}:{tag(environment)}" if place and place != LOCAL else ""
        label = _label_published(reference) if reference else None
        belongs = label == wanted
        found.append(Image(name, local, reference if belongs else "", other="" if belongs else label or ""))
    return found


def building_minutes(images: Sequence[Image]) -> float:
    """Return about how long it takes to build what can't be pulled, on this computer and from nothing.

    Nearly all of it is OpenCV, which is compiled once for all images.
    """
    slowness = 1 if platform.machine() == "x86_64" else 3  # a core of a Pi beside one of that EPYC's, about
    builds = IS_CLONE and any(not image.here and not image.published for image in images)
    return CORE_MINUTES * slowness / (os.cpu_count() or 1) if builds else 0


def label_here(client: docker.DockerClient, reference: str) -> str | None:
    """Return the source that an image here is labelled with; None if there is no such image."""
    with asking():
        try:
            return client.images.get(reference).labels.get(LABEL)
        except ImageNotFound:
            return None


def _label_published(reference: str) -> str | None:
    """Return the source that a published image is labelled with, read without pulling it; None if there is no image."""
    told = _output(["docker", "buildx", "imagetools", "inspect", reference, "--format", "{{json .Image}}"])
    try:
        images: dict[str, Any] = json.loads(told)
        image = images if "config" in images else images[docker_platform()]
        return str(image["config"]["Labels"].get(LABEL, ""))
    except (ValueError, KeyError, TypeError):
        return None


def _output(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
