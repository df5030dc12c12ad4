"""What a report is made of: a run's results together with the records behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.errors import UserError
from bench.power.samples.read import Sampling, read_samples
from bench.records.columns import Results, Row
from bench.records.run import Run
from bench.records.schema import Repetition
from bench.report.names import short_board
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from bench.runs.open import DONE


@dataclass(frozen=True)
class Gathered:
    """One run, merged."""

    folder: RunFolder
    run: Run
    results: Results

    @property
    def rows(self) -> list[Row]:
        """The results, one row for each cell."""
        return self.results.rows

    @property
    def place(self) -> str:
        """The board, with what cools it where that is stated: a figure of merit is one of both."""
        cooling = self.results.conditions.cooling
        return self.results.board.model + (f", cooling: {cooling}" if cooling else "")

    @property
    def short_place(self) -> str:
        """The same where there is little room."""
        return self.place.replace(self.results.board.model, short_board(self.results.board.model), 1)

    @property
    def subject(self) -> str:
        """The board and the run in one line, for every figure."""
        plan = self.results.plan
        emulated = ", emulated" if self.results.board.emulated else ""
        threads = f"{plan.threads} thread{'s' if plan.threads > 1 else ''}"
        return f"{self.place}{emulated} · {threads} · profile {plan.profile.name} · {self.run.run_id}"

    def records(self, row: Row) -> list[Repetition]:
        """Read the good repetitions of a cell; none where they can't be read, which the merge has said."""
        try:
            found = self.folder.repetitions(row.framework, *row.variant)
        except UserError:
            return []
        return [record for record in found if record.status in DONE]

    @cached_property
    def samplings(self) -> list[Sampling]:
        """What was sampled beside the run."""
        return read_samples(self.folder.path)

    def cells(self) -> Iterator[tuple[Row, list[Repetition]]]:
        """Yield each cell's row with its good repetitions, which are many numbers: one cell at a time."""
        for row in self.rows:
            yield row, self.records(row)


def gather(folder: RunFolder) -> Gathered:
    """Merge a run anew, so that the report is of what is recorded now; raises UserError like `merge`."""
    results = merge(folder)
    return Gathered(folder, folder.read_run(), results)


def newest_of(runs: Sequence[Gathered]) -> list[Gathered]:
    """Return the newest run of each board; boards that are cooled in another way are others."""
    ordered = sorted(runs, key=lambda gathered: gathered.run.began.realtime_ns)
    return list({(gathered.place, gathered.results.board.emulated): gathered for gathered in ordered}.values())
