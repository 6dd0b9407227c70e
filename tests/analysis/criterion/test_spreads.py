"""Draws of moduli, Poisson's ratios and volume ratios: their ranges, their moments, their quantiles."""

import numpy as np
import pytest

from lithicoat.analysis.criterion.spreads import FilmInputs, points, quantiles


def test_draws_stay_in_the_ranges_of_their_quantities():
    films = FilmInputs.of(
        [0.0, 10.0], poisson=[0.48, -0.9], volume_ratio=[-0.9, 0.1], poisson_uncertainty=0.1,
        volume_ratio_uncertainty=0.5, shear_modulus_uncertainty_GPa=50,
    )  # fmt: skip
    g, nu, v = films.drawn(points(1024))
    assert (g[0] == 0).all()
    assert (g[1] > 0).all()
    assert nu.min() > -1
    assert nu.max() <= 0.5
    assert v.min() > -1


def test_a_truncated_normal_has_the_mean_of_one():
    films = FilmInputs.of(10, poisson=0.5, volume_ratio=0.1, poisson_uncertainty=0.1)
    _, nu, _ = films.drawn(points(8192))
    assert nu.mean() == pytest.approx(0.5 - 0.1 * np.sqrt(2 / np.pi), abs=2e-4)  # half-normal
    near = FilmInputs.of(10, poisson=0.3, volume_ratio=0.1, poisson_uncertainty=0.03)
    assert near.drawn(points(8192))[1].std() == pytest.approx(0.03, rel=0.01)


def test_quantiles_of_a_known_sample():
    sample = np.random.default_rng(0).permutation(np.arange(1000.0))[None]
    median, low, high = quantiles(sample)
    assert (median, low, high) == pytest.approx((499.5, 24.5, 974.5))
    assert quantiles(np.full((1, 64), np.inf))[2] == np.inf


def test_a_log_normal_modulus_has_its_value_as_median_and_the_given_spread():
    films = FilmInputs.of(
        [5.0, 50.0], poisson=0.3, volume_ratio=0.1, shear_modulus_uncertainty_GPa=[1.0, 15.0]
    )
    g = films.drawn(points(8192))[0]
    np.testing.assert_allclose(np.median(g, axis=1), [5, 50], rtol=1e-3)
    np.testing.assert_allclose(g.std(axis=1) / g.mean(axis=1), [0.2, 0.3], rtol=0.01)


def test_the_points_are_normal_and_independent_and_belong_to_their_seed():
    standard = points(4096)
    np.testing.assert_allclose(standard.mean(axis=1), 0, atol=2e-3)
    np.testing.assert_allclose(np.cov(standard), np.eye(3), atol=0.02)
    assert not np.array_equal(standard, points(4096, seed=1))
