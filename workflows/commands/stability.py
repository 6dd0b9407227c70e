"""`lithicoat stability`: hull, window, and reactions with lithium, NMC811 and HF."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.structures.model import ModelKind
from lithicoat.workflows.commands.console import print_json
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

if TYPE_CHECKING:
    from lithicoat.workflows.commands.stabilities import Answer

__all__ = ["command"]


def command(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A coating, or a structure file.")],
    *,
    materials_project: Annotated[
        bool,
        typer.Option(
            "--materials-project", help="Ask the Materials Project (key in MP_API_KEY) for the band gap."
        ),
    ] = False,
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
    """Tell whether a film lasts beside lithium and NMC811. Example: lithicoat stability Li2S.

    All energies of one reaction are by one potential; NMC811 needs one that covers Ni, Mn and Co.
    """
    from lithicoat.workflows.commands.single import find_film
    from lithicoat.workflows.commands.stabilities import as_json, measure, print_answer, write_figures

    task = find_film(
        name,
        potential=potential,
        preset_name=protocol,
        seed=seed,
        kind=kind,
        catalog=catalog,
        trust=trust,
    )
    answer: Answer = measure(task, db, materials_project=materials_project, quiet=quiet)
    files = write_figures(answer, figures) if figures is not None else []
    if json:
        print_json(as_json(answer))
    else:
        print_answer(answer, files)
