"""Every formula on accuracies, which are shares of images, each with its source; with the standard library alone."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

from bench.records.statistics import ALPHA, Part
from bench.records.student import two_sided

EXACT_DISCORDANT = 1000
"""Up to so many discordant pairs McNemar's test is made exactly."""

_Z = NormalDist().inv_cdf(1 - ALPHA / 2)


def share_ci95(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of `count` images, as fractions.

    Wilson's score interval, which also holds near 0 and 1 and for few images. (Brown, Cai & DasGupta, Interval
    Estimation for a Binomial Proportion, 2001, section 3.1.1.)

    >>> low, high = share_ci95(0.6, 100)
    >>> round(low, 3), round(high, 3)
    (0.502, 0.691)
    """
    middle = (share + _Z * _Z / (2 * count)) / (1 + _Z * _Z / count)
    half = _Z / (1 + _Z * _Z / count) * math.sqrt(share * (1 - share) / count + _Z * _Z / (4 * count * count))
    # Rounding would put an end just beside a share of 0 or 1.
    return max(min(middle - half, share), 0.0), min(max(middle + half, share), 1.0)


def binomial(share: float, count: int) -> Part:
    """Return the part of a share of `count` images: the wider side of its interval, which holds near 0 and 1 too."""
    low, high = share_ci95(share, count)
    return Part((max(math.log(share / low), math.log(high / share)) / _Z) ** 2)


class Paired(NamedTuple):
    """Two classifications of the same images.

    Attributes
    ----------
    both, first, second, neither
        How many images were right in both, in one of them only, in none.
    """

    both: int
    first: int
    second: int
    neither: int

    @property
    def first_share(self) -> float:
        """The accuracy of the first."""
        return (self.both + self.first) / sum(self)

    @property
    def second_share(self) -> float:
        """The accuracy of the second."""
        return (self.both + self.second) / sum(self)


def mcnemar(pairs: Paired) -> float:
    """Return how often chance alone would favour one of two classifiers as much on the same images.

    McNemar's test (Note on the sampling error of the difference between correlated proportions, Psychometrika 12,
    1947), exact by the binomial distribution; above a thousand discordant pairs with Edwards's correction.
    """
    few, many = sorted((pairs.first, pairs.second))
    discordant = few + many
    if few == many:
        return 1.0
    if discordant > EXACT_DISCORDANT:
        return two_sided((many - few - 1) / math.sqrt(discordant), math.inf)
    return min(2.0 * (sum(math.comb(discordant, k) for k in range(few + 1)) / (1 << discordant)), 1.0)


def paired_part(pairs: Paired) -> Part:
    """Return the part that the discordant images have in the logarithm of the ratio of both accuracies.

    (Fagerland, Lydersen & Laake, Recommended tests and confidence intervals for paired binomial proportions,
    Statistics in Medicine 33, 2014, section 5: Wald's interval of the ratio.)
    """
    return Part((pairs.first + pairs.second) / ((pairs.both + pairs.first) * (pairs.both + pairs.second)))


def difference_ci95(pairs: Paired) -> tuple[float, float]:
    """Return the 95 % interval of the first's accuracy minus the second's on the same images, as fractions.

    (Bonett & Price, Adjusted Wald confidence interval for a difference of binomial proportions based on paired data,
    Journal of Educational and Behavioral Statistics 37, 2012.)

    >>> low, high = difference_ci95(Paired(60, 10, 4, 26))
    >>> round(low, 3), round(high, 3)
    (-0.017, 0.135)
    """
    count = sum(pairs) + 2
    first, second = (pairs.first + 1) / count, (pairs.second + 1) / count
    half = _Z * math.sqrt((first + second - (first - second) ** 2) / count)
    return first - second - half, first - second + half
