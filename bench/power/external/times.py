"""The times of a log: numbers or dates, of a zone or with offsets, in whichever order they stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.errors import UserError

CALENDAR_S = 1e8
"""Numbers beyond are seconds since 1970 (this one is in 1973), smaller ones count from the log's beginning."""

_OFFSET = re.compile(r":.*(?:Z|[+-]\d\d(?::?\d\d)?)$")
"""What a date with a time ends in, if it says how far from UTC it is."""

_DAY_FIRST = r"^(\d\d)\.(\d\d)\.(\d{4})\.? +"
"""A date with points begins with the day, and a comma (by then a point) may follow it; with slashes nobody can tell."""

_MAY_BE_TORN = 0.01
"""Up to this share of dates without an offset, among others that have one, are taken for torn ones."""

_REPEATING = 0.2
"""From this share of equal neighbours on, times are cut off to whole steps (seconds, say), not merely doubled."""

Floats = npt.NDArray[np.float64]


def find_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name; raises UserError if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such zone; a path; a folder of zones, such as Europe
        raise UserError(f"there is no time zone '{name}'; write it as in Europe/Berlin, or UTC") from None


def seconds_of_dates(texts: list[str], zone: ZoneInfo | None, path: Path) -> Floats:
    """Return dates as seconds since 1970; NaN for what is none.

    Parameters
    ----------
    zone : ZoneInfo or None
        Of dates that carry no offset.

    Raises
    ------
    UserError
        If dates carry no offset and there is no zone, if only some carry one, or if the zone has a time twice or not
        at all.
    """
    column = pd.Series(texts, dtype=str).str.strip().str.replace(",", ".")
    column = column.str.replace(r"\s*(?:UTC|GMT)$", "Z", regex=True)
    column = column.str.replace(_DAY_FIRST, r"\3-\2-\1 ", regex=True)
    dates = pd.to_datetime(column, format="ISO8601", utc=True, errors="coerce")
    dates = dates.where(column.str.contains(":"))  # a date alone is a torn line's
    with_offset = column[dates.notna()].str.contains(_OFFSET)
    if with_offset.any() and (~with_offset).mean() <= _MAY_BE_TORN:
        dates = dates.where(with_offset.reindex(dates.index, fill_value=False))
    elif with_offset.any() and not with_offset.all():
        raise UserError(f"some times of {path} carry an offset from UTC and some don't; export them alike")
    if dates.notna().any() and not with_offset.any():
        if zone is None:
            raise UserError(f"the times of {path} carry no time zone; give it, such as --time-zone Europe/Berlin")
        dates = _localized(dates.dt.tz_localize(None), zone, path)
    seconds = (dates - pd.Timestamp(0, tz="UTC").as_unit(dates.dt.unit)).dt.total_seconds()
    return np.asarray(seconds, dtype=np.float64)


def _localized(dates: pd.Series[pd.Timestamp], zone: ZoneInfo, path: Path) -> pd.Series[pd.Timestamp]:
    once = dates.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    odd = dates[once.isna() & dates.notna()]
    if odd.empty:
        return once
    first = odd.iloc[0]
    exists = pd.notna(odd.dt.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").iloc[0])
    if exists:
        raise UserError(f"{zone} has no {first:%H:%M} on {first:%Y-%m-%d}, as {path} says; give the zone of its times")
    raise UserError(
        f"{zone} has {first:%H:%M:%S} on {first:%Y-%m-%d} twice, so the times of {path} don't tell which is meant; "
        "export the log in UTC, or with offsets"
    )


def in_order(times_s: Floats) -> npt.NDArray[np.intp]:
    """Return the indices of the largest part of a log whose times never go back, in order of time.

    A log with the newest row first is turned round; a few times that jump ahead or back cost their own rows only.

    Parameters
    ----------
    times_s : float64 array, shape (samples,)
        Finite seconds.

    Notes
    -----
    The longest non-decreasing subsequence, by patience sorting (Knuth, The Art of Computer Programming 3, 5.1.4).
    """
    steps = np.diff(times_s)
    backwards = np.count_nonzero(steps < 0) > np.count_nonzero(steps > 0)
    order = np.arange(times_s.size)[:: -1 if backwards else 1]
    if not (np.diff(times_s[order]) < 0).any():
        return order
    tails: list[float] = []
    tail_at: list[int] = []
    former = np.full(order.size, -1)
    for at, seconds in enumerate(times_s[order].tolist()):
        pile = bisect_right(tails, seconds)
        former[at] = tail_at[pile - 1] if pile else -1
        tails[pile : pile + 1], tail_at[pile : pile + 1] = [seconds], [at]
    kept, at = [], tail_at[-1] if tail_at else -1
    while at >= 0:
        kept.append(at)
        at = int(former[at])
    chosen: npt.NDArray[np.intp] = order[np.array(kept[::-1], dtype=np.intp)]
    return chosen


def spread_repeated(times_s: Floats) -> Floats:
    """Return times that were cut off to whole steps (ten samples a second in whole seconds, say) evenly within them.

    Parameters
    ----------
    times_s : float64 array, shape (samples,)
        In order. Where only a few are equal they are left as they are.
    """
    if times_s.size < 3 or np.count_nonzero(np.diff(times_s) == 0) < _REPEATING * (times_s.size - 1):
        return times_s
    stamps, first, counts = np.unique(times_s, return_index=True, return_counts=True)
    if stamps.size < 2:
        return times_s
    step = float(np.median(np.diff(stamps)))
    usual = float(np.median(counts))
    # A stamp's samples fill the time up to the next one, or one step where that is later; the log may begin and end in
    # the middle of a step: there they come at the usual rate, the first up to the next stamp.
    lengths = np.minimum(np.append(np.diff(stamps), step), step)
    periods = lengths / counts
    begins = stamps.copy()
    if counts[0] < usual:
        periods[0] = step / usual
        begins[0] = stamps[0] + lengths[0] - counts[0] * periods[0]
    if counts[-1] < usual:
        periods[-1] = step / usual
    places = np.arange(times_s.size) - np.repeat(first, counts)
    spread: Floats = np.repeat(begins, counts) + places * np.repeat(periods, counts)
    return spread
