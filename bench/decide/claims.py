"""The paper's findings, each judged on a run: confirmed, refuted, or can't tell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, NamedTuple, Optional

from bench.catalog import frameworks, models
from bench.catalog.paper import Claim, Paper, Test
from bench.decide.differences import Compared, Evidence, Pairs, compared, corrected, no_pairs, told
from bench.decide.quantities import EMULATED, QUANTITIES, Quantity, unfit
from bench.records.columns import Row
from bench.records.schema import Record
from bench.records.statistics import Difference

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
    row: Row | None
    value: float | None
    why_none: str


class _Duel(NamedTuple):
    """A subject against a rival; `compared` is None where the two don't compare."""

    subject: _Cell
    rival: _Cell
    compared: Compared | None


class _Contest(NamedTuple):
    """A test in one place."""

    test: Test
    quantity: Quantity
    place: str
    subjects: list[_Cell]
    rivals: list[_Cell]
    duels: list[_Duel]


def judge(paper: Paper, rows: Iterable[Row], emulated: bool, pairs: Pairs = no_pairs) -> list[Judgement]:
    """Judge every finding.

    "Every" and "most" mean the paper's own frameworks and models: where one of them was not measured, a finding can
    still be refuted by the others, and confirmed only if it asks for most and enough are there. Failed and throttled
    cells, simulated power and accuracy of synthetic weights decide nothing. Neither of two values is above the other
    where chance could explain their difference, which is corrected for all that a finding compares (Holm).

    Parameters
    ----------
    rows : iterable of Row
        Those in float32 count: the paper knows no other numbers.
    emulated : bool
        Whether the rows were measured on an emulated board, whose speed and power decide nothing.
    pairs : callable
        Gives how two cells classified the same images.
    """
    cells = {(row.framework, row.model): row for row in rows if row.precision == "fp32"}
    evidence = Evidence(cells.values(), pairs)
    return [_judge(claim, paper, cells, emulated, evidence) for claim in paper.claims]


def _judge(claim: Claim, paper: Paper, rows: dict[Key, Row], emulated: bool, evidence: Evidence) -> Judgement:
    tests = [
        [_contest(test, match, rows, emulated, evidence) for match in _matches(test, paper)] for test in claim.tests
    ]
    duels = [duel for contests in tests for contest in contests for duel in contest.duels]
    differences = [duel.compared.difference if duel.compared else None for duel in duels]
    ps = iter(corrected(differences))
    family = sum(each is not None for each in differences)
    parts: list[Part] = []
    outcomes = []
    for test, contests in zip(claim.tests, tests):
        found = [
            _part(contest, [_holds(test, duel, next(ps), family) for duel in contest.duels]) for contest in contests
        ]
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


def _contest(test: Test, match: _Match, rows: dict[Key, Row], emulated: bool, evidence: Evidence) -> _Contest:
    quantity = QUANTITIES[test.quantity]
    subjects, rivals = (
        [_cell(key, match.place, rows.get(key), quantity, emulated) for key in keys]
        for keys in (match.subjects, match.rivals)
    )
    duels = [
        _Duel(one, other, compared(quantity, one.row, other.row, evidence) if one.row and other.row else None)
        for one in subjects
        for other in rivals
    ]
    return _Contest(test, quantity, match.place, subjects, rivals, duels)


def _cell(key: Key, place: str, row: Row | None, quantity: Quantity, emulated: bool) -> _Cell:
    titles = frameworks()[key[0]].title, models()[key[1]].title
    name = " ".join(title for title in titles if title != place)
    if row is None:
        return _Cell(name, None, None, "not measured")
    value = quantity.read(row)
    why_none = unfit(row) or (quantity.why_none(row) if value is None else None)
    if why_none is None and quantity.power and row.boundary == "simulated":
        why_none = "power is simulated"
    if why_none is None and emulated and not (quantity.accuracy and not quantity.power):
        why_none = EMULATED
    return _Cell(name, None, None, why_none) if why_none else _Cell(name, row, value, "")


def _holds(test: Test, duel: _Duel, p: float, family: int) -> bool | None:
    """Tell whether the rule holds between two cells; None: can't tell."""
    difference = duel.compared.difference if duel.compared else None
    if test.rule == "ratio_between":
        return _is_within(difference, test.low or 0.0, test.high or 0.0, family)
    above = told(difference, p)
    return above if above is None or test.rule == "higher" else not above


def _is_within(difference: Difference | None, low: float, high: float, family: int) -> bool | None:
    if difference is None:
        return None
    half = difference.half(family)
    least, most = (math.exp(difference.log_ratio + side) for side in (-half, half))
    if low <= least and most <= high:
        return True
    return False if most < low or least > high else None


def _part(contest: _Contest, duels: list[bool | None]) -> Part:
    holds = False if False in duels else None if None in duels else True
    quantity = contest.quantity
    shown: dict[str, list[str]] = {}
    for cell in [*contest.subjects, *_closest(contest)]:
        if cell.value is not None:
            shown.setdefault(quantity.text(cell.value), []).append(cell.name)
    numbers = [_named(names, text) for text, names in shown.items()]
    if contest.test.rule == "ratio_between":
        numbers += [f"ratio {duel.compared.ratio:.2f}" for duel in contest.duels if duel.compared]
    if holds is None:
        numbers += _reasons(contest)
    return Part(place=contest.place, holds=holds, numbers=f"{quantity.title}: {'; '.join(numbers)}")


def _named(names: list[str], text: str) -> str:
    return f"{names[0]} {text}" if len(names) == 1 else f"{' and '.join(names)}, the same {text}"


def _closest(contest: _Contest) -> list[_Cell]:
    """Return the rivals that decide: the highest ones for a subject that should be higher."""
    known = [cell.value for cell in contest.rivals if cell.value is not None]
    if not known:
        return []
    extreme = min(known) if contest.test.rule == "lower" else max(known)
    return [cell for cell in contest.rivals if cell.value == extreme]


def _reasons(contest: _Contest) -> list[str]:
    """Return why it can't be told, each reason once."""
    reasons: dict[str, list[str]] = {}
    for cell in [*contest.subjects, *contest.rivals]:
        if cell.row is None:
            reasons.setdefault(cell.why_none, []).append(cell.name)
    if reasons:
        return [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    if any(duel.compared is None for duel in contest.duels):
        return ["power of different boundaries or accuracy of different sources does not compare"]
    why = list(dict.fromkeys(duel.compared.why for duel in contest.duels if duel.compared and duel.compared.why))
    judged = any(duel.compared and duel.compared.difference for duel in contest.duels)
    return [*why, "their intervals leave it open"] if judged else why
