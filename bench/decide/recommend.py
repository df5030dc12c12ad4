"""What to use: the cells that keep every limit, ranked by a goal, and why the others are out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Optional

from bench.decide.differences import Evidence, Pairs, compared, corrected, no_pairs, told, uncertainty
from bench.decide.quantities import EMULATED, QUANTITIES, Quantity, unfit
from bench.records.columns import Row
from bench.records.schema import Boundary, Precision, Record
from bench.records.statistics import Difference, Part, judge


@dataclass(frozen=True)
class Limit:
    """A quantity's bound: at least it where more is better, at most it where less is."""

    quantity: Quantity
    bound: float

    def miss(self, value: float) -> float:
        """Return by which part of the bound a value misses it; 0 if it keeps it."""
        short = self.bound - value if self.quantity.more_is_better else value - self.bound
        return max(short / self.bound, 0.0)

    def text(self) -> str:
        """Return the limit as people read it."""
        return f"{'at least' if self.quantity.more_is_better else 'at most'} {self.quantity.text(self.bound)}"


@dataclass(frozen=True)
class Goal:
    """What to be best in: quantities with their weights.

    The score is the product of each value to the power of its weight, of the reciprocal value where less is better
    (weighted product model: Bridgman, Dimensional Analysis, 1922). It needs no scale, nor does one cell's score depend
    on which others there are; and top1=1, throughput=1, power=1 is the figure of merit itself.
    """

    weights: tuple[tuple[Quantity, float], ...]

    def log_score(self, row: Row) -> float:
        """Return the logarithm of a row's score; minus infinity where a value is zero."""
        total = 0.0
        for quantity, weight in self.weights:
            value = quantity.read(row)
            assert value is not None, "a row without a value takes no part"
            logarithm = math.log(value) if value > 0 else -math.inf
            total += weight * (logarithm if quantity.more_is_better else -logarithm)
        return total

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


class Choice(Record):
    """A cell that keeps every limit.

    Attributes
    ----------
    score
        The goal's value, in its unit if the goal is a single quantity.
    reasons
        What it is good for, with its numbers.
    rank
        One more than there are choices that are told to be better.
    tied
        Whether it shares its rank.
    """

    framework: str
    model: str
    precision: Precision = "fp32"
    score: float
    reasons: list[str]
    rank: int = 1
    tied: bool = False


class Ranking(Record):
    """Choices that compare: if power matters, those whose power was seen at one boundary."""

    boundary: Optional[Boundary]
    choices: list[Choice]

    @property
    def best(self) -> list[Choice]:
        """The choices that none is told to be better than; the first one is among them."""
        return [choice for choice in self.choices if choice.rank == 1]


class Excluded(Record):
    """A cell that is out, and why."""

    framework: str
    model: str
    precision: Precision = "fp32"
    reasons: list[str]
    miss: Optional[float] = None


class Recommendation(Record):
    """The answer; `nearest` are the cells that miss their limits by least, given only where nothing fits."""

    rankings: list[Ranking]
    excluded: list[Excluded]
    nearest: list[Excluded]


def recommend(
    rows: Iterable[Row], limits: Sequence[Limit], goal: Goal, emulated: bool = False, pairs: Pairs = no_pairs
) -> Recommendation:
    """Rank the cells that keep every limit.

    Failed and throttled cells, and those without a value that is asked for, are never ranked; nor is anything that was
    measured on an emulated board. Where power matters, cells whose power was seen at different boundaries stand in
    rankings of their own, simulated power in the last. What chance could have put in this order shares a rank.
    """
    quantities = list(
        dict.fromkeys([*(quantity for quantity, _ in goal.weights), *(limit.quantity for limit in limits)])
    )
    power = any(quantity.power for quantity in quantities)
    groups: dict[Boundary | None, list[Row]] = {}
    excluded = []
    misses: dict[bool, list[Excluded]] = {False: [], True: []}  # by whether simulated power takes part
    for row in rows:
        out = _excluded(row, EMULATED) if emulated else _out(row, limits, quantities)
        if out is None:
            groups.setdefault(row.boundary if power else None, []).append(row)
            continue
        excluded.append(out)
        if out.miss is not None:
            misses[power and row.boundary == "simulated"].append(out)
    order = sorted(groups, key=lambda boundary: boundary == "simulated")
    rankings = [
        Ranking(boundary=boundary, choices=_ranked(groups[boundary], goal, quantities, pairs)) for boundary in order
    ]
    nearest = [] if rankings else _nearest(misses[False] or misses[True])
    return Recommendation(rankings=rankings, excluded=excluded, nearest=nearest)


