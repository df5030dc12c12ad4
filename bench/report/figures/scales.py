"""Logarithmic axes: how far they reach, and which ticks they have."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10, sqrt

from bench.decide.quantities import Quantity
from bench.report.figures.chart import Axis

_FACTORS = ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
_MOST_TICKS = 6
"""What a phone has room for."""


def log_axis(title: str, unit: str, values: Sequence[float]) -> Axis:
    """Return a logarithmic axis that reaches a little beyond the positive values, and over a factor of four at least.

    >>> axis = log_axis("Energy", "J/image", [0.1])
    >>> axis.label, [text for _, text in axis.ticks]
    ('Energy [J/image], logarithmic', ['0.05', '0.07', '0.1', '0.15', '0.2'])
    """
    low, high = min(values), max(values)
    reach = 1.1 * max(sqrt(high / low), 2.0)
    middle = sqrt(low * high)
    return Axis(
        title, unit, log_ticks(middle / reach, middle * reach), log=True, range=(middle / reach, middle * reach)
    )


def log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return at most six ticks at round values between two positive ones."""
    exponents = range(floor(log10(low)), ceil(log10(high)) + 1)
    for factors in _FACTORS:
        values = [factor * 10.0**exponent for exponent in exponents for factor in factors]
        within = [value for value in values if low <= value <= high]
        if len(within) <= _MOST_TICKS:
            break
    return [(value, f"{value:g}") for value in within]


def long_unit(quantity: Quantity) -> str:
    """Return a quantity's unit as figures write it; tables have less room."""
    return {"img/s": "images/s", "img/J": "images/J", "J": "J/image"}.get(quantity.unit, quantity.unit)
