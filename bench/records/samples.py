"""samples.csv and the sampler.json beside it: their names, the columns, and how a line is written and recognised.

With the standard library alone: the sampler writes them and must stay small.
"""

from __future__ import annotations

import io
import itertools
import re
from pathlib import Path
from typing import NamedTuple, Optional

from bench.records.files import cannot_write

SAMPLE_COLUMNS = ("monotonic_ns", "power_w", "voltage_v", "current_a", "temp_c", "arm_mhz", "throttled")
"""Columns of samples.csv; an empty field was not measured. `throttled` is the firmware's bit field in hexadecimal."""

HEADER = ",".join(SAMPLE_COLUMNS)
"""The first line."""

LINE = re.compile(rb"\d{1,18}(,(-?\d+(\.\d+)?(e[+-]?\d+)?)?){5},((0x)?[0-9a-f]{1,8})?")
"""What each other line looks like if it is whole."""

_NUMBER = r"(?:-(?:[2-9]|[1-9]\d+))?"
PAIR_NAMES = rf"samples{_NUMBER}\.csv|sampler{_NUMBER}\.json"
"""What the files of a pair are called, as a regular expression."""


class Pair(NamedTuple):
    """What one sampler leaves: its samples, and its record of how it sampled; a lost one is not there."""

    samples: Path
    record: Path


def pairs(folder: Path) -> list[Pair]:
    """Return every pair of a run directory of which a file is there, in the order they were begun."""
    numbers = {_number(path.name) for path in folder.glob("sample*") if re.fullmatch(PAIR_NAMES, path.name)}
    return [_pair(folder, number) for number in sorted(numbers)]


def create_pair(folder: Path) -> tuple[io.FileIO, Pair]:
    """Create the samples file of the next free pair; return it open for writing, with the pair.

    Raises
    ------
    UserError
        If the folder can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            pair = _pair(folder, number)
            if not pair.record.exists():
                try:
                    return pair.samples.open("xb", buffering=0), pair
                except FileExistsError:
                    pass
        raise AssertionError  # counting never ends
    except OSError as error:
        raise cannot_write(folder, error) from error


def sample_line(
    time_ns: int,
    watts: Optional[float],
    volts: Optional[float],
    amps: Optional[float],
    temp_c: Optional[float] = None,
    arm_mhz: Optional[float] = None,
    throttled: Optional[int] = None,
) -> str:
    """Return a line with its end; None is what was not measured.

    >>> sample_line(5_000_000_000, 3.2, 5.1, 0.62745, temp_c=48.3, throttled=0x50005).rstrip()
    '5000000000,3.2,5.1,0.62745,48.3,,0x50005'
    """
    fields = ",".join(["" if value is None else f"{value:.6g}" for value in (watts, volts, amps, temp_c, arm_mhz)])
    return f"{time_ns},{fields},{'' if throttled is None else hex(throttled)}\n"


def _number(name: str) -> int:
    found = re.search(r"\d+", name)
    return int(found[0]) if found else 1


def _pair(folder: Path, number: int) -> Pair:
    ending = "" if number == 1 else f"-{number}"
    return Pair(folder / f"samples{ending}.csv", folder / f"sampler{ending}.json")
