"""From a coating to its models."""

from collections.abc import Callable
from typing import assert_never

from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import parse_formula
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import (
    AmorphousRecipe,
    CrystalRecipe,
    LayeredOxideRecipe,
    LithiconeRecipe,
    MetalconeRecipe,
    PolymerRecipe,
    Recipe,
    StackRecipe,
    StitchedRecipe,
    SupercycleRecipe,
)

__all__ = ["build_models", "elements_of", "kind_of"]

_SEED_STRIDE = 1000
"""Replica k of seed s gets s * 1000 + k: readable, and no two of them meet below a thousand replicas."""

Builder = Callable[[int], Model]
"""Builds one model with a seed."""


def build_models(
    coating: Coating, *, max_atoms: int, replicas: int, seed: int, first: int = 0
) -> tuple[Model, ...]:
    """Build the models of a coating; every one is checked.

    Parameters
    ----------
    coating : Coating
        Entry of the catalog.
    max_atoms : int
        Atoms per model, at most. A crystal whose cell is larger comes as one cell.
    replicas : int
        Independent models of a film that is packed at random; a crystal gives exactly one.
    seed : int
        The same seed gives the same atoms; more replicas leave the first ones as they were.
    first : int
        Number of the first replica.

    Returns
    -------
    tuple of Model
        Packed cells are as packed: they have to be annealed before they are films.

    Raises
    ------
    StructureError
        If a number is absurd, or the coating cannot be built with them.
    """
    limits = (("max_atoms", max_atoms, 1), ("replicas", replicas, 1), ("seed", seed, 0), ("first", first, 0))
    for name, number, least in limits:
        if number < least:
            raise StructureError(f"{name} is {number}, must be at least {least}", where=name)
    if first + replicas > _SEED_STRIDE:
        raise StructureError(
            f"replicas is {replicas}, must be at most {_SEED_STRIDE - first}", where="replicas"
        )
    from lithicoat.structures.films.packing import PackingError  # noqa: PLC0415
    from lithicoat.structures.validation import check_model  # noqa: PLC0415 - elements_of needs none of it

    build = _builder(coating, max_atoms)
    if kind_of(coating.recipe) is ModelKind.CRYSTAL:
        return (check_model(build(seed)),)
    try:
        return tuple(
            check_model(build(seed * _SEED_STRIDE + replica)) for replica in range(first, first + replicas)
        )
    except PackingError as error:
        raise _unpackable(coating, error) from error


def _unpackable(coating: Coating, error: StructureError) -> StructureError:
    """Name the entry, its file and the density that cannot be packed."""
    place = f"{coating.id} of {coating.file}" if coating.file else coating.id
    recipe = coating.recipe
    for key in ("crystal_density_g_cm3", "density_g_cm3"):
        density = getattr(recipe, key, None)
        if density is not None:
            told = f"entry {place}: recipe.{key} = {density:g} cannot be packed: {error.message}"
            return StructureError(told, where=f"{place}: recipe.{key}", hint=error.hint)
    return StructureError(f"entry {place}: {error.message}", where=place, hint=error.hint)


def kind_of(recipe: Recipe) -> ModelKind:
    """Return the kind of the models that a recipe gives."""
    match recipe:
        case CrystalRecipe() | StitchedRecipe() | LayeredOxideRecipe():
            return ModelKind.CRYSTAL
        case AmorphousRecipe() | SupercycleRecipe():
            return ModelKind.AMORPHOUS
        case LithiconeRecipe() | MetalconeRecipe() | PolymerRecipe():
            return ModelKind.MOLECULAR
        case StackRecipe():
            kinds = {kind_of(layer.recipe) for layer in recipe.layers}
            return ModelKind.MOLECULAR if ModelKind.MOLECULAR in kinds else ModelKind.AMORPHOUS
        case _:
            assert_never(recipe)


def elements_of(coating: Coating) -> tuple[str, ...]:
    """Return the elements of a coating, sorted.

    Raises
    ------
    StructureError
        If its SMILES or its crystal cannot be read.
    """
    return tuple(sorted(_elements(coating.recipe)))


def _elements(recipe: Recipe) -> set[str]:  # noqa: PLR0911 - one for each builder
    match recipe:
        case CrystalRecipe():
            from lithicoat.structures.crystals.cells import crystal_elements  # noqa: PLC0415

            return crystal_elements(recipe.cif)
        case AmorphousRecipe():
            return set(parse_formula(recipe.composition))
        case SupercycleRecipe():
            return {symbol for step in recipe.subcycles for symbol in parse_formula(step.formula)}
        case LithiconeRecipe():
            from lithicoat.structures.films.lithicones import lithicone_elements  # noqa: PLC0415

            return lithicone_elements(recipe)
        case MetalconeRecipe():
            from lithicoat.structures.films.metalcones import metalcone_elements  # noqa: PLC0415

            return metalcone_elements(recipe)
        case PolymerRecipe():
            from lithicoat.structures.films.polymers import polymer_elements  # noqa: PLC0415

            return polymer_elements(recipe)
        case LayeredOxideRecipe():
            from lithicoat.structures.cathodes.layered_oxides import layered_oxide_elements  # noqa: PLC0415

            return layered_oxide_elements(recipe)
        case StitchedRecipe():
            from lithicoat.structures.crystals.stitched import stitched_elements  # noqa: PLC0415

            return stitched_elements(recipe)
        case StackRecipe():
            return {symbol for layer in recipe.layers for symbol in _elements(layer.recipe)}
        case _:
            assert_never(recipe)


def _builder(coating: Coating, max_atoms: int) -> Builder:
    recipe, name = coating.recipe, coating.id
    match recipe:
        case CrystalRecipe():
            from lithicoat.structures.crystals.cells import crystal_model  # noqa: PLC0415

            return lambda _: crystal_model(recipe, name=name, max_atoms=max_atoms)
        case AmorphousRecipe() | SupercycleRecipe() | LithiconeRecipe() | MetalconeRecipe() | PolymerRecipe():
            from lithicoat.structures.films.filling import packed_model  # noqa: PLC0415

            return lambda seed: packed_model(recipe, name=name, max_atoms=max_atoms, seed=seed)
        case StitchedRecipe():
            from lithicoat.structures.crystals.stitched import stitched_model  # noqa: PLC0415

            return lambda seed: stitched_model(recipe, name=name, max_atoms=max_atoms, seed=seed)
        case StackRecipe():
            from lithicoat.structures.films.stacks import stack_model  # noqa: PLC0415

            return lambda seed: stack_model(recipe, name=name, max_atoms=max_atoms, seed=seed)
        case LayeredOxideRecipe():
            from lithicoat.structures.cathodes.layered_oxides import layered_oxide_model  # noqa: PLC0415

            return lambda seed: layered_oxide_model(recipe, name=name, max_atoms=max_atoms, seed=seed)
        case _:
            assert_never(recipe)
