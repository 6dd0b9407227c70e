"""The largest hole between the atoms of any cell, and the cell with one more atom in it."""

import math
from collections import Counter

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model

__all__ = ["filled", "largest_void"]

Array = NDArray[np.float64]

AROUND_A = 9.0
"""Images of the atoms up to this far outside the cell are counted; no hole of a solid is as wide."""
TIGHTEST_A = 1.2
"""No atom is put nearer than this to another one, Å."""
_ROUNDING = 4
"""Decimals by which holes of one size, and places in the cell, are told apart."""


def largest_void(atoms: Atoms) -> tuple[Array, float]:
    """Return the place that is farthest from all atoms, and how far it is from the nearest.

    Such places are vertices of the Voronoi tessellation around the atoms; where several are equally far, the
    one with the least fractional coordinates is taken.

    Parameters
    ----------
    atoms : Atoms
        Periodic cell.

    Returns
    -------
    numpy.ndarray, shape (3,)
        Cartesian position in the cell, Å.
    float
        Distance to the nearest atom, Å.
    """
    from scipy.spatial import Voronoi, cKDTree  # noqa: PLC0415 - only where a hole is sought

    points = _with_images(atoms)
    vertices = Voronoi(points).vertices
    fractional = vertices @ np.linalg.inv(atoms.cell.array)
    inside = ((fractional > -1e-6) & (fractional < 1 - 1e-6)).all(axis=1)
    vertices, fractional = vertices[inside], np.round(fractional[inside], _ROUNDING) + 0.0
    distances = np.round(cKDTree(points).query(vertices)[0], _ROUNDING)
    order = np.lexsort((*fractional.T[::-1], -distances))
    best = int(order[0])
    place: Array = vertices[best]
    return place, float(distances[best])


def filled(model: Model, element: str) -> Model:
    """Put one more atom into the largest hole of a model.

    Parameters
    ----------
    model : Model
        Any cell.
    element : str
        Symbol of the atom, which becomes the last one.

    Returns
    -------
    Model
        With the step in its recipe.

    Raises
    ------
    StructureError
        If the largest hole is too narrow.
    """
    atoms = model.atoms
    atoms.set_constraint()
    place, room_A = largest_void(atoms)
    if room_A < TIGHTEST_A:
        raise StructureError(
            f"{model.name} has no room for another {element}: no place is {TIGHTEST_A:g} Å from all atoms",
            where=model.name,
            hint=f"the largest hole is {room_A:.2f} Å from the nearest",
        )
    atoms.extend(Atoms([element], positions=[place]))
    step = {"step": "interstitial", "element": element, "room_A": room_A}
    held = dict(sorted(Counter(atoms.get_chemical_symbols()).items()))
    return Model.from_atoms(
        atoms,
        name=model.name,
        kind=model.kind,
        seed=model.seed,
        bonds=model.bonds,
        fixed=model.fixed,
        recipe={**model.recipe, "composition": held, "steps": [*model.recipe.get("steps", []), step]},
    )


def _with_images(atoms: Atoms) -> Array:
    """Return the positions of the atoms and of all images near the cell, shape (points, 3)."""
    lattice = atoms.cell.array
    heights = 1 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    spans = [np.arange(-math.ceil(AROUND_A / height), math.ceil(AROUND_A / height) + 1) for height in heights]
    shifts = np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, 3)
    fractional = (atoms.get_scaled_positions(wrap=True)[None] + shifts[:, None]).reshape(-1, 3)
    margin = AROUND_A / heights
    near = ((fractional > -margin) & (fractional < 1 + margin)).all(axis=1)
    points: Array = fractional[near] @ lattice
    return points
