"""From the documents of one film's steps to its ScreeningRecord."""

from collections.abc import Sequence
from typing import Any

from jobflow import CURRENT_JOB, JobStore, OnMissing

from lithicoat.analysis.films.ensembles import Convergence, convergence, geometric_mean
from lithicoat.analysis.films.records import FilmStructure
from lithicoat.analysis.mechanics.elasticity import ElasticResult
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ModelSummary, ScreeningRecord
from lithicoat.structures.build import elements_of
from lithicoat.structures.coating import Coating
from lithicoat.structures.model import Model
from lithicoat.workflows.adhesion.documents import AdhesionDocument, AdsorptionDocument
from lithicoat.workflows.adhesion.jobs import targets_of
from lithicoat.workflows.adhesion.properties import adhesion_properties
from lithicoat.workflows.films.ensembles import EnsembleDocument
from lithicoat.workflows.mechanics.elastic import ElasticDocument
from lithicoat.workflows.mechanics.moduli import elastic_properties, thermal_properties
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.mechanics.thermal import ThermalElasticDocument
from lithicoat.workflows.oxygen.properties import scavenging_properties
from lithicoat.workflows.oxygen.scavenging import ScavengingDocument, mean_density
from lithicoat.workflows.potentials.environments import EnvironmentDocument, environment_flags
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import Protocol
from lithicoat.workflows.provenance import provenance, signed
from lithicoat.workflows.stability.documents import CathodeContactDocument, StabilityDocument
from lithicoat.workflows.stability.gaps import band_gap
from lithicoat.workflows.stability.properties import stability_properties
from lithicoat.workflows.steps import PASSING, science_job
from lithicoat.workflows.storage import sibling
from lithicoat.workflows.transport.defect_model import crystal_transport
from lithicoat.workflows.transport.diffusion import LadderDocument
from lithicoat.workflows.transport.following import LITHIUM, mobile_species
from lithicoat.workflows.transport.migration_records import MigrationDocument
from lithicoat.workflows.transport.properties import ladder_properties
from lithicoat.workflows.volumes.documents import VolumeDocument
from lithicoat.workflows.volumes.properties import volume_properties

__all__ = ["record_film", "record_of", "replica_convergence"]

BEFORE_RUNS = ("build", "anneal", "relax")
"""Steps without which there are no runs."""


@science_job(ScreeningRecord, version=None, on_missing=OnMissing.NONE)
def record_film(
    coating: Coating, potential: PotentialRef, protocol: Protocol, **facts: Any
) -> ScreeningRecord:
    """Write the record of a film into the database, whatever of its steps is there.

    See :func:`record_of` for the facts.
    """
    store = CURRENT_JOB.store
    found = store.docs_store.query({"failure.coating": coating.id, "failure.campaign": facts["campaign"]})
    failures = {document["failure"]["step"]: document["failure"]["reason"] for document in found}
    steps = _computations(store, CURRENT_JOB.job.hosts)
    record = record_of(coating, potential, protocol, failures=failures, steps=steps, **facts)
    records = sibling(store, "records", index="coating")
    records.update(record.model_dump(mode="json"), key=["coating", "sha256", "protocol", "seed"])
    return record


