"""The marks beside numbers: `~`, `°`, `§`, `*`, `†`, `‡` and `¶`, what they mean and which fields they stand at."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.decide.compare import Ratio
from bench.records.columns import Row
from bench.records.notes import Note
from bench.records.notes.results import (
    LosesAccuracy,
    NotOfCatalog,
    OtherImages,
    PublishedAccuracy,
    SimulatedPower,
    SyntheticWeights,
)
from bench.records.notes.shards import AccuracyElsewhere


@dataclass(frozen=True)
class Mark:
    """A mark.

    Attributes
    ----------
    note
        Has its symbol, and explains it to who has measured.
    meaning
        Explains it to who reads a paper.
    fields
        The fields of a row that it stands at; one with a `_` at its end stands for all that begin so.
    applies
        Whether it holds for a row.
    """

    note: Note
    meaning: str
    fields: tuple[str, ...]
    applies: Callable[[Row], bool]

    @property
    def symbol(self) -> str:
        """The mark itself."""
        return self.note.mark

    def is_for(self, field: str) -> bool:
        """Tell whether it may stand at a field."""
        return any(field == name or (name.endswith("_") and field.startswith(name)) for name in self.fields)


SIMULATED = Mark(
    SimulatedPower(),
    "rests on simulated power, not measured.",
    ("power_w_", "energy_", "fom_"),
    lambda row: row.boundary == "simulated",
)
SYNTHETIC = Mark(
    SyntheticWeights(),
    "synthetic weights: the speed holds, but they recognise nothing.",
    ("model",),
    lambda row: row.weights == "synthetic",
)
OWN = Mark(
    NotOfCatalog(),
    "a model of one's own, from an ONNX file.",
    ("model",),
    lambda row: row.weights == "own",
)
PUBLISHED = Mark(
    PublishedAccuracy(),
    "rests on published accuracy, not measured.",
    ("top1", "top5", "fom_"),
    lambda row: row.top1_source == "published",
)
ELSEWHERE = Mark(
    AccuracyElsewhere(platforms=[]),
    "accuracy measured in shards, on other machines too.",
    ("top1", "top5", "fom_"),
    lambda row: row.accuracy_platform is not None,
)
MAX_LOSS = 0.05
"""Of top-1, which a precision may cost unmarked."""

LOSSY = Mark(
    LosesAccuracy(),
    "loses more than 5 points of top-1 against float32.",
    ("top1", "top1_loss"),
    lambda row: row.top1_loss is not None and row.top1_loss > MAX_LOSS,
)
OTHER_IMAGES = Mark(
    OtherImages(),
    "over the images that did not calibrate it, not over all of float32's; what is lost is over the same in both.",
    ("top1", "top5", "fom_"),
    lambda row: row.precision == "int8" and row.top1_loss is not None,
)
MARKS = (SIMULATED, SYNTHETIC, OWN, PUBLISHED, ELSEWHERE, LOSSY, OTHER_IMAGES)


def marks_at(row: Row, field: str) -> list[Mark]:
    """Return the marks that a row's field needs."""
    return [mark for mark in MARKS if mark.is_for(field) and mark.applies(row)]


def marks_on(rows: Sequence[Row]) -> list[Mark]:
    """Return the marks that these rows need, to be explained beneath them."""
    return [mark for mark in MARKS if any(map(mark.applies, rows))]


def marked(row: Row, field: str, text: str) -> str:
    """Return a field's text with its marks: `~` before it as one writes it, the others behind; no text has none."""
    if not text:
        return ""
    marks = marks_at(row, field)
    before = "".join(mark.symbol for mark in marks if mark is SIMULATED)
    return before + text + "".join(mark.symbol for mark in marks if mark is not SIMULATED)


def half_width(low: float, high: float) -> str:
    """Return half the width of an interval, as a share, as it stands behind its value.

    >>> half_width(0.96, 1.04)
    '±4.1%'
    """
    return f"±{math.sqrt(high / low) - 1:.1%}"


def ratio_text(found: Ratio | None) -> str:
    """Return a ratio with its interval; empty if there is none."""
    if found is None:
        return ""
    return f"{found.ratio:.3f}" + (
        "" if found.low is None or found.high is None else f" {half_width(found.low, found.high)}"
    )
