"""One framework's share of a run: which repetitions are still to be made, in which order, and when to stop."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

from bench import __version__
from bench.board.clocks import now
from bench.board.identity import docker_platform
from bench.board.memory import too_large
from bench.board.state import StateReader
from bench.catalog import Framework
from bench.catalog.memory import peaks
from bench.errors import UserError
from bench.measure.repetitions import Repetitions
from bench.measure.reporter import Reporter
from bench.measure.signals import Interrupted, interruptible, put_off
from bench.records.run import Call
from bench.records.schema import Repetition, Status, Variant
from bench.records.store import write_record
from bench.runs.folder import RunFolder
from bench.runs.inventory import mixed_sources, sweep
from bench.runs.open import DONE, is_done, reached
from bench.runs.order import first_of_a_chain
from bench.source import source_sha256


class Campaign:
    """One `bench run` call: one framework, the models asked for.

    Parameters
    ----------
    folder : RunFolder
        The run to measure into.
    prepared : Path
        The folder of prepared models and of the image set.
    timeout_s : float
        Seconds without a sign of life after which a measuring process is ended.
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
        openblas_core: str = "",
    ) -> None:
        self._folder = folder
        self._framework = framework
        self._reporter = reporter
        run = folder.read_run()
        self._plan = run.plan
        self._board = folder.board_root(run)
        state = StateReader(self._board)
        self._call = Call(
            id=f"{framework.name}-{time.time_ns()}",
            framework=framework.name,
            command=sys.argv,
            image_digest=os.environ.get("BENCH_IMAGE_DIGEST") or None,
            platform=docker_platform(),
            bench_version=__version__,
            source_sha256=source_sha256(),
            temp_c=state.read().temp_c,
            began=now(),
        )
        self._repetitions = Repetitions(
            folder, framework, prepared, timeout_s, reporter, self._call, state, openblas_core
        )

    def give_up(self, models: list[str], why: str) -> None:
        """Write down that the framework can't be had here, for every one of these models that is not done."""
        self._write_call()
        for variant in self._plan.variants:
            if variant.model in models and not self._done(variant):
                self._folder.take_repetition(self._repetitions.unavailable(variant, why), anew=True)
        self._call.ended = now()
        self._write_call()

    def run(self, models: list[str], force: bool, only_round: int = 0) -> list[Status]:
        """Measure what is missing of these models in the plan's precisions; with `force`, everything.

        Parameters
        ----------
        only_round : int
            The one repetition to make of each, where frameworks take turns; 0 means all.

        Returns
        -------
        list of Status
            Of every repetition that was made or found; `interrupted` for a cell without any.

        Raises
        ------
        UserError
            If the profile has no such round.
        """
        most = self._plan.profile.repetitions_max
        if only_round > most:
            raise UserError(f"--round {only_round}: profile {self._plan.profile.name} has {most} at most")
        variants = [variant for variant in self._plan.variants if variant.model in models]
        outdated = set(variants) if force else set()
        sweep(self._folder)
        self._write_call()
        for note in mixed_sources(self._folder.read_run()):
            self._reporter.say(f"! {note}")
        try:
            with interruptible():
                self._rounds(variants, outdated, only_round)
        except Interrupted as interruption:
            self._reporter.say(f"stopped by {interruption}; the same command goes on from here")
        self._call.ended = now()
        self._write_call()
        found = [
            [record.status for record in self._records(variant) if variant not in outdated] for variant in variants
        ]
        return [status for statuses in found for status in statuses or ["interrupted"]]

    def again(self) -> Status:
        """Measure the run's first cell once more, which tells of the board's drift; `ok` if there is none."""
        first = first_of_a_chain(self._folder, self._folder.read_run())
        if first is None or first.framework != self._framework.name:
            self._reporter.say("no chain of frameworks began with this one: nothing to measure again")
            return "ok"
        self._reporter.say(f"{first.framework} {first.variant.name} again: how far has the board drifted?")
        try:
            with interruptible():
                job = self._repetitions.begin(first.variant, first.repetition, again=True)
                record = self._repetitions.measure(job, first.repetition)
        except Interrupted as interruption:
            self._reporter.say(f"stopped by {interruption}")
            return "interrupted"
        self._reporter.end(record)
        write_record(self._folder.again_json, record)
        return record.status

    def _rounds(self, variants: list[Variant], outdated: set[Variant], only_round: int) -> None:
        """Make repetition after repetition, the cells of each round in an order of its own.

        What is outdated stays until there is something new in its place, so that an interruption loses nothing.
        """
        profile = self._plan.profile
        open_cells = [cell for cell in self._open(variants, outdated, only_round) if self._fits(cell, outdated)]
        for round_number in [only_round] if only_round else range(1, profile.repetitions_max + 1):
            if profile.repetitions_max > 1:
                random.Random(self._plan.seed + round_number).shuffle(open_cells)
            for variant in list(open_cells):
                anew = variant in outdated
                if not anew and any(record.repetition == round_number for record in self._records(variant)):
                    continue
                record = self._repeat(variant, round_number, anew)
                if record.status != "interrupted":
                    outdated.discard(variant)
                if record.status == "interrupted":
                    raise Interrupted("a signal")
                if record.status not in DONE or self._done(variant):
                    open_cells.remove(variant)
                    self._say_reached(variant, record)

    def _open(self, variants: list[Variant], outdated: set[Variant], only_round: int) -> list[Variant]:
        """Return the cells of which something is to be made; in later rounds a failed one is not tried again."""
        found = []
        for variant in variants:
            if variant not in outdated and self._done(variant):
                if only_round < 2:
                    name = f"{self._framework.name} {variant.name}"
                    self._reporter.say(f"{name}: done before, skipped (--force repeats it)")
                continue
            if only_round < 2:
                if variant not in outdated:
                    self._drop_failures(variant)
            elif any(record.status not in DONE for record in self._records(variant)):
                continue
            found.append(variant)
        return found

    def _fits(self, variant: Variant, outdated: set[Variant]) -> bool:
        """Tell whether there is memory for a cell that was neither measured before nor is forced; write down if not."""
        # Nobody has measured what other precisions need.
        need_mib = peaks().get((self._framework.name, variant.model), 0) if variant.precision == "fp32" else 0
        why = too_large(need_mib, self._board)
        if why is None or variant in outdated or self._records(variant):
            return True
        record = self._repetitions.unavailable(variant, why)
        self._folder.take_repetition(record, anew=True)
        self._reporter.end(record)
        return False

    def _say_reached(self, variant: Variant, record: Repetition) -> None:
        """Say how well throughput is known, where repeating goes on until it is."""
        target, records = self._plan.profile.ci_target, self._records(variant)
        half = reached(records)
        if target is not None and record.status in DONE and half is not None:
            enough = "" if half <= target else f", not the {target:.0%} aimed at: the cell scatters too much"
            known = f"throughput known to ±{half:.1%} after {len(records)} repetitions{enough}"
            self._reporter.say(f"{variant.name}: {known}")

    def _repeat(self, variant: Variant, repetition: int, anew: bool) -> Repetition:
        """Measure a cell once and write it down; `anew` replaces what the cell has, unless interrupted."""
        job = self._repetitions.begin(variant, repetition)
        with put_off():  # a repetition that is finished is written down
            record = self._repetitions.measure(job, repetition)
            if not (anew and record.status == "interrupted" and self._records(variant)):
                self._folder.take_repetition(record, anew)
            self._reporter.end(record)
        return record

    def _records(self, variant: Variant) -> list[Repetition]:
        return self._folder.repetitions(self._framework.name, *variant)

    def _drop_failures(self, variant: Variant) -> None:
        """Forget repetitions that did not end well, and name those that can't be read: they are made again."""
        found = self._folder.records(self._framework.name, *variant)
        for problem in found.problems:
            self._reporter.say(str(problem))
        for record in found.good:
            if record.status not in DONE:
                self._folder.drop_repetition(record)

    def _done(self, variant: Variant) -> bool:
        return is_done(self._records(variant), self._plan.profile)

    def _write_call(self) -> None:
        run = self._folder.read_run()
        others = [call for call in run.calls if call.id != self._call.id]
        self._folder.write_run(run.model_copy(update={"calls": [*others, self._call], "ended": None}))
