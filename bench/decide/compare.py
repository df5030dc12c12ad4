"""Two results side by side, cell by cell: faster, slower, or can't tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Optional

from bench.decide.estimates import Estimate, is_above, ratio
from bench.decide.quantities import QUANTITIES, Quantity, unfit
from bench.records.columns import Row
from bench.records.schema import Record

Verdict = Literal["faster", "slower", "can't tell"]
COMPARED = tuple(QUANTITIES[name] for name in ("throughput", "p95", "power", "energy", "merit", "top1", "memory"))
SPEED = QUANTITIES["throughput"]
NO_INTERVAL = "no interval"

_ONE = Estimate(1.0)


class Ratio(Record):
    """The second value ÷ the first, with its 95 % interval where both have one."""

    first: float
    second: float
    ratio: float
    low: Optional[float] = None
    high: Optional[float] = None


class CellComparison(Record):
    """One cell of both results.

    Attributes
    ----------
    verdict
        Of the second's throughput: faster or slower if its ratio's interval leaves out 1.
    why
        Why it can't be told, or what else has to be known.
    ratios
        By quantity, of those that compare.
    broken
        Whether the first had it and the second, which was to have it too, has not.
    """

    framework: str
    model: str
    verdict: Verdict
    why: list[str]
    ratios: dict[str, Ratio]
    broken: bool = False


def compare(first: Iterable[Row], second: Iterable[Row]) -> list[CellComparison]:
    """Compare every cell that either has, in the first's order and then the second's.

    Failed and throttled cells are compared with nothing. Power of different boundaries, accuracy of different sources
    and simulated power are not compared.
    """
    ones, others = ({(row.framework, row.model): row for row in rows} for rows in (first, second))
    return [_cell(*key, ones.get(key), others.get(key)) for key in dict.fromkeys([*ones, *others])]


def slower_by(cells: Iterable[CellComparison], share: float) -> list[CellComparison]:
    """Return the cells that are broken, or slower by more than a share, unless their interval says it may be chance.

    A cell that was measured once only has no interval: then the ratio itself decides.
    """
    return [cell for cell in cells if cell.broken or _is_slower_by(cell.ratios.get(SPEED.name), share)]


def _is_slower_by(speed: Ratio | None, share: float) -> bool:
    return speed is not None and speed.ratio < 1 - share and (speed.high is None or speed.high < 1)


def _cell(framework: str, model: str, one: Row | None, other: Row | None) -> CellComparison:
    outs = {"first": _why_out(one), "second": _why_out(other)}
    reasons = [f"the {which}: {out}" for which, out in outs.items() if out is not None]
    if reasons or one is None or other is None:
        return CellComparison(
            framework=framework,
            model=model,
            verdict="can't tell",
            why=reasons,
            ratios={},
            broken=outs["first"] is None,
        )
    ratios = {quantity.name: found for quantity in COMPARED if (found := _ratio(quantity, one, other)) is not None}
    verdict, because = _verdict(ratios[SPEED.name])
    return CellComparison(
        framework=framework, model=model, verdict=verdict, why=[*because, *_differences(one, other)], ratios=ratios
    )


def _why_out(row: Row | None) -> str | None:
    return "not measured" if row is None else unfit(row)


def _ratio(quantity: Quantity, one: Row, other: Row) -> Ratio | None:
    before, after = quantity.read(one), quantity.read(other)
    if before is None or after is None or quantity.basis(one) != quantity.basis(other):
        return None
    if quantity.power and one.boundary == "simulated":
        return None
    found = ratio(after, before)
    if found is None:
        return None
    return Ratio(first=before.value, second=after.value, ratio=found.value, low=found.low, high=found.high)


def _verdict(speed: Ratio) -> tuple[Verdict, list[str]]:
    if speed.low is None or speed.high is None:
        return "can't tell", [NO_INTERVAL]
    above = is_above(Estimate(speed.ratio, speed.low, speed.high), _ONE)
    if above is None:
        return "can't tell", []
    return ("faster" if above else "slower"), []


def _differences(one: Row, other: Row) -> list[str]:
    """Return what differs beside the numbers."""
    found = []
    if one.board != other.board:
        found.append("other board")
    if one.threads != other.threads and None not in (one.threads, other.threads):
        found.append(f"{one.threads} against {other.threads} threads")
    if one.weights_sha256 != other.weights_sha256 and None not in (one.weights_sha256, other.weights_sha256):
        found.append("other weights")
    if one.framework_version != other.framework_version and one.framework_version and other.framework_version:
        found.append(f"version {one.framework_version} against {other.framework_version}")
    if "simulated" in (one.boundary, other.boundary):
        found.append("simulated power is not compared")
    elif one.boundary != other.boundary and one.boundary and other.boundary:
        found.append(f"power seen at {one.boundary} against {other.boundary} is not compared")
    return found
