"""What to use: the cells that keep every limit, ranked by a goal, and why the others are out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Optional

from bench.decide.differences import Evidence, Pairs, corrected, no_pairs, told
from bench.decide.goal import Goal
from bench.decide.level import level_told, on_one_level
from bench.decide.quantities import EMULATED, QUANTITIES, Quantity, unfit
from bench.records.columns import Row
from bench.records.schema import Boundary, Precision, Record

_HIGHEST = 700.0
"""The logarithm of the largest score that is still a number, where heavy weights make a larger one."""


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
    rankings of their own, simulated power in the last. Accuracy in int8 is taken on the level of float32's. What chance
    could have put in this order shares a rank: by the scatter of all rows, which limits change nothing about.
    """
    rows, pairs = on_one_level(rows, pairs)
    quantities = list(dict.fromkeys([*goal.quantities, *(limit.quantity for limit in limits)]))
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
    counted = len({row.images_classified for row in rows if row.top1_source == "measured"}) > 1
    evidence = Evidence(rows, pairs)
    order = sorted(groups, key=lambda boundary: boundary == "simulated")
    rankings = [
        Ranking(boundary=boundary, choices=_ranked(groups[boundary], goal, quantities, evidence, counted))
        for boundary in order
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
            shown = limit.quantity.text(value) + _simulated(limit.quantity, row) + level_told(limit.quantity, row)
            reasons.append(f"{limit.quantity.title} {shown}, {limit.text()} asked for")
            worst = max(worst, miss)
    return _excluded(row, *reasons, miss=worst) if reasons else None


def _ranked(
    rows: list[Row], goal: Goal, quantities: Sequence[Quantity], evidence: Evidence, counted: bool
) -> list[Choice]:
    ranked = goal.best_first(rows)
    ranks = _ranks(ranked, goal, evidence)
    return [
        Choice(
            framework=row.framework,
            model=row.model,
            precision=row.precision,
            score=math.exp(min(goal.log_score(row), _HIGHEST)),
            reasons=_reasons(row, quantities, counted),
            rank=rank,
            tied=ranks.count(rank) > 1,
        )
        for row, rank in zip(ranked, ranks)
    ]


def _ranks(ranked: list[Row], goal: Goal, evidence: Evidence) -> list[int]:
    """Return for each row one more than there are rows that are told to be better, corrected for all pairs (Holm)."""
    duels = goal.duels(ranked, evidence)
    ps = corrected([difference for _, _, difference in duels])
    ranks = [1] * len(ranked)
    for (better, worse, difference), p in zip(duels, ps):
        worthless = goal.log_score(ranked[worse]) == -math.inf < goal.log_score(ranked[better])
        ranks[worse] += worthless or told(difference, p) is True
    return ranks


def _reasons(row: Row, quantities: Sequence[Quantity], counted: bool) -> list[str]:
    """Return the numbers that were asked for, then those of the figure of merit that were not.

    Where accuracy is over more images in some rows than in others, `counted` has it said over how many.
    """
    shown = list(dict.fromkeys([*quantities, *(QUANTITIES[name] for name in ("throughput", "power", "top1"))]))
    known = [(quantity, quantity.read(row)) for quantity in shown]
    return [_reason(quantity, value, row, counted) for quantity, value in known if value is not None]


def _reason(quantity: Quantity, value: float, row: Row, counted: bool) -> str:
    images = _images(row) if counted and quantity.accuracy and not quantity.power else ""
    labels = f"{_simulated(quantity, row)}{_published(quantity, row)}{level_told(quantity, row)}"
    return f"{quantity.title} {quantity.text(value)}{images}{labels}"


def _images(row: Row) -> str:
    return f" over {row.images_classified:,} images" if row.top1_source == "measured" and row.images_classified else ""


def _simulated(quantity: Quantity, row: Row) -> str:
    return " (simulated power)" if quantity.power and row.boundary == "simulated" else ""


def _published(quantity: Quantity, row: Row) -> str:
    return " (published accuracy)" if quantity.accuracy and row.top1_source == "published" else ""
