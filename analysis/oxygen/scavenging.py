"""Oxygen scavenging: what a sulfide film turns into with O2, how much it binds and what volume it fills.

Li-S-O films go to sulfate, by way of sulfite; with aluminium the rest goes to alumina. Sulfur for which
there is no lithium leaves as gas; that aluminium sulfate could hold it instead is not considered. What any
film does by the energies of all reference phases is in `staircase`.
"""

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from ase.data import atomic_numbers
from ase.formula import Formula
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.oxygen.equations import OxidationReaction, mass_g_mol, written_formula
from lithicoat.analysis.properties import Property

__all__ = [
    "Oxidation",
    "areal_capacity",
    "oxidation_reactions",
    "scavenging_capacity",
    "volume_ratio",
]

_ORDER = ("Li", "Al", "S", "O")
_TOLERANCE = 1e-6


class Oxidation(BaseModel):
    """Reactions of a film with O2, the one to quote first, or why there are none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reactions: tuple[OxidationReaction, ...] = ()
    missing: str | None = Field(None, description="Why the film is no oxygen scavenger in this sense.")


def oxidation_reactions(composition: Mapping[str, float]) -> Oxidation:
    """Write the balanced reactions of a film with O2.

    Films of Li, S and O go to Li2SO4, and to Li2SO3 where that takes up oxygen; films with Al to Li2SO4 and
    Al2O3. Sulfur beyond Li/2 leaves as SO2 (and, as a further reaction, as SO3); lithium beyond 2 S stays as
    Li2O. The first reaction is the one to quote.

    Parameters
    ----------
    composition : mapping of str to float
        Atoms of the film, per cell or per formula unit.

    Raises
    ------
    DataError
        If the composition is empty, not positive, or names an unknown element.
    """
    atoms = _checked(composition)
    others = [element for element in atoms if element not in _ORDER]
    if others or "S" not in atoms or not atoms.keys() & {"Li", "Al"}:
        named = f"holds {', '.join(others)}" if others else "is no sulfide or oxysulfide of Li or Al"
        return Oxidation(missing=f"not an oxygen scavenger in this sense: the film {named}")
    unit = _reduced(atoms)
    lithium, sulfur = unit.get("Li", 0.0), unit["S"]
    short = sulfur - lithium / 2 > _TOLERANCE
    routes = [("Li2SO4", "SO2")]
    if "Al" not in unit and lithium:
        routes.append(("Li2SO3", "SO2"))
    if short:
        routes.append(("Li2SO4", "SO3"))
    reactions = [_balanced(unit, salt=salt, gas=gas) for salt, gas in routes]
    taking_up = tuple(reaction for reaction in reactions if reaction is not None)
    return Oxidation(
        reactions=taking_up, missing=None if taking_up else "already fully oxidised: takes up no O2"
    )


def scavenging_capacity(reaction: OxidationReaction, density: Property) -> Property:
    """O2 that a film can bind by a reaction, per volume of film.

    Parameters
    ----------
    reaction : OxidationReaction
        Balanced reaction, taken to completion.
    density : Property
        Density of the film in g/cm³.

    Returns
    -------
    Property
        In mol O2/cm³, with the relative uncertainty of the density.

    Raises
    ------
    DataError
        If the density is not positive or not in g/cm3.
    """
    _check_density(density)
    if density.value is None:
        return Property.missing("mol O2/cm3", "no density of the film")
    return _scaled(density, reaction.o2 / reaction.film_mass_g_mol, unit="mol O2/cm3")


def areal_capacity(capacity: Property, *, thickness_nm: float) -> Property:
    """O2 that a film of given thickness can bind, mol O2/cm².

    Raises
    ------
    DataError
        If the thickness is not positive.
    """
    if not 0 < thickness_nm < math.inf:
        raise DataError(f"a thickness is above 0, got {thickness_nm:g} nm", where="thickness_nm")
    return _scaled(capacity, thickness_nm * 1e-7, unit="mol O2/cm2")


def volume_ratio(
    reaction: OxidationReaction, density: Property, *, product_densities_g_cm3: Mapping[str, float]
) -> Property:
    """Volume of the solid products over that of the film (Pilling-Bedworth).

    Parameters
    ----------
    reaction : OxidationReaction
        Balanced reaction, taken to completion.
    density : Property
        Density of the film in g/cm³.
    product_densities_g_cm3 : mapping of str to float
        Densities of the solid products by formula.

    Returns
    -------
    Property
        Dimensionless; missing if a density is.

    Raises
    ------
    DataError
        If a density is not positive or not in g/cm3.
    """
    _check_density(density)
    if density.value is None:
        return Property.missing("1", "no density of the film")
    volume = 0.0
    for formula, count in reaction.products.items():
        if formula in reaction.gases:
            continue
        solid = product_densities_g_cm3.get(formula)
        if solid is None:
            return Property.missing("1", f"no density of {formula}")
        if not 0 < solid < math.inf:
            raise DataError(
                f"a density is above 0, got {solid:g} g/cm3 for {formula}", where="product_densities_g_cm3"
            )
        volume += count * mass_g_mol(Formula(formula).count()) / solid
    ratio = _scaled(density, volume / reaction.film_mass_g_mol, unit="1")
    return ratio.flagged(*(f"{gas} leaves the film" for gas in reaction.gases))


def _checked(composition: Mapping[str, float]) -> dict[str, float]:
    unknown = [element for element in composition if atomic_numbers.get(element, 0) == 0]
    if unknown:
        raise DataError(f"no such element: {', '.join(unknown)}", where="composition")
    if not all(0 <= count < math.inf for count in composition.values()):
        raise DataError("counts of atoms are finite and not negative", where="composition")
    atoms = {element: float(count) for element, count in composition.items() if count > 0}
    if not atoms:
        raise DataError("a composition needs at least one atom", where="composition")
    return atoms


def _reduced(atoms: Mapping[str, float]) -> dict[str, float]:
    """Return the smallest whole numbers in these proportions, or the counts as they are if none are small."""
    ordered = {element: atoms[element] for element in _ORDER if element in atoms}
    parts = [Fraction(count).limit_denominator(100) for count in ordered.values()]
    if any(
        abs(float(part) - count) > _TOLERANCE for part, count in zip(parts, ordered.values(), strict=True)
    ):
        return ordered
    common = math.lcm(*(part.denominator for part in parts))
    whole = [int(part * common) for part in parts]
    divisor = math.gcd(*whole)
    return dict(zip(ordered, (float(number // divisor) for number in whole), strict=True))


def _balanced(unit: Mapping[str, float], *, salt: str, gas: str) -> OxidationReaction | None:
    """Balance one route; None if it does not take up O2."""
    excess = unit["S"] - unit.get("Li", 0.0) / 2
    candidates = [salt] if "Li" in unit else []
    candidates += ["Al2O3"] if "Al" in unit else []
    if abs(excess) > _TOLERANCE:
        candidates.append(gas if excess > 0 else "Li2O")
    columns = [{"O": -2}, *(Formula(formula).count() for formula in candidates)]
    elements = list(dict.fromkeys((*unit, "O")))
    matrix = np.array([[column.get(element, 0) for column in columns] for element in elements], dtype=float)
    counts = np.array([unit.get(element, 0.0) for element in elements])
    solution = np.linalg.lstsq(matrix, counts, rcond=None)[0]  # the candidates span every such film
    if solution[0] <= _TOLERANCE:
        return None
    note = f"{excess:g} of {unit['S']:g} S find no Li and leave as {gas}" if excess > _TOLERANCE else ""
    return OxidationReaction(
        film=written_formula(unit),
        composition=dict(unit),
        o2=round(float(solution[0]), 9),
        products={
            formula: round(float(count), 9) for formula, count in zip(candidates, solution[1:], strict=True)
        },
        gases=(gas,) if excess > _TOLERANCE else (),
        note=note,
    )


def _scaled(prop: Property, factor: float, *, unit: str) -> Property:
    return prop.model_copy(
        update={
            "value": None if prop.value is None else prop.value * factor,
            "uncertainty": None if prop.uncertainty is None else prop.uncertainty * factor,
            "unit": unit,
        }
    )


def _check_density(density: Property) -> None:
    if density.unit != "g/cm3":
        raise DataError(f"a density is given in g/cm3, not in {density.unit}", where="density")
    if density.value is not None and density.value <= 0:
        raise DataError(f"a density is above 0, got {density.value:g} g/cm3", where="density")
