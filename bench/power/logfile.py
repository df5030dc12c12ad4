"""Following the file of another program that logs a meter, as it grows."""

from __future__ import annotations

import time
from abc import abstractmethod
from pathlib import Path
from typing import Callable, Optional

from bench.errors import UserError
from bench.power.meter import Meter, Reading

_SILENCE_S = 5.0
"""A log that does not grow for so long has lost its meter; loggers write in blocks of about a second."""

_TAIL = 4096

_LATEST_S = 1e11
"""No calendar of a logger goes on for three thousand years; what is not a number is not below it either."""

Entry = tuple[float, Optional[float], Optional[float], Optional[float]]
"""Seconds since 1970, watts, volts, amperes."""


class LogMeter(Meter):
    """A meter read through the file that its logger writes, from where the file ends when it is opened.

    The logger must run on this computer: its times are the calendar's, which are tied to the monotonic clock at each
    reading.

    Parameters
    ----------
    file : str
        The log's path.
    now_ns, calendar_ns : callable
        CLOCK_MONOTONIC and CLOCK_REALTIME in nanoseconds.
    """

    fastest_period_s: float

    def __init__(
        self,
        file: str,
        now_ns: Callable[[], int] = time.monotonic_ns,
        calendar_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        if not file:
            raise ValueError(f"it follows a file; name it, such as --meter {self.name}:file=meter.log")
        self._path = Path(file)
        self._now_ns = now_ns
        self._calendar_ns = calendar_ns
        self._position = 0
        self._rest = b""
        self._grown_ns = 0
        self.details = {}

    def open(self) -> None:
        """Go to the end of the file; raises UserError."""
        try:
            with self._path.open("rb") as file:
                self.begin(file.readline())
                size = file.seek(0, 2)
                file.seek(max(size - _TAIL, 0))
                self._rest = self.take(file.read())[1]
        except OSError as error:
            raise UserError(
                f"meter {self.name}: {self._path} can't be read ({error.strerror}); start the logger first"
            ) from None
        self._position = size
        self._grown_ns = self._now_ns()
        self.details["file"] = self._path.name

    def readings(self) -> list[Reading]:
        """Return all entries written since the last call; raises OSError if nothing was for 5 s."""
        now_ns = self._now_ns()
        monotonic_ahead_ns = now_ns - self._calendar_ns()
        with self._path.open("rb") as file:
            if file.seek(0, 2) < self._position:  # written anew
                self._position, self._rest = 0, b""
            file.seek(self._position)
            grown = file.read()
        self._position += len(grown)
        entries, self._rest = self.take(self._rest + grown)
        if grown:
            self._grown_ns = now_ns
        elif now_ns - self._grown_ns > _SILENCE_S * 1e9:
            raise OSError(f"{self._path} has not grown for {_SILENCE_S:g} s")
        return [
            Reading(watts, volts, amps, round(seconds * 1e9) + monotonic_ahead_ns)
            for seconds, watts, volts, amps in entries
            if abs(seconds) < _LATEST_S
        ]

    def read(self) -> Reading:
        """Return the latest new entry, an empty reading if there is none; raises OSError like `readings`."""
        return next(reversed(self.readings()), Reading(None))

    def close(self) -> None:
        """Do nothing: the file is opened for each look."""

    def begin(self, first_line: bytes) -> None:
        """Take in the file's first line; raises UserError if it is not such a log."""

    @abstractmethod
    def take(self, text: bytes) -> tuple[list[Entry], bytes]:
        """Return the whole entries in a piece of the log, and what is left over of an unfinished one."""
