"""Draws of a film from the errors of its properties."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.desirability import Place, Places, ramp
from lithicoat.analysis.decision.gates import GateColumn, GateState
from lithicoat.analysis.decision.scheme import Axis, GateCheck

__all__ = ["DrawnFilm", "Draws", "draw_film"]

FloatArray = NDArray[np.float32]

SURE = 1e-6
"""Probability below which a gate is taken as decided."""


@dataclass(frozen=True)
class DrawnFilm:
    """Draws of one film.

    Parameters
    ----------
    worths : numpy.ndarray, shape (t, draws)
        Desirabilities.
    axes : tuple of numpy.ndarray or None, shape (draws,) each
        Places on the axis of each term; None where the film has none.
    groups : numpy.ndarray of int, shape (draws,)
        0 passes all gates, 1 a gate is unknown, 2 a gate is failed.
    behind : dict of str to numpy.ndarray, shape (draws,)
        By property, the standard random numbers from which it was drawn.
    """

    worths: FloatArray
    axes: tuple[FloatArray | None, ...]
    groups: NDArray[np.int8]
    behind: dict[str, FloatArray]

    def scores(self, weights: NDArray[np.float64]) -> FloatArray:
        """Weighted worths, less 2 for each group, shape (draws,)."""
        total = weights.astype(self.worths.dtype) @ self.worths
        return total - np.float32(2) * self.groups if self.groups.any() else total


@dataclass(frozen=True)
class Draws:
    """Draws of n films in t terms.

    Parameters
    ----------
    worths : numpy.ndarray, shape (n, t, draws)
        Desirabilities, 0 to 1.
    axes : tuple of tuple of numpy.ndarray or None, shape (draws,) each
        By film and term, the places on the axis of the term; None where the film has none.
    groups : numpy.ndarray of int, shape (n, draws)
        0 passes all gates, 1 a gate is unknown, 2 a gate is failed.
    scores : numpy.ndarray, shape (n, draws)
        Weighted worths, less 2 for each group: a film that fails a gate comes after every one that passes.
    behind : dict of str to numpy.ndarray, shape (n, draws)
        By property, the standard random numbers from which it was drawn; nan rows where it is not uncertain.
    """

    worths: FloatArray
    axes: tuple[tuple[FloatArray | None, ...], ...]
    groups: NDArray[np.int8]
    scores: FloatArray
    behind: dict[str, FloatArray]

    @classmethod
    def of(cls, films: Sequence[DrawnFilm], weights: NDArray[np.float64], *, draws: int) -> Self:
        """Stack the draws of films."""
        worths = np.array([film.worths for film in films]).reshape(len(films), len(weights), draws)
        groups = np.array([film.groups for film in films], dtype=np.int8).reshape(len(films), draws)
        scores = np.array([film.scores(weights) for film in films]).reshape(len(films), draws)
        names = sorted({name for film in films for name in film.behind})
        blank = np.full(draws, np.nan, dtype=np.float32)
        return cls(
            worths=worths,
            axes=tuple(film.axes for film in films),
            groups=groups,
            scores=scores,
            behind={name: np.array([film.behind.get(name, blank) for film in films]) for name in names},
        )


class _Numbers:
    """Standard random numbers of one film: one stream per property, whoever asks for it."""

    def __init__(self, film: str, *, seed: int, draws: int) -> None:
        self._key = [seed, zlib.crc32(film.encode())]
        self._draws = draws
        self.drawn: dict[str, FloatArray] = {}

    def normal(self, name: str) -> FloatArray:
        """Return standard normal numbers, behind a value."""
        if name not in self.drawn:
            self.drawn[name] = self._generator(name).standard_normal(self._draws, dtype=np.float32)
        return self.drawn[name]

    def uniform(self, name: str) -> FloatArray:
        """Return uniform numbers on [0, 1), behind a bound or what is missing."""
        if name not in self.drawn:
            self.drawn[name] = self._generator(name).random(self._draws, dtype=np.float32)
        return self.drawn[name]

    def at(self, place: Place) -> FloatArray:
        """Return drawn places on an axis."""
        if place.spread == 0:
            return np.full(self._draws, place.centre, dtype=np.float32)
        return place.at(self.uniform(place.source) if place.uniform else self.normal(place.source))

    def _generator(self, name: str) -> np.random.Generator:
        return np.random.default_rng([*self._key, zlib.crc32(name.encode())])


def draw_film(
    film: str,
    row: int,
    places: Sequence[Places],
    gates: Sequence[GateColumn],
    *,
    seed: int,
    draws: int,
    open_minded: bool,
) -> DrawnFilm:
    """Draw one film in all terms and gates.

    Parameters
    ----------
    film : str
        Id of the coating.
    row : int
        Its row in places and gates.
    places : sequence of Places
        One per term.
    gates : sequence of GateColumn
        One per gate.
    seed, draws : int
        Seed of the draws, and how many.
    open_minded : bool
        Whether what is missing is drawn from its prior.
    """
    numbers = _Numbers(film, seed=seed, draws=draws)
    worths = np.zeros((len(places), draws), dtype=np.float32)
    axes: list[FloatArray | None] = []
    for index, term in enumerate(places):
        place = term.place(row, open_minded=open_minded)
        drawn = None if place is None else numbers.at(place)
        axes.append(drawn)
        worths[index] = float(term.satisfied[row]) if drawn is None else ramp(term.term, drawn)
        if relief := term.relief(row):
            worths[index] = np.maximum(worths[index], term.relieved(numbers.at(relief)))
    groups = np.zeros(draws, dtype=np.int8)
    for gate in gates:
        groups = np.maximum(groups, _drawn_group(gate, row, places, numbers, open_minded=open_minded))
    return DrawnFilm(worths=worths, axes=tuple(axes), groups=groups, behind=numbers.drawn)


def _drawn_group(
    gate: GateColumn, row: int, places: Sequence[Places], numbers: _Numbers, *, open_minded: bool
) -> NDArray[np.int8] | int:
    """Return the group that a gate puts a film into, in each draw of its property."""
    chance, name = float(gate.chances[row]), gate.source(row)
    if name is not None and SURE < chance < 1 - SURE:
        return _passing(numbers.normal(name) > -NormalDist().inv_cdf(chance))
    if not open_minded or gate.state(row) is not GateState.UNKNOWN:
        return int(gate.groups[row])
    place = next(filter(None, (_open_place(term, gate, row) for term in places)), None)
    if place is None:  # a coin: nothing is known of it
        return _passing(numbers.uniform(gate.gate.properties[0]) < 0.5)
    if gate.gate.check is not GateCheck.ABOVE or gate.gate.threshold is None:
        return GateState.PASSED.group  # once the property is known, it is known
    return _passing(numbers.at(place) > gate.gate.threshold)


def _open_place(term: Places, gate: GateColumn, row: int) -> Place | None:
    """Return what a term takes for the property that a gate waits for, on the gate's own axis."""
    place = term.place(row, open_minded=True)
    if place is None or not place.uniform or place.source not in gate.gate.properties:
        return None
    source = next(source for source in term.term.sources if source.property == place.source)
    asks_for_value = gate.gate.check is GateCheck.ABOVE
    return None if asks_for_value and (source.axis is Axis.LOG10 or source.scale != 1) else place


def _passing(passes: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(passes, GateState.PASSED.group, GateState.FAILED.group).astype(np.int8)
