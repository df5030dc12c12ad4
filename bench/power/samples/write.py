"""The lines of a samples file, on their way to the disk."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from bench.board.state import State
from bench.power.meter import Reading
from bench.records.files import cannot_write
from bench.records.samples import HEADER, sample_line

_NOTHING = Reading(None)
_NO_STATE = State()


class Lines:
    """Collects lines of samples.csv, the header first, and hands them over together.

    Parameters
    ----------
    file : FileIO
        Open for writing, without a buffer.
    """

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._waiting: list[tuple[int, Reading, State]] = []

    def __enter__(self) -> Lines:
        self._write(f"{HEADER}\n")
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def add(self, time_ns: int, readings: list[Reading], state: State | None) -> int:
        """Add what was read and the state, which stand in one line if they hold for the same moment; count lines."""
        before = len(self._waiting)
        for reading in readings:
            if reading.time_ns is None:
                self._waiting.append((time_ns, reading, state or _NO_STATE))
                state = None
            else:
                self._waiting.append((reading.time_ns, reading, _NO_STATE))
        if state is not None or not readings:
            self._waiting.append((time_ns, _NOTHING, state or _NO_STATE))
        return len(self._waiting) - before

    def flush(self) -> None:
        """Hand the lines to the kernel; raises UserError if the disk is full."""
        # All at once: after a sleep the processor's caches are cold, and each line alone costs several times as much.
        self._write("".join(sample_line(time_ns, *reading[:3], *state) for time_ns, reading, state in self._waiting))
        self._waiting.clear()

    @property
    def sha256(self) -> str:
        """The digest of what was handed to the kernel."""
        return self._digest.hexdigest()

    def _write(self, text: str) -> None:
        content = text.encode()
        try:
            self._file.write(content)
            self._digest.update(content)
        except OSError as error:
            raise cannot_write(Path(str(self._file.name)), error) from error
