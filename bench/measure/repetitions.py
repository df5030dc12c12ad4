"""Makes one repetition of a cell: when the board may begin, what the worker is asked for, and what comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from bench.board.clocks import now
from bench.board.openblas import nearest_core
from bench.board.state import StateReader
from bench.catalog import Framework, frameworks
from bench.measure.cooldown import CoolDown
from bench.measure.job import HEARTBEAT_S, Job
from bench.measure.pause import SamplerPause
from bench.measure.reporter import Reporter
from bench.measure.supervisor import repeat
from bench.prepare.models.prepared import prepared_folder
from bench.records.files import pause_path
from bench.records.run import Call
from bench.records.schema import Repetition, Variant
from bench.runs.folder import RunFolder
from bench.runs.locks import announce
from bench.runs.status import run_status


class Repetitions:
    """The repetitions of one `bench run` call, one at a time.

    Parameters
    ----------
    folder : RunFolder
        The run that they are of.
    prepared : Path
        The folder of prepared models and of the image set.
    timeout_s : float
        Seconds without a sign of life after which a measuring process is ended.
    call : Call
        Whose they are.
    state : StateReader
        Tells how warm the board is.
    openblas_core : str
        Whose kernels OpenBLAS is to use; empty: its own choice, or the nearest where it does not know the processor.
    """

    def __init__(
        self,
        folder: RunFolder,
        framework: Framework,
        prepared: Path,
        timeout_s: float,
        reporter: Reporter,
        call: Call,
        state: StateReader,
        openblas_core: str = "",
    ) -> None:
        self._folder = folder
        self._framework = framework
        self._prepared = prepared
        self._timeout_s = timeout_s
        self._reporter = reporter
        self._call = call
        self._openblas_core = openblas_core or nearest_core()
        run = folder.read_run()
        self._plan = run.plan
        self._state = state
        self._board = folder.board_root(run) if run.board.simulated else None
        self._max_mhz = run.board.max_mhz
        # A framework that follows another finds the board warm: what counts is how the run's first one found it.
        found = [other for other in run.calls if other.began.boot_id == call.began.boot_id]
        temperatures = [one.temp_c for one in (*found, call) if one.temp_c is not None]
        self._cool_down = CoolDown(min(temperatures, default=None), self._temp_c, reporter.say, reporter.event)

    def begin(self, variant: Variant, repetition: int, again: bool = False) -> Job:
        """Wait until it may begin, and return what to ask of the worker; `again` for one that the cell has already."""
        if self._plan.profile.cool_down:
            self._cool_down.wait()
        elif self._plan.profile.cut_clock is not None:
            self._cool_down.wait_if_hot()
        cell = f"{self._framework.name} {variant.name}"
        announce(self._folder, cell)
        status = run_status(self._folder, True, now(), cell)
        self._reporter.begin(variant.name, repetition, self._plan.profile, status)
        first = repetition == 1 and not again
        classifies = first and self._plan.accuracy
        return Job(
            framework=self._framework.name,
            model=prepared_folder(self._prepared, variant.model, self._plan.source, variant.precision),
            precision=variant.precision,
            images=self._prepared / "images",
            threads=self._plan.threads,
            profile=self._plan.profile,
            seed=self._plan.seed,
            predictions=self._folder.new_predictions(self._framework.name, *variant) if classifies else None,
            unsampled=self._unsampled(variant) if first else "",
            board=self._board,
            max_mhz=self._max_mhz,
            openblas_core=self._openblas_core,
            heartbeat_s=min(HEARTBEAT_S, self._timeout_s / 4),
        )

    def measure(self, job: Job, repetition: int) -> Repetition:
        """Have a worker do the job, the sampler pausing where it asks for that, and return what it recorded."""
        with SamplerPause(pause_path(self._folder.path)) as pause:

            def listen(event: dict[str, Any]) -> None:
                pause.event(event)
                self._reporter.event(event)

            record = repeat(job, repetition, self._call.id, self._timeout_s, listen)
        missing = record.status == "unavailable" and record.weights is None  # it did not come as far as the model
        if missing and not self._framework.embeds(self._call.platform):
            record.error = self._framework.unavailable or record.error
        return record

    def unavailable(self, variant: Variant, why: str) -> Repetition:
        """Return the record of a cell that can't be measured here."""
        return Repetition(
            framework=self._framework.name,
            model=variant.model,
            precision=variant.precision,
            repetition=1,
            call=self._call.id,
            clocks=now(),
            status="unavailable",
            error=why,
            threads=self._plan.threads,
        )

    def _unsampled(self, variant: Variant) -> Literal["", "before", "after"]:
        """Return on which side of the timed window to measure without the sampler: in turn, so that none has a bias."""
        if self._plan.profile.unsampled_s == 0:
            return ""
        place = self._plan.variants.index(variant) + list(frameworks()).index(self._framework.name)
        return "before" if place % 2 else "after"

    def _temp_c(self) -> float | None:
        return self._state.read().temp_c
