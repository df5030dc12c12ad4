from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.power.samples.energy import NO_SAMPLES, WindowPower, integrate, window_power
from bench.power.samples.read import Samples, Sampling
from bench.records.sampler import SamplerRecord
from bench.records.schema import Clocks

SECOND_NS = 1_000_000_000
NAN = float("nan")


def samples(times_s, power_w=NAN, temp_c=NAN, arm_mhz=NAN, throttled=NAN) -> Samples:
    times = np.round(np.asarray(times_s, dtype=float) * SECOND_NS).astype("int64")
    return Samples(
        pd.DataFrame(
            {"monotonic_ns": times, "power_w": power_w, "temp_c": temp_c, "arm_mhz": arm_mhz, "throttled": throttled}
        )
    )


def window(of: Samples, begin_s: float, end_s: float, period_s: float = 0.1) -> WindowPower:
    return integrate(of, round(begin_s * SECOND_NS), round(end_s * SECOND_NS), period_s)


MINUTE = np.arange(0, 60.05, 0.1)


def test_constant_power_times_duration_is_energy():
    power = window(samples(MINUTE, 4.0), 10, 20)
    assert power.energy_j == pytest.approx(40.0)
    assert (power.power_w_min, power.power_w_mean, power.power_w_max) == pytest.approx((4.0, 4.0, 4.0))
    assert power.coverage == pytest.approx(1.0)
    assert power.reason is None


@pytest.mark.parametrize(("begin_s", "end_s"), [(10, 20), (10.03, 19.98), (30.01, 30.02), (0, 60)])
def test_a_ramp_is_integrated_exactly_whatever_the_edges(begin_s, end_s):
    power = window(samples(MINUTE, 2.0 + 0.05 * MINUTE), begin_s, end_s)
    assert power.energy_j == pytest.approx(2 * (end_s - begin_s) + 0.025 * (end_s**2 - begin_s**2))
    assert power.power_w_min == pytest.approx(2 + 0.05 * begin_s)
    assert power.power_w_max == pytest.approx(2 + 0.05 * end_s)
    assert power.power_w_mean == pytest.approx(2 + 0.025 * (begin_s + end_s))


def test_a_peak_within_the_window_is_its_maximum():
    watts = np.full(MINUTE.size, 3.0)
    watts[150] = 6.5
    power = window(samples(MINUTE, watts), 10, 20)
    assert (power.power_w_min, power.power_w_max) == (3.0, 6.5)
    assert power.energy_j == pytest.approx(30 + 0.1 * 3.5)


def test_a_window_without_samples_has_no_power():
    power = window(samples(MINUTE, 4.0), 100, 110)
    assert (power.reason, power.coverage) == (NO_SAMPLES, 0.0)
    assert (power.energy_j, power.power_w_min, power.power_w_mean, power.power_w_max) == (None,) * 4


@pytest.mark.parametrize("begin_s", [-0.3, 60.1])
def test_a_short_window_beside_the_samples_has_no_power(begin_s):
    assert window(samples(MINUTE, 4.0), begin_s, begin_s + 0.2).reason == NO_SAMPLES


@pytest.mark.parametrize("of", [samples([]), samples([0.0, 50.0], 4.0)])
def test_a_window_between_far_samples_has_no_power(of):
    assert window(of, 10, 20).reason == NO_SAMPLES


def test_samples_without_power_are_no_power():
    power = window(samples(MINUTE, NAN, temp_c=50.0), 10, 20)
    assert power.reason == "the meter gave no readings"
    assert power.energy_j is None
    assert power.temp_c_max == 50.0


def test_a_window_that_is_not_covered_has_no_power():
    power = window(samples(MINUTE, 4.0), 50, 60.4)
    assert power.energy_j is None
    assert power.coverage == pytest.approx(10 / 10.4)
    assert power.reason == "power samples cover 96.2% of the window, less than 98%"


def test_a_window_covered_but_for_an_edge_holds_the_nearest_power():
    power = window(samples(MINUTE, 4.0), 40, 60.3)
    assert power.coverage == pytest.approx(20 / 20.3)
    assert power.energy_j == pytest.approx(4 * 20.3)


@pytest.mark.parametrize(("uncovered_s", "energy_j"), [(0.39, 4 * 20.0), (0.41, None)])
def test_a_window_must_be_covered_to_98_percent(uncovered_s, energy_j):
    power = window(samples(MINUTE, 4.0), 40 + uncovered_s, 60 + uncovered_s)
    assert power.coverage == pytest.approx(1 - uncovered_s / 20)
    assert power.energy_j == (energy_j and pytest.approx(energy_j))


