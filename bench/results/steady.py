"""Whether cells were steady, and nothing else ran beside them."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence

from bench.records.columns import Row
from bench.records.notes import Note
from bench.records.notes.steadiness import (
    BusyIdle,
    BusyTimed,
    Drifting,
    FanPower,
    IdleLikeLoad,
    NotSteady,
    SlowRepetition,
    TwoModes,
)
from bench.records.schema import Repetition
from bench.records.statistics import throughput
from bench.records.steadiness import drifts, trend, two_modes

MAX_OTHER_LOAD = 0.1
"""The processor's share that the system itself, and the sampler, may take."""

MAX_LAG = 0.1
"""A repetition slower by more than this share than the median of its neighbours stands out."""

FEWEST_NEIGHBOURS = 3

IDLE_SHARE = 0.97
"""Idle power above this share of power under load is no idle power: a Raspberry Pi's is at most 0.6 of it."""

_FAN = re.compile(r"\b(fan|active)\b", re.IGNORECASE)
_NO_FAN = re.compile(r"\b(no|without|off|passive)\b", re.IGNORECASE)


class Watch:
    """Looks at one cell after another, and says at the end what was not steady and what else ran."""

    def __init__(self) -> None:
        self._trends: list[str] = []
        self._drifting: list[str] = []
        self._idle_like_load: list[str] = []
        self._busy: dict[str, float] = {}
        self._busy_timed: dict[str, float] = {}
        self._single: list[Note] = []

    def is_steady(self, records: Sequence[Repetition], row: Row) -> bool:
        """Look at a cell's good repetitions; tell whether there was neither a trend, nor two modes, nor a drift."""
        cell = f"{row.framework} {row.variant.name}"
        for found, loads in (
            (self._busy, [record.idle_load for record in records]),
            (self._busy_timed, [record.timed_load for record in records]),
        ):
            most = max((load for load in loads if load is not None), default=0.0)
            if most > MAX_OTHER_LOAD:
                found[cell] = most
        if row.power_w_idle and row.power_w_mean and row.power_w_idle > IDLE_SHARE * row.power_w_mean:
            self._idle_like_load.append(cell)
        trends = {record.repetition: trend(_times(record)) for record in records}
        moved = [f"{cell} repetition {number} ({change:+.1%} time)" for number, change in trends.items() if change]
        self._trends += moved
        return self._is_one_group(cell, records) and not moved

    def notes(self) -> list[Note]:
        """Return what all cells together come to."""
        found = list(self._single)
        if self._trends:
            found.append(NotSteady(cells=self._trends))
        if self._drifting:
            found.append(Drifting(cells=self._drifting))
        if self._busy:
            found.append(BusyIdle(load=max(self._busy.values()), cells=list(self._busy)))
        if self._busy_timed:
            found.append(BusyTimed(load=max(self._busy_timed.values()), cells=list(self._busy_timed)))
        if self._idle_like_load:
            found.append(IdleLikeLoad(cells=self._idle_like_load))
        return found

    def _is_one_group(self, cell: str, records: Sequence[Repetition]) -> bool:
        rates = [throughput(record.preprocess_ns, record.inference_ns) for record in records]
        modes = two_modes(rates)
        if modes is not None:
            low, high, lows, highs = modes
            self._single.append(TwoModes(cell=cell, low_fps=low, high_fps=high, lows=lows, highs=highs))
            return False
        if len(rates) >= FEWEST_NEIGHBOURS:
            usual = statistics.median(rates)
            self._single += [
                SlowRepetition(cell=cell, repetition=record.repetition, slower=1 - rate / usual)
                for record, rate in zip(records, rates)
                if rate < (1 - MAX_LAG) * usual
            ]
        if drifts(rates):
            self._drifting.append(cell)
            return False
        return True


def fan_power(rows: Sequence[Row]) -> list[FanPower]:
    """Return that a fan's watts are in the numbers, where one cooled the board and the meter sees the whole of it."""
    seen = [row.cooling for row in rows if row.cooling and row.boundary in ("wall", "usb-input")]
    return [FanPower(cooling=cooling) for cooling in dict.fromkeys(seen) if has_fan(cooling)]


def has_fan(cooling: str) -> bool:
    """Tell whether the user's words for the cooling speak of a fan."""
    return bool(_FAN.search(cooling)) and not _NO_FAN.search(cooling)


def _times(record: Repetition) -> list[int]:
    return [preprocess + inference for preprocess, inference in zip(record.preprocess_ns, record.inference_ns)]
