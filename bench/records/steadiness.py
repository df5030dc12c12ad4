"""Whether repeated measurements are of one thing: a trend within a window, a trend or two modes over repetitions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from bench.records.statistics import judge, scatter

BLOCKS, MOST_BLOCKS = 5, 20
"""Blocks of each third, more if a block then still has ten images. Neighbouring images are alike: what scatters
independently is the means of blocks."""

MIN_IMAGES = 6 * BLOCKS
TREND_ALPHA = 0.001
"""How often a steady window may be called unsteady by chance: a run has dozens of them."""

MIN_CHANGE = 0.01
"""A change below 1 % is no matter, however sure."""

MODES_MINIMUM = 5
MODES_GAP = 8.0
"""Two groups are two modes if the gap between them is so many times the scatter within (of five to ten values of one
normal distribution at most two sets in a hundred have such a gap)."""

DRIFT_ALPHA = 0.01


def trend(times: Sequence[float]) -> float | None:
    """Return by which share the last third of a window's times is above the first; None if it is steady.

    Welch's test between the logarithms of the block means of both thirds; a change counts if it is sure and matters.

    Parameters
    ----------
    times : sequence of float
        Of each image, in their order. Fewer than thirty have no trend.
    """
    if len(times) < MIN_IMAGES:
        return None
    third = len(times) // 3
    blocks = min(max(third // 10, BLOCKS), MOST_BLOCKS)
    first, last = (_block_logs(part, blocks) for part in (times[:third], times[-third:]))
    change = statistics.fmean(last) - statistics.fmean(first)
    parts = [scatter(statistics.stdev(logs), blocks) for logs in (first, last)]
    sure = judge(change, parts).p <= TREND_ALPHA
    return math.expm1(change) if sure and abs(change) >= MIN_CHANGE else None


def _block_logs(times: Sequence[float], blocks: int) -> list[float]:
    edges = [round(block * len(times) / blocks) for block in range(blocks + 1)]
    return [math.log(statistics.fmean(times[left:right])) for left, right in zip(edges, edges[1:])]


class Modes(NamedTuple):
    """Two groups of repetitions with nothing between: the means of both, and how many are in each."""

    low: float
    high: float
    lows: int
    highs: int


def two_modes(values: Sequence[float]) -> Modes | None:
    """Return the two modes that the values fall into; None if they are one group, or fewer than five.

    The widest gap in the sorted logarithms, with two values at least on either side, is held against the scatter within
    both groups.
    """
    if len(values) < MODES_MINIMUM or min(values) <= 0:
        return None
    logs = sorted(map(math.log, values))
    split = max(range(2, len(logs) - 1), key=lambda place: logs[place] - logs[place - 1])
    low, high = logs[:split], logs[split:]
    gap = high[0] - low[-1]
    squares = sum(sum((value - statistics.fmean(group)) ** 2 for value in group) for group in (low, high))
    if gap < MIN_CHANGE or gap < MODES_GAP * math.sqrt(squares / (len(logs) - 2)):
        return None
    return Modes(math.exp(statistics.fmean(low)), math.exp(statistics.fmean(high)), len(low), len(high))


def drifts(values: Sequence[float]) -> bool:
    """Tell whether repetitions rise or fall in their order more than chance lets them (Mann-Kendall's test, exactly).

    (Mann, Nonparametric tests against trend, Econometrica 13, 1945.) Below six values chance can't be excluded.
    """
    discordant = sum(one > other for one, other in combinations(values, 2))
    pairs = math.comb(len(values), 2)
    extreme = min(discordant, pairs - discordant)
    return 2 * sum(_permutations(len(values))[: extreme + 1]) / math.factorial(len(values)) <= DRIFT_ALPHA


def _permutations(count: int) -> list[int]:
    """Return how many permutations of so many values have 0, 1, 2… inversions."""
    found = [1]
    for size in range(2, count + 1):
        found = [sum(found[max(place - size + 1, 0) : place + 1]) for place in range(len(found) + size - 1)]
    return found
