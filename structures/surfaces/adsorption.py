"""Sites on a surface: where an atom let down on it from above comes to rest, or stands on top of another."""

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError

__all__ = ["AdsorptionPlace", "adsorption_places", "contacts"]

Array = NDArray[np.float64]

SPACING_A = 0.3
"""Grid in the plane on which the atom is let down."""

ALIKE_A = 0.15
"""Places whose distances to their neighbours differ by less are equivalent."""

NEIGHBOURS = 8
"""Nearest atoms by which places are told apart."""

CONTACT = 1.2
"""Atoms within this multiple of the sum of their radii touch."""

_AROUND = np.array(list(product((-1, 0, 1), repeat=2)), dtype=float)
_COMPASS = np.column_stack([f(np.arange(24) * np.pi / 12) for f in (np.cos, np.sin)])
"""Directions in the plane; a valley between two atoms is narrow, so they are many."""
_IMAGES = np.array(list(product(range(-2, 3), repeat=2)), dtype=float)


@dataclass(frozen=True)
class AdsorptionPlace:
    """A place for an atom on a surface.

    Parameters
    ----------
    position_A : array of shape (3,)
        Å, in the slab's cell.
    on_top : bool
        True if it stands on an atom, False if it lies in a hollow.
    """

    position_A: Array
    on_top: bool


def adsorption_places(slab: Atoms, symbol: str, *, number: int) -> list[AdsorptionPlace]:
    """Return distinct places for an atom on the upper side of a slab.

    The atom is let down on a grid until it touches, at the sum of covalent radii. Hollows are the lowest
    points of the surface so found, tops the highest; places with the same surroundings count once. Nothing
    is asked of the slab's symmetry, so a glass has its places as a crystal does.

    Parameters
    ----------
    slab : Atoms
        z is normal to the surface, vacuum above.
    symbol : str
        Element of the atom.
    number : int
        Places at most. Hollows come first, the deepest ahead; one place in four is a top.

    Raises
    ------
    StructureError
        If there is no room above the slab.
    """
    reach = np.array([_contact_A(element, symbol) for element in slab.get_chemical_symbols()])
    room = slab.cell.array[2, 2] - float(np.ptp(slab.positions[:, 2]))
    if room < 2 * float(reach.max()) + 1:
        raise StructureError(
            f"there is no room for {symbol} above the slab: {room:.1f} Å of vacuum",
            where="slab",
            hint="10 Å or more",
        )
    floor = _Floor.of(slab, reach)
    hollows = _distinct(slab, floor.extremes(1), on_top=False)
    tops = _distinct(slab, floor.extremes(-1), on_top=True)
    few = min(len(tops), max(1, number // 4)) if number > 1 else 0
    return [*hollows[: number - few], *tops[:few]]


def contacts(slab: Atoms, position_A: Array, symbol: str) -> dict[str, int]:
    """Count the atoms of a slab that touch an atom at a position, by element.

    Parameters
    ----------
    slab : Atoms
        Without that atom.
    position_A : array of shape (3,)
        Its position, Å.
    symbol : str
        Its element.
    """
    near: dict[str, int] = {}
    for element, distance in zip(
        np.tile(slab.get_chemical_symbols(), len(_IMAGES)), _distances(slab, position_A), strict=True
    ):
        if distance <= CONTACT * _contact_A(str(element), symbol):
            near[str(element)] = near.get(str(element), 0) + 1
    return dict(sorted(near.items()))


def _contact_A(one: str, other: str) -> float:
    """Return the sum of covalent radii, Å: for lithium it is near its distances in salts and in metals."""
    return float(covalent_radii[atomic_numbers[one]] + covalent_radii[atomic_numbers[other]])


def _distances(slab: Atoms, position_A: Array) -> Array:
    """Return distances to all atoms and their images in the plane, image by image."""
    shifts = _IMAGES @ slab.cell.array[:2]
    apart = slab.positions[None] + shifts[:, None] - position_A
    found: Array = np.linalg.norm(apart, axis=-1).ravel()
    return found


@dataclass(frozen=True)
class _Floor:
    """The surface on which the atom comes to rest.

    Parameters
    ----------
    centres_A : array of shape (n, 3)
        Atoms of the slab and their images in the plane, Å.
    reach_A : array of shape (n,)
        Distances at which the atom touches them, Å.
    cell_A : array of shape (2, 2)
        Vectors of the plane, Å.
    """

    centres_A: Array
    reach_A: Array
    cell_A: Array

    @classmethod
    def of(cls, slab: Atoms, reach_A: Array) -> Self:
        shifts = np.pad(_IMAGES @ slab.cell.array[:2, :2], ((0, 0), (0, 1)))
        centres = (shifts[:, None] + slab.positions[None]).reshape(-1, 3)
        return cls(centres, np.tile(reach_A, len(_IMAGES)), slab.cell.array[:2, :2])

    def heights(self, points_A: Array) -> Array:
        """Return the heights, shape (k,), at which the atom first touches above points of shape (k, 2)."""
        squares = ((points_A[:, None] - self.centres_A[None, :, :2]) ** 2).sum(axis=-1)
        below = self.reach_A**2 - squares
        touching = np.where(below > 0, self.centres_A[:, 2] + np.sqrt(np.maximum(below, 0)), -np.inf)
        found: Array = np.maximum(touching.max(axis=1), self.centres_A[:, 2].min())
        return found

    def extremes(self, sign: int) -> Array:
        """Return the hollows (sign 1) or tops (-1), shape (k, 3), the lowest of sign times height first."""
        counts = [max(4, int(np.ceil(np.linalg.norm(vector) / SPACING_A))) for vector in self.cell_A]
        steps = np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), axis=-1) / counts
        grid = steps @ self.cell_A
        heights = sign * self.heights(grid.reshape(-1, 2)).reshape(counts)
        least = np.ones(heights.shape, dtype=bool)
        for step in _AROUND:
            least &= heights <= np.roll(heights, step.astype(int), axis=(0, 1)) + 1e-9
        found = np.array([self._refined(point, sign) for point in grid[least]])
        ordered: Array = found[np.argsort(np.round(sign * found[:, 2], 3), kind="stable")]
        return ordered

    def _refined(self, point_A: Array, sign: int) -> Array:
        """Go downhill in ever smaller steps."""
        best, step = point_A, SPACING_A
        while step > ALIKE_A / 30:
            around = np.vstack([best, best + step * _COMPASS])
            heights = sign * self.heights(around)
            lowest = int(np.argmin(heights))
            if heights[lowest] < heights[0] - 1e-9:
                best = around[lowest]
            else:
                step /= 2
        return np.array([*best, self.heights(best[None])[0]])


def _distinct(slab: Atoms, positions_A: Array, *, on_top: bool) -> list[AdsorptionPlace]:
    seen: list[tuple[tuple[str, ...], Array]] = []
    places = []
    symbols = np.tile(slab.get_chemical_symbols(), len(_IMAGES))
    for position in positions_A:
        distances = _distances(slab, position)
        nearest = np.argsort(distances)[:NEIGHBOURS]
        kinds, lengths = tuple(sorted(symbols[nearest].tolist())), distances[nearest]
        if any(kinds == known and np.abs(lengths - other).max() < ALIKE_A for known, other in seen):
            continue
        seen.append((kinds, lengths))
        places.append(AdsorptionPlace(position, on_top))
    return places
