"""A number over the replicas of a film: mean, error, outliers, and how many replicas it takes."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property

__all__ = [
    "ONE_REPLICA",
    "Convergence",
    "Outlier",
    "SizeEstimate",
    "convergence",
    "find_outliers",
    "geometric_mean",
    "jackknife_error",
    "over_replicas",
    "replicas_needed",
]

ONE_REPLICA = "one replica: spread unknown"

Estimator = Callable[[Sequence[float]], float]

CRITICAL = {
    4: 6.9,
    5: 7.9,
    6: 5.5,
    7: 5.9,
    8: 4.9,
    9: 5.1,
    10: 4.6,
    11: 4.7,
    12: 4.4,
    13: 4.5,
    14: 4.2,
    15: 4.3,
}
"""Largest modified z-score that 95 of 100 normal samples of this size stay below (400,000 samples each)."""
ASYMPTOTIC = 3.5
"""Iglewicz and Hoaglin's limit; of normal samples of 4 to 12 it takes 12 to 21 % for having an outlier."""
SCALE = 0.6745
"""Median absolute deviation of a normal distribution, in its standard deviations."""
TRIPLE_FACTOR, TRIPLE_RATIO = 2.0, 10.0
"""Of three replicas, one is off by twice the fraction of a larger ensemble, and by ten times what the others
differ by."""
MOST_SUBSETS = 500
"""Subsets of one size that are averaged, at most."""


class Outlier(NamedTuple):
    """A replica that does not belong to the others."""

    replica: int
    """Its place in the sequence, from 0."""
    deviation: float
    """How far it is off the middle of the others, as a fraction of it."""
    score: float | None
    """Its modified z-score; None if there are only three replicas, or the others agree exactly."""


class SizeEstimate(BaseModel):
    """What an ensemble of a certain size would have given."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    replicas: int = Field(gt=0, description="Size of the ensemble.")
    mean: float = Field(description="Estimate, averaged over all subsets of that size.")
    standard_error: float = Field(ge=0, description="Standard error expected of one such ensemble.")
    scatter: float = Field(
        ge=0, description="Standard deviation among the subsets; 0 for the whole, of which there is one."
    )


class Convergence(BaseModel):
    """How a property depends on the number of replicas."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    unit: str = Field(description="Unit of the numbers.")
    what: str = Field("", description="What the numbers are, where the name does not say it.")
    sizes: tuple[SizeEstimate, ...] = Field(description="From one replica to all.")
    needed: int | None = Field(
        description="Replicas for a relative standard error of `relative_error`; None if the mean is zero."
    )
    relative_error: float = Field(gt=0, description="Relative standard error that `needed` belongs to.")


def over_replicas(values: Sequence[float], *, unit: str) -> Property:
    """Average a number over replicas; the uncertainty is s/√n, and unknown for a single one.

    Raises
    ------
    DataError
        If there is no value.
    """
    if not values:
        raise DataError("an ensemble needs at least one replica", where="values")
    if len(values) == 1:
        return Property(value=float(values[0]), unit=unit, flags=(ONE_REPLICA,))
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return Property(value=float(np.mean(values)), uncertainty=error, unit=unit)


def find_outliers(values: Sequence[float], *, fraction: float) -> tuple[Outlier, ...]:
    """Find the replicas that are not of one kind with the others.

    Honest spread must stay, so a replica has to be off in two ways at once. It is off by more than
    `fraction` of the median, which is physics. And its modified z-score 0.6745 |x - median| / MAD (Iglewicz
    and Hoaglin, How to Detect and Handle Outliers, 1993; MAD is the median absolute deviation) is above what
    95 of 100 normal samples of that size stay below. Their limit of 3.5 holds for large samples; in samples
    of 4 to 12 it would throw out a value of every fifth to eighth ensemble that is in order.

    Of three replicas, whose MAD says little, one is an outlier if it is off the mean of the others by more
    than twice `fraction`, and by ten times the difference between them. One or two replicas have no outlier.

    Of normal ensembles whose standard deviation is two fifths of `fraction`, or all of it, this finds an
    outlier in 0.0 % and 5 % (three replicas), 1 % and 5 % (five), 2 % and 5 % (ten); never in more than
    5 % from four replicas on.

    Parameters
    ----------
    values : sequence of float
        One per replica.
    fraction : float
        Relative deviation that is out of the ordinary, above 0.

    Returns
    -------
    tuple of Outlier
        In the order of the replicas; fewer than half of them.

    Raises
    ------
    DataError
        If the fraction is not positive.
    """
    if not fraction > 0:
        raise DataError(f"fraction is {fraction:g}, must be above 0", where="fraction")
    if len(values) < 3:
        return ()
    return _of_three(values, fraction) if len(values) == 3 else _of_many(values, fraction)


