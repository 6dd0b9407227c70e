"""Oxygen scavenging: what a sulfide film turns into with O2, how much it binds and how strongly.

Li–S–O films go to sulfate, by way of sulfite; with aluminium the rest goes to alumina. Sulfur for which
there is no lithium leaves as gas; that aluminium sulfate could hold it instead is not considered. Energies
are those of 0 K: the entropy of O2, 0.63 eV per O2 at 298 K and 1 bar, is not in them.
"""

import math
import tomllib
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib import resources

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from ase.formula import Formula
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property

__all__ = [
    "Oxidation",
    "OxidationReaction",
    "Product",
    "areal_capacity",
    "oxidation_products",
    "oxidation_reactions",
    "scavenging_capacity",
    "scavenging_energy",
    "volume_ratio",
]

_ORDER = ("Li", "Al", "S", "O")
_TOLERANCE = 1e-6


class Product(BaseModel):
    """A phase that oxidation leaves behind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    density_g_cm3: float | None = Field(None, gt=0, description="Density of the solid, g/cm³.")
    gas: bool = Field(False, description="True if it leaves the film.")
    source: str


class OxidationReaction(BaseModel):
    """A balanced reaction of one formula unit of film with O2."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    film: str = Field(description="Reduced formula of the film.")
    composition: dict[str, float] = Field(description="Atoms per formula unit of film.")
    o2: float = Field(gt=0, description="O2 taken up per formula unit of film.")
    products: dict[str, float] = Field(description="Formula units of product per formula unit of film.")
    note: str = Field("", description="What a reader must know of this reaction.")

    @property
    def equation(self) -> str:
        """The reaction as text, such as `Li2S + 2 O2 -> Li2SO4`."""
        products = " + ".join(_term(count, formula) for formula, count in self.products.items())
        return f"{self.film} + {_term(self.o2, 'O2')} -> {products}"

    @property
    def film_mass_g_mol(self) -> float:
        """Molar mass of the formula unit of film, g/mol."""
        return _mass(self.composition)


class Oxidation(BaseModel):
    """Reactions of a film with O2, the one to quote first, or why there are none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reactions: tuple[OxidationReaction, ...] = ()
    missing: str | None = Field(None, description="Why the film is no oxygen scavenger in this sense.")


@cache
def oxidation_products() -> Mapping[str, Product]:
    """Return the products that reactions may lead to, from `data/oxidation.toml`."""
    text = resources.files("lithicoat.analysis").joinpath("data/oxidation.toml").read_text("utf-8")
    return {
        formula: Product.model_validate(entry) for formula, entry in tomllib.loads(text)["products"].items()
    }


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


def scavenging_energy(
    reaction: OxidationReaction,
    energies_eV: Mapping[str, float],
    *,
    o2_energy_eV: float,
    systematic_error_eV_per_O2: float,
) -> Property:
    """Energy of a reaction per O2 taken up; negative is downhill.

    Parameters
    ----------
    reaction : OxidationReaction
        Balanced reaction.
    energies_eV : mapping of str to float
        Energy per formula unit of the film (under `reaction.film`) and of each product, all from one
        potential with the same corrections.
    o2_energy_eV : float
        Energy of an O2 molecule on the same scale.
    systematic_error_eV_per_O2 : float
        Standard uncertainty of the potential for such energies, common to all films.

    Returns
    -------
    Property
        In eV/O2; missing if an energy is.

    Raises
    ------
    DataError
        If an energy is not finite or the error is negative.
    """
    if not systematic_error_eV_per_O2 >= 0 or math.isinf(systematic_error_eV_per_O2):
        raise DataError(
            f"a standard uncertainty is not negative, got {systematic_error_eV_per_O2:g} eV/O2",
            where="systematic_error_eV_per_O2",
        )
    absent = [formula for formula in (reaction.film, *reaction.products) if formula not in energies_eV]
    if absent:
        return Property.missing("eV/O2", f"no energy of {', '.join(absent)}")
    final = sum(count * energies_eV[formula] for formula, count in reaction.products.items())
    change = (final - energies_eV[reaction.film]) / reaction.o2 - o2_energy_eV
    if not math.isfinite(change):
        raise DataError(f"an energy of {reaction.equation} is not finite", where="energies_eV")
    notes = [reaction.equation, "0 K: without the entropy of O2"]
    if reaction.note:
        notes.append(reaction.note)
    return Property(value=change, uncertainty=systematic_error_eV_per_O2, unit="eV/O2", flags=tuple(notes))


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
    reaction: OxidationReaction,
    density: Property,
    *,
    product_densities_g_cm3: Mapping[str, float] | None = None,
) -> Property:
    """Volume of the solid products over that of the film (Pilling–Bedworth).

    Parameters
    ----------
    reaction : OxidationReaction
        Balanced reaction, taken to completion.
    density : Property
        Density of the film in g/cm³.
    product_densities_g_cm3 : mapping of str to float, optional
        Densities of the solid products; tabulated ones are the default.

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
    known = oxidation_products()
    gases = [formula for formula in reaction.products if formula in known and known[formula].gas]
    densities = {formula: entry.density_g_cm3 for formula, entry in known.items()}
    densities |= dict(product_densities_g_cm3 or {})
    volume = 0.0
    for formula, count in reaction.products.items():
        if formula in gases:
            continue
        solid = densities.get(formula)
        if solid is None:
            return Property.missing("1", f"no density of {formula}")
        if not 0 < solid < math.inf:
            raise DataError(
                f"a density is above 0, got {solid:g} g/cm3 for {formula}", where="product_densities_g_cm3"
            )
        volume += count * _mass(Formula(formula).count()) / solid
    ratio = _scaled(density, volume / reaction.film_mass_g_mol, unit="1")
    return ratio.flagged(*(f"{gas} leaves the film" for gas in gases))


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
        film=_written(unit),
        composition=dict(unit),
        o2=round(float(solution[0]), 9),
        products={
            formula: round(float(count), 9) for formula, count in zip(candidates, solution[1:], strict=True)
        },
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


def _mass(composition: Mapping[str, float]) -> float:
    return float(sum(count * atomic_masses[atomic_numbers[el]] for el, count in composition.items()))


def _written(unit: Mapping[str, float]) -> str:
    return "".join(element + ("" if count == 1 else f"{count:.6g}") for element, count in unit.items())


def _term(count: float, formula: str) -> str:
    return formula if count == 1 else f"{count:.6g} {formula}"
