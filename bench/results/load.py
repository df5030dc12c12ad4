"""Results as a user names them: a run, or a results file of one that was measured elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.errors import UserError
from bench.records.columns import Results, Row
from bench.records.notes import Note
from bench.records.notes.results import BoardIsSimulated, Emulated, FewImages
from bench.records.store import read_record
from bench.results.table_file import read_rows
from bench.runs.open import find_run

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
    """

    name: str
    rows: list[Row]
    emulated: bool = False
    cautions: tuple[Note, ...] = ()

    @property
    def title(self) -> str:
        """What was measured on what."""
        return f"{self.name} · {' and '.join(dict.fromkeys(row.board for row in self.rows))}"


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
        return LoadedResults(requested, read_rows(Path(requested)))
    path = Path(requested) if requested.endswith(".json") else find_run(runs, requested).results_json
    if not requested.endswith(".json") and not path.exists():
        raise UserError(f"run {path.parent.name} is not merged yet; 'bench merge {path.parent.name}' does it")
    results = read_record(path, Results)
    return LoadedResults(results.run_id, results.rows, results.board.emulated, tuple(_cautions(results)))


def _cautions(results: Results) -> Iterator[Note]:
    if results.board.emulated:
        yield Emulated()
    if results.board.simulated:
        yield BoardIsSimulated()
    if results.plan.profile.timed_images < WORTH_IMAGES:
        yield FewImages(profile=results.plan.profile.name)
