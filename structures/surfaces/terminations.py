"""How a crystal ends at a surface: the cut, the surface cell, and what makes a polar slab lose its dipole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.surfaces.planes import (
    SAME_PLANE_A,
    Cut,
    cuts,
    lateral_cells,
    layers_of,
    offsets_in_groups,
    reduced_in_plane,
)

__all__ = ["POLAR_E_A2", "Termination"]

Array = NDArray[np.float64]

POLAR_E_A2 = 0.03
"""A slab with less dipole per volume than this counts as not polar; rock salt (111) has 0.1-0.2 e/Å²."""

_PATTERNS = 3000
"""Ways to take atoms from a plane that are tried, at most."""


@dataclass(frozen=True)
class _Move:
    """Atoms of a surface plane that change sides so that no dipole is left.

    Parameters
    ----------
    symbol : str
        Element that moves.
    downward : bool
        From the top to the bottom, or the other way.
    per_cell : float
        Atoms for each surface cell; need not be whole.
    charge : float
        Charge of one, e.
    """

    symbol: str
    downward: bool
    per_cell: float
    charge: float


class Termination:
    """The best cut of a crystal along a plane, and the slabs that it gives.

    Parameters
    ----------
    bulk : Atoms
        Primitive cell.
    indices : tuple of int
        Plane, in indices of that cell.
    charges : numpy.ndarray, shape (n,)
        Charge of each atom, e; zeros where they are not known.
    label : str
        What is cut, for messages.
    max_atoms : int
        Atoms of a slab at most.
    """

    def __init__(
        self, bulk: Atoms, indices: tuple[int, int, int], charges: Array, label: str, max_atoms: int
    ) -> None:
        self.bulk, self.indices, self.charges = bulk, indices, charges
        self.label, self.max_atoms = label, max_atoms
        self.repeat_A = 1 / float(np.linalg.norm(np.linalg.inv(bulk.cell.array) @ indices))
        self.area_A2 = float(bulk.get_volume()) / self.repeat_A
        found = cuts(bulk, indices, charges)
        self.cut = min(
            found, key=lambda cut: (cut.covalent, self._polar(cut), cut.bonds, _size(cut), cut.height_A)
        )

    @staticmethod
    def _polar(cut: Cut) -> bool:
        return bool(abs(cut.polarisation_e_A2) > POLAR_E_A2)

    def build(self, number: int, width_A: float) -> tuple[Atoms, dict[str, Any]]:
        """Return a slab of so many repeats, without vacuum, and what there is to tell of it.

        Raises
        ------
        StructureError
            If it has too many atoms, or a dipole that cannot be removed.
        """
        least = len(self.bulk) * number
        if least > self.max_atoms:
            raise StructureError(
                f"{self.label}: a slab of {number * self.repeat_A:.1f} Å has {least} atoms, more than the "
                f"{self.max_atoms} allowed",
                where=self.label,
                hint=f"--max-atoms {least} or more, or a thinner slab",
            )
        moves = list(self._moves()) if self._polar(self.cut) else []
        if self._polar(self.cut) and not moves:
            raise StructureError(
                f"{self.label} is polar ({self.cut.polarisation_e_A2:.3f} e/Å²) and no plane at its surface "
                "can be shared between both sides",
                where=self.label,
                hint="another plane",
            )
        move, matrix, width = self._lateral(self.max_atoms // least, width_A, moves)
        times = round(float(np.linalg.det(matrix)))
        told: dict[str, Any] = {
            "width_A": round(width, 4),
            "cut_bonds_per_A2": round(self.cut.bonds / self.area_A2, 4),
            "covalent_bonds_cut": self.cut.covalent * times,
        }
        if move is None:
            slab = layers_of(self.bulk, self.indices, number, cut_A=self.cut.height_A)
            left = self.cut.polarisation_e_A2
            told |= {"polarisation_e_A2": round(left, 5), "moved": None}
            return _repeated(slab, matrix), told
        count = round(move.per_cell * times)
        left = self._left(move, times)
        told |= {
            "polarisation_e_A2": round(left, 5),
            "moved": {
                "symbol": move.symbol,
                "number": count,
                "to": "bottom" if move.downward else "top",
                "why": f"the unrepaired cut has {self.cut.polarisation_e_A2:.3f} e/Å² (Tasker type III)",
            },
        }
        return self._repaired(number, matrix, move, count), told

    def _moves(self) -> Iterator[_Move]:
        """Yield what can change sides, the lightest charge first; no atom of a covalent group."""
        wanted = self.cut.polarisation_e_A2 * self.area_A2
        slab = layers_of(self.bulk, self.indices, 1, cut_A=self.cut.height_A)
        heights, symbols = slab.positions[:, 2], np.array(slab.get_chemical_symbols())
        single = ~offsets_in_groups(self.bulk).any(axis=1)
        found = []
        for downward in (True, False):
            edge = _surface_plane(heights, top=downward)
            for symbol in dict.fromkeys(symbols[edge & single]):
                present = edge & single & (symbols == symbol)
                charge = float(self.charges[np.flatnonzero(present)[0]])
                per_cell = (wanted if downward else -wanted) / charge if charge else 0.0
                if 0 < per_cell <= present.sum() + 1e-9:
                    found.append(_Move(str(symbol), downward, per_cell, charge))
        yield from sorted(found, key=lambda move: (abs(move.charge), not move.downward, move.symbol))

    def _left(self, move: _Move | None, times: int) -> float:
        """Return the dipole over volume, e/Å², that is left with whole atoms moved."""
        if move is None:
            return self.cut.polarisation_e_A2
        excess = round(move.per_cell * times) - move.per_cell * times
        sign = -1 if move.downward else 1
        return float(sign * excess * move.charge / (self.area_A2 * times))

    def _lateral(
        self, most: int, width_A: float, moves: Sequence[_Move]
    ) -> tuple[_Move | None, Array, float]:
        """Return the smallest surface cell that is wide enough; if none is, the widest."""
        flat = layers_of(self.bulk, self.indices, 1).cell.array
        reached: tuple[_Move | None, Array, float] | None = None
        options: Sequence[_Move | None] = moves or [None]
        for move in options:
            for times in range(1, most + 1):
                if abs(self._left(move, times)) > POLAR_E_A2 or (
                    move is not None and round(move.per_cell * times) == 0
                ):
                    continue
                matrix, width = lateral_cells(flat, times)
                if reached is None or width > reached[2] + 1e-6:
                    reached = move, matrix, width
                if width >= width_A:
                    return move, matrix, width
            if reached is not None:
                return reached
        raise StructureError(
            f"{self.label} is polar, and a slab that can be repaired has more than the {self.max_atoms} "
            "atoms allowed",
            where=self.label,
            hint="more atoms, or a thinner slab",
        )

    def _repaired(self, number: int, matrix: Array, move: _Move, count: int) -> Atoms:
        """Return the slab after `count` atoms changed sides.

        One repeat more is made; of it only the moved atoms stay, where the crystal would go on.
        """
        slab = _repeated(layers_of(self.bulk, self.indices, number + 1, cut_A=self.cut.height_A), matrix)
        layer = slab.get_array("layer")
        beyond, last = (0, number) if move.downward else (number, 0)
        isle = self._on_edge(slab, layer == beyond, move)
        leaving = self._on_edge(slab, layer == last, move)
        keep = layer != beyond
        keep[_spread(slab, isle, count)] = True
        keep[_spread(slab, leaving, count)] = False
        repaired: Atoms = slab[keep]
        return repaired

    @staticmethod
    def _on_edge(slab: Atoms, part: NDArray[np.bool_], move: _Move) -> NDArray[np.intp]:
        heights = np.where(part, slab.positions[:, 2], -np.inf if move.downward else np.inf)
        edge = _surface_plane(heights, top=move.downward)
        return np.flatnonzero(part & edge & (np.array(slab.get_chemical_symbols()) == move.symbol))


def _surface_plane(heights: Array, *, top: bool) -> NDArray[np.bool_]:
    """Return which atoms lie in the outermost plane."""
    if top:
        return np.asarray(heights > heights.max() - SAME_PLANE_A)
    return np.asarray(heights < heights.min() + SAME_PLANE_A)


def _repeated(slab: Atoms, matrix: Array) -> Atoms:
    from ase.build import make_supercell  # noqa: PLC0415

    wide: Atoms = make_supercell(slab, matrix, wrap=False)
    return reduced_in_plane(wide)


def _spread(slab: Atoms, plane: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the atoms of a plane that lie evenly, as those that stay do."""
    flat = slab[plane]
    flat.pbc = [True, True, False]
    distances = flat.get_all_distances(mic=True)
    near = np.divide(1.0, distances, out=np.zeros_like(distances), where=distances > 0)
    everyone = range(len(plane))
    if comb(len(plane), count) <= _PATTERNS:
        choices: Iterator[Sequence[int]] = combinations(everyone, count)
    else:
        rng = np.random.default_rng(0)
        choices = (rng.choice(len(plane), count, replace=False).tolist() for _ in range(_PATTERNS))

    def crowding(chosen: Sequence[int]) -> float:
        taken = np.isin(everyone, chosen)
        return float(near[np.ix_(taken, taken)].sum() + near[np.ix_(~taken, ~taken)].sum())

    best = min(choices, key=lambda chosen: (round(crowding(chosen), 6), tuple(chosen)))
    return plane[list(best)]


def _size(cut: Cut) -> float:
    return round(abs(cut.polarisation_e_A2), 4)
