"""A figure's numbers as words, for who can't see it."""

from __future__ import annotations

from typing import NamedTuple

from bench.report.figures.chart import Area, Axis, Bars, Chart, Glyph, Label, Line, Panel, Points

MOST = 400
"""Items of a panel that are told; more are summed up."""


class Told(NamedTuple):
    """A panel in words."""

    title: str
    items: list[str]


def in_words(chart: Chart) -> list[Told]:
    """Return each panel's numbers in the order in which they are drawn; of lines what they range over."""
    return [told for panel in chart.panels if (told := _panel(panel, chart.x)).items]


def _panel(panel: Panel, x: Axis) -> Told:
    items = [item for glyph in panel.glyphs for item in _items(glyph, panel.y)]
    if len(items) > MOST:
        items = [*items[:MOST], f"and {len(items) - MOST:,} more: see results.csv"]
    return Told(f"{panel.y.label} by {x.title}" + (f" ({panel.watermark.lower()})" if panel.watermark else ""), items)


def _items(glyph: Glyph, axis: Axis) -> list[str]:
    if isinstance(glyph, (Bars, Points)):
        return list(glyph.hover)
    if isinstance(glyph, Label):
        return [glyph.told] if glyph.told else []
    if isinstance(glyph, Line) and glyph.name and not axis.ticks:
        known = [value for value in glyph.y if value is not None]
        return [f"{glyph.name}: {min(known):.4g} to {max(known):.4g} {axis.unit}"] if known else []
    assert isinstance(glyph, (Area, Line))
    return []  # an area is the background, or a distribution whose percentiles are told
