"""Which of a meter's readings may be believed."""

from __future__ import annotations

import math
from contextlib import suppress

from bench.errors import UserError
from bench.power.meter import Meter, Reading

_NOTHING = Reading(None)


class CheckedMeter:
    """A meter whose doubtful readings come without watts, and are counted.

    Parameters
    ----------
    meter : Meter
        Where the readings come from; opened again by itself if it stops answering.

    Attributes
    ----------
    stale
        Readings equal to the one before, taken before the meter can have made another.
    invalid
        Readings without an answer, not finite, or negative (a current that flows backwards charges something).
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._is_open = False
        self._last = _NOTHING
        self._last_ns = 0
        self.stale = 0
        self.invalid = 0

    def open(self) -> None:
        """Open the meter; raises UserError where it can't be used."""
        self._meter.open()
        self._is_open = True

    def read(self, now_ns: int) -> Reading:
        """Return a reading; its watts are None if they can't be believed.

        Parameters
        ----------
        now_ns : int
            CLOCK_MONOTONIC in nanoseconds.
        """
        if self._meter.boundary is None:
            return _NOTHING
        try:
            if not self._is_open:
                self.open()
            reading = self._meter.read()
        except (OSError, UserError):
            self.close()
            self.invalid += 1
            return _NOTHING
        if not _plausible(reading):
            self.invalid += 1
            return Reading(None, _finite(reading.volts), _finite(reading.amps))
        # A steady load gives equal readings too, and a slot may come a little early: only half a period is proof.
        if reading == self._last and now_ns - self._last_ns < self._meter.fastest_period_s * 1e9 / 2:
            self.stale += 1
            return _NOTHING
        self._last, self._last_ns = reading, now_ns
        return reading

    def close(self) -> None:
        """Close the meter, whatever state it is in."""
        self._is_open = False
        with suppress(OSError):
            self._meter.close()


def _plausible(reading: Reading) -> bool:
    watts = _finite(reading.watts)
    return watts is not None and watts >= 0 and (reading.amps is None or reading.amps >= 0)


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
