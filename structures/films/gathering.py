"""Better starts than Packmol alone can give: oxygens drawn to their ions, chains pressed together.

Packmol keeps rigid molecules apart. An ion of three or four charges then has one oxygen where it wants four
to six, and in the first steps of dynamics it would tear a bond to get them; stiff chains fill half of the
space. Both are mended with a plain classical model before any potential sees the cell.
"""

from dataclasses import replace

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.films.crosslinks import PeriodicGraph, metal_oxygen_contacts
from lithicoat.structures.films.springs import SpringModel
from lithicoat.structures.radii import contact_radius_A
from lithicoat.structures.validation import NON_METALS

__all__ = ["gather", "lonely_share", "overlapping", "press"]

STEPS = 250
"""Of L-BFGS, at most: it need not be a minimum, the potential takes over from there."""

CALL_WIDTH_A = 2.0
CALL_STEPS = 100
"""First the wells are wide, so that no oxygen is left alone because all ions are far from it."""

PRESSED = 0.04
"""A press takes so much of the volume at a time."""

PRESS_STEPS = 60
STILL_APART = 0.9
"""Contacts of a pressed cell are at least this share of those asked of Packmol."""


def gather(atoms: Atoms, bonds: tuple[tuple[int, int], ...]) -> Atoms:
    """Return the cell with oxygens drawn to its metal ions, molecules as they were but for their torsions.

    Parameters
    ----------
    atoms : Atoms
        An orthogonal box with whole molecules. Where it is not periodic along z, its floor and ceiling are
        walls that every atom keeps its contact radius away from.
    bonds : tuple of (int, int)
        Covalent graph.
    """
    gathered: Atoms = atoms.copy()
    model = SpringModel.of(atoms, bonds)
    called = _settled(replace(model, width_A=CALL_WIDTH_A), atoms.positions, steps=CALL_STEPS)
    gathered.positions = _settled(model, called, steps=STEPS)
    return gathered


def press(atoms: Atoms, bonds: tuple[tuple[int, int], ...], *, volume_A3: float) -> Atoms:
    """Return the cell pressed together towards a volume, molecules as they were but for their torsions.

    Parameters
    ----------
    atoms : Atoms
        As for `gather`; between walls only the height gives way.
    bonds : tuple of (int, int)
        Covalent graph.
    volume_A3 : float
        Volume to reach, Å³. The press stops before it when molecules would come too close.
    """
    model = SpringModel.of(atoms, bonds)
    molecules = _molecules(len(atoms), bonds)
    axes = np.array([0, 0, 1] if not atoms.pbc[2] else [1 / 3] * 3)
    pressed: Atoms = atoms.copy()
    while pressed.get_volume() > volume_A3 * (1 + 1e-9):
        share = max(volume_A3 / pressed.get_volume(), 1 - PRESSED)
        scale = share**axes
        moved = pressed.positions.copy()
        for molecule in molecules:
            moved[molecule] += (scale - 1) * moved[molecule].mean(axis=0)
        model = model.scaled(scale)
        positions = _settled(model, moved, steps=PRESS_STEPS)
        trial = pressed.copy()
        trial.set_cell(pressed.cell.lengths() * scale)
        trial.positions = positions
        if overlapping(trial, bonds):
            break
        pressed = trial
    return pressed


def overlapping(atoms: Atoms, bonds: tuple[tuple[int, int], ...]) -> bool:
    """Return whether molecules of a cell, or a molecule and its own image, come too close to each other.

    Atoms of one molecule and one image may be as near as they are, and so may an ion and an oxygen.
    """
    from ase.neighborlist import neighbor_list  # noqa: PLC0415

    radii = np.array([contact_radius_A(symbol) for symbol in atoms.symbols])
    owner = np.zeros(len(atoms), dtype=int)
    for number, part in enumerate(_molecules(len(atoms), bonds)):
        owner[part] = number
    first, second, vectors = neighbor_list("ijD", atoms, radii * STILL_APART)
    direct = np.isclose(vectors, atoms.positions[second] - atoms.positions[first], atol=1e-6).all(axis=1)
    symbols = np.array(atoms.get_chemical_symbols())
    ion, oxygen = ~np.isin(symbols, list(NON_METALS)), symbols == "O"
    tied = (ion[first] & oxygen[second]) | (oxygen[first] & ion[second])
    return bool((~tied & ~(direct & (owner[first] == owner[second]))).any())


def lonely_share(atoms: Atoms, bonds: tuple[tuple[int, int], ...]) -> float:
    """Return the share of the alkoxide oxygens (those with one bond) that touch no metal ion."""
    partners = np.bincount(np.array(bonds, dtype=np.int64).ravel(), minlength=len(atoms))
    alkoxides = np.flatnonzero((np.array(atoms.get_chemical_symbols()) == "O") & (partners == 1))
    around = metal_oxygen_contacts(atoms).ions_around(alkoxides)
    return float((around == 0).mean()) if len(alkoxides) else 0.0


def _molecules(number: int, bonds: tuple[tuple[int, int], ...]) -> list[list[int]]:
    graph = PeriodicGraph.of(range(number), [(i, j, (0, 0, 0)) for i, j in bonds])
    return [list(part) for part in graph.parts]


def _settled(model: SpringModel, positions: NDArray[np.float64], *, steps: int) -> NDArray[np.float64]:
    from scipy.optimize import minimize  # noqa: PLC0415

    found = minimize(model.energy, positions.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return np.asarray(found.x).reshape(-1, 3)
