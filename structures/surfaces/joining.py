"""Two sheets in one cell: film on electrode, with vacuum or between two surfaces."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.surfaces.sheets import Bonds, Sheet, seat_A

__all__ = ["Joined", "join"]

REGISTRY = 4
"""A film is tried at so many places along each vector of the smaller unit cell, to sink in deepest."""

HELD = 1 / 3
"""Under vacuum, atoms in the lowest third of the electrode are held in place, as those of its bulk are."""


@dataclass(frozen=True)
class Joined:
    """A cell with electrode and film.

    Parameters
    ----------
    atoms : Atoms
        Electrode first, then film.
    bonds : tuple of (int, int), optional
        Covalent graph, None for metals and ions.
    gap_A : float
        Height from the electrode's highest to the film's lowest atom, Å; negative where they interlock.
    upper_gap_A : float or None
        The same between the film and the electrode above it; None under vacuum.
    fixed : tuple of int
        Atoms held in place; none without vacuum.
    """

    atoms: Atoms
    bonds: Bonds | None
    gap_A: float
    upper_gap_A: float | None
    fixed: tuple[int, ...]


def join(
    electrode: Sheet, film: Sheet, *, vacuum_A: float, unit_A: NDArray[np.float64] | None = None
) -> Joined:
    """Lay a film on an electrode, both on the same cell, at contact.

    Parameters
    ----------
    electrode, film : Sheet
        Lower and upper side.
    vacuum_A : float
        Empty height above the film; 0 puts the electrode's next image in contact with the film's top.
    unit_A : array of shape (2, 2), optional
        Vectors by which the film may be shifted to find its seat, Å; None leaves it as it is.
    """
    seated, gap = _seated(electrode, film, unit_A)
    top = electrode.positions_A[:, 2].max()
    both = seated.on(electrode, height_A=top + gap)
    height = both.thickness_A
    if vacuum_A:
        held = electrode.positions_A[:, 2] <= electrode.thickness_A * HELD + 1e-6
        atoms = both.shifted((0, 0, vacuum_A / 2)).in_cell(height + vacuum_A)
        return Joined(atoms, both.bonds, gap, None, tuple(np.flatnonzero(held).tolist()))
    upper = seat_A(seated, electrode)
    return Joined(both.in_cell(height + upper), both.bonds, gap, upper, ())


def _seated(electrode: Sheet, film: Sheet, unit_A: NDArray[np.float64] | None) -> tuple[Sheet, float]:
    """Return the film at the place where it comes nearest to the electrode, and the gap there, Å."""
    if unit_A is None:
        return film, seat_A(electrode, film)
    places = [
        film.shifted((*(np.array(step) / REGISTRY @ unit_A), 0.0))
        for step in product(range(REGISTRY), repeat=2)
    ]
    gaps = np.round([seat_A(electrode, place) for place in places], 6)
    best = int(np.argmin(gaps))
    return places[best], float(gaps[best])
