"""The page: one file that holds the results, the figures and what was measured on what, and asks for nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, Template
from markupsafe import Markup

from bench import __version__
from bench.catalog.titles import framework_title, model_title
from bench.decide.quantities import QUANTITIES
from bench.records.columns import Row
from bench.report.answers import answers
from bench.report.figures.brand import EMULATED_BOARD, SIMULATED_BOARD
from bench.report.figures.chart import Chart
from bench.report.figures.looks import simulated
from bench.report.figures.with_plotly import spec
from bench.report.figures.words import in_words
from bench.report.names import beside_float32, short_board
from bench.report.notes import notes_on
from bench.report.page.choices import LIMITS, choices, command_of
from bench.report.page.highlights import highlights
from bench.report.page.library import packed, plotly_javascript
from bench.report.page.provenance import FactTable
from bench.report.run import Gathered, newest_of
from bench.report.table import Column, all_columns, cell

MOST_ROWS = 1000
"""More cells are too many for a browser: the table has each board's newest run, and of more still the main columns."""

_NAMED = 3
"""Runs that a note names; more are counted."""

_ON_A_PHONE = ("board", "framework", "model", "throughput_fps", "fom_top1")
_FILTERS = ("board", "framework", "model", "precision", "status", "run_id")
_LEADS = ("accuracy-energy", "accuracy-throughput", "boards-accuracy-energy", "boards-accuracy-throughput")


class Script(NamedTuple):
    """A script of the page, and what the page's policy knows it by."""

    text: Markup
    digest: str
    kind: str = "module"
    name: str = ""


