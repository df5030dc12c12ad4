"""Bringing the log of an external meter into a run, as if a sampler had written it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from bench.errors import UserError
from bench.power.external.align import LoadWindow, find_offset, fit_at
from bench.power.external.log import LONGEST_S, Floats, Log, LogColumns, read_log
from bench.power.external.times import in_order, spread_repeated
from bench.power.plausible import DEAD_W, most_w
from bench.records.files import write_atomic
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER, Pair, create_pair, pairs, sample_line
from bench.records.schema import Boundary, Clocks, Repetition
from bench.records.store import read_record, write_record
from bench.runs.folder import RunFolder

METER = "csv"

_FARTHEST_S = 4e9
"""A clock that was never set is in 1970, and none is ahead by more than a century."""

_STEP_S = 0.5
"""Clocks that drift by 50 ppm come apart by that in three hours; more is a step."""


def import_log(
    folder: RunFolder,
    path: Path,
    columns: LogColumns,
    time_zone: str,
    offset_s: Optional[float],
    boundary: Boundary,
    uncertainty: Optional[float],
) -> SamplerRecord:
    """Write a log's samples into a run; those of an import before are replaced.

    Parameters
    ----------
    columns, time_zone
        As `read_log` takes them.
    offset_s : float or None
        Seconds that the meter's clock is ahead of this computer's; None: find it by the run's windows.
    boundary
        What the meter sees.
    uncertainty : float or None
        Relative uncertainty as the maker states it.

    Returns
    -------
    SamplerRecord
        What was written; its `details` tell the offset and how it is known.

    Raises
    ------
    UserError
        If the log can't be read, or its offset is not known and can't be found.
    """
    if offset_s is not None and not abs(offset_s) <= _FARTHEST_S:
        raise UserError(f"--offset {offset_s} makes no sense; give seconds, or leave it out: the load then shows it")
    records = _records(folder)
    clocks = records[0].clocks
    calendar_s = (clocks.realtime_ns - clocks.monotonic_ns) / 1e9
    windows = [window for record in records for window in record.windows]
    began_s, ended_s = min(one.begin_ns for one in windows) / 1e9, max(one.end_ns for one in windows) / 1e9
    ahead_s = calendar_s + (offset_s or 0.0)
    log = read_log(path, columns, time_zone, (began_s + ahead_s, ended_s + ahead_s))
    if offset_s is not None and not log.on_calendar:
        raise UserError(f"the times of {path} count from its beginning, so no --offset fits them; leave it out")
    if offset_s is not None:
        _check_calendar(folder, records)
    good, doubts = _believable(log)
    times_s, watts = spread_repeated(log.times_s[good]), log.watts[good]
    if doubts["negative"] > watts.size:
        raise UserError(f"{path} has {doubts['negative']:,} samples of negative power; check the meter's wires")
    _check_samples(path, times_s, watts, most_w(folder.read_run().board))
    times_s = times_s - calendar_s if log.on_calendar else times_s
    details: dict[str, Any] = {"file": path.name, "columns": asdict(columns), "time_zone": time_zone or None}
    if offset_s is None:
        found = find_offset(times_s, watts, _marks(records))
        offset_s = found.seconds
        details |= {"offset_s": offset_s, "offset": "found by the windows' load", "offset_fit": round(found.fit, 3)}
    else:
        details |= {"offset_s": offset_s, "offset": "given"}
        fit = fit_at(times_s, watts, _marks(records), offset_s)
        if math.isfinite(fit):
            details["offset_fit"] = round(fit, 3)
    moments = np.round((times_s - offset_s) * 1e9).astype(np.int64)
    since_boot = moments >= 0  # before it the computer's clock has no name for a moment, and nothing was measured
    times_on_board_s = times_s - offset_s
    within = (times_on_board_s >= began_s) & (times_on_board_s <= ended_s)
    if np.count_nonzero(within) < 2:
        raise UserError(f"at an offset of {offset_s:+g} s {path} says nothing of the run's time; correct it")
    unchanged_s = _longest_unchanged_s(times_s[within], watts[within])
    good, moments = good[since_boot], moments[since_boot]
    times_s, watts = times_s[since_boot], watts[since_boot]
    began, ended = (_clocks(clocks, int(moment)) for moment in (moments[0], moments[-1]))
    lines = [
        sample_line(int(moment), _known(power), _known(volts), _known(amps))
        for moment, power, volts, amps in zip(moments, watts, log.volts[good], log.amps[good])
    ]
    content = "".join([f"{HEADER}\n", *lines]).encode()
    record = SamplerRecord(
        meter=METER,
        boundary=boundary,
        uncertainty=uncertainty,
        details=details,
        period_s=float(np.median(np.diff(np.unique(times_s)))),
        samples=moments.size,
        longest_unchanged_s=unchanged_s,
        invalid=sum(doubts.values()),
        **doubts,
        samples_sha256=hashlib.sha256(content).hexdigest(),
        began=began,
        ended=ended,
    )
    pair = _pair(folder.path)
    write_atomic(pair.samples, content)
    write_record(pair.record, record)
    return record


def _records(folder: RunFolder) -> list[Repetition]:
    """Return the repetitions that have windows; raises UserError unless all are of one boot."""
    run = folder.read_run()
    frameworks = dict.fromkeys(call.framework for call in run.calls)
    cells = [folder.repetitions(framework, *variant) for framework in frameworks for variant in run.plan.variants]
    records = [record for cell in cells for record in cell if record.windows]
    if not records:
        raise UserError(f"run {folder.run_id} has no measured windows; measure first, then import the log")
    if len({record.clocks.boot_id for record in records}) > 1:
        raise UserError(
            f"run {folder.run_id} was measured with a reboot in between, which one log can't be laid over; "
            "repeat the earlier cells with --force"
        )
    return sorted(records, key=lambda record: record.windows[0].begin_ns)


def _marks(records: list[Repetition]) -> list[LoadWindow]:
    windows = [window for record in records for window in record.windows]
    return [LoadWindow(window.begin_ns / 1e9, window.end_ns / 1e9, window.name != "idle") for window in windows]


def _check_calendar(folder: RunFolder, records: list[Repetition]) -> None:
    """Raise UserError if the computer's calendar was set while it measured: no one offset fits then."""
    run = folder.read_run()
    boot_id = records[0].clocks.boot_id
    pairs = [run.began, run.ended, *(record.clocks for record in records)]
    pairs += [pair for call in run.calls for pair in (call.began, call.ended)]
    aheads_s = [(pair.realtime_ns - pair.monotonic_ns) / 1e9 for pair in pairs if pair and pair.boot_id == boot_id]
    step_s = max(aheads_s) - min(aheads_s)
    if step_s > _STEP_S:
        raise UserError(
            f"this computer's clock was set by {step_s:.1f} s during run {folder.run_id}, so no one --offset fits; "
            "leave it out: the log is then laid over the run by its load"
        )


