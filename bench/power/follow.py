"""A sampler that stays: beside whichever run is being measured, for as long as it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bench.errors import UserError
from bench.power.beside import CHECK_S, Signalled, sample_beside
from bench.results.runs import measured_run, sampler_lock_path
from bench.results.store import RunFolder, exclusive

POLL_S = 0.5
"""A benchmark waits some seconds for its sampler: this is soon enough."""

BUSY = "a sampler runs already on this board; a second one would only disturb: stop it first, or leave it to that one"


def follow(
    runs: Path,
    meter: str,
    period_s: float,
    board: str,
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
        say(f"Waiting for a benchmark in {runs}; Ctrl-C ends this.")
        while not stop():
            folder = measured_run(runs)
            if folder is None or not _same_kind(folder, board):
                time.sleep(POLL_S)
                continue
            say(f"Sampling power with meter '{meter}' every {period_s:g} s beside run {folder.run_id}.")
            record = sample_beside(folder, meter, period_s, board, _Until(stop, folder))
            say(f"{record.samples} samples from meter '{record.meter}', {record.missed} missed.")


class _Until:
    """True once the sampler is to stop, or somebody measures into another run, looked at once a second."""

    def __init__(self, stop: Callable[[], bool], folder: RunFolder) -> None:
        self._stop = stop
        self._folder = folder
        self._due = 0.0
        self._elsewhere = False

    def __call__(self) -> bool:
        moment = time.monotonic()
        if moment >= self._due:
            self._due = moment + CHECK_S
            measured = measured_run(self._folder.path.parent)
            self._elsewhere = measured is not None and measured.run_id != self._folder.run_id
        return self._elsewhere or self._stop()


def _same_kind(folder: RunFolder, board: str) -> bool:
    """Tell whether the run is on a simulated board just as this sampler is: the two never mix."""
    try:
        return folder.read_run().board.simulated == bool(board)
    except UserError:
        return False
