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

__all__ = ["Anion", "Component", "anion", "neutral_components"]


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
    text = (Path(__file__).parent / "data" / "anions.toml").read_text(encoding="utf-8")
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


def neutral_components(composition: str, units: Sequence[str] = ()) -> list[tuple[Component, float]]:
    """Divide a composition into neutral components with their relative numbers.

    Without units the formula itself is the one component. With units the elements in them are shared
    out to one unit, or to two neighbours of the list; every unit then takes the other atoms in
    proportion to its charge. `Li2SO1.5` on S, SO3, SO4 gives Li2S and Li2SO3, 1 : 1.

    Parameters
    ----------
    composition : str
        Formula.
    units : sequence of str
        Names of anions, the ligand content rising.

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
    """Return how many of one unit, or of two neighbours, hold exactly the elements of the units."""
    wanted = {symbol for name in units for symbol in anion(name).counts}
    target = {symbol: total.get(symbol, Fraction(0)) for symbol in wanted}
    for name in units:
        own = anion(name).counts
        number = target[anion(name).symbols[0]] / own[anion(name).symbols[0]]
        if number > 0 and all(target[symbol] == number * own.get(symbol, 0) for symbol in wanted):
            return {name: number}
    for lower, upper in pairwise(units):
        pair = _pair(target, anion(lower).counts, anion(upper).counts)
        if pair:
            return {lower: pair[0], upper: pair[1]}
    formula = "".join(f"{symbol}{count if count != 1 else ''}" for symbol, count in total.items())
    raise StructureError(
        f"{formula} cannot be made of {', '.join(units)} and the other elements", where="units"
    )


def _pair(
    target: dict[str, Fraction], lower: dict[str, Fraction], upper: dict[str, Fraction]
) -> tuple[Fraction, Fraction] | None:
    """Solve a·lower + b·upper = target with a, b > 0, or return None."""
    symbols = list(target)
    for i, first in enumerate(symbols):
        for second in symbols[i + 1 :]:
            a1, b1 = lower.get(first, Fraction(0)), upper.get(first, Fraction(0))
            a2, b2 = lower.get(second, Fraction(0)), upper.get(second, Fraction(0))
            determinant = a1 * b2 - a2 * b1
            if not determinant:
                continue
            a = (target[first] * b2 - target[second] * b1) / determinant
            b = (a1 * target[second] - a2 * target[first]) / determinant
            fits = all(target[s] == a * lower.get(s, 0) + b * upper.get(s, 0) for s in symbols)
            return (a, b) if fits and a > 0 and b > 0 else None
    return None


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
