"""Published conductivities at room temperature: measured values, and facts that hold between films."""

import csv
import re
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.coating import Coating, ReportedValue, Role
from lithicoat.structures.crystals.index import crystal_info
from lithicoat.structures.errors import StructureError
from lithicoat.structures.recipes import CrystalRecipe
from lithicoat.workflows.benchmarks.base import Frozen

__all__ = ["OBELIX", "Fact", "Measured", "coating_of", "facts", "facts_about", "known_films", "measured_of"]

OBELIX = "OBELiX (NRC-Mila, CC-BY 4.0, arXiv:2502.14234)"
"""Where the measured conductivities of crystals come from."""
ROOM_K = (288.0, 313.0)
"""Measurements outside of this are not at room temperature."""
_NUMBER = re.compile(r"[<>]?\s*(\d[\d.]*(?:[eE][-+]?\d+)?)")


class Measured(Frozen):
    """One published conductivity at room temperature."""

    low_S_cm: float | None = Field(description="Value or lower end of a range, S/cm; None if `<`.")
    high_S_cm: float = Field(gt=0, description="Value, upper end of a range, or upper bound, S/cm.")
    what: str = Field(description="Phase, process and other circumstances.")
    source: str
    note: str = Field("", description="What its source, or another one, says against it.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low_S_cm is not None and not 0 < self.low_S_cm <= self.high_S_cm:
            msg = f"a range from {self.low_S_cm:g} to {self.high_S_cm:g} S/cm is none"
            raise ValueError(msg)
        return self

    def __str__(self) -> str:
        if self.low_S_cm is None:
            return f"< {self.high_S_cm:.1e}"
        if self.low_S_cm == self.high_S_cm:
            return f"{self.high_S_cm:.1e}"
        return f"{self.low_S_cm:.1e} to {self.high_S_cm:.1e}"


class Fact(Frozen):
    """What the literature says of one film, or of two, as a claim that numbers can be held against."""

    id: str
    statement: str
    film: str = Field(description="The film the statement is about, by its name in the catalog.")
    than: str | None = Field(None, description="The film it is held against.")
    at_least_decades: float | None = Field(None, description="So many decades more than that.")
    low_S_cm: float | None = Field(None, gt=0, description="Conducts at least so well, S/cm.")
    high_S_cm: float | None = Field(None, gt=0, description="Conducts at most so well, S/cm.")
    published: str = Field(description="The numbers behind the statement.")
    source: str
    reading: str = Field(description="How the words became numbers.")
    doubt: str = Field(description="What speaks against the source, or against the model.")

    @model_validator(mode="after")
    def _one_claim(self) -> Self:
        alone = self.low_S_cm is not None or self.high_S_cm is not None
        if (self.than is None) != (self.at_least_decades is None) or alone == (self.than is not None):
            msg = "a fact needs either `than` and `at_least_decades`, or `low_S_cm` or `high_S_cm`"
            raise ValueError(msg)
        return self

    @property
    def films(self) -> tuple[str, ...]:
        """The films that it takes to judge it."""
        return (self.film,) if self.than is None else (self.film, self.than)


@cache
def facts() -> tuple[Fact, ...]:
    """Return the shipped facts."""
    return tuple(Fact.model_validate(row) for row in tomllib.loads(_text("conductivity_facts.toml"))["fact"])


def facts_about(films: set[str]) -> tuple[Fact, ...]:
    """Return the facts that can be judged from these films alone."""
    return tuple(fact for fact in facts() if films.issuperset(fact.films))


def known_films() -> tuple[str, ...]:
    """Return the films with a measured crystal or a fact, crystals first."""
    return tuple(dict.fromkeys([*_crystals(), *(film for fact in facts() for film in fact.films)]))


def coating_of(name: str) -> Coating:
    """Return a coating of the catalog, or a shipped crystal that was measured and is no film.

    Raises
    ------
    StructureError
        If there is neither.
    """
    entries = load_catalog(None)
    crystal = _crystals().get(name)
    if crystal is None or name.partition("@")[0] in entries.ids:
        return entries.find(name)
    return Coating(
        id=name,
        name=f"{crystal_info(crystal).formula}, space group {crystal_info(crystal).spacegroup}",
        family="measured crystal",
        role=Role.REFERENCE,
        recipe=CrystalRecipe(builder="crystal", cif=crystal),
    )


def measured_of(name: str) -> tuple[Measured, ...]:
    """Return what was measured of a film or crystal at room temperature; nothing of a film of the user's own.

    The values that the catalog reports are of the film that it names; of the crystal beside an amorphous film
    there are those of OBELiX.
    """
    entries = load_catalog(None)
    reported = entries.find(name).reported if name in entries.ids else ()
    films = [
        row
        for row in reported
        if row.property == "ionic_conductivity" and not row.source.startswith("OBELiX") and _at_room(row)
    ]
    return (*_rows_of(name), *map(_of_report, films))


def _at_room(row: ReportedValue) -> bool:
    return row.temperature_K is not None and ROOM_K[0] <= row.temperature_K <= ROOM_K[1]


def _of_report(row: ReportedValue) -> Measured:
    low, high = parse_range(str(row.value), where=row.source)
    return Measured(low_S_cm=low, high_S_cm=high, what=row.phase, source=row.source, note=row.note)


def parse_range(text: str, *, where: str) -> tuple[float | None, float]:
    """Read `1e-10`, `<1e-10` or `1e-11 to 1e-9`.

    Returns
    -------
    tuple of (float or None, float)
        Lower and upper end; no lower one below a bound.

    Raises
    ------
    StructureError
        If it is none of these.
    """
    numbers = sorted(float(number) for number in _NUMBER.findall(text))
    if not 1 <= len(numbers) <= 2 or text.lstrip().startswith(">"):
        raise StructureError(
            f"'{text}' is no conductivity", where=where, hint="1e-10, <1e-10 or 1e-11 to 1e-9"
        )
    return (None if text.lstrip().startswith("<") else numbers[0]), numbers[-1]


@cache
def _table() -> tuple[dict[str, str], ...]:
    lines = _text("measured_conductivities.csv").splitlines()
    return tuple(csv.DictReader(line for line in lines if not line.startswith("#")))


@cache
def _crystals() -> dict[str, str]:
    return {row["film"]: row["crystal"] for row in _table()}


def _rows_of(name: str) -> list[Measured]:
    found = []
    for row in _table():
        if row["film"] == name:
            low, high = parse_range(row["conductivity_S_cm"], where=row["obelix_id"])
            what = "; ".join(filter(None, (row["note"], f"space group {row['space_group']}")))
            source = f"OBELiX {row['obelix_id']}, doi:{row['doi']}"
            found.append(Measured(low_S_cm=low, high_S_cm=high, what=what, source=source))
    return found


def _text(file: str) -> str:
    return (Path(str(resources.files("lithicoat.workflows"))) / "data" / file).read_text(encoding="utf-8")
