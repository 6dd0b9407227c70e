"""Uptake of oxygen at a temperature and a pressure: entropies of the gases, none of the solids.

The chemical potential of O2 gas falls with temperature as the tabulated entropy says, and rises by kT ln(p)/2
per O with its pressure; gaseous products leave at a pressure of their own. Solids count by their enthalpy:
what their entropies do to a reaction is a tenth of what the gas does.
"""

import math
from collections.abc import Sequence

from ase.units import kB
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.mixtures import GasShift
from lithicoat.analysis.oxygen.quantities import ReactionEnergy, of_step
from lithicoat.analysis.oxygen.staircase import UptakeStep, reached, staircase
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.thermochemistry.gases import (
    TABULATED_GASES,
    gas_chemical_potential_eV,
    oxygen_chemical_potential_eV,
)
from lithicoat.analysis.thermochemistry.hulls import Film
from lithicoat.analysis.thermochemistry.phases import Phase, Thermochemistry

__all__ = ["ROOM_K", "UptakeCondition", "UptakeSurroundings", "conditions_of", "gas_shift", "onset_of"]

ROOM_K = 298.15
NONE = "takes up no O2: nothing made of its elements is more stable with more oxygen"


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class UptakeSurroundings(_Document):
    """Temperatures and pressures at which uptake is judged."""

    temperatures_K: tuple[float, ...] = Field(
        (298.15, 333.15, 423.15, 523.15),
        min_length=1,
        description="Room temperature, a warm cell, and where charged NMC811 gives off oxygen.",
    )
    oxygen_bar: float = Field(1.0, gt=0, description="Partial pressure of O2, bar.")
    gas_bar: float = Field(1.0, gt=0, description="Pressure at which gaseous products leave, bar.")


class UptakeCondition(_Document):
    """Uptake at one temperature."""

    temperature_K: float
    oxygen_potential_eV: float = Field(description="Of O2 gas at the partial pressure asked for, eV per O.")
    onset: Property = Field(description="Potential above which uptake is downhill, eV per O.")
    log10_onset_bar: Property = Field(description="Decadic logarithm of the O2 pressure of the onset, bar.")
    reaction: ReactionEnergy | None = Field(description="As far as it goes there; None if it takes up none.")
    free_energy: Property = Field(description="Of that reaction at that pressure, eV per O2.")


def gas_shift(temperature_K: float, pressure_bar: float) -> GasShift:
    """Return how far the chemical potential of a gas lies from its enthalpy at 298 K.

    A gas whose entropy is not tabulated counts by its enthalpy.
    """

    def shift(phase: Phase) -> float:
        if phase.formula not in TABULATED_GASES:
            return 0.0
        return gas_chemical_potential_eV(
            phase.formula, temperature_K=temperature_K, pressure_bar=pressure_bar
        )

    return shift


def onset_of(steps: Sequence[UptakeStep]) -> Property:
    """Return the chemical potential of oxygen above which uptake is downhill, eV per O.

    A film that takes up none has 0 as a lower bound: no gas offers more.
    """
    if not steps:
        return Property(value=0.0, bound=Bound.LOWER, unit="eV", flags=(NONE,))
    return steps[0].oxygen_potential


def conditions_of(
    table: Thermochemistry, film: Film, density: Property, surroundings: UptakeSurroundings
) -> tuple[UptakeCondition, ...]:
    """Return what a film does at each temperature.

    Parameters
    ----------
    table : Thermochemistry
        Reference phases.
    film : Film
        Mean of its cells.
    density : Property
        Its density, g/cm³.
    surroundings : UptakeSurroundings
        Temperatures and pressures.
    """
    return tuple(
        _condition(table, film, density, surroundings, temperature_K=kelvin)
        for kelvin in surroundings.temperatures_K
    )


def _condition(
    table: Thermochemistry,
    film: Film,
    density: Property,
    surroundings: UptakeSurroundings,
    *,
    temperature_K: float,
) -> UptakeCondition:
    shift = gas_shift(temperature_K, surroundings.gas_bar)
    steps = staircase(table, film.phase, gas_shift_eV=shift)
    offered = oxygen_chemical_potential_eV(temperature_K=temperature_K, pressure_bar=surroundings.oxygen_bar)
    onset = onset_of(steps)
    step = reached(steps, offered)
    return UptakeCondition(
        temperature_K=temperature_K,
        oxygen_potential_eV=offered,
        onset=onset,
        log10_onset_bar=_pressure(onset, temperature_K),
        reaction=None if step is None else of_step(table, film, step, density),
        free_energy=Property.missing("eV/O2", NONE if not steps else "no uptake at this pressure")
        if step is None
        else _free_energy(table, film, step, shift, offered),
    )


def _pressure(onset: Property, temperature_K: float) -> Property:
    """Return the decadic logarithm of the O2 pressure whose potential is the onset."""
    if not onset.resolved:
        return Property.missing("decades of bar", NONE)
    decade = math.log(10) * kB * temperature_K / 2
    value = (float(onset.value or 0.0) - oxygen_chemical_potential_eV(temperature_K=temperature_K)) / decade
    error = None if onset.uncertainty is None else onset.uncertainty / decade
    return onset.model_copy(update={"value": value, "uncertainty": error, "unit": "decades of bar"})


def _free_energy(
    table: Thermochemistry, film: Film, step: UptakeStep, shift: GasShift, offered_eV: float
) -> Property:
    phases = [table.phase(name) for name in step.phases]
    gases = [phase for phase in phases if phase.formula in step.reaction.gases]
    given = sum(step.reaction.products[gas.formula] * shift(gas) for gas in gases) / step.reaction.o2
    energy = film.widened(step.energy, 1 / step.reaction.o2)
    return energy.model_copy(update={"value": float(energy.value or 0.0) + given - 2 * offered_eV})
