"""What becomes of a cell in half an hour: its first minute, its plateau, and when the clock first fell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bench.power.samples.energy import window_power
from bench.power.samples.read import Sampling
from bench.records.columns import Row, Stretch, Sustained
from bench.records.notes.steadiness import InTheHeat
from bench.records.schema import Repetition
from bench.records.steadiness import trend
from bench.results.throttling import MAX_CLOCK_DROP

FIRST_S = 60.0
PLATEAU = 3
"""The plateau is the last third of the window, if that is steady."""


def sustained(record: Repetition, samplings: Sequence[Sampling], row: Row) -> Sustained | None:
    """Return what a repetition of profile `sustained` shows; None if it timed nothing."""
    timed = next((window for window in record.windows if window.name == "timed"), None)
    if timed is None or not record.inference_ns:
        return None
    times_ns = np.add(record.preprocess_ns, record.inference_ns)
    stretch = (timed.end_ns - timed.begin_ns) / times_ns.sum()
    ends_ns = timed.begin_ns + np.cumsum(times_ns) * stretch
    length_ns = timed.end_ns - timed.begin_ns
    first_ns = timed.begin_ns + min(round(FIRST_S * 1e9), length_ns // PLATEAU)
    plateau_ns = timed.end_ns - length_ns // PLATEAU
    last = times_ns[ends_ns > plateau_ns]
    boot_id = record.clocks.boot_id

    def between(begin_ns: int, end_ns: int) -> Stretch:
        inside = times_ns[(ends_ns > begin_ns) & (ends_ns <= end_ns)]
        return _stretch(inside, samplings, boot_id, begin_ns, end_ns)

    return Sustained(
        framework=record.framework,
        model=record.model,
        precision=record.precision,
        minutes=length_ns / 60e9,
        first=between(timed.begin_ns, first_ns),
        plateau=None if trend(last.tolist()) else between(plateau_ns, timed.end_ns),
        clock_fell_s=_fell_s(samplings, boot_id, timed.begin_ns, timed.end_ns),
        images_per_joule=1 / row.energy_j_per_image if row.energy_j_per_image else None,
        correct_images_per_joule=row.top1 / row.energy_j_per_image if row.top1 and row.energy_j_per_image else None,
    )


def in_the_heat(found: Sustained) -> InTheHeat:
    """Return it in words."""
    plateau = found.plateau
    return InTheHeat(
        cell=f"{found.framework} {found.variant.name}",
        minutes=found.minutes,
        first_fps=found.first.throughput_fps or 0.0,
        first_c=found.first.temp_c,
        plateau_fps=plateau.throughput_fps if plateau else None,
        plateau_c=plateau.temp_c if plateau else None,
        fell_s=found.clock_fell_s,
    )


def _stretch(
    times_ns: npt.NDArray[np.int64], samplings: Sequence[Sampling], boot_id: str, begin_ns: int, end_ns: int
) -> Stretch:
    power, _ = window_power(samplings, boot_id, begin_ns, end_ns)
    temp_c, arm_mhz = (_mean(samplings, boot_id, begin_ns, end_ns, series) for series in ("temp", "clock"))
    return Stretch(
        throughput_fps=1e9 / float(times_ns.mean()) if times_ns.size else None,
        latency_ms_p50=float(np.percentile(times_ns, 50)) / 1e6 if times_ns.size else None,
        latency_ms_p95=float(np.percentile(times_ns, 95)) / 1e6 if times_ns.size else None,
        power_w=power.power_w_mean,
        temp_c=temp_c,
        arm_mhz=arm_mhz,
    )


def _mean(samplings: Sequence[Sampling], boot_id: str, begin_ns: int, end_ns: int, series: str) -> float | None:
    for sampling in samplings:
        times, values = getattr(sampling.samples, series)
        inside = values[(times >= begin_ns) & (times <= end_ns)]
        if sampling.boot_id == boot_id and inside.size:
            return float(inside.mean())
    return None


def _fell_s(samplings: Sequence[Sampling], boot_id: str, begin_ns: int, end_ns: int) -> float | None:
    """Return after how many seconds of the window the clock was first seen below 95 % of what it began with."""
    for sampling in samplings:
        times, clock = sampling.samples.clock
        inside = (times >= begin_ns) & (times <= end_ns)
        times, clock = times[inside], clock[inside]
        if sampling.boot_id == boot_id and clock.size:
            below = clock < (1 - MAX_CLOCK_DROP) * clock[0]
            return float(times[below.argmax()] - begin_ns) / 1e9 if below.any() else None
    return None
