"""What `scavenging` computes of one film."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobflow import Job

from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.structures.coating import Coating
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.oxygen_tables import OxygenResult, as_json, print_result
from lithicoat.workflows.commands.single import Task, run_task
from lithicoat.workflows.oxygen.conversion import conversion_jobs, converted_film, converted_properties
from lithicoat.workflows.oxygen.protection import protection_properties
from lithicoat.workflows.oxygen.reacting import uptake_properties
from lithicoat.workflows.oxygen.scavenging import scavenging_jobs
from lithicoat.workflows.oxygen.wiring import crossing_job, laid_on_cathode, protection_job, reacting_job
from lithicoat.workflows.potentials.environments import environment_flags
from lithicoat.workflows.provenance import provenance, signed
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

__all__ = ["Asked", "show_scavenging"]


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
class _Run:
    """A film, its relaxed cells and where its steps are kept."""

    task: Task
    prepared: list[Job]
    relaxed: list[Job]
    db: Path
    quiet: bool

    def signed(self, properties: dict[str, Property], *flags: str) -> dict[str, Property]:
        origin = provenance(self.task.potential, self.task.protocol, self.task.seed)
        return {
            name: signed(quantity, origin, self.task.protocol).flagged(*flags)
            for name, quantity in properties.items()
        }


def show_scavenging(task: Task, asked: Asked, db: Path, *, json: bool, quiet: bool) -> None:
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
    jobs = [*prepared, *looked, scavenging, *judged]
    found = run_task(task, jobs, [scavenging, *judged], db, quiet=quiet)
    flags = environment_flags(found[1] if judged else None, ref, moving=False)
    result = OxygenResult(task=task, document=found[0], flags=tuple(flags))
    run = _Run(task=task, prepared=prepared, relaxed=relaxed, db=db, quiet=quiet)
    files = _drawn(result, asked.figures)
    if asked.converted and result.document.reactions:
        result = _converted(result, run, references)
    if asked.kinetics:
        result, more = _reacting(result, run, asked.figures)
        files += more
    if asked.protection or asked.crossing:
        result = _on_cathode(result, run, asked)
    if json:
        print_json(as_json(result))
        return
    print_result(result, db)
    for file in files:
        out.print(f"figure {file}", soft_wrap=True)


def _drawn(result: OxygenResult, directory: Path | None) -> list[Path]:
    if directory is None:
        return []
    from lithicoat.workflows.commands.figures import scavenging_figures

    return scavenging_figures(
        result.document, directory, name=result.task.title, caption=result.task.protocol.label
    )


def _converted(result: OxygenResult, run: _Run, references: Thermochemistry) -> OxygenResult:
    task = run.task
    coating = converted_film(task.title, result.document.reactions[0], references)
    found = conversion_jobs(task.maker, coating, task.potential, seed=task.seed)
    outputs = iter(
        run_task(
            task,
            found.jobs,
            [*found.relaxed, *found.elastic, *found.ladder, *found.environments],
            run.db,
            quiet=run.quiet,
        )
    )
    relaxed = [next(outputs) for _ in found.relaxed]
    elastic = [next(outputs) for _ in found.elastic]
    ladder = next(outputs) if found.ladder else None
    environments = next(outputs) if found.environments else None
    properties = converted_properties(relaxed, elastic, ladder, environments, task.potential)
    return replace(
        result,
        converted_name=coating.name,
        more={**result.more, "converted": run.signed(properties, f"of {coating.id}, amorphous")},
    )


def _reacting(result: OxygenResult, run: _Run, directory: Path | None) -> tuple[OxygenResult, list[Path]]:
    task = run.task
    job = reacting_job(run.relaxed[0], task.potential, protocol=task.protocol, seed=task.seed)
    (document,) = run_task(task, [*run.prepared, job], [job], run.db, quiet=run.quiet)
    files: list[Path] = []
    if directory is not None:
        from lithicoat.workflows.commands.figures import uptake_figures

        label = f"{document.temperature_K:g} K, {task.potential.id}"
        files = uptake_figures({label: document.curve}, directory, name=task.title)
    properties = run.signed(uptake_properties(document))
    return replace(result, more={**result.more, "kinetics": properties}), files


def _on_cathode(result: OxygenResult, run: _Run, asked: Asked) -> OxygenResult:
    task = run.task
    coating = task.subject if isinstance(task.subject, Coating) else None
    before, laid, by = laid_on_cathode(
        run.relaxed,
        task.elements,
        task.potential,
        protocol=task.protocol,
        seed=task.seed,
        coating=coating,
    )
    steps: dict[str, tuple[Job, Callable[[Any], dict[str, Property]]]] = {}
    if asked.protection:
        steps["protection"] = (protection_job(laid, by, protocol=task.protocol), protection_properties)
    if asked.crossing:
        crossing = crossing_job(laid, by, protocol=task.protocol, seed=task.seed)
        steps["crossing"] = (crossing, uptake_properties)
    jobs = [job for job, _ in steps.values()]
    found = run_task(task, [*run.prepared, *before, *jobs], jobs, run.db, quiet=run.quiet)
    origin = provenance(by, task.protocol, task.seed)
    more = {
        key: {name: signed(quantity, origin, task.protocol) for name, quantity in read(document).items()}
        for (key, (_, read)), document in zip(steps.items(), found, strict=True)
    }
    return replace(result, more={**result.more, **more})
