"""Numbers with their 95 % intervals, and when one of them is above another."""

from __future__ import annotations

import math
from typing import NamedTuple, Optional

from bench.records.statistics import share_ci95


class Estimate(NamedTuple):
    """A value and its 95 % interval, whose ends are None where none can be given."""

    value: float
    low: Optional[float] = None
    high: Optional[float] = None

    @property
    def bounds(self) -> tuple[float, float]:
        """The interval; without one, the value alone."""
        return (
            self.value if self.low is None else self.low,
            self.value if self.high is None else self.high,
        )


def is_above(one: Estimate, other: Estimate) -> bool | None:
    """Tell whether `one` is above `other`; None, can't tell, if their intervals meet.

    Where neither has an interval their values decide, and equal ones can't be told apart.
    """
    (low, high), (other_low, other_high) = one.bounds, other.bounds
    if low > other_high:
        return True
    return False if high < other_low else None


def ratio(one: Estimate, other: Estimate) -> Estimate | None:
    """Return `one` ÷ `other`, with an interval if both have one; None if either is not above zero.

    The interval is recovered from the two given ones on the logarithmic scale, taken as independent (Zou & Donner,
    Construction of confidence limits about effect measures, Statistics in Medicine 27, 2008: MOVER).
    """
    if one.value <= 0 or other.value <= 0:
        return None
    value = one.value / other.value
    if None in (*one, *other) or min(one.bounds[0], other.bounds[0]) <= 0:
        return Estimate(value)
    (low, high), (other_low, other_high) = one.bounds, other.bounds
    down = math.hypot(math.log(one.value / low), math.log(other_high / other.value))
    up = math.hypot(math.log(high / one.value), math.log(other.value / other_low))
    return Estimate(value, value * math.exp(-down), value * math.exp(up))


def share_of(share: float, count: int | None) -> Estimate:
    """Return a share of `count` images with its interval (`share_ci95`); without a count it has none."""
    return Estimate(share, *share_ci95(share, count)) if count else Estimate(share)
