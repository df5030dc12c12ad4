"""The figures of one run: which there are, in which order they are read, and why others are not drawn."""

from __future__ import annotations

from collections.abc import Sequence

from bench.decide.answer import UNLABELLED, why_unknown
from bench.decide.quantities import QUANTITIES
from bench.records.columns import Row
from bench.report.figures import cells
from bench.report.figures.brand import branded
from bench.report.figures.chart import Chart
from bench.report.figures.latencies import latency_distribution
from bench.report.figures.published import Reference
from bench.report.figures.sustained import sustained_charts
from bench.report.figures.timeline import timeline
from bench.report.figures.tradeoffs import against_energy, against_throughput
from bench.report.run import Gathered

_NEEDS = {
    "figure-1-accuracy": ("top1",),
    "figure-2-throughput": ("throughput",),
    "figure-3-power": ("power",),
    "energy": ("energy",),
    "figure-4-merit": ("merit",),
    "accuracy-energy": ("energy", "top1"),
    "accuracy-throughput": ("throughput", "top1"),
    "latency-distribution": ("p95",),
    "preprocessing-inference": ("throughput",),
    "memory": ("memory",),
}
"""The quantities that a cell needs to be seen in a figure; where no cell has them, there is nothing to draw."""


def run_charts(gathered: Gathered, references: list[Reference]) -> tuple[list[Chart], list[tuple[str, str]]]:
    """Return the figures, the one to decide by first; and of those with nothing to show the title and why."""
    drawn, missing = [], []
    for chart in _all(gathered, references):
        lacking = _lacking(chart.name, gathered.rows)
        if lacking or not chart.panels:
            missing.append((chart.title, _why(gathered.rows, lacking or ["throughput"])))
        else:
            drawn.append(branded(chart, gathered.results.board))
    return drawn, missing


def _all(gathered: Gathered, references: list[Reference]) -> list[Chart]:
    return [
        against_energy(gathered),
        against_throughput(gathered),
        cells.accuracy(gathered),
        cells.throughput(gathered, references),
        cells.power(gathered),
        cells.energy(gathered, references),
        cells.merit(gathered),
        latency_distribution(gathered),
        timeline(gathered),
        cells.phases(gathered),
        cells.memory(gathered),
        *sustained_charts(gathered),
    ]


def _lacking(name: str, rows: Sequence[Row]) -> list[str]:
    """Return what no cell has of what a figure needs; all of it, where each part is there but in no cell together."""
    needs = _NEEDS.get(name, ())
    if not needs or any(all(_has(row, each, name) for each in needs) for row in rows):
        return []
    return [each for each in needs if not any(_has(row, each, name) for row in rows)] or list(needs)


def _why(rows: Sequence[Row], lacking: Sequence[str]) -> str:
    if lacking == ["top1"] and any(row.top1_source == "published" for row in rows):
        return ": ".join(UNLABELLED)
    return why_unknown(rows, lacking)


def _has(row: Row, quantity: str, name: str) -> bool:
    if name == "figure-1-accuracy" and row.top1_source == "published":
        return False  # it shows what was measured; the published one is only beside it
    return QUANTITIES[quantity].read(row) is not None
