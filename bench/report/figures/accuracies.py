"""The panel of a figure that has accuracy upwards: each model stands at one height, with its name beside it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from bench.catalog.titles import model_title
from bench.records.columns import Row
from bench.report.figures.chart import Axis, Glyph, Name, Panel
from bench.report.figures.looks import cut

_LINE = 0.046
"""Share of a panel's height that a line of text takes."""

_LEAST_SPAN = 4.0
_LETTERS = 22


def accuracy_panel(known: Sequence[tuple[Row, float]], glyphs: Sequence[Glyph], watermark: str) -> Panel:
    """Return a panel with these glyphs, and each model's name at the mean of its accuracies.

    Parameters
    ----------
    known
        The cells that are shown, each with its top-1 accuracy in per cent.
    """
    heights: dict[str, list[float]] = {}
    for row, percent in sorted(known, key=lambda item: item[0].precision != "fp32"):
        if row.precision == "fp32" or row.model not in heights:
            heights.setdefault(row.model, []).append(percent)
    named = sorted((fmean(values), model) for model, values in heights.items())
    percents = [percent for _, percent in known]
    span = max(max(percents) - min(percents), _LEAST_SPAN)
    middle = (max(percents) + min(percents)) / 2
    low, high = middle - 0.58 * span, middle + 0.58 * span
    height = max(1.0, _LINE * len(named))
    gap = (high - low) * _LINE / height
    places = spread([percent for percent, _ in named], gap, low, high)
    names = [Name(y, place, cut(model_title(model), _LETTERS)) for (y, model), place in zip(named, places)]
    return Panel(Axis("Top-1 accuracy", "%", range=(low, high)), glyphs, watermark, height, names)


def spread(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return the places nearest to ascending values that are at least `gap` apart, from `low` to `high`.

    Least squares by pooling adjacent violators (Robertson, Wright & Dykstra, Order Restricted Statistical Inference,
    1988): what is too close shares its mean.

    >>> spread([1.0, 5.0, 5.0, 9.0], gap=2.0, low=0.0, high=10.0)
    [1.0, 4.0, 6.0, 9.0]
    """
    pools: list[tuple[float, int]] = []
    for number, value in enumerate(values):
        pools.append((value - number * gap, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (first, few), (second, more) = pools[-2:]
            pools[-2:] = [((first * few + second * more) / (few + more), few + more)]
    levels = [level for level, count in pools for _ in range(count)]
    top = high - (len(values) - 1) * gap
    return [min(max(level, low), top) + number * gap for number, level in enumerate(levels)]
