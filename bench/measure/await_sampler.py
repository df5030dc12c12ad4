"""Waits for the sampler, which begins beside the first framework."""

from __future__ import annotations

import time

from bench.board.clocks import now
from bench.measure.reporter import Reporter
from bench.runs.folder import RunFolder

AWAIT_POLL_S = 0.2


def await_sampler(folder: RunFolder, patience_s: float, reporter: Reporter) -> None:
    """Wait until a sampler records beside this run, so that the first window has its watts."""
    boot_id = now().boot_id
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if any(sampler.ended is None and sampler.began.boot_id == boot_id for sampler in folder.samplers()):
            return
        time.sleep(AWAIT_POLL_S)
    if patience_s > 0:
        reporter.say(f"no sampler came within {patience_s:g} s: power and figures of merit stay empty")
