"""From a coating to its models."""

from collections.abc import Callable
from pathlib import Path
from typing import assert_never

from lithicoat.structures.coating import (
    AmorphousRecipe,
    Coating,
    CrystalRecipe,
    LithiconeRecipe,
    SupercycleRecipe,
)
from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import parse_formula
from lithicoat.structures.model import Model, ModelKind

__all__ = ["build_models", "elements_of"]

_SEED_STRIDE = 1000
"""Replica k of seed s gets s * 1000 + k: readable, and no two of them meet below a thousand replicas."""


def build_models(coating: Coating, *, max_atoms: int, replicas: int, seed: int) -> tuple[Model, ...]:
    """Build the models of a coating; every one is checked.

    Parameters
    ----------
    coating : Coating
        Entry of the catalog.
    max_atoms : int
        Atoms per model, at most. A crystal whose cell is larger comes as one cell.
    replicas : int
        Independent models of an amorphous film or lithicone; a crystal gives exactly one.
    seed : int
        The same seed gives the same atoms; more replicas leave the first ones as they were.

    Returns
    -------
    tuple of Model
        Amorphous cells and lithicones are as packed: they have to be annealed before they are films.

    Raises
    ------
    StructureError
        If a number is absurd, or the coating cannot be built with them.
    """
    for name, number, least in (("max_atoms", max_atoms, 1), ("replicas", replicas, 1), ("seed", seed, 0)):
        if number < least:
            raise StructureError(f"{name} is {number}, must be at least {least}", where=name)
    if replicas > _SEED_STRIDE:
        raise StructureError(f"replicas is {replicas}, must be at most {_SEED_STRIDE}", where="replicas")
    from lithicoat.structures.validation import check_model  # noqa: PLC0415 - elements_of needs none of it

    if isinstance(coating.recipe, CrystalRecipe):
        return (check_model(_crystal(coating, coating.recipe, max_atoms)),)
    pack = _packer(coating, max_atoms)
    return tuple(check_model(pack(seed * _SEED_STRIDE + replica)) for replica in range(replicas))


def elements_of(coating: Coating) -> tuple[str, ...]:
    """Return the elements of a coating, sorted.

    Raises
    ------
    StructureError
        If its SMILES or its crystal cannot be read.
    """
    recipe = coating.recipe
    match recipe:
        case CrystalRecipe():
            from lithicoat.structures.crystals import crystal_info, load_crystal  # noqa: PLC0415

            if Path(recipe.cif).is_absolute():
                found = set(load_crystal(recipe.cif).get_chemical_symbols())
            else:
                found = set(parse_formula(crystal_info(recipe.cif).formula))
        case AmorphousRecipe():
            found = set(parse_formula(recipe.composition))
        case SupercycleRecipe():
            found = {symbol for step in recipe.subcycles for symbol in parse_formula(step.formula)}
        case LithiconeRecipe():
            from lithicoat.structures.lithicones import monomer_elements  # noqa: PLC0415

            found = set(monomer_elements(recipe.smiles))
        case _:
            assert_never(recipe)
    return tuple(sorted(found))


def _crystal(coating: Coating, recipe: CrystalRecipe, max_atoms: int) -> Model:
    from lithicoat.structures.crystals import crystal_info, load_crystal, supercell_for  # noqa: PLC0415

    unit_cell = load_crystal(recipe.cif)
    atoms = supercell_for(unit_cell, max_atoms)
    story = {"builder": recipe.builder, "cif": Path(recipe.cif).name, "cells": len(atoms) // len(unit_cell)}
    if not Path(recipe.cif).is_absolute():
        info = crystal_info(recipe.cif)
        story |= {"source": info.source, "origin": info.origin, "flag": info.flag, "note": info.note}
    return Model.from_atoms(atoms, name=coating.id, kind=ModelKind.CRYSTAL, recipe=story)


def _packer(coating: Coating, max_atoms: int) -> Callable[[int], Model]:
    recipe = coating.recipe
    if isinstance(recipe, LithiconeRecipe):
        from lithicoat.structures.lithicones import lithicone_model  # noqa: PLC0415

        return lambda seed: lithicone_model(recipe, name=coating.id, max_atoms=max_atoms, seed=seed)
    from lithicoat.structures.amorphous import amorphous_model  # noqa: PLC0415

    assert not isinstance(recipe, CrystalRecipe)  # noqa: S101 - build_models took it
    return lambda seed: amorphous_model(recipe, name=coating.id, max_atoms=max_atoms, seed=seed)
