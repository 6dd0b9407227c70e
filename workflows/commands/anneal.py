"""`lithicoat anneal`: films as they are after melting and quenching, or compressing and cooling."""

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.commands.console import ExitCode, err, out, print_json
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
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL
from lithicoat.workflows.protocols import Preset, Protocol, preset

if TYPE_CHECKING:  # the engine loads only when the command runs
    from lithicoat.workflows.commands.single import Task
    from lithicoat.workflows.films.annealing import AnnealDocument
    from lithicoat.workflows.films.ensembles import EnsembleDocument

__all__ = ["command"]


def command(
    names: Annotated[list[str], typer.Argument(help="Coatings of the catalog that grow amorphous.")],
    *,
    directory: Annotated[Path, typer.Option("-o", "--output", help="Where the files go.")] = Path(
        "lithicoat-films"
    ),
    replicas: Annotated[
        int | None, typer.Option(min=1, max=100, help="Independent replicas of each film.")
    ] = None,
    figures: Figures = None,
    potential: Potential = None,
    trust: Trust = False,
    protocol: PresetName = None,
    seed: Seed = None,
    db: Database = Path("lithicoat.db"),
    catalog: Catalog = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Anneal films and describe their structure. Example: lithicoat anneal LiGL Li2SO3 --preset quick."""
    tasks = [
        _task(
            name,
            protocol=_protocol(protocol or Preset.STANDARD, replicas),
            potential=potential or DEFAULT_POTENTIAL,
            trust=trust,
            seed=seed or 0,
            catalog=catalog,
        )
        for name in dict.fromkeys(names)
    ]
    answers, failures = [], {}
    for task in tasks:
        try:
            films, ensemble = _films(task, db, quiet=quiet)
        except RunError as error:
            failures[task.name] = error
            err.print(f"failed: {error.message}", soft_wrap=True)
            continue
        answers.append(_answer(task, films, ensemble, directory))
        if figures is not None:
            answers[-1]["figures"] = _draw(task, ensemble, figures)
        if not json:
            _print(task, films, ensemble, answers[-1])
    if len(failures) == len(tasks):
        raise next(iter(failures.values()))
    if json:
        print_json(answers)
    if failures:
        raise typer.Exit(ExitCode.FAILED)


def _protocol(name: Preset, replicas: int | None) -> Protocol:
    """Take a preset, with another number of replicas if one is given."""
    numbers = preset(name)
    if replicas is None:
        return numbers
    return numbers.model_copy(update={"build": numbers.build.model_copy(update={"replicas": replicas})})


def _task(name: str, **options: Any) -> "Task":
    """Find a coating that is annealed."""
    from lithicoat.structures.model import Model, ModelKind
    from lithicoat.workflows.commands.single import find_subject

    task = find_subject(name, kind=None, **options)
    if isinstance(task.subject, Model):
        raise UsageError(
            f"{name} is a structure file; films are annealed from the catalog",
            where=name,
            hint="lithicoat catalog lists them; add your own with --catalog my_films.toml",
        )
    if task.kind is ModelKind.CRYSTAL:
        raise UsageError(
            f"{name} is a crystal; only films that grow amorphous are annealed",
            where=name,
            hint=f"lithicoat build {name} writes its cell",
        )
    return task


def _films(task: "Task", db: Where, *, quiet: bool) -> tuple[list["AnnealDocument"], "EnsembleDocument"]:
    """Run the steps of a film up to its description; those that a screening has run are reused."""
    from lithicoat.structures.coating import Coating
    from lithicoat.workflows.commands.single import run_task

    if not isinstance(task.subject, Coating):
        raise TypeError(task.name)
    films = task.maker.films(task.subject, task.potential, seed=task.seed)
    ensemble = task.maker.ensemble(films)
    *annealed, described = run_task(
        task, [*films.jobs, *ensemble], [*films.annealed, *ensemble], db, quiet=quiet
    )
    return annealed, described


def _answer(
    task: "Task", films: list["AnnealDocument"], ensemble: "EnsembleDocument", directory: Path
) -> dict[str, Any]:
    """Write the films and their description, and return what `--json` prints."""
    from lithicoat.analysis.films.ensembles import convergence
    from lithicoat.structures.io import write_model
    from lithicoat.workflows.provenance import provenance

    structure = ensemble.structure
    densities = [film.density_g_cm3 for film in films]
    answer = {
        "id": task.name,
        "structure": structure.model_dump(mode="json") if structure else None,
        "convergence": {
            "density": convergence(densities, unit="g/cm3", what="as annealed").model_dump(mode="json")
        }
        if len(densities) > 1
        else {},
        "replicas": [
            {
                "seed": film.model.seed,
                "formula": film.model.formula,
                "atoms": len(film.model.symbols),
                "density_g_cm3": film.density_g_cm3,
                "final_temperature_K": film.final_temperature_K,
                "flags": list(film.flags),
                "files": [str(path) for path in write_model(film.model, directory)],
            }
            for film in films
        ],
        "provenance": provenance(task.potential, task.protocol, task.seed).model_dump(mode="json"),
    }
    file = directory / f"{task.name.replace('@', '_')}-ensemble.json"
    curves = [curve.model_dump(mode="json") for curve in ensemble.rdfs]
    file.write_text(json_format.dumps({**answer, "rdfs": curves}, indent=1, ensure_ascii=False) + "\n")
    return {**answer, "file": str(file)}


def _draw(task: "Task", ensemble: "EnsembleDocument", directory: Path) -> list[str]:
    """Draw the radial distribution functions and return the files."""
    from lithicoat.workflows.commands.figures import computed_with, film_figures

    structure = ensemble.structure
    count = structure.replicas if structure else 0
    replicas = "1 replica" if count == 1 else f"{count} replicas"
    caption = f"{replicas}; {computed_with(task)}"
    files = film_figures(
        ensemble.rdfs,
        directory,
        name=task.name,
        shells=structure.shells if structure else (),
        caption=caption,
    )
    return [str(file) for file in files]


def _print(
    task: "Task", films: list["AnnealDocument"], ensemble: "EnsembleDocument", answer: dict[str, Any]
) -> None:
    from lithicoat.analysis.films.ensembles import Convergence
    from lithicoat.workflows.commands.films import print_convergence, print_structure

    mark = "   TRY-OUT PROTOCOL" if task.protocol.try_out else ""
    out.print(f"{task.name}   {films[0].model.formula}   {len(films[0].model.symbols)} atoms{mark}")
    if ensemble.structure is not None:
        print_structure(ensemble.structure)
    print_convergence({name: Convergence(**found) for name, found in answer["convergence"].items()})
    for replica in answer["replicas"]:
        out.print(f"  {replica['files'][0]}   {replica['density_g_cm3']:.3f} g/cm3", soft_wrap=True)
    for file in answer.get("figures", ()):
        out.print(f"  figure {file}", soft_wrap=True)
    out.print(
        f"  {answer['file']} holds all numbers; {task.potential.id}, protocol {task.protocol.label}",
        soft_wrap=True,
    )