def page(
    runs: Sequence[Gathered],
    charts: Sequence[Chart],
    tables: Sequence[FactTable],
    images: Mapping[str, bytes],
    missing: Sequence[tuple[str, str]] = (),
    shown_results: str = "",
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    runs
        One or several; their rows make one table.
    charts, tables
        In the order in which they are shown; the first chart to decide by stands on the first screen.
    images
        Each chart as WebP, by its name: what is seen without JavaScript.
    missing
        Of figures that are not drawn, the title and why.
    shown_results
        What it says of the results that it shows, by which later ones are told from them.
    """
    several = len(runs) > 1
    newest = newest_of(runs)
    rows = [row for gathered in runs for row in gathered.rows]
    shown = beside_float32(rows if len(rows) <= MOST_ROWS else [row for gathered in newest for row in gathered.rows])
    whole = len(shown) <= MOST_ROWS
    columns = all_columns(several, any(row.top1_loss is not None for row in shown))
    columns = [column for column in columns if whole or column.is_main or column.field in _FILTERS]
    boards = list(dict.fromkeys(gathered.results.board.model for gathered in runs))
    lead = next((chart for chart in charts if chart.name in _LEADS), None)
    return _template().render(
        title=f"{len(runs)} runs on {_listed([short_board(board) for board in boards])}"
        if several
        else f"DNN frameworks on {boards[0]}",
        subject=_listed([gathered.run.run_id for gathered in runs]) if several else runs[0].subject,
        badges=list(_badges(newest)),
        answers=[
            {"run": gathered.run.run_id, "sentence": sentence, "command": command_of(gathered)}
            for gathered, sentence in zip(newest, answers(newest))
        ],
        choices=choices(newest),
        limits=[_limit(name) for name in LIMITS],
        lead=lead,
        highlights=[] if several else highlights(rows),
        notes=_notes(runs),
        about_rows=_about(rows, shown, all_of_them=whole),
        filters=list(_filters(columns, shown)),
        columns=[_column(column) for column in columns],
        main_columns=max(place for place, column in enumerate(columns, start=1) if column.is_main),
        rows=list(_rows(columns, shown)),
        charts=[chart for chart in charts if chart is not lead],
        missing=missing,
        images={name: base64.b64encode(content).decode() for name, content in images.items()},
        words={chart.name: in_words(chart) for chart in charts},
        tables=tables,
        shown_results=shown_results,
        version=__version__,
        css=Markup(_file("report.css")),
        scripts=_scripts(),
        specs=[spec(chart) for chart in charts],
    )


def _badges(newest: Sequence[Gathered]) -> Iterator[str]:
    """Yield what nobody may overlook, above everything else."""
    for brand, about, emulated in (
        (EMULATED_BOARD, "its speed and its power say nothing about a real one", True),
        (SIMULATED_BOARD, "its speeds are those of the computer that simulates it, its power is made up", False),
    ):
        boards = [one.results.board for one in newest]
        found = [
            short_board(each.model)
            for each in boards
            if (each.emulated if emulated else each.simulated and not each.emulated)
        ]
        if found:
            yield f"{brand}: {about}." + (f" ({_listed(found)})" if len(newest) > 1 else "")
    if not any(one.results.board.simulated for one in newest):
        words = simulated([row for one in newest for row in one.rows])
        if words:
            yield f"{words}: estimated from the processor's load, not measured."


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _about(rows: Sequence[Row], shown: Sequence[Row], all_of_them: bool) -> str:
    """Say what of all cells and columns the table has."""
    if len(shown) == len(rows) and all_of_them:
        return "Each row is a cell, as in results.csv."
    newest = "" if len(shown) == len(rows) else " of a board's newest run"
    main = "" if all_of_them else ", in the main columns"
    every = "" if all_of_them else " with every column"
    return f"Each row is a cell{newest}{main}; all {len(rows):,} cells{every} are in results.csv beside this page."


def _limit(name: str) -> dict[str, str]:
    quantity = QUANTITIES[name]
    bound = "at least" if quantity.more_is_better else "at most"
    return {"name": name, "title": f"{quantity.title} {bound}", "unit": quantity.unit}


def _column(column: Column) -> dict[str, str]:
    is_text = column.write is not None
    shown = "always" if column.is_main and column.field in _ON_A_PHONE else "wide" if column.is_main else ""
    return {
        "field": column.field,
        "title": column.title,
        "label": column.full or column.title,
        "unit": column.unit,
        "hint": " · ".join(dict.fromkeys(filter(None, (column.full, column.field)))),
        "best": "descending" if column.more_is_better and not is_text else "ascending",
        "kind": "number" if column.unit else "",
        "shown": shown,
    }


def _rows(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    spread = {column.field: any(map(column.spread, rows)) for column in columns}
    for row in rows:
        yield {"status": row.status, "cells": [cell(row, column, spread[column.field]) for column in columns]}


def _filters(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Yield what rows can be chosen by: each column of few words in which they differ."""
    named = {column.field: column for column in columns}
    words = {"framework": framework_title, "model": model_title, "board": short_board}
    for field in _FILTERS:
        values = list(dict.fromkeys(str(getattr(row, field)) for row in rows))
        if len(values) > 1:
            title = words.get(field, str)
            found = [(value, title(value)) for value in values]
            yield {"field": field, "title": named[field].title.capitalize(), "choices": found}


def _notes(runs: Sequence[Gathered]) -> list[tuple[str, str]]:
    """Return what a reader has to know; of several runs, each with those that it holds for."""
    told: dict[tuple[str, str], list[str]] = {}
    for gathered in runs:
        for note in notes_on(gathered.results):
            told.setdefault((note.mark, str(note)), []).append(gathered.run.run_id)
    if len(runs) == 1:
        return list(told)
    return [
        (mark, f"{text} [{'every run' if len(names) == len(runs) else _listed(names)}]")
        for (mark, text), names in told.items()
    ]


@cache
def _scripts() -> list[Script]:
    """Return the page's scripts, each with its digest for the policy: no other is run."""
    own = [_script(_file(f"{name}.js")) for name in ("table", "choose", "figures")]
    library = _script(plotly_javascript())._replace(text=Markup(packed()), kind="text/plain", name="plotly")
    return [*own, library]  # which figures.js unpacks and runs, after the page answers


def _script(text: str) -> Script:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(Markup(text), f"sha256-{digest}")


def _file(name: str) -> str:
    return (files("bench.report.page") / "files" / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment: Any = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template: Template = environment.from_string(_file("report.html"))
    return template
