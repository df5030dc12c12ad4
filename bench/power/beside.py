"""A sampler beside a run: it begins before the first window and stops when the run is ended, or nobody measures."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from bench.board.simulated import SimulatedBoard, parse_spec
from bench.board.state import State, StateReader
from bench.errors import UserError
from bench.power.doctor import check_board_and_meter
from bench.power.meter import Meter, find_meter
from bench.power.sampler import Sampler
from bench.power.simulation import board_meter
from bench.results.runs import lock_path
from bench.results.schema import SamplerRecord
from bench.results.store import RunFolder, is_held

CHECK_S = 1.0
NOBODY_MEASURES_S = 600.0
"""A benchmark that was killed never ends its run: the sampler gives up after this long without one."""


class Signalled:
    """Tells whether SIGINT or SIGTERM has come since it was made; neither ends the process any more."""

    def __init__(self) -> None:
        self._came = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._notice)

    def __call__(self) -> bool:
        """Return True once one has come."""
        return self._came

    def _notice(self, *_: object) -> None:
        self._came = True


def sample_beside(
    folder: RunFolder, meter: str, period_s: float, board: str = "", stop: Callable[[], bool] | None = None
) -> SamplerRecord:
    """Sample until the run is ended, nobody has measured for a while, or SIGTERM or SIGINT comes.

    Parameters
    ----------
    board : str
        A `--board` argument: a simulated board lives, in the run's folder, as long as its sampler.
    stop : callable
        Asked in place of the signals.

    Raises
    ------
    UserError
        If the meter or the board can't be used, or the disk is full.
    """
    spec = parse_spec(board)
    stop = stop or Signalled()
    if spec is None:
        chosen = find_meter(meter)
        folder.write_examination(check_board_and_meter(folder.path, meter, period_s))
        return _sample(folder, chosen, period_s, StateReader().read, stop)
    run = folder.read_run()
    simulated = SimulatedBoard(folder.board_root(run), spec, run.conditions.ambient_c)
    try:
        folder.write_examination(check_board_and_meter(folder.path, meter, period_s, simulated))
        state = StateReader(simulated.root)

        def read_state() -> State:
            simulated.tick()
            return state.read()

        return _sample(folder, board_meter(meter, simulated), period_s, read_state, stop)
    finally:
        simulated.close()


def _sample(
    folder: RunFolder, meter: Meter, period_s: float, read_state: Callable[[], State], stop: Callable[[], bool]
) -> SamplerRecord:
    ended = _UntilEnded(folder)
    return Sampler(meter, read_state, folder.path, period_s).run(lambda: stop() or ended())


class _UntilEnded:
    """A check, cheap enough for every sample, that looks at the run once a second; once true, it stays true."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._lock = lock_path(folder.path.parent)
        self._changed_ns = folder.run_json.stat().st_mtime_ns
        self._due = self._last_measured = time.monotonic()
        self._over = False

    def __call__(self) -> bool:
        moment = time.monotonic()
        if not self._over and moment >= self._due:
            self._due = moment + CHECK_S
            self._over = self._nobody_measures(moment) or self._is_ended()
        return self._over

    def _nobody_measures(self, moment: float) -> bool:
        if is_held(self._lock):
            self._last_measured = moment
        return moment - self._last_measured > NOBODY_MEASURES_S

    def _is_ended(self) -> bool:
        try:
            changed_ns = self._folder.run_json.stat().st_mtime_ns
            if changed_ns == self._changed_ns:
                return False
            self._changed_ns = changed_ns
            return self._folder.read_run().ended is not None
        except (OSError, UserError):
            return True  # the run was deleted
