"""Sheets: flat pieces of a solid, periodic in their plane, that are laid one upon the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Self

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from lithicoat.structures.radii import contact_radius_A, ion_radius_A

__all__ = ["Bonds", "Sheet", "contact_radii_A", "seat_A"]

Array = NDArray[np.float64]
Bonds = tuple[tuple[int, int], ...]

_REACH_A = 4.0
"""No contact is longer; atoms deeper than this below a surface touch nothing that lies upon it."""

_IMAGES = np.array(list(product(range(-2, 3), repeat=2)), dtype=float)


def contact_radii_A(symbols: Sequence[str], *, molecular: bool) -> Array:
    """Return the radii in Å at which atoms of two sheets touch: those that packing keeps apart.

    Parameters
    ----------
    symbols : sequence of str
        Chemical symbols.
    molecular : bool
        True for molecules and van der Waals crystals, False for metals and ions.
    """
    radius = contact_radius_A if molecular else ion_radius_A
    return np.array([radius(symbol) for symbol in symbols])


@dataclass(frozen=True)
class Sheet:
    """A flat piece of a solid.

    Parameters
    ----------
    symbols : tuple of str
        Chemical symbols.
    positions_A : array of shape (atoms, 3)
        Positions in Å; z is the normal. Molecules are whole along z.
    plane_A : array of shape (2, 2)
        Lattice vectors of the plane as rows, Å, right-handed.
    radii_A : array of shape (atoms,)
        Contact radii, Å.
    bonds : tuple of (int, int), optional
        Covalent graph, None for metals and ions.
    """

    symbols: tuple[str, ...]
    positions_A: Array
    plane_A: Array
    radii_A: Array
    bonds: Bonds | None = None

    @classmethod
    def of(cls, slab: Atoms, *, molecular: bool, bonds: Bonds | None = None) -> Self:
        """Take a slab whose first two cell vectors lie in the xy plane, the third pointing upwards."""
        symbols = tuple(slab.get_chemical_symbols())
        radii = contact_radii_A(symbols, molecular=molecular)
        positions = slab.get_positions()
        positions[:, 2] -= positions[:, 2].min()
        return cls(symbols, positions, slab.cell.array[:2, :2].copy(), radii, bonds)

    @property
    def area_A2(self) -> float:
        """Area of the cell of the plane, Å²."""
        return abs(float(np.linalg.det(self.plane_A)))

    @property
    def edges_A(self) -> Array:
        """Lengths of the two vectors of the plane, Å."""
        lengths: Array = np.linalg.norm(self.plane_A, axis=1)
        return lengths

    @property
    def thickness_A(self) -> float:
        """Height between its lowest and its highest atom, Å."""
        return float(np.ptp(self.positions_A[:, 2]))

    @property
    def size(self) -> int:
        """Number of atoms."""
        return len(self.symbols)

    def repeated(self, matrix: ArrayLike) -> Self:
        """Return the sheet on a larger cell, whose vectors are these whole multiples of its own.

        Parameters
        ----------
        matrix : array_like, shape (2, 2)
            Whole numbers, one row for each new vector. Atoms come copy by copy.
        """
        multiples = np.asarray(matrix, dtype=float)
        number = round(abs(np.linalg.det(multiples)))
        reach = int(np.abs(multiples).sum()) + 1
        points = np.array(list(product(range(-reach, reach + 1), repeat=2)), dtype=float)
        inside = points @ np.linalg.inv(multiples)
        points = points[((inside > -1e-6) & (inside < 1 - 1e-6)).all(axis=1)]
        shifts = np.zeros((number, 1, 3))
        shifts[:, 0, :2] = points @ self.plane_A
        bonds = self.bonds and tuple(
            (i + k * self.size, j + k * self.size) for k in range(number) for i, j in self.bonds
        )
        return replace(
            self,
            symbols=self.symbols * number,
            positions_A=(self.positions_A[None] + shifts).reshape(-1, 3),
            plane_A=multiples @ self.plane_A,
            radii_A=np.tile(self.radii_A, number),
            bonds=bonds,
        )

    def stretched(self, plane_A: ArrayLike) -> Self:
        """Return the sheet turned and strained to another cell; heights stay.

        If the new vectors have the other handedness, the sheet is turned upside down, never mirrored.
        """
        new = np.asarray(plane_A, dtype=float)
        positions = self.positions_A.copy()
        positions[:, :2] = positions[:, :2] @ np.linalg.solve(self.plane_A, new)
        if np.linalg.det(new) * np.linalg.det(self.plane_A) < 0:
            positions[:, 2] *= -1
        positions[:, 2] -= positions[:, 2].min()
        return replace(self, positions_A=positions, plane_A=new)

    def shifted(self, shift_A: ArrayLike) -> Self:
        """Return the sheet moved by a vector, Å."""
        return replace(self, positions_A=self.positions_A + np.asarray(shift_A, dtype=float))

    def on(self, other: "Sheet", *, height_A: float) -> "Sheet":
        """Return one sheet of both: the other one below, this one with its lowest atom at a height."""
        upper = self.shifted((0, 0, height_A - self.positions_A[:, 2].min()))
        bonds = None
        if self.bonds is not None or other.bonds is not None:
            mine = tuple((i + other.size, j + other.size) for i, j in self.bonds or ())
            bonds = (*(other.bonds or ()), *mine)
        return replace(
            other,
            symbols=other.symbols + upper.symbols,
            positions_A=np.vstack([other.positions_A, upper.positions_A]),
            radii_A=np.concatenate([other.radii_A, upper.radii_A]),
            bonds=bonds,
        )

    def in_cell(self, height_A: float) -> Atoms:
        """Return the sheet in a periodic cell of this height, x along the first vector, atoms inside."""
        length = float(self.edges_A[0])
        along = self.plane_A[0] / length
        turn = np.array([[along[0], -along[1]], [along[1], along[0]]])
        cell = np.zeros((3, 3))
        cell[:2, :2] = self.plane_A @ turn
        cell[0, 1], cell[2, 2] = 0.0, height_A
        positions = self.positions_A.copy()
        positions[:, :2] = positions[:, :2] @ turn
        atoms = Atoms(self.symbols, positions=positions, cell=cell, pbc=True)
        atoms.wrap(pbc=[True, True, False])
        return atoms


def seat_A(lower: Sheet, upper: Sheet) -> float:
    """Return how far the lowest atom of a sheet lies above the highest of the one below, in contact.

    The upper sheet is let down until the first pair of atoms touches, at the sum of their contact radii.
    Both have the same cell.

    Returns
    -------
    float
        Å; negative where the sheets interlock.
    """
    top, bottom = lower.positions_A[:, 2].max(), upper.positions_A[:, 2].min()
    below = lower.positions_A[:, 2] > top - _REACH_A
    above = upper.positions_A[:, 2] < bottom + _REACH_A
    apart = upper.positions_A[above][:, None, :] - lower.positions_A[below][None]
    fractional = apart[..., :2] @ np.linalg.inv(lower.plane_A)
    nearest = (fractional - np.rint(fractional)) @ lower.plane_A
    lateral = nearest[:, :, None, :] + _IMAGES @ lower.plane_A
    squares = (lateral**2).sum(axis=-1).min(axis=-1)
    contact = upper.radii_A[above][:, None] + lower.radii_A[below][None]
    needed = np.sqrt(np.maximum(contact**2 - squares, 0.0)) - apart[..., 2]
    touching = squares < contact**2
    rise = float(needed[touching].max()) if touching.any() else 0.0
    return rise - float(top - bottom)
