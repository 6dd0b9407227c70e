"""Lithicones: from the SMILES of a lithium alkoxide, or of its alcohol, to a packed cell."""

from math import floor
from typing import Any

import numpy as np

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.alcohols import Alcohol, deprotonate, read_alcohol
from lithicoat.structures.films.filling import Filling
from lithicoat.structures.films.molecules import Molecules, molecular_filling
from lithicoat.structures.films.monomers import CONFORMERS, Monomer, conformers
from lithicoat.structures.recipes import LithiconeRecipe

__all__ = ["lithicone_elements", "lithicone_filling"]


def lithicone_elements(recipe: LithiconeRecipe) -> set[str]:
    """Return the elements of a lithicone, Li included.

    Raises
    ------
    StructureError
        As `read_alcohol`.
    """
    return set(read_alcohol(recipe.smiles).salt_symbols("Li"))


def lithicone_filling(
    recipe: LithiconeRecipe, *, name: str, max_atoms: int, rng: np.random.Generator
) -> Filling:
    """Choose how many monomers one cell of a lithicone holds, and which of their hydroxyls hold Li.

    As many whole monomers as fit into `max_atoms`, each in a conformer of its own, at the highest of
    0.90, 0.85 ... of the estimated density that Packmol can fill.

    Raises
    ------
    StructureError
        If the SMILES is wrong, one monomer is larger than `max_atoms`, no hydroxyl would hold Li, or a layer
        would have fewer than two monomers.
    """
    alcohol = read_alcohol(recipe.smiles)
    shapes = conformers(alcohol, ion="Li", number=CONFORMERS, seed=int(rng.integers(1, 2**31 - 1)))
    size = len(alcohol.symbols)
    number = max_atoms // size
    if number == 0:
        raise StructureError(
            f"one unit of {name} has {size} atoms, more than the {max_atoms} allowed",
            where=name,
            hint=f"--max-atoms {size} or more",
        )
    ions = _lithiated(alcohol, number, recipe.lithiation, name=name, rng=rng)

    def draw() -> list[Monomer]:
        chosen = rng.integers(0, len(shapes), size=number)
        return [shapes[index].salt(held) for index, held in zip(chosen, ions, strict=True)]

    patterns = {held: shapes[0].salt(held) for held in set(ions)}
    hydroxyls, lithium = number * len(alcohol.sites), sum(held.count("Li") for held in ions)
    story: dict[str, Any] = {
        "smiles": deprotonate(recipe.smiles),
        "monomers": number,
        "hydroxyls": hydroxyls,
        "lithiation": {"asked": recipe.lithiation, "got": round(lithium / hydroxyls, 6)},
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
    )


def _lithiated(
    alcohol: Alcohol, number: int, share: float, *, name: str, rng: np.random.Generator
) -> list[tuple[str, ...]]:
    """Say for each monomer what its hydroxyls hold: `Li`, or `H` where they kept their proton."""
    sites = len(alcohol.sites)
    total = number * sites
    lithium = floor(share * total + 0.5)
    if lithium == 0:
        raise StructureError(
            f"a lithiation of {share:g} leaves no Li on the {total} hydroxyls of {name}",
            where=f"{name}: recipe.lithiation",
            hint=f"at least {1 / total:.2g}, or more atoms",
        )
    held = np.full(total, "Li")
    if lithium < total:  # a full cell draws nothing, and so stays what it always was
        held[rng.permutation(total)[lithium:]] = "H"
    return [tuple(row) for row in held.reshape(number, sites).tolist()]
