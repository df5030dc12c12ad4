"""What an image must be before it goes to a Pi: small enough, and loadable where memory pages are 16 KiB."""

from __future__ import annotations

import struct
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO

import docker
import pytest

from bench.catalog import frameworks
from tests.images.conftest import PLATFORMS, build

PAGE = 16 * 1024
"""Bytes of a memory page on a Pi 5 with its default kernel."""

SMALLER_ALIGNMENT: dict[str, str] = {}
"""Files that may be aligned to less, each with the reason."""

BUDGET_MB = {"tools": 170, **{name: framework.budget_mb for name, framework in frameworks().items()}}
"""Compressed size of an arm64 image, in megabytes."""

_LOAD = 1


class Stream:
    """A tar archive as the engine sends it: readable for tarfile, its compressed size counted on the way."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""
        self._compressor = zlib.compressobj()  # at the level of a registry's gzip
        self.compressed = 0

    def read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self.compressed += len(self._compressor.compress(chunk))
            self._buffer += chunk
        result, self._buffer = self._buffer[:size], self._buffer[size:]
        return result


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


@pytest.mark.parametrize("image", BUDGET_MB if "linux/arm64" in PLATFORMS else [])
def test_the_arm64_image_is_small_and_loads_on_large_pages(engine: docker.DockerClient, image: str) -> None:
    container = engine.containers.create(build(image, "linux/arm64"), platform="linux/arm64")
    small, seen = {}, 0
    try:
        stream = Stream(container.export())
        with tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 20) as archive:  # type: ignore[call-overload]
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                alignment = load_alignment(file) if file else None
                seen += alignment is not None
                if alignment is not None and alignment < PAGE and member.name not in SMALLER_ALIGNMENT:
                    small[member.name] = alignment
    finally:
        container.remove()
    assert seen > 100
    assert small == {}
    assert stream.compressed / 1e6 <= BUDGET_MB[image]
