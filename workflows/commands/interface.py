"""`lithicoat interface`: lay a film on the face of an electrode and write the cell."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.structures.coating import Coating
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.surfaces.form import Form
from lithicoat.workflows.checking import checked
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Catalog, Json

if TYPE_CHECKING:  # geometry loads only when the command runs
    from lithicoat.structures.surfaces.interfaces import InterfaceReport

__all__ = ["command"]


def command(
    film: Annotated[str, typer.Argument(help="Coating of the catalog, such as LiF, or a structure file.")],
    *,
    on: Annotated[
        str | None,
        typer.Option("--on", help="Electrode and face: Li(100), Li(110), NMC811(104), NMC811@0.5(012)."),
    ] = None,
    directory: Annotated[Path, typer.Option("-o", "--output", help="Where the files go.")] = Path(
        "lithicoat-models"
    ),
    max_atoms: Annotated[int, typer.Option(help="Atoms of both sides, 400 at most.")] = 400,
    max_misfit: Annotated[float, typer.Option(help="Largest strain of either side, 0.05 at most.")] = 0.05,
    thickness: Annotated[float | None, typer.Option(help="Thickness of the film, Å.")] = None,
    vacuum: Annotated[float, typer.Option(help="Vacuum above the film, Å; 0 makes a sandwich.")] = 0.0,
    form: Annotated[Form, typer.Option(help="How a crystal comes onto its electrode.")] = Form.BEST,
    kind: Annotated[
        ModelKind, typer.Option(help="What a structure file holds: crystal, amorphous or molecular.")
    ] = ModelKind.CRYSTAL,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same atoms.")] = 0,
    png: Annotated[bool, typer.Option("--png", help="Draw a picture of the cell.")] = False,
    catalog: Catalog = None,
    json: Json = False,
) -> None:
    """Build film and electrode in one cell. Example: lithicoat interface LiF --on "Li(100)" -o models."""
    from lithicoat.structures.catalog.loading import load_catalog
    from lithicoat.structures.io import read_model, write_model
    from lithicoat.structures.surfaces.interfaces import InterfaceSpec, interface_of, report_of
    from lithicoat.structures.surfaces.substrates import default_electrode, electrode_of
    from lithicoat.structures.validation import check_model
    from lithicoat.workflows.commands.single import names_file

    spec = checked(
        InterfaceSpec,
        {
            "max_atoms": max_atoms,
            "max_misfit": max_misfit,
            "film_thickness_A": thickness,
            "vacuum_A": vacuum,
            "form": form,
        },
    )
    entries = load_catalog(catalog)
    subject: Coating | Model
    if names_file(film):
        subject, default = read_model(Path(film), kind=kind), "Li(100)"
    else:
        subject = entries.find(film)
        default = "" if on else default_electrode(subject.role, name=film)
    electrode = electrode_of(on or default, find=entries.find)
    model = check_model(interface_of(subject, electrode, spec=spec, seed=seed))
    report = report_of(model)
    files = [str(path) for path in write_model(model, directory, picture=png)]
    if json:
        print_json({"id": model.name, "seed": seed, **report.model_dump(mode="json"), "files": files})
        return
    _print(model, report, files)


def _print(model: Model, report: "InterfaceReport", files: list[str]) -> None:
    sides = f"{report.electrode_atoms} of {report.electrode} and {report.film_atoms} of {report.film}"
    surroundings = f"{report.vacuum_A:g} Å of vacuum" if report.vacuum_A else "sandwich, two interfaces"
    gaps = f"{report.gap_A:.2f} Å" + (
        "" if report.upper_gap_A is None else f" and {report.upper_gap_A:.2f} Å"
    )
    lines = [
        f"{report.film} on {report.electrode}  {model.formula}",
        f"    film {report.film_form.value}, {report.film_face}, {report.film_thickness_A:.1f} Å thick",
        f"    {surroundings}",
        f"    misfit {report.misfit:.2%}  area {report.area_A2:.1f} Å2  {report.atoms} atoms ({sides})",
        f"    gap {gaps}",
    ]
    if report.note:
        lines.append(f"    packed at random, because {report.note}")
    out.print("\n".join([*lines, *(f"    {file}" for file in files)]), soft_wrap=True)
