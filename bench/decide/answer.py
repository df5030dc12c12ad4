"""The results in one sentence: what to use on this board, or why that can't be told and what to do."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bench.catalog.titles import framework_title, model_title
from bench.decide.quantities import EMULATED, QUANTITIES, unfit
from bench.decide.recommend import Choice, Excluded, Goal, Limit, Ranking, recommend
from bench.records.columns import Row
from bench.records.schema import Variant

MERIT = Goal(((QUANTITIES["merit"], 1.0),))
SPEED = Goal(((QUANTITIES["throughput"], 1.0),))

_WORDS = {
    "merit": "correct images per joule",
    "throughput": "images/s",
    "power": "W",
    "energy": "J per image",
    "top1": "% top-1",
    "top5": "% top-5",
    "memory": "MiB",
    "p95": "ms at the 95th percentile",
    "spread": "% spread of power",
}
_ALWAYS = ("merit", "top1", "throughput")
_ENOUGH_IMAGES = 10_000
"""From here on a share of images is known within one percentage point (95 %, binomial)."""

_NAMED = 2
"""Ties that are named; more are counted."""


def answer(
    rows: Iterable[Row],
    limits: Sequence[Limit] = (),
    goal: Goal = MERIT,
    emulated: bool = False,
    place: str = "this board",
    precise: bool = False,
) -> str:
    """Say in one sentence what to use.

    The ranking is `recommend`'s. Where no cell has the goal's numbers the fastest is named, and that it ranks by speed
    alone. Where others are more accurate, the best of them is named too: those that keep the highest whole 5 % of top-1
    that any cell reaches.

    Parameters
    ----------
    emulated : bool
        Whether the rows were measured on an emulated board, of which nothing can be recommended.
    place : str
        What the reader calls the board.
    precise : bool
        Whether float32 is named too, as it is where the rows are in several precisions.
    """
    rows = list(rows)
    precise = precise or any(row.precision != "fp32" for row in rows)
    for by in dict.fromkeys((goal, SPEED)):
        found = recommend(rows, limits, by, emulated)
        if found.rankings:
            speed_alone = [] if by == goal else [_speed_alone(rows, goal)]
            return "; ".join([*_choices(rows, limits, by, found.rankings, place, precise), *speed_alone]) + "."
        if found.nearest:
            least = found.nearest[0]
            nearest = f"{_title(least, precise)}: {', '.join(least.reasons)}"
            return f"On {place} nothing keeps the limits; the nearest is {nearest}."
    return f"Nothing can be recommended for {place}: {_why_nothing(rows, limits, emulated)}."


def _choices(
    rows: Sequence[Row], limits: Sequence[Limit], goal: Goal, rankings: Sequence[Ranking], place: str, precise: bool
) -> Iterator[str]:
    """Yield the parts of the sentence where something can be recommended."""
    ranking = rankings[0]
    asked = [*(quantity.name for quantity, _ in goal.weights), *(limit.quantity.name for limit in limits), *_ALWAYS]
    first = _row(rows, ranking.best[0])
    shown = [first]
    yield f"On {place} use {_titles(ranking.best, precise)}: {_numbers(first, asked)}"
    accurate = _more_accurate([_row(rows, choice) for choice in ranking.choices], limits)
    if accurate is not None and (first.top1 is None or first.top1 < accurate.bound):
        again = recommend(rows, [*limits, accurate], goal).rankings
        best = next(other.best for other in again if other.boundary == ranking.boundary or ranking.boundary is None)
        shown.append(_row(rows, best[0]))
        need = f"at least {accurate.bound * 100:.0f} % top-1"
        yield f"if you need {need}, {_titles(best, precise)}: {_numbers(shown[1], asked)}"
    yield from _labels(shown, asked)
    if len(rankings) > 1:
        yield f"this ranks what has power seen at {ranking.boundary} alone"


def _more_accurate(ranked: Sequence[Row], limits: Sequence[Limit]) -> Limit | None:
    """Return the highest whole 5 % of top-1 that a ranked cell reaches; None where the user has set a limit."""
    known = [row.top1 for row in ranked if row.top1 is not None]
    if not known or any(limit.quantity.name == "top1" for limit in limits):
        return None
    bound = math.floor(max(known) * 20 + 1e-9) / 20
    return Limit(QUANTITIES["top1"], bound) if bound > 0 else None


def _labels(shown: Sequence[Row], asked: Sequence[str]) -> Iterator[str]:
    """Yield what keeps the numbers that are shown from being taken for more than they are."""
    if any(row.board.startswith("simulated ") for row in shown):
        yield "the board is simulated, and the speeds are those of the computer that simulates it"
    powered = [row for row in shown if row.power_w_mean is not None]
    if any(row.boundary == "simulated" for row in powered) and any(QUANTITIES[name].power for name in asked):
        yield "the power is simulated"
    if any(row.top1_source == "published" and row.top1 is not None for row in shown):
        yield "the accuracy is the published one"
    counts = [row.images_classified for row in shown if row.top1_source == "measured" and row.images_classified]
    if counts and min(counts) < _ENOUGH_IMAGES:
        yield f"the accuracy is over {min(counts):,} images"


def _speed_alone(rows: Sequence[Row], goal: Goal) -> str:
    return (
        f"{_why_unknown(rows, [quantity.name for quantity, _ in goal.weights])}; until then this ranks by speed alone"
    )


def _why_unknown(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Say which of these quantities no cell has, and how to get them."""
    fit = [row for row in rows if unfit(row) is None]
    basic = dict.fromkeys(part for name in names for part in (("power", "top1") if name == "merit" else (name,)))
    missing = [name for name in basic if all(QUANTITIES[name].read(row) is None for row in fit)]
    if not missing:
        return "no cell has all numbers that are asked for: measure them in one run"
    lacks = dict.fromkeys(_lack(name, fit[0]) for name in missing)
    return f"{' and '.join(reason for reason, _ in lacks)}: {' and '.join(mend for _, mend in lacks)}"


