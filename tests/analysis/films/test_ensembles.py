"""Means over replicas: errors, outliers and false alarms, and the size of an ensemble."""

import math
from itertools import combinations

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.ensembles import (
    CRITICAL,
    ONE_REPLICA,
    convergence,
    find_outliers,
    geometric_mean,
    jackknife_error,
    over_replicas,
    replicas_needed,
)


def alarms(size, *, spread, samples=4000):
    """Share of normal ensembles with an outlier; their standard deviation is a share of the fraction."""
    rng = np.random.default_rng(7)
    drawn = 2.0 * (1 + 0.05 * spread * rng.normal(size=(samples, size)))
    return np.mean([bool(find_outliers(values, fraction=0.05)) for values in drawn.tolist()])


def test_the_mean_has_the_standard_error_of_the_replicas():
    found = over_replicas([2.0, 2.2, 2.4], unit="g/cm3")
    assert found.value == pytest.approx(2.2)
    assert found.uncertainty == pytest.approx(0.2 / math.sqrt(3))
    alone = over_replicas([2.0], unit="g/cm3")
    assert (alone.uncertainty, alone.flags) == (None, (ONE_REPLICA,))
    with pytest.raises(DataError, match="at least one replica"):
        over_replicas([], unit="g/cm3")


@pytest.mark.parametrize("size", [4, 5, 8, 12, 20])
def test_honest_spread_is_seldom_taken_for_an_outlier(size):
    assert alarms(size, spread=0.2) < 0.001
    assert alarms(size, spread=0.4) < 0.035
    for spread in (1.0, 3.0):
        assert alarms(size, spread=spread) < 0.065  # 5 %, and three standard errors of 4000 samples


def test_three_replicas_are_judged_with_care():
    assert alarms(3, spread=0.4) < 0.002
    assert alarms(3, spread=1.0) < 0.06
    assert alarms(3, spread=2.0) < 0.14


@pytest.mark.parametrize("size", [4, 5, 8, 12])
def test_the_limits_are_those_of_normal_samples(size):
    rng = np.random.default_rng(3)
    drawn = rng.normal(size=(40_000, size))
    away = np.abs(drawn - np.median(drawn, axis=1, keepdims=True))
    scores = 0.6745 * away.max(axis=1) / np.median(away, axis=1)
    assert np.mean(scores > CRITICAL[size]) == pytest.approx(0.05, abs=0.005)
    assert np.mean(scores > 3.5) > 0.1


@pytest.mark.parametrize("off", [-0.3, 0.3])
@pytest.mark.parametrize("size", [3, 5, 10])
def test_a_cell_that_is_off_is_found(size, off):
    values = list(2.0 * (1 + 0.005 * np.random.default_rng(1).normal(size=size)))
    values[2] *= 1 + off
    (found,) = find_outliers(values, fraction=0.05)
    assert found.replica == 2
    assert found.deviation == pytest.approx(off, abs=0.03)


def test_two_of_seven_do_not_hide_each_other():
    values = [2.0, 2.01, 1.99, 2.02, 1.0, 1.98, 1.05]
    assert [found.replica for found in find_outliers(values, fraction=0.05)] == [4, 6]


def test_a_small_deviation_is_no_outlier_however_near_the_others_are():
    assert find_outliers([2.0, 2.0, 2.0, 2.0, 2.05], fraction=0.05) == ()
    assert find_outliers([2.0, 2.0, 2.1], fraction=0.05) == ()
    (found,) = find_outliers([2.0, 2.0, 2.0, 2.0, 2.2], fraction=0.05)
    assert found.score is None  # the others agree exactly


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 9.0]])
def test_two_replicas_have_no_outlier(values):
    assert find_outliers(values, fraction=0.05) == ()


def test_a_fraction_is_above_zero():
    with pytest.raises(DataError, match="fraction is 0, must be above 0"):
        find_outliers([1.0, 2.0, 3.0], fraction=0.0)


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = [3.0, 4.5, 5.0, 7.5]
    assert jackknife_error(values) == pytest.approx(np.std(values, ddof=1) / 2)
    with pytest.raises(DataError, match="an error needs two replicas, there is 1"):
        jackknife_error([1.0])


def test_the_jackknife_of_a_geometric_mean_follows_the_logarithms():
    values = [1.00, 1.02, 0.97, 1.01]
    relative = np.std(np.log(values), ddof=1) / 2
    assert jackknife_error(values, geometric_mean) == pytest.approx(relative, rel=0.02)
    assert geometric_mean([1e-8, 1e-6]) == pytest.approx(1e-7)


def test_smaller_ensembles_scatter_as_drawing_without_return_says():
    values = [10.0, 12.0, 9.0, 14.0, 11.0]
    found = convergence(values, unit="GPa")
    sigma = np.std(values, ddof=1)
    for size in found.sizes:
        n = size.replicas
        assert size.mean == pytest.approx(np.mean(values))
        assert size.standard_error == pytest.approx(sigma / math.sqrt(n))
        assert size.scatter == pytest.approx(sigma * math.sqrt((1 - n / 5) / n), abs=1e-9)
        subsets = [np.mean(chosen) for chosen in combinations(values, n)]
        assert size.scatter == pytest.approx(np.std(subsets), abs=1e-9)
    assert [size.replicas for size in found.sizes] == [1, 2, 3, 4, 5]


def test_large_ensembles_are_sampled_in_place_of_all_subsets():
    values = np.random.default_rng(0).normal(10, 1, 50).tolist()
    found = convergence(values, unit="GPa")
    half = found.sizes[24]
    assert half.mean == pytest.approx(np.mean(values), abs=0.03)
    assert half.scatter == pytest.approx(np.std(values, ddof=1) / math.sqrt(50), rel=0.15)
    assert convergence(values, unit="GPa") == found


def test_the_replicas_needed_give_the_wished_error():
    values = [10.0, 12.0, 9.0, 14.0, 11.0]
    needed = replicas_needed(values, relative_error=0.05)
    relative = np.std(values, ddof=1) / np.mean(values)
    assert relative / math.sqrt(needed) <= 0.05 < relative / math.sqrt(needed - 1)
    assert convergence(values, unit="GPa", relative_error=0.05).needed == needed
    assert replicas_needed([5.0, 5.0], relative_error=0.01) == 1
    assert replicas_needed([-1.0, 1.0], relative_error=0.01) is None
    with pytest.raises(DataError, match="relative_error is 0, must be above 0"):
        replicas_needed(values, relative_error=0.0)
