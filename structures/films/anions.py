"""Anions that are packed whole, and how a composition divides among them."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import lcm
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import parse_formula

__all__ = ["Anion", "Component", "anion", "anion_names", "neutral_components"]


class Anion(BaseModel):
    """A rigid anion: one row of `data/anions.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    charge: int = Field(lt=0)
    source: str = Field(description="Where the geometry is from.")
    atoms: tuple[tuple[str, float, float, float], ...] = Field(min_length=1, description="Symbols and Å.")
    radii_A: dict[str, float] = Field(
        default_factory=dict, description="Packing radii that replace ionic ones, Å."
    )

    @property
    def symbols(self) -> tuple[str, ...]:
        """Chemical symbols."""
        return tuple(symbol for symbol, *_ in self.atoms)

    @property
    def positions_A(self) -> NDArray[np.float64]:
        """Positions in Å, shape (atoms, 3)."""
        return np.array([position for _, *position in self.atoms])

    @property
    def counts(self) -> dict[str, Fraction]:
        """Atoms of each element."""
        return {symbol: Fraction(self.symbols.count(symbol)) for symbol in dict.fromkeys(self.symbols)}


@dataclass(frozen=True)
class Component:
    """One neutral part of a film, in whole atoms.

    Parameters
    ----------
    atoms : dict of str to int
        Atoms that are packed singly.
    anions : dict of str to int
        Anions that are packed whole.
    """

    atoms: dict[str, int]
    anions: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Atoms of each element, those of the anions included."""
        total = dict(self.atoms)
        for name, number in self.anions.items():
            for symbol, count in anion(name).counts.items():
                total[symbol] = total.get(symbol, 0) + number * int(count)
        return total

    @property
    def size(self) -> int:
        """Number of atoms."""
        return sum(self.counts.values())

    @property
    def formula(self) -> str:
        """Formula with the anions last: Li2SO3, Al2(SO4)3."""
        single = "".join(f"{symbol}{count if count > 1 else ''}" for symbol, count in self.atoms.items())
        whole = "".join(
            name if count == 1 else f"({name}){count}" if len(anion(name).atoms) > 1 else f"{name}{count}"
            for name, count in self.anions.items()
        )
        return single + whole


@cache
def _table() -> dict[str, Anion]:
    text = (Path(__file__).parents[1] / "data" / "anions.toml").read_text(encoding="utf-8")
    return {name: Anion.model_validate(row) for name, row in tomllib.loads(text).items()}


def anion(name: str) -> Anion:
    """Return an anion by name.

    Raises
    ------
    StructureError
        If it is not in `data/anions.toml`.
    """
    if name not in _table():
        raise StructureError(
            f"{name} is no anion that can be packed whole", where=name, hint="one of " + ", ".join(_table())
        )
    return _table()[name]


def anion_names() -> tuple[str, ...]:
    """Return the names of all anions that can be packed whole."""
    return tuple(_table())


def neutral_components(composition: str, units: Sequence[str] = ()) -> list[tuple[Component, float]]:
    """Divide a composition into neutral components with their relative numbers.

    Without units the formula itself is the one component. With units the elements in them are shared
    out to one unit, to two neighbours of the list, or to all; every unit then takes the other atoms in
    proportion to its charge. `Li2SO1.5` on S, SO3, SO4 gives Li2S and Li2SO3, 1 : 1.

    Parameters
    ----------
    composition : str
        Formula.
    units : sequence of str
        Names of anions, the ligand content rising. Where no unit and no two neighbours make the
        composition, all of them are taken, if that has one solution.

    Returns
    -------
    list of (Component, float)
        Components and how many of each there are per formula unit.

    Raises
    ------
    StructureError
        If the units cannot make the composition.
    """
    total = parse_formula(composition)
    if not units:
        return [_whole(total, {}, Fraction(1))]
    numbers = _shared(total, units)
    inside = {symbol for name in numbers for symbol in anion(name).counts}
    rest = {symbol: count for symbol, count in total.items() if symbol not in inside}
    charge = sum(number * anion(name).charge for name, number in numbers.items())
    return [
        _whole(
            {symbol: count * anion(name).charge / charge for symbol, count in rest.items()},
            {name: Fraction(1)},
            number,
        )
        for name, number in numbers.items()
    ]


def _shared(total: dict[str, Fraction], units: Sequence[str]) -> dict[str, Fraction]:
    """Return how many of one unit, of two neighbours, or of all hold exactly the elements of the units."""
    wanted = {symbol for name in units for symbol in anion(name).counts}
    target = {symbol: total.get(symbol, Fraction(0)) for symbol in wanted}
    for group in (*((name,) for name in units), *pairwise(units), tuple(units)):
        numbers = _solved(target, group)
        if numbers:
            return numbers
    formula = "".join(f"{symbol}{count if count != 1 else ''}" for symbol, count in total.items())
    raise StructureError(
        f"{formula} cannot be made of {', '.join(units)} and the other elements", where="units"
    )


def _solved(target: dict[str, Fraction], units: Sequence[str]) -> dict[str, Fraction] | None:
    """Return the one positive number of each unit that makes the target, by exact elimination."""
    rows = [
        [*(anion(name).counts.get(symbol, Fraction(0)) for name in units), count]
        for symbol, count in target.items()
    ]
    for column in range(len(units)):
        pivot = next((row for row in rows[column:] if row[column]), None)
        if pivot is None:
            return None
        rows.remove(pivot)
        pivot = [value / pivot[column] for value in pivot]
        rows = [[a - row[column] * b for a, b in zip(row, pivot, strict=True)] for row in rows]
        rows.insert(column, pivot)
    numbers = [row[-1] for row in rows[: len(units)]]
    if any(row[-1] for row in rows[len(units) :]) or min(numbers) <= 0:
        return None
    return dict(zip(units, numbers, strict=True))


def _whole(
    atoms: dict[str, Fraction], anions: dict[str, Fraction], number: Fraction
) -> tuple[Component, float]:
    """Scale a component up to whole atoms, and its number down by as much."""
    scale = lcm(*(count.denominator for count in [*atoms.values(), *anions.values()]))
    component = Component(
        {symbol: int(count * scale) for symbol, count in atoms.items()},
        {name: int(count * scale) for name, count in anions.items()},
    )
    return component, float(number / scale)
