"""Figures as files for a paper or a slide: SVG and PNG, by matplotlib."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from functools import singledispatch
from pathlib import Path
from typing import Any

import matplotlib

from bench.records.files import write_atomic
from bench.report.figures.chart import INK, Area, Axis, Bars, Chart, Interval, Label, Line, Panel, Points

matplotlib.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

_INK = "#222222"
_WIDTH_IN, _HEIGHT_IN = 7.2, 3.0
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
        figure = _figure(chart)
        for suffix, options in (("svg", {"metadata": {"Date": None}}), ("png", {"dpi": 150})):
            content = io.BytesIO()
            figure.savefig(content, format=suffix, **options)
            write_atomic(folder / f"{chart.name}.{suffix}", content.getvalue())
    small = io.BytesIO()
    with Image.open(content) as image:  # the PNG, written last
        image.convert("RGB").save(small, format="webp", lossless=True, quality=50)
    return small.getvalue()


def _figure(chart: Chart) -> Figure:
    heights = [panel.height for panel in chart.panels]
    figure = Figure(figsize=(_WIDTH_IN, 1.5 + _HEIGHT_IN * sum(heights)), layout="constrained")
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
    caption = textwrap.fill(f"{chart.subject}. {chart.caption}", 130)
    figure.supxlabel(caption, fontsize=7, color="#555555", x=0.01, ha="left")
    if len(legend) > 1:
        above = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.3}
        abreast = max(1, int(_LEGEND_LETTERS / (max(map(len, legend)) + 8)))
        grid[0].legend(legend.values(), legend.keys(), ncols=min(len(legend), abreast), frameon=False, **above)
    return figure


def _panel(axes: Axes, panel: Panel) -> None:
    for glyph in panel.glyphs:
        _draw(glyph, axes)
    _axis(axes.yaxis, panel.y)
    if panel.y.ticks:
        axes.grid(visible=False, axis="y")
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


def _axis(axis: Any, described: Axis) -> None:
    axis.set_label_text(described.label)
    axes, name = axis.axes, axis.axis_name
    if described.log:
        axes.set(**{f"{name}scale": "log"})
        axis.set_minor_locator(matplotlib.ticker.NullLocator())
        axis.set_major_formatter(lambda value, _: f"{value:g}")  # the default one writes in mathtext
    if described.ticks:
        axis.set_ticks([value for value, _ in described.ticks], labels=[text for _, text in described.ticks])
    if described.range:
        axes.set(**{f"{name}lim": described.range})
    elif described.from_zero:
        _, high = axis.get_view_interval()
        axes.set(**{f"{name}lim": (0, max(high, 1e-9))})


@singledispatch
def _draw(glyph: Any, axes: Axes) -> None:
    raise NotImplementedError(type(glyph).__name__)


@_draw.register
def _bars(glyph: Bars, axes: Axes) -> None:
    axes.bar(
        glyph.x,
        glyph.y,
        glyph.width,
        label=glyph.name,
        color=_colour(glyph.look.colour),
        hatch=glyph.look.hatch * 2,
        edgecolor="white",
        linewidth=0.4,
    )
    _whiskers(axes, glyph.x, glyph.y, glyph.intervals)


@_draw.register
def _points(glyph: Points, axes: Axes) -> None:
    if not glyph.name:
        return  # there only to be pointed at
    colour = _colour(glyph.look.colour)
    stroke = glyph.look.marker in "|x_+"
    axes.plot(
        glyph.x,
        glyph.y,
        glyph.look.marker,
        label=glyph.name,
        markersize=glyph.size * 0.8,
        markerfacecolor="white" if glyph.hollow else colour,
        markeredgecolor=colour if glyph.hollow or stroke else "white",
        markeredgewidth=1.2 if glyph.hollow or stroke else 0.6,
        zorder=4,
    )
    style: Any = {"ha": "center", "va": "center", "fontsize": 6.5, "color": colour if glyph.hollow else glyph.look.ink}
    offset = (0, -1.5 if glyph.look.marker == "^" else 1 if glyph.look.marker == "v" else -0.3)
    for x, y, letter in zip(glyph.x, glyph.y, glyph.letters):
        axes.annotate(letter, (x, y), offset, textcoords="offset points", zorder=5, **style)
    _whiskers(axes, glyph.x, glyph.y, glyph.intervals)


@_draw.register
def _line(glyph: Line, axes: Axes) -> None:
    x = [float("nan") if value is None else value for value in glyph.x]
    y = [float("nan") if value is None else value for value in glyph.y]
    label = glyph.name or None
    colour = _colour(glyph.look.colour)
    marker = glyph.look.marker if glyph.markers else None
    axes.plot(
        x, y, linestyle=glyph.look.dash, marker=marker, markersize=4, label=label, color=colour, linewidth=glyph.width
    )


@_draw.register
def _area(glyph: Area, axes: Axes) -> None:
    label: str | None = glyph.name
    for x, y in _outlines(glyph):
        axes.fill(
            x,
            y,
            label=label,
            color=_colour(glyph.look.colour),
            alpha=glyph.opacity,
            linewidth=0,
            zorder=0.5 if glyph.opacity < 0.6 else 2,
        )
        label = None


@_draw.register
def _label(glyph: Label, axes: Axes) -> None:
    offset = (0, 3 if glyph.direction == "upwards" else 0)
    axes.annotate(
        glyph.text,
        (glyph.x, glyph.y),
        offset,
        textcoords="offset points",
        rotation=90 if glyph.direction == "upwards" else 0,
        ha="left" if glyph.direction == "right" else "center",
        va="center" if glyph.direction == "right" else "bottom",
        fontsize=6.5,
        color=_INK,
        bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
        zorder=6,
    )


def _whiskers(axes: Axes, x: Sequence[float], y: Sequence[float], intervals: Sequence[Interval]) -> None:
    known = [(place, value, pair) for place, value, pair in zip(x, y, intervals) if pair is not None]
    if known:
        below = [max(value - low, 0) for _, value, (low, _) in known]
        above = [max(high - value, 0) for _, value, (_, high) in known]
        places, values = [place for place, _, _ in known], [value for _, value, _ in known]
        axes.errorbar(places, values, [below, above], fmt="none", ecolor=_INK, elinewidth=0.9, capsize=2, zorder=3)


def _outlines(glyph: Area) -> list[tuple[list[float], list[float]]]:
    found: list[tuple[list[float], list[float]]] = [([], [])]
    for x, y in zip(glyph.x, glyph.y):
        if x is None or y is None:
            found.append(([], []))
        else:
            found[-1][0].append(x)
            found[-1][1].append(y)
    return [outline for outline in found if outline[0]]


def _colour(colour: str) -> str:
    return _INK if colour == INK else colour
