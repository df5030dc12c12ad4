"""Figures for the page: what plotly's JavaScript draws, as plain data."""

from __future__ import annotations

from math import log10
from typing import Any

from bench.report.figures.chart import Axis, Chart, Label, Name, Panel
from bench.report.figures.looks import broken
from bench.report.figures.plotly_traces import plain, trace

_PANEL_PX = 300
_GAP = 0.06
_LEADER_PX = 14
_SMALL_PX = 10


def spec(chart: Chart) -> dict[str, Any]:
    """Return a chart's traces and layout. Colours of text and paper are left to the page, which is light or dark."""
    heights = [panel.height for panel in chart.panels]
    count = len(heights)
    free = 1 - _GAP * (count - 1)
    layout: dict[str, Any] = {
        "height": int(_PANEL_PX * sum(heights) + 110),
        "barmode": "overlay",
        "margin": {"l": 56, "r": 20, "t": 12, "b": 40},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "traceorder": "normal",
        },
        "hovermode": "closest",
        "annotations": [],
        "xaxis": {**_axis(chart.x), "anchor": _id("y", count)},
    }
    data: list[dict[str, Any]] = []
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
            shown = bool(glyph.name) and glyph.name not in named
            named.add(glyph.name)
            data.append({**trace(glyph), "yaxis": _id("y", number), "legendgroup": glyph.name, "showlegend": shown})
        layout["annotations"] += [_name(name, number) for name in panel.names]
        if panel.watermark:
            layout["annotations"].append(_watermark(panel, number))
        top = bottom - _GAP
    return {"name": chart.name, "data": data, "layout": layout}


def _id(letter: str, number: int) -> str:
    return letter if number == 1 else f"{letter}{number}"


def _axis(axis: Axis) -> dict[str, Any]:
    found: dict[str, Any] = {"title": {"text": plain(axis.label), "standoff": 8}, "automargin": True, "zeroline": False}
    if axis.ticks:
        texts = [plain(text).replace("\n", "<br>") for _, text in axis.ticks]
        found |= {"tickvals": [value for value, _ in axis.ticks], "ticktext": texts}
        found["showgrid"] = axis.log
    if axis.log:
        found["type"] = "log"
    if axis.range is not None:
        found["range"] = [log10(value) for value in axis.range] if axis.log else list(axis.range)
    elif axis.from_zero:
        found["rangemode"] = "tozero"
    return found


def _label(glyph: Label, number: int, axis: Axis) -> dict[str, Any]:
    return {
        "x": log10(glyph.x) if axis.log else glyph.x,
        "y": glyph.y,
        "xref": "x",
        "yref": _id("y", number),
        "text": plain(glyph.text),
        "textangle": -90 if glyph.direction == "upwards" else 0,
        "showarrow": False,
        "xanchor": "left" if glyph.direction == "right" else "center",
        "yanchor": "middle" if glyph.direction == "right" else "bottom",
        "yshift": 3 if glyph.direction == "upwards" else 0,
        "font": {"size": _SMALL_PX},
        "bgcolor": "paper",
        "borderpad": 0,
    }


def _name(name: Name, number: int) -> dict[str, Any]:
    """Return a name beside a panel, with a line from its height to it."""
    return {
        "x": 1,
        "y": name.y,
        "xref": "x domain",
        "yref": _id("y", number),
        "ax": _LEADER_PX,
        "ay": name.place,
        "ayref": _id("y", number),
        "text": plain(name.text),
        "name": plain(broken(name.text)).replace("\n", "<br>"),  # its text where there is little room
        "xanchor": "left",
        "arrowhead": 0,
        "arrowwidth": 1,
        "arrowcolor": "quiet",
        "borderpad": 0,
        "font": {"size": _SMALL_PX},
    }


def _watermark(panel: Panel, number: int) -> dict[str, Any]:
    return {
        "x": 0.5,
        "y": 0.5,
        "xref": "x domain",
        "yref": f"{_id('y', number)} domain",
        "text": f"<b>{plain(panel.watermark)}</b>",
        "textangle": -12,
        "showarrow": False,
        "opacity": 0.5,
        "font": {"size": 24, "color": "loud"},
        "name": "watermark",
    }
