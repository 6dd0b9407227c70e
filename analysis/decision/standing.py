"""How often a film takes which place: from drawn scores to probabilities of places and expected ranks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from lithicoat.analysis.decision.pilot import best_scores, pilot_scores
from lithicoat.analysis.decision.sheet import Sheet, check_draws

__all__ = ["Standing", "acceptability", "share_of_places", "standing"]

FloatArray = NDArray[np.float64]

ALL_IN_FULL = 1000
"""Up to so many films, every one is drawn in full."""
PILOT = 64
"""Draws of every film beyond that: enough for expected ranks, and to see which films can come to the top."""
NUMBERS = 30_000_000
"""Most scores that are drawn in full. Where more than 3000 films can come to the top, none of them is there
in more than a draw of a thousand or so, and fewer draws show it."""
REACH = 4.0
"""Standard uncertainties by which every property of a film may be better than it seems, when it is asked
whether the film can come to the top at all: beyond it lie 3 of 100,000 draws."""


@dataclass(frozen=True)
class Standing:
    """Places of the films of a sheet over the draws, arrays of shape (n,).

    Parameters
    ----------
    first : numpy.ndarray
        Share of the draws in which a film is first; ties share the place.
    top3 : numpy.ndarray
        Share of the draws in which it is among the first three.
    expected_rank : numpy.ndarray
        Mean rank; ties share the mean of their ranks.
    low, high : numpy.ndarray
        Ranks between which a film lies in 90 % of the draws.
    """

    first: FloatArray
    top3: FloatArray
    expected_rank: FloatArray
    low: FloatArray
    high: FloatArray


def standing(sheet: Sheet, *, seed: int = 0, draws: int = 10_000) -> Standing:
    """Work out the places of all films from draws of their scores.

    Beyond a thousand films all of them are drawn 100 times, which is enough for ranks, and only those that
    can come to the top are drawn in full: with every property four standard uncertainties on its good side,
    or a bound at its good end, they reach the lowest third place of those draws.

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
    check_draws(seed, draws)
    size = len(sheet.films)
    if size <= ALL_IN_FULL:
        scores = sheet.drawn_scores(range(size), seed=seed, draws=draws)
        return Standing(share_of_places(scores, places=1), share_of_places(scores, places=3), *_ranks(scores))
    pilot = pilot_scores(sheet, seed=seed, draws=min(PILOT, draws))
    third = np.partition(pilot, -3, axis=0)[-3].min()
    rows = np.flatnonzero(best_scores(sheet, REACH) >= third)
    scores = sheet.drawn_scores(rows, seed=seed, draws=min(draws, max(1000, NUMBERS // len(rows))))
    first, top3 = np.zeros(size), np.zeros(size)
    first[rows], top3[rows] = share_of_places(scores, places=1), share_of_places(scores, places=3)
    return Standing(first, top3, *_ranks(pilot))


def acceptability(scores: NDArray[np.floating]) -> FloatArray:
    """Return how often each film takes each place, shape (n, n): rows are films, columns places.

    The rank acceptability index of stochastic multicriteria acceptability analysis (Lahdelma and Salminen,
    Oper. Res. 49, 444 (2001)). Films that tie share their places evenly.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n, draws)
        Drawn scores, greater is better.
    """
    size, draws = scores.shape
    best, worst = rankdata(-scores, "min", axis=0) - 1, rankdata(-scores, "max", axis=0) - 1
    found = np.zeros((size, size + 1))
    rows = np.broadcast_to(np.arange(size)[:, None], scores.shape)
    share = 1.0 / (worst - best + 1)
    np.add.at(found, (rows, best), share)
    np.add.at(found, (rows, worst + 1), -share)
    return np.asarray(np.cumsum(found, axis=1)[:, :size] / draws)


def share_of_places(scores: NDArray[np.floating], *, places: int) -> FloatArray:
    """Return how often each row is among the highest `places` of its column; ties share what is left."""
    if len(scores) <= places:
        return np.ones(len(scores))
    best = np.full((places, scores.shape[1]), -np.inf, dtype=scores.dtype)
    for row in scores:  # sorted into the best so far, one place after the other
        for place in range(places):
            row, best[place] = np.minimum(row, best[place]), np.maximum(row, best[place])  # noqa: PLW2901
    last = best[-1]
    above, level = np.zeros(len(last)), np.zeros(len(last))
    for row in scores:
        above += row > last
        level += row == last
    share = (places - above) / level
    chances = [np.mean((row > last) + (row == last) * share) for row in scores]
    return np.asarray(np.clip(chances, 0.0, 1.0))


def _ranks(scores: NDArray[np.floating]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean rank and the ranks between which a film lies in 90 % of the draws."""
    if len(scores) == 0:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    ranks = rankdata(-scores, axis=0).astype(np.float32)
    low, high = np.quantile(ranks, (0.05, 0.95), axis=1)
    mean = np.asarray(ranks.mean(axis=1, dtype=float))
    return mean, np.asarray(low, dtype=float), np.asarray(high, dtype=float)
