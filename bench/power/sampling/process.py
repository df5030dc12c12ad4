"""A sampler beside a run: it begins before the first window and stops when the run is ended, or nobody measures.

It has a process of its own, small because it shares the board with what is measured: see `sampler.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import bench
from bench.board.state import State, StateReader
from bench.errors import UserError
from bench.output import make_patient
from bench.power.meter import Meter, find_meter
from bench.power.sampling.sampler import Sampler
from bench.records.files import ENDING_SIGNALS, is_held
from bench.records.seal import parsed

if TYPE_CHECKING:
    from bench.board.simulated.board import SimulatedBoard
    from bench.runs.folder import RunFolder

CHECK_S = 1.0
PATIENCE_S = 20.0
"""A meter that answers late, and a slow card, keep a sampler from ending for a few seconds; no longer."""

NOBODY_MEASURES_S = 600.0
"""A benchmark that was killed never ends its run: the sampler gives up after this long without one."""


class SamplerJob(NamedTuple):
    """A sampler to be: beside which run it samples what.

    Attributes
    ----------
    run
        The run directory.
    lock
        What a benchmark holds while it measures.
    meter
        As `find_meter` takes it.
    period_s
        Seconds between two samples.
    board
        What `--board` asked for: a simulated board lives, in `board_root`, as long as its sampler.
    """

    run: Path
    lock: Path
    meter: str
    period_s: float
    board: str
    board_root: Path

    @classmethod
    def beside(cls, folder: RunFolder, meter: str, period_s: float) -> SamplerJob:
        """Return the sampler to be beside a run, on the board that the run is on.

        Raises
        ------
        UserError
            If `run.json` can't be read, or does not say which board it simulates, or the run holds a symbolic link.
        """
        from bench.runs.locks import lock_path

        folder.refuse_links()
        run = folder.read_run()
        if run.board.simulated and not run.board.spec:
            raise UserError(f"run {folder.run_id} does not say which board it simulates; begin another with --board")
        lock = lock_path(folder.path.parent)
        return cls(folder.path, lock, meter, period_s, run.board.spec or "", folder.board_root(run))

    def become(self) -> NoReturn:
        """Replace this process by the sampler, which forgets the command line's libraries and 20 MiB with them."""
        self._examine()
        sys.stdout.flush()
        os.execve(sys.executable, self._command(), _environment())

    def start(self) -> subprocess.Popen[bytes]:
        """Start the sampler as a process of its own."""
        self._examine()
        return subprocess.Popen(self._command(), env=_environment(), start_new_session=True)

    def _examine(self) -> None:
        """Let the doctor look while the libraries for it are here; at a simulated board, once the sampler made it."""
        if not self.board:
            examine(self.run, self.meter, self.period_s)

    def _command(self) -> list[str]:
        """Say what samples until the run is ended, nobody has measured for a while, or SIGTERM or SIGINT comes."""
        return [sys.executable, "-m", "bench.power.sampling.process", *map(str, self)]


def end(sampler: subprocess.Popen[bytes]) -> int:
    """Ask a sampler to end, and see that it does; return its exit code."""
    sampler.terminate()
    try:
        return sampler.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        sampler.kill()
        return sampler.wait()


def _environment() -> dict[str, str]:
    path = [str(Path(bench.__file__).parents[1]), os.environ.get("PYTHONPATH")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}


def main() -> None:
    """Sample as the arguments, the fields of `SamplerJob`, say."""
    make_patient()
    run, lock, meter, period_s, board, board_root = sys.argv[1:]
    ended = UntilEnded(Path(run), Path(lock))
    try:
        if board:
            record = sample_simulated(Path(run), board, Path(board_root), meter, float(period_s), ended)
        else:
            record = _sample(Path(run), find_meter(meter), float(period_s), StateReader(), ended)
    except UserError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(2)
    print(f"{record['samples']} samples from meter '{record['meter']}', {record['missed']} missed.")


def examine(run: Path, meter: str, period_s: float, board: SimulatedBoard | None = None) -> None:
    """Write `doctor.json`: what can be said of board and meter only from where the sampler is."""
    from bench.catalog.memory import needs
    from bench.power.sampling.meter_checks import check_board_and_meter
    from bench.runs.folder import RunFolder

    folder = RunFolder(run)
    plan = folder.read_run().plan
    cells = needs(plan.frameworks or [], plan.models)
    folder.write_examination(check_board_and_meter(run, meter, period_s, cells, board))


def sample_simulated(
    run: Path, board: str, root: Path, meter: str, period_s: float, ended: Callable[[], bool]
) -> dict[str, Any]:
    """Sample a simulated board, which lives in `root` as long; return what `sampler.json` then holds."""
    from bench.board.simulated.board import SimulatedBoard, parse_spec  # a real board is spared its weight
    from bench.power.sampling.simulated_board import board_meter

    spec = parse_spec(board)
    assert spec is not None
    ambient_c = parsed((run / "run.json").read_bytes()).get("conditions", {}).get("ambient_c")
    simulated = SimulatedBoard(root, spec, ambient_c)
    try:
        examine(run, meter, period_s, simulated)
        meters = board_meter(meter, simulated)
        return _sample(run, meters, period_s, StateReader(simulated.root), ended, simulated.tick)
    finally:
        simulated.close()


def _sample(
    run: Path,
    meter: Meter,
    period_s: float,
    state: StateReader,
    ended: Callable[[], bool],
    tick: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    def read_state() -> State:
        tick()
        return state.read()

    sampler = Sampler(meter, read_state, run, period_s)
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: sampler.stop())
    try:
        return sampler.run(ended)
    finally:
        state.close()


class UntilEnded:
    """A check, cheap enough for every sample, that looks at the run once a second; once true, it stays true.

    Parameters
    ----------
    run : Path
        The run directory.
    lock : Path
        What a benchmark holds while it measures.
    """

    def __init__(self, run: Path, lock: Path) -> None:
        self._run_json = run / "run.json"
        self._lock = lock
        self._changed_ns = self._run_json.stat().st_mtime_ns
        self._due = self._last_measured = time.monotonic()
        self._over = False

    def __call__(self) -> bool:
        """Tell whether to stop."""
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
            changed_ns = self._run_json.stat().st_mtime_ns
            if changed_ns == self._changed_ns:
                return False
            self._changed_ns = changed_ns
            return parsed(self._run_json.read_bytes())["ended"] is not None
        except (OSError, ValueError, KeyError):
            return True  # the run was deleted


if __name__ == "__main__":
    main()
