"""The results in one sentence: what to use on this board, or why that can't be told and what to do."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from bench.catalog.titles import framework_title, model_title
from bench.decide.differences import Pairs, no_pairs
from bench.decide.goal import MERIT, SPEED, Goal
from bench.decide.level import Levelled, on_one_level
from bench.decide.quantities import EMULATED, QUANTITIES, unfit
from bench.decide.recommend import Choice, Excluded, Limit, Ranking, recommend
from bench.records.columns import Row
from bench.records.schema import Variant

WORDS = {
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
ALWAYS = ("merit", "top1", "throughput")
ENOUGH_IMAGES = 10_000
"""From here on a share of images is known within one percentage point (95 %, binomial)."""

UNLABELLED = ("accuracy was not measured", "give labelled images (--images FOLDER)")
"""Why there is no accuracy, and what gives it."""

NAMED = 2
"""Ties that are named; more are counted."""

LABELS: dict[str, Callable[[Row], bool]] = {
    "the board is simulated, and the speeds are those of the computer that simulates it": lambda row: (
        row.board.startswith("simulated ")
    ),
    "the power is simulated": lambda row: row.power_w_mean is not None and row.boundary == "simulated",
    "the accuracy is the published one": lambda row: row.top1 is not None and row.top1_source == "published",
    "in int8 the accuracy is float32's less what is lost on the images of both": lambda row: isinstance(row, Levelled),
}
"""What is said of the rows that it applies to, in this order."""


def answer(
    rows: Iterable[Row],
    limits: Sequence[Limit] = (),
    goal: Goal = MERIT,
    emulated: bool = False,
    place: str = "this board",
    precise: bool = False,
    pairs: Pairs = no_pairs,
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
    pairs : callable
        Gives how two cells classified the same images, where their predictions are at hand.
    """
    rows, pairs = on_one_level(rows, pairs)
    precise = precise or any(row.precision != "fp32" for row in rows)
    for by in dict.fromkeys((goal, SPEED)):
        found = recommend(rows, limits, by, emulated, pairs)
        if found.rankings:
            speed_alone = [] if by == goal else [_speed_alone(rows, goal)]
            return "; ".join([*_choices(rows, limits, by, found.rankings, place, precise, pairs), *speed_alone]) + "."
        if found.nearest:
            least = found.nearest[0]
            nearest = f"{cell_title(least, precise)}: {', '.join(least.reasons)}"
            return f"On {place} nothing keeps the limits; the nearest is {nearest}."
    return f"Nothing can be recommended for {place}: {_why_nothing(rows, limits, emulated)}."


def _choices(
    rows: Sequence[Row],
    limits: Sequence[Limit],
    goal: Goal,
    rankings: Sequence[Ranking],
    place: str,
    precise: bool,
    pairs: Pairs,
) -> Iterator[str]:
    """Yield the parts of the sentence where something can be recommended."""
    ranking = rankings[0]
    asked = [*(quantity.name for quantity in goal.quantities), *(limit.quantity.name for limit in limits), *ALWAYS]
    first = _row(rows, ranking.best[0])
    shown = [first]
    yield f"On {place} use {_titles(ranking.best, precise)}: {_numbers(first, asked)}"
    accurate = _more_accurate([_row(rows, choice) for choice in ranking.choices], limits)
    if accurate is not None and (first.top1 is None or first.top1 < accurate.bound):
        again = recommend(rows, [*limits, accurate], goal, pairs=pairs).rankings
        best = next(other.best for other in again if other.boundary == ranking.boundary or ranking.boundary is None)
        shown.append(_row(rows, best[0]))
        need = f"at least {accurate.bound * 100:.0f} % top-1"
        yield f"if you need {need}, {_titles(best, precise)}: {_numbers(shown[1], asked)}"
    yield from labels(shown)
    if len(rankings) > 1:
        yield f"this ranks what has power seen at {ranking.boundary} alone"


def _more_accurate(ranked: Sequence[Row], limits: Sequence[Limit]) -> Limit | None:
    """Return the highest whole 5 % of top-1 that a ranked cell reaches; None where the user has set a limit."""
    known = [row.top1 for row in ranked if row.top1 is not None]
    if not known or any(limit.quantity.name == "top1" for limit in limits):
        return None
    bound = math.floor(max(known) * 20 + 1e-9) / 20
    return Limit(QUANTITIES["top1"], bound) if bound > 0 else None


