"""Layered crystals whose vacancies hold a salt: LiF-stitched h-BN.

Atomic layer deposition of LiF on h-BN goes to its line and point defects and sews its crystallites together
(Xie et al., Sci. Adv. 3, eaao3170 (2017), doi:10.1126/sciadv.aao3170). The model keeps the smallest such
defect: a pair of neighbours is missing, and one formula unit of the salt fills the place.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.structures.crystals.cells import crystal_elements, load_crystal, supercell_for
from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import molar_mass_g_mol, parse_formula
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.radii import ion_radius_A
from lithicoat.structures.recipes import StitchedRecipe

__all__ = ["stitch", "stitched_elements", "stitched_model"]

LIFTS_A = np.round(np.arange(0.0, 2.01, 0.05), 2)
"""Heights above its plane that are tried for the cation, Å."""

BONDED = 1.15
"""Atoms of the host within this multiple of its shortest bond are neighbours."""

DRAWS = 200


class _Pair(NamedTuple):
    """Elements of the host's pair and of the filler, the electropositive one first."""

    host: tuple[str, str]
    filler: tuple[str, str]


def stitched_elements(recipe: StitchedRecipe) -> set[str]:
    """Return the elements of the host and of its filler.

    Raises
    ------
    StructureError
        If there is no such host.
    """
    return crystal_elements(recipe.cif) | set(parse_formula(recipe.filler))


def stitched_model(recipe: StitchedRecipe, *, name: str, max_atoms: int, seed: int) -> Model:
    """Return a supercell of the host, part of whose pairs is replaced by the filler.

    Parameters
    ----------
    recipe : StitchedRecipe
        Host, what is taken out of it, filler and fraction.
    name : str
        Name of the model.
    max_atoms : int
        Atoms at most.
    seed : int
        Decides which pairs; the same seed gives the same cell.

    Returns
    -------
    Model
        Kind crystal; it has a seed, because pairs are chosen at random.

    Raises
    ------
    StructureError
        As `stitch`, or if there is no such host.
    """
    host = load_crystal(recipe.cif)
    solid = supercell_for(host, max_atoms)
    atoms, pairs = stitch(solid, recipe, name=name, rng=np.random.default_rng(seed))
    units = len(solid) // 2
    story = {
        "builder": recipe.builder,
        "cif": Path(recipe.cif).name,
        "composition": dict(sorted(atoms.symbols.formula.count().items())),
        "pairs": pairs,
        "fraction": {"asked": recipe.fraction, "got": round(pairs / units, 6)},
        "density_estimate_g_cm3": molar_mass_g_mol(atoms.symbols.formula.count())
        / float(atoms.get_volume())
        * 1.66053906660,
        "steps": [{"step": "stitch", "removed": recipe.removed, "filler": recipe.filler, "seed": seed}],
    }
    return Model.from_atoms(atoms, name=name, kind=ModelKind.CRYSTAL, seed=seed, recipe=story)


