"""How good a record is: measured oxidations that its corrections were fitted without."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.phases import PhaseKind, Thermochemistry
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.thermochemistry.assembling import assemble
from lithicoat.workflows.thermochemistry.enthalpies import measured_enthalpies

__all__ = ["CheckedReaction", "left_out_reactions"]

OXIDATIONS = (("Li2SO4", 2.0), ("Li2SO3", 1.5))
"""Product of Li2S, and O2 that it takes."""


class CheckedReaction(BaseModel):
    """A measured reaction beside what the record gives without it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    equation: str
    energy: Property = Field(description="With the enthalpy of the product left out of the fit, eV per O2.")
    measured: Property = Field(description="From measured enthalpies of formation, eV per O2.")


def left_out_reactions(record: Thermochemistry, potential: PotentialRef) -> list[CheckedReaction]:
    """Fit the record again without each of the products, and compare the oxidation of Li2S with measurements.

    Parameters
    ----------
    record : Thermochemistry
        Phases and corrections of the potential.
    potential : PotentialRef
        The potential; it says what the prior is.

    Returns
    -------
    list of CheckedReaction
        None if the record lacks a phase of the reaction.
    """
    found = []
    for product, oxygen in OXIDATIONS:
        try:
            found.append(_checked(record, potential, product, oxygen))
        except DataError:  # the record is of other elements
            continue
    return found


def _checked(
    record: Thermochemistry, potential: PotentialRef, product: str, oxygen: float
) -> CheckedReaction:
    for needed in ("Li2S", product, "O2 gas"):
        record.phase(needed)
    phases = [phase for phase in record.phases if phase.kind is not PhaseKind.MEASURED]
    fresh = assemble(potential, phases, protocol=record.protocol, left_out=[product])
    energy = fresh.reaction(
        [
            (fresh.phase("Li2S"), -1 / oxygen),
            (fresh.phase("O2 gas"), -1.0),
            (fresh.phase(product), 1 / oxygen),
        ]
    )
    table = measured_enthalpies("solid")
    difference = (table[product].energy_eV - table["Li2S"].energy_eV) / oxygen
    error = (table[product].uncertainty_eV ** 2 + table["Li2S"].uncertainty_eV ** 2) ** 0.5 / oxygen
    return CheckedReaction(
        equation=f"Li2S + {oxygen:g} O2 -> {product}",
        energy=energy.model_copy(update={"unit": "eV/O2"}),
        measured=Property(value=difference, uncertainty=error, unit="eV/O2"),
    )