def record_of(
    coating: Coating,
    potential: PotentialRef,
    protocol: Protocol,
    *,
    seed: int,
    campaign: str,
    film: Sequence[RelaxDocument | None],
    elastic: Sequence[ElasticDocument | None],
    ladder: LadderDocument | None,
    scavenging: ScavengingDocument | None,
    failures: dict[str, str],
    steps: dict[str, str] | None = None,
    committee: Sequence[Sequence[ElasticDocument | None]] = (),
    environments: EnvironmentDocument | None = None,
    ensemble: EnsembleDocument | None = None,
    thermal: Sequence[ThermalElasticDocument | None] | None = None,
    migration: Sequence[MigrationDocument | None] | None = None,
    references: bool = True,
    stability: StabilityDocument | None = None,
    contact: CathodeContactDocument | None = None,
    adhesion: Sequence[AdhesionDocument | None] | None = None,
    adsorption: Sequence[AdsorptionDocument | None] | None = None,
    volumes: Sequence[VolumeDocument | None] | None = None,
) -> ScreeningRecord:
    """Put together what the steps of a film found.

    Parameters
    ----------
    coating, potential, protocol, seed, campaign
        What was computed, and for what.
    film, elastic : sequence of documents or None
        One per replica; None stands for a failed one.
    ladder, scavenging : document or None
        None if the step failed or does not apply.
    failures : dict of str to str
        Step → reason.
    steps : dict of str to str
        Key of each computation of the film → name of its step.
    committee : sequence of sequence of documents or None
        Elastic tensors of the same cells by each of the potential's sisters.
    environments : document or None
        How the film's surroundings compare with the potential's training.
    ensemble : document or None
        What the annealed replicas have in common; None for a crystal.
    thermal : sequence of documents or None
        Shear moduli at a temperature, one per replica; None where they were not asked for.
    migration : sequence of documents or None
        Hops of lithium in a crystal; None for a film, and for a crystal without lithium.
    references : bool
        Whether the potential has reference energies.
    stability, contact : document or None
        Hull, window and reactions with lithium, and those with the cathode.
    adhesion, adsorption : sequence of documents or None
        Interfaces with the electrodes, and lithium upon the film; None where they were not asked for.
    volumes : sequence of documents or None
        Cells with another lithium content, one per replica; None where they were not asked for.

    Returns
    -------
    ScreeningRecord
        Every property with its provenance; what is missing says why.
    """
    cells = [document.model for document in film if document is not None]
    quantities: dict[str, Property] = {}
    relaxed = [document for document in film if document is not None]
    if relaxed:
        quantities["density"] = mean_density(relaxed)
    quantities |= elastic_properties(_results(elastic), potential, [_results(sister) for sister in committee])
    if thermal is not None:
        temperature_K = protocol.thermal_elastic.temperature_K
        quantities |= thermal_properties(thermal, potential, temperature_K=temperature_K)
    if references:
        quantities |= stability_properties(stability, contact)
        quantities |= scavenging_properties(scavenging) if scavenging is not None else {}
    else:
        quantities |= _without_references(potential)
    quantities |= volume_properties(volumes) if volumes is not None else {}
    quantities["band_gap"] = band_gap(coating.reported)
    if adhesion is not None:
        quantities |= adhesion_properties(adhesion, adsorption or (), targets=targets_of(coating.role))
    still = environment_flags(environments, potential, moving=False)
    moving = environment_flags(environments, potential, moving=True)
    quantities = {name: quantity.flagged(*still) for name, quantity in quantities.items()}
    species = mobile_species(elements_of(coating), coating.role)
    transport = ladder_properties(ladder, cells, species)
    if ladder is None:  # a cell that fell apart before its runs says so to the gate of the framework
        told = [f"{step} failed: {why}" for step, why in failures.items() if step.startswith(BEFORE_RUNS)]
        held = transport["highest_stable_temperature"]
        transport["highest_stable_temperature"] = held.flagged(*told)
    transport = {name: quantity.flagged(*moving) for name, quantity in transport.items()}
    if migration is not None:
        transport = crystal_transport(transport, next(iter(migration), None), potential)
    quantities |= {name: quantity.flagged(*still) for name, quantity in transport.items()}
    structure = ensemble.structure if ensemble else None
    if structure is not None and structure.odd:
        off = f"{len(structure.odd)} of {structure.replicas} replicas off the others"
        doubt = f"{off}: {structure.odd[0].sentence()}"
        quantities = {name: quantity.flagged(doubt) for name, quantity in quantities.items()}
    origin = provenance(potential, protocol, seed)
    return ScreeningRecord(
        coating=coating.id,
        name=coating.name,
        family=coating.family,
        role=coating.role.value,
        campaign=campaign,
        potential=potential.id,
        sha256=potential.sha256,
        protocol=protocol.label,
        try_out=protocol.try_out,
        seed=seed,
        properties={name: signed(quantity, origin, protocol) for name, quantity in quantities.items()},
        failures=failures,
        steps=steps or {},
        models=tuple(map(_summary, cells)),
        structure=structure,
        convergence=replica_convergence(_results(elastic), ladder, structure),
    )


def replica_convergence(
    elastic: Sequence[ElasticResult], ladder: LadderDocument | None, structure: FilmStructure | None
) -> dict[str, Convergence]:
    """Return how density, shear modulus and diffusivity depend on the number of replicas.

    The diffusivity is that of the coldest temperature at which it was resolved in two replicas or more, and
    in all that ran there; its mean is geometric.
    """
    found = {}
    if structure is not None and structure.replicas > 1:
        found["density"] = convergence(structure.densities_g_cm3, unit="g/cm3", what="as annealed")
    moduli = [result.shear_modulus.value for result in elastic]
    resolved = [value for value in moduli if value is not None]
    if len(resolved) > 1:
        found["shear_modulus"] = convergence(resolved, unit="GPa")
    for kelvin in sorted({run.temperature_K for run in ladder.temperatures}) if ladder else []:
        runs = [run for run in ladder.temperatures if run.temperature_K == kelvin] if ladder else []
        found_there = [run.results[LITHIUM].diffusivity for run in runs if LITHIUM in run.results]
        values = [diffusivity.value for diffusivity in found_there if diffusivity.resolved]
        if 1 < len(values) == len(runs) and all(value and value > 0 for value in values):
            found["diffusivity"] = convergence(
                [value for value in values if value],
                unit="cm2/s",
                estimator=geometric_mean,
                what=f"geometric mean at {kelvin:g} K",
            )
            break
    return found


def _without_references(potential: PotentialRef) -> dict[str, Property]:
    """Say why there is neither stability nor scavenging."""
    reason = f"{potential.id} has no reference energies: lithicoat references computes them"
    per_atom = ("energy_above_hull", "contact_lithium", "contact_NMC811")
    missing = {name: Property.missing("eV/atom", reason) for name in per_atom}
    return {**missing, "scavenging_energy": Property.missing("eV/O2", reason)}


def _computations(store: JobStore, flows: Sequence[str]) -> dict[str, str]:
    """Return key → step of all that was computed, or found finished, in the flow of a film."""
    found = store.docs_store.query(
        {"hosts": {"$in": list(flows)}, "metadata.key": {"$exists": True}},
        properties=["name", "metadata"],
        sort={"completed_at": 1},
    )
    kept = (document for document in found if not document["metadata"].get(PASSING))
    return {document["metadata"]["key"]: document["name"] for document in kept}


def _results(documents: Sequence[ElasticDocument | None]) -> list[ElasticResult]:
    return [document.result for document in documents if document is not None]


def _summary(cell: Model) -> ModelSummary:
    return ModelSummary(
        content_hash=cell.content_hash,
        kind=cell.kind.value,
        formula=cell.formula,
        atoms=len(cell.symbols),
        density_g_cm3=cell.density_g_cm3,
        seed=cell.seed,
    )
