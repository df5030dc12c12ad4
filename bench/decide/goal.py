"""What to be best in, and how surely one cell is better in it than another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from bench.decide.differences import Evidence, compared, uncertainty
from bench.decide.quantities import QUANTITIES, Quantity
from bench.records.columns import Row
from bench.records.statistics import Difference, Part, judge


@dataclass(frozen=True)
class Goal:
    """What to be best in: quantities with their weights.

    The score is the product of each value to the power of its weight, of the reciprocal value where less is better
    (weighted product model: Bridgman, Dimensional Analysis, 1922). It needs no scale, nor does one cell's score depend
    on which others there are; and top1=1, throughput=1, power=1 is the figure of merit itself.
    """

    weights: tuple[tuple[Quantity, float], ...]

    @property
    def quantities(self) -> list[Quantity]:
        """What it takes to be ranked."""
        return [quantity for quantity, _ in self.weights]

    def log_score(self, row: Row) -> float:
        """Return the logarithm of a row's score; minus infinity where a value is zero."""
        total = 0.0
        for quantity, weight in self.weights:
            value = quantity.read(row)
            assert value is not None, "a row without a value takes no part"
            logarithm = math.log(value) if value > 0 else -math.inf
            total += weight * (logarithm if quantity.more_is_better else -logarithm)
        return total

    def best_first(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows by their score; those of the same score in their order."""
        return sorted(rows, key=self.log_score, reverse=True)

    def difference(self, one: Row, other: Row, evidence: Evidence) -> Difference | None:
        """Return by how much `one` is the better; None if that can't be judged.

        The quantities of several are taken as independent of each other.
        """
        if len(self.weights) == 1:
            ((quantity, _),) = self.weights
            found = compared(quantity, one, other, evidence)
            if found is None or found.difference is None:
                return None
            better = found.difference.log_ratio if quantity.more_is_better else -found.difference.log_ratio
            return found.difference._replace(log_ratio=better)
        parts: list[Part] = []
        for quantity, weight in self.weights:
            own, _ = uncertainty(quantity, one, other, evidence)
            if own is None:
                return None
            parts += [Part(part.variance * weight**2, part.df) for part in own]
        difference = self.log_score(one) - self.log_score(other)
        return judge(difference, parts) if math.isfinite(difference) else None

    def duels(self, ranked: Sequence[Row], evidence: Evidence) -> list[tuple[int, int, Difference | None]]:
        """Return each pair of rows that stand best first: the places of the better and the worse, their difference."""
        pairs = combinations(range(len(ranked)), 2)
        return [(one, other, self.difference(ranked[one], ranked[other], evidence)) for one, other in pairs]


MERIT = Goal(((QUANTITIES["merit"], 1.0),))
SPEED = Goal(((QUANTITIES["throughput"], 1.0),))
