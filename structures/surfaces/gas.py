"""Oxygen molecules in the empty space of a cell: over a slab, or in the gap above an interface."""

import numpy as np
from ase import Atoms
from ase.data import vdw_radii
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model

__all__ = ["gas_room", "with_oxygen"]

O2_BOND_A = 1.208
"""Equilibrium distance of O2 (Huber and Herzberg, Constants of Diatomic Molecules, 1979: 1.2075 Å)."""

CLEARANCE_A = 2.5
"""An O2 starts at least so far from every other atom: nothing has reacted before the run begins."""

TRIALS = 1000
"""Random places that are tried for one molecule."""


def gas_room(atoms: Atoms) -> tuple[float, float]:
    """Return the lower and the upper height, Å, of the largest empty space of a cell along z.

    The upper one may lie beyond the top of the cell, in its next image.

    Parameters
    ----------
    atoms : Atoms
        Periodic, the third vector along z.
    """
    height = float(atoms.cell[2, 2])
    levels = np.sort(atoms.positions[:, 2] % height)
    gaps = np.diff(np.append(levels, levels[0] + height))
    lowest = int(np.argmax(gaps))
    return float(levels[lowest]), float(levels[lowest] + gaps[lowest])


def with_oxygen(model: Model, *, molecules: int, seed: int) -> Model:
    """Put O2 molecules at random into the empty space of a slab or an interface.

    Parameters
    ----------
    model : Model
        A cell with vacuum, z along its normal.
    molecules : int
        How many O2.
    seed : int
        The same seed gives the same places.

    Returns
    -------
    Model
        The film's atoms first, in their order, then O O pairs, molecule by molecule. Its recipe tells
        under `gas` the number of molecules, the index of their first atom, and the volume of the gas, Å³
        (from surface to surface, at half the van der Waals distance of oxygen).

    Raises
    ------
    StructureError
        If there is no molecule to add, no empty space, or too little of it.
    """
    if molecules < 1:
        raise StructureError(f"{molecules} O2 are no gas, must be at least 1", where="molecules")
    atoms = model.atoms
    atoms.set_constraint()
    low, high = gas_room(atoms)
    if high - low < 2 * CLEARANCE_A + O2_BOND_A:
        raise StructureError(
            f"{model.name} has an empty height of {high - low:.1f} Å, too little for a gas",
            where=model.name,
            hint=f"a vacuum of {2 * CLEARANCE_A + O2_BOND_A:.0f} Å or more",
        )
    filled = _filled(atoms, molecules, (low, high), np.random.default_rng(seed), name=model.name)
    area = float(np.linalg.norm(np.cross(*atoms.cell.array[:2])))
    facts = {
        "molecules": molecules,
        "first_atom": len(atoms),
        "volume_A3": round(area * (high - low - float(vdw_radii[8])), 2),
    }
    story = {
        **model.recipe,
        "composition": dict(sorted(filled.symbols.formula.count().items())),
        "gas": facts,
        "steps": [*model.recipe.get("steps", []), {"step": "oxygen", "seed": seed, **facts}],
    }
    return Model.from_atoms(
        filled, name=model.name, kind=model.kind, seed=seed, fixed=model.fixed, recipe=story
    )


def _filled(
    atoms: Atoms, molecules: int, room_A: tuple[float, float], rng: np.random.Generator, *, name: str
) -> Atoms:
    work: Atoms = atoms.copy()
    for number in range(molecules):
        for _ in range(TRIALS):
            pair = _random_pair(work, room_A, rng)
            if _clear(work, pair):
                break
        else:
            raise StructureError(
                f"only {number} of {molecules} O2 found room over {name}",
                where=name,
                hint="fewer molecules, or more vacuum",
            )
        work += Atoms("O2", positions=pair)
    return work


def _random_pair(atoms: Atoms, room_A: tuple[float, float], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return both atoms of a molecule, its centre anywhere in the room, its axis in any direction."""
    along, across, height = rng.random(3)
    low, high = room_A[0] + CLEARANCE_A, room_A[1] - CLEARANCE_A
    centre = along * atoms.cell[0] + across * atoms.cell[1]
    centre = np.array([centre[0], centre[1], (low + height * (high - low)) % atoms.cell[2, 2]])
    axis = rng.normal(size=3)
    half: NDArray[np.float64] = axis / np.linalg.norm(axis) * O2_BOND_A / 2
    return np.array([centre - half, centre + half])


def _clear(atoms: Atoms, pair: NDArray[np.float64]) -> bool:
    from ase.geometry import get_distances  # noqa: PLC0415 - loads scipy

    _, distances = get_distances(pair, atoms.positions, cell=atoms.cell, pbc=True)
    return bool(np.min(distances) >= CLEARANCE_A)
