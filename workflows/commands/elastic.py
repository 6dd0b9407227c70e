"""`lithicoat elastic`: moduli of films or structures, at 0 K and at a temperature, alone and stacked."""

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
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL
from lithicoat.workflows.protocols import Preset, Protocol, preset

__all__ = ["command"]

HOTTEST_K = 5000.0


def command(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Coatings of the catalog, or structure files.")
    ],
    *,
    temperature: Annotated[
        float | None,
        typer.Option(help="Also the shear modulus at this temperature in K, by shears in MD, as 300."),
    ] = None,
    thickness: Annotated[
        str | None, typer.Option(help="Thicknesses in nm, as 10,5: the films as layers of one stack.")
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
    """Compute elastic moduli. Example: lithicoat elastic Li2S --temperature 300 --preset quick.

    The tensor is that at 0 K with relaxed ions.
    """
    from lithicoat.workflows.commands.moduli import (
        as_json,
        measure,
        parse_thicknesses,
        print_film,
        print_stack,
        write_figures,
    )
    from lithicoat.workflows.commands.single import find_subject

    thicknesses_nm = parse_thicknesses(thickness, names)
    numbers = _at(preset(protocol or Preset.STANDARD), temperature)
    tasks = [
        find_subject(
            name,
            potential=potential or DEFAULT_POTENTIAL,
            trust=trust,
            protocol=numbers,
            seed=seed or 0,
            kind=kind,
            catalog=catalog,
        )
        for name in names
    ]
    films = []
    for task in tasks:
        films.append(measure(task, db, thermal=temperature is not None, quiet=quiet))
        if not json:
            if len(tasks) > 1:
                out.print(f"{'' if len(films) == 1 else chr(10)}{task.name}")
            print_film(films[-1], db)
        if figures is not None:
            for file in write_figures(films[-1], figures):
                if not json:
                    out.print(f"figure {file}", soft_wrap=True)
    if json:
        print_json(as_json(films, thicknesses_nm))
    elif thicknesses_nm:
        out.print()
        print_stack(films, thicknesses_nm)


def _at(protocol: Protocol, temperature_K: float | None) -> Protocol:
    """Put the user's temperature in place of the preset's."""
    if temperature_K is None:
        return protocol
    if not 0 < temperature_K <= HOTTEST_K:
        raise UsageError(
            f"--temperature {temperature_K:g} is no temperature of a solid",
            where="--temperature",
            hint=f"give K, above 0 and up to {HOTTEST_K:g}",
        )
    shears = protocol.thermal_elastic.model_copy(update={"temperature_K": temperature_K})
    return protocol.model_copy(update={"thermal_elastic": shears})
