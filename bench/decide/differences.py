"""The difference of two cells in one quantity, and how sure it is: the one rule of every verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Optional

from bench.decide.quantities import Quantity, sampled, unfit
from bench.records.columns import Row
from bench.records.moderation import Prior
from bench.records.proportions import Paired, mcnemar, paired_part
from bench.records.statistics import ALPHA, Difference, Part, holm, judge, within

Pairs = Callable[[Row, Row, str], Optional[Paired]]
"""Gives how two cells classified the same images, by `top1` or `top5`; None where nobody kept that."""

ONCE = "measured once"
OLD_TABLE = "its table has no scatter"
UNKNOWN_METER = "the meter's uncertainty is unknown"
UNPAIRED = "as if of different images"

_NOTHING = 1e-12
"""Below this a value is zero, with what rounding made of it, and no ratio to it says anything."""


def no_pairs(_one: Row, _other: Row, _accuracy: str) -> None:
    """Return None: there are only tables."""


class Evidence:
    """What is known beside the two rows that are compared.

    Parameters
    ----------
    rows : iterable of Row
        All that are compared: the scatter of each says something of the others'.
    pairs : callable
        Gives how two cells classified the same images.
    """

    def __init__(self, rows: Iterable[Row] = (), pairs: Pairs = no_pairs) -> None:
        self.pairs = pairs
        self._rows = [row for row in rows if unfit(row) is None]
        self._priors: dict[Quantity, Prior] = {}

    def prior(self, quantity: Quantity) -> Prior:
        """Return what the scatter of all rows says of a single one's."""
        if quantity not in self._priors:
            self._priors[quantity] = quantity.prior(self._rows)
        return self._priors[quantity]


class Compared(NamedTuple):
    """One cell's value by another's.

    Attributes
    ----------
    difference
        None where it can't be judged, and `why` says why not.
    why
        Of an accuracy that is judged: that it was not compared image by image, if it was not.
    """

    ratio: float
    difference: Optional[Difference]
    why: str = ""


def compared(quantity: Quantity, one: Row, other: Row, evidence: Evidence | None = None) -> Compared | None:
    """Compare `one` with `other`; None if either has no value above zero, or the two rest on different bases.

    The parts of the uncertainty are the scatter of both, by what all rows say of it; the meters' limits of error,
    unless one meter measured both in one run, where its error is the same; for accuracy and merit which images there
    were, unless the same weights ran on the same ones; between frameworks that ran one after another, what the board
    drifted meanwhile.
    """
    value, rival = quantity.read(one), quantity.read(other)
    if value is None or rival is None or min(value, rival) < _NOTHING or quantity.basis(one) != quantity.basis(other):
        return None
    ratio = value / rival
    evidence = evidence or Evidence()
    parts, why = uncertainty(quantity, one, other, evidence)
    if parts is None:
        return Compared(ratio, None, why)
    found = judge(math.log(ratio), parts)
    if quantity.sd_log:
        return Compared(ratio, found)
    paired = evidence.pairs(one, other, quantity.name)
    return Compared(ratio, found, UNPAIRED) if paired is None else Compared(ratio, found._replace(p=mcnemar(paired)))


def uncertainty(quantity: Quantity, one: Row, other: Row, evidence: Evidence) -> tuple[list[Part] | None, str]:
    """Return the parts of the uncertainty of two cells' ratio; None, and why, if one is unknown."""
    parts: list[Part] = []
    for row in (one, other):
        scatter = quantity.scatter(row, evidence.prior(quantity))
        if scatter is None:
            return None, ONCE if row.repetitions < 2 else OLD_TABLE
        parts += scatter
    if quantity.power and not _same_meter(one, other):
        limits = [row.power_uncertainty for row in (one, other)]
        if None in limits:
            return None, UNKNOWN_METER
        parts += [within(limit) for limit in limits if limit is not None]
    if quantity.accuracy and not (quantity.power and same_answers(one, other)):
        parts += _images(quantity, one, other, evidence.pairs)
    if quantity.sd_log and one.framework != other.framework:
        parts += [within(abs(row.drift)) for row in (one, other)[: 1 if _same_run(one, other) else 2] if row.drift]
    return parts, ""


def corrected(differences: Sequence[Difference | None]) -> list[float]:
    """Return how often chance alone would give each, corrected by Holm for those that can be judged; 1 for others."""
    known = [place for place, each in enumerate(differences) if each is not None]
    ps = dict(zip(known, holm([each.p for each in differences if each is not None])))
    return [ps.get(place, 1.0) for place in range(len(differences))]


def told(difference: Difference | None, p: float) -> bool | None:
    """Tell whether it is above, by its corrected probability; None: can't tell."""
    return None if difference is None or p > ALPHA else difference.log_ratio > 0


def same_answers(one: Row, other: Row) -> bool:
    """Tell whether the same weights in the same precision saw the same images: their accuracy is then one number."""
    images = one.run_id == other.run_id or (one.images_sha256 is not None and one.images_sha256 == other.images_sha256)
    weights = one.weights_sha256 is not None and one.weights_sha256 == other.weights_sha256
    same = one.precision == other.precision and (one.precision == "fp32" or one.framework == other.framework)
    return weights and same and images and one.images_classified == other.images_classified


def _images(quantity: Quantity, one: Row, other: Row, pairs: Pairs) -> list[Part]:
    accuracy = quantity.name if not quantity.sd_log else "top1"
    paired = pairs(one, other, accuracy)
    if paired is not None:
        return [paired_part(paired)]
    shares = [getattr(row, accuracy) for row in (one, other)]
    return [sampled(row, share) for row, share in zip((one, other), shares)]


def _same_meter(one: Row, other: Row) -> bool:
    return _same_run(one, other) and one.meter == other.meter


def _same_run(one: Row, other: Row) -> bool:
    return (one.run_id, one.board, one.boot_id) == (other.run_id, other.board, other.boot_id)
