"""All films of a large sheet at once: a few draws of each, and the best that each can come to."""

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from lithicoat.analysis.decision.desirability import Places, ramp
from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.sheet import Sheet

__all__ = ["best_scores", "pilot_scores"]

FloatArray = NDArray[np.float64]


def pilot_scores(sheet: Sheet, *, seed: int, draws: int) -> NDArray[np.float32]:
    """Draw the scores of all films together, shape (n, draws): quick, but tied to the company of a film.

    Parameters
    ----------
    sheet : Sheet
        Films to draw.
    seed, draws : int
        Seed of the draws, and how many.
    """
    shape = (len(sheet.films), draws)
    normal: dict[str, NDArray[np.float32]] = {}

    def numbers(name: str) -> NDArray[np.float32]:
        if name not in normal:
            generator = np.random.default_rng([seed, zlib.crc32(name.encode())])
            normal[name] = generator.standard_normal(shape, dtype=np.float32)
        return normal[name]

    scores = np.zeros(shape, dtype=np.float32)
    for weight, places in zip(sheet.weights, sheet.places, strict=True):
        worth = np.zeros(shape)
        for index, source in enumerate(places.term.sources):
            rows = np.flatnonzero(places.source == index)
            standard = numbers(source.property)[rows]
            spread, bound = places.spread[rows, None], places.uniform[rows]
            standard[bound] = 2 * ndtr(standard[bound]) - 1
            worth[rows] = ramp(places.term, places.centre[rows, None] + spread * standard)
        worth[places.satisfied] = 1.0
        scores += weight * np.maximum(worth, _relieved(places, numbers))
    groups = np.zeros(shape, dtype=np.int8)
    for gate in sheet.gates:
        drawn = np.repeat(gate.groups[:, None], draws, axis=1)
        for index, name in enumerate(gate.gate.properties):
            rows = np.flatnonzero((gate.sources == index) & ~np.isnan(gate.chances))
            passes = numbers(name)[rows] > -ndtri(gate.chances[rows])[:, None] if len(rows) else False
            drawn[rows] = np.where(passes, GateState.PASSED.group, GateState.FAILED.group)
        groups = np.maximum(groups, drawn)
    return scores - 2 * groups


def best_scores(sheet: Sheet, reach: float) -> FloatArray:
    """Return a score that each film hardly exceeds, shape (n,).

    The lower of two bounds: every property by itself `reach` standard uncertainties better than its best
    estimate; and all of them together at that distance. A ramp is nowhere steeper than one over its length,
    so that the second adds the root of the sum of the squares of what each adds. A bound stands at its good
    end in both.

    Parameters
    ----------
    sheet : Sheet
        The films.
    reach : float
        Distance in standard uncertainties.
    """
    best, bounded = np.zeros(len(sheet.films)), np.zeros(len(sheet.films))
    squares = np.zeros(len(sheet.films))
    for weight, places in zip(sheet.weights, sheet.places, strict=True):
        good = _best_worth(places, reach)
        best += weight * good
        free = places.uniform | (places.source < 0) | (places.term.relief is not None)
        bounded += weight * np.where(free, good, places.worths)
        steepness = weight / abs(places.term.one_at - places.term.zero_at)
        squares += np.where(free, 0.0, steepness * np.nan_to_num(places.spread)) ** 2
    best = np.minimum(best, bounded + reach * np.sqrt(squares))
    groups = np.zeros(len(sheet.films), dtype=np.int8)
    for gate in sheet.gates:
        groups = np.maximum(groups, np.where(gate.chances > ndtr(-reach), 0, gate.groups))
    return best - 2.0 * groups


def _relieved(places: Places, numbers: Callable[[str], NDArray[np.float32]]) -> FloatArray | float:
    """Return what draws of another property are worth to a term."""
    relief = places.term.relief
    if relief is None:
        return 0.0
    column = places.columns[relief.property]
    drawn = column.value[:, None] + column.uncertainty[:, None] * numbers(relief.property)
    return np.where(column.resolved[:, None], places.relieved(drawn), 0.0)


def _best_worth(places: Places, reach: float) -> FloatArray:
    """Return the desirability of the best place that each film can come to."""
    half = np.where(places.uniform, places.spread, reach * places.spread)
    low, high = places.centre - half, places.centre + half
    worth = np.maximum(ramp(places.term, low), ramp(places.term, high))
    if places.term.target is not None:
        worth[(low < places.term.target) & (high > places.term.target)] = ramp(
            places.term, places.term.target
        )
    worth = np.where(places.source >= 0, worth, places.satisfied.astype(float))
    relief = places.term.relief
    if relief is None:
        return worth
    column = places.columns[relief.property]
    width = reach * column.uncertainty
    meets = (column.value + width >= relief.between[0]) & (column.value - width <= relief.between[1])
    return np.where(column.resolved & meets, np.maximum(worth, relief.worth), worth)
