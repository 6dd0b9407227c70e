"""Films that differ most from those computed: where to begin before there is anything to learn from."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["distances", "farthest", "scaled", "telling"]

FloatArray = NDArray[np.float64]

SAME = 1e-12


def telling(descriptors: FloatArray) -> NDArray[np.bool_]:
    """Say which descriptors, the columns, are not the same in all films."""
    differs: NDArray[np.bool_] = np.ptp(descriptors, axis=0) > SAME
    return differs


def scaled(descriptors: FloatArray) -> FloatArray:
    """Scale each descriptor to 0 … 1 over all films; one that is the same in all of them is left out.

    Parameters
    ----------
    descriptors : numpy.ndarray, shape (n, p)
        Of all films, computed or not.

    Returns
    -------
    numpy.ndarray, shape (n, q), q ≥ 1
        If no descriptor tells the films apart, one column of zeros.
    """
    columns = descriptors[:, telling(descriptors)]
    if not columns.shape[1]:
        return np.zeros((len(descriptors), 1))
    places: FloatArray = (columns - columns.min(axis=0)) / np.ptp(columns, axis=0)
    return places


def distances(places: FloatArray, others: FloatArray) -> FloatArray:
    """Return distances between films, shape (n, m): root mean square over the descriptors, 0 … 1."""
    apart: FloatArray = np.sqrt(((places[:, None] - others[None]) ** 2).mean(axis=2))
    return apart


def farthest(candidates: FloatArray, computed: FloatArray, *, count: int) -> list[int]:
    """Choose films, one after the other, each as far as can be from all computed and chosen ones.

    Where nothing is computed, the first is the one nearest to the middle of all (Kennard and Stone,
    Technometrics 11, 137 (1969)). Of equals the first is taken.

    Parameters
    ----------
    candidates : numpy.ndarray, shape (m, p)
        Places of films that are not computed.
    computed : numpy.ndarray, shape (n, p)
        Places of those that are; n may be 0.
    count : int
        How many to choose; no more than there are.

    Returns
    -------
    list of int
        Rows of the candidates.
    """
    chosen: list[int] = []
    if not len(candidates):
        return chosen
    if len(computed):
        away = distances(candidates, computed).min(axis=1)
    else:
        away = -distances(candidates, candidates.mean(axis=0)[None])[:, 0]
    for _ in range(min(count, len(candidates))):
        away[chosen] = -np.inf
        row = int(np.argmax(np.round(away, 12)))
        start = not len(computed) and not chosen
        chosen.append(row)
        reach = distances(candidates, candidates[[row]])[:, 0]
        away = reach if start else np.minimum(away, reach)
    return chosen
