"""Series: entries with a number that is free, such as the x of Li2SOx, asked for as `Li2SOx@2.5`."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lithicoat.structures.coating import Coating, ReportedValue, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import molar_mass_g_mol, parse_formula
from lithicoat.structures.recipes import AmorphousRecipe, Recipe

__all__ = ["Composition", "Series", "SeriesEntry", "number_between"]


class SeriesEntry(BaseModel):
    """What every series has, whatever is free in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(pattern=r"^[A-Za-z0-9][\w.+-]*$")
    name: str
    family: str
    role: Role
    chemistry: str = ""
    reported: tuple[ReportedValue, ...] = ()
    notes: str = ""

    def member(self, recipe: Recipe, *, name: str, title: str) -> Coating:
        """Return the coating of one member of the series."""
        return Coating(
            id=name,
            name=f"{self.name}, {title}",
            family=self.family,
            role=self.role,
            recipe=recipe,
            chemistry=self.chemistry,
            reported=self.reported,
            notes=self.notes,
        )


def number_between(text: str, low: float, high: float, *, of: str, default: float) -> Fraction:
    """Return the x that stands after `@`, as an exact fraction of at most three decimals.

    Raises
    ------
    StructureError
        If it is no number, or outside the limits.
    """
    hint = f"a number from {low:g} to {high:g}, such as {of}@{default:g}"
    try:
        x = Fraction(str(float(text)))
    except ValueError as error:
        raise StructureError(f"x = '{text}' of {of} is not a number", where=of, hint=hint) from error
    if not low <= x <= high:
        raise StructureError(f"x = {text} of {of} is outside {low:g} … {high:g}", where=of, hint=hint)
    return x.limit_denominator(1000)


class Composition(BaseModel):
    """The free number x of a series, and the density that follows from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    template: str = Field(pattern=r"\{x\}", description="Formula with `{x}` for the free number: `Li2SO{x}`.")
    units: tuple[str, ...] = Field((), description="Anions packed whole, as in an amorphous recipe.")
    default: float = Field(ge=0, description="x of the entry when none is asked for.")
    molar_volumes: tuple[tuple[float, float], ...] = Field(
        min_length=2,
        description="Pairs of x and crystal molar volume in cm³/mol; linear between them, ends are limits.",
    )
    density_source: str
    melting_point_K: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        numbers = [x for x, _ in self.molar_volumes]
        if any(a >= b for a, b in pairwise(numbers)) or any(volume <= 0 for _, volume in self.molar_volumes):
            msg = "molar_volumes must rise in x and be positive"
            raise ValueError(msg)
        if not numbers[0] <= self.default <= numbers[-1]:
            msg = f"default {self.default:g} is outside {numbers[0]:g} … {numbers[-1]:g}"
            raise ValueError(msg)
        parse_formula(self.formula(Fraction(str(self.default))))
        return self

    def formula(self, x: Fraction) -> str:
        """Return the formula at x, without elements whose number is zero."""
        text = self.template.replace("{x}", f"{float(x):.6f}".rstrip("0").rstrip("."))
        atoms = parse_formula(text)
        return "".join(
            element + ("" if count == 1 else f"{float(count):.6f}".rstrip("0").rstrip("."))
            for element, count in atoms.items()
        )

    def density_g_cm3(self, x: Fraction) -> float:
        """Return the crystal density at x in g/cm³, from molar volumes linear in x (Vegard)."""
        volume = _interpolate(self.molar_volumes, float(x))
        return molar_mass_g_mol(parse_formula(self.formula(x))) / volume


class Series(SeriesEntry):
    """A catalog entry for any composition between two ends."""

    composition: Composition

    @property
    def coating(self) -> Coating:
        """The coating at the default x, under the plain id."""
        return self._at(Fraction(str(self.composition.default)), name=self.id)

    def at(self, text: str) -> Coating:
        """Return the coating at an x given as text; its id is `<id>@<x>`.

        Raises
        ------
        StructureError
            If x is no number or outside the limits.
        """
        low, high = self.composition.molar_volumes[0][0], self.composition.molar_volumes[-1][0]
        x = number_between(text, low, high, of=self.id, default=self.composition.default)
        return self._at(x, name=f"{self.id}@{float(x):g}")

    def _at(self, x: Fraction, *, name: str) -> Coating:
        composition = self.composition
        recipe = AmorphousRecipe(
            builder="amorphous",
            composition=composition.formula(x),
            units=composition.units,
            crystal_density_g_cm3=round(composition.density_g_cm3(x), 4),
            density_source=composition.density_source,
            melting_point_K=composition.melting_point_K,
        )
        return self.member(recipe, name=name, title=f"x = {float(x):g}")


def _interpolate(points: Sequence[tuple[float, float]], x: float) -> float:
    for (left, below), (right, above) in pairwise(points):
        if x <= right:
            return below + (above - below) * (x - left) / (right - left)
    return points[-1][1]