def _nearest(misses: list[Excluded]) -> list[Excluded]:
    least = min((cell.miss for cell in misses if cell.miss is not None), default=None)
    return [cell for cell in misses if cell.miss == least]


def _excluded(row: Row, *reasons: str, miss: float | None = None) -> Excluded:
    return Excluded(
        framework=row.framework,
        model=row.model,
        precision=row.precision,
        reasons=list(dict.fromkeys(reasons)),
        miss=miss,
    )


def _out(row: Row, limits: Sequence[Limit], quantities: Sequence[Quantity]) -> Excluded | None:
    """Return why a row is out, and by how much its worst limit is missed if that is all; None if it is in."""
    reason = unfit(row)
    if reason is not None:
        return _excluded(row, f"{reason}: {row.error}" if row.error else reason)
    unknown = [quantity.why_none(row) for quantity in quantities if quantity.read(row) is None]
    if unknown:
        return _excluded(row, *unknown)
    reasons, worst = [], 0.0
    for limit in limits:
        value = limit.quantity.read(row)
        assert value is not None
        miss = limit.miss(value)
        if miss > 0:
            shown = limit.quantity.text(value) + _simulated(limit.quantity, row)
            reasons.append(f"{limit.quantity.title} {shown}, {limit.text()} asked for")
            worst = max(worst, miss)
    return _excluded(row, *reasons, miss=worst) if reasons else None


def _ranked(rows: list[Row], goal: Goal, quantities: Sequence[Quantity], pairs: Pairs) -> list[Choice]:
    ranked = sorted(rows, key=goal.log_score, reverse=True)
    ranks = _ranks(ranked, goal, Evidence(rows, pairs))
    return [
        Choice(
            framework=row.framework,
            model=row.model,
            precision=row.precision,
            score=math.exp(goal.log_score(row)),
            reasons=_reasons(row, quantities),
            rank=rank,
            tied=ranks.count(rank) > 1,
        )
        for row, rank in zip(ranked, ranks)
    ]


def _ranks(ranked: list[Row], goal: Goal, evidence: Evidence) -> list[int]:
    """Return for each row one more than there are rows that are told to be better, corrected for all pairs (Holm)."""
    duels = list(combinations(range(len(ranked)), 2))
    differences = [goal.difference(ranked[better], ranked[worse], evidence) for better, worse in duels]
    ranks = [1] * len(ranked)
    for (better, worse), each, p in zip(duels, differences, corrected(differences)):
        worthless = goal.log_score(ranked[worse]) == -math.inf < goal.log_score(ranked[better])
        ranks[worse] += worthless or told(each, p) is True
    return ranks


def _reasons(row: Row, quantities: Sequence[Quantity]) -> list[str]:
    """Return the numbers that were asked for, then those of the figure of merit that were not."""
    shown = list(dict.fromkeys([*quantities, *(QUANTITIES[name] for name in ("throughput", "power", "top1"))]))
    known = [(quantity, quantity.read(row)) for quantity in shown]
    return [
        f"{quantity.title} {quantity.text(value)}{_simulated(quantity, row)}{_published(quantity, row)}"
        for quantity, value in known
        if value is not None
    ]


def _simulated(quantity: Quantity, row: Row) -> str:
    return " (simulated power)" if quantity.power and row.boundary == "simulated" else ""


def _published(quantity: Quantity, row: Row) -> str:
    return " (published accuracy)" if quantity.accuracy and row.top1_source == "published" else ""
