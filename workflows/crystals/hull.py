"""Energy above the hull of a predicted crystal: what it loses when it becomes the phases it competes with."""

from math import hypot

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.hulls import Film, HullDistance, hull_distance
from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind, Thermochemistry
from lithicoat.structures.model import Model
from lithicoat.workflows.thermochemistry.films import phase_of

__all__ = ["energy_above_hull", "joined", "no_hull"]

PREDICTED = "predicted"
"""Flag of a reference phase that is no known crystal; it is no rival of one that is looked for."""


def energy_above_hull(model: Model, energy_eV: float, references: Thermochemistry) -> HullDistance:
    """Hold a crystal against the convex hull of known phases, all energies from one potential.

    Parameters
    ----------
    model : Model
        The crystal.
    energy_eV : float
        Energy of its cell, eV.
    references : Thermochemistry
        Reference phases of its potential; predicted ones of its own composition are left out.

    Returns
    -------
    HullDistance
        Its energy is missing if an element has no reference.
    """
    phase = phase_of(model, energy_eV, name=f"crystal {model.name}", kind=PhaseKind.FILM)
    known = tuple(rival for rival in references.phases if not _predicted(rival, phase))
    try:
        return hull_distance(references.model_copy(update={"phases": known}), Film(phase))
    except DataError as error:
        return no_hull(error.message)


def no_hull(reason: str) -> HullDistance:
    """Return a distance that is missing."""
    energy = Property.missing("eV/atom", reason)
    return HullDistance(energy=energy, equation="", products={}, same_phase=False)


def joined(first: HullDistance, second: HullDistance | None, *, by: str) -> HullDistance:
    """Widen the uncertainty of a hull distance by what another potential says.

    Half the difference of the two is added in quadrature.
    """
    value, error = first.energy.value, first.energy.uncertainty or 0.0
    if value is None:
        return first
    if second is None or second.energy.value is None:
        return first.model_copy(update={"energy": first.energy.flagged("± holds no second potential")})
    half = abs(second.energy.value - value) / 2
    energy = first.energy.model_copy(update={"uncertainty": hypot(error, half)})
    return first.model_copy(update={"energy": energy.flagged(f"± holds half the difference to {by}")})


def _predicted(rival: Phase, phase: Phase) -> bool:
    same = {el: n / rival.atoms for el, n in rival.composition.items()}
    own = {el: n / phase.atoms for el, n in phase.composition.items()}
    return PREDICTED in rival.flags and same == own
