"""Whether computed numbers agree with what the literature says: a probability, not a look at two values."""

import math
from enum import Enum
from typing import NamedTuple, Self

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property

__all__ = ["BOUND_HOLDS", "CONFIDENT", "Belief", "Span", "Verdict", "verdict"]

CONFIDENT = 0.9
"""A claim agrees if its probability is at least this, and disagrees if that of its opposite is."""
BOUND_HOLDS = 0.95
"""Probability with which an upper or lower bound holds."""


class Verdict(Enum):
    """What a computation says of a claim."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNRESOLVED = "not resolved"


class Span(NamedTuple):
    """Least and greatest probability that are possible; they differ where a number is only bounded."""

    low: float
    high: float

    def __str__(self) -> str:
        if self.high - self.low < 0.005:
            return f"{self.low:.2f}"
        return f"{self.low:.2f}-{self.high:.2f}"


class Belief(NamedTuple):
    """What is known of a number: a normal distribution, or one that it does not exceed or fall below.

    Parameters
    ----------
    mean, error : float
        Mean and standard deviation of the value, or of the edge of a bound.
    bound : Bound or None
        UPPER if the number lies at or below the edge, LOWER if at or above.
    holds : float
        Probability that the bound holds; 1 without one.
    """

    mean: float
    error: float
    bound: Bound | None = None
    holds: float = 1.0

    @classmethod
    def of(cls, quantity: Property) -> Self | None:
        """Read a property; None if it is missing or a value without uncertainty, which says nothing."""
        if quantity.value is None:
            return None
        if quantity.bound is not None:
            return cls(quantity.value, quantity.uncertainty or 0.0, quantity.bound, BOUND_HOLDS)
        return None if quantity.uncertainty is None else cls(quantity.value, quantity.uncertainty)

    def widened(self, error: float) -> Self:
        """Return the belief with an independent error added to its own."""
        return self._replace(error=math.hypot(self.error, error))

    def minus(self, other: "Belief") -> Self | None:
        """Return what is known of the difference of two independent numbers; None if nothing is."""
        sides = {self.bound, _opposite(other.bound)} - {None}
        if len(sides) > 1:
            return None
        return type(self)(
            self.mean - other.mean,
            math.hypot(self.error, other.error),
            sides.pop() if sides else None,
            self.holds * other.holds,
        )

    def at_least(self, threshold: float) -> Span:
        """Return the probability that the number is not below a threshold."""
        above = _normal_above(threshold, self.mean, self.error)
        if self.bound is Bound.UPPER:
            return Span(0.0, 1 - self.holds * (1 - above))
        if self.bound is Bound.LOWER:
            return Span(self.holds * above, 1.0)
        return Span(above, above)

    def between(self, low: float | None, high: float | None) -> Span:
        """Return the probability that the number lies between two limits, either of which may be left out.

        Raises
        ------
        DataError
            If both are left out, or the lower one is not below the upper one.
        """
        if low is None and high is None:
            raise DataError("a claim needs a lower or an upper limit", where="limits")
        if low is not None and high is not None and low >= high:
            raise DataError(
                f"the lower limit {low:g} of a claim is not below its upper limit {high:g}", where="limits"
            )
        above_low = Span(1.0, 1.0) if low is None else self.at_least(low)
        above_high = Span(0.0, 0.0) if high is None else self.at_least(high)
        if self.bound is None:
            inside = above_low.low - above_high.low
            return Span(inside, inside)
        return Span(max(0.0, above_low.low - above_high.high), min(1.0, above_low.high, 1 - above_high.low))


def verdict(probability: Span | None) -> Verdict:
    """Judge a claim by its probability; None stands for a claim of which nothing is known."""
    if probability is not None and probability.low >= CONFIDENT:
        return Verdict.AGREES
    if probability is not None and probability.high <= 1 - CONFIDENT:
        return Verdict.DISAGREES
    return Verdict.UNRESOLVED


def _opposite(bound: Bound | None) -> Bound | None:
    return {Bound.UPPER: Bound.LOWER, Bound.LOWER: Bound.UPPER, None: None}[bound]


def _normal_above(threshold: float, mean: float, error: float) -> float:
    """Upper tail of the normal distribution; a step if it has no width."""
    if error == 0:
        return float(mean >= threshold)
    return 0.5 * math.erfc((threshold - mean) / (error * math.sqrt(2)))
