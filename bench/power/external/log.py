"""Reading the log of any external meter: which columns, in which units, on which calendar."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.errors import UserError

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "W": 1.0, "mW": 1e-3, "uW": 1e-6, "V": 1.0, "mV": 1e-3, "A": 1.0, "mA": 1e-3}
"""What a number in a column's unit is in seconds, watts, volts or amperes."""

_CALENDAR_S = 1e8
"""Numbers beyond are seconds since 1970 (this one is in 1973), smaller ones count from the log's beginning."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """The names of a log's columns, each with its unit if need be: `NAME` or `NAME:UNIT`.

    Attributes
    ----------
    time
        Numbers (`:s`, `:ms`, `:us`) or dates.
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


def read_log(path: Path, columns: Columns, time_zone: str) -> Log:
    """Read a text file with a header line and any usual separator.

    Parameters
    ----------
    time_zone : str
        Of dates that carry none (`Europe/Berlin`); empty: there are no such.

    Raises
    ------
    UserError
        If the file, a column, a unit or the zone is not as it should be.
    """
    if not columns.power and not (columns.voltage and columns.current):
        raise UserError(f"{path}: name the column with power, or both with voltage and current")
    try:
        table = pd.read_csv(path, sep=_separator(path), dtype=str, encoding="utf-8-sig", skipinitialspace=True)
    except OSError as error:
        raise UserError(f"{path} can't be read ({error.strerror}); check its name") from None
    except (ValueError, pd.errors.ParserError) as error:
        raise UserError(f"{path} is no table with a header line ({error}); export it as CSV") from None
    if table.empty:
        raise UserError(f"{path} holds no samples; export the log of the run")
    volts, amps = (_numbers(path, table, name) for name in (columns.voltage, columns.current))
    watts = _numbers(path, table, columns.power) if columns.power else volts * amps
    times_s, on_calendar = _times(path, table, columns.time, time_zone)
    return Log(times_s, watts, volts, amps, on_calendar)


def _separator(path: Path) -> str:
    """Tell from the header line what separates columns: no name in it holds a semicolon or a tab."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline()
    return next((character for character in ";\t," if character in header), r"\s+")


def _column(path: Path, table: pd.DataFrame, spec: str) -> tuple[pd.Series[str], float]:
    """Return the column that `NAME` or `NAME:UNIT` asks for, and its unit."""
    if spec in table:
        return table[spec], 1.0
    name, _, unit = spec.rpartition(":")
    if name not in table:
        raise UserError(f"{path} has no column '{name or spec}'; it has: {', '.join(map(str, table.columns))}")
    if unit not in UNITS:
        raise UserError(f"column '{name}' can't be in '{unit}'; write one of {', '.join(UNITS)} after the colon")
    return table[name], UNITS[unit]


def _numbers(path: Path, table: pd.DataFrame, spec: str) -> Floats:
    if not spec:
        return np.full(len(table), np.nan)
    column, unit = _column(path, table, spec)
    return _parsed(column) * unit


def _parsed(column: pd.Series[str]) -> Floats:
    # A decimal comma is possible only where another character separates the columns.
    return pd.to_numeric(column.str.replace(",", "."), errors="coerce").to_numpy(np.float64)


def _times(path: Path, table: pd.DataFrame, spec: str, time_zone: str) -> tuple[Floats, bool]:
    column, unit = _column(path, table, spec)
    numbers = _parsed(column) * unit
    if np.isfinite(numbers).any():
        return numbers, bool(np.nanmedian(numbers) > _CALENDAR_S)
    try:
        dates = pd.to_datetime(column.str.replace(",", "."), format="ISO8601")
        if dates.dt.tz is None:
            if not time_zone:
                raise UserError(f"the times of {path} carry no time zone; give it, such as --time-zone Europe/Berlin")
            dates = dates.dt.tz_localize(ZoneInfo(time_zone))
    except KeyError:  # ZoneInfoNotFoundError
        raise UserError(f"there is no time zone '{time_zone}'; write it as in Europe/Berlin, or UTC") from None
    except (ValueError, AttributeError):
        raise UserError(
            f"column '{spec}' of {path} begins with '{column.iloc[0]}' and holds no times, or some that the zone "
            "has twice; they may be seconds since 1970 or look like 2026-01-31 12:00:00.5"
        ) from None
    seconds = (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    return np.asarray(seconds, dtype=np.float64), True
