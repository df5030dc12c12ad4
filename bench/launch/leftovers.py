"""What this program has put on the disk that it can make again: environments, prepared models, images."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import docker

from bench.bootstrap import PLACE
from bench.errors import UserError
from bench.launch.engine import asking, find_engine
from bench.launch.images import LOCAL


@dataclass(frozen=True)
class Leftover:
    """One thing that can go.

    Attributes
    ----------
    again
        What makes it again.
    size_mb
        Of the disk; of an image with the layers that it shares with others.
    remove
        Raises UserError where it can't go, as an image can't that a container still uses.
    """

    what: str
    where: str
    again: str
    size_mb: float
    remove: Callable[[], None]


def leftovers(results: Path) -> list[Leftover]:
    """Return what there is, the environment that this runs in left out; no run's folder is ever among it."""
    return [*_environments(), *_prepared(results), *_images()]


def size_mb(folder: Path) -> float:
    """Return what a folder takes of the disk, in MB."""
    files = [folder, *folder.rglob("*")]
    return sum(path.lstat().st_blocks for path in files if not path.is_dir() or path.is_symlink()) * 512 / 1e6


def _environments() -> Iterator[Leftover]:
    for folder in sorted((PLACE / ".venvs").glob("*/")):
        if folder.resolve() != Path(sys.prefix).resolve():
            again = "python3 tests" if folder.name == "dev" else "bench up"
            yield _folder(f"environment {folder.name}", folder, again)


def _prepared(results: Path) -> Iterator[Leftover]:
    for folder in sorted((results / "prepared").glob("[!.]*/")):
        yield _folder(f"prepared {folder.name}", folder, "bench prepare")
    downloads = results / "prepared" / ".downloads"
    if downloads.is_dir():
        yield _folder("downloaded weights", downloads, "bench prepare")


def _folder(what: str, folder: Path, again: str) -> Leftover:
    return Leftover(what, str(folder), again, size_mb(folder), partial(_remove_folder, folder))


def _remove_folder(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}") from error


def _images() -> Iterator[Leftover]:
    client = find_engine().client
    if client is None:
        return
    with asking():
        images = client.images.list(f"{LOCAL}/*")
    for image in images:
        for tag in image.tags:
            remove = partial(_remove_image, client, tag)
            yield Leftover(f"image {tag.removeprefix(f'{LOCAL}/')}", tag, "bench up", image.attrs["Size"] / 1e6, remove)


def _remove_image(client: docker.DockerClient, tag: str) -> None:
    with asking():
        client.images.remove(tag)
