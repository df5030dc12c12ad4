"""Results as a user names them: a run, or a results file of one that was measured elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.errors import UserError
from bench.results.rows import read_rows
from bench.results.runs import find_run
from bench.results.schema import Results, Row
from bench.results.store import read_record


@dataclass(frozen=True)
class Given:
    """Merged results.

    Attributes
    ----------
    name
        The run's name or the file's path, with what is not real about the board.
    emulated
        Whether the board's instructions were emulated; a results.csv does not tell and is taken as not.
    """

    name: str
    rows: list[Row]
    emulated: bool = False


def read_given(runs: Path, requested: str = "") -> Given:
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
        return Given(requested, read_rows(Path(requested)))
    path = Path(requested) if requested.endswith(".json") else find_run(runs, requested).path / "results.json"
    if not requested.endswith(".json") and not path.exists():
        raise UserError(f"run {path.parent.name} is not merged yet; 'bench merge {path.parent.name}' does it")
    results = read_record(path, Results)
    unreal = [kind for kind in ("emulated", "simulated") if getattr(results.board, kind)]
    name = results.run_id + "".join(f" ({kind} board)" for kind in unreal)
    return Given(name, results.rows, results.board.emulated)
