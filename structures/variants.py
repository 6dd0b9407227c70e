"""Slabs of a coating's crystal, and cells with a vacancy: what `lithicoat build --slab --vacancy` writes."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.build import build_models
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model
from lithicoat.structures.recipes import CrystalRecipe, LayeredOxideRecipe
from lithicoat.structures.validation import check_model

__all__ = ["Variant", "build_variants"]

WIDTH_A = 8.0
"""An atom of a slab is at least so far from its own image in the plane, where the atoms suffice."""


class Variant(BaseModel):
    """What is made of a coating's models."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    slab: str | None = Field(None, description="Miller indices of a surface, such as `104`; None: no slab.")
    vacuum_A: float = Field(15.0, ge=0, le=100, description="Vacuum above a slab, Å.")
    thickness_A: float = Field(9.0, ge=1, le=200, description="Thickness of a slab, at least, Å.")
    fixed_A: float = Field(
        3.0, ge=0, le=100, description="Atoms so near to the bottom of a slab are held, Å."
    )
    vacancy: str | None = Field(None, description="Element of which one atom is left out; None: none is.")


def build_variants(
    coating: Coating, variant: Variant, *, max_atoms: int, replicas: int, seed: int
) -> tuple[Model, ...]:
    """Build slabs of a coating, or its cells, and leave an atom out.

    Parameters
    ----------
    coating : Coating
        Entry of the catalog.
    variant : Variant
        What to make of it.
    max_atoms, replicas, seed : int
        As in `build.build_models`; a slab comes once.

    Returns
    -------
    tuple of Model
        Named `<id>-104` for a slab and `…-vO1`, `…-vO2` for its vacancies, those at the surface first.

    Raises
    ------
    StructureError
        If the coating is no crystal, or as `slabs.slab_of` and `vacancies.vacancies`.
    """
    if variant.slab is None:
        models = build_models(coating, max_atoms=max_atoms, replicas=replicas, seed=seed)
    else:
        models = (_slab(coating, variant, variant.slab, max_atoms=max_atoms, seed=seed),)
    if variant.vacancy is None:
        return models
    from lithicoat.structures.crystals.vacancies import vacancies  # noqa: PLC0415

    return tuple(
        check_model(vacancy.model.model_copy(update={"name": f"{model.name}-v{variant.vacancy}{number}"}))
        for model in models
        for number, vacancy in enumerate(vacancies(model, variant.vacancy), start=1)
    )


def _slab(coating: Coating, variant: Variant, indices: str, *, max_atoms: int, seed: int) -> Model:
    from lithicoat.structures.cathodes.layered_oxides import layered_oxide_slab  # noqa: PLC0415
    from lithicoat.structures.surfaces.planes import parse_miller  # noqa: PLC0415
    from lithicoat.structures.surfaces.slabs import slab_of  # noqa: PLC0415

    miller = parse_miller(indices)
    name = f"{coating.id}-{''.join(map(str, miller))}"
    match coating.recipe:
        case LayeredOxideRecipe() as recipe:
            slab = layered_oxide_slab(
                recipe,
                miller,
                name=name,
                max_atoms=max_atoms,
                seed=seed,
                thickness_A=variant.thickness_A,
                vacuum_A=variant.vacuum_A,
                width_A=WIDTH_A,
                fixed_A=variant.fixed_A,
            )
        case CrystalRecipe() as recipe:
            from lithicoat.structures.crystals.cells import crystal_model  # noqa: PLC0415

            slab = slab_of(
                crystal_model(recipe, name=name, max_atoms=1),
                miller,
                max_atoms=max_atoms,
                thickness_A=variant.thickness_A,
                vacuum_A=variant.vacuum_A,
                width_A=WIDTH_A,
                fixed_A=variant.fixed_A,
            )
        case _:
            raise StructureError(
                f"{coating.id} is no crystal and has no lattice planes to cut along",
                where="--slab",
                hint=f"{coating.id}@crystal where the catalog names its crystal",
            )
    return check_model(slab)
