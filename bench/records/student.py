"""Student's t distribution, with the standard library alone: its distribution function and its quantiles."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_TINY = 1e-300
_NORMAL_FROM = 1e8
"""Degrees of freedom from which on the digits that the gamma functions lose are more than the difference to the normal
distribution, three in 1e8."""
_PRECISION = 1e-14
_STEPS = 500


def t_cdf(t: float, df: float) -> float:
    """Return the probability that Student's t is at most `t`.

    Parameters
    ----------
    t : float
        A value; may be infinite.
    df : float
        Degrees of freedom, 1 or more, not necessarily whole; infinite is the normal distribution.

    Notes
    -----
    By the regularised incomplete beta function (Abramowitz & Stegun, Handbook of Mathematical Functions, 1964, 26.7.1).
    """
    if df >= _NORMAL_FROM:
        return NormalDist().cdf(t)
    if math.isinf(t):
        return 1.0 if t > 0 else 0.0
    tail = _incomplete_beta(df / 2, 0.5, df / (df + t * t)) / 2
    return 1 - tail if t > 0 else tail


def two_sided(t: float, df: float) -> float:
    """Return the probability of a Student's t at least so far from zero, on either side."""
    return 2 * t_cdf(-abs(t), df)


@lru_cache(maxsize=4096)
def t_quantile(probability: float, df: float) -> float:
    """Return the value that Student's t stays below with that probability.

    Newton's method, begun at the normal quantile: above the median the distribution function is concave and the normal
    quantile lies below the wanted one, so that the steps only grow towards it. They end where the last digits rest.

    >>> round(t_quantile(0.975, 4), 3)
    2.776
    """
    if probability < 0.5:
        return -t_quantile(1 - probability, df)
    t = NormalDist().inv_cdf(probability)
    if df >= _NORMAL_FROM or probability == 0.5:
        return t
    scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    upper = 1 - probability
    for _ in range(_STEPS):
        density = math.exp(scale - (df + 1) / 2 * math.log1p(t * t / df))
        step = (t_cdf(-t, df) - upper) / density
        t += max(step, 0.0)
        if step <= 1e-11 * t:
            break
    return t


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function (its continued fraction: DLMF 8.17.22, by Lentz's method)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x > (a + 1) / (a + b + 2):  # there the fraction converges slowly, and that of the other side fast
        return 1 - front * _fraction(b, a, 1 - x) / b
    return front * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _not_zero(1 + numerator * d)
            c = _not_zero(1 + numerator / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
