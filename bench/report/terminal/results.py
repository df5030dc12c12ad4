"""The results as a table on a terminal, with the sentences that keep a reader from misreading it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rich import box
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bench.catalog import frameworks, models
from bench.records.columns import Results, Row
from bench.report.notes import notes_on
from bench.report.terminal.findings import findings_text
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from bench.runs.open import end_run
from bench.runs.outcome import Exit, exit_code

_WIDE = 118
"""Columns of a terminal from which on the whole table fits."""


def results_table(results: Results, width: int) -> RenderableType:
    """Return the table of a run with its footnotes; the least needed columns are left out below 118 of `width`."""
    table = Table(box=box.SIMPLE_HEAD, title=_title(results), title_justify="left", padding=(0, 1, 0, 0))
    columns = [column for column in _COLUMNS if width >= _WIDE or not column.wide_only]
    for column in columns:
        table.add_column(column.heading, justify=column.justify, no_wrap=True)
    former = ""
    for row in results.rows:
        if former and row.framework != former:
            table.add_section()
        former = row.framework
        table.add_row(*(column.cell(row) for column in columns))
    return Group(table, *(Text(f"{note.mark} {note}") for note in notes_on(results)))


def merge_and_print(folder: RunFolder, console: Console, end: bool) -> Exit:
    """Merge a run, if asked end it first, print its table and where it is; return the exit code that it deserves."""
    if end:
        end_run(folder)
    results = merge(folder)
    print_results(results)
    console.print(f"[dim]{escape(str(folder.path / 'results.csv'))}[/dim]")
    return exit_code(row.status for row in results.rows)


def print_results(results: Results) -> None:
    """Print the table."""
    console = wide_console()
    console.print(results_table(results, console.width))
    if results.doctor:
        console.print("\nDoctor, before it began:", findings_text(results.doctor), sep="\n", highlight=False)


def wide_console() -> Console:
    """Return a console for tables: as wide as they need to be where no terminal sets a limit."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


def _title(results: Results) -> str:
    plan = results.plan
    threads = f"{plan.threads} thread{'s' if plan.threads > 1 else ''}"
    return escape(f"{results.board.model} · {threads} · profile {plan.profile.name} · run {results.run_id}")


class _Column(NamedTuple):
    heading: str
    cell: Callable[[Row], str]
    justify: JustifyMethod = "right"
    wide_only: bool = False


def _number(value: float | None, form: str, factor: float = 1) -> str:
    return "" if value is None else format(value * factor, form)


def _model(row: Row) -> str:
    return models()[row.model].title + ("°" if row.weights == "synthetic" else "")


def _published(row: Row) -> str:
    return "*" if row.top1_source == "published" else ""


def _simulated(row: Row) -> str:
    return "~" if row.boundary == "simulated" else ""


def _merit(row: Row) -> str:
    return f"[bold]{_simulated(row)}{_number(row.fom_top1, '.2f')}{_published(row)}[/bold]" if row.fom_top1 else ""


def _status(row: Row) -> str:
    return row.status if row.status == "ok" else f"[red]{row.status}[/red]"


_COLUMNS = (
    _Column("Framework", lambda row: frameworks()[row.framework].title, "left"),
    _Column("Model", _model, "left"),
    _Column("Top-1\n%", lambda row: _number(row.top1, ".1f", 100) + _published(row)),
    _Column("Top-5\n%", lambda row: _number(row.top5, ".1f", 100) + _published(row), wide_only=True),
    _Column("Speed\nimg/s", lambda row: _number(row.throughput_fps, ".2f")),
    _Column("p50\nms", lambda row: _number(row.latency_ms_p50, ".1f"), wide_only=True),
    _Column("p95\nms", lambda row: _number(row.latency_ms_p95, ".1f"), wide_only=True),
    _Column("Power\nW", lambda row: _simulated(row) + _number(row.power_w_mean, ".2f")),
    _Column("Energy\nJ/img", lambda row: _simulated(row) + _number(row.energy_j_per_image, ".3f"), wide_only=True),
    _Column("Merit\nimg/J", _merit),
    _Column("Memory\nMiB", lambda row: _number(row.peak_rss_mib, ".0f"), wide_only=True),
    _Column("\nStatus", _status, "left"),
)