@pytest.mark.parametrize(("gap_s", "accepted"), [(0.5099, True), (0.5101, False)])
def test_a_gap_of_five_periods_may_be_a_tenth_of_a_period_longer_by_jitter(gap_s, accepted):
    times_s = np.concatenate([np.arange(0, 30.05, 0.1), 30 + gap_s + np.arange(0, 30.05, 0.1)])
    assert (window(samples(times_s, 4.0), 1, 59).energy_j is not None) is accepted


@pytest.mark.parametrize(("lost", "accepted"), [(4, True), (5, False)])
def test_a_gap_longer_than_five_periods_leaves_no_power(lost, accepted):
    watts = np.full(MINUTE.size, 4.0)
    watts[200 : 200 + lost] = NAN
    power = window(samples(MINUTE, watts), 0, 60)
    if accepted:
        assert power.energy_j == pytest.approx(240.0)
    else:
        assert power.energy_j is None
        assert power.reason == "a gap of 0.60 s in the power samples is longer than 5 periods of 0.1 s"
        assert power.coverage == pytest.approx(59.4 / 60)


def test_a_gap_outside_the_window_does_not_matter():
    watts = np.full(MINUTE.size, 4.0)
    watts[200:300] = NAN
    assert window(samples(MINUTE, watts), 31, 60).energy_j == pytest.approx(116.0)


def test_a_gap_that_ends_where_the_window_begins_or_begins_where_it_ends_does_not_matter():
    times_s = np.concatenate([np.arange(0, 10.05, 0.1), np.arange(20, 40.05, 0.1), np.arange(50, 60.05, 0.1)])
    assert window(samples(times_s, 4.0), 20, 40).energy_j == pytest.approx(80.0)


def test_a_gap_that_reaches_into_the_window_matters():
    watts = np.full(MINUTE.size, 4.0)
    watts[200:300] = NAN
    assert window(samples(MINUTE, watts), 29.9, 60).reason.startswith("a gap of 10.10 s")


@pytest.mark.parametrize("end_s", [10, 9])
def test_a_window_without_length_has_no_power(end_s):
    power = window(samples(MINUTE, 4.0), 10, end_s)
    assert (power.reason, power.energy_j) == ("the window has no length", None)


@given(
    watts=st.lists(st.floats(0, 20), min_size=60, max_size=60),
    cuts=st.lists(st.integers(0, 5_900_000_000), min_size=3, max_size=8, unique=True),
)
def test_splitting_a_window_keeps_its_energy(watts, cuts):
    of = samples(np.arange(60) * 0.1, np.array(watts))
    cuts = sorted(cuts)
    whole = integrate(of, cuts[0], cuts[-1], 0.1).energy_j
    parts = [integrate(of, begin, end, 0.1).energy_j for begin, end in zip(cuts, cuts[1:])]
    assert sum(parts) == pytest.approx(whole, rel=1e-9, abs=1e-9)


@given(data=st.data(), watts=st.lists(st.floats(0, 20), min_size=30, max_size=30))
def test_order_and_repeats_of_samples_do_not_matter(data, watts):
    indices = data.draw(st.permutations([*range(30), *data.draw(st.lists(st.integers(0, 29), max_size=20))]))
    times, power = np.arange(30) * 0.1, np.array(watts)
    shuffled = samples(times[indices], power[indices])
    assert window(shuffled, 0.33, 2.77) == window(samples(times, power), 0.33, 2.77)


@given(
    watts=st.lists(st.floats(0, 20), min_size=30, max_size=30),
    begin_ns=st.integers(0, 2_800_000_000),
    length_ns=st.integers(1, 2_900_000_000),
)
def test_the_mean_lies_between_the_extremes(watts, begin_ns, length_ns):
    end_ns = min(begin_ns + length_ns, 2_900_000_000)
    power = integrate(samples(np.arange(30) * 0.1, np.array(watts)), begin_ns, end_ns, 0.1)
    slack = 1e-6
    assert power.power_w_min - slack <= power.power_w_mean <= power.power_w_max + slack


@given(
    begin=st.integers(1, 100),
    missing=st.integers(0, 60),
    edges=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5)),
)
def test_a_gap_is_found_wherever_it_is_and_only_then(begin, missing, edges):
    slots = np.array([slot for slot in range(200) if not begin <= slot < begin + missing])
    power = window(samples(slots * 0.1, 4.0), edges[0] * 0.1, 19.9 - edges[1] * 0.1)
    if missing <= 4:
        assert power.energy_j == pytest.approx(4.0 * (19.9 - 0.1 * sum(edges)))
    else:
        assert power.energy_j is None
        assert power.reason.startswith(f"a gap of {(missing + 1) / 10:.2f} s")


def test_nanoseconds_survive_a_long_uptime():
    uptime_s = 400 * 86400
    power = window(samples(uptime_s + MINUTE, 2.0 + 0.05 * MINUTE), uptime_s + 10, uptime_s + 20)
    assert power.energy_j == pytest.approx(27.5, rel=1e-6)


