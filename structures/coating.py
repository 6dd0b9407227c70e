"""A Coating: one entry of the catalog."""

import hashlib
from enum import Enum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.recipes import Recipe

__all__ = ["Coating", "ReportedValue", "Role"]


class Role(Enum):
    """Which electrode a film protects."""

    ANODE = "anode"
    CATHODE = "cathode"
    BOTH = "both"
    REFERENCE = "reference"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ReportedValue(_Entry):
    """A value from the literature. Contradicting sources stand side by side."""

    property: str = Field(description="Standard name, such as `ionic_conductivity` or `growth_per_cycle`.")
    value: float | str = Field(description="The value; text such as `>20000` where the source gives a bound.")
    unit: str
    source: str = Field(description="Citation.")
    kind: Literal["experiment", "DFT", "derived"] = "experiment"
    phase: str = ""
    temperature_K: float | None = Field(None, ge=0, description="Temperature of the measurement, K.")
    note: str = ""


class Coating(_Entry):
    """A film that can be screened."""

    id: str = Field(pattern=r"^[A-Za-z0-9][\w.+@-]*$", description="Short name; files are called after it.")
    name: str
    family: str = Field(description="lithicone, sulfide, oxysulfide, LAS, reference …")
    role: Role
    recipe: Recipe
    reported: tuple[ReportedValue, ...] = ()
    notes: str = ""

    @property
    def content_hash(self) -> str:
        """sha256 of the id and the recipe: what building sees of the entry."""
        text = f"{self.id} {self.recipe.model_dump_json()}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source cited by the entry, each once, in order."""
        return tuple(dict.fromkeys(value.source for value in self.reported))
