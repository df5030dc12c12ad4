"""The lines of a samples file, on their way to the disk."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

from bench.board.state import State
from bench.power.meter import Reading
from bench.records.files import SAMPLE_COLUMNS, cannot_write

_NOTHING = Reading(None)
_NO_STATE = State()


def new_pair(folder: Path) -> tuple[io.FileIO, Path]:
    """Create the next free samples file; return it open for writing, with the path of its record.

    Raises
    ------
    UserError
        If the folder can't be written.
    """
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


class Lines:
    """Collects lines of samples.csv, the header first, and hands them over together.

    Parameters
    ----------
    file : FileIO
        Open for writing, without a buffer.
    """

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._waiting: list[tuple[int, Reading, State]] = []

    def __enter__(self) -> Lines:
        self._write(",".join(SAMPLE_COLUMNS) + "\n")
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
        self._write("".join(_line(*sample) for sample in self._waiting))
        self._waiting.clear()

    def _write(self, text: str) -> None:
        try:
            self._file.write(text.encode())
        except OSError as error:
            raise cannot_write(Path(str(self._file.name)), error) from error


def _line(time_ns: int, reading: Reading, state: State) -> str:
    watts, volts, amps, _ = reading
    if state is _NO_STATE:
        return f"{time_ns},{_field(watts)},{_field(volts)},{_field(amps)},,,\n"
    throttled = "" if state.throttled is None else hex(state.throttled)
    fields = (watts, volts, amps, state.temp_c, state.arm_mhz)
    return f"{time_ns},{','.join(map(_field, fields))},{throttled}\n"


def _field(number: float | None) -> str:
    return "" if number is None else f"{number:.6g}"
