"""The sampler: reads a meter and the board's state on a steady schedule into a run directory.

Its process lives beside what it must not disturb: nothing here, or below, imports more than the standard library.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Optional, Protocol

from bench.board.clocks import instant
from bench.board.state import State
from bench.errors import UserError
from bench.power.meter import Meter
from bench.power.samples.write import Lines
from bench.power.sampling.checked_meter import CheckedMeter
from bench.records.files import SCHEMA_VERSION, is_held, pause_path, write_atomic
from bench.records.samples import create_pair
from bench.records.seal import sealed

_SECOND_NS = 1_000_000_000
_STATE_NS = _SECOND_NS  # temperature and clock are slow, and some boards ask the firmware for them
_FLUSH_NS = _SECOND_NS // 2  # a crash loses no more than that
_PAUSE_CHECK_NS = _SECOND_NS // 10  # looking for a file costs as much as reading the meter
_REFRESH_NS = 30 * _SECOND_NS  # each time waits for the disk, and an SD card may take longer than a slot
_NAP_S = 0.2


class Clock(Protocol):
    """Time, as far as the sampler needs it."""

    def now_ns(self) -> int:
        """Return CLOCK_MONOTONIC in nanoseconds."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class MonotonicClock:
    """The real clock."""

    now_ns = staticmethod(time.monotonic_ns)
    sleep = staticmethod(time.sleep)


class Sampler:
    """Writes `samples.csv` and `sampler.json`, or the next free pair (`samples-2.csv`, `sampler-2.json`, …).

    Each sample is one line, on the disk within half a second, stamped with the middle of the meter's reading or with
    the moment that the meter itself gives. The board's state is read once a second: in the lines between, its fields
    are empty rather than repeated. Slots that pass while something takes too long are counted as missed and never
    made up for.

    Parameters
    ----------
    meter : Meter
        The power meter, not yet opened.
    read_state : callable
        Returns the board's state (`StateReader().read`).
    folder : Path
        The run directory, created if need be.
    period_s : float
        Seconds between two samples; a meter that is slower than this sets its own pace.
    clock : Clock
        Replaced in tests.
    """

    def __init__(
        self,
        meter: Meter,
        read_state: Callable[[], State],
        folder: Path,
        period_s: float = 0.1,
        clock: Clock | None = None,
    ) -> None:
        if not (math.isfinite(period_s) and period_s > 0):
            raise UserError(f"a sampling period of {period_s} s makes no sense; give seconds greater than zero")
        self._meter = meter
        self._read_state = read_state
        self._folder = folder
        self._period_s = period_s
        self._clock = clock or MonotonicClock()
        self._pause = pause_path(folder)
        self._stopped = False

    def stop(self) -> None:
        """Ask `run` to finish within a fraction of a second; safe in a signal handler and from any thread."""
        self._stopped = True

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> dict[str, Any]:
        """Sample until `stop` is called or `should_stop` returns True.

        Parameters
        ----------
        should_stop : callable
            Asked before every sample.

        Returns
        -------
        dict
            What was written to `sampler.json` at the end, a `SamplerRecord`.

        Raises
        ------
        UserError
            If the meter can't be used, or the disk is full.
        """
        meter = CheckedMeter(self._meter)
        meter.open()
        try:
            file, pair = create_pair(self._folder)
            with file:
                diary = _Diary(self._meter, meter, self._period_s, pair.record)
                diary.save()
                try:
                    with Lines(file) as lines:
                        self._loop(meter, lines, diary, lambda: self._stopped or should_stop())
                    diary.samples_sha256 = lines.sha256
                finally:
                    diary.ended = instant()
                    record = diary.save()
                return record
        finally:
            meter.close()

    def _loop(self, meter: CheckedMeter, lines: Lines, diary: _Diary, stopping: Callable[[], bool]) -> None:
        period_ns = round(diary.period_s * _SECOND_NS)
        start_ns = state_due_ns = pause_check_due_ns = self._clock.now_ns()
        flush_due_ns, save_due_ns = start_ns + _FLUSH_NS, start_ns + _REFRESH_NS
        slot = 0
        while not stopping():
            before_ns = self._clock.now_ns()
            if before_ns >= pause_check_due_ns:
                if is_held(self._pause):
                    start_ns, slot = self._after_pause(lines, stopping), 0
                    continue
                pause_check_due_ns = before_ns + _PAUSE_CHECK_NS
            diary.late(before_ns - start_ns - slot * period_ns)
            readings = meter.readings(before_ns)
            middle_ns = (before_ns + self._clock.now_ns()) // 2
            state = None
            if before_ns >= state_due_ns:
                state = self._read_state()
                state_due_ns = before_ns + _STATE_NS - period_ns // 2
            diary.samples += lines.add(middle_ns, readings, state)
            if before_ns >= flush_due_ns:
                lines.flush()
                flush_due_ns = before_ns + _FLUSH_NS
            if before_ns >= save_due_ns:
                diary.save()
                save_due_ns = before_ns + _REFRESH_NS
            following = (self._clock.now_ns() - start_ns) // period_ns + 1
            diary.missed += following - slot - 1
            slot = following
            self._wait(start_ns + slot * period_ns, stopping)

    def _after_pause(self, lines: Lines, stopping: Callable[[], bool]) -> int:
        """Do nothing until nobody wants a pause any more; return the present moment."""
        lines.flush()
        while is_held(self._pause) and not stopping():
            self._clock.sleep(_NAP_S)
        return self._clock.now_ns()

    def _wait(self, until_ns: int, stopping: Callable[[], bool]) -> None:
        while (left_s := (until_ns - self._clock.now_ns()) / _SECOND_NS) > _NAP_S:
            self._clock.sleep(_NAP_S)
            if stopping():
                return
        if left_s > 0:
            self._clock.sleep(left_s)


