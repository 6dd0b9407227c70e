"""Desirability of one property: a documented ramp from 0 to 1, for the value and for draws from its error."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.criterion import log_standard_deviation
from lithicoat.analysis.decision.scheme import Axis, Source, Term
from lithicoat.analysis.properties import Bound, Property

__all__ = ["Judged", "Randomness", "Verdict", "expected", "judge", "ramp", "verdict_of"]

FloatArray = NDArray[np.float64]
Randomness = Callable[[str], np.random.Generator]
"""Gives the generator of a property: what stands in two terms or gates is drawn once."""


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
    source : str
        Name of the property.
    """

    centre: float
    spread: float
    uniform: bool
    source: str

    def draw(self, rng: np.random.Generator, *, size: int) -> FloatArray:
        """Draw places on the axis, shape (size,)."""
        if self.uniform:
            return rng.uniform(self.centre - self.spread, self.centre + self.spread, size)
        return self.centre + self.spread * rng.standard_normal(size)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a term makes of a film.

    Parameters
    ----------
    term : Term
        The term.
    place : Judged or str
        The film on its axis, or why it has no place there.
    relief : Judged, optional
        The property that can make up for it.
    found : str
        What the property says, in a few words.
    """

    term: Term
    place: Judged | str
    relief: Judged | None
    found: str

    @property
    def missing(self) -> str | None:
        """Why nothing is known, if nothing is."""
        return self.place if isinstance(self.place, str) and self.best == 0 else None

    @property
    def zero(self) -> str | None:
        """What gives the film no worth here, if something does."""
        return self.found if isinstance(self.place, Judged) and self.best == 0 else None

    @property
    def made_up(self) -> str | None:
        """What makes up for the little that the film is worth by itself, if something does."""
        return self.term.relief.says if self.term.relief and self.best > self._own else None

    @property
    def best(self) -> float:
        """Desirability of the best estimate."""
        return max(self._own, float(self._relieved(self.relief.centre))) if self.relief else self._own

    @property
    def _own(self) -> float:
        return expected(self.term, self.place) if isinstance(self.place, Judged) else 0.0

    def drawn(self, random: Randomness, *, size: int) -> FloatArray:
        """Desirabilities of draws from the errors, shape (size,)."""
        worth = np.zeros(size)
        if isinstance(self.place, Judged):
            worth = ramp(self.term, self.place.draw(random(self.place.source), size=size))
        if self.relief:
            worth = np.maximum(worth, self._relieved(self.relief.draw(random(self.relief.source), size=size)))
        return worth

    def _relieved(self, places: FloatArray | float) -> FloatArray:
        if self.term.relief is None:
            return np.zeros(np.shape(places))
        low, high = self.term.relief.between
        inside = (np.asarray(places) >= low) & (np.asarray(places) <= high)
        return np.where(inside, self.term.relief.worth, 0.0)


def verdict_of(term: Term, properties: Mapping[str, Property]) -> Verdict:
    """Judge a film by one term, with what can make up for it.

    Parameters
    ----------
    term : Term
        Term of the desirability.
    properties : mapping of str to Property
        Properties of the film by name.
    """
    place = judge(term, properties)
    relief = None
    if term.relief is not None:
        source = Source(property=term.relief.property, axis=Axis.LINEAR)
        prop = properties.get(source.property)
        if prop is not None and prop.resolved and prop.value is not None:
            relief = _distribution(prop, source, prop.value, term.prior)
    found = _told(properties[place.source]) if isinstance(place, Judged) else ""
    return Verdict(term=term, place=place, relief=relief, found=found)


def _told(prop: Property) -> str:
    """Write a property in a few words: its value and its first flag."""
    sign = {None: "", Bound.UPPER: "< ", Bound.LOWER: "> "}[prop.bound]
    number = "" if prop.value is None else f"{sign}{prop.value:.3g} {prop.unit}".removesuffix(" 1")
    return ": ".join(filter(None, (number, *prop.flags[:1])))


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
        The distribution, or the reason why the term is missing. A reason that satisfies the term is the best
        place.
    """
    reason, told = "not computed", term.sources[0]
    for source in reversed(term.sources):
        prop = properties.get(source.property)
        if prop is not None:
            told = source
            reason = prop.flags[0] if prop.value is None else "not positive"
    for source in term.sources:
        prop = properties.get(source.property)
        place = None if prop is None else _place(prop, source)
        if prop is not None and place is not None:
            return _distribution(prop, source, place, term.prior)
    if any(word in reason.lower() for word in term.satisfied_words):
        best = term.one_at + (term.target or 0.0)
        return Judged(centre=best, spread=0.0, uniform=False, source=told.property)
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
    name = source.property
    if prop.bound is not None:
        low, high = prior
        if prop.bound is Bound.UPPER:
            ends = (min(low, place), min(high, place))
        else:
            ends = (max(low, place), max(high, place))
        return Judged(
            centre=(ends[0] + ends[1]) / 2, spread=(ends[1] - ends[0]) / 2, uniform=True, source=name
        )
    if not prop.uncertainty or prop.value is None:
        return Judged(centre=place, spread=0.0, uniform=False, source=name)
    if source.axis is Axis.LINEAR:
        return Judged(centre=place, spread=prop.uncertainty / source.scale, uniform=False, source=name)
    spread = log_standard_deviation(prop.value, prop.uncertainty) / math.log(10)
    return Judged(centre=place, spread=spread, uniform=False, source=name)
