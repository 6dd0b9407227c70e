"""What a structure shows of its sulfur: sulfide, sulfite, sulfate."""

from collections import Counter

import numpy as np
from ase.neighborlist import primitive_neighbor_list
from numpy.typing import ArrayLike

__all__ = ["LONGEST_SO_A", "sulfur_groups"]

LONGEST_SO_A = 2.0
"""Longest S-O bond, Å: 1.43 in SO2 to 1.65 in sulfites; the next shell begins beyond 2.4."""

_SHARES = {
    0: {"sulfide": 1.0},
    1: {"sulfide": 2 / 3, "sulfite": 1 / 3},
    2: {"sulfide": 1 / 3, "sulfite": 2 / 3},
    3: {"sulfite": 1.0},
}
"""Sulfur with one or two oxygens, of states 0 and +2, lies between sulfide (-2) and sulfite (+4)."""


def sulfur_groups(symbols: tuple[str, ...], positions_A: ArrayLike, cell_A: ArrayLike) -> dict[str, float]:
    """Count sulfurs by the oxygens bonded to them.

    Parameters
    ----------
    symbols : tuple of str
        Elements, one per atom.
    positions_A : array_like, shape (atoms, 3)
        Positions, Å.
    cell_A : array_like, shape (3, 3)
        Lattice vectors as rows, Å; periodic.

    Returns
    -------
    dict of str to float
        Sulfurs per cell as `sulfide`, `sulfite` and `sulfate`; empty without sulfur.
    """
    first = primitive_neighbor_list(
        "i",
        (True, True, True),
        np.asarray(cell_A, dtype=float),
        np.asarray(positions_A, dtype=float),
        {("S", "O"): LONGEST_SO_A},
        numbers=_numbers(symbols),
    )
    bonds = Counter(int(atom) for atom in np.atleast_1d(first) if symbols[int(atom)] == "S")
    groups: Counter[str] = Counter()
    for atom, symbol in enumerate(symbols):
        if symbol == "S":
            groups.update(_SHARES.get(bonds[atom], {"sulfate": 1.0}))
    return dict(groups)


def _numbers(symbols: tuple[str, ...]) -> np.ndarray:
    from ase.data import atomic_numbers  # noqa: PLC0415

    return np.array([atomic_numbers[symbol] for symbol in symbols])
