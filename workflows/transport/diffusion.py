"""Li⁺ diffusion: a ladder of temperatures at constant volume, one job each, and the Arrhenius fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobflow import Flow, Maker, OnMissing
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.arrhenius import ArrheniusResult, fit_arrhenius
from lithicoat.analysis.diffusion import analyse_run
from lithicoat.analysis.displacements import Mask, mobile_mask
from lithicoat.analysis.transport_records import TemperatureResult
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.running import DynamicsResult, run_dynamics
from lithicoat.workflows.dynamics.stages import NVT
from lithicoat.workflows.dynamics.trajectory import read_trajectory
from lithicoat.workflows.dynamics.watch import StoppedError, watch_bonds
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.registry import PotentialRef, sha256_of_file
from lithicoat.workflows.protocols import DiffusionSpec
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["DiffusionDocument", "DiffusionMaker", "LadderDocument", "fit_ladder", "production_schedule"]


class DiffusionDocument(BaseModel):
    """One temperature of the ladder."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    temperature_K: float = Field(gt=0, description="Target temperature, K.")
    mean_temperature_K: float | None = Field(
        description="Mean kinetic temperature of the production, K; None if it was not finished."
    )
    framework_held: bool = Field(
        description="False if the framework melted or decomposed, or a covalent bond changed."
    )
    framework_reason: str = Field(description="What was found of the framework, in one phrase.")
    result: TemperatureResult | None = Field(
        description="Diffusion; None if a bond changed, so that the run was stopped."
    )
    trajectory: str | None = Field(
        description="File of the frames, relative to the directory of all steps; None if stopped."
    )
    trajectory_sha256: str | None = Field(description="sha256 of that file.")
    frames: int = Field(ge=0, description="Number of frames.")
    steps: int = Field(ge=0, description="Time steps of equilibration and production.")
    timestep_fs: float = Field(gt=0, description="Time step, fs.")
    thermostat_ps: float = Field(gt=0, description="Coupling time of the thermostat, ps.")
    seed: int = Field(description="Seed of momenta and thermostat.")


