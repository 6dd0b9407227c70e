"""A film named by its supercycle: `LAS@1:3` is one cycle of the first sub-process to three of the second."""

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lithicoat.structures.catalog.series import SeriesEntry
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import Formula
from lithicoat.structures.recipes import SubCycle, SupercycleRecipe

__all__ = ["SubProcess", "Supercycle", "SupercycleSeries"]

MOST_CYCLES = 100
"""Cycles of one sub-process in a supercycle; more of them are layers, no longer a mixture."""


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SubProcess(_Spec):
    """What one cycle of a precursor pair deposits (protocols §1); the supercycle says how many cycles."""

    formula: Formula
    units: tuple[str, ...] = Field((), description="Anions packed whole, as in an amorphous recipe.")
    growth_per_cycle_A: float = Field(gt=0)
    density_g_cm3: float = Field(gt=0)
    source: str = Field(description="Where growth and density are from.")


class Supercycle(_Spec):
    """The sub-processes of a series, in the order in which their cycles are named."""

    subcycles: tuple[SubProcess, ...] = Field(min_length=2)
    default: str = Field(description="Cycles of the entry when none are asked for, such as `1:1`.")
    melting_point_K: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self.recipe(self.default, of="the series")
        return self

    def cycles(self, text: str, *, of: str) -> tuple[int, ...]:
        """Return the cycles of each sub-process from text such as `1:3`; file names write `1-3`.

        Raises
        ------
        StructureError
            If they are not whole numbers from 1, one for each sub-process.
        """
        formulas = " : ".join(step.formula for step in self.subcycles)
        example = ":".join("1" for _ in self.subcycles)
        hint = f"cycles of {formulas}, such as {of}@{example}"
        if not re.fullmatch(r"\d+([:-]\d+)*", text):
            raise StructureError(
                f"the supercycle '{text}' of {of} is not whole numbers with colons", where=of, hint=hint
            )
        numbers = tuple(int(part) for part in re.split("[:-]", text))
        if len(numbers) != len(self.subcycles):
            raise StructureError(
                f"the supercycle {text} of {of} has {len(numbers)} numbers, must have {len(self.subcycles)}",
                where=of,
                hint=hint,
            )
        if not all(1 <= number <= MOST_CYCLES for number in numbers):
            raise StructureError(
                f"the supercycle {text} of {of} is impossible: every number is from 1 to {MOST_CYCLES}",
                where=of,
                hint=hint,
            )
        return numbers

    def recipe(self, text: str, *, of: str) -> SupercycleRecipe:
        """Return the recipe of a supercycle given as text.

        Raises
        ------
        StructureError
            As `cycles`.
        """
        numbers = self.cycles(text, of=of)
        return SupercycleRecipe(
            builder="supercycle",
            subcycles=tuple(
                SubCycle(**step.model_dump(), cycles=number)
                for step, number in zip(self.subcycles, numbers, strict=True)
            ),
            melting_point_K=self.melting_point_K,
        )


class SupercycleSeries(SeriesEntry):
    """A catalog entry for any supercycle of its sub-processes."""

    supercycle: Supercycle

    @property
    def coating(self) -> Coating:
        """The coating of the default supercycle, under the plain id."""
        return self._at(self.supercycle.default, name=self.id)

    def at(self, text: str) -> Coating:
        """Return the coating of a supercycle given as text; its id is `<id>@1-3`, fit for a file's name.

        Raises
        ------
        StructureError
            If the supercycle is impossible.
        """
        numbers = self.supercycle.cycles(text, of=self.id)
        return self._at(text, name=f"{self.id}@{'-'.join(map(str, numbers))}")

    def _at(self, text: str, *, name: str) -> Coating:
        recipe = self.supercycle.recipe(text, of=self.id)
        title = ", ".join(f"{step.cycles} {step.formula}" for step in recipe.subcycles)
        return self.member(recipe, name=name, title=f"supercycle of {title}")
