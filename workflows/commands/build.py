"""`lithicoat build`: write the models of films to files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Catalog, Json
from lithicoat.workflows.protocols import Preset, preset

__all__ = ["command"]


def command(
    names: Annotated[list[str], typer.Argument(help="Coatings of the catalog, such as LiGL, or Li2SOx@2.5.")],
    *,
    directory: Annotated[Path, typer.Option("-o", "--output", help="Where the files go.")] = Path(
        "lithicoat-models"
    ),
    replicas: Annotated[int | None, typer.Option(min=1, help="Independent models of each film.")] = None,
    max_atoms: Annotated[int | None, typer.Option(min=8, help="Atoms per model, at most.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same atoms.")] = 0,
    protocol: Annotated[
        Preset, typer.Option("--preset", help="Sizes and replicas of this preset.")
    ] = Preset.STANDARD,
    catalog: Catalog = None,
    json: Json = False,
) -> None:
    """Build films as extxyz, CIF and metadata. Example: lithicoat build LiGL Li2S -o models."""
    from lithicoat.structures.build import build_models
    from lithicoat.structures.catalog import load_catalog
    from lithicoat.structures.io import write_model

    spec = preset(protocol).build
    entries = load_catalog(catalog)
    written: list[dict[str, Any]] = [
        {
            "id": coating.id,
            "formula": model.formula,
            "atoms": len(model.symbols),
            "density_g_cm3": model.density_g_cm3,
            "seed": model.seed,
            "files": [str(path) for path in write_model(model, directory)],
        }
        for coating in [entries.find(name) for name in names]
        for model in build_models(
            coating, max_atoms=max_atoms or spec.max_atoms, replicas=replicas or spec.replicas, seed=seed
        )
    ]
    if json:
        print_json(written)
        return
    for entry in written:
        seeded = "" if entry["seed"] is None else f"  seed {entry['seed']}"
        size = f"{entry['atoms']} atoms  {entry['density_g_cm3']:.3f} g/cm3{seeded}"
        out.print(f"{entry['id']}  {entry['formula']}  {size}", soft_wrap=True)
        out.print("    " + "\n    ".join(entry["files"]), soft_wrap=True)
    out.print("Films are as packed; lithicoat screen melts, quenches and relaxes them.")
