"""A sampler beside a run: it begins before the first window and stops when the run is ended, or nobody measures."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from bench.board.state import StateReader
from bench.errors import UserError
from bench.power.meter import find_meter
from bench.power.sampler import Sampler
from bench.results.runs import lock_path
from bench.results.schema import SamplerRecord
from bench.results.store import RunFolder, is_held

CHECK_S = 1.0
NOBODY_MEASURES_S = 600.0
"""A benchmark that was killed never ends its run: the sampler gives up after this long without one."""


def sample_beside(folder: RunFolder, meter: str, period_s: float) -> SamplerRecord:
    """Sample until the run is ended, nobody has measured for a while, or SIGTERM or SIGINT comes.

    Raises
    ------
    UserError
        If the meter can't be used, or the disk is full.
    """
    state = StateReader()
    sampler = Sampler(find_meter(meter), state.read, folder.path, period_s)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sampler.stop())
    try:
        return sampler.run(_until_ended(folder))
    finally:
        state.close()


def _until_ended(folder: RunFolder) -> Callable[[], bool]:
    """Return a check, cheap enough for every sample, that looks at the run once a second."""
    runs: Path = folder.path.parent
    began = folder.run_json.stat().st_mtime_ns
    due = last_measured = time.monotonic()

    def ended() -> bool:
        nonlocal began, due, last_measured
        moment = time.monotonic()
        if moment < due:
            return False
        due = moment + CHECK_S
        if is_held(lock_path(runs)):
            last_measured = moment
        elif moment - last_measured > NOBODY_MEASURES_S:
            return True
        try:
            changed = folder.run_json.stat().st_mtime_ns
            if changed == began:
                return False
            began = changed
            return folder.read_run().ended is not None
        except (OSError, UserError):
            return True  # the run was deleted

    return ended
