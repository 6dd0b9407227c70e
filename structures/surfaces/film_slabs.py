"""Slabs of films: the most stable face of a crystal, or a prepared cell cut where it breaks fewest bonds."""

from math import ceil

import numpy as np
from ase import Atoms

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.surfaces.faces import low_index_faces
from lithicoat.structures.surfaces.planes import cuts, lateral_cells, layers_of
from lithicoat.structures.surfaces.slabs import slab_of, with_vacuum
from lithicoat.structures.validation import covalent_bonds

__all__ = ["film_slab"]

_AXES = ((0, 0, 1), (0, 1, 0), (1, 0, 0))
_RELAXED_A = 0.05
"""Atoms of a relaxed supercell are so far from where the symmetry of the crystal has them, at most."""


def film_slab(
    model: Model,
    *,
    thickness_A: float,
    width_A: float,
    vacuum_A: float,
    max_atoms: int,
) -> Model:
    """Cut a slab of a film with vacuum above it.

    Of a crystal the face is taken that is likely to be the most stable one: of those with indices up to 1
    that cut no covalent bond and need no repair of a dipole, the one that breaks the fewest contacts per
    area. An amorphous or molecular cell is opened across the axis and at the height where the fewest bonds
    are cut, and repeated until it is thick and wide enough; its molecules stay whole.

    Parameters
    ----------
    model : Model
        A crystal (primitive or conventional cell), or a cell of an amorphous or molecular film.
    thickness_A : float
        Thickness at least, Å.
    width_A : float
        An atom is so far from its own image in the plane, Å, where `max_atoms` allows.
    vacuum_A : float
        Empty space above the slab; half of it lies below the atoms, Å.
    max_atoms : int
        Atoms at most.

    Returns
    -------
    Model
        Kind slab; its recipe holds area_A2, thickness_A, width_A, vacuum_A and `face`.

    Raises
    ------
    StructureError
        If the model is no film, no face can be cut, or the thinnest slab has more than `max_atoms`.
    """
    if model.kind in (ModelKind.SLAB, ModelKind.INTERFACE):
        raise StructureError(
            f"{model.name} is of kind {model.kind.value}, not the bulk of a film", where=model.name
        )
    limits = {"thickness_A": thickness_A, "width_A": width_A, "vacuum_A": vacuum_A}
    if model.kind is ModelKind.CRYSTAL:
        return _of_crystal(model, **limits, max_atoms=max_atoms)
    return _of_cell(model, **limits, max_atoms=max_atoms)


def _of_crystal(
    model: Model, *, thickness_A: float, width_A: float, vacuum_A: float, max_atoms: int
) -> Model:
    from lithicoat.structures.crystals.cells import conventional_cell  # noqa: PLC0415

    crystal = conventional_cell(model.atoms, symprec_A=_RELAXED_A)
    faces = low_index_faces(crystal, name=model.name, thickness_A=thickness_A, max_atoms=max_atoms)
    if not faces:
        raise StructureError(
            f"no face of {model.name} gives a slab of {thickness_A:g} Å and at most {max_atoms} atoms",
            where=model.name,
            hint="more atoms, or a thinner slab",
        )
    best = min(faces, key=lambda face: (face.flaws, face.story["cut_bonds_per_A2"], face.sheet.size))
    slab = slab_of(
        crystal,
        best.miller,
        name=model.name,
        thickness_A=thickness_A,
        vacuum_A=vacuum_A,
        width_A=width_A,
        max_atoms=max_atoms,
    )
    steps = [*model.recipe.get("steps", []), *slab.recipe["steps"]]
    return slab.model_copy(
        update={"seed": model.seed, "recipe": {**slab.recipe, "face": best.name, "steps": steps}}
    )


def _of_cell(model: Model, *, thickness_A: float, width_A: float, vacuum_A: float, max_atoms: int) -> Model:
    atoms = model.atoms
    neutral = np.zeros(len(atoms))
    axis, cut = min(
        ((axis, cut) for axis in _AXES for cut in cuts(atoms, axis, neutral)),
        key=lambda entry: (entry[1].covalent, entry[1].bonds, entry[1].height_A),
    )
    period_A = float(layers_of(atoms, axis, 1, cut_A=cut.height_A).cell[2, 2])
    number = max(1, ceil(thickness_A / period_A - 1e-6))
    room = max_atoms // (number * len(atoms))
    if room < 1:
        raise StructureError(
            f"a slab of {model.name}, {thickness_A:g} Å thick, has {number * len(atoms)} atoms, more than "
            f"the {max_atoms} allowed",
            where=model.name,
            hint="more atoms, or a thinner slab",
        )
    slab = layers_of(atoms, axis, number, cut_A=cut.height_A)
    wide, width = _widened(slab, room=room, width_A=width_A)
    return _finished(
        model,
        wide,
        vacuum_A=vacuum_A,
        face=f"cut across {'abc'[axis.index(1)]}",
        width_A=round(width, 4),
        thickness_A=round(number * period_A, 4),
        covalent_bonds_cut=cut.covalent,
    )


def _widened(slab: Atoms, *, room: int, width_A: float) -> tuple[Atoms, float]:
    """Repeat a slab in its plane, as few times as make it wide enough, or as often as there is room for."""
    matrix, width = lateral_cells(slab.cell.array, 1)
    for number in range(1, room + 1):
        wider, reached = lateral_cells(slab.cell.array, number)
        if reached > width + 1e-6:
            matrix, width = wider, reached
        if width >= width_A - 1e-6:
            break
    from ase.build import make_supercell  # noqa: PLC0415 - loads scipy

    return make_supercell(slab, matrix.astype(int)), width


def _finished(model: Model, slab: Atoms, *, vacuum_A: float, face: str, **told: float) -> Model:
    atoms = with_vacuum(slab, vacuum_A)
    facts = {
        "face": face,
        "area_A2": round(float(np.linalg.norm(np.cross(*atoms.cell.array[:2]))), 4),
        "vacuum_A": vacuum_A,
        **told,
    }
    story = {
        "builder": "slab",
        "composition": dict(sorted(atoms.symbols.formula.count().items())),
        **facts,
        "steps": [*model.recipe.get("steps", []), {"step": "slab", **facts}],
    }
    bonds = None if model.bonds is None else tuple(covalent_bonds(atoms))
    return Model.from_atoms(
        atoms, name=model.name, kind=ModelKind.SLAB, seed=model.seed, bonds=bonds, recipe=story
    )
