"""`lithicoat scavenging`: what a film does with oxygen, and what the cathode offers."""

from pathlib import Path
from typing import Annotated

import typer

from lithicoat.structures.model import ModelKind
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
from lithicoat.workflows.errors import UsageError

__all__ = ["command"]


def command(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME|FILE", help="Coating of the catalog, or structure file.")
    ] = None,
    *,
    offer: Annotated[
        bool, typer.Option("--offer", help="No film: compute the oxygen that NMC811 offers, and keep it.")
    ] = False,
    converted: Annotated[
        bool, typer.Option("--converted", help="Also density, moduli and conductivity after the uptake.")
    ] = False,
    kinetics: Annotated[
        bool, typer.Option("--kinetics", help="Also reactive dynamics of the film under O2.")
    ] = False,
    protection: Annotated[
        bool,
        typer.Option("--protection", help="Also what an oxygen vacancy of NMC811 costs under the film."),
    ] = False,
    crossing: Annotated[
        bool, typer.Option("--crossing", help="Also reactive dynamics of the film on charged NMC811.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write what --offer finds to this JSON file.")
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
    """Take up oxygen. Example: lithicoat scavenging Li2S --converted --preset quick.

    Energies are those of the relaxed film and of reference phases of the same potential, corrected to
    measured enthalpies; the entropy of the gases is the tabulated one.
    """
    if offer == (name is not None):
        raise UsageError(
            "give either a film or structure file, or --offer",
            where="scavenging",
            hint="lithicoat scavenging Li2S",
        )
    if output is not None and not offer:
        raise UsageError("-o belongs to --offer", where="--output", hint="redirect stdout of --json instead")
    if offer:
        from lithicoat.workflows.commands.offers import show_offer

        show_offer(potential or "chgnet", db, trust=trust, output=output, json=json, quiet=quiet)
        return
    from lithicoat.workflows.commands.oxygen import Asked, show_scavenging
    from lithicoat.workflows.commands.single import find_film

    task = find_film(
        str(name),
        potential=potential,
        preset_name=protocol,
        seed=seed,
        kind=kind,
        catalog=catalog,
        trust=trust,
    )
    asked = Asked(
        converted=converted, kinetics=kinetics, protection=protection, crossing=crossing, figures=figures
    )
    show_scavenging(task, asked, db, json=json, quiet=quiet)
