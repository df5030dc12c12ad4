"""How far an external meter's clock is ahead, found by laying its power over a run's windows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.errors import UserError

MIN_COVERAGE = 0.8
"""Share of the windows that a log must cover at an offset for that to be considered."""

MIN_FIT = 0.5
"""Below this correlation the load does not show in the log."""

MIN_ODDS = 1000.0
"""So much more likely than any other offset the best must be, else it stays open which is right."""

_AT_ONCE = 100_000
"""Offsets that are tried in one array, so that a long log takes time and not memory."""

_FINE_S = 0.01
_COARSE_S = (0.05, 1.0)

Floats = npt.NDArray[np.float64]


class LoadWindow(NamedTuple):
    """A window: where it is in seconds, and whether the board worked in it or idled."""

    begin_s: float
    end_s: float
    busy: bool


@dataclass(frozen=True)
class Offset:
    """How far the meter's clock is ahead.

    Attributes
    ----------
    seconds
        The log's time minus this computer's.
    fit
        Correlation (at most 1) of power with the windows' load, times the share of the windows that the log covers.
    second_s, second_fit
        The best offset elsewhere and how well it fits; NaN and 0 if there is none.
    """

    seconds: float
    fit: float
    second_s: float
    second_fit: float


def find_offset(times_s: Floats, watts: Floats, windows: list[LoadWindow]) -> Offset:
    """Find the offset at which power is high in busy windows and low in idle ones.

    At each offset the correlation of power with a signal that is 1 in busy windows and 0 in idle ones is taken over
    all windows; time without a window does not count. Every offset is tried at which the log covers 80 % of them. What
    is found is right to about one period of the log.

    Parameters
    ----------
    times_s, watts : float64 arrays, shape (samples,)
        The log, in order of time; its clock's zero is near this computer's, or anywhere.
    windows : list of LoadWindow
        On this computer's clock, in seconds.

    Raises
    ------
    UserError
        If no offset fits, or two fit alike.
    """
    shortest_s = min((window.end_s - window.begin_s for window in windows if not window.busy), default=0.0)
    if shortest_s <= 0 or not any(window.busy for window in windows):
        raise UserError(
            "the offset of the meter's clock can't be found: the run has no idle and busy windows to compare; "
            "give it with --offset SECONDS"
        )
    coarse_s = float(np.clip(shortest_s / 8, *_COARSE_S))
    tried = np.arange(times_s[0] - windows[-1].end_s, times_s[-1] - windows[0].begin_s, coarse_s)
    fits = _fits(times_s, watts, windows, tried)
    if not np.isfinite(fits).any():
        raise UserError(
            f"the log covers less than {MIN_COVERAGE:.0%} of the run's windows at any offset of its clock; import the "
            "log of the whole run, or give the offset with --offset SECONDS"
        )
    best_s = float(tried[int(np.nanargmax(fits))])
    elsewhere = np.where(np.abs(tried - best_s) > shortest_s, fits, np.nan)
    second = int(np.nanargmax(elsewhere)) if np.isfinite(elsewhere).any() else None
    near = np.arange(best_s - 2 * coarse_s, best_s + 2 * coarse_s, _FINE_S)
    near_fits = _fits(times_s, watts, windows, near)
    finest = int(np.nanargmax(near_fits))
    found = Offset(
        seconds=round(float(near[finest]), 3),
        fit=float(near_fits[finest]),
        second_s=float("nan") if second is None else float(tried[second]),
        second_fit=0.0 if second is None else max(float(elsewhere[second]), 0.0),
    )
    _judge(found, len(windows))
    return found


def fit_at(times_s: Floats, watts: Floats, windows: list[LoadWindow], offset_s: float) -> float:
    """Return how well the load shows in a log at an offset that is given; NaN where the windows don't tell."""
    return float(_fits(times_s, watts, windows, np.array([offset_s]))[0])


def _judge(found: Offset, windows: int) -> None:
    if found.fit < MIN_FIT:
        raise UserError(
            f"the offset of the meter's clock can't be found: the run's load does not show in the log (correlation "
            f"{found.fit:.2f} at best); check the columns, or give it with --offset SECONDS"
        )
    # What a fit leaves unexplained is 1 - fit², taken as Gaussian; each window counts as one observation, however many
    # samples it holds, for those err together. The ratio of likelihoods of the best and the second is then
    # ((1 - second²) / (1 - best²)) ^ (windows / 2).
    unexplained, second_unexplained = 1 - min(found.fit, 0.9999) ** 2, 1 - min(found.second_fit, 0.9999) ** 2
    if windows / 2 * math.log(second_unexplained / unexplained) < math.log(MIN_ODDS):
        raise UserError(
            f"the offset of the meter's clock is ambiguous: {found.seconds:+.1f} s and {found.second_s:+.1f} s fit "
            f"the run's windows alike (correlation {found.fit:.2f} and {found.second_fit:.2f}); "
            "give it with --offset SECONDS"
        )


def _fits(times_s: Floats, watts: Floats, windows: list[LoadWindow], offsets: Floats) -> Floats:
    """Return the fit at each offset, shape (offsets,); NaN where the log covers too little."""
    pieces = range(0, offsets.size, _AT_ONCE)
    return np.concatenate(
        [_fits_at_once(times_s, watts, windows, offsets[begin : begin + _AT_ONCE]) for begin in pieces]
    )


def _fits_at_once(times_s: Floats, watts: Floats, windows: list[LoadWindow], offsets: Floats) -> Floats:
    steps = np.diff(times_s)
    joules = np.concatenate(([0.0], np.cumsum(steps * (watts[1:] + watts[:-1]) / 2)))
    squares = np.concatenate(([0.0], np.cumsum(steps * (watts[1:] ** 2 + watts[:-1] ** 2) / 2)))
    seconds, energy, square = (np.zeros((2, offsets.size)) for _ in range(3))
    for begin_s, end_s, busy in windows:
        begins, ends = (np.clip(edge + offsets, times_s[0], times_s[-1]) for edge in (begin_s, end_s))
        row = int(busy)
        seconds[row] += ends - begins
        energy[row] += np.interp(ends, times_s, joules) - np.interp(begins, times_s, joules)
        square[row] += np.interp(ends, times_s, squares) - np.interp(begins, times_s, squares)
    total = seconds.sum(axis=0)
    covered = total / sum(window.end_s - window.begin_s for window in windows)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = energy[1] / seconds[1] - energy[0] / seconds[0]
        variance = square.sum(axis=0) / total - (energy.sum(axis=0) / total) ** 2
        busy_share = seconds[1] / total
        fits: Floats = difference * np.sqrt(busy_share * (1 - busy_share) / variance) * covered
    fits[(covered < MIN_COVERAGE) | (variance <= 0)] = np.nan
    return fits
