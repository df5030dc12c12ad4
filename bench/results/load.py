"""Results as a user names them: a run, or a results file of one that was measured elsewhere."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from bench.errors import UserError
from bench.records.columns import Results, Row
from bench.records.notes import Note
from bench.records.notes.results import BoardIsSimulated, Emulated, FewImages
from bench.records.proportions import Paired
from bench.records.schema import Precision
from bench.records.store import read_record
from bench.results.accuracy import pair
from bench.results.table_file import read_rows
from bench.runs.find import find_run
from bench.runs.folder import RunFolder

WORTH_IMAGES = 100
"""Images that a throughput is measured over in the paper; every profile but `smoke` times at least as many."""


@dataclass(frozen=True)
class LoadedResults:
    """Merged results.

    Attributes
    ----------
    name
        The run's name or the file's path.
    emulated
        Whether the board's instructions were emulated; a results.csv does not tell and is taken as not.
    cautions
        What keeps its numbers from saying something about a board.
    run
        Its run directory, whose predictions tell how two cells classified the same images; None for a table alone.
    """

    name: str
    rows: list[Row]
    emulated: bool = False
    cautions: tuple[Note, ...] = ()
    run: Optional[RunFolder] = None

    @property
    def title(self) -> str:
        """What was measured on what."""
        places = (row.board + (f", cooling: {row.cooling}" if row.cooling else "") for row in self.rows)
        return f"{self.name} · {' and '.join(dict.fromkeys(places))}"

    def of(self, precisions: Collection[Precision]) -> LoadedResults:
        """Return what was measured in these precisions, all where none is named; raises UserError if nothing was."""
        found = [row for row in self.rows if not precisions or row.precision in precisions]
        if self.rows and not found:
            has = dict.fromkeys(row.precision for row in self.rows)
            raise UserError(f"{self.name} has nothing in {' or '.join(precisions)}, but in {' and '.join(has)}")
        return replace(self, rows=found)


def load_results(runs: Path, requested: str = "") -> LoadedResults:
    """Read merged results.

    Parameters
    ----------
    runs : Path
        The folder of all runs.
    requested : str
        A run's name, or the path of a results.json or results.csv; empty: the run that was worked on last.

    Raises
    ------
    UserError
        If there is no such run or file, or it is not merged yet, or not readable.
    """
    if requested.endswith(".csv"):
        rows = read_rows(Path(requested))
        if not rows:
            raise UserError(f"{requested} has no row but the columns' names; take what 'bench merge' wrote")
        return LoadedResults(requested, rows)
    path = Path(requested) if requested.endswith(".json") else find_run(runs, requested).results_json
    if not requested.endswith(".json") and not path.exists():
        name = path.parent.name
        raise UserError(f"run {name} is not merged yet; 'bench merge {shlex.quote(name)}' does it")
    results = read_record(path, Results)
    cautions = tuple(_cautions(results))
    return LoadedResults(results.run_id, results.rows, results.board.emulated, cautions, RunFolder(path.parent))


def paired(one: LoadedResults, other: LoadedResults) -> Callable[[Row, Row, str], Optional[Paired]]:
    """Return what gives how a cell of one and a cell of the other classified the same images."""

    def pairs(row: Row, rival: Row, accuracy: str) -> Paired | None:
        if one.run is None or other.run is None or row.top1_source != "measured":
            return None
        first = one.run.predictions(row.framework, *row.variant)
        found = pair(first, other.run.predictions(rival.framework, *rival.variant), accuracy)
        # A table that was merged from other predictions than are there now has other shares.
        shares = [getattr(row, accuracy), getattr(rival, accuracy)]
        return found if found is not None and [found.first_share, found.second_share] == shares else None

    return pairs


def _cautions(results: Results) -> Iterator[Note]:
    if results.board.emulated:
        yield Emulated()
    if results.board.simulated:
        yield BoardIsSimulated()
    if results.plan.profile.timed_images < WORTH_IMAGES:
        yield FewImages(profile=results.plan.profile.name)
