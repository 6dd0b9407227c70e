"""Mean squared displacements over a few lag times, and where their linear regime begins."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.transport.displacements import Floats

__all__ = [
    "MAX_LAGS",
    "MeanSquared",
    "along_line",
    "fit_line",
    "lag_times",
    "line_from",
    "linear_from",
    "mean_squared_displacement",
    "moving_together",
]

MAX_LAGS = 100
ORIGINS_PER_LAG = 10
MOST_ORIGINS = 20_000
WINDOWS = 40
GAUSSIAN_SPREAD = 2 / 3  # variance of |x|² over its squared mean, for an isotropic Gaussian x
_TOLERANCE = 3.0  # standard deviations
_ROUNDS = 3  # of fitting a line and taking the variances from it
_LEAST = 0.1  # of a displacement: the line is never taken to lie lower


@dataclass(frozen=True, kw_only=True)
class MeanSquared:
    """Mean squared displacement against lag time.

    Attributes
    ----------
    lags : numpy.ndarray, shape (n,)
        Lag times in frames: the lag k compares frame i with frame i + k.
    mean : numpy.ndarray, shape (n,)
        Mean squared displacement in three dimensions, Å².
    excess : numpy.ndarray, shape (n,)
        Variance of the mean over that of independent, isotropic Gaussian displacements; at least 1.
    expected : numpy.ndarray, shape (n,)
        What the mean is expected to be, Å²: itself, or a line through it. It sets the variance.
    samples : numpy.ndarray, shape (n,)
        Independent displacements: particles x run length / lag time.
    tensor : numpy.ndarray, shape (n, 3, 3)
        Mean products of the Cartesian components of the displacements, Å²; their trace is the mean.
    """

    lags: NDArray[np.int64]
    mean: NDArray[np.float64]
    excess: NDArray[np.float64]
    expected: NDArray[np.float64]
    samples: NDArray[np.float64]
    tensor: NDArray[np.float64]

    @property
    def variance(self) -> NDArray[np.float64]:
        """Variance of the mean, Å⁴."""
        return self.excess * GAUSSIAN_SPREAD * self.expected**2 / self.samples


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


def mean_squared_displacement(
    positions: Floats, *, lags: NDArray[np.int64], most_origins: int = MOST_ORIGINS
) -> MeanSquared:
    """Average squared displacements over particles and time origins.

    Long lags take every (lag / 10)-th origin: displacements between are nearly the same. The spread of
    squared displacements is never taken below that of an isotropic Gaussian, since a handful of them can
    agree by chance. It is enlarged where particles move together (`moving_together`).

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, particles, 3)
        Drift-free positions, Å.
    lags : numpy.ndarray of int
        Lag times in frames.
    most_origins : int
        Time origins that are enough for any lag; in long runs they are spread evenly.
    """
    frames, particles = positions.shape[:2]
    mean, excess, tensor = np.empty(len(lags)), np.empty(len(lags)), np.empty((len(lags), 3, 3))
    for index, lag in enumerate(lags):
        stride = max(1, lag // ORIGINS_PER_LAG, math.ceil((frames - lag) / most_origins))
        moved = (positions[lag::stride] - positions[: frames - lag : stride]).reshape(-1, 3)
        tensor[index] = moved.T @ moved / len(moved)
        squared = np.einsum("ij,ij->i", moved, moved)
        mean[index] = np.trace(tensor[index])
        gaussian = GAUSSIAN_SPREAD * mean[index] ** 2
        excess[index] = max(1.0, squared.var(ddof=1, dtype=float) / gaussian) if gaussian else 1.0
    return MeanSquared(
        lags=lags,
        mean=mean,
        excess=excess * moving_together(positions),
        expected=mean,
        samples=particles * (frames - 1) / lags,
        tensor=tensor,
    )


def moving_together(positions: Floats) -> float:
    """Return by how much the variance of a mean over particles exceeds that of independent ones.

    The squared displacements over successive fortieths of the run are averaged over the particles. The
    variance of that mean from window to window is held against what the particles would give if each went
    its own way. It is 1 for independent particles and their number if all move as one.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, particles, 3)
        Drift-free positions, Å.
    """
    window, particles = max(1, len(positions) // WINDOWS), positions.shape[1]
    squared = np.sum(np.diff(positions[::window], axis=0).astype(float) ** 2, axis=2)
    independent = float(squared.var(axis=0, ddof=1).mean()) / particles
    if particles == 1 or independent == 0:
        return 1.0
    return float(np.clip(squared.mean(axis=1).var(ddof=1) / independent, 1.0, particles))


def along_line(msd: MeanSquared, first: int) -> MeanSquared:
    """Return the same displacements, their variances taken from the line fitted from a lag on.

    A mean squared displacement that is low by chance looks too certain by its own size, and would pull the
    fit down; the line does not follow such chances.
    """
    for _ in range(_ROUNDS):
        intercept, slope, _ = fit_line(
            msd.mean[first:],
            variance=msd.variance[first:],
            samples=msd.samples[first:],
            lags=msd.lags[first:],
        )
        line = np.maximum(intercept + slope * msd.lags, _LEAST * msd.mean)
        msd = replace(msd, expected=np.where(np.arange(len(line)) < first, msd.mean, line))
    # Variances that fluctuate from lag to lag are those of no random walk, and regressions mend their
    # covariance each in its own way; these belong to one.
    samples = msd.samples[first:]
    steps = _independent_steps(msd.variance[first:], samples=samples, lags=msd.lags[first:])
    excess = msd.excess.copy()
    excess[first:] = np.cumsum(steps) / samples / (GAUSSIAN_SPREAD * msd.expected[first:] ** 2)
    return replace(msd, excess=excess)


def linear_from(msd: MeanSquared, *, shortest: int = 1) -> int:
    """Return the index of the first lag time of the linear regime.

    The straight line fitted from a lag on must agree with the lines fitted from every later one. Of two
    estimates of which the earlier uses more data, the difference has the variance of the later minus that
    of the earlier (Hausman, Econometrica 46, 1251 (1978)), so ballistic motion, vibrations and
    correlated hops back are excluded exactly as far as the data can tell. The first candidate is `shortest`
    in frames, the last a quarter of the longest lag.
    """
    lags = msd.lags
    last = max(lags[0], lags[-1] // 4)
    candidates = np.unique(np.searchsorted(lags, np.geomspace(min(shortest, last), last, 12)))
    fits = [line_from(msd, int(start)) for start in candidates]
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


def line_from(msd: MeanSquared, start: int) -> tuple[float, float]:
    """Return the slope in Å² per frame, and its variance, of the line fitted from a lag on (`fit_line`)."""
    return fit_line(
        msd.mean[start:], variance=msd.variance[start:], samples=msd.samples[start:], lags=msd.lags[start:]
    )[1:]


def fit_line(
    mean: NDArray[np.float64],
    *,
    variance: NDArray[np.float64],
    samples: NDArray[np.float64],
    lags: NDArray[np.int64],
) -> tuple[float, float, float]:
    """Fit intercept + slope x lag by generalised least squares.

    The covariance is that of a random walk, C_ij = v_i n_i / n_j for i ≤ j (McCluskey, Coles and Morgan,
    J. Chem. Theory Comput. 21, 79 (2025)). Then the differences of neighbouring n_i MSD_i are independent,
    with the variance u_{i+1} - u_i, u = v n².

    Parameters
    ----------
    mean, variance, samples, lags : numpy.ndarray, shape (n,)
        As in `MeanSquared`; `mean` may be one component of its tensor.

    Returns
    -------
    intercept, slope, slope_variance : float
        In Å², Å² per frame, and its square.
    """
    n = samples
    steps = _independent_steps(variance, samples=samples, lags=lags)
    weights = 1 / np.sqrt(steps + np.finfo(float).tiny)
    design = np.column_stack((n, n * lags))
    design[1:] = np.diff(design, axis=0)
    target = n * mean
    target[1:] = np.diff(target)
    scaled = design * weights[:, None]
    covariance = np.linalg.pinv(scaled.T @ scaled)
    line = covariance @ scaled.T @ (target * weights)
    return float(line[0]), float(line[1]), float(covariance[1, 1])


def _independent_steps(
    variance: NDArray[np.float64], *, samples: NDArray[np.float64], lags: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Variances of the differences of neighbouring n_i MSD_i, the first one that of n_0 MSD_0 itself."""
    u = np.maximum.accumulate(variance * samples**2)
    grown = np.maximum(np.diff(u), 0.1 * u[:-1] * np.diff(lags) / lags[:-1])
    return np.concatenate((u[:1], grown))
