"""What frameworks, models and states are called and how they look, the same in every figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bench.catalog import frameworks
from bench.catalog.titles import model_title
from bench.records.columns import Row
from bench.report.figures.chart import INK, Look
from bench.report.marks import SIMULATED, SYNTHETIC

# Okabe & Ito, Color Universal Design, 2008: told apart by colour-blind readers too; its yellow is too light for lines.
_LOOKS = (
    Look("#0072b2", marker="o", hatch="", dash="-"),
    Look("#d55e00", marker="s", hatch="//", dash="--"),
    Look("#009e73", marker="^", hatch="..", dash="-."),
    Look("#cc79a7", "#000000", marker="D", hatch="xx", dash=":"),
    Look("#e69f00", "#000000", marker="v", hatch="\\\\", dash="-"),
    Look("#56b4e9", "#000000", marker="P", hatch="--", dash="--"),
    Look("#8c6d31", marker="X", hatch="++", dash="-."),
)
BY_OTHERS = Look("#9a9a9a", "#000000", marker="_", hatch="||")
"""Of what others published."""

QUIET = Look("#8a8a8a", marker="_", dash="-")
"""Of what is there for orientation."""

PERCENTILES = {
    "p50": Look(INK, marker="|"),
    "p95": Look(INK, marker="o"),
    "p99": Look(INK, marker="x"),
}
"""Of the markers on a distribution."""

WATERMARK = "SIMULATED POWER"
"""Across every panel that rests on simulated power."""


def look(rank: int) -> Look:
    """Return the look of the series with that rank; from the eighth on a colour comes again, with another's marks."""
    turn, place = divmod(rank, len(_LOOKS))
    marks = _LOOKS[(place + turn) % len(_LOOKS)]
    return replace(_LOOKS[place], marker=marks.marker, hatch=marks.hatch, dash=marks.dash)


def framework_look(name: str) -> Look:
    """Return a framework's look; one that the catalog does not know has the last."""
    known = list(frameworks())
    return look(known.index(name) if name in known else len(_LOOKS) - 1)


def short_titles(names: Iterable[str]) -> dict[str, str]:
    """Return each model's title broken into two lines where it is long, for an axis."""
    titles = {name: model_title(name) for name in names}
    return {name: _broken(title) for name, title in titles.items()}


def letters(names: Iterable[str]) -> dict[str, str]:
    """Return for each model its title's first letter, where others have that its first number too, then a place.

    >>> letters(["nin", "resnet18", "resnet50", "my_a", "my_b"])
    {'nin': 'N', 'resnet18': 'R18', 'resnet50': 'R50', 'my_a': 'm.1', 'my_b': 'm.2'}
    """
    titles = {name: model_title(name) for name in names}
    initials = {name: title[:1] for name, title in titles.items()}
    numbered = {name: initials[name] + "".join(re.findall("[0-9]+", title)[:1]) for name, title in titles.items()}
    found = {}
    for name in titles:
        alike = [other for other in titles if initials[other] == initials[name]]
        same = [other for other in alike if numbered[other] == numbered[name]]
        place = f".{same.index(name) + 1}" if len(same) > 1 else ""
        found[name] = initials[name] if len(alike) == 1 else numbered[name] + place
    return found


def state(row: Row, value: float | None, needs_power: bool, needs_accuracy: bool) -> str:
    """Return what has to be said about a cell's value in a figure, or nothing.

    Parameters
    ----------
    value
        The row's value that the figure shows; None if it is missing, whose reason is then returned.
    needs_power, needs_accuracy
        What the value rests on.
    """
    if row.status != "ok":
        return row.status
    if value is not None:
        return ""
    if needs_accuracy and SYNTHETIC.applies(row):
        return "synthetic"
    if needs_accuracy and row.top1 is None:
        return "no accuracy"
    if needs_power and row.power_w_mean is None:
        return "no power"
    return "not measured"


def simulated(rows: Iterable[Row]) -> str:
    """Return the watermark that these rows' power needs, or nothing."""
    known = {SIMULATED.applies(row) for row in rows if row.power_w_mean is not None}
    if known == {True}:
        return WATERMARK
    return f"PARTLY {WATERMARK}" if True in known else ""


def _broken(title: str) -> str:
    if len(title) <= 12 or " " not in title:
        return title
    spaces = [place for place, letter in enumerate(title) if letter == " "]
    middle = min(spaces, key=lambda place: abs(place - len(title) / 2))
    return f"{title[:middle]}\n{title[middle + 1 :]}"
