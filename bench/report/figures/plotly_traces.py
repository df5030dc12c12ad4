"""A figure's glyphs as plotly's traces."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, singledispatch
from html import escape
from typing import Any

from bench.report.figures.chart import INK, Area, Bars, Interval, Line, Points

_MARKERS = {
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "D": "diamond",
    "v": "triangle-down",
    "P": "cross",
    "X": "x",
    "|": "line-ns-open",
    "x": "x-thin-open",
    "_": "line-ew-open",
}
_HATCHES = {"": "", "//": "/", "..": ".", "xx": "x", "\\\\": "\\", "--": "-", "++": "+", "||": "|"}
_DASHES = {"-": "solid", "--": "dash", "-.": "dashdot", ":": "dot"}


plain = partial(escape, quote=False)
"""Text that plotly shows as it is: it reads markup in it otherwise."""


@singledispatch
def trace(glyph: Any) -> dict[str, Any]:
    """Return what draws a glyph; whose axis that is, and what of it is in the legend, is left open."""
    raise NotImplementedError(type(glyph).__name__)


@trace.register
def _bars(glyph: Bars) -> dict[str, Any]:
    found = {
        "type": "bar",
        "name": plain(glyph.name),
        "x": list(glyph.x),
        "y": list(glyph.y),
        "width": glyph.width,
        "hovertext": list(map(plain, glyph.hover)),
        "hoverinfo": "text",
        "marker": {
            "color": glyph.look.colour,
            "pattern": {
                "shape": _HATCHES[glyph.look.hatch],
                "bgcolor": glyph.look.colour,
                "fgcolor": "#ffffff",
                "fgopacity": 0.75,
                "size": 7,
            },
        },
    }
    return found | _whiskers(glyph.y, glyph.intervals)


@trace.register
def _points(glyph: Points) -> dict[str, Any]:
    symbol = _MARKERS[glyph.look.marker]
    stroke = symbol.endswith("-open")
    hollow = glyph.hollow and not stroke
    found = {
        "type": "scatter",
        "mode": "markers+text" if glyph.letters else "markers",
        "name": plain(glyph.name),
        "x": list(glyph.x),
        "y": list(glyph.y),
        "text": list(glyph.letters),
        "textfont": {"size": 10, "color": glyph.look.colour if hollow else glyph.look.ink},
        "hovertext": list(map(plain, glyph.hover)),
        "hoverinfo": "text",
        "marker": {
            "symbol": f"{symbol}-open" if hollow else symbol,
            "size": glyph.size * (1.3 if glyph.look.marker == "^" and glyph.letters else 1.1),
            "color": glyph.look.colour,
            "line": {"width": 1.5 if hollow or stroke else 0.5, "color": glyph.look.colour if stroke else "#ffffff"},
        },
    }
    return found | _whiskers(glyph.y, glyph.intervals)


@trace.register
def _line(glyph: Line) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers" if glyph.markers else "lines",
        "name": plain(glyph.name),
        "x": list(glyph.x),
        "y": list(glyph.y),
        "line": {"color": glyph.look.colour, "width": glyph.width, "dash": _DASHES[glyph.look.dash]},
        "marker": {"symbol": _MARKERS[glyph.look.marker], "size": 7},
    }


@trace.register
def _area(glyph: Area) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(glyph.name),
        "x": list(glyph.x),
        "y": list(glyph.y),
        "fill": "toself",
        "fillcolor": glyph.look.colour,
        "opacity": glyph.opacity,
        "line": {"width": 0, "color": glyph.look.colour},
        "hoverinfo": "skip",
    }


def _whiskers(y: Sequence[float], intervals: Sequence[Interval]) -> dict[str, Any]:
    if not any(intervals):
        return {}
    return {
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [max(pair[1] - value, 0) if pair else 0 for value, pair in zip(y, intervals)],
            "arrayminus": [max(value - pair[0], 0) if pair else 0 for value, pair in zip(y, intervals)],
            "color": INK,
            "thickness": 1.2,
            "width": 3,
        }
    }
