"""Which run a user means: by its name, the beginning of it, or its folder's path."""

from __future__ import annotations

from pathlib import Path

from bench.errors import UserError
from bench.runs.folder import RunFolder
from bench.runs.open import all_runs, named_run


def find_run(runs: Path, requested: str = "") -> RunFolder:
    """Return the run that is meant, or the one that was measured last.

    A run that was only opened is never the latest.

    Parameters
    ----------
    runs : Path
        The folder of all runs.
    requested : str
        A run's name, what only one name begins with, or, with a slash in it, the path of a run's folder.

    Raises
    ------
    UserError
        If there is no such run, or several, or none that can be read, or a symbolic link in it.
    """
    folder = _at(Path(requested)) if "/" in requested else _named(runs, requested) if requested else _latest(runs)
    folder.refuse_links()
    return folder


def _at(path: Path) -> RunFolder:
    place = path.absolute()
    folder = RunFolder(place.parent.resolve() / place.name)
    if not folder.run_json.exists():
        raise UserError(f"{path} is no run's folder: there is no run.json in it; 'bench status' names the latest run")
    return folder


def _named(runs: Path, requested: str) -> RunFolder:
    folder = named_run(runs, requested)
    if folder is not None:
        return folder
    known = all_runs(runs)
    meant = [run for run in known if run.run_id.startswith(requested)]
    if len(meant) == 1:
        return meant[0]
    names = ", ".join(run.run_id for run in meant or known) or "none yet"
    if meant:
        raise UserError(f"'{requested}' begins the names of {len(meant)} runs in {runs}; write more of one: {names}")
    raise UserError(f"there is no run '{requested}' in {runs}; there are: {names}")


def _latest(runs: Path) -> RunFolder:
    for folder in reversed(all_runs(runs)):
        if folder.read_run().calls:
            return folder
    for file in runs.glob("*/run.json"):
        RunFolder(file.parent).read_run()  # it can't be read, and says why
    raise UserError(f"nothing was measured in {runs} yet; 'bench up' does")
