"""A plain classical model of molecules and ions in an orthogonal box, no force field.

Springs between atoms up to two bonds apart keep every molecule's bonds and angles, a Morse well draws each
oxygen to each metal ion, and everything else repels where it is too close.
"""

from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.radii import contact_radius_A, ion_oxygen_A
from lithicoat.structures.validation import NON_METALS

__all__ = ["SpringModel"]

Array = NDArray[np.float64]

SPRING_EV_A2 = 20.0
CONTACT_EV_A2 = 5.0
WELL_EV = 0.5
WELL_WIDTH_A = 0.8
REACH = 4
"""Oxygens farther from the bottom than so many widths are not drawn to an ion: 5 Å from Al."""

IONS_A = 3.0
"""Two ions repel below this distance; bridged by an alkoxide they are 2.8-3.4 Å apart."""

OXYGENS_A = 2.6
"""Two oxygens of different molecules repel below this: around Al they are 2.6-2.9 Å apart."""

BESIDE = 1.45
"""Ions repel carbon and hydrogen below this multiple of their distance to oxygen, about that to the carbon
behind the oxygen: 2.7 Å for Al."""


@dataclass(frozen=True)
class SpringModel:
    """Pairs and their parameters.

    Parameters
    ----------
    edges : array of shape (3,)
        Edges of the box, Å.
    walls : tuple of (array, array), optional
        Lowest and highest height of each atom, Å, where the box is not periodic along z.
    bonded, apart, drawn : tuple of (array, array, array)
        Indices i < j and a length in Å: of the spring, of the contact, of the bottom of the well.
    width_A : float
        Width of the wells, Å.
    """

    edges: Array
    walls: tuple[Array, Array] | None
    bonded: tuple[NDArray[np.int64], NDArray[np.int64], Array]
    apart: tuple[NDArray[np.int64], NDArray[np.int64], Array]
    drawn: tuple[NDArray[np.int64], NDArray[np.int64], Array]
    width_A: float = WELL_WIDTH_A

    @classmethod
    def of(cls, atoms: Atoms, bonds: tuple[tuple[int, int], ...]) -> "SpringModel":
        """Set up the model of a cell whose molecules are whole and as they shall stay."""
        near = _topological_distance(len(atoms), bonds)
        symbols = atoms.get_chemical_symbols()
        i, j = np.triu_indices(len(atoms), k=1)
        bottoms = np.array([0.0 if symbol in NON_METALS else ion_oxygen_A(symbol) for symbol in symbols])
        radii = np.array([contact_radius_A(symbol) for symbol in symbols])
        metal = ~np.isin(symbols, list(NON_METALS))
        oxygen = np.array(symbols) == "O"
        least = radii[i] + radii[j]
        least += metal[i] * (bottoms[i] * BESIDE - least) + metal[j] * (bottoms[j] * BESIDE - least)
        least[metal[i] & metal[j]] = IONS_A
        least[oxygen[i] & oxygen[j]] = OXYGENS_A
        well = (metal[i] & oxygen[j]) | (oxygen[i] & metal[j])
        close, free = near[i, j] <= 2, (near[i, j] > 3) & ~well
        lengths = np.linalg.norm(atoms.positions[j[close]] - atoms.positions[i[close]], axis=1)
        walls = None if atoms.pbc[2] else (radii, atoms.cell.lengths()[2] - radii)
        return cls(
            np.array(atoms.cell.lengths()),
            walls,
            (i[close], j[close], lengths),
            (i[free], j[free], least[free]),
            (i[well], j[well], (bottoms[i] + bottoms[j])[well]),
        )

    def scaled(self, scale: Array) -> "SpringModel":
        """Return the model of a box whose edges are longer by these factors."""
        walls = self.walls
        if walls is not None:
            walls = (walls[0], walls[1] + self.edges[2] * (scale[2] - 1))
        return replace(self, edges=self.edges * scale, walls=walls)

    def _nearest(self, arms: Array) -> Array:
        shift = self.edges * np.rint(arms / self.edges)
        if self.walls is not None:
            shift[:, 2] = 0
        return arms - shift

    def energy(self, flat: Array) -> tuple[float, Array]:
        """Return the energy in eV and its gradient in eV/Å."""
        positions = flat.reshape(-1, 3)
        gradient = np.zeros_like(positions)
        total = 0.0
        for pairs, whole, law in (
            (self.bonded, True, _spring),
            (self.apart, False, _contact),
            (self.drawn, False, self._well),
        ):
            i, j, lengths = pairs
            arms = positions[j] - positions[i]
            if not whole:
                arms = self._nearest(arms)
            distances = np.maximum(np.linalg.norm(arms, axis=1), 1e-6)
            energies, slopes = law(distances, lengths)
            total += float(energies.sum())
            forces = (slopes / distances)[:, None] * arms
            np.add.at(gradient, j, forces)
            np.add.at(gradient, i, -forces)
        if self.walls is not None:
            low, high = self.walls
            over = np.maximum(positions[:, 2] - high, 0) - np.maximum(low - positions[:, 2], 0)
            total += float(CONTACT_EV_A2 / 2 * (over**2).sum())
            gradient[:, 2] += CONTACT_EV_A2 * over
        return total, gradient.ravel()

    def _well(self, distances: Array, lengths: Array) -> tuple[Array, Array]:
        """Morse potential (Phys. Rev. 34, 57 (1929)), cut where it hardly pulls."""
        decay = np.exp(-(distances - lengths) / self.width_A)
        felt = distances < lengths + REACH * self.width_A
        energies = np.where(felt, WELL_EV * (decay**2 - 2 * decay), 0.0)
        slopes = np.where(felt, 2 * WELL_EV / self.width_A * (decay - decay**2), 0.0)
        return energies, slopes


def _spring(distances: Array, lengths: Array) -> tuple[Array, Array]:
    stretch = distances - lengths
    return SPRING_EV_A2 / 2 * stretch**2, SPRING_EV_A2 * stretch


def _contact(distances: Array, lengths: Array) -> tuple[Array, Array]:
    stretch = np.minimum(distances - lengths, 0)
    return CONTACT_EV_A2 / 2 * stretch**2, CONTACT_EV_A2 * stretch


def _topological_distance(number: int, bonds: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    """Return the number of bonds between any two atoms, infinite between molecules."""
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import shortest_path  # noqa: PLC0415

    rows, columns = np.array(bonds, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(number, number)).tocsr()
    return np.asarray(shortest_path(graph, directed=False, unweighted=True))
