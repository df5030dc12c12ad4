"""What frameworks, models and states are called and how they look, the same in every figure."""

from __future__ import annotations

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

_LINE = 14
"""Letters of a line that a group of bars has room for."""


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
    r"""Return each model's title broken into two lines where it is long, for an axis.

    >>> short_titles(["nin", "efficientnet_lite0"])
    {'nin': 'Network\nin Network', 'efficientnet_lite0': 'EfficientNet-\nLite0'}
    """
    return {name: broken(model_title(name)) for name in names}


def broken(title: str) -> str:
    """Return a title in two lines where it is long, each cut where it is longer still."""
    if len(title) <= _LINE:
        return title
    ends = [place + 1 for place, letter in enumerate(title[:-1]) if letter in " -_"]
    middle = min(ends, key=lambda place: abs(place - len(title) / 2), default=len(title))
    return "\n".join(cut(line, _LINE) for line in (title[:middle].rstrip(" "), title[middle:]) if line)


def cut(text: str, letters: int) -> str:
    """Return a text with its middle left out where it is longer than that.

    >>> cut("a_model_of_my_own", 9)
    'a_mod…own'
    """
    if len(text) <= letters:
        return text
    end = (letters - 1) * 2 // 5
    return f"{text[: letters - 1 - end]}…{text[-end:]}"


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
