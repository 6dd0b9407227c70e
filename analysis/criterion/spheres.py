"""The volume of Li+ in a solid as that of an ionic sphere, against the volume of lithium in its metal.

The radius lies on a straight line in the coordination number, fitted to Shannon's radii of Li+ (0.59, 0.76
and 0.92 Å at coordination 4, 6 and 8; Acta Cryst. A 32, 751 (1976)); the coordination is the mean over the
lithium sites of the number of Voronoi neighbours, each counted by its solid angle over the largest one, those
of the same charge included. So done, the ratios that Ahmad et al. (ACS Cent. Sci. 4, 996 (2018)) derived for
LiF, Li2S, Li2O, Li3N, Li2O2, LiOH, Li2CO3, Li3PO4 and LiAlO2 come out, with their cells, within 2 %.
It is a convention, not a thermodynamic volume.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import Avogadro

from lithicoat.analysis.criterion.chi import LITHIUM
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.ensembles import ONE_REPLICA
from lithicoat.analysis.properties import Property

__all__ = [
    "METAL_A3",
    "RADIUS_ERROR_A",
    "ionic_radius_A",
    "sphere_ratio",
    "sphere_volume_ratio",
    "voronoi_coordination",
]

FloatArray = NDArray[np.float64]

METAL_A3 = LITHIUM.molar_volume_m3_mol * 1e30 / Avogadro
"""Volume of an atom in lithium metal, Å³: 13.0 cm³/mol."""

SHANNON = {4: 0.59, 6: 0.76, 8: 0.92}
"""Ionic radius of Li+ by coordination number, Å."""
_SLOPE_A, _INTERCEPT_A = (float(number) for number in np.polyfit([*SHANNON], [*SHANNON.values()], 1))
RADIUS_ERROR_A = math.sqrt(
    sum((radius - _INTERCEPT_A - _SLOPE_A * number) ** 2 for number, radius in SHANNON.items())
)
"""Standard deviation of Shannon's three radii about the line, Å (one degree of freedom)."""

REACH_A = 8.0
"""Atoms farther away than this cut nothing off a Voronoi cell in a dense solid, Å."""


def ionic_radius_A(coordination: ArrayLike) -> FloatArray:
    """Return the radius of Li+ at a coordination number, Å."""
    radius: FloatArray = _INTERCEPT_A + _SLOPE_A * np.asarray(coordination, dtype=float)
    return radius


def sphere_ratio(coordination: ArrayLike) -> FloatArray:
    """Return v = V(Li+)/V(Li) of an ionic sphere at a coordination number, 1."""
    ratio: FloatArray = 4 / 3 * np.pi * ionic_radius_A(coordination) ** 3 / METAL_A3
    return ratio


def voronoi_coordination(
    positions_A: ArrayLike, *, symbols: Sequence[str], cell_A: ArrayLike, element: str = "Li"
) -> FloatArray:
    """Return the coordination number of each atom of an element by Voronoi cells.

    Neighbours count by the solid angle of their face over that of the largest face, of whatever element they
    are (O'Keeffe, Acta Cryst. A 35, 772 (1979); pymatgen's VoronoiNN with its defaults).

    Parameters
    ----------
    positions_A : array_like, shape (atoms, 3)
        Cartesian positions, Å.
    symbols : sequence of str
        Elements, one per atom.
    cell_A : array_like, shape (3, 3)
        Lattice vectors as rows, Å; periodic in all directions.
    element : str
        Whose atoms.

    Returns
    -------
    numpy.ndarray, shape (sites,)
        In the order of the atoms; empty if there is no such atom.
    """
    from pymatgen.analysis.local_env import VoronoiNN  # noqa: PLC0415 - heavy
    from pymatgen.core import Lattice, Structure  # noqa: PLC0415

    sites = [index for index, symbol in enumerate(symbols) if symbol == element]
    structure = Structure(
        Lattice(np.asarray(cell_A)), list(symbols), np.asarray(positions_A), coords_are_cartesian=True
    )
    finder = VoronoiNN(cutoff=REACH_A, compute_adj_neighbors=False)
    return np.array([finder.get_cn(structure, site, use_weights=True) for site in sites], dtype=float)


def sphere_volume_ratio(coordinations: Sequence[ArrayLike], *, crystal: bool) -> Property:
    """Return v of a film by the convention of ionic spheres.

    The uncertainty joins what the radii leave open (they do not lie on one line) with the standard error of
    the mean coordination: over the replicas where there are several, else over the sites of a film. The
    sites of a crystal are all there are.

    Parameters
    ----------
    coordinations : sequence of array_like, shape (sites,)
        Coordination numbers of the lithium sites of each relaxed cell.
    crystal : bool
        Whether the cells are those of a crystal.

    Raises
    ------
    DataError
        If a cell has no lithium site, or a coordination number is not positive.
    """
    cells = [np.asarray(cell, dtype=float) for cell in coordinations]
    if not cells or not all(cell.size for cell in cells):
        raise DataError("a cell without lithium has no volume of Li+", where="coordinations")
    if not all((np.isfinite(cell) & (cell > 0)).all() for cell in cells):
        raise DataError("a coordination number is a positive number", where="coordinations")
    means = np.array([cell.mean() for cell in cells])
    mean = float(means.mean())
    flags = [f"ionic sphere: Shannon's radius at a Voronoi coordination of {mean:.2f}"]
    error = 0.0
    if len(cells) > 1:
        error = float(means.std(ddof=1)) / math.sqrt(len(cells))
    elif not crystal:
        flags.append(ONE_REPLICA)
        error = float(cells[0].std(ddof=1)) / math.sqrt(cells[0].size) if cells[0].size > 1 else 0.0
    if not min(SHANNON) <= mean <= max(SHANNON):
        flags.append(f"beyond the {min(SHANNON)} to {max(SHANNON)} neighbours of the radii")
    ratio, radius = float(sphere_ratio(mean)), float(ionic_radius_A(mean))
    relative = 3 * math.hypot(_SLOPE_A * error, RADIUS_ERROR_A) / radius
    return Property(value=ratio, uncertainty=relative * ratio, unit="1", flags=tuple(flags))
