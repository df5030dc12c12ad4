"""The program's own source: its digest, and what lies beside the package, in a clone or installed."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

LABEL = "org.pi-dnn-bench.source"
"""The label that an image carries the digest of package and recipes in."""

PACKAGE = Path(__file__).resolve().parent
BESIDE = "beside"
"""The package's folder of what a clone has beside it, in an installed one (setup.py makes it)."""

IS_CLONE = (PACKAGE.parent / "images" / "Dockerfile").exists()
ROOT = PACKAGE.parent if IS_CLONE else PACKAGE / BESIDE
"""The folder with compose.yaml and the frameworks' locks: the clone that this package lies in, else what it brought."""


def source_sha256(*folders: Path) -> str:
    """Return the digest of every file's name and content, of this package where no folder is given."""
    digest = hashlib.sha256()
    for folder in folders or (PACKAGE,):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and not {"__pycache__", BESIDE} & set(name.parts):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{folder.name}/{name.as_posix()} {content}\n".encode())
    return digest.hexdigest()


def image_source() -> str:
    """Return what an image that is built of this source is labelled with; empty if that can't be told."""
    return source_sha256(PACKAGE, ROOT / "images") if IS_CLONE else _told("source")


def home_registry() -> str:
    """Return the registry beside the repository that this is a clone of, or was built from; empty if there is none."""
    if not IS_CLONE:
        return _told("registry")
    command = ["git", "-C", str(ROOT), "remote", "get-url", "origin"]
    try:
        remote = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return registry_beside(remote.strip())


def registry_beside(remote: str) -> str:
    """Return GitHub's registry beside a repository at GitHub; empty for any other.

    >>> registry_beside("git@github.com:Someone/pi-dnn-bench.git")
    'ghcr.io/someone/pi-dnn-bench'
    """
    found = re.search(r"\bgithub\.com[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?$", remote)
    return f"ghcr.io/{found[1]}/{found[2]}".lower() if found else ""


def _told(name: str) -> str:
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    print(image_source())
