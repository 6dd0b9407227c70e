"""Standard names and units of reported values: one of each over the whole catalog."""

import difflib
import tomllib
from enum import Enum
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.errors import StructureError

__all__ = ["Group", "Quantity", "quantities", "quantity"]


class Group(Enum):
    """Where a quantity is shown: the key ones first."""

    GROWTH = "growth"
    FILM = "film"
    TRANSPORT = "transport"
    MECHANICS = "mechanics"
    STABILITY = "stability"
    CELL = "cell"
    OTHER = "other"


class Quantity(BaseModel):
    """One row of `data/properties.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str = Field(description="The one unit in which it is given; `1` for a number without unit.")
    group: Group
    about: str = Field(description="What it is, in a few words.")


@cache
def quantities() -> dict[str, Quantity]:
    """Return all standard quantities by name, in the order of `data/properties.toml`."""
    text = (Path(__file__).parent / "data" / "properties.toml").read_text(encoding="utf-8")
    return {name: Quantity.model_validate(row) for name, row in tomllib.loads(text).items()}


def quantity(name: str, *, unit: str) -> Quantity:
    """Return a quantity, sure that it is given in its unit.

    Raises
    ------
    StructureError
        If there is no such quantity (the nearest are offered), or its unit is another one.
    """
    known = quantities()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        raise StructureError(
            f"there is no property {name}",
            where="property",
            hint=f"Did you mean {' or '.join(near)}?"
            if near
            else "structures/data/properties.toml names all",
        )
    if unit != known[name].unit:
        raise StructureError(
            f"{name} is given in {unit}, its unit is {known[name].unit}",
            where="unit",
            hint=f"the value in {known[name].unit}",
        )
    return known[name]
