"""Digests of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

_CHUNK = 1 << 20


def file_digest(path: Path, algorithm: str, prefix: bytes = b"") -> str:
    """Return the hexadecimal digest of `prefix` and a file's content; `algorithm` as `hashlib` names it."""
    digest = hashlib.new(algorithm, prefix)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def git_blob_id(path: Path) -> str:
    """Return the id under which git keeps a file: sha1 over `blob <size>`, a zero byte and the content."""
    return file_digest(path, "sha1", f"blob {path.stat().st_size}\0".encode())
