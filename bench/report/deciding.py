"""Judgements, recommendations and comparisons as tables on a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bench.report.claims import Judgement

_COLOURS = {"confirmed": "green", "refuted": "red", "can't tell": "yellow"}


def claims_table(judgements: list[Judgement], title: str, paper: str) -> RenderableType:
    """Return each finding with its verdict, then what each verdict rests on."""
    table = _table(title)
    table.add_column("What the paper found", ratio=1)
    table.add_column("Where", no_wrap=True)
    table.add_column("Here", no_wrap=True)
    for judgement in judgements:
        table.add_row(escape(judgement.statement), judgement.where, _coloured(judgement.verdict))
    grounds = _table("What that rests on")
    for name in ("Holds", "For"):
        grounds.add_column(name, no_wrap=True)
    grounds.add_column("Numbers", ratio=1)
    marks = {True: "[green]yes[/green]", False: "[red]no[/red]", None: "[yellow]?[/yellow]"}
    for judgement in judgements:
        reading = f" [dim](taken as: {escape(judgement.reading)})[/dim]" if judgement.reading else ""
        grounds.add_section()
        grounds.add_row("", _coloured(judgement.verdict), escape(judgement.statement) + reading)
        for part in judgement.parts:
            grounds.add_row(marks[part.holds], escape(part.place), escape(part.numbers))
    return Group(table, grounds, Text(f"The findings are those of {paper}.", style="dim"))


def _table(title: str) -> Table:
    return Table(box=box.SIMPLE_HEAD, title=escape(title), title_justify="left", padding=(0, 1, 0, 0))


def _coloured(verdict: str) -> str:
    return f"[{_COLOURS[verdict]}]{verdict}[/{_COLOURS[verdict]}]"
