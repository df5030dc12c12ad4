"""Who uses the board now: one benchmark at a time, one sampler, one `bench up`."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.board.clocks import now
from bench.errors import UserError
from bench.records.files import cannot_write, is_held, open_lock
from bench.records.store import exclusive
from bench.runs.current import current_run
from bench.runs.folder import RunFolder
from bench.runs.open import named_run


class BusyError(UserError):
    """Another benchmark runs on this board."""


QUIET_S = 15.0
"""Between one framework's container and the next nobody measures for a moment; never for as long as this."""

_POLL_S = 0.2

_ELSEWHERE = (
    "another benchmark runs on this board, into another results folder; two at once would disturb each other: "
    "wait until it has ended"
)

APART = "PI_DNN_BENCH_APART"
"""The variable by which tests that run beside each other on a computer keep out of each other's way."""


def lock_path(runs: Path) -> Path:
    """Return the lock that a benchmark holds while it prepares or measures: one at a time on a board."""
    return runs / ".lock"


def sampler_lock_path(runs: Path) -> Path:
    """Return the lock that a sampler holds: one at a time on a board."""
    return runs / ".sampler"


def announce(folder: RunFolder, cell: str = "") -> None:
    """Say, in the lock that its benchmark holds, which run and cell are being measured: who waits for one reads it."""
    path = lock_path(folder.path.parent)
    try:
        with open_lock(path) as file:
            file.truncate(0)
            file.write(f"{folder.run_id}\n{cell}".encode())
    except OSError as error:
        raise cannot_write(path, error) from error


def measured_run(runs: Path) -> RunFolder | None:
    """Return the run that is being measured now; None if there is none."""
    return named_run(runs, _announced(runs)[0])


def measured_cell(runs: Path) -> str:
    """Return what is being measured now, a framework and a variant's name; empty if that is not said."""
    return _announced(runs)[1]


def _announced(runs: Path) -> tuple[str, str]:
    lock = lock_path(runs)
    if not is_held(lock):
        return "", ""
    run, _, cell = lock.read_text(encoding="utf-8", errors="replace").partition("\n")
    return run, cell


def is_measured(folder: RunFolder) -> bool:
    """Tell whether somebody measures into this run now."""
    measured = measured_run(folder.path.parent)
    return measured is not None and measured.run_id == folder.run_id


@contextmanager
def alone(runs: Path) -> Iterator[None]:
    """Hold the board within the block, for preparing or measuring; raises BusyError if another benchmark has it."""
    with exclusive(lock_path(runs), _busy(runs), BusyError), _board("measure"):
        yield


def require_quiet(runs: Path) -> None:
    """Raise BusyError if a benchmark measures, or a `bench up` is at work: before what it uses is taken from it."""
    if is_up(runs) or is_held(lock_path(runs)):
        raise BusyError(_busy(runs))


def is_up(runs: Path) -> bool:
    """Tell whether a `bench up` is at work, also between two of its frameworks."""
    return is_held(_up_lock_path(runs))


def goes_on(folder: RunFolder) -> bool:
    """Tell whether a `bench up` is at work in this run."""
    current = current_run(folder.path.parent)
    return current is not None and current.run_id == folder.run_id and is_up(folder.path.parent)


def _up_lock_path(runs: Path) -> Path:
    return runs / ".up"


@contextmanager
def only_up(runs: Path) -> Iterator[None]:
    """Be the one `bench up` within the block, whose steps take the board in turn; raises BusyError like `alone`."""
    if is_held(lock_path(runs)):
        raise BusyError(_busy(runs))
    with exclusive(_up_lock_path(runs), _busy(runs), BusyError), _board("up"):
        yield


@contextmanager
def _board(part: str) -> Iterator[None]:
    """Hold a part of this computer, whichever results folder and user it is held for, within the block.

    By a name in the kernel's abstract namespace of sockets, which goes with the process. Containers without a network
    each have a namespace of their own: between them, and between them and the host, only the folder's lock holds.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as held:
        try:
            held.bind(f"\0pi-dnn-bench-{part}{os.environ.get(APART, '')}")
        except OSError as error:
            raise BusyError(_ELSEWHERE) from error
        yield


def await_quiet(runs: Path, say: Callable[[str], None], quiet_s: float = QUIET_S) -> None:
    """Make certain that no benchmark is between two of its frameworks, before anything that it uses is changed.

    A sampler beside a run that is open is the sign that it may be: then the board has to be free for a while.

    Raises
    ------
    BusyError
        If a benchmark runs.
    """
    until = time.monotonic() + quiet_s
    waiting = False
    while _is_sampled(runs) and time.monotonic() < until:
        if is_held(lock_path(runs)):
            raise BusyError(_busy(runs))
        if not waiting:
            say(f"A sampler is at work: waiting {quiet_s:g} s to see whether its benchmark goes on.")
            waiting = True
        time.sleep(_POLL_S)


def _is_sampled(runs: Path) -> bool:
    folder = current_run(runs)
    if folder is None or not is_held(sampler_lock_path(runs)):
        return False
    boot_id = now().boot_id
    return any(sampler.ended is None and sampler.began.boot_id == boot_id for sampler in folder.samplers())


def _busy(runs: Path) -> str:
    folder = measured_run(runs)
    which = f" (run {folder.run_id}; 'bench status' tells how far it is)" if folder else ""
    return f"another benchmark runs on this board{which}; two at once would disturb each other: wait until it has ended"
