"""The sampler: reads a meter and the board's state on a steady schedule into a run directory."""

from __future__ import annotations

import io
import itertools
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from bench.board.clocks import now
from bench.board.state import State
from bench.errors import UserError
from bench.power.meter import Meter, Reading
from bench.power.readings import CheckedMeter
from bench.results.schema import SAMPLE_COLUMNS, SamplerRecord
from bench.results.store import cannot_write, write_record

_SECOND_NS = 1_000_000_000
_STATE_NS = _SECOND_NS  # temperature and clock are slow, and some boards ask the firmware for them
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

    def now_ns(self) -> int:
        """Return CLOCK_MONOTONIC in nanoseconds."""
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Sampler:
    """Writes `samples.csv` and `sampler.json`, or the next free pair (`samples-2.csv`, `sampler-2.json`, …).

    Each sample is one line, flushed at once, stamped with the middle of the meter's reading. The board's state is
    read once a second: in the lines between, its fields are empty rather than repeated. Slots that pass while
    something takes too long are counted as missed and never made up for.

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
        self._stopped = False

    def stop(self) -> None:
        """Ask `run` to finish within a fraction of a second; safe in a signal handler and from any thread."""
        self._stopped = True

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> SamplerRecord:
        """Sample until `stop` is called or `should_stop` returns True.

        Parameters
        ----------
        should_stop : callable
            Asked before every sample.

        Returns
        -------
        SamplerRecord
            What was written to `sampler.json` at the end.

        Raises
        ------
        UserError
            If the meter can't be used, or the disk is full.
        """
        meter = CheckedMeter(self._meter)
        meter.open()
        try:
            file, record_path = _new_pair(self._folder)
            with file:
                return self._record(meter, file, record_path, lambda: self._stopped or should_stop())
        finally:
            meter.close()

    def _record(
        self, meter: CheckedMeter, file: io.FileIO, record_path: Path, stopping: Callable[[], bool]
    ) -> SamplerRecord:
        cpu_began_s = time.thread_time()
        record = SamplerRecord(
            meter=self._meter.name,
            boundary=self._meter.boundary,
            uncertainty=self._meter.uncertainty,
            details=self._meter.details,
            period_s=max(self._period_s, self._meter.fastest_period_s),
            began=now(),
        )

        def save() -> None:
            record.stale, record.invalid = meter.stale, meter.invalid
            record.cpu_s = round(time.thread_time() - cpu_began_s, 3)
            write_record(record_path, record)

        save()
        try:
            _write(file, ",".join(SAMPLE_COLUMNS))
            self._loop(meter, file, record, save, stopping)
        finally:
            record.ended = now()
            save()
        return record

    def _loop(
        self,
        meter: CheckedMeter,
        file: io.FileIO,
        record: SamplerRecord,
        save: Callable[[], None],
        stopping: Callable[[], bool],
    ) -> None:
        period_ns = round(record.period_s * _SECOND_NS)
        start_ns = state_due_ns = self._clock.now_ns()
        save_due_ns = start_ns + _REFRESH_NS
        slot = 0
        while not stopping():
            before_ns = self._clock.now_ns()
            reading = meter.read(before_ns)
            middle_ns = (before_ns + self._clock.now_ns()) // 2
            state = State()
            if before_ns >= state_due_ns:
                state = self._read_state()
                state_due_ns = before_ns + _STATE_NS - period_ns // 2
            _write(file, _line(middle_ns, reading, state))
            record.samples += 1
            if before_ns >= save_due_ns:
                save()
                save_due_ns = before_ns + _REFRESH_NS
            following = (self._clock.now_ns() - start_ns) // period_ns + 1
            record.missed += following - slot - 1
            slot = following
            self._wait(start_ns + slot * period_ns, stopping)

    def _wait(self, until_ns: int, stopping: Callable[[], bool]) -> None:
        while not stopping():
            left_s = (until_ns - self._clock.now_ns()) / _SECOND_NS
            if left_s <= 0:
                return
            self._clock.sleep(min(left_s, _NAP_S))


def _line(time_ns: int, reading: Reading, state: State) -> str:
    throttled = "" if state.throttled is None else hex(state.throttled)
    return ",".join([str(time_ns), *map(_field, (*reading, state.temp_c, state.arm_mhz)), throttled])


def _field(number: float | None) -> str:
    return "" if number is None else f"{number:.6g}"


def _write(file: io.FileIO, line: str) -> None:
    try:
        file.write(f"{line}\n".encode())
    except OSError as error:
        raise cannot_write(Path(str(file.name)), error) from error


def _new_pair(folder: Path) -> tuple[io.FileIO, Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            ending = "" if number == 1 else f"-{number}"
            record_path = folder / f"sampler{ending}.json"
            if not record_path.exists():
                try:
                    return (folder / f"samples{ending}.csv").open("xb", buffering=0), record_path
                except FileExistsError:
                    pass
        raise AssertionError  # counting never ends
    except OSError as error:
        raise cannot_write(folder, error) from error
