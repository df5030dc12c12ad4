"""The page: one file that holds the results, the figures and what was measured on what, and asks for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, Template
from markupsafe import Markup

from bench import __version__
from bench.catalog.titles import framework_title, model_title
from bench.decide.differences import Evidence, compared, corrected, told
from bench.decide.quantities import QUANTITIES, Quantity, unfit
from bench.records.columns import Row
from bench.report.answers import answers
from bench.report.figures.chart import Chart
from bench.report.figures.with_plotly import plotly_javascript, spec
from bench.report.marks import PUBLISHED, SIMULATED
from bench.report.notes import notes_on
from bench.report.page.provenance import FactTable
from bench.report.run import Gathered
from bench.report.table import all_columns, cell


class Highlight(NamedTuple):
    """The best cell in one respect."""

    question: str
    cell: str
    value: str


def page(runs: Sequence[Gathered], charts: Sequence[Chart], tables: Sequence[FactTable]) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    runs
        One or several; their rows make one table.
    charts, tables
        In the order in which they are shown.
    """
    several = len(runs) > 1
    rows = [row for gathered in runs for row in gathered.rows]
    shown = all_columns(several, any(row.top1_loss is not None for row in rows))
    filtered = ["run_id", "board", "framework", "model", "status"] if several else ["framework", "model", "status"]
    boards = list(dict.fromkeys(gathered.results.board.model for gathered in runs))
    return _template().render(
        title=f"{len(runs)} runs on {', '.join(boards)}" if several else f"DNN frameworks on {boards[0]}",
        subject=", ".join(gathered.run.run_id for gathered in runs) if several else runs[0].subject,
        answers=answers([gathered.results for gathered in runs]),
        highlights=[] if several else highlights(rows),
        notes=_notes(runs),
        filters={name: list(dict.fromkeys(str(getattr(row, name)) for row in rows)) for name in filtered},
        columns=shown,
        rows=[{"status": row.status, "cells": [cell(row, column.field) for column in shown]} for row in rows],
        charts=charts,
        tables=tables,
        version=__version__,
        css=Markup(_file("report.css")),
        plotly=Markup(plotly_javascript()),
        javascript=Markup(_file("report.js")),
        specs=[spec(chart) for chart in charts],
    )


def highlights(rows: Sequence[Row]) -> list[Highlight]:
    """Return the best of the cells that are ok, with its interval; a respect that none has is left out.

    Cells of the same value are named together, and those that can't be told from the best are counted.
    """
    found = []
    for question, name, unit in _QUESTIONS:
        quantity = QUANTITIES[name]
        known = [(value, row) for row in rows if unfit(row) is None and (value := quantity.read(row)) is not None]
        if known:
            value = max(value for value, _ in known)
            best = [row for each, row in known if each == value]
            titles = [f"{framework_title(row.framework)} · {model_title(row.variant.name)}" for row in best]
            low, high = quantity.interval(best[0]) or (None, None)
            between = "" if low is None or high is None else f" ({low:.3g} to {high:.3g})"
            label = _label(best[0], name) + _others(quantity, best, [row for _, row in known])
            cells = " and ".join(titles) + (", the same" if len(titles) > 1 else "")
            found.append(Highlight(question, cells, f"{value * quantity.factor:.3g}{between} {unit}{label}"))
    return found


_QUESTIONS = (
    ("Best figure of merit", "merit", "correct images/J"),
    ("Fastest", "throughput", "images/s"),
    ("Most accurate", "top1", "% top-1"),
)


def _label(row: Row, name: str) -> str:
    marks = ["simulated power"] if SIMULATED.applies(row) and QUANTITIES[name].power else []
    marks += ["published accuracy"] if PUBLISHED.applies(row) and QUANTITIES[name].accuracy else []
    return f" ({', '.join(marks)})" if marks else ""


def _others(quantity: Quantity, best: list[Row], rows: list[Row]) -> str:
    """Say how many of the others can't be told from the best."""
    others = [row for row in rows if not any(row is one for one in best)]
    evidence = Evidence(rows)
    pairs = [compared(quantity, best[0], row, evidence) for row in others]
    differences = [pair.difference if pair else None for pair in pairs]
    alike = sum(told(each, p) is None for each, p in zip(differences, corrected(differences)))
    return f"; {alike} other{'s' if alike > 1 else ''} not told apart" if alike else ""


def _notes(runs: Sequence[Gathered]) -> list[tuple[str, str]]:
    """Return what a reader has to know; of several runs, each with those that it holds for."""
    told: dict[tuple[str, str], list[str]] = {}
    for gathered in runs:
        for note in notes_on(gathered.results):
            told.setdefault((note.mark, str(note)), []).append(gathered.run.run_id)
    if len(runs) == 1:
        return list(told)
    return [
        (mark, f"{text} [{'every run' if len(names) == len(runs) else ', '.join(names)}]")
        for (mark, text), names in told.items()
    ]


def _file(name: str) -> str:
    return (files("bench.report.page") / "files" / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment: Any = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template: Template = environment.from_string(_file("report.html"))
    return template
