"""From the documents of one film's steps to its ScreeningRecord."""

from collections.abc import Sequence
from typing import Any

from jobflow import CURRENT_JOB, OnMissing

from lithicoat.analysis.calibration import calibrated
from lithicoat.analysis.elasticity import ElasticResult, ensemble_result
from lithicoat.analysis.ensembles import Convergence, convergence, geometric_mean
from lithicoat.analysis.film_records import FilmStructure
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ModelSummary, ScreeningRecord
from lithicoat.structures.coating import Coating
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.films.ensembles import EnsembleDocument
from lithicoat.workflows.mechanics.elastic import ElasticDocument
from lithicoat.workflows.mechanics.relaxation import RelaxDocument
from lithicoat.workflows.potentials.calibrations import calibration_of
from lithicoat.workflows.potentials.committee import with_spread
from lithicoat.workflows.potentials.environments import EnvironmentDocument, environment_flags
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import Protocol
from lithicoat.workflows.provenance import provenance, signed
from lithicoat.workflows.scavenging import ScavengingDocument, mean_density
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.storage import sibling
from lithicoat.workflows.transport.diffusion import LadderDocument

__all__ = ["elastic_properties", "ladder_properties", "record_film", "record_of", "replica_convergence"]

PERFECT_CRYSTAL = "perfect crystal: no carriers but thermal ones"
NO_LITHIUM = "the film holds no lithium; how it carries lithium that enters it is not computed"
UNITS = {
    "bulk_modulus": "GPa",
    "shear_modulus": "GPa",
    "youngs_modulus": "GPa",
    "poisson_ratio": "1",
    "lowest_elastic_eigenvalue": "GPa",
}
WIDENED = ("bulk_modulus", "shear_modulus", "youngs_modulus", "poisson_ratio")
"""What the spread of a committee is added to."""
LADDER_UNITS = {
    "activation_energy": "eV",
    "diffusivity_298K": "cm2/s",
    "conductivity_298K": "S/cm",
    "log10_conductivity_298K": "decades",
}


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
    record = record_of(coating, potential, protocol, failures=failures, **facts)
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
    committee: Sequence[Sequence[ElasticDocument | None]] = (),
    environments: EnvironmentDocument | None = None,
    ensemble: EnsembleDocument | None = None,
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
    committee : sequence of sequence of documents or None
        Elastic tensors of the same cells by each of the potential's sisters.
    environments : document or None
        How the film's surroundings compare with the potential's training.
    ensemble : document or None
        What the annealed replicas have in common; None for a crystal.

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
    if scavenging is not None:
        quantities["scavenging_energy"] = scavenging.energy
        quantities["scavenging_capacity"] = scavenging.capacity
        quantities["oxidation_volume_ratio"] = scavenging.volume_ratio
    still = environment_flags(environments, potential, moving=False)
    moving = environment_flags(environments, potential, moving=True)
    quantities = {name: quantity.flagged(*still) for name, quantity in quantities.items()}
    for name, quantity in ladder_properties(ladder, cells).items():
        quantities[name] = quantity.flagged(*moving)
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
        runs = [run.result for run in ladder.temperatures if run.temperature_K == kelvin] if ladder else []
        values = [run.diffusivity.value for run in runs if run and run.diffusivity.resolved]
        if 1 < len(values) == len(runs) and all(value and value > 0 for value in values):
            found["diffusivity"] = convergence(
                [value for value in values if value],
                unit="cm2/s",
                estimator=geometric_mean,
                what=f"geometric mean at {kelvin:g} K",
            )
            break
    return found


def elastic_properties(
    results: Sequence[ElasticResult],
    potential: PotentialRef,
    committee: Sequence[Sequence[ElasticResult]] = (),
) -> dict[str, Property]:
    """Return the moduli of a film averaged over its cells, and the calibrated shear modulus.

    Parameters
    ----------
    results : sequence of ElasticResult
        One per cell.
    potential : PotentialRef
        The potential, whose calibration is applied.
    committee : sequence of sequence of ElasticResult
        Those of the same cells by each of its sisters; their spread widens the moduli.
    """
    if not results:
        reason = "no elastic tensor: see the failures of the film"
        missing = {name: Property.missing(unit, reason) for name, unit in UNITS.items()}
        return {**missing, "shear_modulus_calibrated": Property.missing("GPa", reason)}
    mean = ensemble_result(results)
    moduli: dict[str, Property] = {name: getattr(mean, name) for name in UNITS}
    sisters = [ensemble_result(sister) for sister in committee if sister]
    for name in WIDENED:
        moduli[name] = with_spread(moduli[name], [getattr(sister, name) for sister in sisters])
    moduli["shear_modulus_calibrated"] = calibrated(moduli["shear_modulus"], calibration_of(potential))
    return moduli


def ladder_properties(ladder: LadderDocument | None, cells: Sequence[Model]) -> dict[str, Property]:
    """Return transport properties, and the highest temperature at which the framework held."""
    if ladder is None or ladder.arrhenius is None:
        reasons = {run.framework_reason for run in ladder.temperatures} if ladder else set()
        reason = "; ".join(sorted(reasons)) or "no diffusion run: see the failures of the film"
        if cells and not any("Li" in cell.symbols for cell in cells):
            reason = NO_LITHIUM
        units = {**LADDER_UNITS, "highest_stable_temperature": "K"}
        return {name: Property.missing(unit, reason) for name, unit in units.items()}
    found: dict[str, Property] = {name: getattr(ladder.arrhenius, name) for name in LADDER_UNITS}
    if any(cell.kind is ModelKind.CRYSTAL for cell in cells):
        found = {name: quantity.flagged(PERFECT_CRYSTAL) for name, quantity in found.items()}
    highest = ladder.highest_stable_temperature_K
    if highest is None:
        reasons = {run.framework_reason for run in ladder.temperatures}
        found["highest_stable_temperature"] = Property.missing("K", "; ".join(sorted(reasons)))
    else:
        found["highest_stable_temperature"] = Property(value=highest, unit="K")
    return found


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
