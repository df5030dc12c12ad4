"""A figure's glyphs on matplotlib's axes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from matplotlib.axes import Axes

from bench.report.figures.chart import INK, Area, Bars, Interval, Label, Line, Points

_INK = "#222222"


@singledispatch
def draw_glyph(glyph: Any, axes: Axes) -> None:
    """Draw a glyph."""
    raise NotImplementedError(type(glyph).__name__)


@draw_glyph.register
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


@draw_glyph.register
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


@draw_glyph.register
def _line(glyph: Line, axes: Axes) -> None:
    x = [float("nan") if value is None else value for value in glyph.x]
    y = [float("nan") if value is None else value for value in glyph.y]
    label = glyph.name or None
    colour = _colour(glyph.look.colour)
    marker = glyph.look.marker if glyph.markers else None
    axes.plot(
        x, y, linestyle=glyph.look.dash, marker=marker, markersize=4, label=label, color=colour, linewidth=glyph.width
    )


@draw_glyph.register
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


@draw_glyph.register
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