def test_temperature_and_clock_are_the_worst_within_the_window():
    times = np.arange(0, 10.0)
    of = samples(times, 3.0, temp_c=40 + times, arm_mhz=[600, 1500, 1500, 1400, 1500, 1500, 1500, 1500, 600, 600])
    power = window(of, 1, 7, period_s=1.0)
    assert (power.temp_c_max, power.arm_mhz_min) == (47.0, 1400.0)


def test_a_board_that_does_not_tell_has_no_state():
    power = window(samples(MINUTE, 4.0), 10, 20)
    assert (power.temp_c_max, power.arm_mhz_min, power.throttled_bits) == (None, None, None)


@pytest.mark.parametrize(
    ("readings", "bits"),
    [
        ([0, 0, 0, 0, 0], 0x0),
        ([0x50000, 0x50000, 0x50000, 0x50000, 0x50000], 0x0),  # happened before, not in the window
        ([0x50000, 0x50000, 0x50005, 0x50000, 0x50000], 0x5),  # happens now, had happened before
        ([0, 0, 0x20002, 0x20000, 0x20000], 0x20002),
        ([0, 0, 0x40000, 0x40000, 0x40000], 0x40000),  # too short to be seen by its now bit
        ([0, 0, 0, 0, 0x10000], 0x10000),  # after the last reading within
        ([0x10000, 0, 0x10000, 0, 0], 0x10000),  # the kernel cleared the bit and it rose again
        ([0x50005, 0x50000, 0x50000, 0x50000, 0x50005], 0x0),  # now bits outside the window
    ],
)
def test_throttling_counts_when_it_happens_in_the_window(readings, bits):
    of = samples(np.arange(5.0), 3.0, throttled=readings)
    assert window(of, 0.5, 3.5, period_s=1.0).throttled_bits == bits


@pytest.mark.parametrize(("begin_s", "end_s"), [(1.2, 1.8), (0.9, 1.1)])
def test_a_window_with_one_reading_in_it_or_one_on_each_side_knows_its_throttling(begin_s, end_s):
    of = samples([1.0, 2.0], 3.0, throttled=[0x4, 0x40004])
    assert window(of, begin_s, end_s, period_s=1.0).throttled_bits == (0x40004 if end_s < 1.5 else 0x40000)


def test_a_window_after_the_last_reading_knows_nothing_of_its_throttling():
    assert window(samples([1.0, 2.0], 3.0, throttled=0x4), 2.1, 2.9, period_s=1.0).throttled_bits is None


def test_a_window_with_a_single_reading_knows_its_throttling():
    assert window(samples([1.0], 3.0, throttled=0x4), 0.9, 1.1, period_s=1.0).throttled_bits == 0x4


def sampling(boot_id: str | None, of: Samples, name: str = "samples.csv") -> Sampling:
    record = boot_id and SamplerRecord(
        meter="hwmon", period_s=0.1, began=Clocks(boot_id=boot_id, monotonic_ns=0, realtime_ns=0)
    )
    return Sampling(Path(name), record or None, of, 0.1, ())


def test_samples_of_another_boot_never_match():
    samplings = [sampling("monday", samples(MINUTE, 4.0)), sampling(None, samples(MINUTE, 4.0))]
    power, source = window_power(samplings, "tuesday", 10 * SECOND_NS, 20 * SECOND_NS)
    assert (power.reason, power.energy_j, source) == (NO_SAMPLES, None, None)


def test_a_window_takes_the_sampler_that_saw_it():
    first = sampling("monday", samples(MINUTE, 4.0))
    second = sampling("monday", samples(100 + MINUTE, 5.0), "samples-2.csv")
    power, source = window_power([first, second], "monday", 110 * SECOND_NS, 120 * SECOND_NS)
    assert power.energy_j == pytest.approx(50.0)
    assert source is second


@pytest.mark.parametrize("begins_s", [10.1, 10.3], ids=["both with power", "both without"])
@pytest.mark.parametrize("better_is_first", [True, False])
def test_of_two_meters_that_saw_a_window_the_one_that_covers_more_of_it_counts(better_is_first, begins_s):
    end_s = 20.0 if begins_s < 10.2 else 12.0
    better = sampling("monday", samples(begins_s + MINUTE, 4.0))
    worse = sampling("monday", samples(begins_s + 0.05 + MINUTE, 5.0))
    both = [better, worse] if better_is_first else [worse, better]
    power, source = window_power(both, "monday", 10 * SECOND_NS, round(end_s * SECOND_NS))
    assert source is better
    assert power.power_w_mean == (pytest.approx(4.0) if begins_s < 10.2 else None)
