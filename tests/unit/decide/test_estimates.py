from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.decide.estimates import Estimate, is_above, ratio, share_of
from bench.decide.quantities import QUANTITIES
from tests.made.rows import made_row

POSITIVE = st.floats(0.01, 1000)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Estimate(2), Estimate(1), True),
        (Estimate(1), Estimate(2), False),
        (Estimate(1), Estimate(1), None),
        (Estimate(2, 1.5, 2.5), Estimate(1, 0.5, 1.4), True),
        (Estimate(2, 1.5, 2.5), Estimate(1, 0.5, 1.5), None),
        (Estimate(2, 1.5, 2.5), Estimate(1.6), None),
        (Estimate(2, 1.5, 2.5), Estimate(3), False),
    ],
)
def test_intervals_that_meet_leave_it_open(one: Estimate, other: Estimate, expected: bool | None) -> None:
    assert is_above(one, other) is expected


def test_a_ratio_s_interval_is_wider_than_either_and_narrower_than_both() -> None:
    quotient = ratio(Estimate(10, 9, 11), Estimate(5, 4.5, 5.5))
    assert quotient is not None and quotient.low is not None and quotient.high is not None
    assert quotient.value == 2
    assert quotient.low == pytest.approx(2 * math.exp(-math.hypot(math.log(10 / 9), math.log(1.1))))
    assert quotient.high == pytest.approx(2 * math.exp(math.hypot(math.log(1.1), math.log(5 / 4.5))))
    assert 9 / 5.5 < quotient.low < 9 / 5 < 11 / 5 < quotient.high < 11 / 4.5


def test_a_ratio_has_an_interval_only_if_both_have_one() -> None:
    assert ratio(Estimate(10, 9, 11), Estimate(5)) == Estimate(2)
    assert ratio(Estimate(10), Estimate(0)) is None


@given(POSITIVE, POSITIVE, st.floats(0.01, 0.9), st.floats(0.01, 0.9))
def test_turning_a_ratio_over_turns_its_interval_over(a: float, b: float, half_a: float, half_b: float) -> None:
    one = Estimate(a, a * (1 - half_a), a * (1 + half_a))
    other = Estimate(b, b * (1 - half_b), b * (1 + half_b))
    there, back = ratio(one, other), ratio(other, one)
    assert there is not None and back is not None
    assert there.bounds == pytest.approx((1 / back.bounds[1], 1 / back.bounds[0]))


def test_a_share_has_wilson_s_interval() -> None:
    # Wilson's interval of 8 in 10, as R's prop.test(8, 10, correct = FALSE) has it: 0.4902 to 0.9433.
    assert share_of(0.8, 10).bounds == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert share_of(1.0, 10).bounds == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert share_of(0.8, None) == Estimate(0.8)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("throughput", 115.04, "115.0 img/s"),
        ("throughput", 8.123, "8.12 img/s"),
        ("energy", 0.05612, "0.056 J"),
        ("top1", 0.64, "64.00 %"),
        ("memory", 1029.4, "1029 MiB"),
    ],
)
def test_a_quantity_is_shown_in_its_unit(name: str, value: float, text: str) -> None:
    assert QUANTITIES[name].text(value) == text


def test_a_quantity_says_why_it_has_no_value() -> None:
    row = made_row("opencv", "nin", power_w_mean=None, top1=None, weights="synthetic", peak_rss_mib=None)
    assert QUANTITIES["power"].why_none(row) == "power was not measured"
    assert QUANTITIES["merit"].why_none(row) == "synthetic weights, which recognise nothing"
    assert QUANTITIES["memory"].why_none(row) == "memory was not measured"
