"""Mean squared displacements over a few lag times, and where their linear regime begins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.displacements import Floats

__all__ = ["MAX_LAGS", "MeanSquared", "lag_times", "linear_from", "mean_squared_displacement"]

MAX_LAGS = 100
ORIGINS_PER_LAG = 10
GAUSSIAN_SPREAD = 2 / 3  # variance of |x|² over its squared mean, for an isotropic Gaussian x
_TOLERANCE = 3.0  # standard deviations


@dataclass(frozen=True, kw_only=True)
class MeanSquared:
    """Mean squared displacement against lag time.

    Attributes
    ----------
    lags : numpy.ndarray, shape (n,)
        Lag times in frames: the lag k compares frame i with frame i + k.
    mean : numpy.ndarray, shape (n,)
        Mean squared displacement in three dimensions, Å².
    variance : numpy.ndarray, shape (n,)
        Variance of the mean, from the number of independent displacements, Å⁴.
    samples : numpy.ndarray, shape (n,)
        Independent displacements: particles x run length / lag time.
    """

    lags: NDArray[np.int64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    samples: NDArray[np.float64]


def lag_times(frames: int, *, shortest: int = 1, count: int = MAX_LAGS) -> NDArray[np.int64]:
    """Return up to `count` lag times in frames, evenly spaced in their logarithm, up to half the run.

    Parameters
    ----------
    frames : int
        Length of the trajectory.
    shortest : int
        First lag; at most a quarter of the longest, so that a line can be fitted.
    count : int
        Most lags to return.
    """
    longest = max(2, frames // 2)
    first = max(1, min(shortest, longest // 4))
    return np.unique(np.round(np.geomspace(first, longest, count)).astype(np.int64))


def mean_squared_displacement(positions: Floats, *, lags: NDArray[np.int64]) -> MeanSquared:
    """Average squared displacements over particles and time origins.

    Long lags take every (lag / 10)-th origin: displacements between are nearly the same. The spread of
    squared displacements is never taken below that of an isotropic Gaussian, since a handful of them can
    agree by chance.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, particles, 3)
        Drift-free positions, Å.
    lags : numpy.ndarray of int
        Lag times in frames.
    """
    steps, particles = len(positions) - 1, positions.shape[1]
    mean, spread = np.empty(len(lags)), np.empty(len(lags))
    for index, lag in enumerate(lags):
        origins = np.arange(0, len(positions) - lag, max(1, lag // ORIGINS_PER_LAG))
        squared = np.sum((positions[origins + lag] - positions[origins]) ** 2, axis=2)
        mean[index] = squared.mean()
        spread[index] = max(squared.var(ddof=1), GAUSSIAN_SPREAD * mean[index] ** 2)
    samples = particles * steps / lags
    return MeanSquared(lags=lags, mean=mean, variance=spread / samples, samples=samples)


def linear_from(msd: MeanSquared) -> int:
    """Return the index of the first lag time of the linear regime.

    The straight line fitted from a lag on must agree with the lines fitted from every later one. Of two
    estimates of which the earlier uses more data, the difference has the variance of the later minus that
    of the earlier (Hausman, Econometrica 46, 1251 (1978)), so ballistic motion, vibrations and
    correlated hops back are excluded exactly as far as the data can tell. The last candidate is a quarter
    of the longest lag.
    """
    lags = msd.lags
    candidates = np.unique(np.searchsorted(lags, np.geomspace(lags[0], max(lags[0], lags[-1] // 4), 12)))
    fits = [_line_from(msd, int(start)) for start in candidates]
    for index, start in enumerate(candidates[:-1]):
        slope, variance = fits[index]
        later = fits[index + 1 :]
        if all(_agree(slope, variance, *line) for line in later):
            return int(start)
    return int(candidates[-1])


def _agree(slope: float, variance: float, later: float, later_variance: float) -> bool:
    # The variance of a mean squared displacement grows as its square. A later line that is too low by chance
    # therefore looks too certain; it is given the variance that it has if the earlier slope is right.
    if 0 < later < slope:
        later_variance *= (slope / later) ** 2
    difference = max(later_variance - variance, 0.05 * later_variance)
    return (slope - later) ** 2 <= _TOLERANCE**2 * difference


def _line_from(msd: MeanSquared, start: int) -> tuple[float, float]:
    """Slope and its variance of the line from a lag on, by generalised least squares.

    The covariance is that of a random walk, C_ij = v_i n_i / n_j for i ≤ j (McCluskey, Coles and Morgan,
    J. Chem. Theory Comput. 21, 79 (2025)). Then the differences of neighbouring n_i MSD_i are independent,
    with the variance u_{i+1} - u_i, u = v n².
    """
    n = msd.samples[start:]
    u = np.maximum.accumulate(msd.variance[start:] * n**2)
    steps = np.maximum(np.diff(u), 0.1 * u[:-1] * np.diff(msd.lags[start:]) / msd.lags[start:-1])
    weights = 1 / np.sqrt(np.concatenate(([u[0]], steps)) + np.finfo(float).tiny)
    design = np.column_stack((n, n * msd.lags[start:]))
    design[1:] = np.diff(design, axis=0)
    target = n * msd.mean[start:]
    target[1:] = np.diff(target)
    scaled = design * weights[:, None]
    covariance = np.linalg.pinv(scaled.T @ scaled)
    line = covariance @ scaled.T @ (target * weights)
    return float(line[1]), float(covariance[1, 1])
