"""`lithicoat adhesion`: how a film holds on its electrodes, and whether lithium wets it."""

from pathlib import Path
from typing import Annotated

import typer

from lithicoat.structures.model import ModelKind
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import (
    Catalog,
    Database,
    Figures,
    Json,
    Potential,
    PresetName,
    Quiet,
    Seed,
    Trust,
)

__all__ = ["command"]


def command(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A coating, or a structure file.")],
    *,
    to: Annotated[
        str | None,
        typer.Option(help="Electrodes: Li, NMC811, Cu, or with a face as Li(110), NMC811@0.5(104)."),
    ] = None,
    figures: Figures = None,
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
    """Compute works of adhesion. Example: lithicoat adhesion Li2S --to Li,Cu --preset quick.

    Where the potential does not cover an electrode, film and electrode are both computed with one that does.
    """
    from lithicoat.workflows.commands.adhesions import as_json, measure, parse_targets, print_answer
    from lithicoat.workflows.commands.single import find_film

    task = find_film(
        name,
        potential=potential,
        preset_name=protocol,
        seed=seed,
        kind=kind,
        catalog=catalog,
        trust=trust,
    )
    answer = measure(task, parse_targets(to, task.subject), db, catalog=catalog, quiet=quiet)
    files = []
    if figures is not None:
        from lithicoat.workflows.commands.figures import adhesion_figures

        files = adhesion_figures(
            answer.interfaces, figures, name=task.title, caption=f"protocol {task.protocol.label}"
        )
    if json:
        print_json(as_json(answer))
        return
    print_answer(answer)
    for file in files:
        out.print(f"figure {file}", soft_wrap=True)
