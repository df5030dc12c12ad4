"""Exit codes, and which of them a run deserves."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from bench.records.schema import Status


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    NOTHING_RAN = 3
    INTERNAL = 70
    """A fault of ours: what sysexits.h calls EX_SOFTWARE."""


def exit_code(statuses: Iterable[Status]) -> Exit:
    """Return the code for these cells; what can't be had on this machine is no failure, unless that is all."""
    had = [status for status in statuses if status != "unavailable"]
    if not had:
        return Exit.NOTHING_RAN
    return Exit.OK if all(status == "ok" for status in had) else Exit.SOME_FAILED
