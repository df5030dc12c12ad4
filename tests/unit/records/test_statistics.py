from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records.statistics import (
    bootstrap_ci95,
    holm,
    interval,
    judge,
    scatter,
    sd_of_logs,
    within,
)

FIRST = [10.0, 10.1, 9.9, 10.05, 9.95]
SECOND = [10.2, 10.4, 10.1]


def parts(*values: list[float]):
    return [scatter(sd_of_logs(each) or 0.0, len(each)) for each in values]


def mean_log(values: list[float]) -> float:
    return sum(map(math.log, values)) / len(values)


def test_two_sets_are_compared_as_scipy_s_welch_test_does() -> None:
    # scipy 1.17's stats.ttest_ind(log(SECOND), log(FIRST), equal_var=False).
    found = judge(mean_log(SECOND) - mean_log(FIRST), parts(FIRST, SECOND))
    assert found.p == pytest.approx(0.09921812936154346, rel=1e-9)
    assert found.df == pytest.approx(2.6949386462068228, rel=1e-9)
    bounds = (found.log_ratio - found.half(), found.log_ratio + found.half())
    assert bounds == pytest.approx((-0.008559822486313644, 0.054592272146535), rel=1e-9)


def test_a_single_value_has_no_scatter_and_no_interval() -> None:
    assert sd_of_logs([10.0]) is None
    assert sd_of_logs([10.0, 0.0]) is None
    assert interval(10.0, [10.0]) is None
    assert interval(-1.0, [1.0, 2.0]) is None


def test_three_repetitions_interval_is_wider_than_their_range() -> None:
    low, high = interval(10.0, [9.9, 10.0, 10.1]) or (0, 0)
    assert low < 9.9 < 10.1 < high
    # t = 4.302653 for two degrees of freedom, the standard deviation is 1 % to the last digits.
    assert math.log(high / 10) == pytest.approx(4.302653 * 0.01 / math.sqrt(3), rel=1e-4)


def test_a_known_part_never_makes_a_difference_surer() -> None:
    few = parts([10.0, 10.3, 9.8], [10.1, 10.4, 9.9])
    for limit in (0.001, 0.01, 0.05):
        assert judge(0.03, [*few, within(limit)]).p >= judge(0.03, few).p
        assert judge(0.03, [*few, within(limit)]).half() >= judge(0.03, few).half()


def test_equal_numbers_without_scatter_are_the_same_and_others_are_not() -> None:
    exact = [scatter(0.0, 3), scatter(0.0, 3)]
    assert judge(0.0, exact).p == 1
    assert judge(1e-12, exact).p == 1
    assert judge(0.001, exact).p == 0


def test_a_smaller_change_is_detectable_with_less_scatter_and_fewer_comparisons() -> None:
    found = judge(0.0, [scatter(0.005, 5), scatter(0.005, 5)])
    # (t(0.975, 8) + t(0.8, 8)) x 0.005 x sqrt(2/5) = (2.306004 + 0.888890) x 0.00316228
    assert found.detectable() == pytest.approx(math.expm1(3.194894 * 0.00316228), rel=1e-5)
    assert found.detectable(16) > found.detectable()
    assert judge(0.0, [scatter(0.001, 5), scatter(0.001, 5)]).detectable() < found.detectable()


def test_holm_s_corrected_probabilities() -> None:
    # R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm"): 0.03 0.06 0.06 0.02
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_makes_nothing_surer(ps: list[float]) -> None:
    corrected = holm(ps)
    assert all(after >= before for before, after in zip(ps, corrected))
    pairs = sorted(zip(ps, corrected))
    assert [after for _, after in pairs] == sorted(corrected)


def test_from_twenty_repetitions_on_the_bootstrap_makes_the_interval_one_sided_where_they_are() -> None:
    low, high = interval(1.0, [1.0] * 19 + [2.0]) or (0, 0)
    # Student's would be even: 1/low == high.
    assert math.log(high) > 1.5 * -math.log(low)
    low, high = interval(1.0, [1.0] * 18 + [2.0]) or (0, 0)
    assert high == pytest.approx(1 / low)


def test_the_bootstrap_needs_twenty_values() -> None:
    assert bootstrap_ci95([1.0] * 19) is None
    values = [1 + step / 100 for step in range(20)]
    low, high = bootstrap_ci95(values) or (0, 0)
    assert 1.06 < low < 1.095 < high < 1.13
