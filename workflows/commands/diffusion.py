"""`lithicoat diffusion`: diffusivity, conductivity and activation energy, by MD or from trajectories."""

from pathlib import Path
from typing import Annotated

import typer

from lithicoat.structures.model import ModelKind
from lithicoat.workflows.checking import checked
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
from lithicoat.workflows.protocols import DiffusionSpec, Preset, Protocol, preset

__all__ = ["command"]


def command(
    name: Annotated[str | None, typer.Argument(help="A coating of the catalog, or a structure file.")] = None,
    *,
    temperatures: Annotated[str | None, typer.Option(help="Temperatures in K, as 600,800,1000.")] = None,
    species: Annotated[
        str | None,
        typer.Option(help="What is followed, as Li,O. Default: Li; in a cathode film O too."),
    ] = None,
    longest: Annotated[float | None, typer.Option(help="Time of each run at most, ps.")] = None,
    vacancies: Annotated[int, typer.Option(min=0, help="Lithium sites to empty in a crystal.")] = 0,
    barriers: Annotated[
        bool, typer.Option("--barriers", help="Migration barriers of a crystal instead of MD.")
    ] = False,
    potential: Potential = None,
    trust: Trust = False,
    protocol: PresetName = None,
    seed: Seed = None,
    kind: Annotated[ModelKind | None, typer.Option(help="What the file holds; default: a crystal.")] = None,
    trajectory: Annotated[
        list[Path] | None,
        typer.Option(
            help="Analyse this trajectory instead of running MD: LAMMPS dump, XDATCAR, vasprun.xml, extxyz, "
            ".frames, DCD, XTC ... Several of them at several temperatures give an activation energy."
        ),
    ] = None,
    timestep: Annotated[
        list[float] | None, typer.Option(help="Time between a trajectory's frames, fs: for all or for each.")
    ] = None,
    temperature: Annotated[
        list[float] | None, typer.Option(help="Temperature of each trajectory, K.")
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Take each so many-th frame of a trajectory.")] = 1,
    types: Annotated[
        str | None, typer.Option(help="Elements of the type numbers of a LAMMPS dump, as Li,S.")
    ] = None,
    topology: Annotated[
        Path | None, typer.Option(help="Structure file with the elements of a DCD, XTC or TRR trajectory.")
    ] = None,
    figures: Figures = None,
    db: Database = Path("lithicoat.db"),
    catalog: Catalog = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure diffusion. Example: lithicoat diffusion LiF.cif --temperatures 800,1000."""
    if (name is None) == (not trajectory):
        raise UsageError(
            "give either a film or structure file, or --trajectory FILE",
            where="diffusion",
            hint="lithicoat diffusion --help shows both",
        )
    followed = tuple(dict.fromkeys(_elements(species, "--species")))
    if trajectory:
        from lithicoat.workflows.commands.trajectories import Reading, analyse_and_show

        analyse_and_show(
            trajectory,
            timesteps_fs=timestep or (),
            temperatures_K=temperature or (),
            species=followed,
            reading=Reading(every=every, types=_elements(types, "--types"), topology=topology),
            seed=seed or 0,
            figures=figures,
            json=json,
        )
        return

    from lithicoat.workflows.commands.ladders import Asked, measure
    from lithicoat.workflows.commands.single import find_subject

    numbers = preset(protocol or Preset.STANDARD)
    numbers = _at(numbers, temperatures) if temperatures is not None else numbers
    numbers = _longest(numbers, longest) if longest is not None else numbers
    task = find_subject(
        str(name),
        potential=potential or DEFAULT_POTENTIAL,
        trust=trust,
        protocol=numbers,
        seed=seed or 0,
        kind=kind,
        catalog=catalog,
    )
    asked = Asked(species=followed, vacancies=vacancies, barriers=barriers, figures=figures)
    measure(task, asked, db, json=json, quiet=quiet)


def _elements(listed: str | None, option: str) -> tuple[str, ...]:
    """Split a list of elements; empty if nothing was given."""
    from ase.data import chemical_symbols

    elements = tuple(part.strip() for part in listed.split(",")) if listed is not None else ()
    for element in elements:
        if element not in chemical_symbols[1:]:
            raise UsageError(
                f"{option} {listed}: {element or 'nothing'} is no element", where=option, hint="write Li,O"
            )
    return elements


def _at(protocol: Protocol, temperatures: str) -> Protocol:
    """Put the user's temperatures in place of the preset's."""
    try:
        ladder = [float(part) for part in temperatures.split(",")]
    except ValueError as error:
        raise UsageError(
            f"--temperatures {temperatures} is not a list of numbers",
            where="--temperatures",
            hint="write 600,800,1000",
        ) from error
    kinds = ("crystal", "amorphous", "molecular")
    return _changed(protocol, **{f"{kind}_temperatures_K": ladder for kind in kinds})


def _longest(protocol: Protocol, longest_ps: float) -> Protocol:
    """Put the user's limit in place of the preset's; the first run may not be longer."""
    if not longest_ps > 0:
        raise UsageError(f"--longest must be positive, got {longest_ps:g} ps", where="--longest")
    spec = protocol.diffusion
    first = min(spec.production_ps, longest_ps)
    checkpoint = min(spec.checkpoint_ps, 0.01 * first)
    return _changed(protocol, longest_ps=longest_ps, production_ps=first, checkpoint_ps=checkpoint)


def _changed(protocol: Protocol, **numbers: float | list[float]) -> Protocol:
    found = checked(DiffusionSpec, {**protocol.diffusion.model_dump(), **numbers})
    return protocol.model_copy(update={"diffusion": found})
