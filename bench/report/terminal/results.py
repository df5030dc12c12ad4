"""The results as a table on a terminal, with the sentences that keep a reader from misreading it."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bench.output import say
from bench.records.columns import Results, Row
from bench.report.answers import answer_of
from bench.report.notes import notes_on
from bench.report.page.stale import stale_notes
from bench.report.table import Column, told
from bench.report.terminal.findings import findings_text
from bench.report.terminal.fitting import widths
from bench.report.terminal.messages import Messages
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from bench.runs.locks import goes_on
from bench.runs.open import end_run
from bench.runs.outcome import Exit, exit_code

_WIDE = 124
"""Columns for tables where no terminal says how many there are."""

_SPARED = (
    "latency_ms_p50",  # between its 95th percentile and the speed
    "energy_j_per_image",  # the power by the speed
    "top5",
    "latency_ms_p95",
    "peak_rss_mib",
    "model_mib",
    "power_w_mean",  # which the merit holds
)
"""The columns that a terminal without room for them leaves out, the first one first."""

_DEAREST = ("framework", "model", "throughput_fps", "fom_top1", "status")
"""The columns that a terminal without room for more has."""


def results_table(results: Results, width: int) -> RenderableType:
    """Return the table of a run with its footnotes; the least needed columns are left out of a narrow one."""
    table = _table(results, _fitting(results, width))
    return Group(table, *(Text(f"{note.mark} {note}") for note in notes_on(results)))


def _fitting(results: Results, width: int) -> list[Column]:
    columns = told(results.rows)
    needed = dict(zip((column.field for column in columns), widths(_table(results, columns))))
    for count in range(len(_SPARED) + 1):
        fields = needed.keys() - set(_SPARED[:count])
        if sum(needed[field] for field in fields) < width:
            return [column for column in columns if column.field in fields]
    return [column for column in columns if column.field in _DEAREST]


def _table(results: Results, columns: list[Column]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=_title(results), title_justify="left", padding=(0, 1, 0, 0))
    for column in columns:
        justify: JustifyMethod = "right" if column.is_number else "left"
        table.add_column(
            _heading(column), justify=justify, no_wrap=column.field != "model" or len(columns) > len(_DEAREST)
        )
    former = ""
    for row in results.rows:
        if former and row.framework != former:
            table.add_section()
        former = row.framework
        table.add_row(*(_cell(column, row) for column in columns))
    return table


def merge_and_print(folder: RunFolder, console: Console, end: bool, report_to: Path | None = None) -> Exit:
    """Merge a run, if asked end it first, print its table, where it is and what to use; return its exit code.

    Parameters
    ----------
    report_to : Path
        The results folder, if the report is to be written too.
    """
    if end:
        end_run(folder)
    results = merge(folder)
    if not end and goes_on(folder):
        return print_so_far(results, console)
    print_results(results)
    say(console, str(folder.results_csv), "dim")
    if report_to is not None:
        from bench.report.write import report_run  # not sooner: matplotlib would take the measurement's memory

        say(console, str(report_run(folder, report_to)), "dim")
    for note in stale_notes(folder):
        say(console, note, "yellow")
    console.print(Text(f"\n{answer_of(folder, results)}", style="bold"), soft_wrap=False)
    return exit_code(row.status for row in results.rows)


def print_so_far(results: Results, console: Console) -> Exit:
    """Print what has been measured of a run that goes on, as a table without what is to be said at its end."""
    begun = [row for row in results.rows if row.repetitions or row.status != "interrupted"]
    print_results(results.model_copy(update={"rows": begun, "doctor": [], "warnings": []}))
    say(console, f"So far: {len(begun)} of {len(results.rows)} cells; the others follow.", "bold")
    return exit_code(row.status for row in begun)


def print_results(results: Results) -> None:
    """Print the table."""
    console = wide_console()
    console.print(results_table(results, console.width))
    if results.doctor:
        say(console, "\nDoctor, before it began:")
        Messages().print(findings_text(results.doctor), highlight=False)


def wide_console() -> Console:
    """Return a console for tables: as wide as they need to be where no terminal sets a limit."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


def _title(results: Results) -> str:
    plan = results.plan
    threads = f"{plan.threads} thread{'s' if plan.threads > 1 else ''}"
    return escape(f"{results.board.model} · {threads} · profile {plan.profile.name} · run {results.run_id}")


def _heading(column: Column) -> str:
    """Return a heading with its unit in a second line; the last stands in the second too, beside no other."""
    title = column.title
    return f"\n{title}" if column.field == "status" else f"{title}\n{column.unit}" if column.unit else title


def _cell(column: Column, row: Row) -> str:
    text = escape(column.text(row))
    style = {"fom_top1": "bold", "status": "" if row.status == "ok" else "red"}.get(column.field)
    return f"[{style}]{text}[/{style}]" if style and text else text
