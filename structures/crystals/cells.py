"""Shipped crystals and their supercells."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from lithicoat.structures.catalog.materials_project import is_material_id, material_file, material_provenance
from lithicoat.structures.crystals.index import CRYSTALS, CrystalInfo, crystal_info, crystal_names
from lithicoat.structures.formulas import parse_formula
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import CrystalRecipe

__all__ = [
    "CrystalInfo",
    "conventional_cell",
    "crystal_elements",
    "crystal_info",
    "crystal_model",
    "crystal_names",
    "load_crystal",
    "supercell_for",
    "supercell_of_width",
]

_OFFSETS = np.array(list(product((-1, 0, 1), repeat=9))).reshape(-1, 3, 3)
_ROUNDING_A = 1e-3
_TIE = 1e-2
"""Cells equally good within this fraction are judged by their shape."""


def load_crystal(file_name: str) -> Atoms:
    """Read a crystal as its conventional cell.

    Parameters
    ----------
    file_name : str
        A shipped file such as `Li2S_225.cif`, the full path of another, or an id of the Materials Project
        such as `mp-1138`.

    Returns
    -------
    Atoms
        Periodic in all directions, with nothing attached to it.

    Raises
    ------
    StructureError
        If there is no such crystal, a file of one's own cannot be read, or one of the Materials Project
        cannot be had.
    """
    if Path(file_name).is_absolute():
        from lithicoat.structures.io import read_atoms  # noqa: PLC0415 - io reads many formats, this needs one

        return read_atoms(Path(file_name))
    from ase.io import read  # noqa: PLC0415 - parsers load only when a crystal is wanted

    shipped = not is_material_id(file_name)
    atoms: Any = read(CRYSTALS / crystal_info(file_name).file if shipped else material_file(file_name))
    return Atoms(atoms.get_chemical_symbols(), positions=atoms.positions, cell=atoms.cell, pbc=True)


def conventional_cell(atoms: Atoms, *, symprec_A: float = 0.01) -> Atoms:
    """Return the conventional cell of a crystal, so that its low-index faces have low indices.

    Parameters
    ----------
    atoms : Atoms
        Any cell of the crystal.
    symprec_A : float
        Atoms may be so far from the places that symmetry gives them, Å; they are put there.
    """
    from pymatgen.io.ase import AseAtomsAdaptor  # noqa: PLC0415
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer  # noqa: PLC0415

    found = SpacegroupAnalyzer(
        AseAtomsAdaptor.get_structure(atoms), symprec=symprec_A
    ).get_conventional_standard_structure()
    return Atoms(
        [site.specie.symbol for site in found],
        positions=found.cart_coords,
        cell=found.lattice.matrix,
        pbc=True,
    )


def crystal_elements(file_name: str) -> set[str]:
    """Return the elements of a crystal, from the index where it is a shipped one.

    Raises
    ------
    StructureError
        As `load_crystal`.
    """
    if Path(file_name).is_absolute() or is_material_id(file_name):
        return set(load_crystal(file_name).get_chemical_symbols())
    return set(parse_formula(crystal_info(file_name).formula))


def crystal_model(recipe: CrystalRecipe, *, name: str, max_atoms: int) -> Model:
    """Return a nearly cubic supercell of a crystal.

    Parameters
    ----------
    recipe : CrystalRecipe
        Which crystal.
    name : str
        Name of the model.
    max_atoms : int
        Atoms at most; a crystal whose cell is larger comes as one cell.

    Raises
    ------
    StructureError
        As `load_crystal`.
    """
    unit_cell = load_crystal(recipe.cif)
    atoms = supercell_for(unit_cell, max_atoms)
    story = {"builder": recipe.builder, "cif": Path(recipe.cif).name, "cells": len(atoms) // len(unit_cell)}
    if is_material_id(recipe.cif):
        story |= material_provenance(recipe.cif)
    elif not Path(recipe.cif).is_absolute():
        info = crystal_info(recipe.cif)
        story |= {
            "source": info.source,
            "origin": info.origin,
            "flag": info.flag,
            "note": info.note,
            "density_reference_g_cm3": info.density_reference_g_cm3,
        }
    return Model.from_atoms(atoms, name=name, kind=ModelKind.CRYSTAL, recipe=story)


def supercell_for(atoms: Atoms, max_atoms: int, *, min_atoms: int = 1) -> Atoms:
    """Repeat a cell to a nearly cubic one whose images are as far apart as `max_atoms` allows.

    For each number of cells the most nearly cubic shape is sought among integer combinations of the
    lattice vectors, by the metric score of `ase.build.supercells.eval_shape_deviation` (0 for a cube).
    Of these the one is taken whose shortest lattice vector times (1 - score) is longest; where several
    are equal within 1 %, the most nearly cubic, then the smallest. Axes are not rotated, so that
    tensors keep their crystal axes.

    Parameters
    ----------
    atoms : Atoms
        A periodic cell.
    max_atoms : int
        Atoms at most; a cell that is larger already is returned as it is.
    min_atoms : int
        Atoms at least, where a whole number of cells lies between the two.

    Returns
    -------
    Atoms
        A new object.
    """
    from ase.build import make_supercell  # noqa: PLC0415

    best, transformation = None, np.eye(3, dtype=int)
    for count in range(max(1, -(-min_atoms // len(atoms))), max_atoms // len(atoms) + 1):
        found = _nearest_cube(atoms.cell.array, count)
        if found is None:
            continue
        matrix, reach, deviation = found
        merit = reach * (1 - deviation)
        tied = best is not None and abs(merit - best[0]) <= _TIE * abs(best[0])
        if best is None or (deviation < best[1] if tied else merit > best[0]):
            best, transformation = (merit, deviation), matrix
    supercell: Atoms = make_supercell(atoms, transformation)
    return supercell


def supercell_of_width(atoms: Atoms, width_A: float, *, max_atoms: int) -> Atoms:
    """Repeat a cell to the smallest nearly cubic one whose images are `width_A` apart.

    Parameters
    ----------
    atoms : Atoms
        A periodic cell.
    width_A : float
        Least distance between an atom and its own images, Å.
    max_atoms : int
        Atoms at most; where they do not suffice, the widest cell that they make; a cell that is larger
        already is returned as it is.

    Returns
    -------
    Atoms
        A new object.
    """
    from ase.build import make_supercell  # noqa: PLC0415

    widest, transformation = 0.0, np.eye(3, dtype=int)
    for count in range(1, max_atoms // len(atoms) + 1):
        found = _nearest_cube(atoms.cell.array, count)
        if found is not None and found[1] > widest + _ROUNDING_A:
            transformation, widest, _ = found
        if widest >= width_A - _ROUNDING_A:
            break
    supercell: Atoms = make_supercell(atoms, transformation)
    return supercell


def _nearest_cube(cell: np.ndarray, count: int) -> tuple[np.ndarray, float, float] | None:
    """Return the most nearly cubic matrix of determinant `count`, its shortest vector in Å and its score."""
    from ase.build.supercells import eval_shape_deviation  # noqa: PLC0415
    from ase.geometry import minkowski_reduce  # noqa: PLC0415

    edge = np.cbrt(count * abs(np.linalg.det(cell)))
    ideal = edge * np.linalg.inv(cell)
    matrices = np.rint(ideal).astype(int) + _OFFSETS
    matrices = matrices[np.rint(np.linalg.det(matrices)).astype(int) == count]
    if not len(matrices):
        return None
    scores = np.round(eval_shape_deviation(matrices @ cell), 6)
    equal = matrices[scores == scores.min()]
    best = equal[np.argmin(((equal - ideal) ** 2).sum(axis=(1, 2)))]  # of equal shapes the least turned
    reach = float(np.linalg.norm(minkowski_reduce(best @ cell)[0], axis=1).min())
    return best, reach, float(scores.min())
