"""Migration barriers of a crystal, and the conductivity that vacancies would give it."""

from pathlib import Path

from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.commands.console import err, out, print_json
from lithicoat.workflows.commands.single import Task, run_task
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.provenance import provenance, signed
from lithicoat.workflows.steps import files_directory
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.transport.defect_model import crystal_transport_lines, migration_properties
from lithicoat.workflows.transport.following import LITHIUM
from lithicoat.workflows.transport.migration_records import MigrationDocument

__all__ = ["show_barriers"]


def show_barriers(task: Task, figures: Path | None, db: Where, *, json: bool, quiet: bool) -> None:
    """Compute the barriers of the lithium hops of a crystal and print them with the defect model.

    Parameters
    ----------
    task : Task
        A crystal with lithium.
    figures : Path or None
        Directory of the figures.
    db : Path or MongoDatabase
        Database directory.
    json, quiet : bool
        As the options of the command.

    Raises
    ------
    UsageError
        If it holds no lithium.
    """
    if LITHIUM not in task.elements:
        raise UsageError(
            f"{task.name} holds no lithium that could hop (it holds {', '.join(sorted(task.elements))})",
            where=task.name,
        )
    prepared, relaxed = task.maker.prepare(task.subject, task.potential, seed=task.seed)
    jobs = task.maker.migration(relaxed, task.potential)
    found: MigrationDocument = run_task(task, [*prepared, *jobs], jobs[:1], db, quiet=quiet)[0]
    if figures is not None:
        _draw(task, found, figures)
    if not json:
        for line in crystal_transport_lines(found, task.potential):
            out.print(line, soft_wrap=True)
        files = files_directory(open_store(db))
        out.print(f"{task.potential.id}, protocol {task.protocol.label}; bands in {files}", soft_wrap=True)
        return
    origin = provenance(task.potential, task.protocol, task.seed)
    properties = {
        name: signed(quantity, origin, task.protocol)
        for name, quantity in migration_properties(found, task.potential).items()
    }
    print_json({"temperatures": [], **properties, "migration": found})


def _draw(task: Task, found: MigrationDocument, directory: Path) -> None:
    from lithicoat.analysis.figures.barriers import EnergyProfile
    from lithicoat.workflows.commands.figures import barrier_figures, computed_with

    profiles = [
        EnergyProfile(label=f"{carrier.carrier} {hop.label}", path_A=hop.path_A, energy_eV=hop.path_eV)
        for carrier in found.carriers
        for hop in carrier.hops
    ]
    caption = computed_with(task)
    for file in barrier_figures(profiles, directory, name=task.title, caption=caption):
        err.print(str(file), soft_wrap=True)
