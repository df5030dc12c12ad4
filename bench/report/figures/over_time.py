"""The figures of several runs on one board: each cell over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from bench.catalog.titles import framework_title, model_title
from bench.decide.quantities import QUANTITIES, Quantity
from bench.report.figures.brand import branded
from bench.report.figures.chart import Axis, Chart, Glyph, Line, Panel, Points
from bench.report.figures.grid import hover
from bench.report.figures.looks import look, simulated
from bench.report.figures.scales import long_unit
from bench.report.run import Gathered

_UNITS = ((2 * 86_400, "d", "Days", 86_400), (2 * 3600, "h", "Hours", 3600), (0, "min", "Minutes", 60))
"""From how many seconds on time is told in which unit."""

_LINES_FROM = 2000
"""Cells from which on they are lines alone: a page would be too large with a mark for each."""


def time_charts(runs: Sequence[Gathered]) -> list[Chart]:
    """Return throughput and merit of each cell over the runs, for every board that has several."""
    charts = []
    brief = sum(len(gathered.rows) for gathered in runs) > _LINES_FROM
    boards: dict[tuple[str, bool], list[Gathered]] = {}
    for gathered in sorted(runs, key=_began_s):
        boards.setdefault((gathered.place, gathered.results.board.emulated), []).append(gathered)
    for number, ((place, _), own) in enumerate(boards.items(), start=1):
        if len(own) > 1:
            found = [
                _chart(own, place, f"over-time-{number}", title, QUANTITIES[name], brief)
                for name, title in (("throughput", "Throughput"), ("merit", "Figure of merit"))
            ]
            charts += [branded(chart, own[0].results.board) for chart in found if chart.panels]
    return charts


def _chart(runs: Sequence[Gathered], place: str, name: str, title: str, quantity: Quantity, brief: bool) -> Chart:
    rows = [row for gathered in runs for row in gathered.rows]
    span_s = _began_s(runs[-1]) - _began_s(runs[0])
    unit, words, seconds = next(found[1:] for found in _UNITS if span_s >= found[0])
    times = [(_began_s(gathered) - _began_s(runs[0])) / seconds for gathered in runs]
    values = [value for row in rows if (value := quantity.read(row)) is not None]
    scale = (0.0, 1.08 * max(values, default=1.0) or 1.0)
    models = list(dict.fromkeys(row.variant.name for row in rows))
    panels = []
    for framework in dict.fromkeys(row.framework for row in rows):
        glyphs = [
            glyph
            for rank, model in enumerate(models)
            for glyph in _series(runs, times, framework, model, quantity, rank, brief)
        ]
        if glyphs:
            own = [row for row in rows if row.framework == framework]
            watermark = simulated(own) if quantity.power else ""
            panels.append(
                Panel(Axis(framework_title(framework), long_unit(quantity), range=scale), glyphs, watermark, 0.62)
            )
    first = datetime.fromtimestamp(_began_s(runs[0]), tz=timezone.utc)
    return Chart(
        f"{name}-{quantity.name}",
        f"{title} over time on the {runs[0].short_place}",
        f"{place}: {len(runs)} runs",
        f"{title} in {long_unit(quantity)} of the same cell in each run, one panel for each framework, all on one "
        "scale; a gap is a run in which the cell has none.",
        Axis(f"{words} since {first:%Y-%m-%d %H:%M} UTC", unit),
        panels,
    )


def _series(
    runs: Sequence[Gathered],
    times: Sequence[float],
    framework: str,
    model: str,
    quantity: Quantity,
    rank: int,
    brief: bool,
) -> list[Glyph]:
    """Return a cell's line and its points; nothing if no run has a value of it."""
    line: list[tuple[float, float | None]] = []
    told = []
    for time, gathered in zip(times, runs):
        for row in gathered.rows:
            if (row.framework, row.variant.name) == (framework, model):
                value = quantity.read(row)
                line.append((float(f"{time:.6g}"), value))
                if value is not None:
                    run = gathered.run.run_id
                    told.append(f"{run} · {hover(row, value, long_unit(quantity))}")
    known = [(time, value) for time, value in line if value is not None]
    if not known:
        return []
    if brief:
        x, y = [time for time, _ in line], [value and float(f"{value:.5g}") for _, value in line]
        return [Line(model_title(model), look(rank), x, y)]
    return [
        Line("", look(rank), [time for time, _ in line], [value for _, value in line]),
        Points(
            model_title(model), look(rank), [time for time, _ in known], [value for _, value in known], told, size=6
        ),
    ]


def _began_s(gathered: Gathered) -> float:
    return gathered.run.began.realtime_ns / 1e9
