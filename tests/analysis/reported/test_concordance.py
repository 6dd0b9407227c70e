"""Kendall's tau over decided pairs: against scipy, its permutation test, and blocks."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import kendalltau

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.reported import concordance
from lithicoat.analysis.reported.concordance import permutation_p, tau


def pairs_of(values):
    """All pairs in the order of values, the better first."""
    ordered = [(i, j) if values[i] > values[j] else (j, i) for i, j in combinations(range(len(values)), 2)]
    better, worse = np.array(ordered).T
    return better, worse


@pytest.mark.parametrize("size", [4, 5, 6, 7])
def test_with_every_pair_decided_it_is_the_tau_and_exact_p_of_scipy(size):
    rng = np.random.default_rng(size)
    for _ in range(5):
        scores, reported = rng.normal(size=(2, size))
        better, worse = pairs_of(reported)
        expected = kendalltau(scores, reported, method="exact")
        chance = permutation_p(scores, better, worse, blocks=np.zeros(size, dtype=int))
        assert tau(scores, better, worse) == pytest.approx(expected.statistic)
        assert chance.found == pytest.approx(expected.pvalue)


def test_the_least_p_is_that_of_a_perfect_order():
    better, worse = pairs_of([4, 3, 2, 1])
    chance = permutation_p(np.array([1.0, 3.0, 2.0, 4.0]), better, worse, blocks=np.zeros(4, dtype=int))
    assert chance.least == pytest.approx(2 / 24)
    assert permutation_p(
        np.array([4.0, 3, 2, 1]), better, worse, blocks=np.zeros(4, dtype=int)
    ).found == pytest.approx(chance.least)


def test_an_order_turned_around_has_the_opposite_tau_and_the_same_p():
    better, worse = pairs_of([5, 1, 4, 2, 3])
    scores = np.array([0.3, 0.2, 0.9, 0.1, 0.5])
    block = np.zeros(5, dtype=int)
    assert tau(scores, better, worse) == -tau(-scores, better, worse)
    assert permutation_p(scores, better, worse, blocks=block) == permutation_p(
        -scores, better, worse, blocks=block
    )


def test_equal_scores_count_for_neither_side():
    assert tau(np.array([1.0, 1.0, 0.0]), np.array([0, 0]), np.array([1, 2])) == 0.5


def test_draws_are_one_tau_each():
    scores = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 2.0]])
    assert tau(scores, np.array([0]), np.array([1])) == pytest.approx([1, -1, 0])


def test_no_pair_is_no_correlation():
    none = np.array([], dtype=int)
    with pytest.raises(DataError, match="at least one decided pair"):
        tau(np.array([1.0, 2.0]), none, none)


def test_films_are_exchanged_within_their_block_only():
    scores = np.array([1.0, 0.0, 9.0, 8.0])
    better, worse = np.array([0, 2]), np.array([1, 3])
    apart = permutation_p(scores, better, worse, blocks=np.array([0, 0, 1, 1]))
    assert apart.found == pytest.approx(2 / 4)  # both pairs right or both wrong, of 2! x 2! orders
    together = permutation_p(scores, better, worse, blocks=np.zeros(4, dtype=int))
    assert together.found == pytest.approx(12 / 24)


def test_random_orders_come_near_to_all_orders_and_follow_the_seed(monkeypatch):
    rng = np.random.default_rng(3)
    scores, reported = rng.normal(size=(2, 7))
    better, worse = pairs_of(reported)
    block = np.zeros(7, dtype=int)
    exact = permutation_p(scores, better, worse, blocks=block)
    monkeypatch.setattr(concordance, "EXACT_LIMIT", 100)
    sampled = permutation_p(scores, better, worse, blocks=block, seed=1)
    assert sampled.found == pytest.approx(
        exact.found, abs=4 * np.sqrt(exact.found / concordance.RANDOM_ORDERS)
    )
    assert sampled == permutation_p(scores, better, worse, blocks=block, seed=1)
    assert sampled.least > 0


def test_p_is_uniform_when_there_is_nothing_to_find():
    rng = np.random.default_rng(0)
    reported = np.arange(5.0)
    better, worse = pairs_of(reported)
    found = [
        permutation_p(rng.normal(size=5), better, worse, blocks=np.zeros(5, dtype=int)).found
        for _ in range(300)
    ]
    assert np.mean(np.array(found) <= 0.234) == pytest.approx(0.233, abs=0.08)  # 28 of 120 orders
