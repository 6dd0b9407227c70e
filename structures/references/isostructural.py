"""Compounds of known structure type, made from shipped crystals by exchange of elements."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.crystals.index import crystal_names
from lithicoat.structures.crystals.prototypes import oxidation_states
from lithicoat.structures.crystals.substitution import radius_A
from lithicoat.structures.crystals.symmetry import primitive_cell
from lithicoat.structures.errors import StructureError

__all__ = ["Isostructural", "isostructural"]

_DATA = Path(__file__).parents[1] / "data"
_NOISE_A = 0.01


@dataclass(frozen=True)
class Isostructural:
    """A compound on the sites of a crystal of the same type.

    Parameters
    ----------
    name : str
        Formula and structure type, such as `MgF2 rutile`.
    of : str
        The crystal whose sites it takes.
    exchange : mapping of str to str
        Element there → element here.
    source : str
        Who reports that it has this structure.
    flag : str
        Caution that goes with it; empty for a reported structure.
    """

    name: str
    of: str
    exchange: Mapping[str, str]
    source: str
    flag: str = ""

    @property
    def elements(self) -> frozenset[str]:
        """Elements of the compound; known without reading the crystal."""
        from lithicoat.structures.formulas import parse_formula  # noqa: PLC0415 - formulas are parsed on demand

        before = parse_formula(_type_formula(self.of))
        return frozenset(self.exchange.get(element, element) for element in before)

    @property
    def atoms(self) -> Atoms:
        """Primitive cell; its volume is that of the type, scaled by the cubes of the radii of the ions."""
        before = _crystal(self.of)
        after = before.copy()
        after.symbols = [self.exchange.get(symbol, symbol) for symbol in before.symbols]
        if self.exchange:
            scale = (_radii_cubed(after) / _radii_cubed(before)) ** (1 / 3)
            after.set_cell(before.cell.array * scale, scale_atoms=True)
        return primitive_cell(after, tolerance_A=_NOISE_A)


@cache
def isostructural() -> tuple[Isostructural, ...]:
    """Return all compounds that `data/references.toml` lists."""
    table = tomllib.loads((_DATA / "references.toml").read_text(encoding="utf-8"))
    found: list[Isostructural] = []
    for entry in table["type"]:
        found += [Isostructural(label, label, {}, entry["source"]) for label in entry.get("library", ())]
        for exchange in entry.get("exchange", ()):
            compound = Isostructural("", entry["of"], exchange, entry["source"], entry.get("flag", ""))
            found.append(
                Isostructural(
                    f"{_formula(compound)} {entry['name']}",
                    compound.of,
                    compound.exchange,
                    compound.source,
                    compound.flag,
                )
            )
    return tuple(found)


def _formula(compound: Isostructural) -> str:
    """Return the reduced formula of the type with the elements exchanged."""
    from lithicoat.structures.formulas import parse_formula  # noqa: PLC0415

    counts: dict[str, int] = {}
    for element, number in parse_formula(_type_formula(compound.of)).items():
        new = compound.exchange.get(element, element)
        counts[new] = counts.get(new, 0) + int(number)
    unit = gcd(*counts.values())
    return "".join(f"{el}{'' if n == unit else n // unit}" for el, n in counts.items())


def _type_formula(name: str) -> str:
    return name.split(maxsplit=1)[0].partition("_")[0]


def _crystal(name: str) -> Atoms:
    if name in crystal_names():
        return load_crystal(name)
    if name.endswith(".cif"):
        from ase.io import read  # noqa: PLC0415 - parsers load only when a crystal is wanted

        atoms: Any = read(_DATA / "prototypes" / name)
        return Atoms(atoms.get_chemical_symbols(), positions=atoms.positions, cell=atoms.cell, pbc=True)
    return _library_crystal(name)


def _library_crystal(name: str) -> Atoms:
    from pymatgen.io.ase import AseAtomsAdaptor  # noqa: PLC0415 - heavy

    formula, _, label = name.partition(" ")
    for entry in _library():
        structure = entry["snl"].structure
        if entry["tags"]["aflow"] == label and structure.composition.reduced_formula == formula:
            atoms: Any = AseAtomsAdaptor.get_atoms(structure)
            return Atoms(atoms.get_chemical_symbols(), positions=atoms.positions, cell=atoms.cell, pbc=True)
    raise StructureError(f"the AFLOW library has no crystal {name}", where=name)


@cache
def _library() -> list[dict[str, Any]]:
    from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY  # noqa: PLC0415 - takes seconds

    return list(AFLOW_PROTOTYPE_LIBRARY)


def _radii_cubed(atoms: Atoms) -> float:
    symbols = list(atoms.symbols)
    states = oxidation_states(atoms.symbols.formula.reduce()[0].format("hill")) or {}
    return float(np.sum([radius_A(symbol, states.get(symbol)) ** 3 for symbol in symbols]))
