"""Writing files whole or not at all, and locks: with the standard library alone, for processes that must stay small."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from bench.errors import UserError

SCHEMA_VERSION = 3
"""Raised with every change that a former program could not read; `migrate` knows the way from the former ones."""


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, then rename it: a reader never sees half of it.

    Raises
    ------
    UserError
        If the disk is full or the folder can't be written; what was there before stays.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException as error:  # an interruption leaves no more behind than a full disk does
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        if isinstance(error, OSError):
            raise cannot_write(path, error) from error
        raise


def cannot_write(path: Path, error: OSError) -> UserError:
    """Return what to tell the user about a failed write to `path`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError(f"the disk is full: {path} was not written; free some space and run the same command again")
    return UserError(f"{path} can't be written ({error.strerror}); check that the folder is yours and writable")


def pause_path(run: Path) -> Path:
    """Return the lock in a run directory that is held while its sampler is to pause."""
    return run / ".pause"


def is_held(path: Path) -> bool:
    """Tell whether some process holds the lock on `path` now; writes nothing, and two who look don't see each other."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
