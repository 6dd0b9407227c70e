"""A number as a user sees it: value, uncertainty, unit, bound, flags, provenance."""

from enum import Enum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Bound", "Property", "Provenance"]


class Bound(Enum):
    """Which side of the true value a bound lies on."""

    UPPER = "upper"
    LOWER = "lower"


class Provenance(BaseModel):
    """Where a number comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    potential: str | None = Field(
        None, description="Name of the interatomic potential; None if none was used."
    )
    sha256: str | None = Field(None, description="sha256 of the potential's weights.")
    protocol: str | None = Field(None, description="Name of the protocol, with a digest of its numbers.")
    seed: int | None = Field(None, description="Random seed of the model and its dynamics.")
    versions: dict[str, str] = Field(
        default_factory=dict, description="Versions of the code that computed it."
    )


class Property(BaseModel):
    """A measured, computed or bounded quantity.

    A quantity that was not resolved carries a ``bound``; one that could not be had at all has no value
    and says why in its ``flags``. There is never a silent zero or nan.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float | None = Field(description="The value in `unit`; None if missing.")
    uncertainty: float | None = Field(
        None, ge=0, description="Standard uncertainty in `unit`; None if unknown."
    )
    unit: str = Field(description="Unit of value and uncertainty; '1' for a ratio.")
    bound: Bound | None = Field(None, description="'upper' or 'lower' if value is only a bound.")
    flags: tuple[str, ...] = Field((), description="Caveats a reader must see, short phrases.")
    provenance: Provenance = Field(default=Provenance(), description="Where the number comes from.")

    @model_validator(mode="after")
    def _missing_says_why(self) -> Self:
        if self.value is None and not self.flags:
            msg = "a missing property must say why in its flags"
            raise ValueError(msg)
        return self

    @classmethod
    def missing(cls, unit: str, reason: str, *, provenance: Provenance | None = None) -> Self:
        """Make a property that has no value, with the reason as its flag."""
        return cls(value=None, unit=unit, flags=(reason,), provenance=provenance or Provenance())

    @property
    def resolved(self) -> bool:
        """True if there is a value and it is not merely a bound."""
        return self.value is not None and self.bound is None

    def flagged(self, *flags: str) -> Self:
        """Return a copy that carries the further flags, each once."""
        return self.model_copy(update={"flags": tuple(dict.fromkeys((*self.flags, *flags)))})

    def attributed(self, provenance: Provenance) -> Self:
        """Return a copy that carries the provenance."""
        return self.model_copy(update={"provenance": provenance})

    def _repr_html_(self) -> str:
        from lithicoat.analysis.display import property_html  # noqa: PLC0415 - for notebooks alone

        return property_html(self)
