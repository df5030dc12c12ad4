from __future__ import annotations

import math

import pytest

from bench.records.student import t_cdf, t_quantile, two_sided


@pytest.mark.parametrize(
    ("probability", "df", "expected"),  # scipy 1.17's stats.t.ppf
    [
        (0.975, 1, 12.706204736174694),
        (0.975, 2, 4.302652729749462),
        (0.975, 2.7, 3.3921483831737507),
        (0.975, 4, 2.7764451051977934),
        (0.995, 9, 3.249835541592126),
        (0.9995, 3.3, 11.106695189933484),
        (0.8, 7.5, 0.8922093469396745),
        (0.975, 1000, 1.9623390808264083),
        (0.975, math.inf, 1.959963984540054),
        (0.8, 1e15, 0.8416212335729143),  # a very steady cell beside a meter's known limit of error
        (0.975, 1e30, 1.959963984540054),
    ],
)
def test_a_quantile_is_scipy_s(probability: float, df: float, expected: float) -> None:
    assert t_quantile(probability, df) == pytest.approx(expected, rel=1e-9)
    assert t_quantile(1 - probability, df) == pytest.approx(-expected, rel=1e-9)


@pytest.mark.parametrize(
    ("t", "df", "expected"),  # scipy 1.17's stats.t.cdf
    [
        (-2.5, 4, 0.03338327240599407),
        (0.3, 2.7, 0.6071167336527759),
        (12, 3, 0.9993774920996054),
        (-40, 2, 0.0003122073360923703),
        (0, 5, 0.5),
        (math.inf, 5, 1.0),
        (-math.inf, 5, 0.0),
        (-2, 1e15, 0.022750131948179195),
    ],
)
def test_a_probability_is_scipy_s(t: float, df: float, expected: float) -> None:
    assert t_cdf(t, df) == pytest.approx(expected, rel=1e-11)


def test_both_tails_of_a_far_value_keep_their_digits() -> None:
    assert two_sided(-40, 2) == two_sided(40, 2) == pytest.approx(2 * 0.0003122073360923703, rel=1e-10)
