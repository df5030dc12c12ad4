"""Statistics of repeated measurements, with the standard library alone: the supervisor needs no numpy."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence
from typing import Any

BOOTSTRAP_SAMPLES = 2000
BOOTSTRAP_MINIMUM = 3
"""Values below which no interval can honestly be given."""


def bootstrap_ci95(
    values: Sequence[Any], statistic: Callable[[Sequence[Any]], float] = statistics.fmean
) -> tuple[float, float] | None:
    """Return the percentile bootstrap's 95 % interval of a statistic of `values`, in its unit: by default their mean.

    None below three values, from which no interval can honestly be given. The seed is fixed: the same values give
    the same interval. (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.)
    """
    if len(values) < BOOTSTRAP_MINIMUM:
        return None
    generator = random.Random(0)
    found = sorted(statistic(generator.choices(values, k=len(values))) for _ in range(BOOTSTRAP_SAMPLES))
    return found[int(0.025 * BOOTSTRAP_SAMPLES)], found[int(0.975 * BOOTSTRAP_SAMPLES) - 1]


def throughput(preprocess_ns: Sequence[int], inference_ns: Sequence[int]) -> float:
    """Return images per second, counting preprocessing and inference as the paper does."""
    return len(inference_ns) / ((sum(preprocess_ns) + sum(inference_ns)) / 1e9)


def share_ci95(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of `count` images, as fractions.

    Wilson's score interval, which also holds near 0 and 1 and for few images. (Brown, Cai & DasGupta, Interval
    Estimation for a Binomial Proportion, 2001, section 3.1.1.)
    """
    z = statistics.NormalDist().inv_cdf(0.975)
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(middle - half, 0.0), min(middle + half, 1.0)
