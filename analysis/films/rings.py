"""Rings in the network of a film: shortest-path rings on the graph of its bonds."""

from collections.abc import Mapping

import numpy as np
from ase import Atoms

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.shells import Cell

__all__ = ["LARGEST_RING", "Bonds", "ring_counts"]

Bonds = Mapping[tuple[str, str], float]
"""Longest bond in Å of each pair of elements that bonds."""

LARGEST_RING = 8
"""Atoms of the largest ring looked for: four cations and four anions."""


def ring_counts(cell: Cell, bonds: Bonds, *, largest: int = LARGEST_RING) -> dict[int, float]:
    """Count the rings of a periodic cell by their size.

    A ring counts if no path between two of its atoms is shorter than the way along it (shortest-path rings:
    Franzblau, Phys. Rev. B 44, 4925 (1991), by matscipy): diamond has two six-rings per atom, and no others.
    In a network of cations and anions a ring of 2n atoms has n cations.

    Parameters
    ----------
    cell : Cell
        The cell. It is repeated until no ring can close through its own image.
    bonds : mapping of (str, str) to float
        Two atoms of these elements are bonded if they are nearer than this, Å.
    largest : int
        Atoms of the largest ring looked for, 3 at least.

    Returns
    -------
    dict of int to float
        Atoms of a ring → number of such rings per cell; sizes that do not occur are left out.

    Raises
    ------
    DataError
        If there are no bonds to look at, or `largest` is below 3.
    """
    if largest < 3:
        raise DataError(f"largest is {largest}, the smallest ring has 3 atoms", where="largest")
    if not bonds:
        raise DataError("no pair of elements is bonded", where="bonds", hint="give a longest bond in Å")
    elements = {symbol for pair in bonds for symbol in pair}
    chosen = [index for index, symbol in enumerate(cell.symbols) if symbol in elements]
    if not chosen:
        return {}
    from matscipy.rings import ring_statistics  # noqa: PLC0415 - compiled; few commands count rings

    atoms = Atoms(
        [cell.symbols[index] for index in chosen], cell.positions_A[chosen], cell=cell.cell_A, pbc=True
    )
    longest = max(bonds.values())
    heights = 1 / np.linalg.norm(np.linalg.inv(cell.cell_A), axis=0)
    repeats = [int(np.ceil((largest + 1) * longest / height)) for height in heights]
    counts = ring_statistics(atoms.repeat(repeats), dict(bonds), maxlength=largest + 1)
    copies = int(np.prod(repeats))
    return {size: float(number) / copies for size, number in enumerate(counts) if number}
