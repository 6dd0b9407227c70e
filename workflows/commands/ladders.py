"""Diffusion by molecular dynamics, of a film or of a user's cell."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobflow import Job

from lithicoat.analysis.mongodb import Where
from lithicoat.structures.coating import Coating
from lithicoat.structures.model import ModelKind
from lithicoat.workflows.commands.console import err
from lithicoat.workflows.commands.single import Task, run_task
from lithicoat.workflows.commands.transported import Transported, show
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.environments import environment_flags
from lithicoat.workflows.provenance import provenance, signed
from lithicoat.workflows.steps import files_directory
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.transport.diffusion import LadderDocument
from lithicoat.workflows.transport.following import LITHIUM, mobile_species
from lithicoat.workflows.transport.properties import PERFECT_CRYSTAL
from lithicoat.workflows.transport.vacant import VacantMaker

__all__ = ["Asked", "measure"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is wanted of a film or structure.

    Parameters
    ----------
    species : tuple of str
        What is followed; empty takes the default.
    vacancies : int
        Lithium sites to empty.
    barriers : bool
        Migration barriers instead of dynamics.
    figures : Path or None
        Directory of the figures.
    """

    species: tuple[str, ...]
    vacancies: int
    barriers: bool
    figures: Path | None


def measure(task: Task, asked: Asked, db: Where, *, json: bool, quiet: bool) -> None:
    """Compute the diffusion of a film or structure and print it.

    Raises
    ------
    UsageError
        If there is nothing to follow, or what is asked for needs a crystal.
    """
    species = _species(task, asked.species)
    if (asked.vacancies or asked.barriers) and task.kind is not ModelKind.CRYSTAL:
        option = "--barriers" if asked.barriers else "--vacancies"
        raise UsageError(
            f"{option} is for crystals, and {task.name} is {task.kind.value}",
            where=option,
            hint="leave it out",
        )
    if asked.barriers:
        from lithicoat.workflows.commands.hopping import show_barriers

        show_barriers(task, asked.figures, db, json=json, quiet=quiet)
        return
    prepared, relaxed = task.maker.prepare(task.subject, task.potential, seed=task.seed)
    vacant = [VacantMaker(empty=asked.vacancies).make(job.output) for job in relaxed if asked.vacancies]
    runs, ladder = task.maker.diffusion(
        task.kind, vacant or relaxed, task.potential, seed=task.seed, species=species
    )
    judged = task.maker.environments(relaxed, runs, task.potential)
    wanted: list[Job] = [ladder, *vacant, *judged]
    found, *others = run_task(task, [*prepared, *vacant, *runs, ladder, *judged], wanted, db, quiet=quiet)
    flags = [cell.flag for cell in others[: len(vacant)]]
    if task.kind is ModelKind.CRYSTAL and not vacant:
        flags.append(PERFECT_CRYSTAL)
    document = others[-1] if judged else None
    flags += environment_flags(document, task.potential, moving=True)
    _draw(task, found, asked.figures, db)
    show(_transported(task, found, species, flags, db), json=json)


def _species(task: Task, asked: tuple[str, ...]) -> tuple[str, ...]:
    role = task.subject.role if isinstance(task.subject, Coating) else None
    species = asked or mobile_species(task.elements, role)
    there = ", ".join(sorted(task.elements))
    if not species:
        raise UsageError(
            f"{task.name} holds no lithium, so there is nothing to follow (it holds {there})",
            where=task.name,
            hint="a film with lithium, or --species with one of its elements",
        )
    if missing := [one for one in species if one not in task.elements]:
        raise UsageError(
            f"{task.name} holds no {missing[0]} (it holds {there})", where="--species", hint="one of these"
        )
    return species


def _transported(
    task: Task, found: LadderDocument, species: tuple[str, ...], flags: list[str], db: Where
) -> Transported:
    origin = provenance(task.potential, task.protocol, task.seed)
    files = files_directory(open_store(db))
    endings: dict[float, list[str]] = {}
    for run in found.temperatures:
        endings.setdefault(run.temperature_K, []).append(run.reason)
    return Transported(
        runs={one: found.results(one) for one in species},
        fits=found.arrhenius if len({run.temperature_K for run in found.temperatures}) > 1 else {},
        sign=lambda quantity: signed(quantity, origin, task.protocol).flagged(*flags),
        footer=[f"{task.potential.id}, protocol {task.protocol.label}; trajectories in {files}"],
        endings=endings,
        lost=[
            f"{run.temperature_K:g} K: {run.framework_reason}"
            for run in found.temperatures
            if not run.framework_held
        ],
        more={"runs": [_run(run) for run in found.temperatures], "failed": found.failed},
    )


def _run(run: Any) -> dict[str, Any]:
    """Gather what a script wants to know of a run besides its results."""
    keys = ("temperature_K", "mean_temperature_K", "converged", "relative_error", "framework_held")
    more = ("frames", "steps", "seed", "trajectory")
    return {
        **{key: getattr(run, key) for key in (*keys, *more)},
        "ending": run.ending.value,
        "reason": run.reason,
    }


def _draw(task: Task, found: LadderDocument, directory: Path | None, db: Where) -> None:
    """Draw the ladder, and where the lithium of its hottest solid was."""
    if directory is None:
        return
    from lithicoat.workflows.commands.figures import (
        computed_with,
        density_figures,
        diffusion_figures,
    )

    caption = computed_with(task)
    name = task.title
    files = diffusion_figures(
        found.temperatures, directory, name=name, arrhenius=found.arrhenius, caption=caption
    )
    solid = [run for run in found.temperatures if run.framework_held and run.trajectory]
    if solid and LITHIUM in solid[-1].results:
        from lithicoat.analysis.transport.density_map import density_map
        from lithicoat.workflows.dynamics.trajectory import read_trajectory

        frames = read_trajectory(files_directory(open_store(db)) / str(solid[-1].trajectory))
        density = density_map(
            frames.positions(), symbols=frames.header.symbols, cell_A=frames.header.cell_A, species=LITHIUM
        )
        kelvin = f"{solid[-1].temperature_K:g} K, {caption}"
        files += density_figures(density, directory, name=name, caption=kelvin)
    for file in files:
        err.print(str(file), soft_wrap=True)
