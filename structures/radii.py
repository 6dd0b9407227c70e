"""How near two atoms of a packed cell may come."""

from functools import cache
from math import isnan

from ase.data import atomic_numbers, covalent_radii, vdw_radii

from lithicoat.structures.errors import StructureError

__all__ = ["contact_radius_A", "ion_oxygen_A", "ion_radius_A"]

IONIC_SHARE = 0.8
"""Pair distances in a packed melt are at least this share of the sum of ionic radii."""

CATION_FLOOR_A = 1.0
"""Two cations never start closer than twice this; 0.8 of 2 r(Li+) alone would be 1.2 Å."""

COVALENT_SHARE = 0.61
"""Nor nearer than this share of the sum of covalent radii, which counts for the heavy ones, Zr and Ta:
a checked model takes 0.6 for a collision."""

CONTACT_SHARE = 0.75
"""Atoms of different molecules start at this share of the van der Waals distance or farther apart."""

LI_O_A = 1.80
"""Li-O distance of a monomer in Å; one- and two-coordinate oxygen in lithium alkoxides has 1.7-1.9 Å."""

ALKOXIDE_SHARE = 0.95

_MOLECULAR = frozenset({"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Br", "I"})
"""Elements that a molecule holds as atoms, not as ions."""

_ANIONS = {"N": -3, "O": -2, "F": -1, "S": -2, "Cl": -1, "Se": -2, "Br": -1, "Te": -2, "I": -1}
_WITHOUT_SHANNON_A = {"H": 1.0, "C": 1.6, "P": 2.12}
"""Radii in Å where Shannon gives none for the ion met here: hydrogen of hydroxide and carbon of carbonate
(from half their contact distances in crystals), phosphide (Pauling)."""


@cache
def ion_radius_A(symbol: str) -> float:
    """Return the packing radius of an ion in Å: 0.8 of its radius.

    For cations it is at least 1 Å, and at least 0.61 of the covalent radius.
    Radii are Shannon's for coordination number six, or the highest there is
    (Acta Cryst. A 32, 751 (1976), through pymatgen).

    Raises
    ------
    StructureError
        If no radius is known.
    """
    if symbol in _WITHOUT_SHANNON_A:
        return IONIC_SHARE * _WITHOUT_SHANNON_A[symbol]
    radius = IONIC_SHARE * _shannon_radius_A(symbol)
    floor = max(CATION_FLOOR_A, COVALENT_SHARE * float(covalent_radii[atomic_numbers[symbol]]))
    return radius if symbol in _ANIONS else max(radius, floor)


@cache
def _shannon_radius_A(symbol: str) -> float:
    from pymatgen.core import Element  # noqa: PLC0415 - heavy, and needed only to pack

    element = Element(symbol)
    states = element.common_oxidation_states or element.oxidation_states
    charge = _ANIONS.get(symbol, max(states, default=0))
    by_number = element.data["Shannon radii"].get(str(charge), {}) if charge else {}
    if not by_number:
        raise StructureError(f"no ionic radius of {symbol} is known, so it cannot be packed", where=symbol)
    sites = by_number["VI"] if "VI" in by_number else by_number[max(by_number, key=_roman)]
    return float(next(iter(sites.values()))["ionic_radius"])


def contact_radius_A(symbol: str) -> float:
    """Return the packing radius of an atom of a molecule in Å: 0.75 of van der Waals; metals are ions."""
    radius = float(vdw_radii[atomic_numbers[symbol]])
    return CONTACT_SHARE * radius if symbol in _MOLECULAR and not isnan(radius) else ion_radius_A(symbol)


@cache
def ion_oxygen_A(symbol: str) -> float:
    """Return the distance in Å at which a metal ion is set on the oxygen of an alkoxide.

    1.80 Å for Li; for others 0.95 of the sum of Shannon's radii of the metal and of oxide, because the
    oxygen of a molecule has fewer neighbours than an oxide ion: Al 1.84 Å, Zr 2.01 Å.

    Raises
    ------
    StructureError
        If no radius is known.
    """
    if symbol == "Li":
        return LI_O_A
    return ALKOXIDE_SHARE * (_shannon_radius_A(symbol) + _shannon_radius_A("O"))


def _roman(number: str) -> int:
    return ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIV"].index(
        number.removesuffix("SQ").removesuffix("PY")
    )
