"""Reading back what samplers wrote into a run directory."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.errors import UserError
from bench.records.notes import Note
from bench.records.notes.files import UnreadableLines
from bench.records.notes.power import ImplausibleSamples, LostSampler, UnfinishedLine, UnusedSamples
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER, LINE, SAMPLE_COLUMNS, Pair, pairs
from bench.records.store import read_record

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_HEADER = HEADER.encode()


class Samples:
    """Samples ready for binary search: one sorted series for each quantity, without its empty fields.

    Parameters
    ----------
    frame : DataFrame
        The columns of samples.csv, NaN where not measured, `throttled` as a number; in any order, with or without
        repeated lines.

    Attributes
    ----------
    times
        All moments, CLOCK_MONOTONIC in nanoseconds.
    power, temp, clock, throttled
        Pairs of moments and values: watts, °C, MHz, the firmware's bits.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.times: Times = np.unique(frame["monotonic_ns"].to_numpy(np.int64))
        self.power = _series(frame, "power_w")
        self.temp = _series(frame, "temp_c")
        self.clock = _series(frame, "arm_mhz")
        times, bits = _series(frame, "throttled")
        self.throttled: tuple[Times, Times] = (times, bits.astype(np.int64))


@dataclass(frozen=True)
class Sampling:
    """What one sampler left behind.

    Attributes
    ----------
    path
        Its samples file.
    record
        What the sampler says of itself; None if that is lost.
    samples
        Every readable sample.
    period_s
        Seconds between two samples as scheduled (or, if the record is lost, as found).
    warnings
        What was wrong with the files, for the report.
    """

    path: Path
    record: SamplerRecord | None
    samples: Samples
    period_s: float
    warnings: tuple[Note, ...]

    @property
    def boot_id(self) -> str | None:
        """The boot whose monotonic clock the samples are on; None, which matches no window, if that is lost."""
        return self.record.began.boot_id if self.record else None


def read_samples(folder: Path, most_w: float = math.inf) -> list[Sampling]:
    """Read every pair of samples file and sampler record, in the order they were begun.

    A killed sampler leaves an unfinished last line, a full disk a lost record: what can be read is used, the rest is
    named in the warnings.

    Parameters
    ----------
    folder : Path
        The run directory.
    most_w : float
        Watts that the board can take at most; a sample of more, or below zero, has no power.
    """
    return [_read(pair, most_w) for pair in pairs(folder) if pair.samples.exists()]


def _read(pair: Pair, most_w: float) -> Sampling:
    record, warnings = _read_record(pair.record)
    frame, more = _read_frame(pair.samples)
    absurd = ~frame["power_w"].isna() & ~frame["power_w"].between(0 if math.isfinite(most_w) else -math.inf, most_w)
    if absurd.any():
        more.append(
            ImplausibleSamples(
                file=pair.samples.name, watts=frame["power_w"][absurd].tolist()[:3], count=int(absurd.sum())
            )
        )
        frame = frame.assign(power_w=frame["power_w"].mask(absurd))
    samples = Samples(frame)
    found_s = float(np.median(np.diff(samples.times))) / 1e9 if samples.times.size > 1 else 0.0
    return Sampling(pair.samples, record, samples, record.period_s if record else found_s, (*warnings, *more))


def _read_record(path: Path) -> tuple[SamplerRecord | None, list[Note]]:
    try:
        return read_record(path, SamplerRecord), []
    except UserError as error:
        return None, [LostSampler(fault=str(error))]


def _read_frame(path: Path) -> tuple[pd.DataFrame, list[Note]]:
    warnings: list[Note] = []
    try:
        header, _, body = path.read_bytes().partition(b"\n")
    except OSError as error:
        warnings.append(UnusedSamples(file=path.name, fault=f"it can't be read ({error.strerror})"))
        header, body = _HEADER, b""
    if header != _HEADER:
        warnings.append(UnusedSamples(file=path.name, fault="its first line is not the header of a samples file"))
        body = b""
    whole, _, unfinished = body.rpartition(b"\n")
    if unfinished:
        warnings.append(UnfinishedLine(file=path.name))
    lines = whole.splitlines()
    good = [line for line in lines if LINE.fullmatch(line)]
    if len(good) < len(lines):
        warnings.append(UnreadableLines(file=path.name, unreadable=len(lines) - len(good), lines=len(lines)))
    content = io.BytesIO(b"\n".join([_HEADER, *good]))
    frame = pd.read_csv(content, dtype=dict.fromkeys(SAMPLE_COLUMNS[1:-1], "float64") | {"throttled": str})
    bits = {text: float(int(text, 16)) for text in frame["throttled"].dropna().unique()}
    return frame.assign(throttled=frame["throttled"].map(bits).astype("float64")), warnings


def _series(frame: pd.DataFrame, column: str) -> tuple[Times, Floats]:
    values = frame[column].to_numpy(np.float64)
    known = np.isfinite(values)
    times, values = frame["monotonic_ns"].to_numpy(np.int64)[known], values[known]
    order = np.lexsort((values, times))
    times, values = times[order], values[order]
    repeated = np.zeros(times.size, dtype=bool)
    repeated[1:] = (np.diff(times) == 0) & (np.diff(values) == 0)
    return times[~repeated], values[~repeated]
