"""Desirability of one property: a documented ramp from 0 to 1, for the values of all films and for draws."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.scheme import Axis, Source, Term
from lithicoat.analysis.lognormal import log_standard_deviation
from lithicoat.analysis.properties import Bound, Property

__all__ = ["Place", "Places", "mean_ramp", "places_of", "ramp"]

FloatArray = NDArray[np.float64]
Numbers = NDArray[np.floating]
_LN10 = math.log(10)


@dataclass(frozen=True)
class Place:
    """Distribution of one film on the axis of a term.

    Parameters
    ----------
    source : str
        Property that it comes from.
    centre, spread : float
        Mean and standard deviation of a normal distribution, or middle and half width of a uniform one.
    uniform : bool
        True for a bound, and for what is missing and taken from the prior.
    """

    source: str
    centre: float
    spread: float
    uniform: bool

    def at(self, standard: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return places on the axis from standard random numbers: normal ones, or uniform on [0, 1)."""
        centred = 2 * standard - 1 if self.uniform else standard
        return self.centre + self.spread * centred  # Python floats keep the precision of the numbers


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where films stand on the axis of a term.

    A value is normal on the axis with its standard uncertainty: on the log10 axis that is a log-normal
    distribution. A bound is censored data: it stands for a uniform distribution over that part of the term's
    prior range which it leaves, so a bound that excludes little says little.

    Parameters
    ----------
    term : Term
        The term.
    columns : Columns
        The films.
    centre, spread : numpy.ndarray, shape (n,)
        Mean and standard deviation, or of a bound the middle and half the width; nan without a place.
    uniform : numpy.ndarray of bool, shape (n,)
        Whether it is a bound.
    source : numpy.ndarray of int, shape (n,)
        Index of the property among the term's sources; -1 without a place.
    satisfied : numpy.ndarray of bool, shape (n,)
        Whether the reason why there is no value satisfies the term.
    """

    term: Term
    columns: Columns
    centre: FloatArray
    spread: FloatArray
    uniform: NDArray[np.bool_]
    source: NDArray[np.int8]
    satisfied: NDArray[np.bool_]

    @cached_property
    def worths(self) -> FloatArray:
        """Desirability of the best estimates, shape (n,); of a bound, the mean over what it leaves open."""
        return np.maximum(self._own, self._relieved)

    @cached_property
    def oriented(self) -> FloatArray:
        """Places on the axis with the better side up, shape (n,), beyond the ends of the ramp too.

        A film without a place stands at the worse end of the prior, or at the better one if the reason
        satisfies the term.
        """
        ends = self._upwards(np.array(self.term.prior))
        worse = ends.min()
        better = max(ends.max(), self._upwards(np.array(self.term.one_at + (self.term.target or 0.0))))
        known = self._upwards(np.where(np.isnan(self.centre), 0.0, self.centre))
        return np.where(self.source >= 0, known, np.where(self.satisfied, better, worse))

    def place(self, row: int, *, open_minded: bool = False) -> Place | None:
        """Return the distribution of one film.

        Parameters
        ----------
        row : int
            Which film.
        open_minded : bool
            Whether a missing property is drawn from the prior instead of having no place.
        """
        if self.source[row] >= 0:
            name = self.term.sources[self.source[row]].property
            return Place(name, float(self.centre[row]), float(self.spread[row]), bool(self.uniform[row]))
        if not open_minded or self.satisfied[row]:
            return None
        low, high = self.term.prior
        return Place(self.term.sources[0].property, (low + high) / 2, (high - low) / 2, uniform=True)

    def upwards(self, row: int, drawn: Numbers | None) -> Numbers:
        """Turn drawn places of one film so that the better side is up; one number where it has none."""
        return self._upwards(drawn) if drawn is not None else self.oriented[row]

    def relief(self, row: int) -> Place | None:
        """Return the distribution of what can make up for a low value, on its own axis."""
        if self.term.relief is None:
            return None
        name = self.term.relief.property
        column = self.columns[name]
        if not column.resolved[row]:
            return None
        return Place(name, float(column.value[row]), float(column.uncertainty[row]), uniform=False)

    def relieved(self, places: Numbers) -> Numbers:
        """Return what another property at these places is worth to the term."""
        if self.term.relief is None:
            return np.zeros_like(places)
        low, high = self.term.relief.between
        return np.where((places >= low) & (places <= high), self.term.relief.worth, 0.0)

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """Where nothing is known and the term is worth nothing, shape (n,); :meth:`reason` says why."""
        return np.asarray((self.source < 0) & ~self.satisfied & (self._relieved == 0))

    @cached_property
    def zero(self) -> NDArray[np.bool_]:
        """Where what was found is worth nothing, shape (n,); :meth:`found` says what that is."""
        return np.asarray((self.source >= 0) & (self._own == 0) & (self._relieved == 0))

    @cached_property
    def made_up(self) -> NDArray[np.bool_]:
        """Where another property makes up for the little that a film is worth by itself, shape (n,)."""
        return np.asarray(self._relieved > self._own)

    def found(self, row: int) -> str:
        """Say in a few words what was found for a film that has a place."""
        prop = self.columns.told(row, self.term.sources[self.source[row]].property)
        return "" if prop is None else _told(prop)

    def reason(self, row: int) -> str:
        """Why a film has no place on the axis."""
        for source in self.term.sources:
            prop = self.columns.told(row, source.property)
            if prop is not None:
                return prop.flags[0] if prop.value is None else "not positive"
        return "not computed"

    @cached_property
    def _own(self) -> FloatArray:
        centre = np.where(self.source >= 0, self.centre, 0.0)
        half = np.where(self.uniform, self.spread, 0.0)
        own = mean_ramp(self.term, centre - half, centre + half)
        return np.where(self.source >= 0, own, self.satisfied.astype(float))

    @cached_property
    def _relieved(self) -> FloatArray:
        if self.term.relief is None:
            return np.zeros(len(self.columns))
        column = self.columns[self.term.relief.property]
        return np.where(column.resolved, self.relieved(column.value), 0.0)

    def _upwards(self, places: Numbers) -> Numbers:
        position = places if self.term.target is None else np.abs(places - self.term.target)
        return position if self.term.one_at > self.term.zero_at else -position


def places_of(term: Term, columns: Columns) -> Places:
    """Place films on the axis of a term; the first of its sources that has a value counts.

    Parameters
    ----------
    term : Term
        Term of the desirability.
    columns : Columns
        Properties of the films.
    """
    size = len(columns)
    centre, spread = np.full(size, np.nan), np.full(size, np.nan)
    uniform, source = np.zeros(size, dtype=bool), np.full(size, -1, dtype=np.int8)
    for index, origin in enumerate(term.sources):
        middle, width, bound = _distribution(origin, columns, term.prior)
        fresh = (source < 0) & ~np.isnan(middle)
        source[fresh], centre[fresh] = index, middle[fresh]
        spread[fresh], uniform[fresh] = width[fresh], bound[fresh]
    satisfied = np.zeros(size, dtype=bool)
    places = Places(
        term=term,
        columns=columns,
        centre=centre,
        spread=spread,
        uniform=uniform,
        source=source,
        satisfied=satisfied,
    )
    if term.satisfied_words:
        for row in np.flatnonzero(source < 0):
            reason = places.reason(int(row)).lower()
            satisfied[row] = any(word in reason for word in term.satisfied_words)
    return places


def ramp(term: Term, places: Numbers | float) -> Numbers:
    """Desirability, 0 to 1, of places on the axis of a term."""
    position = np.asarray(places)
    if term.target is not None:
        position = np.abs(position - term.target)
    share = (position - term.zero_at) / (term.one_at - term.zero_at)
    return np.minimum(np.maximum(share, 0.0), 1.0)


def mean_ramp(term: Term, low: FloatArray, high: FloatArray) -> FloatArray:
    """Desirability averaged over intervals of the axis, in closed form; of a point, that of the point."""
    width = high - low
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (_area(term, high) - _area(term, low)) / width
    return np.where(width > 1e-12, mean, ramp(term, low))


def _area(term: Term, places: FloatArray) -> FloatArray:
    """Antiderivative of the ramp."""

    def along(position: FloatArray) -> FloatArray:
        length = term.one_at - term.zero_at
        share = (position - term.zero_at) / length
        return np.asarray(length * np.where(share < 1, np.maximum(share, 0) ** 2 / 2, share - 0.5))

    if term.target is None:
        return along(places)
    distance = places - term.target
    return np.sign(distance) * (along(np.abs(distance)) - along(np.zeros_like(distance)))


def _distribution(
    source: Source, columns: Columns, prior: tuple[float, float]
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Return centre, spread and whether uniform, on the axis; the centre is nan without a place."""
    column = columns[source.property]
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = column.value / source.scale
        if source.axis is Axis.LOG10:
            centre = np.where(scaled > 0, np.log10(np.where(scaled > 0, scaled, 1.0)), np.nan)
            spread = log_standard_deviation(column.value, column.uncertainty) / _LN10
        else:
            centre, spread = scaled, column.uncertainty / source.scale
    bound = column.bound != 0
    low = np.where(column.bound < 0, np.minimum(prior[0], centre), np.maximum(prior[0], centre))
    high = np.where(column.bound < 0, np.minimum(prior[1], centre), np.maximum(prior[1], centre))
    centre = np.where(bound, (low + high) / 2, centre)
    return centre, np.where(bound, (high - low) / 2, spread), bound


def _told(prop: Property) -> str:
    """Write a property in a few words: its value and its first flag."""
    sign = {None: "", Bound.UPPER: "< ", Bound.LOWER: "> "}[prop.bound]
    number = "" if prop.value is None else f"{sign}{prop.value:.3g} {prop.unit}".removesuffix(" 1")
    return ": ".join(filter(None, (number, *prop.flags[:1])))
