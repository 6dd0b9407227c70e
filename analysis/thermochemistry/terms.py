"""The terms by which energies of compounds are corrected: how many of each a formula unit holds.

Semilocal DFT misses formation enthalpies by an amount per anion that depends on its kind: oxide, peroxide,
sulfide, fluoride (Wang et al., Sci. Rep. 11, 15496 (2021)). Oxyanions need a further term for the centre:
taken as oxides alone, sulfates come out 1.1 eV per sulfur too stable.
"""

from collections.abc import Mapping

from lithicoat.analysis.errors import DataError

__all__ = ["TERMS", "correction_terms"]

TERMS = {
    "oxide": "O2- in oxides and oxyanions",
    "peroxide": "O in peroxides",
    "superoxide": "O in superoxides",
    "sulfide": "S2-",
    "metal sulfide": "S2- beside a transition metal",
    "fluoride": "F-",
    "chloride": "Cl-",
    "nitride": "N3-",
    "hydride": "H-",
    "phosphide": "P3-",
    "carbide": "C in carbides",
    "sulfite": "S with three O",
    "sulfate": "S with four O",
    "carbonate": "C with O",
    "nitrate": "N with O",
    "phosphate": "P with O",
    "silicate": "Si with O",
    "borate": "B with O",
    "chlorate": "Cl with O",
    "hydroxide": "H on O or N",
    "Ti": "Ti in oxides and fluorides",
    "Zr": "Zr in oxides and fluorides",
    "Nb": "Nb in oxides",
    "Ta": "Ta in oxides",
    "W": "W in oxides",
    "Mn": "Mn in oxides and fluorides",
    "Co": "Co in oxides and fluorides",
    "Ni": "Ni in oxides and fluorides",
}
"""Name of each term, and the atoms that it counts."""

_VALENCES = {
    **dict.fromkeys(("H", "Li", "Na", "K", "Rb", "Cs"), 1),
    **dict.fromkeys(("Be", "Mg", "Ca", "Sr", "Ba", "Zn", "Mn", "Co", "Ni"), 2),
    **dict.fromkeys(("B", "Al"), 3),
    **dict.fromkeys(("C", "Si", "Ti", "Zr"), 4),
    **dict.fromkeys(("N", "P", "Nb", "Ta"), 5),
    "W": 6,
}
_LIGHT = {"H", "Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "O"}
"""Elements whose compounds with more oxygen than their charge asks for are peroxides or superoxides."""
_METALS = ("Ti", "Zr", "Nb", "Ta", "W", "Mn", "Co", "Ni")
_CENTRES = {"C": "carbonate", "N": "nitrate", "P": "phosphate", "Si": "silicate", "B": "borate"}


def correction_terms(
    composition: Mapping[str, float], *, groups: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Count the correction terms of a composition.

    Parameters
    ----------
    composition : mapping of str to float
        Atoms by element, per formula unit or per cell.
    groups : mapping of str to float, optional
        How many sulfurs a structure shows as sulfide, sulfite and sulfate, for the same amount of matter.
        Without it they follow from the mean oxidation state of sulfur: between two of these states, sulfur is
        taken as a mixture of both.

    Returns
    -------
    dict of str to float
        Number by name of term (see `TERMS`); elements have none.

    Raises
    ------
    DataError
        If the composition is empty or a count is negative.
    """
    counts = {element: float(number) for element, number in composition.items() if number}
    if not counts or min(counts.values()) < 0:
        raise DataError("a composition needs atoms, none of them negative", where="composition")
    if len(counts) == 1:
        return {}
    terms = _with_oxygen(counts, groups) if "O" in counts else _without_oxygen(counts)
    if counts.get("F"):
        terms["fluoride"] = counts["F"]
    return {name: number for name, number in terms.items() if number}


def _with_oxygen(counts: dict[str, float], groups: Mapping[str, float] | None) -> dict[str, float]:
    terms = {_kind_of_oxygen(counts): counts["O"]}
    for element, name in _CENTRES.items():
        if element in counts:
            terms[name] = counts[element]
    if counts.get("Cl"):
        terms["chlorate" if counts["O"] >= 3 * counts["Cl"] else "chloride"] = counts["Cl"]
    if counts.get("H"):
        terms["hydroxide"] = counts["H"]
    if counts.get("S"):
        terms |= dict(groups) if groups else _sulfur_states(counts)
    return terms | {metal: counts[metal] for metal in _METALS if metal in counts}


def _without_oxygen(counts: dict[str, float]) -> dict[str, float]:
    terms: dict[str, float] = {}
    anions = (
        ("S", "sulfide"), ("Cl", "chloride"), ("N", "nitride"), ("P", "phosphide"), ("C", "carbide"),
    )  # fmt: skip
    for element, name in anions:
        if element in counts:
            terms[name] = counts[element]
    if "S" in counts and set(_METALS) & set(counts):
        terms["metal sulfide"] = counts["S"]
    if counts.get("H"):
        terms["hydroxide" if {"N", "F", "C"} & set(counts) else "hydride"] = counts["H"]
    if "F" in counts:
        terms |= {metal: counts[metal] for metal in _METALS if metal in counts}
    return terms


def _kind_of_oxygen(counts: dict[str, float]) -> str:
    if not set(counts) <= _LIGHT:
        return "oxide"
    charge = sum(_VALENCES[element] * number for element, number in counts.items() if element != "O")
    mean = charge / counts["O"]
    return "oxide" if mean > 1.5 else "peroxide" if mean > 0.75 else "superoxide"


def _sulfur_states(counts: dict[str, float]) -> dict[str, float]:
    """Share the sulfurs among sulfide (-2), sulfite (+4) and sulfate (+6) by their mean oxidation state."""
    others = sum(_VALENCES.get(element, 0) * number for element, number in counts.items())
    negative = 2 * counts["O"] + sum(counts.get(halogen, 0.0) for halogen in ("F", "Cl"))
    sulfur = counts["S"]
    state = min(max((negative - others) / sulfur, -2.0), 6.0)
    if state <= 4:
        share = (state + 2) / 6
        return {"sulfide": sulfur * (1 - share), "sulfite": sulfur * share}
    share = (state - 4) / 2
    return {"sulfite": sulfur * (1 - share), "sulfate": sulfur * share}
