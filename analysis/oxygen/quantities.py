"""Reactions of a film with O2 in numbers: energy per O2, O2 per volume of film, volume of the products."""

from ase.units import _amu
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.equations import OxidationReaction, mass_g_mol
from lithicoat.analysis.oxygen.scavenging import oxidation_reactions, scavenging_capacity, volume_ratio
from lithicoat.analysis.oxygen.staircase import UptakeStep, energy_per_o2
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.gases import TABULATED_GASES
from lithicoat.analysis.thermochemistry.hulls import Film
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry

__all__ = ["G_CM3", "ReactionEnergy", "named_routes", "of_step"]

G_CM3 = _amu * 1e27
"""One atomic mass unit per Å³ in g/cm³."""
NO_ENTROPY = "energy without the entropy of O2, which costs 0.63 eV per O2 at 298 K and 1 bar"
COMBUSTION = "the carbon of the film burns: nothing here says that it ignites at room temperature"


class ReactionEnergy(BaseModel):
    """One reaction of the film with O2."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    equation: str
    products: dict[str, float] = Field(description="Formula units of product per formula unit of film.")
    gases: tuple[str, ...] = Field((), description="Products that leave as gas.")
    o2: float = Field(gt=0, description="O2 per formula unit of film.")
    energy: Property = Field(description="eV per O2; negative is downhill.")
    capacity: Property = Field(description="mol O2 per cm³ of film.")
    volume_ratio: Property = Field(description="Volume of the solid products over that of the film.")


def named_routes(table: Thermochemistry, film: Film, density: Property) -> tuple[ReactionEnergy, ...]:
    """Return the reactions of a sulfide film along the oxides of sulfur; none for other films.

    Parameters
    ----------
    table : Thermochemistry
        Reference phases.
    film : Film
        Mean of its cells.
    density : Property
        Its density, g/cm³.
    """
    return tuple(
        _quantified(
            reaction,
            _energy(table, film, reaction).flagged(*([reaction.note] if reaction.note else [])),
            density,
            {formula: phase for formula in reaction.products if (phase := _solid(table, formula))},
        )
        for reaction in oxidation_reactions(film.phase.composition).reactions
    )


def of_step(table: Thermochemistry, film: Film, step: UptakeStep, density: Property) -> ReactionEnergy:
    """Return a step of the staircase in numbers; the other parameters are those of `named_routes`."""
    solids = [table.phase(name) for name in step.phases]
    energy = film.widened(step.energy, 1 / step.reaction.o2)
    notes = [COMBUSTION] if "C" in step.reaction.composition else []
    notes += [
        f"the entropy of {gas} is not counted" for gas in step.reaction.gases if gas not in TABULATED_GASES
    ]
    return _quantified(
        step.reaction, energy.flagged(*notes), density, {phase.formula: phase for phase in solids}
    )


def _quantified(
    reaction: OxidationReaction, energy: Property, density: Property, phases: dict[str, Phase]
) -> ReactionEnergy:
    densities = {
        formula: mass_g_mol(phase.composition) / phase.volume_A3 * G_CM3
        for formula, phase in phases.items()
        if phase.volume_A3 is not None
    }
    return ReactionEnergy(
        equation=reaction.equation,
        products=reaction.products,
        gases=reaction.gases,
        o2=reaction.o2,
        energy=energy.flagged(NO_ENTROPY),
        capacity=scavenging_capacity(reaction, density),
        volume_ratio=volume_ratio(reaction, density, product_densities_g_cm3=densities),
    )


def _energy(table: Thermochemistry, film: Film, reaction: OxidationReaction) -> Property:
    products = []
    for formula, number in reaction.products.items():
        phase = _gas(table, formula) if formula in reaction.gases else _solid(table, formula)
        if phase is None:
            return Property.missing("eV/O2", f"no reference phase of {formula} with {table.potential}")
        products.append((phase, number))
    energy = energy_per_o2(table, film.phase, tuple(products), reaction.o2)
    return film.widened(energy, 1 / reaction.o2)


def _solid(table: Thermochemistry, formula: str) -> Phase | None:
    found = [
        phase
        for phase in table.phases
        if phase.formula == formula and phase.kind not in {PhaseKind.GAS, PhaseKind.FILM, PhaseKind.CATHODE}
    ]
    return min(found, key=table.formation_energy_eV, default=None)


def _gas(table: Thermochemistry, formula: str) -> Phase | None:
    return next((p for p in table.phases if p.formula == formula and p.kind is PhaseKind.GAS), None)
