"""A run's state as a table on a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bench.catalog.titles import framework_title, model_title
from bench.records.schema import Variant
from bench.runs.status import RunStatus

_COLOURS = {"done": "green", "failed": "red", "unavailable": "dim", "running": "bold", "left": "dim"}


def status_table(status: RunStatus) -> RenderableType:
    """Return a run's cells with their state, then what is left."""
    doing = f"measuring {framework_title(status.measuring)}" if status.measuring else status.state
    title = escape(f"Run {status.run_id} · profile {status.profile} · {doing}")
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", padding=(0, 1, 0, 0))
    for name in ("Framework", "Model", "State"):
        table.add_column(name, no_wrap=True)
    table.add_column("Repetitions", justify="right")
    table.add_column("Left", justify="right", no_wrap=True)
    for cell in status.cells:
        table.add_row(
            framework_title(cell.framework),
            model_title(Variant(cell.model, cell.precision).name),
            f"[{_COLOURS[cell.state]}]{cell.state}[/{_COLOURS[cell.state]}]",
            f"{cell.repetitions} of {cell.planned}",
            duration(cell.left_s) if cell.left_s else "",
        )
    errors: dict[str, list[str]] = {}
    for cell in status.cells:
        if cell.error:
            errors.setdefault(f"{cell.framework}: {cell.error}", []).append(Variant(cell.model, cell.precision).name)
    notes = [f"- {error} ({', '.join(names)})" for error, names in errors.items()]
    notes += [f"- {problem}" for problem in status.problems]
    return Group(table, *(Text(line) for line in (*_left(status), *notes)))


def _left(status: RunStatus) -> list[str]:
    about = "at least, by the profile" if status.from_profile else "about, as what is finished took"
    lines = [f"Left: {duration(status.left_s)} ({about})."] if status.left_s else []
    if status.not_begun:
        titles = ", ".join(map(framework_title, status.not_begun))
        lines.append(f"Not begun: {titles}, which takes {duration(status.not_begun_s)}.")
    return lines


def duration(seconds: float) -> str:
    """Return seconds in the unit that suits them."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
