"""Symmetry of a cell: its space group, its primitive and its conventional cell (spglib)."""

from typing import Any

import numpy as np
from ase import Atoms

__all__ = ["conventional_cell", "equivalent_sites", "primitive_cell", "space_group"]

TOLERANCE_A = 0.05
"""What positions may be off their symmetry, Å: relaxed cells are within it, other structures are not."""


def space_group(atoms: Atoms, *, tolerance_A: float = TOLERANCE_A) -> tuple[str, int]:
    """Return symbol and number of the space group."""
    found = _spglib().get_symmetry_dataset(_cell(atoms), symprec=tolerance_A)
    return ("P1", 1) if found is None else (str(found.international), int(found.number))


def equivalent_sites(atoms: Atoms, *, tolerance_A: float = TOLERANCE_A) -> list[list[int]]:
    """Return the sets of atoms that symmetry makes equal, by their indices, large sets first."""
    found = _spglib().get_symmetry_dataset(_cell(atoms), symprec=tolerance_A)
    labels = range(len(atoms)) if found is None else found.equivalent_atoms.tolist()
    groups: dict[int, list[int]] = {}
    for index, label in enumerate(labels):
        groups.setdefault(label, []).append(index)
    return sorted(groups.values(), key=len, reverse=True)


def primitive_cell(atoms: Atoms, *, tolerance_A: float = TOLERANCE_A) -> Atoms:
    """Return the primitive cell, oriented as the given one."""
    return _standard(atoms, to_primitive=True, no_idealize=True, symprec=tolerance_A)


def conventional_cell(atoms: Atoms, *, tolerance_A: float = TOLERANCE_A) -> Atoms:
    """Return the conventional cell with all positions on their symmetry exactly."""
    return _standard(atoms, to_primitive=False, no_idealize=False, symprec=tolerance_A)


def _standard(atoms: Atoms, **options: Any) -> Atoms:
    found = _spglib().standardize_cell(_cell(atoms), **options)
    if found is None:
        same: Atoms = atoms.copy()
        return same
    lattice, positions, numbers = found
    elements = list(dict.fromkeys(atoms.numbers.tolist()))
    order = np.argsort([elements.index(number) for number in numbers], kind="stable")
    return Atoms(
        np.asarray(numbers)[order], scaled_positions=np.asarray(positions)[order], cell=lattice, pbc=True
    )


def _cell(atoms: Atoms) -> tuple[Any, Any, Any]:
    return atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers


def _spglib() -> Any:
    import spglib  # noqa: PLC0415 - only where symmetry is asked for

    return spglib
