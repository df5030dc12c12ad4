"""The paper's findings, each judged on a run: confirmed, refuted, or can't tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, Optional

from bench.catalog import frameworks, models
from bench.catalog.paper import Claim, Paper, Test
from bench.decide.estimates import Estimate, is_above, ratio
from bench.decide.quantities import EMULATED, QUANTITIES, Quantity, unfit
from bench.records.columns import Row
from bench.records.schema import Record

Verdict = Literal["confirmed", "refuted", "can't tell"]
Key = tuple[str, str]


class Part(Record):
    """What one framework, or one model, says of a finding.

    Attributes
    ----------
    holds
        None: can't tell.
    numbers
        What that rests on, or why it can't be told.
    """

    place: str
    holds: Optional[bool]
    numbers: str


class Judgement(Record):
    """A finding's verdict and what it rests on."""

    name: str
    statement: str
    where: str
    reading: Optional[str]
    verdict: Verdict
    parts: list[Part]


class _Match(NamedTuple):
    """Cells to compare within one framework or model: each subject with each rival."""

    place: str
    subjects: list[Key]
    rivals: list[Key]


class _Cell(NamedTuple):
    """A cell's value, or why there is none that can be judged."""

    name: str
    estimate: Estimate | None
    why_none: str
    basis: tuple[str | None, str | None]


def judge(paper: Paper, rows: Iterable[Row], emulated: bool) -> list[Judgement]:
    """Judge every finding.

    "Every" and "most" mean the paper's own frameworks and models: where one of them was not measured, a finding can
    still be refuted by the others, and confirmed only if it asks for most and enough are there. Failed and throttled
    cells, simulated power and accuracy of synthetic weights decide nothing. Where the 95 % intervals of two values
    meet, neither is above the other.

    Parameters
    ----------
    emulated : bool
        Whether the rows were measured on an emulated board, whose speed and power decide nothing.
    """
    cells = {(row.framework, row.model): row for row in rows}
    return [_judge(claim, paper, cells, emulated) for claim in paper.claims]


def _judge(claim: Claim, paper: Paper, rows: dict[Key, Row], emulated: bool) -> Judgement:
    parts: list[Part] = []
    outcomes = []
    for test in claim.tests:
        quantity = QUANTITIES[test.quantity]
        found = [_part(test, quantity, match, rows, emulated) for match in _matches(test, paper)]
        parts += found
        outcomes.append(_outcome([part.holds for part in found], test.share == "most"))
    return Judgement(**claim.model_dump(exclude={"tests"}), verdict=_verdict(outcomes), parts=parts)


def _verdict(outcomes: list[bool | None]) -> Verdict:
    if False in outcomes:
        return "refuted"
    return "can't tell" if None in outcomes else "confirmed"


def _outcome(holds: list[bool | None], most: bool) -> bool | None:
    """Return whether a test holds in every place, or in more than half of them."""
    needed = len(holds) // 2 + 1 if most else len(holds)
    if holds.count(True) >= needed:
        return True
    return False if len(holds) - holds.count(False) < needed else None


def _matches(test: Test, paper: Paper) -> list[_Match]:
    wanted = [model for model in paper.models if not test.models or model in test.models]
    if test.model is not None and test.frameworks:
        pairs = [(framework, test.model) for framework in test.frameworks]
        everything = [(framework, model) for framework in paper.frameworks for model in wanted]
        return [_Match("all", pairs, [key for key in everything if key not in pairs])]
    if test.model is not None:
        rivals = [test.than] if test.than else [model for model in wanted if model != test.model]
        return [
            _Match(frameworks()[name].title, [(name, test.model)], [(name, rival) for rival in rivals])
            for name in paper.frameworks
        ]
    rivals = [test.than] if test.than else [name for name in paper.frameworks if name not in test.frameworks]
    return [
        _Match(models()[model].title, [(name, model) for name in test.frameworks], [(name, model) for name in rivals])
        for model in wanted
    ]


def _part(test: Test, quantity: Quantity, match: _Match, rows: dict[Key, Row], emulated: bool) -> Part:
    subjects, rivals = (
        [_cell(key, match.place, rows.get(key), quantity, emulated) for key in keys]
        for keys in (match.subjects, match.rivals)
    )
    duels = [_duel(test, subject, rival) for subject in subjects for rival in rivals]
    holds = False if False in duels else None if None in duels else True
    cells = [*subjects, *rivals]
    shown = [*subjects, *_closest(test, rivals)]
    numbers = [f"{cell.name} {quantity.text(cell.estimate.value)}" for cell in shown if cell.estimate]
    if test.rule == "ratio_between":
        numbers += [_quotient(subject, rival) for subject in subjects for rival in rivals]
    if holds is None:
        numbers += _reasons(cells)
    return Part(place=match.place, holds=holds, numbers=f"{quantity.title}: {'; '.join(filter(None, numbers))}")


def _closest(test: Test, rivals: list[_Cell]) -> list[_Cell]:
    """Return the rival that decides: the highest one for a subject that should be higher."""
    known = [(cell.estimate.value, rank) for rank, cell in enumerate(rivals) if cell.estimate is not None]
    if not known:
        return []
    _, rank = min(known) if test.rule == "lower" else max(known)
    return [rivals[rank]]


def _reasons(cells: list[_Cell]) -> list[str]:
    """Return why it can't be told, each reason once."""
    reasons: dict[str, list[str]] = {}
    for cell in cells:
        if cell.estimate is None:
            reasons.setdefault(cell.why_none, []).append(cell.name)
    if reasons:
        return [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    if len({cell.basis for cell in cells}) > 1:
        return ["power of different boundaries or accuracy of different sources does not compare"]
    return ["their intervals leave it open"]


def _cell(key: Key, place: str, row: Row | None, quantity: Quantity, emulated: bool) -> _Cell:
    titles = frameworks()[key[0]].title, models()[key[1]].title
    name = " ".join(title for title in titles if title != place)
    if row is None:
        return _Cell(name, None, "not measured", (None, None))
    basis = quantity.basis(row)
    estimate = quantity.read(row)
    why_none = unfit(row) or (quantity.why_none(row) if estimate is None else None)
    if why_none is None and quantity.power and row.boundary == "simulated":
        why_none = "power is simulated"
    if why_none is None and emulated and not (quantity.accuracy and not quantity.power):
        why_none = EMULATED
    return _Cell(name, None if why_none else estimate, why_none or "", basis)


def _duel(test: Test, subject: _Cell, rival: _Cell) -> bool | None:
    """Tell whether the rule holds between two cells; None: can't tell."""
    if subject.estimate is None or rival.estimate is None or subject.basis != rival.basis:
        return None
    if test.rule == "higher":
        return is_above(subject.estimate, rival.estimate)
    if test.rule == "lower":
        return is_above(rival.estimate, subject.estimate)
    return _is_ratio_between(ratio(subject.estimate, rival.estimate), test.low or 0.0, test.high or 0.0)


def _is_ratio_between(quotient: Estimate | None, low: float, high: float) -> bool | None:
    if quotient is None:
        return None
    least, most = quotient.bounds
    if low <= least and most <= high:
        return True
    return False if most < low or least > high else None


def _quotient(subject: _Cell, rival: _Cell) -> str:
    if subject.estimate is None or rival.estimate is None:
        return ""
    quotient = ratio(subject.estimate, rival.estimate)
    return f"ratio {quotient.value:.2f}" if quotient else ""
