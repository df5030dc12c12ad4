"""Figures for the page: what plotly's JavaScript draws, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from importlib.resources import files
from math import log10
from typing import Any

from bench.report.figures.chart import INK, Area, Axis, Bars, Chart, Interval, Label, Line, Panel, Points

_PANEL_PX = 300
_GAP = 0.06
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


def plotly_javascript() -> str:
    """Return plotly's whole JavaScript, to be written into the page: it then needs no network."""
    return (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def spec(chart: Chart) -> dict[str, Any]:
    """Return a chart's traces and layout. Colours of text and paper are left to the page, which is light or dark."""
    heights = [panel.height for panel in chart.panels]
    count = len(heights)
    free = 1 - _GAP * (count - 1)
    layout: dict[str, Any] = {
        "height": int(_PANEL_PX * sum(heights) + 110),
        "barmode": "overlay",
        "margin": {"l": 56, "r": 12, "t": 12, "b": 40},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top", "traceorder": "normal"},
        "hovermode": "closest",
        "annotations": [],
        "xaxis": {**_axis(chart.x), "anchor": _id("y", count)},
    }
    traces: list[dict[str, Any]] = []
    named: set[str] = set()
    top = 1.0
    for number, panel in enumerate(chart.panels, start=1):
        height = free * panel.height / sum(heights)
        bottom = max(top - height, 0.0)
        layout[f"yaxis{number if number > 1 else ''}"] = {**_axis(panel.y), "domain": [bottom, top], "anchor": "x"}
        for glyph in panel.glyphs:
            if isinstance(glyph, Label):
                layout["annotations"].append(_label(glyph, number, chart.x))
                continue
            for trace in _traces(glyph):
                name = trace.get("name", "")
                shown = bool(name) and name not in named and trace.get("showlegend", True)
                named |= {name} if shown else set()
                traces.append({**trace, "yaxis": _id("y", number), "legendgroup": name, "showlegend": shown})
        if panel.watermark:
            layout["annotations"].append(_watermark(panel, number))
        top = bottom - _GAP
    return {"name": chart.name, "data": traces, "layout": layout}


def _id(letter: str, number: int) -> str:
    return letter if number == 1 else f"{letter}{number}"


def _axis(axis: Axis) -> dict[str, Any]:
    found: dict[str, Any] = {"title": {"text": axis.label, "standoff": 8}, "automargin": True, "zeroline": False}
    if axis.ticks:
        texts = [text.replace("\n", "<br>") for _, text in axis.ticks]
        found |= {"tickvals": [value for value, _ in axis.ticks], "ticktext": texts}
        found["showgrid"] = axis.log
    if axis.log:
        found["type"] = "log"
    if axis.range is not None:
        found["range"] = [log10(value) for value in axis.range] if axis.log else list(axis.range)
    elif axis.from_zero:
        found["rangemode"] = "tozero"
    return found


@singledispatch
def _traces(glyph: Any) -> list[dict[str, Any]]:
    raise NotImplementedError(type(glyph).__name__)


@_traces.register
def _bars(glyph: Bars) -> list[dict[str, Any]]:
    trace = {
        "type": "bar",
        "name": glyph.name,
        "x": list(glyph.x),
        "y": list(glyph.y),
        "width": glyph.width,
        "hovertext": list(glyph.hover),
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
    return [trace | _whiskers(glyph.y, glyph.intervals)]


@_traces.register
def _points(glyph: Points) -> list[dict[str, Any]]:
    symbol = _MARKERS[glyph.look.marker]
    stroke = symbol.endswith("-open")
    hollow = glyph.hollow and not stroke
    trace = {
        "type": "scatter",
        "mode": "markers+text" if glyph.letters else "markers",
        "name": glyph.name,
        "x": list(glyph.x),
        "y": list(glyph.y),
        "text": list(glyph.letters),
        "textfont": {"size": 10, "color": glyph.look.colour if hollow else glyph.look.ink},
        "hovertext": list(glyph.hover),
        "hoverinfo": "text",
        "marker": {
            "symbol": f"{symbol}-open" if hollow else symbol,
            "size": glyph.size * (1.3 if glyph.look.marker == "^" and glyph.letters else 1.1),
            "color": glyph.look.colour,
            "line": {"width": 1.5 if hollow or stroke else 0.5, "color": glyph.look.colour if stroke else "#ffffff"},
        },
    }
    return [trace | _whiskers(glyph.y, glyph.intervals)]


@_traces.register
def _line(glyph: Line) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "mode": "lines+markers" if glyph.markers else "lines",
            "name": glyph.name,
            "x": list(glyph.x),
            "y": list(glyph.y),
            "line": {"color": glyph.look.colour, "width": glyph.width, "dash": _DASHES[glyph.look.dash]},
            "marker": {"symbol": _MARKERS[glyph.look.marker], "size": 7},
        }
    ]


@_traces.register
def _area(glyph: Area) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": glyph.name,
            "x": list(glyph.x),
            "y": list(glyph.y),
            "fill": "toself",
            "fillcolor": glyph.look.colour,
            "opacity": glyph.opacity,
            "line": {"width": 0, "color": glyph.look.colour},
            "hoverinfo": "skip",
        }
    ]


def _label(glyph: Label, number: int, axis: Axis) -> dict[str, Any]:
    return {
        "x": log10(glyph.x) if axis.log else glyph.x,
        "y": glyph.y,
        "xref": "x",
        "yref": _id("y", number),
        "text": glyph.text,
        "textangle": -90 if glyph.direction == "upwards" else 0,
        "showarrow": False,
        "xanchor": "left" if glyph.direction == "right" else "center",
        "yanchor": "middle" if glyph.direction == "right" else "bottom",
        "yshift": 3 if glyph.direction == "upwards" else 0,
        "font": {"size": 10},
        "bgcolor": "paper",
        "borderpad": 0,
    }


def _watermark(panel: Panel, number: int) -> dict[str, Any]:
    return {
        "x": 0.5,
        "y": 0.5,
        "xref": "x domain",
        "yref": f"{_id('y', number)} domain",
        "text": f"<b>{panel.watermark}</b>",
        "textangle": -12,
        "showarrow": False,
        "opacity": 0.5,
        "font": {"size": 24, "color": "loud"},
        "name": "watermark",
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
