"""Energy and power of a window, from samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from bench.board.throttled import NOW, SEEN
from bench.power.samples.read import Floats, Samples, Sampling, Times

MIN_COVERAGE = 0.98
MAX_GAP_PERIODS = 5
NO_SAMPLES = "no samples"

_JITTER_PERIODS = 0.1  # four missed slots leave a gap of 5 periods, give or take the scheduler

Values = TypeVar("Values", Floats, Times)


@dataclass(frozen=True)
class WindowPower:
    """What the samples say of one window; None is what they can't say.

    Attributes
    ----------
    coverage
        Share of the window that lies between samples with power, no two further apart than a gap.
    reason
        Why there is no power; None if there is.
    energy_j
        Energy in joules.
    power_w_min, power_w_mean, power_w_max
        Power in watts: the mean is energy over duration; smallest and largest are of the samples within the window
        and of the power interpolated at its edges, so that a short window has them too.
    temp_c_max, arm_mhz_min
        Highest temperature in °C and lowest clock in MHz within the window.
    throttled_bits
        The firmware's bits for what happened in the window; 0 if nothing did, None if the board does not tell.
    """

    coverage: float = 0.0
    reason: str | None = None
    energy_j: float | None = None
    power_w_min: float | None = None
    power_w_mean: float | None = None
    power_w_max: float | None = None
    temp_c_max: float | None = None
    arm_mhz_min: float | None = None
    throttled_bits: int | None = None


def window_power(
    samplings: Iterable[Sampling], boot_id: str, begin_ns: int, end_ns: int
) -> tuple[WindowPower, Sampling | None]:
    """Measure a window by whichever sampler saw it best, and by a real meter before a simulated one.

    Parameters
    ----------
    samplings : iterable of Sampling
        From `read_samples`.
    boot_id : str
        The boot the window belongs to: samples of another one are on another clock.
    begin_ns, end_ns : int
        The window, CLOCK_MONOTONIC in nanoseconds.

    Returns
    -------
    WindowPower, Sampling or None
        The measurement, and the sampling it comes from.
    """
    measured = [(integrate(s.samples, begin_ns, end_ns, s.period_s), s) for s in samplings if s.boot_id == boot_id]
    if not measured:
        return WindowPower(reason=NO_SAMPLES), None
    return max(measured, key=lambda pair: (pair[0].reason is None, _is_measured(pair[1]), pair[0].coverage))


def _is_measured(sampling: Sampling) -> bool:
    return sampling.record is not None and sampling.record.boundary != "simulated"


def integrate(samples: Samples, begin_ns: int, end_ns: int, period_s: float) -> WindowPower:
    """Integrate power over a window by the trapezoidal rule.

    Power at both edges is interpolated between the samples around them; where there is none beyond an edge, the
    nearest sample's power holds up to it. Power is left empty if less than 98 % of the window is covered, or if the
    samples around any moment of it are further apart than 5 periods.

    Parameters
    ----------
    samples : Samples
        From one sampler.
    begin_ns, end_ns : int
        The window, CLOCK_MONOTONIC in nanoseconds.
    period_s : float
        Seconds between two samples as scheduled.
    """
    if end_ns <= begin_ns:
        return WindowPower(reason="the window has no length")
    _, temp = _cut(samples.temp, begin_ns, end_ns)
    _, clock = _cut(samples.clock, begin_ns, end_ns)
    power = _power(samples.power, begin_ns, end_ns, period_s)
    if power.reason == NO_SAMPLES and _cut((samples.times, samples.times), begin_ns, end_ns)[0].size:
        power = replace(power, reason="the meter gave no readings")
    return replace(
        power,
        temp_c_max=float(temp.max()) if temp.size else None,
        arm_mhz_min=float(clock.min()) if clock.size else None,
        throttled_bits=_throttled_bits(samples.throttled, begin_ns, end_ns),
    )


def _power(series: tuple[Times, Floats], begin_ns: int, end_ns: int, period_s: float) -> WindowPower:
    duration_s = (end_ns - begin_ns) / 1e9
    times, y = _cut(series, begin_ns, end_ns, neighbours=1)
    x: Floats = (times - begin_ns) / 1e9
    if not x.size or x[-1] < 0 or x[0] > duration_s:
        return WindowPower(reason=NO_SAMPLES)

    stretches = np.diff(x)
    within = np.diff(np.clip(x, 0, duration_s))
    longest_s = (MAX_GAP_PERIODS + _JITTER_PERIODS) * period_s
    coverage = min(float(within[stretches <= longest_s].sum()) / duration_s, 1.0)
    gap_s = max(float(x[0]), duration_s - float(x[-1]), *stretches[within > 0].tolist())
    inside = (x >= 0) & (x <= duration_s)
    if gap_s > longest_s:
        if not inside.any():
            return WindowPower(reason=NO_SAMPLES)
        limit = f"{MAX_GAP_PERIODS} periods of {period_s:g} s"
        return WindowPower(coverage, f"a gap of {gap_s:.2f} s in the power samples is longer than {limit}")
    if coverage < MIN_COVERAGE:
        return WindowPower(coverage, f"power samples cover {coverage:.1%} of the window, less than {MIN_COVERAGE:.0%}")

    edges = np.interp([0.0, duration_s], x, y)
    x = np.concatenate(([0.0], x[inside], [duration_s]))
    y = np.concatenate((edges[:1], y[inside], edges[1:]))
    energy_j = float(np.sum(np.diff(x) * (y[1:] + y[:-1]))) / 2
    return WindowPower(coverage, None, energy_j, float(y.min()), energy_j / duration_s, float(y.max()))


def _throttled_bits(series: tuple[Times, Times], begin_ns: int, end_ns: int) -> int | None:
    # A sticky bit counts when it rises: its cause lies between two readings. The first reading after the window takes
    # part, else the last second would go unseen; that something just after the window may count is the lesser evil.
    _, inside = _cut(series, begin_ns, end_ns)
    _, around = _cut(series, begin_ns, end_ns, neighbours=1)
    if not inside.size and around.size < 2:
        return None
    risen = around[1:] & ~around[:-1] & SEEN
    return int(np.bitwise_or.reduce(inside & NOW) | np.bitwise_or.reduce(risen))


def _cut(series: tuple[Times, Values], begin_ns: int, end_ns: int, neighbours: int = 0) -> tuple[Times, Values]:
    times, values = series
    first = max(int(np.searchsorted(times, begin_ns, "left")) - neighbours, 0)
    last = int(np.searchsorted(times, end_ns, "right")) + neighbours
    return times[first:last], values[first:last]
