"""The sites of a crystal that its mobile ions, or the defects that carry them, visit."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.crystals.symmetry import TOLERANCE_A, primitive_cell
from lithicoat.structures.errors import StructureError

__all__ = [
    "HOME",
    "SAME_PLACE_A",
    "Cell",
    "Sites",
    "class_names",
    "lithium_sites",
    "operations",
    "site_images",
    "site_in",
]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Cell = tuple[int, int, int]

HOME: Cell = (0, 0, 0)
SAME_PLACE_A = 0.3
"""A symmetry operation must carry every site to another one within this distance."""


@dataclass(frozen=True)
class Sites:
    """Sites that a carrier visits in a primitive cell.

    Parameters
    ----------
    cell : Atoms
        The perfect primitive cell.
    positions_A : numpy.ndarray, shape (sites, 3)
        Positions of the sites.
    names : tuple of str
        Class of each site: those of one class are equal by symmetry.
    element : str
        What moves.
    """

    cell: Atoms
    positions_A: Array
    names: tuple[str, ...]
    element: str

    def place(self, site: int, cell: Cell = HOME) -> Array:
        """Return the position of a site in any cell, Å."""
        found: Array = self.positions_A[site] + np.array(cell) @ self.cell.cell.array
        return found

    @property
    def multiplicities(self) -> dict[str, int]:
        """Number of sites of each class in the primitive cell."""
        return dict(Counter(self.names))


def lithium_sites(crystal: Atoms, *, element: str = "Li") -> Sites:
    """Return the sites of an element in the primitive cell of a crystal.

    Raises
    ------
    StructureError
        If the crystal holds none.
    """
    if element not in crystal.get_chemical_symbols():
        raise StructureError(
            f"the crystal {crystal.get_chemical_formula('hill')} holds no {element}",
            where=element,
            hint="one of " + ", ".join(sorted(set(crystal.get_chemical_symbols()))),
        )
    cell = primitive_cell(crystal)
    positions = cell.positions[cell.symbols == element]
    return Sites(cell, positions, class_names(cell, positions, prefix=element), element)


def class_names(cell: Atoms, positions: Array, *, prefix: str) -> tuple[str, ...]:
    """Name the classes of sites that symmetry makes equal: Li1, Li2, …, or plain Li if there is one."""
    images, _ = site_images(cell, positions)
    firsts = images.min(axis=0)
    order = {int(first): number for number, first in enumerate(sorted(set(firsts.tolist())), start=1)}
    return tuple(prefix if len(order) == 1 else f"{prefix}{order[int(first)]}" for first in firsts)


def site_in(supercell: Atoms, place: Array) -> int:
    """Return the index of the atom at a position or at one of its images.

    Raises
    ------
    StructureError
        If there is none.
    """
    from ase.geometry import find_mic  # noqa: PLC0415 - loads scipy

    _, distances = find_mic(supercell.positions - place, supercell.cell, pbc=True)
    nearest = int(np.argmin(distances))
    if distances[nearest] > SAME_PLACE_A:
        raise StructureError(
            f"no atom is within {SAME_PLACE_A} Å of the site at {np.round(place, 2).tolist()} Å",
            where="supercell",
            hint="give a supercell of the same primitive cell",
        )
    return nearest


def site_images(cell: Atoms, positions: Array) -> tuple[Ints, Ints]:
    """Return for each operation and site to which site it is carried, and to which cell of it.

    Operations that do not carry every site to another one, as of a crystal whose atoms are somewhat off
    their symmetry, are an error of the tolerance.
    """
    rotations, translations = operations(cell)
    lattice = cell.cell.array
    fractional = positions @ np.linalg.inv(lattice)
    carried = np.einsum("gab,nb->gna", rotations, fractional) + translations[:, None]
    apart = carried[:, :, None] - fractional[None, None]
    cells = np.rint(apart)
    distances = np.linalg.norm((apart - cells) @ lattice, axis=3)
    images = distances.argmin(axis=2)
    farthest = float(distances.min(axis=2).max())
    if farthest > SAME_PLACE_A:
        raise StructureError(
            f"a symmetry operation carries a site {farthest:.2f} Å away from every other one",
            where=cell.get_chemical_formula("hill"),
            hint="relax the crystal tighter",
        )
    found = np.take_along_axis(cells, images[:, :, None, None], axis=2)[:, :, 0]
    return images, found.astype(np.int64)


def operations(cell: Atoms) -> tuple[Ints, Array]:
    """Return rotations, shape (g, 3, 3), and translations, shape (g, 3), in lattice coordinates."""
    import spglib  # noqa: PLC0415 - only where symmetry is asked for

    given = (cell.cell.array, cell.get_scaled_positions(), cell.numbers)
    found = spglib.get_symmetry_dataset(given, symprec=TOLERANCE_A)
    if found is None:
        return np.eye(3, dtype=np.int64)[None], np.zeros((1, 3))
    return np.asarray(found.rotations, dtype=np.int64), np.asarray(found.translations)
