"""From a packed cell to a film: melt and quench, or compress and cool a lithicone (protocols §1)."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.films.records import LeftOut
from lithicoat.analysis.films.shells import Shell, first_shells
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.running import DynamicsResult, run_dynamics
from lithicoat.workflows.dynamics.stages import NPT, NVT, Barostat, Moved, Schedule, Settle
from lithicoat.workflows.dynamics.watch import watch_bonds
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import AnnealSpec
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["AnnealDocument", "AnnealMaker", "compression", "melt_and_quench", "spacing_A"]


SOLID_LIMIT = 1 / 3
"""Rms displacement, in mean spacings, below which a cell counts as solid."""


class AnnealDocument(BaseModel):
    """An annealed film."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = Field(description="The film at the end; its bonds are those of the packed cell.")
    density_g_cm3: float = Field(gt=0, description="Density at the final temperature, g/cm³.")
    final_temperature_K: float = Field(ge=0, description="Mean kinetic temperature of the last hold, K.")
    melt_ps: float | None = Field(None, description="Time in the melt, ps; None for a lithicone.")
    rms_displacement_A: float | None = Field(
        None, description="Rms displacement in the melt of all atoms but Li, Å; None for a lithicone."
    )
    spacing_A: float | None = Field(
        None, description="Mean spacing of the atoms, (V/N)^(1/3), that the displacement is held against, Å."
    )
    shells: tuple[Shell, ...] = Field(description="First coordination shells of the last configuration.")
    flags: tuple[str, ...] = Field((), description="Caveats a reader must see.")
    left_out: tuple[LeftOut, ...] = Field((), description="Cells that were made in its place before.")


@dataclass
class AnnealMaker(Maker):
    """Make a film out of a packed amorphous cell or a packed lithicone.

    Parameters
    ----------
    spec : AnnealSpec
        Temperatures, times, pressure.
    timestep_fs, hydrogen_timestep_fs : float
        Time step in fs, without and with hydrogen in the cell.
    thermostat_ps : float
        Coupling time in ps. In a quench the cell lags behind by up to twice this time times the rate (the
        vibrations hold twice the heat of the motion), so it is short; nothing is measured here.
    barostat : Barostat
        Rate of the barostat.
    name : str
        Name of the job.
    """

    spec: AnnealSpec
    timestep_fs: float
    hydrogen_timestep_fs: float
    thermostat_ps: float = 0.01
    barostat: Barostat = field(default_factory=Barostat)
    name: str = "anneal"

    @science_job(AnnealDocument, version="2")
    def make(self, model: Model, potential: PotentialRef) -> AnnealDocument:
        """Anneal a packed cell.

        Parameters
        ----------
        model : Model
            An amorphous cell or a lithicone. Its seed is that of the dynamics.
        potential : PotentialRef
            What moves the atoms.

        Raises
        ------
        UsageError
            If the model is a crystal.
        StoppedError
            If a covalent bond of a lithicone broke or a new one formed.
        RunError
            If the cell did not melt, or the dynamics failed.
        """
        return self.anneal(model, potential, directory=step_directory())

    def anneal(self, model: Model, potential: PotentialRef, *, directory: Path) -> AnnealDocument:
        """Anneal a packed cell, or go on with it, in a directory that must exist; see :meth:`make`."""
        result = run_dynamics(
            model.atoms,
            calculator(potential, precision=Precision.SINGLE),
            _schedule(model, self.spec),
            timestep_fs=self.hydrogen_timestep_fs if "H" in model.symbols else self.timestep_fs,
            seed=model.seed or 0,
            directory=directory,
            label=f"{model.name} anneal",
            thermostat_ps=self.thermostat_ps,
            barostat=self.barostat,
            watchers=[watcher for watcher in (watch_bonds(model),) if watcher],
            potential=potential.sha256,
        )
        return _document(model, self.spec, result)


