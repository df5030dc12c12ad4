"""What becomes of a cell in half an hour: speed, power, temperature and clock over its timed window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bench.catalog.titles import framework_title, model_title
from bench.decide.quantities import QUANTITIES
from bench.power.samples.read import Sampling
from bench.records.columns import Sustained
from bench.records.schema import Repetition, Window
from bench.report.figures.chart import INK, Axis, Chart, Glyph, Line, Look, Panel
from bench.report.figures.looks import QUIET, WATERMARK, framework_look
from bench.report.figures.scales import long_unit
from bench.report.figures.timeline import thinned
from bench.report.run import Gathered

BIN_S = 10.0
"""Throughput is shown as the mean of so many seconds."""


def sustained_charts(gathered: Gathered) -> list[Chart]:
    """Return a figure for each cell that was measured in the heat; none for other profiles."""
    found = {(cell.framework, cell.variant): cell for cell in gathered.results.sustained}
    return [
        _chart(gathered, found[record.framework, record.variant], record)
        for _, records in gathered.cells()
        for record in records
        if (record.framework, record.variant) in found
    ]


def _chart(gathered: Gathered, cell: Sustained, record: Repetition) -> Chart:
    timed = next(window for window in record.windows if window.name == "timed")
    ends_s = np.cumsum(np.add(record.preprocess_ns, record.inference_ns)) / 1e9
    edges_s = np.arange(0, ends_s[-1] + BIN_S, BIN_S)
    counts, _ = np.histogram(ends_s, edges_s)
    minutes = ((edges_s[:-1] + BIN_S / 2) / 60).tolist()
    whole = len(counts) - 1 if len(counts) > 1 else 1  # the last bin is not full
    speed: list[Glyph] = [
        Line("Throughput", framework_look(record.framework), minutes[:whole], (counts[:whole] / BIN_S).tolist())
    ]
    if cell.plateau is not None and cell.plateau.throughput_fps is not None:
        level = [cell.plateau.throughput_fps] * 2
        speed.append(Line("Plateau", Look(QUIET.colour, dash="--"), [cell.minutes * 2 / 3, cell.minutes], level))
    panels = [Panel(Axis("Throughput", long_unit(QUANTITIES["throughput"]), from_zero=True), speed, height=0.6)]
    sampled = [sampling for sampling in gathered.samplings if sampling.boot_id == record.clocks.boot_id]
    for title, unit, name in (("Power", "W", "power"), ("Temperature", "°C", "temp"), ("Clock", "MHz", "clock")):
        x, y = _series(sampled, name, timed)
        if x:
            computed = WATERMARK if gathered.results.board.simulated and name == "power" else ""
            panels.append(Panel(Axis(title, unit), [Line(title, Look(INK), x, y, width=1.0)], computed, height=0.5))
    fell = "never fell" if cell.clock_fell_s is None else f"first fell after {cell.clock_fell_s:.0f} s"
    name = f"{framework_title(record.framework)} · {model_title(record.variant.name)}"
    return Chart(
        f"sustained-{record.framework}-{record.variant.name}",
        f"In the heat: {name}",
        gathered.subject,
        f"{cell.minutes:.0f} minutes without a pause; throughput in means of {BIN_S:.0f} s. The clock {fell}.",
        Axis("Time since the timed window began", "min"),
        panels,
    )


def _series(samplings: list[Sampling], name: str, window: Window) -> tuple[list[float], list[float]]:
    for sampling in samplings:
        times: npt.NDArray[np.int64]
        times, values = getattr(sampling.samples, name)
        inside = (times >= window.begin_ns) & (times <= window.end_ns)
        if inside.any():
            times, values = thinned(times[inside], values[inside])
            return ((times - window.begin_ns) / 60e9).tolist(), values.tolist()
    return [], []
