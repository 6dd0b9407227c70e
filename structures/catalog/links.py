"""Entries that lean on other entries: the layers of a stack, the supercycle of a series."""

from collections.abc import Callable, Mapping
from typing import Any

from lithicoat.structures.catalog.files import Block, Entry
from lithicoat.structures.catalog.supercycle_series import SupercycleSeries
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.recipes import StackRecipe

__all__ = ["leans", "linked"]

_LAYER_KEYS = {"coating", "cycles", "thickness_nm", "source"}


def leans(block: Block) -> bool:
    """Say whether the recipe names other entries, which have to be known first."""
    recipe = block.data.get("recipe")
    return isinstance(recipe, dict) and (
        recipe.get("builder") == "stack" or (recipe.get("builder") == "supercycle" and "series" in recipe)
    )


def linked(block: Block, entries: Mapping[str, Entry], find: Callable[[str], Coating]) -> Block:
    """Return a block whose recipe is written out from the entries that it names.

    A layer of a stack says `coating` and either `cycles` or `thickness_nm` with its `source`; it gets
    the recipe of that coating, and for cycles the thickness that the coating's first numeric
    `growth_per_cycle` gives. A supercycle recipe with `series` and `cycles` gets the sub-processes of
    that series.

    Parameters
    ----------
    block : Block
        An entry for which `leans` is true.
    entries : mapping of str to Entry
        What the recipe may name.
    find : callable
        Returns the coating of an id, as `Catalog.find`.

    Raises
    ------
    StructureError
        If an entry that is named does not exist, is a stack itself, or has no growth per cycle.
    """
    recipe = block.data["recipe"]
    if recipe["builder"] == "stack":
        layers = recipe.get("layers")
        if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
            raise block.fault("the key recipe.layers is missing or no list of tables", key="recipe.layers")
        written = {"layers": [_layer(layer, number, block, find) for number, layer in enumerate(layers)]}
        return Block(block.id, {**block.data, "recipe": {**recipe, **written}}, block.file)
    return Block(block.id, {**block.data, "recipe": _supercycle(recipe, block, entries)}, block.file)


def _supercycle(recipe: dict[str, Any], block: Block, entries: Mapping[str, Entry]) -> dict[str, Any]:
    series = entries.get(str(recipe["series"]))
    if not isinstance(series, SupercycleSeries):
        raise block.fault(
            f"field recipe.series: {recipe['series']} is no series of supercycles", key="recipe.series"
        )
    unknown = sorted(set(recipe) - {"builder", "series", "cycles"})
    if unknown or "cycles" not in recipe:
        said = f"there is no key recipe.{unknown[0]}" if unknown else "the key recipe.cycles is missing"
        raise block.fault(said, key="recipe", hint='series = "LAS" and cycles = "1:4"')
    try:
        return series.supercycle.recipe(str(recipe["cycles"]), of=series.id).model_dump()
    except StructureError as error:
        raise block.fault(error.message, key="recipe.cycles", hint=error.hint) from error


def _layer(
    layer: dict[str, Any], number: int, block: Block, find: Callable[[str], Coating]
) -> dict[str, Any]:
    key = f"recipe.layers.{number}"
    unknown = sorted(set(layer) - _LAYER_KEYS)
    if unknown or not isinstance(layer.get("coating"), str):
        said = f"there is no key {key}.{unknown[0]}" if unknown else f"the key {key}.coating is missing"
        raise block.fault(said, key=key, hint="coating and cycles, or coating, thickness_nm and source")
    if ("cycles" in layer) == ("thickness_nm" in layer):
        raise block.fault(
            f"field {key}: a layer has either cycles or thickness_nm", key=key, hint="one of the two"
        )
    try:
        coating = find(layer["coating"])
    except StructureError as error:
        raise block.fault(f"field {key}.coating: {error.message}", key=key, hint=error.hint) from error
    if isinstance(coating.recipe, StackRecipe):
        raise block.fault(
            f"field {key}.coating: {coating.id} is a stack itself", key=key, hint="name its layers"
        )
    grown = _grown(layer["cycles"], coating, block, key) if "cycles" in layer else {}
    named = {name: value for name, value in layer.items() if name != "cycles"}
    return {**named, **grown, "recipe": coating.recipe.model_dump()}


def _grown(cycles: Any, coating: Coating, block: Block, key: str) -> dict[str, Any]:
    """Return thickness and source of a layer of so many cycles."""
    if not isinstance(cycles, int) or isinstance(cycles, bool) or cycles < 1:
        raise block.fault(
            f"field {key}.cycles: {cycles!r} is no number of cycles", key=key, hint="a whole number from 1"
        )
    for row in coating.reported:
        if row.property == "growth_per_cycle" and isinstance(row.value, float):
            return {
                "thickness_nm": round(cycles * row.value / 10, 6),
                "source": f"{cycles} cycles of {row.value:g} Å: {row.source}",
            }
    raise block.fault(
        f"field {key}.cycles: {coating.id} has no growth per cycle",
        key=key,
        hint="thickness_nm and source instead of cycles, or a growth_per_cycle among its reported values",
    )
