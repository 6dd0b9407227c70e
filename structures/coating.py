"""A Coating: one entry of the catalog."""

import hashlib
from enum import Enum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lithicoat.structures.recipes import Recipe
from lithicoat.structures.standards import quantity

__all__ = ["Coating", "ReportedValue", "Role"]


class Role(Enum):
    """Which electrode a film protects."""

    ANODE = "anode"
    CATHODE = "cathode"
    BOTH = "both"
    REFERENCE = "reference"

    def covers(self, other: "Role") -> bool:
        """Say whether a film of this role is one of the other: `both` is an anode and a cathode film."""
        return self is other or (self is Role.BOTH and other in (Role.ANODE, Role.CATHODE))


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ReportedValue(_Entry):
    """A value from the literature. Contradicting sources stand side by side."""

    property: str = Field(description="Standard name of `data/properties.toml`, such as `growth_per_cycle`.")
    value: float | str = Field(
        description="The value; text such as `>20000` or `0.57-0.72` for a bound or a range."
    )
    unit: str = Field(description="The unit of that property in `data/properties.toml`.")
    source: str = Field(description="Citation.")
    kind: Literal["experiment", "DFT", "derived"] = "experiment"
    phase: str = ""
    temperature_K: float | None = Field(None, ge=0, description="Temperature of the measurement, K.")
    note: str = ""

    @model_validator(mode="after")
    def _standard(self) -> Self:
        quantity(self.property, unit=self.unit)
        return self


class Coating(_Entry):
    """A film that can be screened."""

    id: str = Field(pattern=r"^[A-Za-z0-9][\w.+@-]*$", description="Short name; files are called after it.")
    name: str
    family: str = Field(description="lithicone, oxide, sulfide, LAS, stack, reference …")
    role: Role
    recipe: Recipe
    crystal: str | None = Field(
        None,
        description="CIF of the crystal beside a film that grows amorphous: `<id>@crystal`.",
    )
    chemistry: str = Field("", description="Precursors and process, such as `trimethylaluminium + water`.")
    reported: tuple[ReportedValue, ...] = ()
    notes: str = ""
    file: str = Field("", exclude=True, description="Name of the user's catalog that holds the entry.")

    def __hash__(self) -> int:
        return hash(self.content_hash)

    @property
    def content_hash(self) -> str:
        """sha256 of the id and the recipe: what building sees of the entry."""
        text = f"{self.id} {self.recipe.model_dump_json()}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source cited by the entry, each once, in order."""
        return tuple(dict.fromkeys(value.source for value in self.reported))
