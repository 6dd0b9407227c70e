"""What was built, in one row a reader can judge: size, density against its reference, flags."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.coating import Coating
from lithicoat.structures.model import Model

__all__ = ["DENSITY_LIMIT", "ModelRow", "summarise"]

DENSITY_LIMIT = 0.10
"""A crystal whose density is off its measured one by more than this share is flagged."""

_DOUBTFUL_ORIGINS = {"predicted", "model", "hypothetical", "noisy"}
_DEVIATING = 0.005
"""A cell is too small for its composition if an atomic fraction is off by more than this."""


class ModelRow(BaseModel):
    """One built model."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(description="Id of the coating; of a slab or vacancy with what was made of it.")
    family: str
    builder: str
    kind: str = Field(description="What sort of cell it is.")
    formula: str = Field(description="Formula of the whole cell, Hill order.")
    atoms: int
    density_g_cm3: float
    reference_density_g_cm3: float | None = Field(
        None, description="Measured density of a crystal, or the density that a packed film is to reach."
    )
    reference: str = Field("", description="What the reference density is of.")
    density_deviation: float | None = Field(None, description="Density over its reference, minus one.")
    seed: int | None = None
    flags: tuple[str, ...] = ()


def summarise(coating: Coating, model: Model) -> ModelRow:
    """Return the row of a model.

    Parameters
    ----------
    coating : Coating
        What was built.
    model : Model
        One of its models.
    """
    density, (reference, named) = model.density_g_cm3, _reference(model)
    deviation = density / reference - 1 if reference else None
    return ModelRow(
        id=model.name,
        family=coating.family,
        builder=coating.recipe.builder,
        kind=model.kind.value,
        formula=model.formula,
        atoms=len(model.symbols),
        density_g_cm3=round(density, 4),
        reference_density_g_cm3=reference,
        reference=named,
        density_deviation=None if deviation is None else round(deviation, 4),
        seed=model.seed,
        flags=tuple(_flags(model.recipe, deviation, packed="packed" in named)),
    )


def _reference(model: Model) -> tuple[float | None, str]:
    recipe = model.recipe
    for key, named in (
        ("density_reference_g_cm3", "crystal, measured"),
        ("crystal_density_g_cm3", "crystal; the film is as packed"),
        ("density_estimate_g_cm3", "film, estimated; the film is as packed"),
    ):
        if recipe.get(key):
            return float(recipe[key]), named
    return None, ""


def _flags(recipe: dict[str, Any], deviation: float | None, *, packed: bool) -> list[str]:
    flags = []
    if recipe.get("origin") in _DOUBTFUL_ORIGINS:
        flags.append(f"{recipe['origin']} crystal")
    if recipe.get("flag"):
        flags.append(str(recipe["flag"]))
    if deviation is not None and abs(deviation) > DENSITY_LIMIT and not packed:
        flags.append(f"density {deviation:+.0%} off its reference")
    if abs(recipe.get("composition_deviation", 0.0)) > _DEVIATING:
        flags.append(f"composition off by {recipe['composition_deviation']:.3f}: cell too small")
    return flags + _made(recipe)


def _made(recipe: dict[str, Any]) -> list[str]:
    """Tell what a slab or a vacancy is."""
    told = []
    if moved := recipe.get("moved"):
        told.append(f"{moved['number']} {moved['symbol']} moved to the {moved['to']}: the plain cut is polar")
    lost = [step for step in recipe.get("steps", []) if step.get("step") == "vacancy"]
    return told + [f"{step['label']}, one of {step['multiplicity']}" for step in lost]
