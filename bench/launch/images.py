"""The images that containers are made of: here already, pulled from where they are published, or built."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import docker
from docker.errors import ImageNotFound

from bench import __version__
from bench.board.identity import docker_platform
from bench.catalog import find_framework
from bench.launch.engine import asking
from bench.launch.forecast import Provision
from bench.launch.process import ask
from bench.source import IS_CLONE, LABEL, home_registry, image_source

LOCAL = "pi-dnn-bench"
"""What images are named after that come from no registry, in compose.yaml too."""

TOOLS, TOOLS_MB = "tools", 170
"""The image beside those of the frameworks, and what it takes for arm64, compressed."""

DISK_PER_MB = 4
"""An image takes about so much more of the disk than compressed."""

CORE_MINUTES = 49
"""What building every image for two platforms took of processor cores, from nothing: 24.4 minutes on two of a shared
AMD EPYC's. One platform takes less, even where other work goes on."""


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
    unusable
        Why what is published can't be taken; empty if nothing is.
    """

    name: str
    local: str
    published: str = ""
    here: bool = False
    unusable: str = ""

    def provision(self) -> Provision:
        """Say where it comes from."""
        budget_mb = TOOLS_MB if self.name == TOOLS else find_framework(self.name).budget_mb
        if self.here:
            return Provision(self.name, "its image is here")
        if self.published:
            return Provision(self.name, f"pulled from {self.published}, {budget_mb} MB", DISK_PER_MB * budget_mb)
        if not IS_CLONE:
            why = self.unusable or "its image is published nowhere"
            return Provision(self.name, f"unavailable: {why} (BENCH_REGISTRY, BENCH_TAG)")
        why = f", for {self.unusable}" if self.unusable else ""
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
    place, wanted = registry(environment), image_source()
    local = {name: local_name(name, environment) for name in (*names, TOOLS)}
    here = {name for name in local if label_here(client, local[name]) == wanted}
    published = {name: f"{place}/{name}:{tag(environment)}" for name in local if name not in here}
    if not place or place == LOCAL:
        published = {}
    with ThreadPoolExecutor() as pool:  # each waits for the network
        unusable = dict(zip(published, pool.map(partial(_why_unusable, wanted=wanted), published.values())))
    taken = {name: reference for name, reference in published.items() if unusable[name] is None}
    return [
        Image(name, local[name], taken.get(name, ""), here=name in here, unusable=unusable.get(name) or "")
        for name in local
    ]


def building_minutes(images: Sequence[Image]) -> float:
    """Return about how long it takes to build what can't be pulled, on this computer and from nothing.

    Most of it is OpenCV, which is compiled once for all images, and Caffe.
    """
    slowness = 1 if platform.machine() == "x86_64" else 6  # a core of a Pi 4 beside one of that EPYC's, about
    builds = IS_CLONE and any(not image.here and not image.published for image in images)
    return CORE_MINUTES * slowness / (os.cpu_count() or 1) if builds else 0


def label_here(client: docker.DockerClient, reference: str) -> str | None:
    """Return the source that an image here is labelled with; None if there is no such image."""
    with asking():
        try:
            return client.images.get(reference).labels.get(LABEL)
        except ImageNotFound:
            return None


def _why_unusable(reference: str, wanted: str) -> str | None:
    """Return why a published image, looked at without pulling it, can't be taken.

    That is empty if there is none, and None if it can be.
    """
    told, complaints = ask(["docker", "buildx", "imagetools", "inspect", reference, "--format", "{{json .Image}}"])
    if not told:
        first = next((line for line in complaints.splitlines() if not line.startswith("WARNING")), "no answer")
        cause = first.rpartition(": ")[2]
        return "" if cause == "not found" else f"{reference.partition('/')[0]} shows none ({cause})"
    try:
        images: dict[str, Any] = json.loads(told)  # one image, or one for each platform
        image = images if "config" in images else images.get(docker_platform())
        if image is None:
            return f"what is published is not for {docker_platform()}"
        label = (image["config"].get("Labels") or {}).get(LABEL, "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "what is published is no image"
    return None if label == wanted else f"what is published is of other source ({label[:12] or 'unnamed'})"
