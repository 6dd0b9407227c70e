"""`lithicoat diffusion`: diffusivity, conductivity and activation energy, by MD or from a trajectory."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lithicoat.structures.model import ModelKind
from lithicoat.workflows.checking import checked
from lithicoat.workflows.commands.console import format_property, out, print_json
from lithicoat.workflows.commands.options import (
    Catalog,
    Database,
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

EXTRAPOLATED = {"activation_energy": "eV", "conductivity_298K": "S/cm", "log10_conductivity_298K": "decades"}


def command(
    name: Annotated[str | None, typer.Argument(help="A coating of the catalog, or a structure file.")] = None,
    *,
    temperatures: Annotated[str | None, typer.Option(help="Temperatures in K, as 600,800,1000.")] = None,
    potential: Potential = None,
    trust: Trust = False,
    protocol: PresetName = None,
    seed: Seed = None,
    kind: Annotated[ModelKind | None, typer.Option(help="What the file holds; default: a crystal.")] = None,
    trajectory: Annotated[
        Path | None, typer.Option(help="Analyse this trajectory (anything ASE reads) instead of running MD.")
    ] = None,
    timestep: Annotated[float | None, typer.Option(help="Time between the trajectory's frames, fs.")] = None,
    temperature: Annotated[float | None, typer.Option(help="Temperature of the trajectory, K.")] = None,
    species: Annotated[str, typer.Option(help="The mobile ion of the trajectory.")] = "Li",
    db: Database = Path("lithicoat.db"),
    catalog: Catalog = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure Li diffusion. Example: lithicoat diffusion LiF.cif --temperatures 800,1000."""
    if (name is None) == (trajectory is None):
        raise UsageError(
            "give either a film or structure file, or --trajectory FILE",
            where="diffusion",
            hint="lithicoat diffusion --help shows both",
        )
    if trajectory is not None:
        from lithicoat.workflows.commands.trajectories import analyse_file

        result = analyse_file(
            trajectory, timestep_fs=timestep, temperature_K=temperature, species=species, seed=seed or 0
        )
        _answer(_results([result.temperature], None, result.sign), json=json, footer=result.footer)
        return

    from lithicoat.workflows.commands.single import find_subject, run_task
    from lithicoat.workflows.potentials.environments import environment_flags
    from lithicoat.workflows.provenance import provenance, signed

    numbers = preset(protocol or Preset.STANDARD)
    if temperatures is not None:
        numbers = _at(numbers, temperatures)
    task = find_subject(
        str(name),
        potential=potential or DEFAULT_POTENTIAL,
        trust=trust,
        protocol=numbers,
        seed=seed or 0,
        kind=kind,
        catalog=catalog,
    )
    if "Li" not in task.elements:
        raise UsageError(
            f"{name} holds no lithium, so there is nothing to follow",
            where=str(name),
            hint="a film with lithium, or a structure file with Li put in",
        )
    prepared, relaxed = task.maker.prepare(task.subject, task.potential, seed=task.seed)
    runs, ladder = task.maker.diffusion(task.kind, relaxed, task.potential, seed=task.seed)
    environments = task.maker.environments(relaxed, runs, task.potential)
    jobs = [*prepared, *runs, ladder, *environments]
    found, *judged = run_task(task, jobs, [ladder, *environments], db, quiet=quiet)
    flags = environment_flags(judged[0] if judged else None, task.potential, moving=True)
    origin = provenance(task.potential, task.protocol, task.seed)
    footer = f"{task.potential.id}, protocol {task.protocol.label}; trajectories in {db}/steps"
    kept = [run.result for run in found.temperatures if run.result is not None]
    lost = [
        f"{run.temperature_K:g} K: {run.framework_reason}"
        for run in found.temperatures
        if not run.framework_held
    ]
    answer = _results(
        kept, found.arrhenius, lambda quantity: signed(quantity, origin, task.protocol).flagged(*flags)
    )
    _answer(answer, json=json, footer=footer, lost=lost)


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
    numbers = {**protocol.diffusion.model_dump(), **{f"{kind}_temperatures_K": ladder for kind in kinds}}
    return protocol.model_copy(update={"diffusion": checked(DiffusionSpec, numbers)})


def _results(runs: list[Any], arrhenius: Any, sign: Any) -> dict[str, Any]:
    """Give the result the form that scripts rely on."""
    from lithicoat.analysis.properties import Property

    reason = "needs runs at two temperatures or more"
    lacking = {name: Property.missing(unit, reason) for name, unit in EXTRAPOLATED.items()}
    return {
        "temperatures": [
            {
                "temperature_K": run.temperature_K,
                "diffusivity": sign(run.diffusivity),
                "conductivity": sign(run.conductivity),
                "haven_ratio": sign(run.haven_ratio),
            }
            for run in runs
        ],
        **{name: sign(getattr(arrhenius, name) if arrhenius else gone) for name, gone in lacking.items()},
    }


def _answer(answer: dict[str, Any], *, json: bool, footer: str, lost: list[str] | None = None) -> None:
    if json:
        print_json(answer)
        return
    flags: dict[str, None] = {}
    for row in answer["temperatures"]:
        quantities = (row["diffusivity"], row["conductivity"], row["haven_ratio"])
        diffusivity, conductivity, haven = map(format_property, quantities)
        out.print(
            f"{row['temperature_K']:g} K   D {diffusivity}   σ {conductivity}   Haven ratio {haven}",
            soft_wrap=True,
        )
        flags.update(dict.fromkeys(flag for quantity in quantities for flag in quantity.flags))
    for key in EXTRAPOLATED if len(answer["temperatures"]) > 1 else ():
        out.print(f"{key.replace('_', ' '):26s} {format_property(answer[key])}", soft_wrap=True)
        flags.update(dict.fromkeys(answer[key].flags))
    out.print(footer, soft_wrap=True)
    for line in lost or []:
        out.print(f"not counted: {line}", soft_wrap=True)
    for flag in flags:
        out.print(f"note: {flag}", soft_wrap=True)
