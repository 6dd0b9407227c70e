"""The numbers of a film's stability, as the screening database names them."""

from lithicoat.analysis.properties import Property, Provenance
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.stability.documents import CathodeContactDocument, StabilityDocument

__all__ = ["NO_CATHODE", "stability_properties"]

NO_CATHODE = "no potential on this machine covers the film and NMC811 together"


def stability_properties(
    stability: StabilityDocument | None,
    contact: CathodeContactDocument | None = None,
    *,
    without_contact: str = NO_CATHODE,
) -> dict[str, Property]:
    """Return the properties of a record.

    Parameters
    ----------
    stability : StabilityDocument, optional
        None if the step failed: then there is nothing of it.
    contact : CathodeContactDocument, optional
        Reactions with the cathode.
    without_contact : str
        Why there are none.

    Returns
    -------
    dict of str to Property
        energy_above_hull (eV/atom), window_low, window_high (V against Li/Li+), reaction_lithium,
        reaction_NMC811 (eV/atom, of the film as it is), contact_lithium, contact_NMC811 (eV/atom, what the
        contact adds to the film's own decay). Each names the potential that it is by.
    """
    found: dict[str, Property] = {}
    if stability is not None:
        found = {
            "energy_above_hull": stability.hull.energy,
            "window_low": stability.window.low.potential,
            "window_high": stability.window.high.potential,
            "reaction_lithium": _told(stability.lithium.energy, stability.lithium.equation),
            "contact_lithium": _told(stability.lithium.beyond_decay, stability.lithium.equation),
        }
        found = {name: _by(quantity, stability.potential) for name, quantity in found.items()}
    if contact is not None:
        worst = contact.worst
        energy = _told(worst.energy, worst.equation).flagged(
            f"worst of {len(contact.contacts)}: {worst.partner}"
        )
        found["reaction_NMC811"] = _by(energy, contact.potential)
        most = min(contact.contacts, key=lambda found: found.beyond_decay.value or 0.0)
        added = _told(most.beyond_decay, most.equation).flagged(
            f"worst of {len(contact.contacts)}: {most.partner}"
        )
        found["contact_NMC811"] = _by(added, contact.potential)
    elif stability is not None:
        found |= {
            name: Property.missing("eV/atom", without_contact)
            for name in ("reaction_NMC811", "contact_NMC811")
        }
    return found


def _told(energy: Property, equation: str) -> Property:
    return energy.flagged(equation) if equation else energy


def _by(quantity: Property, potential: PotentialRef) -> Property:
    return quantity.attributed(Provenance(potential=potential.id, sha256=potential.sha256))
