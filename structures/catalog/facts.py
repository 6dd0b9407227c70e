"""What the catalog says of a coating at a glance: what is missing, and how far its crystal may be trusted."""

from pathlib import Path

from lithicoat.structures.catalog.materials_project import is_material_id
from lithicoat.structures.coating import Coating
from lithicoat.structures.crystals.index import CrystalInfo, crystal_info
from lithicoat.structures.recipes import (
    CrystalRecipe,
    LayeredOxideRecipe,
    Recipe,
    StackRecipe,
    StitchedRecipe,
)

__all__ = ["KEY_QUANTITIES", "crystals_of", "flags_of", "missing_quantities"]

KEY_QUANTITIES = {
    "growth temperature": ("growth_temperature",),
    "growth per cycle": ("growth_per_cycle", "growth_per_supercycle"),
    "thickness": ("optimal_thickness", "thickness"),
    "ionic conductivity": ("ionic_conductivity",),
}
"""What every entry should report, and the properties that answer it."""


def missing_quantities(coating: Coating) -> tuple[str, ...]:
    """Return the key quantities for which the entry has no value with a source."""
    reported = {row.property for row in coating.reported}
    return tuple(name for name, properties in KEY_QUANTITIES.items() if reported.isdisjoint(properties))


def crystals_of(coating: Coating) -> tuple[CrystalInfo, ...]:
    """Return the rows of the shipped crystals that the coating is built from or names beside it."""
    files = [*_files(coating.recipe), *([coating.crystal] if coating.crystal else [])]
    shipped = [file for file in files if not (is_material_id(file) or Path(file).is_absolute())]
    return tuple(crystal_info(file) for file in dict.fromkeys(shipped))


def flags_of(coating: Coating) -> tuple[str, ...]:
    """Return what a reader must know of the crystals: predicted, model by analogy, van der Waals …."""
    flags = (f"{info.file}: {flag}" for info in crystals_of(coating) for flag in info.flags)
    return tuple(dict.fromkeys(flags))


def _files(recipe: Recipe) -> list[str]:
    if isinstance(recipe, (CrystalRecipe, StitchedRecipe, LayeredOxideRecipe)):
        return [recipe.cif]
    if isinstance(recipe, StackRecipe):
        return [file for layer in recipe.layers for file in _files(layer.recipe)]
    return []
