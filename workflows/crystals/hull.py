"""Energy above the hull: what a crystal loses when it becomes the phases it competes with."""

from collections.abc import Mapping, Sequence
from math import hypot
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.properties import Property
from lithicoat.structures.crystals.prototypes import oxidation_states
from lithicoat.structures.model import Model
from lithicoat.workflows.potentials.corrections import corrected_energy_eV
from lithicoat.workflows.potentials.registry import PotentialRef, info

__all__ = ["PBE_ERROR_EV_ATOM", "HullDistance", "electrons_moved", "energy_above_hull", "joined"]

PBE_ERROR_EV_ATOM = 0.024
"""Standard error of corrected PBE for reactions among solids, eV/atom: of ternary oxides from binary ones,
Hautier et al., Phys. Rev. B 85, 155208 (2012)."""
FEW_ELECTRONS = 0.01
"""Below so many electrons per atom a decay changes no oxidation state."""
MEANING = "energy lost by decay into the competing crystals, at 0 K; below 0 it is stable against them"


class HullDistance(BaseModel):
    """How far a crystal lies above the hull of the phases it competes with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    energy: Property = Field(description="eV/atom; negative for a crystal below the hull of the others.")
    decay: dict[str, float] = Field(
        default_factory=dict, description="Atom fractions of the phases it decays to."
    )


def energy_above_hull(
    crystal: tuple[Model, float],
    competitors: Sequence[tuple[Model, float]],
    potential: PotentialRef,
    *,
    gases_eV: Mapping[str, float],
) -> HullDistance:
    """Hold a crystal against the convex hull of other phases, all energies from one potential.

    Parameters
    ----------
    crystal : (Model, float)
        The crystal and the energy of its cell, eV.
    competitors : sequence of (Model, float)
        The other phases and the energies of their cells, eV.
    potential : PotentialRef
        The potential; the corrections that the registry names are applied.
    gases_eV : mapping of str to float
        Energies of molecules such as O2, eV, on the corrected scale.

    Returns
    -------
    HullDistance
        Missing if an element has no reference.
    """
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    corrections = info(potential).corrections

    def entry(model: Model, energy_eV: float) -> PDEntry:
        return PDEntry(Composition(model.formula), corrected_energy_eV(model, energy_eV, corrections))

    entries = [entry(*phase) for phase in competitors]
    gases = [PDEntry(Composition(formula), energy_eV) for formula, energy_eV in gases_eV.items()]
    entries += [gas for gas in gases if gas.composition.elements[0].symbol in crystal[0].symbols]
    elements = {pd_entry.composition.elements[0].symbol for pd_entry in entries if pd_entry.is_element}
    absent = sorted(set(crystal[0].symbols) - elements)
    if absent:
        reason = f"no reference energy of {', '.join(absent)}"
        return HullDistance(energy=Property.missing("eV/atom", reason))
    diagram = PhaseDiagram(entries)
    decay, above = diagram.get_decomp_and_e_above_hull(entry(*crystal), allow_negative=True)
    distance: Any = above
    products = {phase.composition.reduced_formula: float(share) for phase, share in (decay or {}).items()}
    energy = Property(value=float(distance), uncertainty=PBE_ERROR_EV_ATOM, unit="eV/atom", flags=(MEANING,))
    electrons = electrons_moved(crystal[0].formula, products)
    return HullDistance(energy=_redox(energy, electrons, potential), decay=products)


def electrons_moved(formula: str, decay: Mapping[str, float]) -> float:
    """Return the electrons per atom that the atoms oxidised in a decay give away.

    Oxidation states are guessed from the formulas; they are 0 in elements and where none balance.
    Li2SO3 to Li2SO4 and Li2S: a quarter, two from each of three sulfurs in 24 atoms.

    Parameters
    ----------
    formula : str
        What decays.
    decay : mapping of str to float
        Atom fractions of what it decays to.
    """
    from pymatgen.core import Composition

    before = oxidation_states(Composition(formula).reduced_formula) or {}
    moved = 0.0
    for product, share in decay.items():
        after = oxidation_states(product) or {}
        for element, fraction in Composition(product).fractional_composition.items():
            change = after.get(element.symbol, 0.0) - before.get(element.symbol, 0.0)
            moved += share * float(fraction) * max(change, 0.0)
    return moved


def joined(first: HullDistance, second: HullDistance | None, *, by: str) -> HullDistance:
    """Widen the uncertainty of a hull distance by what another potential says.

    Half the difference of the two is added in quadrature.
    """
    value, error = first.energy.value, first.energy.uncertainty
    if value is None or error is None:
        return first
    if second is None or second.energy.value is None:
        return first.model_copy(update={"energy": first.energy.flagged("± holds no second potential")})
    half = abs(second.energy.value - value) / 2
    energy = first.energy.model_copy(update={"uncertainty": hypot(error, half)})
    return first.model_copy(update={"energy": energy.flagged(f"± holds half the difference to {by}")})


def _redox(energy: Property, electrons: float, potential: PotentialRef) -> Property:
    """Add the potential's error where oxidation states change; an O2 takes four electrons."""
    energy = energy.flagged("± holds the error of PBE for reactions among solids, 24 meV/atom")
    if electrons < FEW_ELECTRONS:
        return energy
    error = info(potential).oxidation_error_eV_per_O2
    if error is None:
        return energy.flagged(
            "the decay changes oxidation states; this potential's error for that is not known"
        )
    whole = hypot(energy.uncertainty or 0.0, electrons * error / 4)
    note = (
        f"± holds the potential's error for oxidation, {error:g} eV/O2, for the {electrons:.2f} electrons "
        "per atom that the decay moves"
    )
    return energy.model_copy(update={"uncertainty": whole}).flagged(note)
