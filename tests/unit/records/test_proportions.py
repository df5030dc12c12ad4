from __future__ import annotations

import math

import pytest

from bench.records.proportions import Paired, binomial, mcnemar, paired_part, share_ci95


@pytest.mark.parametrize(
    ("first", "second", "expected"),  # scipy 1.17's stats.binomtest(3, 15), (10, 40)
    [(3, 12, 0.03515625), (12, 3, 0.03515625), (10, 30, 0.0022214337732293643), (7, 7, 1.0), (0, 0, 1.0)],
)
def test_mcnemar_s_test_is_exact(first: int, second: int, expected: float) -> None:
    assert mcnemar(Paired(100, first, second, 50)) == pytest.approx(expected, rel=1e-12)


def test_many_discordant_pairs_give_nearly_the_exact_answer() -> None:
    exact, close = (mcnemar(Paired(0, n, n + 80, 0)) for n in (460, 461))
    assert close == pytest.approx(exact, rel=0.03)


def test_images_that_both_get_right_tell_nothing_apart() -> None:
    few, many = (paired_part(Paired(both, 5, 15, 20)).variance for both in (100, 1000))
    assert few == pytest.approx(20 / (105 * 115))
    assert many < few / 50


def test_a_share_s_part_is_nearly_the_delta_method_s_and_holds_where_all_were_right() -> None:
    assert binomial(0.6, 50_000).variance == pytest.approx(0.4 / (0.6 * 50_000), rel=0.02)
    assert math.sqrt(binomial(1.0, 10).variance) == pytest.approx(math.log(1 / 0.7225) / 1.96, rel=1e-3)


def test_a_share_s_interval_is_wilson_s() -> None:
    assert share_ci95(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    # R's prop.test(8, 10, correct = FALSE): 0.4902 to 0.9433.
    assert share_ci95(0.8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert share_ci95(1.0, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert share_ci95(0.0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
