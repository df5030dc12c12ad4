"""The best cell in each respect, with those that can't be told from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bench.catalog.titles import framework_title, model_title
from bench.decide.differences import Evidence, compared, corrected, told
from bench.decide.level import level_told, levelled
from bench.decide.quantities import QUANTITIES, Quantity, unfit
from bench.records.columns import Row
from bench.report.marks import PUBLISHED, SIMULATED


class Highlight(NamedTuple):
    """The best cell in one respect."""

    question: str
    cell: str
    value: str


def highlights(rows: Sequence[Row]) -> list[Highlight]:
    """Return the best of the cells that are ok, with its interval; a respect that none has is left out.

    Cells of the same value are named together, and those that can't be told from the best are counted.
    """
    rows = levelled(rows)
    found = []
    for question, name, unit in _QUESTIONS:
        quantity = QUANTITIES[name]
        known = [(value, row) for row in rows if unfit(row) is None and (value := quantity.read(row)) is not None]
        if known:
            value = max(value for value, _ in known)
            best = [row for each, row in known if each == value]
            titles = [f"{framework_title(row.framework)} · {model_title(row.variant.name)}" for row in best]
            low, high = quantity.interval(best[0]) or (None, None)
            between = "" if low is None or high is None else f" ({low:.3g} to {high:.3g})"
            label = _label(best[0], name) + _others(quantity, best, [row for _, row in known])
            *others, last = titles
            cells = f"{', '.join(others)} and {last}, the same" if others else last
            found.append(Highlight(question, cells, f"{value * quantity.factor:.3g}{between} {unit}{label}"))
    return found


_QUESTIONS = (
    ("Best figure of merit", "merit", "correct images/J"),
    ("Fastest", "throughput", "images/s"),
    ("Most accurate", "top1", "% top-1"),
)


def _label(row: Row, name: str) -> str:
    marks = ["simulated power"] if SIMULATED.applies(row) and QUANTITIES[name].power else []
    marks += ["published accuracy"] if PUBLISHED.applies(row) and QUANTITIES[name].accuracy else []
    return (f" ({', '.join(marks)})" if marks else "") + level_told(QUANTITIES[name], row)


def _others(quantity: Quantity, best: list[Row], rows: list[Row]) -> str:
    """Say how many of the others can't be told from the best."""
    others = [row for row in rows if not any(row is one for one in best)]
    evidence = Evidence(rows)
    pairs = [compared(quantity, best[0], row, evidence) for row in others]
    differences = [pair.difference if pair else None for pair in pairs]
    alike = sum(told(each, p) is None for each, p in zip(differences, corrected(differences)))
    return f"; {alike} other{'s' if alike > 1 else ''} not told apart" if alike else ""