class _Diary:
    """What goes into `sampler.json`."""

    def __init__(self, meter: Meter, checked: CheckedMeter, period_s: float, path: Path) -> None:
        self._meter = meter
        self._checked = checked
        self._path = path
        self._cpu_began_s = _cpu_s()
        self._lateness: Counter[int] = Counter()
        self.period_s = max(period_s, meter.fastest_period_s)
        self.samples = self.missed = 0
        self.began = instant()
        self.ended: Optional[dict[str, Any]] = None
        self.samples_sha256: Optional[str] = None

    def late(self, late_ns: int) -> None:
        """Note how long after its slot a sample is taken, in steps of 0.1 ms."""
        self._lateness[late_ns // 100_000] += 1

    def save(self) -> dict[str, Any]:
        """Write and return the record; raises UserError if the disk is full."""
        record = {
            "schema_version": SCHEMA_VERSION,
            "meter": self._meter.name,
            "boundary": self._meter.boundary,
            "uncertainty": self._meter.uncertainty,
            "details": self._meter.details,
            "period_s": self.period_s,
            "samples": self.samples,
            "missed": self.missed,
            "invalid": self._checked.tally.invalid,
            **asdict(self._checked.tally),
            "longest_unchanged_s": round(self._checked.longest_unchanged_ns / _SECOND_NS, 3),
            "jitter_ms_p99": self._jitter_ms(0.99),
            "cpu_s": round(_cpu_s() - self._cpu_began_s, 3),
            "samples_sha256": self.samples_sha256,
            "began": self.began,
            "ended": self.ended,
        }
        write_atomic(self._path, sealed(json.dumps(record, indent=1).encode()))
        return record

    def _jitter_ms(self, share: float) -> float | None:
        wanted = share * sum(self._lateness.values())
        seen = 0
        for step, count in sorted(self._lateness.items()):
            seen += count
            if seen >= wanted:
                return (step + 1) / 10
        return None


def _cpu_s() -> float:
    times = os.times()
    return time.thread_time() + times.children_user + times.children_system
