"""Kendall's tau over the pairs that are decided, with a permutation test.

A pair of which a bound leaves the order open is no tie: it is left out (Oakes, Biometrics 38, 451 (1982)).
Pairs may come from several blocks within which alone films can be compared (Korn, Biometrics 40, 209 (1984)):
concordant less discordant pairs are counted over all blocks, and under the null hypothesis the scores of a
block are exchangeable.
"""

import math
from itertools import permutations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.errors import DataError

__all__ = ["EXACT_LIMIT", "RANDOM_ORDERS", "PermutationP", "permutation_p", "tau"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

EXACT_LIMIT = 50_000
"""Up to so many orders of the scores are all tried."""
RANDOM_ORDERS = 10_000
"""So many random orders are tried of more."""


def tau(scores: FloatArray, better: IntArray, worse: IntArray) -> FloatArray:
    """Return concordant less discordant pairs over all decided pairs, -1 to 1.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n, ...)
        Scores of n films, higher is better; further axes are draws. Equal scores count for neither side.
    better, worse : numpy.ndarray of int, shape (p,)
        Rows of the films of each decided pair.

    Returns
    -------
    numpy.ndarray, shape (...)

    Raises
    ------
    DataError
        If there is no pair.
    """
    if len(better) == 0:
        raise DataError("a rank correlation needs at least one decided pair", where="pairs")
    return np.asarray(np.sign(scores[better] - scores[worse]).mean(axis=0))


class PermutationP(NamedTuple):
    """Outcome of a permutation test.

    Parameters
    ----------
    found : float
        How often an order at random agrees or disagrees as much as this one, two-sided.
    least : float
        The same for the order that agrees most: these pairs can give no less.
    """

    found: float
    least: float


def permutation_p(
    scores: FloatArray, better: IntArray, worse: IntArray, *, blocks: IntArray, seed: int = 0
) -> PermutationP:
    """Test tau against orders at random.

    All orders of the scores within the blocks are tried if there are not more than `EXACT_LIMIT`; else
    `RANDOM_ORDERS` of them, and the share is that of Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39
    (2010), which counts the order itself and is never 0.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n,)
        Scores of n films.
    better, worse : numpy.ndarray of int, shape (p,)
        Rows of the films of each decided pair, both of one block.
    blocks : numpy.ndarray of int, shape (n,)
        Block of each film.
    seed : int
        Seed of the random orders.
    """
    found = abs(float(tau(scores, better, worse)))
    members = [np.flatnonzero(blocks == block) for block in np.unique(blocks)]
    exact = math.prod(math.factorial(len(rows)) for rows in members) <= EXACT_LIMIT
    orders = _all_orders(members, len(scores)) if exact else _random_orders(members, len(scores), seed)
    others = np.abs(tau(scores[orders].T, better, worse))
    itself = 0 if exact else 1

    def share(reached: float) -> float:
        return float(((others >= reached - 1e-12).sum() + itself) / (len(others) + itself))

    return PermutationP(share(found), share(float(others.max())))


def _all_orders(members: list[IntArray], size: int) -> IntArray:
    """Return every order of the films that keeps each in its block, shape (orders, size)."""
    orders = []
    for chosen in product(*(permutations(rows) for rows in members)):
        order = np.arange(size)
        for rows, placed in zip(members, chosen, strict=True):
            order[rows] = placed
        orders.append(order)
    return np.array(orders)


def _random_orders(members: list[IntArray], size: int, seed: int) -> IntArray:
    """Return random orders of the films that keep each in its block, shape (orders, size)."""
    rng = np.random.default_rng(seed)
    orders = np.tile(np.arange(size), (RANDOM_ORDERS, 1))
    for rows in members:
        orders[:, rows] = rng.permuted(np.tile(rows, (RANDOM_ORDERS, 1)), axis=1)
    return orders
