"""Means of correlated series: independent samples, beginning of equilibrium, error of the mean."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.errors import DataError

__all__ = ["SeriesMean", "equilibrated_from", "mean_with_error", "statistical_inefficiency"]

FEWEST_SAMPLES = 8
_FEWEST_BLOCKS = 4
_BLOCK_GROWTH = 1.15
_CORRELATION_TIMES = 5
_FINEST = 200  # blocks of a series: what lasts less than half a per cent of it is averaged out

_Series = NDArray[np.float64]


class SeriesMean(NamedTuple):
    """Mean of a correlated series."""

    mean: float
    error: float
    inefficiency: float


def statistical_inefficiency(series: ArrayLike) -> float:
    """Return how many samples of a stationary series are worth one independent sample.

    The larger of two estimates. The first is the sum over the autocorrelation up to five correlation times;
    it is sharp, but ends too early where a slow motion lies under a fast vibration. The second sees that:
    means of blocks of B samples scatter with the variance g(B) var(x) / B, and the shortest block with
    B³ > 2 n g(B)² balances the error of short blocks and of few.

    Parameters
    ----------
    series : array_like, shape (n,)
        Values at equal distances in time, any unit; at least 8.

    Returns
    -------
    float
        g, between 1 and n. A constant series has 1.

    Raises
    ------
    DataError
        If the series is too short, or holds a value that is no finite number.

    References
    ----------
    Sokal, Monte Carlo methods in statistical mechanics (1997), section 3, doi:10.1007/978-1-4899-0319-8_6;
    Flyvbjerg and Petersen, J. Chem. Phys. 91, 461 (1989), doi:10.1063/1.457480; the length of the blocks:
    Lee, Conduit, Nemec, López Ríos and Drummond, Phys. Rev. E 83, 066706 (2011),
    doi:10.1103/PhysRevE.83.066706.
    """
    return _inefficiency(_checked(series))


def equilibrated_from(series: ArrayLike) -> int:
    """Return the index from which on a series is in equilibrium.

    That is where the mean of the rest is known best, that is, the rest holds the largest number of
    independent samples: a drift at the beginning widens the rest, a late start shortens it. The samples are
    first averaged over blocks as long as the correlation in the last half, and at least half a per cent of
    the series, so that vibrations do not hide a slow drift.

    Parameters
    ----------
    series : array_like, shape (n,)
        Values at equal distances in time, for instance the potential energy; at least 8.

    Returns
    -------
    int
        First index that counts, at most three quarters of the series. Beyond the middle, the series did not
        come to equilibrium.

    Raises
    ------
    DataError
        As `statistical_inefficiency`.

    References
    ----------
    Chodera, J. Chem. Theory Comput. 12, 1799 (2016), doi:10.1021/acs.jctc.5b00784; with a fixed correlation
    time it is the rule of White, Simulation 69, 323 (1997), doi:10.1177/003754979706900601.
    """
    values = _checked(series)
    half = values[len(values) // 2 :]
    correlation = math.ceil(_inefficiency(half)) if len(half) >= FEWEST_SAMPLES else 1
    block = max(1, min(max(correlation, len(values) // _FINEST), len(values) // FEWEST_SAMPLES))
    blocks = len(values) // block
    odd = len(values) - blocks * block
    means = values[odd:].reshape(blocks, block).mean(axis=1)
    centred = means - means.mean()
    left = np.arange(blocks, 0, -1)
    squares = np.cumsum(centred[::-1] ** 2)[::-1]
    sums = np.cumsum(centred[::-1])[::-1]
    error2 = (squares - sums**2 / left) / left**2  # variance of the mean of the rest, at each beginning
    best = int(np.argmin(error2[: 3 * blocks // 4 + 1]))
    return odd + best * block if best else 0


def mean_with_error(series: ArrayLike) -> SeriesMean:
    """Return the mean of a stationary series, its standard error, and the statistical inefficiency.

    Parameters
    ----------
    series : array_like, shape (n,)
        Values at equal distances in time, any unit; at least 8.

    Returns
    -------
    SeriesMean
        `mean` and `error` in the unit of the series, `inefficiency` g: error² = g var(x) / n.

    Raises
    ------
    DataError
        As `statistical_inefficiency`.
    """
    values = _checked(series)
    inefficiency = _inefficiency(values)
    error = math.sqrt(float(values.var(ddof=1)) * inefficiency / len(values))
    return SeriesMean(float(values.mean()), error, inefficiency)


def _checked(series: ArrayLike) -> _Series:
    values = np.asarray(series, dtype=np.float64)
    if values.ndim != 1 or len(values) < FEWEST_SAMPLES:
        raise DataError(
            f"a series of at least {FEWEST_SAMPLES} numbers is needed, got shape {values.shape}",
            where="series",
        )
    if not np.all(np.isfinite(values)):
        first = int(np.argmin(np.isfinite(values)))
        raise DataError(f"value {first} of the series is {values[first]}", where="series")
    return values


def _inefficiency(values: _Series) -> float:
    centred = values - values.mean()
    variance = float(centred @ centred) / len(values)
    if variance <= (1e-12 * float(np.abs(values).max())) ** 2:
        return 1.0
    found = max(1.0, _from_autocorrelation(centred), _from_blocks(centred, variance))
    return min(found, float(len(values)))


def _from_autocorrelation(centred: _Series) -> float:
    n = len(centred)
    spectrum = np.fft.rfft(centred, 2 ** math.ceil(math.log2(2 * n)))
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:n]
    sums = 2 * np.cumsum(correlation / correlation[0]) - 1  # g, from the correlations up to each lag
    long_enough = np.arange(n) >= _CORRELATION_TIMES * sums / 2
    window = int(np.argmax(long_enough)) if long_enough.any() else int(np.argmax(sums))
    # The mean was taken from the same samples, which pulls all correlations down by g / n.
    return float(sums[window]) * (1 + (2 * window + 1) / n)


def _from_blocks(centred: _Series, variance: float) -> float:
    n = len(centred)
    sums = np.concatenate(([0.0], np.cumsum(centred)))
    largest, length = 1.0, 1
    while n // length >= _FEWEST_BLOCKS:
        means = np.diff(sums[n % length :: length]) / length  # the odd samples at the beginning are left out
        ratio = max(1.0, length * float(means.var(ddof=1)) / variance)
        if length**3 > 2 * n * ratio**2:
            return ratio
        largest = max(largest, ratio)
        length = max(length + 1, math.ceil(length * _BLOCK_GROWTH))
    return largest
