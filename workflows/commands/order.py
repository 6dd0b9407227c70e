"""`lithicoat order`: the lithium ordering of a charged cathode that has the lowest energy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import (
    Catalog,
    Database,
    Json,
    Potential,
    PresetName,
    Quiet,
    Seed,
    Trust,
)
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL
from lithicoat.workflows.protocols import Preset, preset

if TYPE_CHECKING:  # the engine loads only when the command runs
    from lithicoat.workflows.crystals.ordering import OrderingDocument

__all__ = ["command"]


def command(
    name: Annotated[str, typer.Argument(help="A layered oxide of the catalog, such as NMC811@0.5.")],
    *,
    candidates: Annotated[
        int, typer.Option(min=1, max=100, help="Orderings to relax, those that electrostatics puts first.")
    ] = 5,
    max_atoms: Annotated[
        int, typer.Option(min=40, help="Atoms of the lithiated cell, at most; the smallest has 40.")
    ] = 80,
    directory: Annotated[Path, typer.Option("-o", "--output", help="Where the files go.")] = Path(
        "lithicoat-models"
    ),
    potential: Potential = None,
    trust: Trust = False,
    protocol: PresetName = None,
    seed: Seed = None,
    db: Database = Path("lithicoat.db"),
    catalog: Catalog = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Order lithium by energy. Example: lithicoat order NMC811@0.5 --potential chgnet."""
    from jobflow import Job

    from lithicoat.structures.coating import Coating
    from lithicoat.structures.io import write_model
    from lithicoat.workflows.commands.single import find_subject, run_task
    from lithicoat.workflows.crystals.ordering import OrderingMaker

    numbers = preset(protocol or Preset.STANDARD)
    task = find_subject(
        name,
        potential=potential or DEFAULT_POTENTIAL,
        trust=trust,
        protocol=numbers,
        seed=seed or 0,
        kind=None,
        catalog=catalog,
    )
    if not isinstance(task.subject, Coating):
        raise UsageError(
            f"{name} is a structure file; lithium is ordered in layered oxides of the catalog",
            where=name,
            hint="such as NMC811@0.5",
        )
    maker = OrderingMaker(spec=numbers.relax, max_atoms=max_atoms, candidates=candidates)
    flow = maker.make(task.subject, task.potential, seed=task.seed)
    choice = [job for job in flow.jobs if isinstance(job, Job)][-1:]
    [found] = run_task(task, flow, choice, db, quiet=quiet)
    files = [str(path) for path in write_model(found.model, directory)]
    if json:
        told = found.model_dump(mode="json", exclude={"model"})
        print_json({"id": name, "formula": found.model.formula, **told, "files": files})
        return
    _print(found, files)


def _print(found: "OrderingDocument", files: list[str]) -> None:
    from rich.table import Table

    out.print(f"{found.model.name}   {found.model.formula}   {found.relaxed} orderings relaxed")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in (
        "electrostatic rank",
        "point charges (eV)",
        "energy (eV)",
        "above lowest (meV per LixMO2)",
    ):
        table.add_column(column, justify="right")
    for ordering in found.orderings:
        energy, above = ordering.energy_eV, ordering.above_lowest_meV
        table.add_row(
            str(ordering.electrostatic_rank),
            f"{ordering.electrostatic_energy_eV:.3f}",
            "not relaxed" if energy is None else f"{energy:.4f}",
            "–" if above is None else f"{above:.1f}",
        )
    out.print(table)
    out.print("\n".join(f"  {file}" for file in files), soft_wrap=True)
    out.print(f"  {found.potential.id} (sha256 {found.potential.sha256[:12]}…)")