def _lack(name: str, row: Row) -> tuple[str, str]:
    """Return why a row has no such number, and what gives it one."""
    quantity = QUANTITIES[name]
    if quantity.power:
        return "power was not measured", "connect a meter ('bench list meters')"
    if quantity.accuracy and row.weights == "synthetic":
        return "synthetic weights recognise nothing", "give trained ones (--weights FOLDER)"
    if quantity.accuracy:
        return "accuracy was not measured", "give labelled images (--images FOLDER)"
    return quantity.why_none(row), "measure again"


def _why_nothing(rows: Sequence[Row], limits: Sequence[Limit], emulated: bool) -> str:
    if emulated:
        return f"{EMULATED}; measure on the board itself"
    if not rows:
        return "no cell was measured; 'bench up' does"
    if any(unfit(row) is None for row in rows):
        return _why_unknown(rows, [limit.quantity.name for limit in limits])
    endings = Counter(unfit(row) for row in rows)
    told = ", ".join(f"{count} {ending}" for ending, count in endings.items())
    return f"none of {len(rows)} cells ended well ({told}); mend what the table names, then measure again"


def _numbers(row: Row, names: Sequence[str]) -> str:
    known = [(name, QUANTITIES[name].read(row)) for name in dict.fromkeys(names)]
    return ", ".join(
        f"{_three_digits(value * QUANTITIES[name].factor)} {_WORDS[name]}" for name, value in known if value is not None
    )


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _titles(tied: Sequence[Choice], precise: bool) -> str:
    first, *others = dict.fromkeys(_title(cell, precise) for cell in tied)
    if not others:
        return first
    rest = len(others) - _NAMED
    named = [*others[:_NAMED], *([f"{rest} more"] if rest > 0 else [])]
    return f"{first} (not told apart from {', '.join(named)})"


def _title(cell: Choice | Excluded, precise: bool) -> str:
    named = " fp32" if precise and cell.precision == "fp32" else ""
    return f"{framework_title(cell.framework)} with {model_title(Variant(cell.model, cell.precision).name)}{named}"


def _row(rows: Sequence[Row], choice: Choice) -> Row:
    """Return the row that a choice is of."""
    names = choice.model_dump().keys() & set(Row.model_fields)
    return next(row for row in rows if all(getattr(row, name) == getattr(choice, name) for name in names))
