"""Writing files whole or not at all, and locks: with the standard library alone, for processes that must stay small."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from bench.errors import UserError

SCHEMA_VERSION = 3
"""Raised with every change that a former program could not read; `migrate` knows the way from the former ones."""


ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""What ends a program in order: Ctrl-C, `kill` or a container's stop, a closed terminal, Ctrl-\\."""


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Let the signals that end a program wait for the end of the block.

    By their handlers: a mask holds for one thread, and libraries have others that the kernel gives a signal to.
    """
    if threading.current_thread() is not threading.main_thread():  # no handler ever runs in it
        yield
        return
    came: list[int] = []
    heard = [number for number in ENDING_SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    former = {number: signal.signal(number, lambda *found: came.append(found[0])) for number in heard}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


@_signals_wait()
def write_atomic(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, then rename it: a reader never sees half of it, and signals wait for it.

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
    if error.errno == errno.ELOOP:
        return UserError(f"{path} is a symbolic link, and nothing is written through one: delete it")
    return UserError(f"{path} can't be written ({error.strerror}); check that the folder is yours and writable")


def nearest_existing(folder: Path) -> Path:
    """Return the folder itself, or the nearest above it that exists: where its disk's room is asked for."""
    return next(one for one in (folder.resolve(), *folder.resolve().parents) if one.exists())


def refuse_links(folder: Path, apart: str = "") -> None:
    """Refuse a folder in the results that is a symbolic link, or lies or holds one: nothing is opened through it.

    Parameters
    ----------
    apart : str
        Name of a folder in it of which only the name is looked at.

    Raises
    ------
    UserError
        If there is one, by its path.
    """
    paths = [folder.parent, folder]
    for parent, folders, files in os.walk(folder):
        paths += [Path(parent, name) for name in (*folders, *files)]
        folders[:] = [name for name in folders if name != apart or Path(parent) != folder]
    for path in paths:
        if path.is_symlink():
            raise UserError(
                f"{path} is a symbolic link, and nothing is opened through one in the results: put what it points to "
                "in its place, or delete it"
            )


def open_lock(path: Path) -> BinaryIO:
    """Open the file of a lock, made if need be, but through no symbolic link.

    Raises
    ------
    UserError
        If it can't be made, or is a link.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666), "r+b")
    except OSError as error:
        raise cannot_write(path, error) from error


def lock(file: BinaryIO, path: Path, flags: int = fcntl.LOCK_EX) -> None:
    """Lock an open file of that path.

    Raises
    ------
    BlockingIOError
        If somebody else holds it, and `flags` say not to wait.
    UserError
        If its file system has no locks.
    """
    try:
        fcntl.flock(file, flags)
    except BlockingIOError:
        raise
    except OSError as error:
        raise UserError(
            f"{path} can't be locked ({error.strerror}), so two benchmarks could meet here: keep the results "
            "on a local disk (--results)"
        ) from error


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
