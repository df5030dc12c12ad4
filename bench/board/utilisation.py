"""How busy the processor is."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bench.board.sysfs import OpenValue


class ProcessorUtilisation:
    """The share of busy time of all processor cores between two calls, from /proc/stat.

    Parameters
    ----------
    root : Path
        Where procfs is mounted.
    """

    def __init__(self, root: Path = Path("/proc")) -> None:
        self._stat = OpenValue(root / "stat")
        self._busy = 0
        self._total = 0

    def __call__(self) -> float | None:
        """Return busy time divided by time since the last call (the first time, since boot); None if no tick passed."""
        # cpu user nice system idle iowait irq softirq steal; guest time, which follows, is part of user (proc(5)).
        ticks = [int(field) for field in self._stat.read().split("\n", 1)[0].split()[1:9]]
        total = sum(ticks)
        busy = total - ticks[3] - ticks[4]
        passed, worked = total - self._total, busy - self._busy
        self._total, self._busy = total, busy
        # iowait may run backwards (proc(5)), hence the bounds.
        return min(max(worked / passed, 0.0), 1.0) if passed > 0 else None


class OtherLoad:
    """The share of all processor cores' time that other processes take, from its making to the call.

    Parameters
    ----------
    root : Path
        Where procfs is mounted.
    """

    def __init__(self, root: Path = Path("/proc")) -> None:
        self._busy = ProcessorUtilisation(root)
        self._busy()
        self._began_s, self._own_s = time.monotonic(), time.process_time()

    def __call__(self) -> float | None:
        """Return busy time without this process's own; None if no tick passed."""
        busy = self._busy()
        passed_s = (time.monotonic() - self._began_s) * (os.cpu_count() or 1)
        own = (time.process_time() - self._own_s) / passed_s if passed_s > 0 else 0.0
        return None if busy is None else max(busy - own, 0.0)
