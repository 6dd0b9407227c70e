"""Contacts between metal ions and oxygens, and the graph that they make with the covalent bonds."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from lithicoat.structures.validation import NON_METALS

__all__ = ["Contacts", "PeriodicGraph", "bond_edges", "metal_oxygen_contacts", "oxygen_shell_A"]

Indices = NDArray[np.int64]

LI_O_SHELL_A = 2.6
"""First Li-O shell: between the first maximum (1.9-2.0 Å) and the second shell."""

SHELL = 1.25
"""Other metals: this multiple of the sum of covalent radii (Cordero 2008); Al-O 2.34 Å, Zr-O 3.01 Å."""


def oxygen_shell_A(symbol: str) -> float:
    """Return the distance in Å within which an oxygen counts as a neighbour of a metal ion."""
    if symbol == "Li":
        return LI_O_SHELL_A
    return float(SHELL * (covalent_radii[atomic_numbers[symbol]] + covalent_radii[atomic_numbers["O"]]))


@dataclass(frozen=True)
class Contacts:
    """Metal ions and the oxygens around them.

    Parameters
    ----------
    ions : array of shape (contacts,)
        Index of the metal ion of each contact.
    oxygens : array of shape (contacts,)
        Index of its oxygen.
    shifts : array of shape (contacts, 3)
        Cells between the ion and the image of the oxygen, whole numbers.
    """

    ions: Indices
    oxygens: Indices
    shifts: Indices

    def oxygens_around(self, ions: Sequence[int] | Indices) -> Indices:
        """Return the number of oxygens (of any image) around each of these ions."""
        return _counted(self.ions, ions)

    def ions_around(self, oxygens: Sequence[int] | Indices) -> Indices:
        """Return the number of ions (of any image) around each of these oxygens."""
        return _counted(self.oxygens, oxygens)


def metal_oxygen_contacts(atoms: Atoms, *, within_A: float | None = None) -> Contacts:
    """Return all metal-oxygen contacts of a periodic cell.

    Parameters
    ----------
    atoms : Atoms
        Whatever is no non-metal counts as a metal ion.
    within_A : float, optional
        Distance in Å; `oxygen_shell_A` of each metal if None.
    """
    from ase.neighborlist import neighbor_list  # noqa: PLC0415

    symbols = np.array(atoms.get_chemical_symbols())
    metals = sorted(set(symbols.tolist()) - NON_METALS)
    empty = np.zeros(0, dtype=np.int64)
    if not metals or "O" not in symbols:
        return Contacts(empty, empty, np.zeros((0, 3), dtype=np.int64))
    shells = {(metal, "O"): within_A or oxygen_shell_A(metal) for metal in metals}
    first, second, shifts = neighbor_list("ijS", atoms, shells)
    from_ion = symbols[second] == "O"
    return Contacts(first[from_ion], second[from_ion], shifts[from_ion])


@dataclass(frozen=True)
class PeriodicGraph:
    """What hangs together in a periodic cell.

    Parameters
    ----------
    parts : tuple of tuple of int
        Indices of each connected part, the largest part first.
    dimensions : tuple of int
        In how many independent directions each part goes on for ever: 0 (a cluster) to 3 (a network).
    """

    parts: tuple[tuple[int, ...], ...]
    dimensions: tuple[int, ...]

    @classmethod
    def of(
        cls, nodes: Sequence[int], edges: Sequence[tuple[int, int, tuple[int, int, int]]]
    ) -> "PeriodicGraph":
        """Find the parts of a graph whose edges (i, j, cells from i to j) may cross the cell's faces.

        A part is infinite along every lattice vector that leads from an atom, along edges, to an image of
        itself; the rank of these vectors is its dimension.
        """
        near: dict[int, list[tuple[int, NDArray[np.int64]]]] = {node: [] for node in nodes}
        for i, j, shift in edges:
            near[i].append((j, np.array(shift)))
            near[j].append((i, -np.array(shift)))
        seen: dict[int, NDArray[np.int64]] = {}
        found = [_explore(start, near, seen) for start in nodes if start not in seen]
        found.sort(key=lambda part: (-len(part[0]), part[0]))
        return cls(tuple(part for part, _ in found), tuple(dimension for _, dimension in found))


def bond_edges(atoms: Atoms, bonds: Sequence[tuple[int, int]]) -> list[tuple[int, int, tuple[int, int, int]]]:
    """Return bonds as edges (i, j, cells from i to the nearest image of j)."""
    from ase.geometry import find_mic  # noqa: PLC0415

    if not len(bonds):
        return []
    pairs = np.array(bonds)
    apart = atoms.positions[pairs[:, 1]] - atoms.positions[pairs[:, 0]]
    nearest, _ = find_mic(apart, atoms.cell, pbc=True)
    cells = np.rint(np.linalg.solve(atoms.cell.array.T, (nearest - apart).T).T).astype(int)
    return [
        (int(i), int(j), (int(a), int(b), int(c))) for (i, j), (a, b, c) in zip(pairs, cells, strict=True)
    ]


def _explore(
    start: int, near: dict[int, list[tuple[int, NDArray[np.int64]]]], seen: dict[int, NDArray[np.int64]]
) -> tuple[tuple[int, ...], int]:
    """Walk one part; `seen` takes the cell in which every node was met first."""
    seen[start] = np.zeros(3, dtype=np.int64)
    part, loops, waiting = [start], set(), deque([start])
    while waiting:
        here = waiting.popleft()
        for there, shift in near[here]:
            cell = seen[here] + shift
            if there not in seen:
                seen[there] = cell
                part.append(there)
                waiting.append(there)
            elif (cell != seen[there]).any():
                loops.add(tuple((cell - seen[there]).tolist()))
    dimension = int(np.linalg.matrix_rank(np.array(sorted(loops)))) if loops else 0
    return tuple(sorted(part)), dimension


def _counted(owners: Indices, wanted: Sequence[int] | Indices) -> Indices:
    wanted = np.asarray(wanted, dtype=np.int64)
    length = int(max(owners.max(initial=-1), wanted.max(initial=-1))) + 1
    return np.bincount(owners, minlength=length)[wanted]
