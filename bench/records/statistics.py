"""Every formula on repeated measurements and their differences, each with its source; with the standard library alone.

Speeds, times, watts and joules are compared as ratios, so that all is done on natural logarithms: there a ratio is a
difference, and a slow-down that comes as a factor is symmetric.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from bench.records.student import t_quantile, two_sided

ALPHA = 0.05
"""How often chance alone may give a verdict: intervals are 95 % ones."""

POWER = 0.8
"""The probability with which a change counts as one that could have been found."""

BOOTSTRAP_SAMPLES = 2000
BOOTSTRAP_MINIMUM = 20
"""Values from which on the bootstrap's intervals hold; of fewer it makes them too narrow."""

SAME = 1e-9
"""Values whose logarithms differ by no more are the same number, give or take the last digits."""

_WIDEST = 600.0
"""A logarithm whose power is still a number: an interval to a factor of 1e260 says as little as a wider one."""


def throughput(preprocess_ns: Sequence[int], inference_ns: Sequence[int]) -> float:
    """Return images per second, counting preprocessing and inference as the paper does.

    >>> throughput([10_000_000, 10_000_000], [90_000_000, 190_000_000])
    6.666666666666667
    """
    return len(inference_ns) / ((sum(preprocess_ns) + sum(inference_ns)) / 1e9)


def sd_of_logs(values: Sequence[float]) -> float | None:
    """Return the standard deviation of the values' natural logarithms (divisor n - 1): their relative scatter.

    None where it is unknown: below two values, or if one is not above zero.

    >>> round(sd_of_logs([99.0, 100.0, 101.0]), 5)
    0.01
    """
    if len(values) < 2 or min(values) <= 0:
        return None
    return statistics.stdev(map(math.log, values))


def interval(value: float, values: Sequence[float], limit: float = 0.0) -> tuple[float, float] | None:
    """Return the 95 % interval of a value that repetitions gave together, by the logarithms of their own values.

    By Student's t, ``value x exp(-+ t sd / sqrt(n))`` (The probable error of a mean, Biometrika 6, 1908); from twenty
    repetitions on by the bootstrap. A meter's limit of error is common to all repetitions, which don't make it
    smaller; it lies anywhere within it with equal probability (JCGM 100:2008, 4.3.7), so that the middle 95 % of it are
    a part of the interval, joined in quadrature.

    Parameters
    ----------
    value : float
        Of all repetitions together.
    values : sequence of float
        One for each repetition, in the same unit.
    limit : float
        The meter's relative limit of error (0.01 = 1 %), 0 for none.

    Returns
    -------
    float, float or None
        Low and high in the value's unit; None if the scatter is unknown: below two repetitions.

    Examples
    --------
    >>> low, high = interval(100.0, [98.7, 99.4, 100.0, 100.6, 101.3])
    >>> round(low, 2), round(high, 2)
    (98.75, 101.27)
    """
    sd_log = sd_of_logs(values)
    if sd_log is None or value <= 0:
        return None
    half = t_quantile(1 - ALPHA / 2, len(values) - 1) * sd_log / math.sqrt(len(values))
    logs = [math.log(each) for each in values]
    middle = statistics.fmean(logs)
    low, high = bootstrap_ci95(logs) or (middle - half, middle + half)
    down, up = (math.hypot(side, (1 - ALPHA) * limit) for side in (middle - low, high - middle))
    return value * math.exp(-down), value * math.exp(up)


def bootstrap_ci95(
    values: Sequence[Any], statistic: Callable[[Sequence[Any]], float] = statistics.fmean
) -> tuple[float, float] | None:
    """Return the percentile bootstrap's 95 % interval of a statistic of `values`, in its unit: by default their mean.

    None below twenty values, of which it would make too narrow an interval. The seed is fixed: the same values give
    the same interval. (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.)
    """
    if len(values) < BOOTSTRAP_MINIMUM:
        return None
    generator = random.Random(0)
    found = sorted(statistic(generator.choices(values, k=len(values))) for _ in range(BOOTSTRAP_SAMPLES))
    return found[int(0.025 * BOOTSTRAP_SAMPLES)], found[int(0.975 * BOOTSTRAP_SAMPLES) - 1]


class Part(NamedTuple):
    """What one source of uncertainty adds to the variance of a logarithm.

    Attributes
    ----------
    df
        Degrees of freedom that the variance was estimated with; infinite where it is known.
    """

    variance: float
    df: float = math.inf


def scatter(sd_log: float, n: int) -> Part:
    """Return the part of `n` repetitions' scatter in their mean's logarithm."""
    return Part(sd_log**2 / n, n - 1)


def within(limit: float) -> Part:
    """Return the part of an error that lies anywhere within -+ `limit` (JCGM 100:2008, 4.3.7: limit / sqrt(3))."""
    return Part(limit**2 / 3)


class Difference(NamedTuple):
    """A difference of two logarithms, judged.

    Attributes
    ----------
    log_ratio
        The natural logarithm of the ratio.
    se, df
        Its standard error and the degrees of freedom of that.
    p
        How often chance alone would give a difference as large.
    """

    log_ratio: float
    se: float
    df: float
    p: float

    def half(self, comparisons: int = 1) -> float:
        """Return half the width of its 95 % interval; of one that holds together with others (Bonferroni)."""
        return min(t_quantile(1 - ALPHA / (2 * comparisons), self.df) * self.se, _WIDEST)

    def detectable(self, comparisons: int = 1) -> float:
        """Return the smallest change, as a share, that these measurements could have found.

        That is: in 80 of 100 cases, at this scatter, where it is one of so many comparisons (Cohen, Statistical Power
        Analysis, 1988, chapter 2; t in place of the normal distribution).
        """
        needed = t_quantile(1 - ALPHA / (2 * comparisons), self.df) + t_quantile(POWER, self.df)
        return math.expm1(min(needed * self.se, _WIDEST))


def judge(log_ratio: float, parts: Sequence[Part]) -> Difference:
    """Judge a difference of logarithms by the uncertainties that it has.

    Two scatters make it Welch's test (The generalization of Student's problem, Biometrika 34, 1947), with the effective
    degrees of freedom of Welch and Satterthwaite; parts that are known have infinitely many (JCGM 100:2008, G.4). A
    known part raises the degrees of freedom, and beside the scatter of two or three repetitions this would make the
    interval narrower than without it: it is at least as wide as by the scatter alone.
    """
    estimated = [part for part in parts if math.isfinite(part.df)]
    se, df = max((_joined(parts), _joined(estimated)), key=lambda found: t_quantile(1 - ALPHA / 2, found[1]) * found[0])
    if abs(log_ratio) <= SAME:
        return Difference(log_ratio, se, df, 1.0)
    return Difference(log_ratio, se, df, two_sided(log_ratio / se, df) if se > 0 else 0.0)


def _joined(parts: Sequence[Part]) -> tuple[float, float]:
    """Return the standard error and its effective degrees of freedom."""
    variance = sum(part.variance for part in parts)
    weight = sum(part.variance**2 / part.df for part in parts)
    return math.sqrt(variance), variance**2 / weight if weight > 0 else math.inf


def holm(ps: Sequence[float]) -> list[float]:
    """Return the probabilities corrected for being so many, in their order.

    Those at or below `ALPHA` are differences, and all of them together are wrong at most that often (Holm, A simple
    sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    raised = accumulate((min(ps[place] * (len(ps) - rank), 1.0) for rank, place in enumerate(order)), max)
    corrected = dict(zip(order, raised))
    return [corrected[place] for place in range(len(ps))]