def _schedule(model: Model, spec: AnnealSpec) -> Schedule:
    match model.kind:
        case ModelKind.AMORPHOUS:
            return melt_and_quench(model, spec)
        case ModelKind.MOLECULAR:
            return compression(spec)
        case ModelKind.CRYSTAL | ModelKind.SLAB | ModelKind.INTERFACE:
            raise UsageError(
                f"{model.name} is a {model.kind.value}; only packed cells are annealed",
                where=model.name,
                hint="relax it instead",
            )


def spacing_A(model: Model) -> float:
    """Mean spacing of the atoms of a cell, (V/N)^(1/3), in Å."""
    return float((model.atoms.get_volume() / len(model.symbols)) ** (1 / 3))


def melt_and_quench(model: Model, spec: AnnealSpec) -> Schedule:
    """Melt until the framework has moved one mean spacing, quench linearly, hold without pressure.

    Lithium moves in many solids; so the other atoms, if there are any, have to move. If the time of the melt
    is over first, a third of the spacing will do; less is an error. (By Lindemann's rule a solid's atoms stay
    within 0.15 of the spacing of their sites, so that two moments differ by 0.21.) A quench to a temperature
    at or above the melt's is left out.
    """
    framework = [index for index, symbol in enumerate(model.symbols) if symbol != "Li"]
    spacing = spacing_A(model)
    moved = Moved(
        rms_displacement_A=spacing,
        required_A=SOLID_LIMIT * spacing,
        atoms=tuple(framework or range(len(model.symbols))),
    )
    hot, cold = spec.melt_temperature_K, spec.final_temperature_K
    quench_ps = (hot - cold) / spec.quench_rate_K_ps
    quench = (NVT(duration_ps=quench_ps, temperature_K=hot, end_temperature_K=cold),) if quench_ps > 0 else ()
    return (
        Settle(),
        NVT(duration_ps=spec.melt_ps, temperature_K=hot, until=moved),
        *quench,
        NPT(duration_ps=spec.hold_ps, temperature_K=cold),
    )


def compression(spec: AnnealSpec) -> Schedule:
    """Compress warm, release the pressure, cool without pressure, hold."""
    warm, cold, pressure = spec.compress_temperature_K, spec.final_temperature_K, spec.compress_pressure_GPa
    return (
        Settle(),
        NPT(duration_ps=spec.compress_ps, temperature_K=warm, pressure_GPa=pressure),
        NPT(duration_ps=spec.compress_ps, temperature_K=warm, pressure_GPa=pressure, end_pressure_GPa=0),
        NPT(duration_ps=spec.compress_ps, temperature_K=warm, end_temperature_K=cold),
        NPT(duration_ps=spec.hold_ps, temperature_K=cold),
    )


def _document(model: Model, spec: AnnealSpec, result: DynamicsResult) -> AnnealDocument:
    amorphous = model.kind is ModelKind.AMORPHOUS
    melt = result.reports[1] if amorphous else None
    spacing = spacing_A(model) if amorphous else None
    flags: tuple[str, ...] = ()
    if melt is not None and not melt.moved:
        found = f"{melt.rms_displacement_A:.2f} Å of {spacing:.2f} Å in {melt.duration_ps:g} ps"
        flags = (f"short melt: the framework moved {found} at {spec.melt_temperature_K:g} K",)
    numbers = {key: value for key, value in spec.model_dump(mode="json").items() if _matters(key, amorphous)}
    step = "melt and quench" if amorphous else "compress and cool"
    recipe = {key: value for key, value in model.recipe.items() if key != "state"}  # no longer "packed"
    film = model.model_copy(update={"recipe": recipe}).with_atoms(result.atoms, step=step, **numbers)
    return AnnealDocument(
        model=film,
        density_g_cm3=film.density_g_cm3,
        final_temperature_K=result.reports[-1].mean_temperature_K or 0.0,
        melt_ps=melt.duration_ps if melt else None,
        rms_displacement_A=melt.rms_displacement_A if melt else None,
        spacing_A=spacing,
        shells=first_shells(np.array(film.positions_A), symbols=film.symbols, cell_A=np.array(film.cell_A)),
        flags=flags,
    )


def _matters(field: str, amorphous: bool) -> bool:  # noqa: FBT001 - one caller, in sight
    return not field.startswith("compress" if amorphous else ("melt", "quench"))