def labels(shown: Sequence[Row]) -> Iterator[str]:
    """Yield what keeps the numbers that are shown from being taken for more than they are."""
    yield from (label for label, applies in LABELS.items() if any(map(applies, shown)))
    counts = sorted({count for row in shown if (count := few_images(row)) is not None})
    if counts:
        yield f"the accuracy is over {' or '.join(f'{count:,}' for count in counts)} images"


def few_images(row: Row) -> int | None:
    """Return over how many images a row's accuracy was measured, if they are too few to leave that unsaid."""
    count = row.images_classified if row.top1_source == "measured" else None
    return count if count and count < ENOUGH_IMAGES else None


def _speed_alone(rows: Sequence[Row], goal: Goal) -> str:
    return f"{why_unknown(rows, [quantity.name for quantity in goal.quantities])}; until then this ranks by speed alone"


def why_unknown(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Say which of these quantities no cell has, and how to get them."""
    lacking = lacks(rows)
    found = dict.fromkeys(lacking[part] for name in names for part in parts(name) if part in lacking)
    if not found:
        return "no cell has all numbers that are asked for: measure them in one run"
    return f"{' and '.join(reason for reason, _ in found)}: {' and '.join(mend for _, mend in found)}"


def parts(name: str) -> tuple[str, ...]:
    """Return the quantities that one needs to be measured."""
    return ("power", "top1") if name == "merit" else (name,)


def lacks(rows: Sequence[Row]) -> dict[str, tuple[str, str]]:
    """Return why no cell that ended well has a quantity, and what gives it one; by the name of the quantity."""
    fit = [row for row in rows if unfit(row) is None]
    missing = [name for name, quantity in QUANTITIES.items() if all(quantity.read(row) is None for row in fit)]
    return {
        name: _lack(name, fit[0]) if fit else ("no cell ended well", "mend what the table names") for name in missing
    }


def _lack(name: str, row: Row) -> tuple[str, str]:
    """Return why a row has no such number, and what gives it one."""
    quantity = QUANTITIES[name]
    if quantity.power:
        return "power was not measured", "connect a meter ('bench list meters')"
    if quantity.accuracy and row.weights == "synthetic":
        return "synthetic weights recognise nothing", "give trained ones (--weights FOLDER)"
    if quantity.accuracy:
        return UNLABELLED
    return quantity.why_none(row), "measure again"


def _why_nothing(rows: Sequence[Row], limits: Sequence[Limit], emulated: bool) -> str:
    if emulated:
        return f"{EMULATED}; measure on the board itself"
    if not rows:
        return "no cell was measured; 'bench up' does"
    if any(unfit(row) is None for row in rows):
        return why_unknown(rows, [limit.quantity.name for limit in limits])
    endings = Counter(unfit(row) for row in rows)
    told = ", ".join(f"{count} {ending}" for ending, count in endings.items())
    return f"none of {len(rows)} cells ended well ({told}); mend what the table names, then measure again"


def said(row: Row, name: str) -> str:
    """Return a row's quantity as the sentence has it; nothing where there is none."""
    value = QUANTITIES[name].read(row)
    return "" if value is None else f"{_three_digits(value * QUANTITIES[name].factor)} {WORDS[name]}"


def _numbers(row: Row, names: Sequence[str]) -> str:
    return ", ".join(filter(None, (said(row, name) for name in dict.fromkeys(names))))


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _titles(tied: Sequence[Choice], precise: bool) -> str:
    first, *others = dict.fromkeys(cell_title(cell, precise) for cell in tied)
    if not others:
        return first
    rest = len(others) - NAMED
    named = [*others[:NAMED], *([f"{rest} more"] if rest > 0 else [])]
    return f"{first} (not told apart from {', '.join(named)})"


def cell_title(cell: Choice | Excluded, precise: bool) -> str:
    """Return what a cell is called in a sentence; `precise` names float32 too."""
    named = " fp32" if precise and cell.precision == "fp32" else ""
    return f"{framework_title(cell.framework)} with {model_title(Variant(cell.model, cell.precision).name)}{named}"


def _row(rows: Sequence[Row], choice: Choice) -> Row:
    """Return the row that a choice is of."""
    names = choice.model_dump().keys() & set(Row.model_fields)
    return next(row for row in rows if all(getattr(row, name) == getattr(choice, name) for name in names))
