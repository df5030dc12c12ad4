"""Virtual environments made from hash-locked requirements, with nothing but the standard library."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The clone this package lies in."""

REQUIREMENTS = ROOT / "requirements"
OLDEST = (3, 11)


class SetUpError(Exception):
    """The environment can't be made; the text says why and what to do."""


def ensure(name: str, lock: Path | None = None) -> Path:
    """Return the interpreter of the environment `.venvs/NAME`, made from a lock if need be: `requirements/NAME.lock`.

    Raises
    ------
    SetUpError
        If this Python is too old, lacks `venv`, or pip fails.
    """
    if sys.version_info < OLDEST:
        raise SetUpError(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old: use {OLDEST[0]}.{OLDEST[1]} or newer"
        )
    lock = lock or REQUIREMENTS / f"{name}.lock"
    folder = ROOT / ".venvs" / name
    python = folder / "bin" / "python"
    stamp = folder / "lock.sha256"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return python
    print(
        f"bench: setting up {folder.relative_to(ROOT)} from {lock.relative_to(ROOT)} (once)",
        file=sys.stderr,
        flush=True,
    )
    try:
        venv.create(folder, clear=True, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        raise SetUpError(
            f"{folder} can't be made ({error}); on Debian and Raspberry Pi OS: sudo apt install python3-venv"
        ) from error
    # Without dependencies: a lock is complete, but for what is never imported.
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    if subprocess.run([*install, "--requirement", str(lock)], check=False).returncode != 0:
        raise SetUpError(f"pip could not install {lock.relative_to(ROOT)}: see above; check the network and try again")
    stamp.write_text(digest)
    return python
