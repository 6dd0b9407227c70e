"""What a film lies on: a face of an electrode, as a sheet and as a rectangular base."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.recipes import CrystalRecipe, LayeredOxideRecipe
from lithicoat.structures.surfaces.faces import Miller, face_of
from lithicoat.structures.surfaces.matching import Misfit, misfit_of
from lithicoat.structures.surfaces.planes import parse_miller
from lithicoat.structures.surfaces.sheets import Sheet

__all__ = ["Electrode", "Rectangle", "default_electrode", "electrode_of", "electrode_sheet", "rectangle_of"]

_FORM = re.compile(r"^(?P<name>[^()]+)\((?P<face>[^()]+)\)$")
_EXAMPLES = "Li(100), Li(110), NMC811(104) or NMC811@0.5(012)"

_DEFAULTS = {Role.ANODE: "Li(100)", Role.BOTH: "Li(100)", Role.CATHODE: "NMC811(104)"}

OXIDE_SHARE = 0.6
"""Share of all atoms that the slab of a layered oxide may have: its order needs a large cell."""

OXIDE_WIDTH_A = 8.0
"""An atom of a layered oxide is at least so far from its own image where the atoms allow it."""

RECTANGULAR = 1e-3
"""A cell that has to be strained by less is rectangular as it is."""

MOST_SKEWED = 0.01
"""Rectangles that need strains differing by less are equally good: then the smaller is taken."""


@dataclass(frozen=True)
class Electrode:
    """One face of an electrode.

    Parameters
    ----------
    name : str
        Id of the catalog, or stem of a file.
    miller : tuple of int
        Indices of the face.
    solid : Atoms or LayeredOxideRecipe
        What it is cut from.
    """

    name: str
    miller: Miller
    solid: Atoms | LayeredOxideRecipe

    @property
    def label(self) -> str:
        """Name and face: `Li(100)`."""
        return f"{self.name}({''.join(map(str, self.miller))})"


@dataclass(frozen=True)
class Rectangle:
    """A sheet on a rectangular cell.

    Parameters
    ----------
    sheet : Sheet
        Its vectors are at right angles.
    misfit : Misfit
        Strain that made it so.
    """

    sheet: Sheet
    misfit: Misfit


def default_electrode(role: Role, *, name: str) -> str:
    """Return the electrode that a film of this role is put on: lithium, or NMC for cathode films.

    Raises
    ------
    StructureError
        If the role says nothing.
    """
    if role not in _DEFAULTS:
        raise StructureError(f"{name} is no film for an electrode", where=name, hint=f"--on {_EXAMPLES}")
    return _DEFAULTS[role]


def electrode_of(text: str, *, find: Callable[[str], Coating]) -> Electrode:
    """Read `Li(100)`, `NMC811@0.5(012)`, or a structure file with a face, `Cu.cif(111)`.

    Parameters
    ----------
    text : str
        Catalog id or file, and Miller indices in round brackets.
    find : callable
        Looks an id up in the catalog.

    Raises
    ------
    StructureError
        If the text has another form, the electrode is unknown, or is no crystal.
    """
    match = _FORM.match(text.strip())
    if match is None:
        raise StructureError(
            f"'{text}' does not name an electrode and its face", where="--on", hint=_EXAMPLES
        )
    name, miller = match["name"].strip(), parse_miller(match["face"])
    path = Path(name)
    if path.is_file() or path.suffix in {".cif", ".xyz", ".extxyz", ".vasp", ".json"}:
        from lithicoat.structures.io import read_atoms  # noqa: PLC0415 - io reads many formats

        return Electrode(path.stem, miller, read_atoms(path))
    recipe = find(name).recipe
    match recipe:
        case CrystalRecipe():
            from lithicoat.structures.crystals.cells import load_crystal  # noqa: PLC0415

            return Electrode(name, miller, load_crystal(recipe.cif))
        case LayeredOxideRecipe():
            return Electrode(name, miller, recipe)
        case _:
            raise StructureError(
                f"{name} is no crystal, so it has no face ({''.join(map(str, miller))})",
                where="--on",
                hint=_EXAMPLES,
            )


def electrode_sheet(
    electrode: Electrode, *, thickness_A: float, max_atoms: int, seed: int
) -> tuple[Sheet, dict[str, Any]]:
    """Cut the face of an electrode, on its smallest cell.

    Parameters
    ----------
    electrode : Electrode
        What to cut.
    thickness_A : float
        Thickness at least, Å.
    max_atoms : int
        Atoms at most.
    seed : int
        Seed of the lithium order of a layered oxide.

    Returns
    -------
    Sheet
        The slab without vacuum.
    dict
        How it was made.

    Raises
    ------
    StructureError
        If the slab has more than `max_atoms`, or cannot be cut.
    """
    if isinstance(electrode.solid, Atoms):
        face = face_of(
            electrode.solid,
            electrode.miller,
            name=electrode.name,
            thickness_A=thickness_A,
            max_atoms=max_atoms,
        )
        return face.sheet, face.story
    from lithicoat.structures.cathodes.layered_oxides import layered_oxide_slab  # noqa: PLC0415

    slab = layered_oxide_slab(
        electrode.solid,
        electrode.miller,
        name=electrode.name,
        max_atoms=int(OXIDE_SHARE * max_atoms),
        seed=seed,
        thickness_A=thickness_A,
        width_A=OXIDE_WIDTH_A,
        vacuum_A=0.0,
        fixed_A=0.0,
    )
    return Sheet.of(slab.atoms, molecular=False), slab.recipe


def rectangle_of(sheet: Sheet, *, least_A: float, max_atoms: int, max_misfit: float) -> Rectangle:
    """Return the smallest rectangular cell of a sheet, strained as little as can be.

    Parameters
    ----------
    sheet : Sheet
        Any cell.
    least_A : float
        Least length of both edges, Å.
    max_atoms : int
        Atoms at most.
    max_misfit : float
        Largest strain.

    Raises
    ------
    StructureError
        If there is none within the limits.
    """
    most = max_atoms // sheet.size
    best: tuple[tuple[float, int, float], NDArray[np.int64], Misfit] | None = None
    for matrix in _cells(sheet, least_A=least_A, most=most):
        vectors = matrix @ sheet.plane_A
        misfit = misfit_of(vectors, _squared(vectors))
        times = round(float(np.linalg.det(matrix)))
        edges = np.linalg.norm(vectors, axis=1)
        skewed = 0.0 if misfit.value < RECTANGULAR else np.ceil(misfit.value / MOST_SKEWED)
        rank = (float(skewed), times, float(edges.max() / edges.min()))
        if misfit.value <= max_misfit and (best is None or rank < best[0]):
            best = rank, matrix, misfit
    if best is None:
        raise StructureError(
            f"no rectangular base of {least_A:g} Å and wider has at most {max_atoms} electrode atoms",
            where="electrode",
            hint="more atoms, or a thinner electrode",
        )
    wide = sheet.repeated(best[1])
    return Rectangle(wide.stretched(_squared(wide.plane_A)), best[2])


def _cells(sheet: Sheet, *, least_A: float, most: int) -> list[NDArray[np.int64]]:
    """Return right-handed cells with edges of the least length or somewhat longer, nearly at right angles."""
    reach = int(np.ceil(2 * least_A / sheet.edges_A.min())) + 1
    steps = np.array(list(product(range(-reach, reach + 1), repeat=2)))
    vectors = steps @ sheet.plane_A
    lengths = np.linalg.norm(vectors, axis=1)
    fitting = (lengths >= least_A - 1e-6) & (lengths <= 2 * least_A + sheet.edges_A.max())
    steps, vectors, lengths = steps[fitting], vectors[fitting], lengths[fitting]
    cosines = vectors @ vectors.T / np.outer(lengths, lengths)
    areas = np.outer(steps[:, 0], steps[:, 1]) - np.outer(steps[:, 1], steps[:, 0])
    first, second = np.nonzero((np.abs(cosines) < 0.1) & (areas > 0) & (areas <= most))
    return [np.array([steps[i], steps[j]]) for i, j in zip(first, second, strict=True)]


def _squared(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return vectors at right angles of the same lengths."""
    return np.diag(np.linalg.norm(vectors, axis=1))
