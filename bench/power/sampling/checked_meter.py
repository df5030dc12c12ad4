"""Which of a meter's readings may be believed."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass

from bench.power.meter import Meter, Reading

_RETRY_NS = 1_000_000_000
"""A meter that can't be opened again is tried once a second: each try may cost a search through sysfs or a time-out."""

_AHEAD_NS = 1_000_000_000
"""A logger on this computer can't know what comes: a time that jumps ahead would make all that follow it late."""


@dataclass
class Tally:
    """How many readings were doubtful, and why: the fields of `SamplerRecord` with these names."""

    stale: int = 0
    not_a_number: int = 0
    negative: int = 0
    backwards: int = 0
    unanswered: int = 0
    outages: int = 0

    @property
    def invalid(self) -> int:
        """All readings that were refused."""
        return self.not_a_number + self.negative + self.backwards + self.unanswered


class CheckedMeter:
    """A meter whose doubtful readings come without watts, and are counted.

    Parameters
    ----------
    meter : Meter
        Where the readings come from; opened again by itself if it stops answering.

    Attributes
    ----------
    tally : Tally
        What was doubtful so far.
    longest_unchanged_ns
        The longest time in which every reading was the same, in nanoseconds.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._is_open = False
        self._is_out = False
        self._retry_ns = 0
        self._last: tuple[float | None, ...] = ()
        self._last_ns = 0
        self._changed_ns = 0
        self.longest_unchanged_ns = 0
        self.tally = Tally()

    def open(self) -> None:
        """Open the meter; raises UserError where it can't be used."""
        self._meter.open()
        self._is_open = True

    def readings(self, now_ns: int) -> list[Reading]:
        """Return what the meter read since the last call; watts that can't be believed are None.

        Parameters
        ----------
        now_ns : int
            CLOCK_MONOTONIC in nanoseconds.
        """
        if self._meter.boundary is None or (not self._is_open and now_ns < self._retry_ns):
            return []
        try:
            if not self._is_open:
                self.open()
            readings = self._meter.readings()
        except Exception:  # whatever a meter's answer does to its parser, the sampler goes on
            if not self._is_open:
                self._retry_ns = now_ns + _RETRY_NS
            self.close()
            self.tally.unanswered += 1
            self.tally.outages += not self._is_out
            self._is_out = True
            return []
        self._is_out = self._is_out and not readings
        checked = (self._checked(reading, now_ns) for reading in readings)
        return [reading for reading in checked if reading is not None]

    def close(self) -> None:
        """Close the meter, whatever state it is in."""
        self._is_open = False
        with suppress(OSError):
            self._meter.close()

    def _checked(self, reading: Reading, now_ns: int) -> Reading | None:
        watts, volts, amps, stamped_ns = reading
        time_ns = now_ns if stamped_ns is None else stamped_ns
        if time_ns < self._last_ns or time_ns > now_ns + _AHEAD_NS:
            self.tally.backwards += 1
            return None  # a moment that has its watts already, or that has not come
        if watts is None or not math.isfinite(watts) or (amps is not None and not math.isfinite(amps)):
            self.tally.not_a_number += 1
        elif watts < 0 or (amps is not None and amps < 0):  # a current that flows backwards charges something
            self.tally.negative += 1
        elif self._last != reading[:3]:
            self._last, self._last_ns, self._changed_ns = reading[:3], time_ns, time_ns
            return reading
        # A steady load gives equal readings too, and a slot may come a little early: only half a period is proof.
        elif stamped_ns is None and time_ns - self._last_ns < self._meter.fastest_period_s * 5e8:
            self.tally.stale += 1
            return Reading(None)
        else:
            self._last_ns = time_ns
            self.longest_unchanged_ns = max(self.longest_unchanged_ns, time_ns - self._changed_ns)
            return reading
        return Reading(None, _finite(volts), _finite(amps), stamped_ns)


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
