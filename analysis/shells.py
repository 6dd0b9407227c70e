"""Short-range order: first peaks of the radial distribution functions and coordination numbers."""

from itertools import product

import numpy as np
from ase.neighborlist import primitive_neighbor_list
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.ndimage import gaussian_filter1d

from lithicoat.analysis.errors import DataError

__all__ = ["Shell", "first_shells"]

Array = NDArray[np.float64]

BIN_A = 0.02
SMEARING_A = 0.1
"""Gaussian width that turns the few distances of one small cell into a curve with peaks."""


class Shell(BaseModel):
    """The first coordination shell of one pair of elements."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    center: str = Field(description="Element whose neighbours are counted.")
    neighbor: str = Field(description="Element of the neighbours.")
    peak_A: float = Field(gt=0, description="First maximum of the radial distribution function, Å.")
    edge_A: float = Field(gt=0, description="Minimum after it, Å.")
    coordination: float = Field(ge=0, description="Mean number of neighbours within the edge.")


def first_shells(
    positions_A: Array, *, symbols: tuple[str, ...], cell_A: Array, reach_A: float = 6.0
) -> tuple[Shell, ...]:
    """Find the first shell around each element, for every ordered pair of elements.

    Parameters
    ----------
    positions_A : numpy.ndarray, shape (atoms, 3)
        Cartesian positions in Å, wrapped or not.
    symbols : tuple[str, ...]
        Elements, one per atom.
    cell_A : numpy.ndarray, shape (3, 3)
        Lattice vectors as rows, Å; periodic in all directions.
    reach_A : float
        Largest distance looked at, Å.

    Returns
    -------
    tuple[Shell, ...]
        Sorted by elements; pairs without a peak and a minimum within `reach_A` are left out.

    Raises
    ------
    DataError
        If the cell has no volume.

    Notes
    -----
    One configuration of a small cell gives the peak to about `SMEARING_A`; the coordination number counts
    the smeared distances up to the minimum, as usual for g(r).
    """
    cell = np.asarray(cell_A, dtype=float)
    volume = abs(float(np.linalg.det(cell)))
    if volume < 1e-6:
        raise DataError(
            "the cell has no volume", where="cell_A", hint="give three independent lattice vectors"
        )
    elements = np.array(symbols)
    first, second, distances = primitive_neighbor_list(
        "ijd", (True,) * 3, cell, np.asarray(positions_A, dtype=float), reach_A
    )
    shells = []
    for center, neighbor in product(sorted(set(symbols)), repeat=2):
        found = distances[(elements[first] == center) & (elements[second] == neighbor)]
        per_center = found, int((elements == center).sum())
        density = float((elements == neighbor).sum()) / volume
        shell = _first_shell(*per_center, density=density, reach=reach_A)
        if shell is not None:
            peak, edge, count = shell
            shells.append(
                Shell(center=center, neighbor=neighbor, peak_A=peak, edge_A=edge, coordination=count)
            )
    return tuple(shells)


def _first_shell(
    distances: Array, centers: int, *, density: float, reach: float
) -> tuple[float, float, float] | None:
    """Peak, edge and coordination number from the distances around all centers, None without a shell."""
    edges = np.arange(0.0, reach + BIN_A, BIN_A)
    radii = (edges[1:] + edges[:-1]) / 2
    counts = gaussian_filter1d(
        np.histogram(distances, bins=edges)[0] / centers, SMEARING_A / BIN_A, mode="constant"
    )
    curve = counts / (4 * np.pi * radii**2 * BIN_A * density)
    rises, falls = np.diff(curve) > 0, np.diff(curve) < 0
    peaks = np.flatnonzero(rises[:-1] & ~rises[1:] & (curve[1:-1] > 1)) + 1
    if len(peaks) == 0:
        return None
    peak = int(peaks[0])
    minima = np.flatnonzero(falls[peak:-1] & ~falls[peak + 1 :]) + peak + 1
    if len(minima) == 0:
        return None
    edge = int(minima[0])
    return float(radii[peak]), float(radii[edge]), float(counts[: edge + 1].sum())
