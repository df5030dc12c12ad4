"""What an image must be before it goes to a Pi: small enough, and loadable where memory pages are 16 KiB."""

from __future__ import annotations

import json
import os
import re
import struct
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple

import docker
import pytest

from bench.catalog import frameworks
from bench.launch.images import TOOLS, TOOLS_MB
from bench.records.digests import file_digest
from bench.records.files import write_atomic
from tests.images.conftest import PLATFORMS, ROOT, build

PAGE = 16 * 1024
"""Bytes of a memory page on a Pi 5 with its default kernel."""

SMALLER_ALIGNMENT: dict[str, str] = {}
"""Files that may be aligned to less, each with the reason."""

BUDGET_MB = {TOOLS: TOOLS_MB, **{name: framework.budget_mb for name, framework in frameworks().items()}}
"""Compressed size of an arm64 image, in megabytes."""

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
WEIGHED = CACHE / "pi-dnn-bench" / "layers" / file_digest(Path(__file__), "sha256")[:12]
"""What this very test knows of layers, by their digests: images share most of theirs, and none is compressed twice."""

PROGRAM = "/opt/bench/bench"
"""What the last layer of each image holds: this program, which alone is another with every change."""

_LOAD = 1


class Layer(NamedTuple):
    """What a layer adds to an image.

    Attributes
    ----------
    compressed
        Bytes that a registry holds, and that a board downloads.
    programs
        How many files there are that the kernel or the linker loads.
    small
        The alignment of those that would not load on large pages.
    """

    compressed: int
    programs: int
    small: dict[str, int]


class Stream:
    """A layer's archive, its compressed size counted while it is read."""

    def __init__(self, archive: IO[bytes]) -> None:
        self._archive = archive
        self._compressor = zlib.compressobj()  # at the level of a registry's gzip
        self._compressed = 0

    def read(self, size: int) -> bytes:
        chunk = self._archive.read(size)
        self._compressed += len(self._compressor.compress(chunk))
        return chunk

    def compressed(self) -> int:
        """Read to the end, and return how many bytes all of it is compressed."""
        while self.read(1 << 20):
            pass
        return self._compressed + len(self._compressor.flush())


def load_alignment(file: IO[bytes]) -> int | None:
    """Return the smallest alignment of an ELF file's LOAD segments; None if it is no ELF file, or has none."""
    head = file.read(64)
    if head[:4] != b"\x7fELF":
        return None
    wide = head[4] == 2
    offset, size, count = struct.unpack("<32xQ14xHH", head[:58]) if wide else struct.unpack("<28xI10xHH", head[:46])
    form, names = ("<IIQQQQQQ", 7) if wide else ("<IIIIIIII", 7)
    table = (head + file.read(offset + size * count - len(head)))[offset:]
    segments = [struct.unpack_from(form, table, index * size) for index in range(count)]
    return min((segment[names] for segment in segments if segment[0] == _LOAD), default=None)


def weigh(archive: IO[bytes]) -> Layer:
    """Read a layer's archive."""
    stream, alignments = Stream(archive), {}
    with tarfile.open(fileobj=stream, mode="r|*", bufsize=1 << 20) as members:  # type: ignore[call-overload]
        for member in members:
            file = members.extractfile(member) if member.isfile() else None
            alignment = load_alignment(file) if file else None
            if alignment is not None:
                alignments[member.name] = alignment
    return Layer(stream.compressed(), len(alignments), {name: a for name, a in alignments.items() if a < PAGE})


def layers_of(engine: docker.DockerClient, reference: str) -> list[Layer]:
    """Return an image's layers; those that were weighed before are not read again."""
    image = engine.images.get(reference)
    kept = [WEIGHED / f"{digest.partition(':')[2]}.json" for digest in image.attrs["RootFS"]["Layers"]]
    WEIGHED.mkdir(parents=True, exist_ok=True)
    if not all(path.exists() for path in kept[:-1]):
        with tempfile.TemporaryFile() as file:
            file.writelines(image.save(chunk_size=1 << 20))
            file.seek(0)
            with tarfile.open(fileobj=file) as saved:
                (manifest,) = json.loads(_member(saved, "manifest.json").read())
                for path, name in zip(kept, manifest["Layers"]):
                    if not path.exists():
                        write_atomic(path, json.dumps(weigh(_member(saved, name))).encode())
    if not kept[-1].exists():
        last = next(step["CreatedBy"] for step in image.history() if step["Size"])
        assert last.startswith(f"COPY {PROGRAM} {PROGRAM} "), last
        with tempfile.TemporaryFile() as file:
            container = engine.containers.create(image, platform="linux/arm64")
            try:
                file.writelines(container.get_archive(PROGRAM)[0])
            finally:
                container.remove()
            file.seek(0)
            write_atomic(kept[-1], json.dumps(weigh(file)).encode())
    return [Layer(*json.loads(path.read_text())) for path in kept]


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    assert file is not None
    return file


@pytest.mark.parametrize("image", BUDGET_MB if "linux/arm64" in PLATFORMS else [])
def test_the_arm64_image_is_small_and_loads_on_large_pages(engine: docker.DockerClient, image: str) -> None:
    layers = layers_of(engine, build(image, "linux/arm64"))
    assert sum(layer.programs for layer in layers) > 100
    small = {name: alignment for layer in layers for name, alignment in layer.small.items()}
    assert {name: alignment for name, alignment in small.items() if name not in SMALLER_ALIGNMENT} == {}
    assert sum(layer.compressed for layer in layers) / 1e6 <= BUDGET_MB[image]


@pytest.mark.skipif("linux/arm64" not in PLATFORMS, reason="the documents tell of arm64")
def test_the_documents_say_what_pulling_the_images_costs(engine: docker.DockerClient) -> None:
    text = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    found = re.search(r"all eleven take (\d+) MB together, and would take ([\d,]+) MB one by one", text)
    assert found is not None
    together, one_by_one = (float(number.replace(",", "")) for number in found.groups())
    sizes = {}
    for image in frameworks():
        reference = build(image, "linux/arm64")
        digests = engine.images.get(reference).attrs["RootFS"]["Layers"]
        sizes[image] = dict(zip(digests, (layer.compressed / 1e6 for layer in layers_of(engine, reference))))
    shared = {digest: size for layers in sizes.values() for digest, size in layers.items()}
    assert sum(shared.values()) == pytest.approx(together, rel=0.02)
    assert sum(sum(layers.values()) for layers in sizes.values()) == pytest.approx(one_by_one, rel=0.02)
