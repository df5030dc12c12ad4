"""The signals that end a run: Ctrl-C, a closed terminal, a container that is stopped."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import ClassVar

from bench.records.files import ENDING_SIGNALS


class Interrupted(BaseException):
    """Somebody pressed Ctrl-C or closed the terminal, or the container is being stopped."""


class _Gate:
    """Whether signals are put off now, and those that came meanwhile."""

    closed = False
    came: ClassVar[list[int]] = []


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the signals that end a run into `Interrupted` within the block; what is ignored (nohup) stays so."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        if _Gate.closed:
            _Gate.came.append(number)
        else:
            raise Interrupted(signal_name(number))

    heard = [number for number in ENDING_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    former = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        _Gate.came.clear()


@contextmanager
def put_off() -> Iterator[None]:
    """Put `Interrupted` off until the block ends, or until somebody waits in it (`let_in`)."""
    former, _Gate.closed = _Gate.closed, True
    try:
        yield
    finally:
        _Gate.closed = former
    _raise_what_came()


@contextmanager
def let_in() -> Iterator[None]:
    """Let `Interrupted` in within a block of `put_off`."""
    former, _Gate.closed = _Gate.closed, False
    try:
        _raise_what_came()
        yield
    finally:
        _Gate.closed = former


def _raise_what_came() -> None:
    if _Gate.came and not _Gate.closed:
        number = _Gate.came[0]
        _Gate.came.clear()
        raise Interrupted(signal_name(number))


def signal_name(number: int) -> str:
    """Return a signal's name; a real-time signal has none.

    >>> signal_name(9), signal_name(40)
    ('SIGKILL', 'signal 40')
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
