from __future__ import annotations

import numpy as np
import pytest

from bench.records.steadiness import drifts, trend, two_modes


def times(count: int, rise: float, noise: float = 0.01, seed: int = 0) -> list[float]:
    noisy = np.random.default_rng(seed).normal(0, noise, count)
    return (0.1 * np.exp(noisy + np.linspace(0, rise, count))).tolist()


def test_a_window_that_slows_down_has_a_trend() -> None:
    # From the middle of the first third to the middle of the last lie two thirds of the rise.
    assert trend(times(300, 0.09)) == pytest.approx(0.06, abs=0.005)
    assert trend(times(300, -0.09)) == pytest.approx(-0.06, abs=0.005)


def test_a_steady_window_has_none() -> None:
    assert sum(trend(times(100, 0.0, 0.02, seed)) is not None for seed in range(200)) == 0


def test_what_does_not_matter_and_what_is_too_short_is_no_trend() -> None:
    assert trend(times(3000, 0.005, 0.001)) is None
    assert trend(times(29, 1.0)) is None


def test_two_modes_are_seen_with_their_means() -> None:
    modes = two_modes([10.0, 9.01, 10.02, 8.99, 9.0])
    assert modes is not None
    assert (modes.low, modes.high) == pytest.approx((9.0, 10.01), abs=0.001)
    assert (modes.lows, modes.highs) == (3, 2)


@pytest.mark.parametrize(
    "values", [[10.0, 10.1, 9.9, 10.05, 9.95], [10.0, 9.0, 10.0, 9.0], [10.0, 10.0, 10.0, 10.0, 9.0], [10.0] * 6]
)
def test_one_group_few_values_and_a_single_outlier_are_no_two_modes(values: list[float]) -> None:
    assert two_modes(values) is None


def test_repetitions_that_only_fall_drift() -> None:
    # Of 720 orders of six values two are as extreme: 0.28 %. Of 120 orders of five values two are: 1.7 %.
    assert drifts([6, 5, 4, 3, 2, 1])
    assert drifts([1, 2, 3, 4, 5, 6])
    assert not drifts([5, 4, 3, 2, 1])
    assert not drifts([1, 3, 2, 6, 4, 5])
