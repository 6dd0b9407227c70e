"""`lithicoat build`: write the models of films to files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.workflows.commands.built import print_rows
from lithicoat.workflows.commands.console import ExitCode, err, out, print_json
from lithicoat.workflows.commands.options import Catalog, Json, Library
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.protocols import Preset, preset

if TYPE_CHECKING:  # chemistry loads only when the command runs
    from lithicoat.structures.batch import Built, Failure
    from lithicoat.structures.coating import Coating
    from lithicoat.structures.summary import ModelRow
    from lithicoat.structures.variants import Variant

__all__ = ["command"]


def command(
    names: Annotated[
        list[str] | None, typer.Argument(help="Coatings of the catalog, such as LiGL, or Li2SOx@2.5.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every entry of the catalog.")] = False,
    directory: Annotated[Path, typer.Option("-o", "--output", help="Where the files go.")] = Path(
        "lithicoat-models"
    ),
    replicas: Annotated[int | None, typer.Option(min=1, help="Independent models of each film.")] = None,
    max_atoms: Annotated[int | None, typer.Option(min=8, help="Atoms per model, at most.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same atoms.")] = 0,
    protocol: Annotated[
        Preset, typer.Option("--preset", help="Sizes and replicas of this preset.")
    ] = Preset.STANDARD,
    lithiation: Annotated[
        float | None, typer.Option(min=0.01, max=1, help="Share of a lithicone's hydroxyls that hold Li.")
    ] = None,
    layers: Annotated[
        int | None, typer.Option(min=1, max=20, help="Lay molecules in so many layers, as MLD grows.")
    ] = None,
    png: Annotated[bool, typer.Option("--png", help="Draw a picture of every model.")] = False,
    slab: Annotated[
        str | None,
        typer.Option(metavar="HKL", help="Cut a slab along this plane of the crystal, such as 104."),
    ] = None,
    vacuum: Annotated[float | None, typer.Option(min=0, help="Vacuum above the slab, Å; default 15.")] = None,
    thickness: Annotated[
        float | None, typer.Option(min=1, help="Thickness of the slab, at least, Å; default 9.")
    ] = None,
    vacancy: Annotated[
        str | None,
        typer.Option(metavar="ELEMENT", help="Leave one atom out, once for each kind of site, such as O."),
    ] = None,
    catalog: Catalog = None,
    library: Library = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Films side by side; default: one per core.")
    ] = None,
    json: Json = False,
) -> None:
    """Build films as extxyz, CIF and metadata. Example: lithicoat build LiGL Li2S -o models."""
    from lithicoat.structures.batch import BuildOrder, build_and_write
    from lithicoat.structures.growth import grown
    from lithicoat.workflows.potentials.calculators import threads

    spec = preset(protocol).build
    chosen = _chosen(names or [], catalog, library=library, everything=everything)
    coatings = [grown(coating, lithiation=lithiation, layers=layers) for coating in chosen]
    order = BuildOrder(
        max_atoms=max_atoms or spec.max_atoms,
        replicas=replicas or spec.replicas,
        seed=seed,
        directory=directory,
        pictures=png,
        variant=_variant(slab, vacuum, thickness, vacancy),
    )
    built = []
    for number, film in enumerate(build_and_write(coatings, order, workers=workers or threads()), start=1):
        built.append(film)
        if len(coatings) > 1:
            err.print(f"{number} of {len(coatings)}  {film.id}", soft_wrap=True)
    _answer(built, directory, json=json)


def _variant(
    slab: str | None, vacuum: float | None, thickness: float | None, vacancy: str | None
) -> "Variant":
    from lithicoat.structures.variants import Variant

    sizes = {"vacuum_A": vacuum, "thickness_A": thickness}
    given = {name: value for name, value in sizes.items() if value is not None}
    if given and slab is None:
        option = "--" + next(iter(given)).removesuffix("_A")
        raise UsageError(f"{option} is for slabs", where=option, hint="name the plane: --slab 104")
    return Variant(slab=slab, vacancy=vacancy, **given)


def _chosen(
    names: list[str], catalog: Path | None, *, library: str | None, everything: bool
) -> "list[Coating]":
    from lithicoat.structures.catalog.library import library_ids
    from lithicoat.structures.catalog.loading import load_catalog

    if everything and names:
        raise UsageError("--all and names exclude each other", where="--all", hint="leave one out")
    entries = load_catalog(catalog)
    wanted = [*(entries.ids if everything else names), *(library_ids(library, catalog) if library else ())]
    if not wanted:
        raise UsageError(
            "no coating is named", where="NAME", hint="names of the catalog, such as LiGL, --all or --library"
        )
    return [entries.find(name) for name in dict.fromkeys(wanted)]


def _answer(built: "list[Built]", directory: Path, *, json: bool) -> None:
    """Print what was built and what was not; one coating that failed alone is an error like any other."""
    failures = [film.failure for film in built if film.failure is not None]
    if len(built) == 1 and failures:
        raise failures[0].error
    if json:
        print_json([_document(row, files) for film in built for row, files in _models(film)])
    else:
        print_rows([row for film in built for row in film.rows])
        out.print(f"{sum(len(film.rows) for film in built)} models in {directory}, listed in summary.csv")
        out.print("What is packed has to be annealed before it is a film: lithicoat anneal, or screen.")
    for failure in failures:
        err.print(f"error: {_sentence(failure)}", soft_wrap=True)
    if failures:
        raise typer.Exit(ExitCode.BAD_INPUT)


def _models(film: "Built") -> "zip[tuple[ModelRow, tuple[str, ...]]]":
    return zip(film.rows, film.files, strict=True)


def _document(row: "ModelRow", files: tuple[str, ...]) -> dict[str, object]:
    return {**row.model_dump(mode="json"), "files": list(files)}


def _sentence(failure: "Failure") -> str:
    hint = f" ({failure.hint})" if failure.hint else ""
    return f"{failure.where}: {failure.message}{hint}"