def stitch(solid: Atoms, recipe: StitchedRecipe, *, name: str, rng: np.random.Generator) -> tuple[Atoms, int]:
    """Replace pairs of neighbours in a cell of the host by formula units of the filler.

    The anion takes the place of the host's electronegative atom. The cation stands over the place of the
    other one, lifted off the plane to where its shortest contact is longest, or as long as that of the two
    ions; where both sides are as good, one is drawn at random.
    No atom of one pair is a neighbour of another pair.

    Parameters
    ----------
    solid : Atoms
        The host; the normal of its layers is z.
    recipe : StitchedRecipe
        What to take out and what to set in.
    name : str
        For messages.
    rng : numpy.random.Generator
        Draws pairs and sides.

    Returns
    -------
    Atoms
        Atoms in the order of the host.
    int
        Number of pairs replaced.

    Raises
    ------
    StructureError
        If removed or filler are no pairs of elements, the fraction gives no pair in this cell, or so many
        pairs cannot be apart from each other.
    """
    kinds = _kinds(recipe, name)
    number = round(recipe.fraction * len(solid) / 2)
    if number == 0:
        units = len(solid) // 2
        raise StructureError(
            f"a fraction of {recipe.fraction:g} leaves no {recipe.filler} in {units} units of {name}",
            where=f"{name}: recipe.fraction",
            hint=f"more atoms, or a fraction of {1 / len(solid):.2g} and more",
        )
    chosen = _choose(solid, kinds, number, rng)
    if chosen is None:
        raise StructureError(
            f"{number} pairs of {recipe.removed} cannot be apart in {len(solid)} atoms of {name}",
            where=f"{name}: recipe.fraction",
            hint="a smaller fraction",
        )
    result = Atoms(solid.get_chemical_symbols(), positions=solid.positions, cell=solid.cell, pbc=True)
    for plus, minus in chosen:
        result.symbols[plus], result.symbols[minus] = kinds.filler
    for plus, _ in chosen:
        _lift(result, plus, enough_A=sum(map(ion_radius_A, kinds.filler)), up=bool(rng.integers(0, 2)))
    return result, number


def _kinds(recipe: StitchedRecipe, name: str) -> _Pair:
    from ase.data import atomic_numbers  # noqa: PLC0415
    from pymatgen.core import Element  # noqa: PLC0415 - electronegativities

    ordered: list[tuple[str, str]] = []
    for key in ("removed", "filler"):
        formula = parse_formula(getattr(recipe, key))
        if len(formula) != 2 or set(formula.values()) != {1}:
            raise StructureError(
                f"{key} = {getattr(recipe, key)} of {name} is no pair of two elements",
                where=f"{name}: recipe.{key}",
                hint="such as BN and LiF",
            )
        first, second = sorted(formula, key=lambda symbol: Element.from_Z(atomic_numbers[symbol]).X)
        ordered.append((first, second))
    return _Pair(*ordered)


def _choose(
    solid: Atoms, kinds: _Pair, number: int, rng: np.random.Generator
) -> list[tuple[int, int]] | None:
    """Draw pairs of neighbours that are not neighbours of each other."""
    from ase.neighborlist import neighbor_list  # noqa: PLC0415

    symbols = np.array(solid.get_chemical_symbols())
    first, second, distances = neighbor_list("ijd", solid, {kinds.host: 3.0})
    if not len(distances):
        return None
    bonded = distances < BONDED * distances.min()
    first, second = first[bonded], second[bonded]
    near: dict[int, set[int]] = {}
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        near.setdefault(i, set()).add(j)
    pairs = [(i, j) for i in sorted(near) for j in sorted(near[i]) if symbols[i] == kinds.host[0]]
    for _ in range(DRAWS):
        taken: list[tuple[int, int]] = []
        blocked: set[int] = set()
        for index in rng.permutation(len(pairs)):
            pair = pairs[index]
            if blocked.isdisjoint(pair):
                taken.append(pair)
                blocked |= set(pair) | near[pair[0]] | near[pair[1]]
            if len(taken) == number:
                return taken
    return None


def _lift(atoms: Atoms, index: int, *, enough_A: float, up: bool) -> None:
    """Move an atom along z to where its shortest contact is longest, or long enough.

    `up` decides between the two sides where they are equally good.
    """
    others = np.delete(np.arange(len(atoms)), index)
    start = atoms.positions[index].copy()
    best = (-1.0, 0.0)
    for lift in (sign * height for sign in ((1, -1) if up else (-1, 1)) for height in LIFTS_A):
        atoms.positions[index] = start + np.array([0.0, 0.0, lift])
        distances: NDArray[np.float64] = atoms.get_distances(index, others, mic=True)
        shortest = min(round(float(distances.min()), 6), enough_A)
        if shortest > best[0]:
            best = shortest, float(lift)
    atoms.positions[index] = start + np.array([0.0, 0.0, best[1]])
