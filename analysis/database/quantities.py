"""What the properties of a record are: how they are called, written and made."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["QuantityFacts", "quantities", "quantity"]


class QuantityFacts(BaseModel):
    """One property of a film, for headings and provenance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="Name in a record.")
    label: str = Field(description="As people say it.")
    symbol: str = Field("", description="As formulas and headings write it; empty if there is none.")
    unit: str = Field(description="Unit in which it is recorded.")
    meaning: str = Field(description="One line.")
    steps: tuple[str, ...] = Field((), description="Kinds of steps that produce it, in their order.")
    source: str = Field("", description="Where its formula is from; empty for a plain mean.")

    @property
    def heading(self) -> str:
        """Symbol, or else label, with the unit."""
        name = self.symbol or self.label
        return name if self.unit == "1" else f"{name} ({self.unit})"


@cache
def quantities() -> Mapping[str, QuantityFacts]:
    """Return what is known of all properties, by name."""
    text = resources.files("lithicoat.analysis").joinpath("data/quantities.toml").read_text("utf-8")
    return {name: QuantityFacts(name=name, **facts) for name, facts in tomllib.loads(text).items()}


def quantity(name: str, *, unit: str = "1") -> QuantityFacts:
    """Return what is known of a property; of a stranger its name and unit."""
    plain = name.replace("_", " ")
    return quantities().get(name) or QuantityFacts(name=name, label=plain, unit=unit, meaning=plain)
