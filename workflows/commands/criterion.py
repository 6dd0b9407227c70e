"""`lithicoat criterion`: hold a shear modulus, or films of a database, against Monroe and Newman."""

from pathlib import Path
from typing import Annotated

import typer

from lithicoat.analysis.criterion.chi import RelativeSign
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Catalog, DatabaseIfGiven, Figures, Json

__all__ = ["command"]


def command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A film of the database.")] = None,
    *,
    shear_modulus: Annotated[
        float | None, typer.Option(help="Shear modulus of the coating, GPa, in place of a film's.")
    ] = None,
    sigma: Annotated[float | None, typer.Option(help="Its standard uncertainty, GPa.")] = None,
    poisson: Annotated[float | None, typer.Option(help="Poisson's ratio of the coating.")] = None,
    volume_ratio: Annotated[
        float | None, typer.Option(help="v = V(Li+ in the coating) / V(Li in the metal), for chi(k).")
    ] = None,
    thickness: Annotated[
        float | None, typer.Option(help="Thickness of the film, nm; of a film, default: the reported one.")
    ] = None,
    wave_number: Annotated[float, typer.Option(help="Wave number of the roughness, 1/m.")] = 1e8,
    li_shear_modulus: Annotated[
        float | None,
        typer.Option(help="Shear modulus of Li, GPa; without it 4.25 in the 2x rule and 3.4 in chi."),
    ] = None,
    li_poisson: Annotated[float | None, typer.Option(help="Poisson's ratio of Li; default 0.42.")] = None,
    surface_energy: Annotated[
        float | None, typer.Option(help="Surface energy of Li, J/m2; default 0.556.")
    ] = None,
    sign: Annotated[
        RelativeSign, typer.Option(help="Reading of the disputed relative sign of elastic and surface terms.")
    ] = RelativeSign.PUBLISHED,
    db: DatabaseIfGiven = None,
    campaign: Annotated[str | None, typer.Option(help="A campaign by name; default: the latest.")] = None,
    figures: Figures = None,
    catalog: Catalog = None,
    json: Json = False,
) -> None:
    """Hold a film against 2 G_Li and chi(k). Example: lithicoat criterion --shear-modulus 8 --sigma 2.

    A film of a database: lithicoat criterion Li2S --db lithicoat.db --figures figures. All of its films:
    lithicoat criterion --db lithicoat.db.
    """
    from lithicoat.analysis.criterion.films import evaluate
    from lithicoat.analysis.criterion.inputs import FilmMechanics, Setting
    from lithicoat.workflows.commands.criteria import print_criteria, print_criterion, write_figures
    from lithicoat.workflows.commands.criterion_films import check_source, films_of_database

    typed = {"--sigma": sigma, "--poisson": poisson, "--volume-ratio": volume_ratio}
    check_source(name, shear_modulus, typed, has_database=db is not None)
    setting = Setting.of(
        wave_number_1_m=wave_number,
        li_shear_modulus_GPa=li_shear_modulus,
        li_poisson=li_poisson,
        surface_energy_J_m2=surface_energy,
        relative_sign=sign,
    )
    if shear_modulus is not None:
        numbers = FilmMechanics.of_numbers(
            shear_modulus,
            uncertainty_GPa=sigma,
            poisson=poisson,
            volume_ratio=volume_ratio,
            thickness_nm=thickness,
        )
        films = [numbers]
    else:
        films = films_of_database(
            db or Path("lithicoat.db"), name=name, campaign=campaign, thickness_nm=thickness, catalog=catalog
        )
    results = [evaluate(film, setting=setting) for film in films]
    one = shear_modulus is not None or name is not None
    files = [] if figures is None else write_figures(films, setting, figures)
    if json:
        print_json(results[0] if one else results)
        return
    print_criterion(results[0], setting) if one else print_criteria(results, setting)
    for file in files:
        out.print(f"figure {file}", soft_wrap=True)
    if figures is not None and not files:
        out.print("no figure: no film has both a shear modulus and a volume ratio", soft_wrap=True)