def _of_three(values: Sequence[float], fraction: float) -> tuple[Outlier, ...]:
    for index, value in enumerate(values):
        one, other = (values[place] for place in range(3) if place != index)
        middle, apart = (one + other) / 2, abs(one - other)
        off = abs(value - middle)
        if off > TRIPLE_FACTOR * fraction * abs(middle) and off > TRIPLE_RATIO * apart:
            return (Outlier(index, (value - middle) / middle if middle else math.inf, None),)
    return ()


def _of_many(values: Sequence[float], fraction: float) -> tuple[Outlier, ...]:
    array = np.asarray(values, dtype=float)
    middle = float(np.median(array))
    away = np.abs(array - middle)
    spread = float(np.median(away))
    limit = max(ASYMPTOTIC, CRITICAL.get(len(array), CRITICAL[max(CRITICAL)]))
    found = []
    for index in np.flatnonzero(away > fraction * abs(middle)):
        score = SCALE * float(away[index]) / spread if spread > 0 else None
        if score is None or score > limit:
            deviation = float(array[index] - middle) / middle if middle else math.inf
            found.append(Outlier(int(index), deviation, score))
    return tuple(found)


def geometric_mean(values: Sequence[float]) -> float:
    """Mean of numbers that spread over decades, such as diffusivities; all above 0."""
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def jackknife_error(values: Sequence[float], estimator: Estimator = _mean) -> float:
    """Return the standard error of an estimate by leaving out one replica at a time.

    √((n-1)/n · Σ(θ_i - θ̄)²), Efron and Stein, Ann. Statist. 9, 586 (1981); for a mean it is s/√n.

    Raises
    ------
    DataError
        If there are fewer than two replicas.
    """
    number = len(values)
    if number < 2:
        raise DataError(f"an error needs two replicas, there is {number}", where="values")
    left = [estimator([*values[:index], *values[index + 1 :]]) for index in range(number)]
    return math.sqrt((number - 1) / number * math.fsum((one - _mean(left)) ** 2 for one in left))


def convergence(
    values: Sequence[float],
    *,
    unit: str,
    relative_error: float = 0.05,
    estimator: Estimator = _mean,
    what: str = "",
) -> Convergence:
    """Say what smaller ensembles would have given, and how large one has to be.

    Every subset of a size is an ensemble that might have been computed; if there are more than 500, so many
    are drawn at random (always the same). The standard error expected of a size is the jackknife error of
    the whole, scaled by √(N/n). From N replicas it is known to a share of about 1/√(2(N-1)): half of it
    from three.

    Parameters
    ----------
    values : sequence of float
        One per replica, two at least.
    unit : str
        Their unit.
    relative_error : float
        Relative standard error that is wished for.
    estimator : callable
        Makes one number of the values of an ensemble; the mean by default.
    what : str
        What the numbers are.

    Raises
    ------
    DataError
        If there are fewer than two replicas, or the wished error is not positive.
    """
    number, error = len(values), jackknife_error(values, estimator)
    sizes = []
    for size in range(1, number + 1):
        estimates = [estimator(chosen) for chosen in _subsets(values, size)]
        sizes.append(
            SizeEstimate(
                replicas=size,
                mean=_mean(estimates),
                standard_error=error * math.sqrt(number / size),
                scatter=float(np.std(estimates)),
            )
        )
    return Convergence(
        unit=unit,
        what=what,
        sizes=tuple(sizes),
        needed=replicas_needed(values, relative_error=relative_error, estimator=estimator),
        relative_error=relative_error,
    )


def _subsets(values: Sequence[float], size: int) -> Iterable[Sequence[float]]:
    if math.comb(len(values), size) <= MOST_SUBSETS:
        return combinations(values, size)
    rng = np.random.default_rng(size)
    array = np.asarray(values)
    return (rng.choice(array, size, replace=False).tolist() for _ in range(MOST_SUBSETS))


def replicas_needed(
    values: Sequence[float], *, relative_error: float, estimator: Estimator = _mean
) -> int | None:
    """Return how many replicas give a relative standard error: (σ/ε)², where σ/√n is the error of n.

    Parameters
    ----------
    values : sequence of float
        One per replica, two at least.
    relative_error : float
        Wished standard error over the estimate, above 0.
    estimator : callable
        Makes one number of the values of an ensemble.

    Returns
    -------
    int or None
        None if the estimate is zero, so that no error is small beside it.

    Raises
    ------
    DataError
        If there are fewer than two replicas, or the wished error is not positive.
    """
    if not relative_error > 0:
        raise DataError(f"relative_error is {relative_error:g}, must be above 0", where="relative_error")
    error, estimate = jackknife_error(values, estimator), estimator(values)
    if estimate == 0:
        return None
    return max(1, math.ceil(len(values) * (error / (relative_error * abs(estimate))) ** 2 - 1e-9))
