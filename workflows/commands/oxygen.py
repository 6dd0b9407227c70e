"""What `scavenging` computes of one film."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobflow import Job

from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.structures.coating import Coating
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.oxygen_tables import OxygenResult, as_json, print_result
from lithicoat.workflows.commands.single import Task, run_task
from lithicoat.workflows.oxygen.conversion import conversion_jobs, converted_film, converted_properties
from lithicoat.workflows.oxygen.protection import protection_properties
from lithicoat.workflows.oxygen.reacting import UptakeDocument, uptake_properties
from lithicoat.workflows.oxygen.scavenging import scavenging_jobs
from lithicoat.workflows.oxygen.wiring import crossing_job, laid_on_cathode, protection_job, reacting_job
from lithicoat.workflows.potentials.environments import environment_flags
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.provenance import provenance, signed
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

__all__ = ["Asked", "show_scavenging"]

KINETICS = "kinetics"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is wanted beside the thermodynamics.

    Parameters
    ----------
    converted, kinetics, protection, crossing : bool
        The oxidised film; dynamics under O2; vacancies of the cathode under the film; dynamics on it.
    figures : Path or None
        Directory of the figures.
    """

    converted: bool
    kinetics: bool
    protection: bool
    crossing: bool
    figures: Path | None


@dataclass(frozen=True, kw_only=True)
class _Extra:
    """A step beside the thermodynamics.

    Parameters
    ----------
    job : Job
        Its job.
    potential : PotentialRef
        What it is by.
    read : callable
        From the job's document to properties.
    """

    job: Job
    potential: PotentialRef
    read: Callable[[Any], dict[str, Property]]


def show_scavenging(task: Task, asked: Asked, db: Where, *, json: bool, quiet: bool) -> None:
    """Compute and print what a film does with oxygen.

    Raises
    ------
    PotentialError
        If the potential has no record of reference phases.
    DataError
        If an element of the film has no reference phase.
    """
    references = thermochemistry_of(task.potential, open_store(db))
    references.competing({*task.elements, "O"})
    maker, ref = task.maker, task.potential
    prepared, relaxed = maker.prepare(task.subject, ref, seed=task.seed)
    looked, scavenging = scavenging_jobs(relaxed, ref, task.elements)
    judged = maker.environments(relaxed, [], ref)
    before, extras = _extras(task, asked, relaxed)
    wanted = [scavenging, *judged, *(extra.job for extra in extras.values())]
    found = run_task(task, [*prepared, *looked, *before, *wanted], wanted, db, quiet=quiet)
    flags = environment_flags(found[1] if judged else None, ref, moving=False)
    result = OxygenResult(task=task, document=found[0], flags=tuple(flags))
    files = _drawn(result, asked.figures)
    for (key, extra), document in zip(extras.items(), found[1 + len(judged) :], strict=True):
        result = _with(result, key, extra.read(document), extra.potential)
        if key == KINETICS:
            files += _drawn_uptake(task, document, asked.figures)
    if asked.converted and result.document.reactions:
        result = _converted(result, references, db, quiet=quiet)
    if json:
        print_json(as_json(result))
        return
    print_result(result, db)
    for file in files:
        out.print(f"figure {file}", soft_wrap=True)


def _extras(task: Task, asked: Asked, relaxed: list[Job]) -> tuple[list[Job], dict[str, _Extra]]:
    """Return the jobs that lead to what is wanted beside the thermodynamics, and these by name."""
    before: list[Job] = []
    extras: dict[str, _Extra] = {}
    protocol, seed = task.protocol, task.seed
    if asked.kinetics:
        job = reacting_job(relaxed[0], task.potential, protocol=protocol, seed=seed)
        extras[KINETICS] = _Extra(job=job, potential=task.potential, read=uptake_properties)
    if asked.protection or asked.crossing:
        coating = task.subject if isinstance(task.subject, Coating) else None
        before, laid, by = laid_on_cathode(
            relaxed, task.elements, task.potential, protocol=protocol, seed=seed, coating=coating
        )
        if asked.protection:
            job = protection_job(laid, by, protocol=protocol)
            extras["protection"] = _Extra(job=job, potential=by, read=protection_properties)
        if asked.crossing:
            job = crossing_job(laid, by, protocol=protocol, seed=seed)
            extras["crossing"] = _Extra(job=job, potential=by, read=uptake_properties)
    return before, extras


def _with(
    result: OxygenResult, key: str, properties: dict[str, Property], by: PotentialRef, *flags: str
) -> OxygenResult:
    """Return the result with further properties, signed."""
    protocol = result.task.protocol
    origin = provenance(by, protocol, result.task.seed)
    found = {name: signed(value, origin, protocol).flagged(*flags) for name, value in properties.items()}
    return replace(result, more={**result.more, key: found})


def _drawn(result: OxygenResult, directory: Path | None) -> list[Path]:
    if directory is None:
        return []
    from lithicoat.workflows.commands.figures import scavenging_figures

    return scavenging_figures(
        result.document, directory, name=result.task.title, caption=result.task.protocol.label
    )


def _drawn_uptake(task: Task, document: UptakeDocument, directory: Path | None) -> list[Path]:
    if directory is None:
        return []
    from lithicoat.workflows.commands.figures import uptake_figures

    label = f"{document.temperature_K:g} K, {task.potential.id}"
    return uptake_figures({label: document.curve}, directory, name=task.title, caption=task.protocol.label)


def _converted(result: OxygenResult, references: Thermochemistry, db: Where, *, quiet: bool) -> OxygenResult:
    task = result.task
    coating = converted_film(task.title, result.document.reactions[0], references)
    found = conversion_jobs(task.maker, coating, task.potential, seed=task.seed)
    outputs = iter(
        run_task(
            task,
            found.jobs,
            [*found.relaxed, *found.elastic, *found.ladder, *found.environments],
            db,
            quiet=quiet,
        )
    )
    relaxed = [next(outputs) for _ in found.relaxed]
    elastic = [next(outputs) for _ in found.elastic]
    ladder = next(outputs) if found.ladder else None
    environments = next(outputs) if found.environments else None
    properties = converted_properties(relaxed, elastic, ladder, environments, task.potential)
    result = _with(result, "converted", properties, task.potential, f"of {coating.id}, amorphous")
    return replace(result, converted_name=coating.name)
