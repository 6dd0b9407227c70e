"""Desirability of one property: a documented ramp from 0 to 1, for the value and for draws from its error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.criterion import log_standard_deviation
from lithicoat.analysis.decision.scheme import Axis, Source, Term
from lithicoat.analysis.properties import Bound, Property

__all__ = ["Judged", "expected", "judge", "ramp"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A property on the axis of a term.

    Parameters
    ----------
    centre : float
        Best estimate on the axis; of a bound, the middle of its distribution.
    spread : float
        Standard deviation of a normal distribution, or half the width of a uniform one.
    uniform : bool
        True for a bound.
    """

    centre: float
    spread: float
    uniform: bool

    def draw(self, rng: np.random.Generator, *, size: int) -> FloatArray:
        """Draw places on the axis, shape (size,)."""
        if self.uniform:
            return rng.uniform(self.centre - self.spread, self.centre + self.spread, size)
        return self.centre + self.spread * rng.standard_normal(size)


def judge(term: Term, properties: Mapping[str, Property]) -> Judged | str:
    """Place a film on the axis of a term, or say why it has no place there.

    A value is normal on the axis with its standard uncertainty: on the log10 axis that is a log-normal
    distribution. Without an uncertainty it is taken as exact. A bound is censored data: it stands for a
    uniform distribution over that part of the term's prior range which it leaves, so a bound that excludes
    little says little.

    Parameters
    ----------
    term : Term
        Term of the desirability.
    properties : mapping of str to Property
        Properties of the film by name.

    Returns
    -------
    Judged or str
        The distribution, or the reason why the term is missing.
    """
    reason = "not computed"
    for source in reversed(term.sources):
        prop = properties.get(source.property)
        if prop is not None:
            reason = prop.flags[0] if prop.value is None else "not positive"
    for source in term.sources:
        prop = properties.get(source.property)
        place = None if prop is None else _place(prop, source)
        if prop is not None and place is not None:
            return _distribution(prop, source, place, term.prior)
    return reason


def ramp(term: Term, places: FloatArray | float) -> FloatArray:
    """Desirability, 0 to 1, of places on the axis of a term."""
    position = np.asarray(places, dtype=float)
    if term.target is not None:
        position = np.abs(position - term.target)
    return np.clip((position - term.zero_at) / (term.one_at - term.zero_at), 0.0, 1.0)


def _place(prop: Property, source: Source) -> float | None:
    if prop.value is None:
        return None
    scaled = prop.value / source.scale
    if source.axis is Axis.LINEAR:
        return scaled
    return math.log10(scaled) if scaled > 0 else None


def expected(term: Term, judged: Judged) -> float:
    """Desirability of the best estimate; of a bound, the mean over what it leaves open."""
    if not judged.uniform:
        return float(ramp(term, judged.centre))
    ends = (judged.centre - judged.spread, judged.centre + judged.spread)
    return float(np.mean(ramp(term, np.linspace(*ends, 1001))))


def _distribution(prop: Property, source: Source, place: float, prior: tuple[float, float]) -> Judged:
    if prop.bound is not None:
        low, high = prior
        if prop.bound is Bound.UPPER:
            ends = (min(low, place), min(high, place))
        else:
            ends = (max(low, place), max(high, place))
        return Judged(centre=(ends[0] + ends[1]) / 2, spread=(ends[1] - ends[0]) / 2, uniform=True)
    if not prop.uncertainty or prop.value is None:
        return Judged(centre=place, spread=0.0, uniform=False)
    if source.axis is Axis.LINEAR:
        return Judged(centre=place, spread=prop.uncertainty / source.scale, uniform=False)
    spread = log_standard_deviation(prop.value, prop.uncertainty) / math.log(10)
    return Judged(centre=place, spread=spread, uniform=False)
