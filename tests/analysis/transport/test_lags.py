"""Mean squared displacements: lags, sample counts, and the start of the linear regime."""

import numpy as np
import pytest
from scipy.signal import lfilter

from lithicoat.analysis.transport.lags import lag_times, linear_from, mean_squared_displacement


def test_lags_are_few_and_end_at_half_the_run():
    for frames in (20, 301, 4000, 100_000):
        lags = lag_times(frames)
        assert (lags[0], lags[-1]) == (1, frames // 2)
        assert len(lags) <= 100
        assert np.all(np.diff(lags) > 0)
    assert lag_times(20, shortest=8)[0] == 2  # enough lags stay for a line
    assert lag_times(400, shortest=8)[0] == 8


def test_ballistic_motion_is_squared_in_the_lag():
    """No repeated first frame: lag 1 is 0.25, not (N - 1) / N of it, and lag k is k² as much."""
    positions = np.zeros((20, 1, 3))
    positions[:, 0, 0] = 0.5 * np.arange(20)
    lags = np.arange(1, 20)
    msd = mean_squared_displacement(positions, lags=lags[:18])
    np.testing.assert_allclose(msd.mean, 0.25 * lags[:18] ** 2, rtol=1e-12)


def test_independent_displacements_are_counted_from_the_length_of_the_run():
    msd = mean_squared_displacement(np.zeros((101, 7, 3)), lags=np.array([1, 10, 50]))
    np.testing.assert_allclose(msd.samples, [700, 70, 14])


def test_random_walk_has_the_known_mean_and_variance():
    rng = np.random.default_rng(0)
    walks = np.cumsum(rng.normal(0, 1, (200, 4000, 3)), axis=0)
    msd = mean_squared_displacement(walks, lags=np.array([1, 5, 60]))
    np.testing.assert_allclose(msd.mean, 3 * msd.lags, rtol=0.03)
    # <x⁴> of a Gaussian in three dimensions: variance of |x|² is 2/3 of its squared mean
    np.testing.assert_allclose(msd.variance * msd.samples, 2 / 3 * msd.mean**2, rtol=0.1)


def test_linear_regime_of_a_random_walk_begins_at_once():
    starts = [
        linear_from(mean_squared_displacement(walk, lags=lag_times(1000)))
        for walk in np.cumsum(np.random.default_rng(4).normal(0, 1, (20, 1000, 20, 3)), axis=1)
    ]
    assert starts.count(0) >= 18


def test_linear_regime_begins_after_persistent_motion():
    """Velocities with a memory of 10 frames: MSD ~ t² before it, linear well after."""
    rng = np.random.default_rng(6)
    velocities = lfilter([1], [1, -np.exp(-0.1)], rng.normal(0, 1, (3000, 200, 3)), axis=0)
    lags = lag_times(3000)
    start = lags[linear_from(mean_squared_displacement(np.cumsum(velocities, axis=0), lags=lags))]
    assert 15 <= start <= 400


def test_linear_regime_begins_after_vibrations():
    rng = np.random.default_rng(7)
    walk = np.cumsum(rng.normal(0, 0.05, (3000, 100, 3)), axis=0)
    shaken = lfilter([1], [1, -np.exp(-0.2)], rng.normal(0, 0.4, walk.shape), axis=0)
    lags = lag_times(3000)
    start = lags[linear_from(mean_squared_displacement(walk + shaken, lags=lags))]
    assert start >= 10
    assert lags[linear_from(mean_squared_displacement(walk, lags=lags))] == pytest.approx(1)
