"""What all benchmark results have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

__all__ = ["Benchmark", "Frozen", "difference"]


class Frozen(BaseModel):
    """A part of a result: frozen, without unknown fields, without numbers that are none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Benchmark(Frozen, ABC):
    """A result on one subject: of one potential, or of the analysis, which needs none."""

    potential: str = Field("", description="Name of the potential; empty if none was used.")
    sha256: str = Field("", description="sha256 of its weights; empty if none was used.")
    versions: dict[str, str] = Field(default_factory=dict, description="Versions of the code.")

    @computed_field(description="The result in one line.")  # type: ignore[prop-decorator]
    @property
    def summary(self) -> str:
        """The result in one line, for whoever reads the file only."""
        return self.headline()

    @model_validator(mode="before")
    @classmethod
    def _without_summary(cls, given: Any) -> Any:
        """Take a written result as it is: its summary follows from the rest."""
        if isinstance(given, dict):
            return {key: value for key, value in given.items() if key != "summary"}
        return given

    @abstractmethod
    def lines(self) -> list[str]:
        """Return the table for the terminal."""

    @abstractmethod
    def headline(self) -> str:
        """Return the result in one line, without the name of the potential."""

    def against(self, other: Self) -> list[str]:
        """Return the headlines of this result and of another potential's, on what both have in common."""
        return [f"{one.potential:20s} {one.headline()}" for one in (self, other)]


def difference(values: Sequence[float], references: Sequence[float]) -> tuple[float, float] | None:
    """Return mean absolute and mean error; None without values."""
    errors = [value - reference for value, reference in zip(values, references, strict=True)]
    if not errors:
        return None
    return sum(map(abs, errors)) / len(errors), sum(errors) / len(errors)
