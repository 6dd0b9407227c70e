"""Metalcones: metal ions and the alkoxides of an alcohol, as in alucone and zircone."""

from typing import Any, NamedTuple

import numpy as np

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.alcohols import Alcohol, read_alcohol
from lithicoat.structures.films.filling import Filling
from lithicoat.structures.films.molecules import Molecules, molecular_filling
from lithicoat.structures.films.monomers import CONFORMERS, Monomer, conformers
from lithicoat.structures.recipes import MetalconeRecipe
from lithicoat.structures.validation import NON_METALS

__all__ = ["Numbers", "choose_numbers", "metalcone_elements", "metalcone_filling"]

TOLERANCE = 0.1
"""A cell whose share of unreacted hydroxyls differs by more from the one asked for is refused."""

DEVIATION_WEIGHT = 0.01
"""A deviation of this much in the share of unreacted hydroxyls weighs as much as a cell left wholly empty."""

LARGEST_CHARGE = 6
"""Of a recipe; so many molecules always hold a whole number of ions."""

Numbers = tuple[int, int]
"""Metal ions and alcohol molecules of a cell."""


def metalcone_elements(recipe: MetalconeRecipe) -> set[str]:
    """Return the elements of a metalcone.

    Raises
    ------
    StructureError
        As `read_alcohol`.
    """
    alcohol = read_alcohol(recipe.alcohol)
    kept = {"H"} if recipe.unreacted else set()
    return set(alcohol.salt_symbols(recipe.metal)) | kept


def metalcone_filling(
    recipe: MetalconeRecipe, *, name: str, max_atoms: int, rng: np.random.Generator
) -> Filling:
    """Choose the ions and molecules of one metalcone cell.

    An ion of charge q takes the place of q protons: 2 Al³⁺ and 3 ethylene glycolates. Each ion is set on one
    alkoxide oxygen, chosen at random, and packed with its molecule; annealing brings the other oxygens to it.

    Raises
    ------
    StructureError
        If the SMILES is wrong, the metal is none, or no neutral cell with that share of unreacted hydroxyls
        fits into `max_atoms`.
    """
    if recipe.metal in NON_METALS:
        raise StructureError(
            f"{recipe.metal} of {name} is not a metal", where=f"{name}: recipe.metal", hint="such as Al"
        )
    alcohol = read_alcohol(recipe.alcohol)
    metals, number = choose_numbers(
        alcohol, charge=recipe.charge, unreacted=recipe.unreacted, max_atoms=max_atoms, name=name
    )
    seed = int(rng.integers(1, 2**31 - 1))
    shapes = conformers(alcohol, ion=recipe.metal, number=CONFORMERS, seed=seed)
    ions = _placed(alcohol, recipe, metals, number, rng)

    def draw() -> list[Monomer]:
        chosen = rng.integers(0, len(shapes), size=number)
        return [shapes[index].salt(held) for index, held in zip(chosen, ions, strict=True)]

    patterns = {held: shapes[0].salt(held) for held in set(ions)}
    hydroxyls = number * len(alcohol.sites)
    story: dict[str, Any] = {
        "alcohol": recipe.alcohol,
        "ions": {f"{recipe.metal}{recipe.charge}+": metals},
        "monomers": number,
        "hydroxyls": hydroxyls,
        "unreacted": {
            "asked": recipe.unreacted,
            "got": round(1 - metals * recipe.charge / hydroxyls, 6),
        },
    }
    molecules = Molecules(
        kinds=tuple(patterns[held].symbols for held in ions),
        bonds=tuple(patterns[held].bonds for held in ions),
        draw=draw,
    )
    return molecular_filling(
        molecules,
        recipe,
        name=name,
        rng=rng,
        story=story,
        draw_in=True,
    )


def choose_numbers(alcohol: Alcohol, *, charge: int, unreacted: float, max_atoms: int, name: str) -> Numbers:
    """Choose whole numbers of ions and molecules that make a neutral cell.

    Of the cells with the exact share of unreacted hydroxyls the largest is taken; else a smaller deviation
    (0.1 at most) is weighed against a larger cell: 0.01 counts as much as all of `max_atoms`.

    Raises
    ------
    StructureError
        If none fits into `max_atoms`.
    """
    neutral = [
        cell
        for number in range(1, max(max_atoms, 4 * LARGEST_CHARGE))
        for cell in _neutral_cells(alcohol, number, charge=charge, unreacted=unreacted)
    ]
    fitting = [cell for cell in neutral if cell.atoms <= max_atoms]
    if not fitting:
        least = min(neutral, key=lambda cell: cell.atoms)
        raise StructureError(
            f"{name} makes no neutral cell of {max_atoms} atoms or fewer with {unreacted:g} of its "
            "hydroxyls unreacted",
            where=name,
            hint=f"--max-atoms {least.atoms} or more ({least.metals} ions and {least.number} molecules)",
        )
    best = min(fitting, key=lambda cell: cell.deviation / DEVIATION_WEIGHT - cell.atoms / max_atoms)
    return best.metals, best.number


class _Cell(NamedTuple):
    metals: int
    number: int
    atoms: int
    deviation: float


def _neutral_cells(alcohol: Alcohol, number: int, *, charge: int, unreacted: float) -> list[_Cell]:
    """Return the cells of so many molecules whose unreacted share is near the one asked for."""
    hydroxyls = number * len(alcohol.sites)
    wanted = int((1 - unreacted) * hydroxyls / charge + 1e-9)
    cells = [
        _Cell(
            metals,
            number,
            number * len(alcohol.symbols) + metals * (1 - charge),
            abs(1 - metals * charge / hydroxyls - unreacted),
        )
        for metals in (wanted, wanted + 1)
        if metals >= 1 and metals * charge <= hydroxyls
    ]
    return [cell for cell in cells if cell.deviation <= TOLERANCE]


def _placed(
    alcohol: Alcohol, recipe: MetalconeRecipe, metals: int, number: int, rng: np.random.Generator
) -> list[tuple[str, ...]]:
    """Say what each molecule holds in place of its protons: them, nothing, or a metal, evenly spread."""
    sites = len(alcohol.sites)
    held = np.full((number, sites), "H", dtype="<U2")
    for place in rng.permutation(number * sites)[: metals * recipe.charge]:
        held.flat[place] = ""
    order = rng.permutation(number)
    left = metals
    while left:
        for molecule in order:
            bare = np.flatnonzero(held[molecule] == "")
            if left and len(bare):
                held[molecule, rng.choice(bare)] = recipe.metal
                left -= 1
    return [tuple(row) for row in held.tolist()]
