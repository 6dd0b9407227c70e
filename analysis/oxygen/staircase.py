"""What a film turns into as the chemical potential of oxygen rises: a staircase of products.

A film keeps its atoms but exchanges oxygen with its surroundings. Of all mixtures of phases with its other
elements the one of lowest grand potential, sum of x_p (H_p - mu n_p), is the stable one at mu: the phase
diagram open to oxygen (Ong et al., Chem. Mater. 20, 1798 (2008)) at one composition. Oxygen is taken up in
steps as mu rises.

Chemical potentials are in eV per O atom, against half an O2 at its enthalpy at 298 K without its entropy: the
scale of the formation energies. A gas at 298 K and 1 bar offers -0.32 eV.
"""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.equations import OxidationReaction
from lithicoat.analysis.oxygen.mixtures import GasShift, Mixture, Mixtures, oxygen_gas
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.equations import per
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry

__all__ = ["UptakeStep", "energy_per_o2", "reached", "rungs", "staircase"]

_SMALL = 1e-6


class UptakeStep(BaseModel):
    """One step of the staircase: what the film has become once it is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    oxygen_potential: Property = Field(
        description="Chemical potential of O above which the step is downhill, eV per O."
    )
    reaction: OxidationReaction = Field(description="From the film as it is to what the step leaves.")
    phases: tuple[str, ...] = Field(description="Names of the reference phases of the products.")
    energy: Property = Field(description="Energy of that reaction, eV per O2; negative is downhill.")
    volume_A3: float | None = Field(description="Volume of the solid products per formula unit of film, Å³.")


def staircase(
    table: Thermochemistry, film: Phase, *, gas_shift_eV: GasShift | None = None
) -> tuple[UptakeStep, ...]:
    """Return the steps in which a film takes up oxygen.

    The potential of the first step starts from what is stable at the film's own composition, not from the
    film: one that is less stable would gain energy by decomposing, without any oxygen. The energy per O2 is
    that of the film as it is.

    Parameters
    ----------
    table : Thermochemistry
        Reference phases of the film's elements and oxygen.
    film : Phase
        The film.
    gas_shift_eV : callable, optional
        Chemical potential of gaseous products against their enthalpy (see `mixtures.GasShift`).

    Returns
    -------
    tuple of UptakeStep
        Potentials rising, up to 0 eV; none if nothing made of the film's elements holds more oxygen there.

    Raises
    ------
    DataError
        If an element of the film has no reference phase, or the table no O2.
    """
    pairs = rungs(Mixtures(table, film, gas_shift_eV))
    return tuple(_step(table, film, before, after) for before, after in pairs)


def rungs(mixtures: Mixtures) -> list[tuple[Mixture, Mixture]]:
    """Return what the film is before and after each step of its uptake."""
    found, before = [], mixtures.closed()
    for corner in mixtures.corners():
        if corner.oxygen > max(before.oxygen, mixtures.film_oxygen) + _SMALL:
            found.append((before, corner))
            before = corner
    return found


def reached(steps: tuple[UptakeStep, ...], oxygen_potential_eV: float) -> UptakeStep | None:
    """Return the last step that is taken at a chemical potential of oxygen; None if none is."""
    taken = [
        step
        for step in steps
        if step.oxygen_potential.value is not None and step.oxygen_potential.value <= oxygen_potential_eV
    ]
    return taken[-1] if taken else None


def energy_per_o2(
    table: Thermochemistry, film: Phase, products: tuple[tuple[Phase, float], ...], o2: float
) -> Property:
    """Return the energy of a film's reaction to these products, per O2 taken up; negative is downhill.

    Raises
    ------
    DataError
        If it is not balanced.
    """
    return per(table.reaction([(film, -1.0), *products, (oxygen_gas(table), -o2)]), o2, unit="eV/O2")


def _step(table: Thermochemistry, film: Phase, before: Mixture, after: Mixture) -> UptakeStep:
    own = film.composition.get("O", 0.0)
    o2 = (after.oxygen - own) / 2
    rise = after.oxygen - before.oxygen
    change = table.reaction(
        [
            *((phase, -number) for phase, number in before.amounts),
            *after.amounts,
            (oxygen_gas(table), -rise / 2),
        ]
    )
    potential = per(change, rise, unit="eV")
    if potential.value is not None:
        moved = potential.value + (after.shift_eV - before.shift_eV) / rise
        potential = potential.model_copy(update={"value": moved})
    gases = tuple(phase.formula for phase, _ in after.amounts if phase.kind is PhaseKind.GAS)
    reaction = OxidationReaction(
        film=film.formula,
        composition=film.composition,
        o2=round(o2, 9),
        products={phase.formula: round(number, 9) for phase, number in after.amounts},
        gases=gases,
    )
    solids = [(phase, number) for phase, number in after.amounts if phase.kind is not PhaseKind.GAS]
    volumes = [None if phase.volume_A3 is None else phase.volume_A3 * number for phase, number in solids]
    known = [volume for volume in volumes if volume is not None]
    return UptakeStep(
        oxygen_potential=potential,
        reaction=reaction,
        phases=tuple(phase.name for phase, _ in after.amounts),
        energy=energy_per_o2(table, film, after.amounts, o2),
        volume_A3=sum(known) if len(known) == len(volumes) else None,
    )
