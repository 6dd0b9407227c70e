"""Chemical formulas as exact numbers of atoms, `Li2SO1.5` and `Al2(SO4)3` included."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated

from ase.data import atomic_masses, atomic_numbers
from pydantic import AfterValidator

from lithicoat.structures.errors import StructureError

__all__ = ["Formula", "molar_mass_g_mol", "parse_formula"]

_TOKEN = re.compile(r"([A-Z][a-z]?|\(|\))(\d+(?:\.\d+)?)?")


def parse_formula(formula: str) -> dict[str, Fraction]:
    """Return the atoms of a formula, as exact fractions.

    Parameters
    ----------
    formula : str
        Symbols, decimal numbers and round brackets.

    Returns
    -------
    dict of str to Fraction
        Atoms per formula unit, in order of appearance; elements with number 0 are left out.

    Raises
    ------
    StructureError
        If the text is no formula, or names an element that there is not.
    """
    tokens = _TOKEN.findall(formula)
    if not tokens or "".join(symbol + number for symbol, number in tokens) != formula:
        raise StructureError(f"'{formula}' is not a formula", hint="symbols and numbers, such as Li2SO1.5")
    _check_symbols(formula, tokens)
    groups: list[dict[str, Fraction]] = [{}]
    for symbol, number in tokens:
        if symbol == "(":
            groups.append({})
            continue
        inner = groups.pop() if symbol == ")" else {symbol: Fraction(1)}
        for element, count in inner.items():
            groups[-1][element] = groups[-1].get(element, Fraction(0)) + count * Fraction(number or 1)
    atoms = {element: count for element, count in groups[0].items() if count}
    if not atoms:
        raise StructureError(f"'{formula}' holds no atoms")
    return atoms


def _check_symbols(formula: str, tokens: list[tuple[str, str]]) -> None:
    depth = 0
    for symbol, number in tokens:
        depth += {"(": 1, ")": -1}.get(symbol, 0)
        if depth < 0 or (symbol == "(" and number):
            raise StructureError(f"'{formula}' has a bracket in the wrong place")
        if symbol not in atomic_numbers and symbol not in "()":
            raise StructureError(f"'{formula}' names the unknown element {symbol}")
    if depth:
        raise StructureError(f"'{formula}' leaves a bracket open")


def _checked(formula: str) -> str:
    parse_formula(formula)
    return formula


Formula = Annotated[str, AfterValidator(_checked)]
"""A field of a model that must be a formula."""


def molar_mass_g_mol(atoms: Mapping[str, Fraction | int]) -> float:
    """Return the mass of one mole of these atoms in g/mol (IUPAC 2016 masses, as in ASE)."""
    return float(sum(float(count) * atomic_masses[atomic_numbers[symbol]] for symbol, count in atoms.items()))
