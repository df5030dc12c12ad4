"""Which run is open: `prepare` writes its name down, the sampler and every framework find it here."""

from __future__ import annotations

from pathlib import Path

from bench.errors import UserError
from bench.records.files import write_atomic
from bench.runs.folder import RunFolder
from bench.runs.open import named_run


def _note(runs: Path) -> Path:
    return runs / ".current"


def set_current(folder: RunFolder, by: str = "") -> None:
    """Write down that this run is the one to measure into; `by` is the name of the chain of steps that opened it."""
    write_atomic(_note(folder.path.parent), f"{folder.run_id}\n{by}\n".encode())


def _lines(runs: Path) -> list[str]:
    return [*_note(runs).read_text(encoding="utf-8").split("\n"), ""]


def last_opened(runs: Path) -> RunFolder | None:
    """Return the run that was opened last, whatever became of it; None if there is none that can be read."""
    try:
        folder = named_run(runs, _lines(runs)[0])
        if folder is not None:
            folder.read_run()
    except (OSError, UnicodeDecodeError, UserError):
        return None
    return folder


def current_run(runs: Path) -> RunFolder | None:
    """Return the run that was opened last, unless it was ended; None if no run is open."""
    folder = last_opened(runs)
    return None if folder is None or folder.read_run().ended is not None else folder


def opened_by(runs: Path) -> str:
    """Return the name of the chain of steps that has opened the run that was opened last; empty if it was none."""
    try:
        return _lines(runs)[1]
    except (OSError, UnicodeDecodeError):
        return ""