class LadderDocument(BaseModel):
    """All runs of a ladder, of one cell or of several replicas, and what follows from them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    temperatures: tuple[DiffusionDocument, ...] = Field(description="The runs, coldest first.")
    failed: int = Field(ge=0, description="Number of runs that failed.")
    arrhenius: ArrheniusResult | None = Field(
        description="Fit and extrapolation; None if bonds changed at every temperature."
    )
    highest_stable_temperature_K: float | None = Field(
        description="Hottest temperature at which the framework held in every run, K; None if there is none."
    )


@dataclass
class DiffusionMaker(Maker):
    """Diffusion of lithium at constant volume.

    Parameters
    ----------
    spec : DiffusionSpec
        Temperatures, times, time steps.
    name : str
        Name of the jobs.
    """

    spec: DiffusionSpec
    name: str = "diffusion"

    @science_job(DiffusionDocument, version="2")
    def make(
        self, model: Model, potential: PotentialRef, temperature_K: float, seed: int
    ) -> DiffusionDocument:
        """Run one temperature.

        Parameters
        ----------
        model : Model
            A relaxed or annealed cell; its bonds, if it has any, are watched.
        potential : PotentialRef
            What moves the atoms.
        temperature_K : float
            Temperature in K.
        seed : int
            Seed of momenta and thermostat.

        Returns
        -------
        DiffusionDocument
            With ``framework_held=False`` and the bond's name if a bond changed.

        Raises
        ------
        DataError
            If the model holds no lithium.
        RunError
            If the dynamics failed.
        """
        mobile = mobile_mask(model.symbols)
        timestep_fs = self.spec.step_fs(model.symbols)
        schedule = production_schedule(self.spec, temperature_K=temperature_K, timestep_fs=timestep_fs)
        facts = {
            "temperature_K": temperature_K,
            "timestep_fs": timestep_fs,
            "thermostat_ps": self.spec.thermostat_ps,
            "seed": seed,
        }
        try:
            run = run_dynamics(
                model.atoms,
                calculator(potential, precision=Precision.SINGLE),
                schedule,
                timestep_fs=timestep_fs,
                seed=seed,
                directory=step_directory(),
                label=f"{model.name} {temperature_K:g} K",
                thermostat_ps=self.spec.thermostat_ps,
                checkpoint_steps=max(1, round(self.spec.checkpoint_ps * 1000 / timestep_fs)),
                watchers=[watcher for watcher in (watch_bonds(model),) if watcher],
                potential=potential.sha256,
            )
        except StoppedError as stop:
            return _stopped(stop, facts)
        return _finished(run, facts, mobile=mobile)

    def ladder(
        self, model: Model, potential: PotentialRef, kind: ModelKind, seed: int, name: str = ""
    ) -> Flow:
        """Make the flow of all temperatures; its output is a :class:`LadderDocument`.

        Parameters
        ----------
        model : Model or OutputReference
            The cell.
        potential : PotentialRef
            What moves the atoms.
        kind : ModelKind
            Kind of the model, which chooses the temperatures.
        seed : int
            Each temperature takes its own seed from this one.
        name : str
            Put before the jobs' names, such as the film's.
        """
        prefix = f"{name} " if name else ""
        jobs = []
        for index, temperature_K in enumerate(sorted(self.spec.temperatures_K(kind))):
            one = self.make(model, potential, temperature_K, seed + index)
            one.name = f"{prefix}{self.name} {temperature_K:g} K"
            jobs.append(one)
        fit = fit_ladder([one.output for one in jobs])
        fit.name = f"{prefix}{self.name} fit"
        fit.config.on_missing_references = OnMissing.NONE
        return Flow([*jobs, fit], output=fit.output, name=f"{prefix}{self.name}")


@science_job(LadderDocument, version="1")
def fit_ladder(runs: Sequence[DiffusionDocument | None]) -> LadderDocument:
    """Join the runs of a ladder; replicas of a film belong into one ladder.

    Parameters
    ----------
    runs : sequence of DiffusionDocument or None
        None stands for a run that failed.

    Returns
    -------
    LadderDocument
        Without temperatures if every run failed.
    """
    finished = sorted((run for run in runs if run is not None), key=lambda run: run.temperature_K)
    results = [run.result for run in finished if run.result is not None]
    broken = {run.temperature_K for run in finished if not run.framework_held}
    held = {run.temperature_K for run in finished} - broken
    return LadderDocument(
        temperatures=tuple(finished),
        failed=len(runs) - len(finished),
        arrhenius=fit_arrhenius(results) if results else None,
        highest_stable_temperature_K=max(held, default=None),
    )


def production_schedule(spec: DiffusionSpec, *, temperature_K: float, timestep_fs: float) -> tuple[NVT, NVT]:
    """Equilibrate, then store frames."""
    frame_steps = max(1, round(spec.frame_fs / timestep_fs))
    return (
        NVT(duration_ps=spec.equilibration_ps, temperature_K=temperature_K),
        NVT(duration_ps=spec.production_ps, temperature_K=temperature_K, frame_steps=frame_steps),
    )


def _finished(run: DynamicsResult, facts: dict[str, Any], *, mobile: Mask) -> DiffusionDocument:
    if run.trajectory is None:
        msg = "the schedule stores frames"
        raise AssertionError(msg)
    frames, header = read_trajectory(run.trajectory)
    result = analyse_run(
        frames,
        masses=run.atoms.get_masses(),
        mobile=mobile,
        frame_interval_ps=header.frame_interval_ps,
        temperature_K=header.temperature_K,
        volume_A3=float(run.atoms.get_volume()),
        cell_A=header.cell_A,
        seed=header.seed,
    )
    return DiffusionDocument(
        mean_temperature_K=run.reports[-1].mean_temperature_K,
        framework_held=result.framework_held,
        framework_reason=result.framework_reason,
        result=result,
        trajectory=_relative(run.trajectory),
        trajectory_sha256=sha256_of_file(run.trajectory),
        frames=header.frames,
        steps=sum(report.steps for report in run.reports),
        **facts,
    )


def _stopped(stop: StoppedError, facts: dict[str, Any]) -> DiffusionDocument:
    return DiffusionDocument(
        mean_temperature_K=None,
        framework_held=False,
        framework_reason=f"{stop.reason} at {stop.time_ps:.3f} ps ({stop.temperature_K:.0f} K)",
        result=None,
        trajectory=None,
        trajectory_sha256=None,
        frames=0,
        steps=round(stop.time_ps * 1000 / facts["timestep_fs"]),
        **facts,
    )


def _relative(path: Path) -> str:
    """Path from the directory of all steps, which may be moved with its database."""
    return f"{path.parent.name}/{path.name}"
