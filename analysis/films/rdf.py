"""Partial radial distribution functions of one periodic cell, and of an ensemble of cells."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from ase.neighborlist import primitive_neighbor_list
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from lithicoat.analysis.errors import DataError

__all__ = [
    "BIN_A",
    "REACH_A",
    "SMEARING_A",
    "MeanRdf",
    "PartialRdf",
    "coordination_number",
    "first_shell",
    "mean_rdf",
    "partial_rdfs",
]

Array = NDArray[np.float64]
Pair = tuple[str, str]

BIN_A = 0.02
SMEARING_A = 0.1
"""Gaussian width that turns the few distances of one small cell into a curve with peaks."""
REACH_A = 6.0


@dataclass(frozen=True)
class PartialRdf:
    """How often an element is found at a distance from another.

    Parameters
    ----------
    center, neighbor : str
        Element whose surroundings are looked at, and the element that is counted.
    radii_A : numpy.ndarray, shape (bins,)
        Middles of the bins, Å.
    counts : numpy.ndarray, shape (bins,)
        Mean number of neighbours of one center in each bin.
    g : numpy.ndarray, shape (bins,)
        The same over that of the mean density, 4πr²Δr N/V; 1 where there is no order.
    """

    center: str
    neighbor: str
    radii_A: Array
    counts: Array
    g: Array


@dataclass(frozen=True)
class MeanRdf(PartialRdf):
    """The mean over the cells of an ensemble.

    Parameters
    ----------
    standard_error : numpy.ndarray, shape (bins,), or None
        Of g in each bin, from the scatter of the cells; None for a single cell.
    cells : int
        Number of cells.
    """

    standard_error: Array | None
    cells: int


def partial_rdfs(
    positions_A: Array,
    *,
    symbols: tuple[str, ...],
    cell_A: Array,
    reach_A: float = REACH_A,
    bin_A: float = BIN_A,
    smearing_A: float = SMEARING_A,
) -> dict[Pair, PartialRdf]:
    """Count the distances between all ordered pairs of elements in a periodic cell.

    Parameters
    ----------
    positions_A : numpy.ndarray, shape (atoms, 3)
        Cartesian positions in Å, wrapped or not.
    symbols : tuple[str, ...]
        Elements, one per atom.
    cell_A : numpy.ndarray, shape (3, 3)
        Lattice vectors as rows, Å; periodic in all directions.
    reach_A : float
        Largest distance looked at, Å; it may be longer than the cell.
    bin_A : float
        Width of a bin, Å.
    smearing_A : float
        Width of the Gaussian over which each distance is spread, Å; 0 for none.

    Returns
    -------
    dict of (str, str) to PartialRdf
        By center and neighbour, for every pair of elements of the cell.

    Raises
    ------
    DataError
        If the cell has no volume.
    """
    cell = np.asarray(cell_A, dtype=float)
    volume = abs(float(np.linalg.det(cell)))
    if volume < 1e-6:
        raise DataError(
            "the cell has no volume", where="cell_A", hint="give three independent lattice vectors"
        )
    elements = np.array(symbols)
    margin_A = 4 * smearing_A  # so that the last bins get from beyond what they give away
    first, second, distances = primitive_neighbor_list(
        "ijd", (True,) * 3, cell, np.asarray(positions_A, dtype=float), reach_A + margin_A
    )
    bins = max(1, math.ceil(reach_A / bin_A - 1e-9))
    edges = np.arange(bins + math.ceil(margin_A / bin_A) + 1) * bin_A
    radii = (edges[1:] + edges[:-1]) / 2
    found = {}
    for center, neighbor in product(sorted(set(symbols)), repeat=2):
        chosen = (elements[first] == center) & (elements[second] == neighbor)
        counts = np.histogram(distances[chosen], bins=edges)[0] / (elements == center).sum()
        if smearing_A > 0:
            counts = gaussian_filter1d(counts, smearing_A / bin_A, mode="constant")
        uniform = 4 * np.pi * radii**2 * bin_A * float((elements == neighbor).sum()) / volume
        found[center, neighbor] = PartialRdf(
            center, neighbor, radii[:bins], counts[:bins], (counts / uniform)[:bins]
        )
    return found


def mean_rdf(cells: Sequence[PartialRdf]) -> MeanRdf:
    """Average the same pair over independent cells; the standard error of each bin is s/√n.

    Raises
    ------
    DataError
        If there is no cell, or the pairs or bins differ.
    """
    if not cells:
        raise DataError("a mean needs at least one cell", where="cells")
    one = cells[0]
    if any((cell.center, cell.neighbor) != (one.center, one.neighbor) for cell in cells):
        raise DataError("only functions of the same pair of elements have a mean", where="cells")
    if any(cell.radii_A.shape != one.radii_A.shape or (cell.radii_A != one.radii_A).any() for cell in cells):
        raise DataError("only functions with the same bins have a mean", where="cells")
    curves = np.array([cell.g for cell in cells])
    number = len(cells)
    error = curves.std(axis=0, ddof=1) / np.sqrt(number) if number > 1 else None
    counts = np.array([cell.counts for cell in cells]).mean(axis=0)
    return MeanRdf(one.center, one.neighbor, one.radii_A, counts, curves.mean(axis=0), error, number)


def coordination_number(rdf: PartialRdf, *, edge_A: float) -> float:
    """Integrate a function up to a distance: mean number of neighbours within `edge_A` (Å)."""
    return float(rdf.counts[rdf.radii_A <= edge_A + 1e-9].sum())


def first_shell(rdf: PartialRdf) -> tuple[float, float] | None:
    """Return the first maximum above 1 and the minimum after it, in Å; None if there are none in reach."""
    curve = rdf.g
    rises, falls = np.diff(curve) > 0, np.diff(curve) < 0
    peaks = np.flatnonzero(rises[:-1] & ~rises[1:] & (curve[1:-1] > 1)) + 1
    if len(peaks) == 0:
        return None
    peak = int(peaks[0])
    minima = np.flatnonzero(falls[peak:-1] & ~falls[peak + 1 :]) + peak + 1
    if len(minima) == 0:
        return None
    return float(rdf.radii_A[peak]), float(rdf.radii_A[minima[0]])
