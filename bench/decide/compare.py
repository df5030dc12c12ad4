"""Two results side by side, cell by cell: faster, slower, or can't tell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, NamedTuple, Optional

from bench.decide.circumstances import circumstances
from bench.decide.differences import Compared, Evidence, Pairs, compared, corrected, no_pairs
from bench.decide.quantities import QUANTITIES, Quantity, unfit
from bench.records.columns import Row
from bench.records.schema import Precision, Record, Variant
from bench.records.statistics import ALPHA

Verdict = Literal["faster", "slower", "can't tell"]
COMPARED = tuple(QUANTITIES[name] for name in ("throughput", "p95", "power", "energy", "merit", "top1", "memory"))
SPEED = QUANTITIES["throughput"]
BY_CHANCE = "among so many cells chance gives such a one"
BELOW_FLOOR = "two runs of the same differ as much"


class Ratio(Record):
    """The second value ÷ the first.

    Attributes
    ----------
    low, high
        Its 95 % interval, of each cell for itself and not corrected for their number; None where there is none, and
        `why` says why. Of an accuracy `why` says where it was not compared image by image.
    p
        How often chance alone would give a ratio so far from 1, corrected by Holm for the number of cells.
    detectable
        The smallest change, as a share, that this pair could have found (in 80 of 100 cases).
    """

    first: float
    second: float
    ratio: float
    low: Optional[float] = None
    high: Optional[float] = None
    p: Optional[float] = None
    detectable: Optional[float] = None
    why: Optional[str] = None


class CellComparison(Record):
    """One cell of both results.

    Attributes
    ----------
    verdict
        Of the second's throughput: faster or slower if chance does not explain its ratio, nor the floor.
    why
        Why it can't be told, or what else has to be known.
    ratios
        By quantity, of those that compare.
    broken
        Whether the first had it and the second, which was to have it too, has not.
    """

    framework: str
    model: str
    precision: Precision = "fp32"
    verdict: Verdict
    why: list[str]
    ratios: dict[str, Ratio]
    broken: bool = False


class _Pair(NamedTuple):
    framework: str
    variant: Variant
    one: Optional[Row]
    other: Optional[Row]

    @property
    def outs(self) -> dict[str, str]:
        """Why one of the two, or both, can't be compared."""
        found = {"first": _why_out(self.one), "second": _why_out(self.other)}
        return {which: why for which, why in found.items() if why is not None}


def compare(
    first: Iterable[Row], second: Iterable[Row], pairs: Pairs = no_pairs, floor: float = 0.0
) -> list[CellComparison]:
    """Compare every cell that either has, in the first's order and then the second's.

    Failed and throttled cells are compared with nothing. Power of different boundaries, accuracy of different sources
    and simulated power are not compared.

    Parameters
    ----------
    pairs : callable
        Gives how two cells classified the same images.
    floor : float
        A change up to this share is none, as `floor_of` two runs of the same thing.
    """
    both = _pairs(first, second)
    within = [pair for pair in both if not pair.outs and pair.one and pair.other]
    evidence = Evidence((row for pair in within for row in (pair.one, pair.other) if row), pairs)
    ratios: list[dict[str, Ratio]] = [{} for _ in within]
    for quantity in COMPARED:
        found = [_compared(quantity, pair, evidence) for pair in within]
        ps = corrected([each.difference if each else None for each in found])
        family = sum(each is not None and each.difference is not None for each in found)
        for place, (pair, each, p) in enumerate(zip(within, found, ps)):
            if each is not None and pair.one and pair.other:
                ratios[place][quantity.name] = _ratio(quantity, pair.one, pair.other, each, p, family)
    judged = {(pair.framework, pair.variant): found for pair, found in zip(within, ratios)}
    return [_cell(pair, judged.get((pair.framework, pair.variant), {}), floor) for pair in both]


def floor_of(first: Iterable[Row], again: Iterable[Row]) -> float | None:
    """Return the largest share by which a cell's throughput differs between two runs of the same thing.

    None if they have no cell in common.
    """
    found = [
        abs(math.log(value / rival))
        for pair in _pairs(first, again)
        if not pair.outs and pair.one and pair.other
        for value, rival in [(SPEED.read(pair.other), SPEED.read(pair.one))]
        if value and rival
    ]
    return math.expm1(max(found)) if found else None


def slower_by(cells: Iterable[CellComparison], share: float) -> list[CellComparison]:
    """Return the cells that are broken, or slower by more than a share; a cell that can't be told is not."""
    return [
        cell
        for cell in cells
        if cell.broken or (cell.verdict == "slower" and cell.ratios[SPEED.name].ratio < 1 - share)
    ]


def untold(cells: Iterable[CellComparison]) -> list[CellComparison]:
    """Return the cells whose speeds stand side by side without an interval, so that nothing can be said of them."""
    return [cell for cell in cells if SPEED.name in cell.ratios and cell.ratios[SPEED.name].low is None]


def _pairs(first: Iterable[Row], second: Iterable[Row]) -> list[_Pair]:
    ones, others = ({(row.framework, row.variant): row for row in rows} for rows in (first, second))
    return [_Pair(*key, ones.get(key), others.get(key)) for key in dict.fromkeys([*ones, *others])]


def _why_out(row: Row | None) -> str | None:
    return "not measured" if row is None else unfit(row)


def _compared(quantity: Quantity, pair: _Pair, evidence: Evidence) -> Compared | None:
    if pair.one is None or pair.other is None or (quantity.power and pair.one.boundary == "simulated"):
        return None
    return compared(quantity, pair.other, pair.one, evidence)


def _ratio(quantity: Quantity, one: Row, other: Row, found: Compared, p: float, family: int) -> Ratio:
    plain = Ratio(first=quantity.read(one) or 0.0, second=quantity.read(other) or 0.0, ratio=found.ratio)
    if found.difference is None:
        return plain.model_copy(update={"why": found.why})
    half = found.difference.half()
    return plain.model_copy(
        update={
            "low": found.ratio * math.exp(-half),
            "high": found.ratio * math.exp(half),
            "p": p,
            "detectable": found.difference.detectable(family),
            "why": found.why or None,
        }
    )


def _cell(pair: _Pair, ratios: dict[str, Ratio], floor: float) -> CellComparison:
    if not ratios or pair.one is None or pair.other is None:
        return CellComparison(
            framework=pair.framework,
            model=pair.variant.model,
            precision=pair.variant.precision,
            verdict="can't tell",
            why=[f"the {which}: {why}" for which, why in pair.outs.items()],
            ratios={},
            broken="first" not in pair.outs,
        )
    verdict, because = _verdict(ratios[SPEED.name], floor)
    return CellComparison(
        framework=pair.framework,
        model=pair.variant.model,
        precision=pair.variant.precision,
        verdict=verdict,
        why=[*because, *circumstances(pair.one, pair.other)],
        ratios=ratios,
    )


def _verdict(speed: Ratio, floor: float) -> tuple[Verdict, list[str]]:
    if speed.p is None or speed.low is None or speed.high is None:
        return "can't tell", [speed.why or ""]
    leaves_out_one = speed.low > 1 or speed.high < 1
    if speed.p <= ALPHA:
        if abs(math.log(speed.ratio)) <= math.log1p(floor):
            return "can't tell", [BELOW_FLOOR]
        return ("faster" if speed.ratio > 1 else "slower"), []
    return "can't tell", [BY_CHANCE] if leaves_out_one else []
