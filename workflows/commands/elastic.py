"""`lithicoat elastic`: elastic tensor and moduli of one film or structure."""

from pathlib import Path
from typing import Annotated

import typer

from lithicoat.structures.model import ModelKind
from lithicoat.workflows.commands.console import format_property, out, print_json
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
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL
from lithicoat.workflows.protocols import Preset, preset

__all__ = ["command"]


def command(
    name: Annotated[str, typer.Argument(help="A coating of the catalog, or a structure file.")],
    *,
    potential: Potential = None,
    trust: Trust = False,
    protocol: PresetName = None,
    seed: Seed = None,
    kind: Annotated[ModelKind | None, typer.Option(help="What the file holds; default: a crystal.")] = None,
    db: Database = Path("lithicoat.db"),
    catalog: Catalog = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compute the 0 K elastic tensor with relaxed ions. Example: lithicoat elastic Li2S --preset quick."""
    from lithicoat.analysis.elasticity import ensemble_result
    from lithicoat.workflows.commands.single import find_subject, run_task
    from lithicoat.workflows.potentials.environments import environment_flags
    from lithicoat.workflows.provenance import provenance, signed
    from lithicoat.workflows.recording import elastic_properties

    task = find_subject(
        name,
        potential=potential or DEFAULT_POTENTIAL,
        trust=trust,
        protocol=preset(protocol or Preset.STANDARD),
        seed=seed or 0,
        kind=kind,
        catalog=catalog,
    )
    maker, ref = task.maker, task.potential
    prepared, relaxed = maker.prepare(task.subject, ref, seed=task.seed)
    elastic = maker.elastic(relaxed, ref)
    committee = maker.committee_elastic(relaxed, ref)
    environments = maker.environments(relaxed, [], ref)
    sisters = [job for sister in committee for job in sister]
    jobs = [*prepared, *elastic, *sisters, *environments]
    outputs = iter(run_task(task, jobs, [*elastic, *sisters, *environments], db, quiet=quiet))
    results = [next(outputs).result for _ in elastic]
    by_sister = [[next(outputs).result for _ in sister] for sister in committee]
    flags = environment_flags(next(outputs, None), ref, moving=False)
    mean = ensemble_result(results)
    origin = provenance(ref, task.protocol, task.seed)
    moduli = {
        key: signed(quantity, origin, task.protocol).flagged(*flags)
        for key, quantity in elastic_properties(results, ref, by_sister).items()
    }
    if json:
        print_json({**moduli, "tensor_GPa": mean.tensor_GPa, "born_stable": mean.born_stable})
        return
    for key, quantity in moduli.items():
        out.print(f"{key.replace('_', ' '):26s} {format_property(quantity)}")
    out.print("elastic tensor (GPa; xx yy zz yz xz xy)")
    for row in mean.tensor_GPa:
        out.print("   " + " ".join(f"{value:8.2f}" for value in row))
    strains = " and ".join(f"±{strain:g}" for strain in task.protocol.elastic.strains)
    out.print(
        f"{len(results)} cell(s), six strain states {strains}, ions relaxed; {task.potential.id}, "
        f"protocol {task.protocol.label}; raw data in {db}",
        soft_wrap=True,
    )
    for flag in dict.fromkeys(flag for quantity in moduli.values() for flag in quantity.flags):
        out.print(f"note: {flag}", soft_wrap=True)
