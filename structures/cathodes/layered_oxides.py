"""Layered cathodes LixMO2: metals in special quasirandom order, lithium taken out where it costs least."""

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.cathodes.arrangements import (
    RHOMBOHEDRAL,
    Arrangement,
    Purpose,
    hexagonal_axes,
    lattice_points,
    shipped_arrangements,
)
from lithicoat.structures.cathodes.ordering import lithium_orderings, metal_charges
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import LayeredOxideRecipe

__all__ = [
    "layered_oxide_candidates",
    "layered_oxide_elements",
    "layered_oxide_model",
    "layered_oxide_slab",
]

Array = NDArray[np.float64]

SEARCH_STEPS = 6000
LARGEST_SEARCHED = 30
"""Metal sites of a cell whose order has to be searched while it is built."""

_SAME = 1e-3
LATTICE_NOTE = "lattice constants of the lithiated oxide, also where lithium is missing: relax the cell"
ORDER_NOTE = "lowest electrostatic energy of unrelaxed point charges; a relaxation may rank otherwise"


@dataclass(frozen=True)
class _Host:
    """The lithiated oxide in one supercell.

    Parameters
    ----------
    atoms : Atoms
        All lithium present; a compact cell, not turned against the crystal axes.
    arrangement : Arrangement
        Where its metals sit.
    """

    atoms: Atoms
    arrangement: Arrangement


def layered_oxide_elements(recipe: LayeredOxideRecipe) -> set[str]:
    """Return the elements of a layered oxide."""
    metals = {symbol for symbol, share in recipe.metals.items() if share > 0}
    return {*metals, "O"} | ({"Li"} if recipe.lithium > 0 else set())


def layered_oxide_model(recipe: LayeredOxideRecipe, *, name: str, max_atoms: int, seed: int) -> Model:
    """Build a supercell of a layered oxide.

    Metals sit as in one of the shipped special quasirandom cells: the largest one of at most `max_atoms`,
    counted with all lithium, in which the lithium content is exact or nearest to it; the smallest one if
    none is small enough. Of the lithium orderings the one with the lowest electrostatic energy is taken.

    Parameters
    ----------
    recipe : LayeredOxideRecipe
        Metals, lithium content and lattice constants.
    name : str
        Name of the model.
    max_atoms : int
        Atoms at most, before lithium is taken out.
    seed : int
        Seed of the search among lithium orderings. The metals of a shipped cell do not depend on it.

    Returns
    -------
    Model
        Kind crystal. Its recipe tells lithium asked and reached, the deviation of the metals, the mean
        oxidation states, and how near the metals are to full disorder.

    Raises
    ------
    StructureError
        If shares or oxidation states are impossible, the crystal is not a layered oxide of R-3m, or the
        composition is not shipped and icet is not installed.
    """
    return layered_oxide_candidates(recipe, name=name, max_atoms=max_atoms, seed=seed, candidates=1)[0]


def layered_oxide_candidates(
    recipe: LayeredOxideRecipe, *, name: str, max_atoms: int, seed: int, candidates: int
) -> tuple[Model, ...]:
    """Build several lithium orderings of the same supercell, lowest electrostatic energy first.

    Parameters and errors are those of `layered_oxide_model`; fewer than `candidates` come if there are no
    more orderings that differ.
    """
    host = _host(recipe, _arrangement(recipe, max_atoms, seed))
    return _delithiated(recipe, host, name=name, seed=seed, candidates=candidates)


