"""What many cells together say of one cell's scatter, which a few repetitions of it hardly tell.

Smyth, Linear models and empirical Bayes methods for assessing differential expression in microarray experiments,
Statistical Applications in Genetics and Molecular Biology 3, 2004: the variances of all cells are taken as drawn from
one scaled inverse chi-square distribution, which their own scatter tells (section 6.2). Each cell's variance then
counts with its own degrees of freedom and the common one with those of that distribution (section 3): many if all
cells scatter alike, hardly any if each scatters in its own way.

More careful than the source in two points, since here are dozens of variances and not thousands. A cell that scatters
more than this would have it keeps its own variance, and gains the fewer degrees of freedom the more it stands out, so
that a restless cell among quiet ones raises no alarm. And of the degrees of freedom that a cell gains half count: the
common distribution is itself only estimated.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from typing import NamedTuple

from bench.records.statistics import Part

FEWEST = 4
"""Scatters of which something common can be told."""

_LEAST = 1e-5
"""Variances below this share of the middle one count as so much: a scatter of zero is one of rounding."""

_SERIES_FROM = 6.0


class Prior(NamedTuple):
    """What other cells say of a cell's variance.

    Attributes
    ----------
    variance
        The common variance of logarithms.
    df
        Degrees of freedom that it counts with; infinite if all cells scatter alike.
    most
        Degrees of freedom that all cells have together.
    """

    variance: float
    df: float
    most: float

    def scatter(self, sd_log: float, n: int) -> Part:
        """Return the part of `n` repetitions' scatter in their mean's logarithm.

        >>> Part(0.0001 / 4, 3) == NO_PRIOR.scatter(0.01, 4)
        True
        """
        own, df = sd_log**2, n - 1
        weight = df / (self.df + df)
        moderated = weight * own + (1 - weight) * self.variance
        gained = (min(self.df + df, self.most) - df) / 2
        return Part(max(moderated, own) / n, df + gained * (min(moderated / own, 1.0) if own > 0 else 1.0))


NO_PRIOR = Prior(0.0, 0.0, math.inf)
"""A cell stands for itself alone."""


def prior_of(scatters: Iterable[tuple[float, int]]) -> Prior:
    """Return what cells say together: of each its standard deviation of logarithms and its number of repetitions.

    By the moments of the logarithms of the variances (Smyth 2004, section 6.2). `NO_PRIOR` if there are fewer than
    four, or most do not scatter at all.
    """
    known = [(sd_log**2, n - 1) for sd_log, n in scatters if n > 1]
    middle = statistics.median(variance for variance, _ in known) if len(known) >= FEWEST else 0.0
    if middle == 0:
        return NO_PRIOR
    logs = [math.log(max(variance, _LEAST * middle)) - digamma(df / 2) + math.log(df / 2) for variance, df in known]
    most = float(sum(df for _, df in known))
    own = statistics.variance(logs) - statistics.fmean(trigamma(df / 2) for _, df in known)
    if own <= 0:  # the variances differ no more than chance makes them
        return Prior(sum(variance * df for variance, df in known) / most, math.inf, most)
    half = inverse_trigamma(own)
    return Prior(math.exp(statistics.fmean(logs) + digamma(half) - math.log(half)), 2 * half, most)


def digamma(x: float) -> float:
    """Return the derivative of log gamma at `x` > 0 (Abramowitz & Stegun, 1964, 6.3.5 and 6.3.18)."""
    below = 0.0
    while x < _SERIES_FROM:
        below -= 1 / x
        x += 1
    square = 1 / (x * x)
    return below + math.log(x) - 0.5 / x - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))


def trigamma(x: float) -> float:
    """Return the derivative of digamma at `x` > 0 (Abramowitz & Stegun, 1964, 6.4.6 and 6.4.12)."""
    below = 0.0
    while x < _SERIES_FROM:
        below += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    series = square * (1 / 6 - square * (1 / 30 - square * (1 / 42 - square / 30)))
    return below + (1 + series) / x + square / 2


def inverse_trigamma(y: float) -> float:
    """Return where trigamma, which falls from infinity to zero, is `y` > 0: bisection between what it must lie in."""
    low, high = 1 / (y + math.sqrt(y)) / 2, 2 / y + 2 / math.sqrt(y)
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if trigamma(middle) > y else (low, middle)
    return (low + high) / 2
