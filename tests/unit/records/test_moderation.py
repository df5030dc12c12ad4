from __future__ import annotations

import math

import numpy as np
import pytest

from bench.records.moderation import NO_PRIOR, digamma, inverse_trigamma, prior_of, trigamma


def scatters(spread: float, cells: int, n: int) -> list[tuple[float, int]]:
    """Return the scatters of cells whose true one is about 1 %, themselves spread by a factor."""
    generator = np.random.default_rng(1)
    true = 0.01 * np.exp(generator.normal(0, spread, cells))
    return [(float(generator.normal(0, own, n).std(ddof=1)), n) for own in true]


def test_cells_that_scatter_alike_make_one_variance() -> None:
    prior = prior_of(scatters(0.0, 200, 5))
    assert math.sqrt(prior.variance) == pytest.approx(0.01, rel=0.05)
    assert prior.df > 50
    assert prior.most == 800
    quiet, usual = prior.scatter(0.001, 5), prior.scatter(0.01, 5)
    assert math.sqrt(quiet.variance * 5) == pytest.approx(0.01, rel=0.06)  # a lucky few are not believed
    assert usual.df > 50


def test_cells_that_scatter_each_in_its_own_way_say_little_of_each_other() -> None:
    """With a spread of a factor of 4 the logarithms of variances have the variance (2 log 4)², which trigamma tells."""
    prior = prior_of(scatters(math.log(4), 400, 5))
    assert prior.df == pytest.approx(2 * inverse_trigamma((2 * math.log(4)) ** 2), rel=0.15)
    assert prior.scatter(0.01, 5).df < 5


def test_a_cell_that_stands_out_keeps_its_own_scatter_and_degrees_of_freedom() -> None:
    prior = prior_of(scatters(0.0, 200, 5))
    restless = prior.scatter(0.1, 5)
    assert restless.variance == pytest.approx(0.1**2 / 5)
    assert restless.df == pytest.approx(4, abs=10)
    assert prior.scatter(1.0, 5).df == pytest.approx(4, abs=0.1)


def test_the_degrees_of_freedom_are_never_more_than_all_cells_have() -> None:
    prior = prior_of([(0.01, 5)] * 4)
    assert math.isinf(prior.df)
    assert prior.scatter(0.01, 5) == pytest.approx((0.0001 / 5, 4 + (16 - 4) / 2))


@pytest.mark.parametrize("known", [[], [(0.01, 5)] * 3, [(0.0, 5)] * 3 + [(0.01, 5)], [(0.01, 1)] * 8])
def test_few_cells_or_such_as_do_not_scatter_say_nothing(known: list[tuple[float, int]]) -> None:
    assert prior_of(known) == NO_PRIOR


def test_a_cell_without_scatter_among_others_does_not_make_the_common_one_smaller() -> None:
    prior = prior_of([(0.0, 5), *[(0.01, 5)] * 7])
    assert prior.scatter(0.0, 5).variance > 0
    assert prior.scatter(0.01, 5).variance == pytest.approx(0.0001 / 5)


def test_digamma_and_trigamma_are_those_of_the_handbook() -> None:
    euler = 0.5772156649015329
    assert [digamma(1), digamma(0.5)] == pytest.approx([-euler, -euler - 2 * math.log(2)], abs=1e-9)
    assert [trigamma(1), trigamma(0.5)] == pytest.approx([math.pi**2 / 6, math.pi**2 / 2], abs=1e-9)


@pytest.mark.parametrize("x", [1e-3, 0.5, 3.0, 1e4])
def test_the_inverse_leads_back(x: float) -> None:
    assert inverse_trigamma(trigamma(x)) == pytest.approx(x, rel=1e-9)
