"""How each cell's time per image is distributed: the mean hides it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bench.catalog.titles import framework_title
from bench.records.columns import Row
from bench.records.schema import Repetition
from bench.report.figures.chart import Area, Axis, Chart, Glyph, Label, Panel, Points
from bench.report.figures.grid import Grid, hover
from bench.report.figures.looks import PERCENTILES, framework_look, state
from bench.report.figures.scales import log_ticks
from bench.report.run import Gathered

_BINS = 60
_MIN_IMAGES = 20


def latency_distribution(gathered: Gathered) -> Chart:
    """Return the distribution of every cell's time per image, one above the other, with its percentiles marked."""
    grid = Grid(gathered.rows)
    areas: dict[str, Area] = {}
    glyphs: list[Glyph] = []
    for row, records in gathered.cells():
        latency_ms = _latencies(records)
        name = framework_title(row.framework)
        if latency_ms.size >= _MIN_IMAGES:
            x, y = _violin(latency_ms, -grid.of(row), grid.width / 2)
            former = areas.get(name, Area(name, framework_look(row.framework), [], [], 0.85))
            areas[name] = Area(name, former.look, [*former.x, *x, None], [*former.y, *y, None], 0.85)
    for percentile, look in PERCENTILES.items():
        shown = [(row, _percentile(row, percentile)) for row in grid.rows]
        known = [(row, value) for row, value in shown if value is not None]
        glyphs.append(
            Points(
                percentile,
                look,
                [value for _, value in known],
                [-grid.of(row) for row, _ in known],
                [hover(row, value, f"ms ({percentile})") for row, value in known],
                hollow=True,
                size=10 if percentile == "p50" else 5,
            )
        )
    values = [value for row in grid.rows for value in (row.latency_ms_p50, row.latency_ms_p99) if value is not None]
    values += [value for area in areas.values() for value in area.x if value is not None]
    low, high = (min(values) * 0.9, max(values) * 1.1) if values else (1.0, 10.0)
    for row in grid.rows:
        word = state(row, row.latency_ms_p50, needs_power=False, needs_accuracy=False)
        if word:
            glyphs.append(Label(low * (high / low) ** 0.02, -grid.of(row), word, "right"))
    axis = grid.axis()
    ticks = [(-place, title) for place, title in axis.ticks]
    return Chart(
        "latency-distribution",
        "Distribution of the time per image",
        gathered.subject,
        "Preprocessing and inference of each single image in the timed windows, as a density (from 20 images on); the "
        "marks are the median (p50) and what 95 % and 99 % of the images stay below.",
        Axis("Time per image", "ms", log_ticks(low, high), log=True, range=(low, high)),
        [
            Panel(
                Axis("Model", ticks=ticks, range=(0.5 - len(grid.models), 0.5)),
                [*areas.values(), *glyphs],
                height=0.5 + 0.055 * len(grid.rows),
            )
        ],
    )


def _percentile(row: Row, name: str) -> float | None:
    value: float | None = getattr(row, f"latency_ms_{name}")
    return value


def _latencies(records: Sequence[Repetition]) -> npt.NDArray[np.float64]:
    parts = [np.add(record.preprocess_ns, record.inference_ns, dtype=np.float64) / 1e6 for record in records]
    return np.concatenate(parts) if parts else np.empty(0)


def _violin(values: npt.NDArray[np.float64], middle: float, half: float) -> tuple[list[float], list[float]]:
    """Return the outline of a density on a logarithmic axis, its peak `half` high on both sides of `middle`."""
    edges = np.linspace(np.log(values.min()) - 1e-3, np.log(values.max()) + 1e-3, _BINS + 1)
    counts, _ = np.histogram(np.log(values), edges)
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.5) ** 2)
    smooth = np.convolve(counts, kernel / kernel.sum(), mode="same")
    heights = smooth / smooth.max() * half
    places = np.exp((edges[1:] + edges[:-1]) / 2)
    x = np.concatenate((places, places[::-1], places[:1]))
    y = np.concatenate((middle + heights, middle - heights[::-1], middle + heights[:1]))
    return [round(float(value), 4) for value in x], [round(float(value), 4) for value in y]
