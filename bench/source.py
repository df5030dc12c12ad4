"""The digest of this program's own source: which version of it made an image, or a record."""

from __future__ import annotations

import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
RECIPES = PACKAGE.parent / "images"
LABEL = "org.pi-dnn-bench.source"
"""The label that an image carries the digest of package and recipes in."""


def source_sha256(*folders: Path) -> str:
    """Return the digest of every file's name and content, of this package where no folder is given."""
    digest = hashlib.sha256()
    for folder in folders or (PACKAGE,):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and "__pycache__" not in name.parts:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{folder.name}/{name.as_posix()} {content}\n".encode())
    return digest.hexdigest()


def image_source() -> str:
    """Return what an image that is built here is labelled with; empty where there are no recipes."""
    return source_sha256(PACKAGE, RECIPES) if RECIPES.is_dir() else ""


if __name__ == "__main__":
    print(image_source())
