"""From the documents of a film's interfaces to the numbers of its record."""

from collections.abc import Callable, Sequence
from statistics import fmean, stdev

from lithicoat.analysis.properties import Property, Provenance
from lithicoat.workflows.adhesion.documents import AdhesionDocument, AdsorptionDocument
from lithicoat.workflows.adhesion.quality import surface_flags
from lithicoat.workflows.potentials.registry import PotentialRef

__all__ = ["adhesion_properties", "adhesion_property", "electrode_key"]

KEYS = {"Li": "lithium", "Cu": "copper"}
"""Names of metals in a record."""

UNIT, ADSORPTION_UNIT = "J/m2", "eV"
FAILED = "no interface: see the failures of the film"
NO_SITE = "no lithium on the film: see the failures of the film"

NO_ELECTRONS = (
    "a single lithium atom brings an electron that an insulating film takes badly; the potential knows no "
    "electrons and may bind it too well"
)
STRAINED = 0.01
"""A film strained by more is told."""

SCARRED_J_M2 = 0.05
"""Sides that the interface leaves higher than this did not part as they were."""


def electrode_key(electrode: str) -> str:
    """Return the name that an electrode has in a record: `lithium` for `Li(100)`, else its own."""
    name = electrode.partition("(")[0].partition("@")[0]
    return KEYS.get(name, name)


def adhesion_properties(
    adhesion: Sequence[AdhesionDocument | None],
    adsorption: Sequence[AdsorptionDocument | None] = (),
    *,
    targets: Sequence[str] = (),
) -> dict[str, Property]:
    """Return what is known of a film's hold on its electrodes.

    `adhesion_lithium`, `adhesion_copper` and `adhesion_<oxide>` in J/m²; `lithium_spreading`, adhesion to
    lithium less its cohesion 2γ, in J/m², above 0 where lithium wets the film (Young and Dupré);
    `lithium_adsorption`, the lowest energy of one lithium atom on the film against bulk lithium, in eV.
    The uncertainty is the standard deviation over the interfaces; of a layered oxide the value is that of
    the state of charge that holds less.

    Parameters
    ----------
    adhesion : sequence of AdhesionDocument or None
        None stands for a failed one.
    adsorption : sequence of AdsorptionDocument or None
        One per cell of the film.
    targets : sequence of str
        Electrodes that were asked for: one without any document is missing, with the reason.
    """
    there = [document for document in adhesion if document is not None]
    asked = dict.fromkeys([*map(electrode_key, targets), *(electrode_key(d.electrode) for d in there)])
    found = {}
    for key in asked:
        documents = [document for document in there if electrode_key(document.electrode) == key]
        found[f"adhesion_{key}"] = adhesion_property(documents)
        if key == KEYS["Li"]:
            found["lithium_spreading"] = _spreading(documents)
    if adsorption:
        found["lithium_adsorption"] = _adsorption([entry for entry in adsorption if entry is not None])
    return found


def adhesion_property(documents: Sequence[AdhesionDocument]) -> Property:
    """Return the work of adhesion of a film on one electrode, J/m².

    Parameters
    ----------
    documents : sequence of AdhesionDocument
        Faces and cells; of a layered oxide also states of charge.
    """
    if not documents:
        return Property.missing(UNIT, FAILED)
    states = list(dict.fromkeys(document.electrode for document in documents))
    oxide = documents[0].cohesion_J_m2 is None and len(states) > 1
    if not oxide:
        return _mean(documents, lambda document: document.work_J_m2)
    works = {
        state: _mean([d for d in documents if d.electrode == state], lambda document: document.work_J_m2)
        for state in states
    }
    weakest = min(works, key=lambda state: works[state].value or 0.0)
    told = ", ".join(f"{state} {works[state].value:.2f}" for state in states)
    return works[weakest].flagged(f"the least of {told} {UNIT}")


def _spreading(documents: Sequence[AdhesionDocument]) -> Property:
    if not documents:
        return Property.missing(UNIT, FAILED)
    known = [document for document in documents if document.spreading_J_m2 is not None]
    if not known:
        return Property.missing(UNIT, "the electrode's own cohesion is not known")
    return _mean(known, lambda document: document.spreading_J_m2 or 0.0)


def _adsorption(documents: Sequence[AdsorptionDocument]) -> Property:
    if not documents:
        return Property.missing(ADSORPTION_UNIT, NO_SITE)
    lowest = [document.sites[0].energy_eV for document in documents]
    every = [site.energy_eV for document in documents for site in document.sites]
    failed = sum(document.failed for document in documents)
    flags = [f"lowest of {len(every)} sites on {documents[0].face}, up to {max(every):+.2f} eV"]
    flags += [NO_ELECTRONS]
    flags += [f"{failed} sites did not converge"] if failed else []
    flags += [document.outside for document in documents if document.outside]
    flags += surface_flags(documents[0].potential)
    if len(every) > 1:
        flags.append("± is the standard deviation over the sites")
    return Property(
        value=fmean(lowest),
        uncertainty=stdev(every) if len(every) > 1 else None,
        unit=ADSORPTION_UNIT,
        flags=tuple(dict.fromkeys(flags)),
        provenance=_origin(documents[0].potential),
    )


def _mean(documents: Sequence[AdhesionDocument], value: Callable[[AdhesionDocument], float]) -> Property:
    values = [value(document) for document in documents]
    if len(values) > 1:
        spread, told = stdev(values), f"± is the standard deviation over {len(values)} interfaces"
    else:
        spread, told = None, f"one interface, {documents[0].electrode}: its spread is not known"
    flags = [told, *(flag for document in documents for flag in _flags(document))]
    flags += surface_flags(documents[0].potential)
    return Property(
        value=fmean(values),
        uncertainty=spread,
        unit=UNIT,
        flags=tuple(dict.fromkeys(flags)),
        provenance=_origin(documents[0].potential),
    )


def _origin(potential: PotentialRef) -> Provenance:
    """Name the potential, which need not be that of the film's other numbers."""
    return Provenance(potential=potential.id, sha256=potential.sha256)


def _flags(document: AdhesionDocument) -> list[str]:
    report, name = document.report, document.electrode
    strain = max(map(abs, report.film_strain.principal))
    flags = []
    if strain > STRAINED:
        flags.append(f"film strained by {strain:.1%} on {name}")
    if report.note:
        flags.append(f"on {name} packed at random and annealed briefly, because {report.note}")
    if document.scar_J_m2 > SCARRED_J_M2:
        flags.append(
            f"film and {name} changed each other: {document.scar_J_m2:.2f} J/m2 above fresh surfaces"
        )
    if document.reacted:
        flags.append(f"on {name} the film reacted: {document.reacted[0]}")
    if document.outside:
        flags.append(document.outside)
    return flags
