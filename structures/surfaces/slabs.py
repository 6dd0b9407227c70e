"""Slabs: a crystal cut along a plane, stoichiometric and without a dipole, with vacuum above it."""

from collections.abc import Mapping
from math import ceil
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.surfaces.planes import miller_in_cell
from lithicoat.structures.surfaces.terminations import Termination

__all__ = ["mean_charges", "slab_of", "with_vacuum"]

Array = NDArray[np.float64]

_SYMPREC_A = 0.01
_NEUTRAL_E = 1e-6
_OF_THE_BULK = {"axes_A", "crystal_density_g_cm3", "density_estimate_g_cm3", "density_reference_g_cm3"}
"""What a recipe tells of the crystal that does not hold for a slab of it."""


def slab_of(
    solid: Atoms | Model,
    miller: tuple[int, int, int],
    *,
    name: str = "",
    thickness_A: float = 10.0,
    vacuum_A: float = 15.0,
    width_A: float = 0.0,
    max_atoms: int = 200,
    fixed_A: float = 0.0,
    charges: Mapping[str, float] | None = None,
    axes_A: ArrayLike | None = None,
) -> Model:
    """Cut a slab of whole repeats, so that it has exactly the crystal's composition.

    Of all cuts between planes that one is taken that breaks no covalent bond, leaves no dipole and breaks
    the fewest contacts. Where every cut leaves a dipole (Tasker type III, such as rock salt (111)), atoms of
    a surface plane are moved to the other side until none is left: for planes of equal and opposite charge
    that is half of the plane. The recipe says what was done.

    Parameters
    ----------
    solid : Atoms or Model
        A periodic crystal. It is reduced to its primitive cell first.
    miller : tuple of int
        Plane. Its indices refer to `axes_A`.
    name : str
        Name of the slab; that of the model by default.
    thickness_A : float
        Thickness, at least; rounded up to whole repeats.
    vacuum_A : float
        Empty space above the slab; half of it lies below the atoms, so that z = vacuum_A / 2 is the bottom.
    width_A : float
        An atom is at least so far from its own image in the plane; 0 gives the smallest surface cell. Less
        is reached, and told in the recipe, where `max_atoms` allows no more.
    max_atoms : int
        Atoms at most.
    fixed_A : float
        Atoms up to this height above the lowest one are held in place.
    charges : mapping of str to float, optional
        Charge of each element, e, by which the dipole is judged. By default the model's `mean_charges`, or
        what `mean_charges` guesses; where nothing is known, such as in a metal, the dipole is not judged.
    axes_A : array_like, shape (3, 3), optional
        Lattice vectors that the indices refer to. By default the model's `axes_A`, or those of the cell
        that is given, or those of the CIF that the model was repeated from.

    Returns
    -------
    Model
        Kind slab; z is normal to the surface and the first cell vector lies along x. Its recipe holds
        composition, area_A2, thickness_A, polarisation_e_A2 (what is left of the dipole per volume),
        `moved` (atoms that changed sides) and width_A.

    Raises
    ------
    StructureError
        If a number is absurd, the plane is not one of the lattice, no slab without a dipole is found, or
        the thinnest slab has more than `max_atoms`.
    """
    _check_numbers(thickness_A=thickness_A, vacuum_A=vacuum_A, width_A=width_A, fixed_A=fixed_A)
    bulk, story, label = _taken_apart(solid, name)
    axes = np.asarray(_axes_of(solid, bulk) if axes_A is None else axes_A, dtype=float)
    bulk = _primitive(bulk)
    indices = miller_in_cell(miller, axes, bulk.cell.array)
    known = charges or story.get("mean_charges") or mean_charges(bulk)
    charge = np.array([known.get(symbol, 0.0) for symbol in bulk.get_chemical_symbols()])
    if abs(charge.sum()) > _NEUTRAL_E:
        raise StructureError(
            f"the charges of {label} sum to {charge.sum():g} e per cell, must be neutral", where="charges"
        )
    plan = Termination(bulk, indices, charge, f"{label} ({''.join(map(str, miller))})", max_atoms)
    number = ceil(thickness_A / plan.repeat_A - 1e-6)
    slab, told = plan.build(number, width_A)
    thickness = number * plan.repeat_A
    slab = with_vacuum(slab, vacuum_A)
    recipe = {
        **story,
        "builder": "slab",
        "miller": list(miller),
        "composition": dict(sorted(slab.symbols.formula.count().items())),
        "area_A2": round(float(np.linalg.norm(np.cross(*slab.cell.array[:2]))), 4),
        "thickness_A": round(thickness, 4),
        "vacuum_A": vacuum_A,
        "fixed_A": fixed_A,
        "charges_e": dict(known),
        **told,
        "steps": [*story.get("steps", []), {"step": "slab", "miller": list(miller), **told}],
    }
    recipe = {key: value for key, value in recipe.items() if key not in _OF_THE_BULK}
    low = slab.positions[:, 2].min()
    held = tuple(np.flatnonzero(slab.positions[:, 2] <= low + fixed_A).tolist()) if fixed_A else ()
    seed = solid.seed if isinstance(solid, Model) else None
    return Model.from_atoms(slab, name=label, kind=ModelKind.SLAB, seed=seed, fixed=held, recipe=recipe)


