"""Figures as files for a paper or a slide: SVG and PNG, by matplotlib."""

from __future__ import annotations

import io
import textwrap
from math import ceil
from pathlib import Path
from typing import Any

import matplotlib

from bench.records.files import write_atomic
from bench.report.figures.chart import Axis, Chart, Name, Panel
from bench.report.figures.matplotlib_glyphs import draw_glyph

matplotlib.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

_WIDTH_IN, _HEIGHT_IN = 7.2, 3.0
_GROUP_IN = 0.55
"""A group of bars needs so much."""
_LEVEL_NAMES = 6
"""More names under groups are slanted."""
_CAPTION_LETTERS = 130
_LINE_IN = 0.12
_LEGEND_LETTERS = 118
"""That many fit beside each other, a handle being as wide as eight."""
_STYLE: Any = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "grid.color": "#e4e4e4",
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "bench",
    "text.parse_math": False,  # a name may have dollar signs
}


def draw(chart: Chart, folder: Path) -> bytes:
    """Write a chart as NAME.svg and NAME.png into a folder; return it as WebP, which is the smallest.

    Raises UserError if it can't be written.
    """
    with matplotlib.rc_context(_STYLE):
        figure = figure_of(chart)
        for suffix, options in (("svg", {"metadata": {"Date": None}}), ("png", {"dpi": 150})):
            content = io.BytesIO()
            figure.savefig(content, format=suffix, **options)
            write_atomic(folder / f"{chart.name}.{suffix}", content.getvalue())
    small = io.BytesIO()
    with Image.open(content) as image:  # the PNG, written last
        image.convert("RGB").save(small, format="webp", lossless=True, quality=50)
    return small.getvalue()


def figure_of(chart: Chart) -> Figure:
    """Return a chart drawn, as high as its panels, its legend and its caption need."""
    heights = [panel.height for panel in chart.panels]
    width = max(_WIDTH_IN, _GROUP_IN * len(chart.x.ticks))
    figure = Figure(layout="constrained")
    grid = figure.subplots(len(heights), sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    legend: dict[str, Any] = {}
    for axes, panel in zip(grid, chart.panels):
        _panel(axes, panel)
        handles, names = axes.get_legend_handles_labels()
        for handle, name in zip(handles, names):
            legend.setdefault(name, handle)
    _axis(grid[-1].xaxis, chart.x)
    for axes in grid:
        axes.grid(visible=not chart.x.ticks or chart.x.log, axis="x")
    figure.suptitle(chart.title, fontsize=11, fontweight="bold", x=0.01, ha="left")
    caption = textwrap.fill(f"{chart.subject}. {chart.caption}", int(_CAPTION_LETTERS * width / _WIDTH_IN))
    figure.supxlabel(caption, fontsize=7, color="#555555", x=0.01, ha="left")
    rows = 0
    if len(legend) > 1:
        above = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.3}
        abreast = max(1, int(_LEGEND_LETTERS * width / _WIDTH_IN / (max(map(len, legend)) + 8)))
        rows = ceil(len(legend) / abreast)
        grid[0].legend(legend.values(), legend.keys(), ncols=min(len(legend), abreast), frameon=False, **above)
    lines = caption.count("\n") + 1
    figure.set_size_inches(width, 0.9 + _HEIGHT_IN * sum(heights) + _LINE_IN * (lines + 1.5 * rows))
    return figure


def _panel(axes: Axes, panel: Panel) -> None:
    for glyph in panel.glyphs:
        draw_glyph(glyph, axes)
    _axis(axes.yaxis, panel.y)
    if panel.y.ticks:
        axes.grid(visible=False, axis="y")
    for name in panel.names:
        _name(name, axes)
    if panel.watermark:
        axes.text(
            0.5,
            0.5,
            panel.watermark,
            transform=axes.transAxes,
            ha="center",
            va="center",
            rotation=12,
            fontsize=22,
            fontweight="bold",
            color="#b00020",
            alpha=0.28,
            zorder=9,
        )


def _name(name: Name, axes: Axes) -> None:
    beside = axes.get_yaxis_transform()
    axes.annotate(
        name.text,
        (1, name.y),
        (1.015, name.place),
        xycoords=beside,
        textcoords=beside,
        va="center",
        fontsize=7,
        arrowprops={"arrowstyle": "-", "color": "#999999", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0},
        annotation_clip=False,
    )


def _axis(axis: Any, described: Axis) -> None:
    axis.set_label_text(described.label)
    axes, name = axis.axes, axis.axis_name
    if described.log:
        axes.set(**{f"{name}scale": "log"})
        axis.set_minor_locator(matplotlib.ticker.NullLocator())
        axis.set_major_formatter(lambda value, _: f"{value:g}")  # the default one writes in mathtext
    if described.ticks:
        axis.set_ticks([value for value, _ in described.ticks], labels=[text for _, text in described.ticks])
        if name == "x" and not described.log and len(described.ticks) > _LEVEL_NAMES:
            axis.set_tick_params(rotation=35)
            for label in axis.get_ticklabels():
                label.set(ha="right", rotation_mode="anchor")
    if described.range:
        axes.set(**{f"{name}lim": described.range})
    elif described.from_zero:
        _, high = axis.get_view_interval()
        axes.set(**{f"{name}lim": (0, max(high, 1e-9))})
