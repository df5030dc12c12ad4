"""Reading the log of any external meter: which columns, in which units, on which calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from bench.errors import UserError
from bench.power.external.numerals import Evidence, NumberReader, numbers
from bench.power.external.text import LogText, read_header, shown
from bench.power.external.times import CALENDAR_S, find_zone, seconds_of_dates

_TIMES = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
UNITS = {**_TIMES, "W": 1.0, "mW": 1e-3, "uW": 1e-6, "V": 1.0, "mV": 1e-3, "A": 1.0, "mA": 1e-3}
"""What a number in a column's unit is in seconds, watts, volts or amperes."""

_DAY_S = 86_400.0
_NEAR_S = 15 * 3600.0
"""So far from the run a log is read: clocks may be off by a time zone. A month's log costs no more than a day's."""

LONGEST_S = 3 * _DAY_S
"""A log whose times don't tell the day may not be longer."""

_BLOCK = 50_000

_LATEST_S = 1e11
"""No calendar of a meter goes on for three thousand years."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LogColumns:
    """The names of a log's columns, each with its unit if need be: `NAME` or `NAME:UNIT`.

    Attributes
    ----------
    time
        Numbers (`:s`, `:ms`, `:us`, `:ns`) or dates; `DATE+TIME` for a date and a time of day in two columns.
    power, voltage, current
        Power, or else voltage and current, whose product it is; empty if there is none.
    """

    time: str
    power: str = ""
    voltage: str = ""
    current: str = ""


@dataclass(frozen=True)
class Log:
    """A log's numbers, one row a sample, as they stand in it.

    Attributes
    ----------
    times_s
        Seconds since 1970, or from the log's beginning.
    watts, volts, amps
        NaN where there is none.
    on_calendar
        Whether the times are of the calendar.
    """

    times_s: Floats
    watts: Floats
    volts: Floats
    amps: Floats
    on_calendar: bool


@dataclass(frozen=True)
class _Column:
    index: int
    unit: float
    where: str


def read_log(path: Path, columns: LogColumns, time_zone: str, near: tuple[float, float] | None = None) -> Log:
    """Read a text file with a header line, any usual separator, encoding and way of writing numbers.

    Parameters
    ----------
    time_zone : str
        Of dates that carry no offset (`Europe/Berlin`); empty: there are no such.
    near : pair of float, optional
        Begin and end of what the log is wanted for, in seconds since 1970: of a log with times of the calendar only
        what lies within 15 hours of it is kept, if anything does.

    Raises
    ------
    UserError
        If the file, a column, a unit, a number or the zone is not as it should be.
    """
    if not columns.power and not (columns.voltage and columns.current):
        raise UserError(f"{path}: name the column with power, or both with voltage and current")
    zone = find_zone(time_zone) if time_zone else None
    text = read_header(path)
    specs = (columns.power, columns.voltage, columns.current)
    wanted = [_column(text, spec) if spec else None for spec in specs]
    clock = _Clock(text, columns.time, zone)
    signs = _decimal_signs(text, [column for column in wanted if column is not None], clock.column)
    found = _read(text, wanted, clock, signs, near)
    if near is not None and found.on_calendar and found.times_s.size == 0:
        found = _read(text, wanted, clock, signs, None)  # a meter whose clock was never set
    return found


class _Clock:
    """The column of times, or the two of date and time of day."""

    def __init__(self, text: LogText, spec: str, zone: ZoneInfo | None) -> None:
        self._text, self._spec, self._zone = text, spec, zone
        date, plus, day_time = spec.partition("+")
        self._parts = [text.index(name.strip()) for name in (date, day_time)] if plus and spec not in text.names else []
        self.column = None if self._parts else _column(text, spec)
        self._numeric: bool | None = None

    def seconds(
        self, rows: list[list[str]], decimal: str, wide: tuple[float, float] | None
    ) -> tuple[Floats, list[int]]:
        """Return the times of some rows and which rows they are; those far from what is wanted are left out."""
        if self.column is not None and self._is_numeric(rows, decimal):
            index, unit = self.column.index, self.column.unit
            times_s = np.array(numbers((row[index] for row in rows), decimal)) * unit
            return times_s, list(range(len(rows)))
        texts = [self._date(row) for row in rows]
        places = list(range(len(texts)))
        if wide is not None:  # a change of the clock matters near the run only
            roughly = seconds_of_dates(texts, ZoneInfo("UTC"), self._text.path)
            places = np.flatnonzero(~(np.abs(roughly - sum(wide) / 2) > (wide[1] - wide[0]) / 2 + _DAY_S)).tolist()
        return seconds_of_dates([texts[place] for place in places], self._zone, self._text.path), places

    def _date(self, row: list[str]) -> str:
        if self._parts:
            return " ".join(row[part].strip() for part in self._parts)
        assert self.column is not None
        return row[self.column.index]

    def _is_numeric(self, rows: list[list[str]], decimal: str) -> bool:
        if self._numeric is None:
            assert self.column is not None
            fields = [row[self.column.index] for row in rows]
            self._numeric = bool(np.isfinite(numbers(fields, decimal)).mean() > 0.5)
        return self._numeric

    def _refusal(self, first: str) -> UserError:
        return UserError(
            f"column '{shown(self._spec)}' of {self._text.path} begins with '{shown(first)}' and holds no times; they "
            "may be seconds since 1970 or look like 2026-01-31 12:00:00.5, in two columns too (--time-column DATE+TIME)"
        )

    def check(self, rows: list[list[str]], times_s: Floats) -> None:
        """Raise UserError if most of the first rows have no time."""
        if times_s.size and np.isfinite(times_s).mean() < 0.5:
            raise self._refusal(self._date(rows[0]))
        if times_s.size and np.nanmedian(times_s) > _LATEST_S:
            raise UserError(
                f"column '{shown(self._spec)}' of {self._text.path} begins with '{shown(self._date(rows[0]))}', which "
                "is no time in seconds; say its unit (--time-column NAME:ms, NAME:us or NAME:ns), or export dates"
            )


def _column(text: LogText, spec: str) -> _Column:
    """Return the column that `NAME` or `NAME:UNIT` asks for."""
    if spec.strip() in text.names:
        return _Column(text.index(spec.strip()), 1.0, f"column '{shown(spec)}' of {text.path}")
    name, _, unit = (part.strip() for part in spec.rpartition(":"))
    index = text.index(name or spec)
    if unit not in UNITS:
        raise UserError(f"column '{name}' can't be in '{unit}'; write one of {', '.join(UNITS)} after the colon")
    return _Column(index, UNITS[unit], f"column '{shown(name)}' of {text.path}")


def _blocks(text: LogText) -> Iterator[list[list[str]]]:
    rows = text.rows()
    while block := list(islice(rows, _BLOCK)):
        yield block


def _decimal_signs(text: LogText, columns: list[_Column], clock: _Column | None) -> dict[int, str]:
    """Return the decimal sign of each column, as all its fields show it; one that shows none follows the others."""
    every = [*columns, clock] if clock else columns
    evidence = {column.index: Evidence() for column in every}
    for block in _blocks(text):
        for index, found in evidence.items():
            for row in block:
                found.add(row[index])
    # Times may be written by other rules than the meter's numbers.
    proven = {sign for column in columns for sign in evidence[column.index].decimal}
    elsewhere = proven.pop() if len(proven) == 1 else ""
    return {column.index: evidence[column.index].sign(elsewhere, column.where) for column in every}


def _read(
    text: LogText,
    wanted: list[_Column | None],
    clock: _Clock,
    signs: dict[int, str],
    near: tuple[float, float] | None,
) -> Log:
    wide = None if near is None else (near[0] - _NEAR_S, near[1] + _NEAR_S)
    parts: list[list[Floats]] = []
    on_calendar = None
    total = 0
    clock_sign = "." if clock.column is None else signs[clock.column.index]
    readers = [NumberReader(column.where, signs[column.index]) if column else None for column in wanted]
    for block in _blocks(text):
        total += len(block)
        times_s, places = clock.seconds(block, clock_sign, wide)
        if on_calendar is None:
            clock.check([block[place] for place in places], times_s)
            finite = times_s[np.isfinite(times_s)]
            on_calendar = not finite.size or float(np.median(finite)) > CALENDAR_S
        # What has no time stays, to be counted among what is refused.
        kept = ~((times_s < wide[0]) | (times_s > wide[1])) if wide and on_calendar else np.full(times_s.size, True)
        rows = [block[place] for place, keep in zip(places, kept) if keep]
        values = [
            np.full(len(rows), np.nan)
            if column is None or reader is None
            else np.array(reader.read(row[column.index] for row in rows)) * column.unit
            for column, reader in zip(wanted, readers)
        ]
        parts.append([times_s[kept], *values])
    if not total:
        raise UserError(f"{text.path} holds no samples; export the log of the run")
    for reader in filter(None, readers):
        reader.check()
    times_s, watts, volts, amps = (np.concatenate(columns) for columns in zip(*parts))
    if wanted[0] is None:
        watts = volts * amps
    return Log(times_s, watts, volts, amps, bool(on_calendar))
