"""How a molecular film grew: how much of it took lithium, and in how many layers."""

from typing import Any

from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError

__all__ = ["grown"]


def grown(coating: Coating, *, lithiation: float | None = None, layers: int | None = None) -> Coating:
    """Return a coating whose recipe grows otherwise, under an id that says so.

    Parameters
    ----------
    coating : Coating
        A film of molecules.
    lithiation : float, optional
        Share of a lithicone's hydroxyls that hold Li, in (0, 1].
    layers : int, optional
        Layers laid one upon the other; 1 packs the cell in bulk.

    Raises
    ------
    StructureError
        If the film has no such property.
    """
    changes: dict[str, Any] = {}
    if lithiation is not None:
        changes["lithiation"] = lithiation
    if layers is not None:
        changes["layers"] = layers
    for name in changes:
        if name not in type(coating.recipe).model_fields:
            films = "lithicones" if name == "lithiation" else "films of molecules"
            raise StructureError(f"{coating.id} has no {name}: that is for {films}", where=f"--{name}")
    if not changes:
        return coating
    told = "".join(f"-{name}{value:g}" for name, value in changes.items())
    recipe = coating.recipe.model_copy(update=changes)
    return coating.model_copy(update={"id": coating.id + told, "recipe": recipe})
