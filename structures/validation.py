"""Whether a model is what it says it is, and whether dynamics left its covalent graph alone."""

from collections import Counter

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model

__all__ = [
    "changed_bonds",
    "check_model",
    "closest_pair",
    "covalent_bonds",
]

BOND = 1.20
"""Two atoms are bonded within this multiple of the sum of their covalent radii (Cordero 2008, as in ASE)."""

FORMED = 1.15
BROKEN = 1.60
"""Hysteresis: a new bond forms below, an old one breaks beyond these multiples; a vibration does neither."""

TOO_CLOSE = 0.6
"""No two atoms are closer than this multiple of the sum of their covalent radii."""

DENSITY_LIMITS_G_CM3 = (0.01, 25.0)
DENSITY_RATIO = (0.35, 1.6)
"""A cell may be so much lighter or denser than its recipe's estimate: packed loosely, or fully annealed."""

NON_METALS = frozenset({"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I"})
"""Only bonds between these are covalent here; a metal ion changes neighbours without breaking anything."""


def covalent_bonds(atoms: Atoms) -> tuple[tuple[int, int], ...]:
    """Return the covalent graph of a periodic cell: all bonded pairs of non-metals.

    Parameters
    ----------
    atoms : Atoms
        Two atoms are bonded if any of their images are within 1.2 times the sum of covalent radii.

    Returns
    -------
    tuple of (int, int)
        Pairs of indices, the lower first, sorted; bonds of an atom to its own image are left out.
    """
    return tuple(sorted(_pairs(atoms, BOND)))


def changed_bonds(model: Model, atoms: Atoms) -> list[str]:
    """Name the bonds that broke or formed since the model was made.

    A bond of the model is broken beyond 1.6 times the sum of covalent radii; two other non-metals are newly
    bonded within 1.15 times.

    Parameters
    ----------
    model : Model
        Its `bonds` are held against `atoms`.
    atoms : Atoms
        A later frame, atoms in the same order.

    Returns
    -------
    list of str
        Such as `C3-O7 broke` (with an en dash), atoms counted from 1 as viewers do. Empty if none changed,
        or if the model has no covalent graph.

    Raises
    ------
    StructureError
        If the frame holds other atoms than the model.
    """
    if tuple(atoms.get_chemical_symbols()) != model.symbols:
        raise StructureError(
            f"the frame of {atoms.get_chemical_formula()} does not hold the atoms of {model.name}",
            where=model.name,
        )
    if model.bonds is None:
        return []
    known = set(model.bonds)
    broken = sorted(known - set(_pairs(atoms, BROKEN)))
    formed = sorted(set(_pairs(atoms, FORMED)) - known)
    return [f"{_bond(atoms, pair)} broke" for pair in broken] + [
        f"{_bond(atoms, pair)} formed" for pair in formed
    ]


def check_model(model: Model) -> Model:
    """Return the model if it is sound.

    Parameters
    ----------
    model : Model
        Composition must be that of its recipe, density sane and near the recipe's estimate, no two atoms
        on top of each other, and the stored covalent graph the one seen in the cell.

    Raises
    ------
    StructureError
        Naming the atoms or the numbers that are wrong.
    """
    _check_composition(model)
    _check_density(model)
    atoms = model.atoms
    near = closest_pair(atoms)
    if near is not None and near[2] < TOO_CLOSE * _sum_of_radii(atoms, near[0], near[1]):
        raise StructureError(
            f"{_atom(atoms, near[0])} and {_atom(atoms, near[1])} of {model.name} are {near[2]:.2f} Å apart",
            where=model.name,
        )
    if model.bonds is not None:
        seen, stored = set(covalent_bonds(atoms)), set(model.bonds)
        wrong = [f"{_bond(atoms, pair)} is missing" for pair in sorted(stored - seen)]
        wrong += [f"{_bond(atoms, pair)} is not in the graph" for pair in sorted(seen - stored)]
        if wrong:
            raise StructureError(f"the bonds of {model.name} are not as stored: {wrong[0]}", where=model.name)
    return model


def closest_pair(atoms: Atoms) -> tuple[int, int, float] | None:
    """Return the two atoms that are nearest for their size, and their distance in Å.

    Only pairs within 1.2 times the sum of covalent radii are seen; None if there are none. An atom and
    its own image make a pair too.
    """
    first, second, distances = neighbor_list("ijd", atoms, covalent_radii[atoms.numbers] * BOND)
    if not len(distances):
        return None
    radii = covalent_radii[atoms.numbers]
    worst = int(np.argmin(distances / (radii[first] + radii[second])))
    i, j = sorted((int(first[worst]), int(second[worst])))
    return i, j, float(distances[worst])


def _pairs(atoms: Atoms, factor: float) -> set[tuple[int, int]]:
    """Return pairs of non-metals whose nearest images are within `factor` times the sum of radii."""
    bonding = np.isin(atoms.get_chemical_symbols(), list(NON_METALS))
    radii: NDArray[np.float64] = np.where(bonding, covalent_radii[atoms.numbers] * factor, 0.0)
    first, second = neighbor_list("ij", atoms, radii)
    covalent = (first < second) & bonding[first] & bonding[second]
    return set(zip(first[covalent].tolist(), second[covalent].tolist(), strict=True))


def _check_composition(model: Model) -> None:
    expected = model.recipe.get("composition")
    if not isinstance(expected, dict):
        return
    found = dict(Counter(model.symbols))
    if found != expected:
        symbol = next(s for s in sorted({*found, *expected}) if found.get(s, 0) != expected.get(s, 0))
        has, wants = found.get(symbol, 0), expected.get(symbol, 0)
        raise StructureError(
            f"{model.name} holds {has} {symbol}, its recipe asks for {wants}", where=model.name
        )


def _check_density(model: Model) -> None:
    density = model.density_g_cm3
    low, high = DENSITY_LIMITS_G_CM3
    ideal = model.recipe.get("crystal_density_g_cm3") or model.recipe.get("density_estimate_g_cm3")
    if ideal:
        low, high = DENSITY_RATIO[0] * float(ideal), DENSITY_RATIO[1] * float(ideal)
    if not low <= density <= high:
        raise StructureError(
            f"{model.name} has a density of {density:.3f} g/cm3, outside {low:.2f} … {high:.2f}",
            where=model.name,
        )


def _sum_of_radii(atoms: Atoms, i: int, j: int) -> float:
    return float(covalent_radii[atoms.numbers[i]] + covalent_radii[atoms.numbers[j]])


def _atom(atoms: Atoms, index: int) -> str:
    return f"{atoms.symbols[index]}{index + 1}"


def _bond(atoms: Atoms, pair: tuple[int, int]) -> str:
    return f"{_atom(atoms, pair[0])}–{_atom(atoms, pair[1])}"