def layered_oxide_slab(
    recipe: LayeredOxideRecipe,
    miller: tuple[int, int, int],
    *,
    name: str,
    max_atoms: int,
    seed: int = 0,
    thickness_A: float = 9.0,
    vacuum_A: float = 15.0,
    width_A: float = 8.0,
    fixed_A: float = 3.0,
) -> Model:
    """Cut a slab from the shipped cell that gives the best one.

    The order of the metals is periodic in the shipped cells, so a slab is made of whole cells. Those
    planes that are equivalent by symmetry of the average crystal (its threefold axis) cut a cell
    differently; all of them and all cells are compared. Of those with the nearest lithium content the
    widest slab that fits is taken; of those wider than `width_A` the one with the fewest atoms.

    Parameters
    ----------
    recipe : LayeredOxideRecipe
        Metals, lithium content and lattice constants.
    miller : tuple of int
        Plane, in hexagonal axes: (1, 0, 4) or (0, 1, 2).
    name : str
        Name of the model.
    max_atoms : int
        Atoms at most, before lithium is taken out.
    seed : int
        Seed of the search among lithium orderings.
    thickness_A, vacuum_A, width_A, fixed_A : float
        As in `slabs.slab_of`.

    Returns
    -------
    Model
        Kind slab, with the composition of the bulk model it is cut from. The dipole is judged by the mean
        charge of the metals, because their order is random; `formal_polarisation_e_A2` in the recipe is
        what is left with the mean charge of each element.

    Raises
    ------
    StructureError
        If no shipped cell gives a slab of at most `max_atoms`, or as `slabs.slab_of` and
        `layered_oxide_model`.
    """
    from lithicoat.structures.surfaces.slabs import slab_of  # noqa: PLC0415 - spglib is needed by slabs only

    axes = hexagonal_axes(recipe.a_A, recipe.c_A)
    choices = _choices(recipe, miller, thickness_A=thickness_A, max_atoms=max_atoms, seed=seed)
    if not choices:
        asked = "".join(map(str, miller))
        least = 4 * min(entry.formula_units for entry in _available(recipe, max_atoms, seed))
        raise StructureError(
            f"no slab of {name} ({asked}), {thickness_A:g} Å thick, has at most {max_atoms} atoms",
            where=name,
            hint=f"more atoms (the smallest cell has {least}), or a thinner slab",
        )
    nearest = min(_lithium_off(recipe, entry) for _, _, entry, _ in choices)
    choices = [choice for choice in choices if _lithium_off(recipe, choice[2]) <= nearest + _SAME]
    wide = [choice for choice in choices if choice[0] >= width_A]
    best = min(wide, key=lambda c: (c[1], -c[0])) if wide else max(choices, key=lambda c: (c[0], -c[1]))
    _, _, arrangement, plane = best
    (bulk,) = _delithiated(recipe, _host(recipe, arrangement), name=name, seed=seed, candidates=1)
    slab = slab_of(
        bulk,
        plane,
        thickness_A=thickness_A,
        vacuum_A=vacuum_A,
        width_A=0.0,
        max_atoms=max_atoms,
        fixed_A=fixed_A,
        axes_A=axes,
    )
    told = {"plane_asked": list(miller), "formal_polarisation_e_A2": _formal_polarisation(slab)}
    return slab.model_copy(update={"recipe": {**slab.recipe, **told}})


def _choices(
    recipe: LayeredOxideRecipe, miller: tuple[int, int, int], *, thickness_A: float, max_atoms: int, seed: int
) -> list[tuple[float, int, Arrangement, tuple[int, int, int]]]:
    """Return width, atoms, cell and plane of every slab that fits."""
    from ase.geometry import minkowski_reduce  # noqa: PLC0415

    from lithicoat.structures.surfaces.planes import miller_in_cell, shortest_in_plane  # noqa: PLC0415

    axes = hexagonal_axes(recipe.a_A, recipe.c_A)
    h, k, l = miller  # noqa: E741
    turned = ((h, k, l), (k, -h - k, l), (-h - k, h, l))
    found = []
    for arrangement in _available(recipe, max_atoms, seed):
        cell, _ = minkowski_reduce(np.asarray(arrangement.matrix) @ RHOMBOHEDRAL @ axes)
        for plane in dict.fromkeys(turned):
            indices = miller_in_cell(plane, axes, cell)
            repeat = 1 / float(np.linalg.norm(np.linalg.inv(cell) @ indices))
            atoms = 4 * arrangement.formula_units * ceil(thickness_A / repeat - 1e-6)
            if atoms <= max_atoms:
                found.append((round(shortest_in_plane(cell, indices), 3), atoms, arrangement, plane))
    return found


