"""Virtual environments made from hash-locked requirements, with nothing but the standard library."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The clone this package lies in."""

REQUIREMENTS = ROOT / "requirements"
OLDEST = (3, 11)


class SetUpError(Exception):
    """The environment can't be made; the text says why and what to do."""


def ensure(name: str, *locks: Path) -> Path:
    """Return the interpreter of the environment `.venvs/NAME`, made if need be.

    Parameters
    ----------
    locks : Path
        What to install; none means `requirements/NAME.lock`.

    Raises
    ------
    SetUpError
        If this Python is too old, lacks `venv`, or pip fails.
    """
    if sys.version_info < OLDEST:
        raise SetUpError(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old: use {OLDEST[0]}.{OLDEST[1]} or newer"
        )
    locks = locks or (REQUIREMENTS / f"{name}.lock",)
    sources = " and ".join(str(lock.relative_to(ROOT)) for lock in locks)
    folder = ROOT / ".venvs" / name
    python = folder / "bin" / "python"
    stamp = folder / "lock.sha256"
    digest = _digest(locks)
    if _is_current(stamp, digest):
        return python
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f".{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two may begin at the same moment: the second one waits for the first's
            if not _is_current(stamp, digest):
                print(
                    f"bench: setting up {folder.relative_to(ROOT)} from {sources} (once)", file=sys.stderr, flush=True
                )
                venv.create(folder, clear=True, with_pip=True)
                _install(python, locks, sources)
                stamp.write_text(digest)
    except PermissionError as error:
        raise SetUpError(
            f"{error.filename} can't be written; clone the repository as yourself, or give it to yourself: "
            f"sudo chown -R $USER {ROOT}"
        ) from error
    except OSError as error:
        if error.errno in (errno.EROFS, errno.ENOSPC, errno.EDQUOT):
            raise SetUpError(
                f"{folder} can't be written ({error.strerror}); clone it to where there is room"
            ) from error
        raise SetUpError(f"{folder} can't be made ({error})") from error
    except subprocess.CalledProcessError as error:
        raise SetUpError(
            f"{folder} can't be made ({error}); on Debian and Raspberry Pi OS: sudo apt install python3-venv"
        ) from error
    return python


def is_set_up(name: str) -> bool:
    """Tell whether `ensure` would find the environment of `requirements/NAME.lock` as it is."""
    return _is_current(ROOT / ".venvs" / name / "lock.sha256", _digest([REQUIREMENTS / f"{name}.lock"]))


def _digest(locks: Sequence[Path]) -> str:
    """Return what an environment is known by: what is installed, by which Python."""
    return hashlib.sha256(b"".join(lock.read_bytes() for lock in locks) + sys.version.encode()).hexdigest()


def _is_current(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text() == digest


def _install(python: Path, locks: Sequence[Path], sources: str) -> None:
    # Without dependencies: a lock is complete, but for what is never imported.
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command = [*install, *(f"--requirement={lock}" for lock in locks)]
    pip = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True, errors="replace")
    print(pip.stderr, end="", file=sys.stderr)
    if pip.returncode != 0:
        raise SetUpError(f"pip could not install {sources}{_complaint(pip.stderr)}; check the network and try again")


def _complaint(output: str) -> str:
    """Return pip's reason, the last of its errors, behind a colon; nothing if it gave none."""
    errors = [line.partition("ERROR:")[2].strip() for line in output.splitlines() if line.startswith("ERROR:")]
    return f": {errors[-1]}" if errors else ""