def mean_charges(atoms: Atoms) -> dict[str, float]:
    """Guess the mean oxidation state of each element; empty for an element, an alloy, or without a guess."""
    from pymatgen.core import Composition  # noqa: PLC0415

    counts = atoms.symbols.formula.count()
    if len(counts) < 2:
        return {}
    guesses = Composition(Composition(counts).reduced_formula).oxi_state_guesses()
    return {str(symbol): float(charge) for symbol, charge in guesses[0].items()} if guesses else {}


def _check_numbers(**numbers: float) -> None:
    for name, number in numbers.items():
        least = 1.0 if name == "thickness_A" else 0.0
        if not least <= number < np.inf:
            raise StructureError(f"{name} is {number:g}, must be at least {least:g}", where=name)


def _taken_apart(solid: Atoms | Model, name: str) -> tuple[Atoms, dict[str, Any], str]:
    if isinstance(solid, Model):
        return solid.atoms, dict(solid.recipe), name or solid.name
    return solid, {}, name or solid.get_chemical_formula("hill")


def _axes_of(solid: Atoms | Model, bulk: Atoms) -> Array:
    if isinstance(solid, Model):
        if "axes_A" in solid.recipe:
            return np.array(solid.recipe["axes_A"])
        if solid.recipe.get("builder") == "crystal":
            from lithicoat.structures.crystals.cells import crystal_names, load_crystal  # noqa: PLC0415

            if solid.recipe["cif"] in crystal_names():
                return np.array(load_crystal(solid.recipe["cif"]).cell.array)
    return np.array(bulk.cell.array)


def _primitive(atoms: Atoms) -> Atoms:
    """Return the primitive cell, not turned; the same atoms if there is none smaller."""
    import spglib  # noqa: PLC0415

    found = spglib.standardize_cell(
        (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers),
        to_primitive=True,
        no_idealize=True,
        symprec=_SYMPREC_A,
    )
    if found is None or len(found[2]) >= len(atoms):
        return Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
    lattice, positions, numbers = found
    return Atoms(numbers, scaled_positions=positions, cell=lattice, pbc=True)


def with_vacuum(slab: Atoms, vacuum_A: float) -> Atoms:
    """Return a slab in a cell with so much empty height, half of it below, atoms sorted from below.

    Parameters
    ----------
    slab : Atoms
        Its first two cell vectors lie in the xy plane.
    vacuum_A : float
        Empty height, Å.
    """
    work = Atoms(slab.get_chemical_symbols(), positions=slab.positions, cell=slab.cell, pbc=True)
    low, high = work.positions[:, 2].min(), work.positions[:, 2].max()
    cell = work.cell.array
    cell[2] = [0.0, 0.0, high - low + vacuum_A]
    work.set_cell(cell)
    work.positions[:, 2] += vacuum_A / 2 - low
    order = np.lexsort((*np.round(work.positions[:, :2].T, 4), np.round(work.positions[:, 2], 4)))
    return work[order]