def _check_samples(path: Path, times_s: Floats, watts: Floats, most: float) -> None:
    """Raise UserError if what is left of a log is no measurement of a run."""
    if times_s.size < 2 or times_s[0] == times_s[-1]:
        raise UserError(f"{path} holds fewer than two samples with power near the run; check the columns and the zone")
    if times_s[-1] - times_s[0] > LONGEST_S:
        days = (times_s[-1] - times_s[0]) / 86_400
        raise UserError(f"{path} spans {days:.0f} days and its times don't tell which; cut it to the day of the run")
    check = "check the column, its unit (NAME:mW), whether its points part thousands, and the meter's wires"
    if watts.max() < DEAD_W:
        raise UserError(f"{path} says {watts.max():.2g} W at most, which no running board takes; {check}")
    if np.median(watts) > most:
        raise UserError(f"{path} says {np.median(watts):,.0f} W most of the time, which this board can't take; {check}")


def _longest_unchanged_s(times_s: Floats, watts: Floats) -> float:
    """Return the longest time in which a log of at least two samples says the same power, in seconds."""
    begins = np.flatnonzero(np.append(True, np.diff(watts) != 0))
    ends = np.append(begins[1:], watts.size) - 1
    return round(float((times_s[ends] - times_s[begins]).max()), 3)


def _believable(log: Log) -> tuple[npt.NDArray[np.intp], dict[str, int]]:
    """Return which samples to use, in order of time, and how many are not, for what reason."""
    number = np.isfinite(log.times_s) & np.isfinite(log.watts)
    negative = number & (log.watts < 0)
    candidates = np.flatnonzero(number & ~negative)
    good = candidates[in_order(log.times_s[candidates])]
    doubts = {
        "not_a_number": int(np.count_nonzero(~number)),
        "negative": int(np.count_nonzero(negative)),
        "backwards": candidates.size - good.size,
    }
    return good, doubts


def _pair(folder: Path) -> Pair:
    """Return an earlier import's pair, else a new one."""
    for pair in pairs(folder):
        if pair.record.exists() and read_record(pair.record, SamplerRecord).meter == METER:
            return pair
    file, pair = create_pair(folder)
    file.close()
    return pair


def _clocks(clocks: Clocks, monotonic_ns: int) -> Clocks:
    """Return a moment on the clocks of that boot."""
    realtime_ns = monotonic_ns + clocks.realtime_ns - clocks.monotonic_ns
    return Clocks(boot_id=clocks.boot_id, monotonic_ns=monotonic_ns, realtime_ns=realtime_ns)


def _known(number: float) -> Optional[float]:
    return float(number) if math.isfinite(number) else None
