"""What the oxygen steps of a film put into its record."""

from lithicoat.analysis.properties import Property
from lithicoat.workflows.oxygen.scavenging import ScavengingDocument

__all__ = ["scavenging_properties"]


def scavenging_properties(document: ScavengingDocument) -> dict[str, Property]:
    """Return the properties of a film by their names in the record.

    scavenging_energy (eV/O2), scavenging_capacity (mol O2/cm3), oxidation_volume_ratio (1), uptake_onset (eV
    per O, against half an O2 without its entropy) and oxygen_margin (eV per O: what the surface of NMC811 at
    x = 0.25 offers minus the onset, both by the potential that covers the cathode; positive: the film pulls
    lattice oxygen out of the charged cathode).
    """
    found = {
        "scavenging_energy": document.energy,
        "scavenging_capacity": document.capacity,
        "oxidation_volume_ratio": document.volume_ratio,
        "uptake_onset": document.onset,
    }
    if document.cathode is not None:
        found["oxygen_margin"] = document.cathode.margin
    return found
