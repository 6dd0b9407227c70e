"""A film beside the oxygen of a cathode: whether it catches what comes off, and leaves the lattice alone."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.conditions import ROOM_K, gas_shift, onset_of
from lithicoat.analysis.oxygen.mixtures import Mixtures
from lithicoat.analysis.oxygen.offers import CathodeOxygen, margin, offered
from lithicoat.analysis.oxygen.staircase import rungs, staircase
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.thermochemistry.gases import oxygen_chemical_potential_eV
from lithicoat.analysis.thermochemistry.phases import Phase, Thermochemistry

__all__ = ["CHARGED", "CathodeComparison", "compared"]

CHARGED = 0.25
"""Lithium content of the charged cathode that a film is held against."""


class CathodeComparison(BaseModel):
    """A film beside the oxygen that a cathode offers, both by the potential that covers the cathode.

    The film works where its uptake is downhill (above `onset`) while it leaves the lattice oxygen alone (its
    onset lies above the offer of the charged cathode): from the onset up to the potential of O2 gas.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cathode: str
    potential: str
    sha256: str
    onset: Property = Field(description="Onset of uptake by this potential, eV per O.")
    offers: dict[str, Property] = Field(
        description="Potential that the surface offers, eV per O, by `NMC811 x=0.25`; the bulk by `… bulk`."
    )
    margin: Property = Field(
        description="Offer of the charged cathode's surface minus onset, eV per O; positive: lattice oxygen "
        "goes into the film downhill."
    )
    gas_eV: float = Field(description="Potential of O2 gas at 298 K and 1 bar, eV per O.")
    working_range_eV: tuple[float, float] | None = Field(
        description="Potentials at which the film takes up oxygen and the charged cathode keeps its own, eV "
        "per O; None if there are none."
    )
    catches_released: bool = Field(description="Whether O2 that the cathode has given off is taken up.")
    verdict: str = Field(description="What this means, in a sentence.")


def compared(table: Thermochemistry, cathode: CathodeOxygen, film: Phase) -> CathodeComparison:
    """Hold a film against a cathode.

    Parameters
    ----------
    table : Thermochemistry
        Reference phases of film and cathode by the cathode's potential.
    cathode : CathodeOxygen
        Its oxygen.
    film : Phase
        The film; only its composition counts.
    """
    shift = gas_shift(ROOM_K, 1.0)
    steps = staircase(table, film, gas_shift_eV=shift)
    onset, gas = onset_of(steps), oxygen_chemical_potential_eV(temperature_K=ROOM_K)
    offers = {}
    for entry in cathode.contents:
        offers[cathode.label(entry.lithium)] = offered(table, cathode, entry.lithium)
        offers[f"{cathode.label(entry.lithium)} bulk"] = offered(table, cathode, entry.lithium, place="bulk")
    charged = cathode.label(cathode.at(CHARGED).lithium)
    offer = float(offers[charged].value or 0.0)
    if steps:
        before, after = rungs(Mixtures(table, film, shift))[0]
        gained = margin(table, cathode, CHARGED, before, after)
    else:
        gained = offers[charged].model_copy(update={"bound": Bound.UPPER}).flagged(*onset.flags)
    start = float(onset.value or 0.0)
    catches = bool(steps) and start < gas
    return CathodeComparison(
        cathode=cathode.cathode,
        potential=table.potential,
        sha256=table.sha256,
        onset=onset,
        offers=offers,
        margin=gained,
        gas_eV=gas,
        working_range_eV=(start, gas) if catches and start > offer else None,
        catches_released=catches,
        verdict=_verdict(charged, gained, catches=catches, start=start, gas=gas),
    )


def _verdict(charged: str, gained: Property, *, catches: bool, start: float, gas: float) -> str:
    if not catches:
        return (
            "takes up no oxygen, neither from gas nor from the lattice"
            if gained.bound is not None
            else f"takes up oxygen above {start:.2f} eV per O only; O2 at 298 K and 1 bar offers {gas:.2f}"
        )
    value, error = float(gained.value or 0.0), gained.uncertainty or 0.0
    doubt = ", within the uncertainty" if abs(value) < error else ""
    if value > 0:
        return (
            f"catches O2 that comes off, but also pulls lattice oxygen out of {charged}, downhill by "
            f"{value:.2f} eV per O{doubt}"
        )
    return (
        f"catches O2 that comes off and leaves the lattice oxygen of {charged} where it is: to take it costs "
        f"{-value:.2f} eV per O{doubt}"
    )
