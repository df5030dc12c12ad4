"""How a log writes its numbers: which sign is the decimal one, and which groups thousands."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.errors import UserError
from bench.power.external.text import shown

_SPACES = re.compile(r"(?<=\d)[\u00a0\u2009\u202f\u2019 '](?=\d{3}(?!\d))")
"""What never is a decimal sign: the spaces and apostrophes that some countries put between thousands."""

_NUMBER = re.compile(r"[+-]?(\d*)(?:([.,])(\d*))?(?:[eE][+-]?\d+)?")
_OTHER = {".": ",", ",": "."}
_GROUPED = {
    sign: re.compile(rf"[+-]?\d{{1,3}}(?:(?:[{sign}]\d{{3}}){{2,}}(?:[{other}]\d*)?|[{sign}]\d{{3}}[{other}]\d*)")
    for sign, other in _OTHER.items()
}
"""Thousands grouped by a sign that stands twice, or before the other one."""

_DIGITS = 20
_FAR = 100.0
"""Numbers that differ by so much from the others of their column were read with the wrong sign."""

_REMEMBERED = 1000

_TORN, _MAY_BE_TORN = 2, 0.01
"""So many fields with digits that are no number, or this share of them, are taken for torn ones."""


@dataclass
class Evidence:
    """What the fields of one column tell of its decimal sign.

    Attributes
    ----------
    decimal
        For each sign that some field proves to be the decimal one, the first such field.
    open
        For each sign, fields that it could be both in (`5,012`).
    plain
        Numbers without a sign.
    """

    decimal: dict[str, str] = field(default_factory=dict)
    open: dict[str, list[str]] = field(default_factory=lambda: {".": [], ",": []})
    plain: list[float] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Take in one field."""
        text = _SPACES.sub("", text.strip())
        for grouping, pattern in _GROUPED.items():
            if pattern.fullmatch(text):
                self.decimal.setdefault(_OTHER[grouping], text)
                return
        if (parts := _NUMBER.fullmatch(text)) is None:
            return
        if not parts[2]:
            if text.isdecimal() and len(text) < _DIGITS and len(self.plain) < _REMEMBERED:
                self.plain.append(float(text))
        else:
            before, sign, after = parts[1], parts[2], parts[3]
            if len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0"):
                if len(self.open[sign]) < _REMEMBERED:
                    self.open[sign].append(text)
            else:
                self.decimal.setdefault(sign, text)

    def sign(self, elsewhere: str, where: str) -> str:
        """Return the column's decimal sign.

        Parameters
        ----------
        elsewhere : str
            The sign that another column of the log proves; empty if none does.
        where : str
            The column, for the message.

        Raises
        ------
        UserError
            If fields contradict each other, or could mean a thousand times as much.
        """
        if len(self.decimal) == 2:
            point, comma = self.decimal["."], self.decimal[","]
            raise UserError(f"{where} writes both '{point}' and '{comma}'; export it with one decimal sign throughout")
        proven = next(iter(self.decimal), elsewhere)
        if proven:
            return proven
        for sign in (",", "."):
            if self.open[sign]:
                return self._by_size(sign, where)
        return "."

    def _by_size(self, sign: str, where: str) -> str:
        """Return the sign with which the undecided fields are of the size of the column's other numbers."""
        first = self.open[sign][0]
        if not self.plain:
            if sign == "." and not self.open[","]:
                return "."  # what programs write, if nothing speaks against it
        else:
            ratio = statistics.median(self.plain) / statistics.median(
                float(text.replace(",", ".")) for text in self.open[sign]
            )
            if ratio >= _FAR:
                return _OTHER[sign]
            if ratio <= _FAR / 10:
                return sign
        raise UserError(
            f"{where} holds '{first}', which may be {first.replace(sign, '')} or {first.replace(sign, '.')}; "
            "export the log with a decimal point and without a sign between thousands"
        )


def number(text: str, decimal: str) -> float:
    """Return a field's number; NaN if it is none.

    Parameters
    ----------
    decimal : str
        The decimal sign; the other of point and comma may only group thousands.

    Examples
    --------
    >>> number("1.234,5", ",")
    1234.5
    >>> number("12,34", ".")
    nan
    """
    text = text.strip()
    try:
        return float(text) if decimal == "." and "_" not in text else _written(text, decimal)
    except ValueError:
        return _written(text, decimal)


def numbers(texts: Iterable[str], decimal: str) -> list[float]:
    """Return the number of each field, as `number` does."""
    return [number(text, decimal) for text in texts]


@dataclass
class NumberReader:
    """Reads the numbers of one column, and notices what it can't read: leaving it out would bias what is left.

    Attributes
    ----------
    where
        The column, for the message.
    decimal
        Its decimal sign.
    """

    where: str
    decimal: str
    _fields: int = 0
    _unread: list[str] = field(default_factory=list)

    def read(self, texts: Iterable[str]) -> list[float]:
        """Return the number of each field, NaN for what is none."""
        texts = list(texts)
        found = numbers(texts, self.decimal)
        self._fields += len(found)
        self._unread += [
            text for text, value in zip(texts, found) if math.isnan(value) and any(map(str.isdecimal, text))
        ]
        return found

    def check(self) -> None:
        """Raise UserError if more fields than a few torn ones hold digits and are no number."""
        if len(self._unread) > max(_TORN, _MAY_BE_TORN * self._fields):
            raise UserError(
                f"{self.where} holds '{shown(self._unread[0])}' and {len(self._unread) - 1:,} others that are no plain "
                "numbers; export them without unit and without a sign between thousands"
            )


def _written(text: str, decimal: str) -> float:
    text = _SPACES.sub("", text)
    grouping = _OTHER[decimal]
    if grouping in text:
        whole, *rest = text.split(decimal)
        if len(rest) > 1 or not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(grouping)}\d{{3}})+", whole):
            return math.nan
        text = decimal.join([whole.replace(grouping, ""), *rest])
    text = text.replace(decimal, ".")
    try:
        return float(text) if _NUMBER.fullmatch(text) and text.strip("+-.") else math.nan
    except ValueError:
        return math.nan