def _available(recipe: LayeredOxideRecipe, max_atoms: int, seed: int) -> tuple[Arrangement, ...]:
    return shipped_arrangements(recipe.metals) or (_arrangement(recipe, max_atoms, seed),)


def _arrangement(recipe: LayeredOxideRecipe, max_atoms: int, seed: int) -> Arrangement:
    """Return the shipped cell for a size, or search one."""
    _check_shares(recipe)
    shipped = [entry for entry in shipped_arrangements(recipe.metals) if entry.purpose is Purpose.BULK]
    if shipped:
        fitting = [entry for entry in shipped if 4 * entry.formula_units <= max_atoms] or shipped[:1]
        return min(fitting, key=lambda entry: (round(_lithium_off(recipe, entry), 6), -entry.formula_units))
    from lithicoat.structures.cathodes.sqs import cells_for, search_arrangement, site_counts  # noqa: PLC0415

    most = max(1, min(max_atoms // 4, LARGEST_SEARCHED))
    sites = min(range(1, most + 1), key=lambda n: (100 * site_counts(recipe.metals, n)[1] - n / most, -n))
    matrix = cells_for(sites, Purpose.BULK)[0]
    return search_arrangement(recipe.metals, matrix, seed=seed, steps=SEARCH_STEPS)


def _lithium_kept(recipe: LayeredOxideRecipe, units: int) -> int:
    return int(recipe.lithium * units + 0.5)


def _lithium_off(recipe: LayeredOxideRecipe, arrangement: Arrangement) -> float:
    """Return how far whole lithium atoms stay from the content that was asked for."""
    units = arrangement.formula_units
    return abs(_lithium_kept(recipe, units) / units - recipe.lithium)


def _check_shares(recipe: LayeredOxideRecipe) -> None:
    total = sum(recipe.metals.values())
    if min(recipe.metals.values()) < 0 or abs(total - 1) > 1e-6:
        raise StructureError(
            f"the shares of the metals sum to {total:g}, must be 1 and none negative", where="metals"
        )


def _host(recipe: LayeredOxideRecipe, arrangement: Arrangement) -> _Host:
    from ase.geometry import minkowski_reduce  # noqa: PLC0415

    vectors = RHOMBOHEDRAL @ hexagonal_axes(recipe.a_A, recipe.c_A)
    points = lattice_points(arrangement.matrix) @ vectors
    basis = _basis(recipe)
    symbols = [metal if symbol == "M" else symbol for metal in arrangement.metals for symbol, _ in basis]
    places = np.array([point + offset @ vectors for point in points for _, offset in basis])
    cell, _ = minkowski_reduce(np.asarray(arrangement.matrix) @ vectors)
    atoms = Atoms(symbols, positions=places, cell=cell, pbc=True)
    atoms.wrap(eps=1e-9)
    return _Host(atoms, arrangement)


def _basis(recipe: LayeredOxideRecipe) -> list[tuple[str, Array]]:
    """Return the atoms of a primitive cell around a metal, in primitive coordinates: Li, M, O, O."""
    from lithicoat.structures.crystals.cells import load_crystal  # noqa: PLC0415

    crystal = load_crystal(recipe.cif)
    symbols = np.array(crystal.get_chemical_symbols())
    metal = ~np.isin(symbols, ["Li", "O"])
    wrong = StructureError(
        f"{recipe.cif} is not a layered oxide LiMO2 of space group R-3m in hexagonal axes",
        where="cif",
        hint="LiNiO2_166.cif",
    )
    if not metal.any() or len(crystal) != 12:
        raise wrong
    scaled = crystal.get_scaled_positions() - crystal.get_scaled_positions()[metal][0]
    primitive = scaled @ np.linalg.inv(RHOMBOHEDRAL)
    primitive -= np.floor(primitive + 1e-6)
    basis: list[tuple[str, Array]] = []
    for symbol, place in zip(np.where(metal, "M", symbols), primitive, strict=True):
        apart = [place - other for kind, other in basis if kind == symbol]
        if all(np.abs(difference - np.rint(difference)).max() > _SAME for difference in apart):
            basis.append((str(symbol), place))
    order = sorted(basis, key=lambda entry: ("LiMO".index(entry[0]), *entry[1]))
    if [symbol for symbol, _ in order] != ["Li", "M", "O", "O"]:
        raise wrong
    return order


def _delithiated(
    recipe: LayeredOxideRecipe, host: _Host, *, name: str, seed: int, candidates: int
) -> tuple[Model, ...]:
    units = host.arrangement.formula_units
    kept = _lithium_kept(recipe, units)
    lithium = kept / units
    metals = {symbol: number / units for symbol, number in Counter(host.arrangement.metals).items()}
    charges = metal_charges(metals, lithium=lithium)
    orderings = lithium_orderings(
        host.atoms, removed=units - kept, charges=charges, candidates=candidates, seed=seed
    )
    models: list[Model] = []
    for ordering in orderings:
        atoms = host.atoms[[i for i in range(len(host.atoms)) if i not in set(ordering.removed)]]
        atoms = atoms[np.argsort(atoms.numbers, kind="stable")]
        story = _story(recipe, host, lithium=lithium, charges=charges)
        story["composition"] = dict(sorted(Counter(atoms.get_chemical_symbols()).items()))
        story["steps"].append(
            {
                "step": "delithiate",
                "removed": len(ordering.removed),
                "ewald_energy_eV": round(ordering.energy_eV, 6),
                "rank": len(models) + 1,
                "seed": seed,
                "note": ORDER_NOTE,
            }
        )
        models.append(Model.from_atoms(atoms, name=name, kind=ModelKind.CRYSTAL, recipe=story))
    return tuple(models)


def _story(
    recipe: LayeredOxideRecipe, host: _Host, *, lithium: float, charges: dict[str, float]
) -> dict[str, Any]:
    entry = host.arrangement
    ideal = "".join(f"{symbol}{share:g}" for symbol, share in recipe.metals.items() if share)
    return {
        "builder": recipe.builder,
        "asked": f"Li{recipe.lithium:g}{ideal}O2",
        "lithium_asked": recipe.lithium,
        "lithium": round(lithium, 6),
        "lithium_deviation": round(abs(lithium - recipe.lithium), 6),
        "composition_deviation": _deviation(recipe, host.arrangement, lithium),
        "oxidation_states": {symbol: round(charge, 4) for symbol, charge in charges.items()},
        "mean_charges": {"Li": 1.0, "O": -2.0, **dict.fromkeys(sorted(set(entry.metals)), 4 - lithium)},
        "axes_A": hexagonal_axes(recipe.a_A, recipe.c_A).tolist(),
        "lattice": LATTICE_NOTE,
        "source": recipe.source,
        "steps": [
            {
                "step": "sqs",
                "matrix": [list(row) for row in entry.matrix],
                "mismatch": entry.mismatch,
                "random_mismatch": entry.random_mismatch,
                "seed": entry.seed,
            }
        ],
    }


def _deviation(recipe: LayeredOxideRecipe, arrangement: Arrangement, lithium: float) -> float:
    """Return the largest difference of an atomic fraction from that of the recipe."""
    counts = Counter(arrangement.metals)
    asked = {"Li": recipe.lithium, "O": 2.0, **recipe.metals}
    has = {symbol: counts[symbol] / arrangement.formula_units for symbol in recipe.metals}
    has |= {"Li": lithium, "O": 2.0}
    off = [abs(has[symbol] / sum(has.values()) - asked[symbol] / sum(asked.values())) for symbol in asked]
    return round(max(off), 6)


def _formal_polarisation(slab: Model) -> float:
    """Return dipole over volume with the mean oxidation state of each element, e/Å²."""
    charges = np.array([slab.recipe["oxidation_states"][symbol] for symbol in slab.symbols])
    heights = np.array(slab.positions_A)[:, 2]
    volume = slab.recipe["area_A2"] * slab.recipe["thickness_A"]
    return round(float(charges @ (heights - heights.mean()) / volume), 5)
