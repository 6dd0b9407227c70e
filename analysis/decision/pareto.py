"""The Pareto front: films that no other film beats in one respect without losing in another."""

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.sheet import Sheet

__all__ = ["front", "pareto_probability", "pareto_rows"]

FloatArray = NDArray[np.float64]


def front(points: FloatArray) -> NDArray[np.bool_]:
    """Tell which points are not dominated: no other is as good everywhere and better somewhere.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, t)
        Greater is better. Equal points are on the front together.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    import moocore  # noqa: PLC0415 - most uses of the package need no front

    if len(points) == 0:
        return np.zeros(0, dtype=bool)
    return np.asarray(moocore.is_nondominated(points, maximise=True, keep_weakly=True), dtype=bool)


def pareto_rows(sheet: Sheet) -> NDArray[np.bool_]:
    """Tell which films of a sheet are on the front of their best estimates, shape (n,).

    The axes are those of the terms, beyond the ends of their ramps too; weights play no part. Only films that
    pass all gates compete. A bound stands at the middle of what it leaves open, a missing property at the
    worse end of its prior.
    """
    points = np.column_stack([places.oriented for places in sheet.places])
    found = np.zeros(len(sheet.films), dtype=bool)
    passing = np.flatnonzero(sheet.groups == 0)
    found[passing] = front(points[passing])
    return found


def pareto_probability(sheet: Sheet, *, seed: int = 0, draws: int = 1000) -> FloatArray:
    """Return the share of draws in which each film is on the front, shape (n,).

    Parameters
    ----------
    sheet : Sheet
        Films to compare.
    seed, draws : int
        Seed of the draws, and how many.

    Raises
    ------
    DataError
        If seed or draws are out of range.
    """
    drawn = sheet.draw(seed=seed, draws=draws)
    points = np.empty((draws, len(sheet.films), len(sheet.places)))
    for row, axes in enumerate(drawn.axes):
        for index, (places, axis) in enumerate(zip(sheet.places, axes, strict=True)):
            points[:, row, index] = places.upwards(row, axis)
    found = np.zeros((len(sheet.films), draws), dtype=bool)
    for draw in range(draws):
        passing = np.flatnonzero(drawn.groups[:, draw] == 0)
        found[passing, draw] = front(points[draw, passing])
    return np.asarray(found.mean(axis=1))
