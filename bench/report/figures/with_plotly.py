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
        for shape in panel.shapes:
            if isinstance(shape, Label):
                layout["annotations"].append(_label(shape, number, chart.x))
                continue
            for trace in _traces(shape):
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
def _traces(shape: Any) -> list[dict[str, Any]]:
    raise NotImplementedError(type(shape).__name__)


@_traces.register
def _bars(shape: Bars) -> list[dict[str, Any]]:
    trace = {
        "type": "bar",
        "name": shape.name,
        "x": list(shape.x),
        "y": list(shape.y),
        "width": shape.width,
        "hovertext": list(shape.hover),
        "hoverinfo": "text",
        "marker": {
            "color": shape.look.colour,
            "pattern": {
                "shape": _HATCHES[shape.look.hatch],
                "bgcolor": shape.look.colour,
                "fgcolor": "#ffffff",
                "fgopacity": 0.75,
                "size": 7,
            },
        },
    }
    if shape.base:
        trace["base"] = list(shape.base)
    return [trace | _whiskers(shape.y, shape.intervals)]


@_traces.register
def _points(shape: Points) -> list[dict[str, Any]]:
    symbol = _MARKERS[shape.look.marker]
    stroke = symbol.endswith("-open")
    hollow = shape.hollow and not stroke
    trace = {
        "type": "scatter",
        "mode": "markers+text" if shape.letters else "markers",
        "name": shape.name,
        "x": list(shape.x),
        "y": list(shape.y),
        "text": list(shape.letters),
        "textfont": {"size": 10, "color": shape.look.colour if hollow else shape.look.ink},
        "hovertext": list(shape.hover),
        "hoverinfo": "text",
        "marker": {
            "symbol": f"{symbol}-open" if hollow else symbol,
            "size": shape.size * (1.3 if shape.look.marker == "^" and shape.letters else 1.1),
            "color": shape.look.colour,
            "line": {"width": 1.5 if hollow or stroke else 0.5, "color": shape.look.colour if stroke else "#ffffff"},
        },
    }
    return [trace | _whiskers(shape.y, shape.intervals)]


@_traces.register
def _line(shape: Line) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "mode": "lines+markers" if shape.markers else "lines",
            "name": shape.name,
            "x": list(shape.x),
            "y": list(shape.y),
            "line": {"color": shape.look.colour, "width": shape.width, "dash": _DASHES[shape.look.dash]},
            "marker": {"symbol": _MARKERS[shape.look.marker], "size": 7},
        }
    ]


@_traces.register
def _area(shape: Area) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": shape.name,
            "x": list(shape.x),
            "y": list(shape.y),
            "fill": "toself",
            "fillcolor": shape.look.colour,
            "opacity": shape.opacity,
            "line": {"width": 0, "color": shape.look.colour},
            "hoverinfo": "skip",
        }
    ]


def _label(shape: Label, number: int, axis: Axis) -> dict[str, Any]:
    return {
        "x": log10(shape.x) if axis.log else shape.x,
        "y": shape.y,
        "xref": "x",
        "yref": _id("y", number),
        "text": shape.text,
        "textangle": -90 if shape.direction == "upwards" else 0,
        "showarrow": False,
        "xanchor": "left" if shape.direction == "right" else "center",
        "yanchor": "middle" if shape.direction == "right" else "bottom",
        "yshift": 3 if shape.direction == "upwards" else 0,
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
