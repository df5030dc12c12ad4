"""A sampler that stays: beside whichever run is being measured, for as long as it runs."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from bench.errors import UserError
from bench.power.sampling.process import SamplerJob, end
from bench.records.files import ENDING_SIGNALS
from bench.records.store import exclusive
from bench.runs.folder import RunFolder
from bench.runs.locks import is_up, measured_run, sampler_lock_path
from bench.runs.outcome import Exit

POLL_S = 0.5
"""A benchmark waits some seconds for its sampler: this is soon enough."""

BUSY = "a sampler runs already on this board; a second one would only disturb: stop it first, or leave it to that one"


def follow(
    runs: Path,
    meter: str,
    period_s: float,
    say: Callable[[str], None],
    stop: Callable[[], bool] | None = None,
) -> None:
    """Sample beside every run that somebody begins to measure, until SIGTERM or SIGINT comes.

    Parameters
    ----------
    runs : Path
        The folder of all runs.
    say : callable
        Shows the user a sentence.
    stop : callable
        Replaces the signals in tests.

    Raises
    ------
    UserError
        If another sampler runs, the meter can't be used, or the disk is full.
    """
    stop = stop or Signalled()
    with exclusive(sampler_lock_path(runs), BUSY):
        if not is_up(runs):  # which has begun this sampler, and ends it
            say(f"Waiting for a benchmark in {runs}; Ctrl-C ends this.")
        while not stop():
            folder = measured_run(runs)
            if folder is None:
                time.sleep(POLL_S)
                continue
            say(f"Sampling power with meter '{meter}' every {period_s:g} s beside run {folder.run_id}.")
            sampler = SamplerJob.beside(folder, meter, period_s).start()
            while sampler.poll() is None and not stop() and not _is_elsewhere(folder):
                time.sleep(POLL_S)
            if end(sampler) == Exit.USAGE:
                raise UserError("the sampler ended: see above")


class Signalled:
    """Tells whether a signal to end has come since it was made; none ends the process any more."""

    def __init__(self) -> None:
        self._came = False
        for number in ENDING_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._notice)

    def __call__(self) -> bool:
        """Return True once one has come."""
        return self._came

    def _notice(self, *_: object) -> None:
        self._came = True


def _is_elsewhere(folder: RunFolder) -> bool:
    """Tell whether somebody measures into another run by now."""
    measured = measured_run(folder.path.parent)
    return measured is not None and measured.run_id != folder.run_id
