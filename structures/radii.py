"""How near two atoms of a packed cell may come."""

from functools import cache
from math import isnan

from ase.data import atomic_numbers, vdw_radii

from lithicoat.structures.errors import StructureError

__all__ = ["contact_radius_A", "ion_radius_A"]

IONIC_SHARE = 0.8
"""Pair distances in a packed melt are at least this share of the sum of ionic radii."""

CATION_FLOOR_A = 1.0
"""Two cations never start closer than twice this; 0.8 of 2 r(Li+) alone would be 1.2 Å."""

CONTACT_SHARE = 0.75
"""Atoms of different molecules start at this share of the van der Waals distance or farther apart."""

_ANIONS = {"N": -3, "O": -2, "F": -1, "S": -2, "Cl": -1, "Se": -2, "Br": -1, "Te": -2, "I": -1}
_WITHOUT_SHANNON_A = {"H": 1.0, "C": 1.6, "P": 2.12}
"""Radii in Å where Shannon gives none for the ion met here: hydrogen of hydroxide and carbon of carbonate
(from half their contact distances in crystals), phosphide (Pauling)."""


@cache
def ion_radius_A(symbol: str) -> float:
    """Return the packing radius of an ion in Å: 0.8 of its radius, for cations at least 1 Å.

    Radii are Shannon's for coordination number six, or the highest there is
    (Acta Cryst. A 32, 751 (1976), through pymatgen).

    Raises
    ------
    StructureError
        If no radius is known.
    """
    if symbol in _WITHOUT_SHANNON_A:
        return IONIC_SHARE * _WITHOUT_SHANNON_A[symbol]
    from pymatgen.core import Element  # noqa: PLC0415 - heavy, and needed only to pack

    element = Element(symbol)
    states = element.common_oxidation_states or element.oxidation_states
    charge = _ANIONS.get(symbol, max(states, default=0))
    by_number = element.data["Shannon radii"].get(str(charge), {}) if charge else {}
    if not by_number:
        raise StructureError(f"no ionic radius of {symbol} is known, so it cannot be packed", where=symbol)
    sites = by_number["VI"] if "VI" in by_number else by_number[max(by_number, key=_roman)]
    radius = IONIC_SHARE * float(next(iter(sites.values()))["ionic_radius"])
    return radius if charge < 0 else max(radius, CATION_FLOOR_A)


def contact_radius_A(symbol: str) -> float:
    """Return the packing radius of an atom of a molecule in Å: 0.75 of van der Waals; Li counts as an ion."""
    radius = float(vdw_radii[atomic_numbers[symbol]])
    return ion_radius_A(symbol) if symbol == "Li" or isnan(radius) else CONTACT_SHARE * radius


def _roman(number: str) -> int:
    return ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIV"].index(
        number.removesuffix("SQ").removesuffix("PY")
    )
