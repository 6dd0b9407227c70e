"""Diffusion: a ladder of temperatures at constant volume, one job each, and the Arrhenius fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from jobflow import Job, Maker, OnMissing
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.transport.arrhenius import ArrheniusResult, fit_arrhenius
from lithicoat.analysis.transport.displacements import MIN_FRAMES, mobile_mask
from lithicoat.analysis.transport.records import TemperatureResult
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT
from lithicoat.workflows.dynamics.trajectory import TRAJECTORY, Frames, read_trajectory
from lithicoat.workflows.dynamics.watch import StoppedError, watch_bonds, watch_framework
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.registry import PotentialRef, sha256_of_file
from lithicoat.workflows.protocols import DiffusionSpec
from lithicoat.workflows.steps import science_job, step_directory
from lithicoat.workflows.transport.following import LITHIUM, Following, relative_error

__all__ = [
    "DiffusionDocument",
    "DiffusionMaker",
    "Ending",
    "LadderDocument",
    "fit_ladder",
    "production_schedule",
]

_CELL_SEEDS = 1000
"""Cells of a film are as many seeds apart: more than any ladder has temperatures."""


class Ending(Enum):
    """Why a run ended."""

    CONVERGED = "converged"
    """The diffusivity is known as well as asked."""
    BUDGET = "budget"
    """The longest time is used up."""
    FRAMEWORK = "framework"
    """The framework did not hold."""
    STOPPED = "stopped"
    """A watcher stopped it: a bond changed, the framework melted, an energy drifted."""


class DiffusionDocument(BaseModel):
    """One temperature of the ladder."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    temperature_K: float = Field(gt=0, description="Target temperature, K.")
    mean_temperature_K: float | None = Field(
        description="Mean kinetic temperature of the stored frames, K; None without frames."
    )
    framework_held: bool = Field(
        description="False if the framework melted or decomposed, a covalent bond changed or the run was "
        "stopped for another reason."
    )
    framework_reason: str = Field(description="What was found of the framework, in one phrase.")
    results: dict[str, TemperatureResult] = Field(
        description="Diffusion of every species that was followed; empty if the run was stopped too early."
    )
    converged: bool = Field(
        description="True if the diffusivity of the first species is known as well as the protocol asks."
    )
    relative_error: float | None = Field(
        description="Relative standard uncertainty of the diffusivity of the first species; None without."
    )
    ending: Ending = Field(description="Why the run ended.")
    reason: str = Field(description="The same in one phrase, with its numbers.")
    trajectory: str | None = Field(
        description="File of the frames, relative to the directory of all steps; None if there is none."
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
    arrhenius: dict[str, ArrheniusResult] = Field(
        description="Fit and extrapolation for every species; empty if no run could be analysed."
    )
    highest_stable_temperature_K: float | None = Field(
        description="Hottest temperature at which the framework held in every run, K; None if there is none."
    )

    def results(self, species: str) -> list[TemperatureResult]:
        """Return what the runs found of one species, coldest first."""
        return [run.results[species] for run in self.temperatures if species in run.results]


@dataclass
class DiffusionMaker(Maker):
    """Diffusion at constant volume.

    Parameters
    ----------
    spec : DiffusionSpec
        Temperatures, times, time steps.
    name : str
        Name of the jobs.
    """

    spec: DiffusionSpec
    name: str = "diffusion"

    @science_job(DiffusionDocument, version="3")
    def make(
        self,
        model: Model,
        potential: PotentialRef,
        temperature_K: float,
        seed: int,
        species: Sequence[str] = (LITHIUM,),
    ) -> DiffusionDocument:
        """Run one temperature until the diffusivity is known well enough or the budget is used up.

        Parameters
        ----------
        model : Model
            A relaxed or annealed cell; its bonds, if it has any, and its framework are watched.
        potential : PotentialRef
            What moves the atoms.
        temperature_K : float
            Temperature in K.
        seed : int
            Seed of momenta and thermostat.
        species : sequence of str
            Whose motion is analysed; the first decides when the run ends.

        Returns
        -------
        DiffusionDocument
            With ``framework_held=False`` and the reason if the run was stopped.

        Raises
        ------
        DataError
            If the model does not hold a species.
        RunError
            If the dynamics failed.
        """
        for one in species:
            mobile_mask(model.symbols, one)  # says that it is not there before anything is computed
        timestep_fs = self.spec.step_fs(model.symbols)
        following = Following(tuple(species), self.spec.relative_error, seed)
        loose = {LITHIUM, *species}
        watchers = (
            watch_bonds(model),
            watch_framework(model.symbols, timestep_fs=timestep_fs, mobile=loose),
        )
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
                production_schedule(self.spec, temperature_K=temperature_K, timestep_fs=timestep_fs),
                timestep_fs=timestep_fs,
                seed=seed,
                directory=step_directory(),
                label=f"{model.name} {temperature_K:g} K",
                thermostat_ps=self.spec.thermostat_ps,
                checkpoint_steps=max(1, round(self.spec.checkpoint_ps * 1000 / timestep_fs)),
                watchers=[watcher for watcher in watchers if watcher],
                potential=potential.sha256,
                go_on=following.go_on,
            )
        except StoppedError as stop:
            return _stopped(stop, following, facts)
        steps = sum(report.steps for report in run.reports)
        return _finished(step_directory() / TRAJECTORY, following, {**facts, "steps": steps})

    def ladder(
        self,
        cells: Sequence[Model | Job],
        potential: PotentialRef,
        kind: ModelKind,
        *,
        seed: int,
        species: Sequence[str] = (LITHIUM,),
    ) -> tuple[list[Job], Job]:
        """Return one job per cell and temperature, and the job that joins them.

        Parameters
        ----------
        cells : sequence of Model or Job
            The cells, or jobs whose output has a ``model``; several are replicas of one film.
        potential : PotentialRef
            What moves the atoms.
        kind : ModelKind
            Kind of the models, which chooses the temperatures.
        seed : int
            Each run takes its own seed from this one.
        species : sequence of str
            Whose motion is analysed, see :meth:`make`.

        Returns
        -------
        runs : list of Job
            Their outputs are :class:`DiffusionDocument`.
        fit : Job
            Its output is a :class:`LadderDocument`.
        """
        runs = []
        for index, cell in enumerate(cells):
            model = cell.output.model if isinstance(cell, Job) else cell
            for step, temperature_K in enumerate(sorted(self.spec.temperatures_K(kind))):
                own = seed + _CELL_SEEDS * index + step
                run = self.make(model, potential, temperature_K, own, tuple(species))
                number = f" #{index + 1}" if index else ""
                run.name = f"{self.name} {temperature_K:g} K{number}"
                runs.append(run)
        fit = fit_ladder([run.output for run in runs])
        fit.name = f"{self.name} fit"
        return runs, fit


@science_job(LadderDocument, version="2", on_missing=OnMissing.NONE)
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
    broken = {run.temperature_K for run in finished if not run.framework_held}
    held = {run.temperature_K for run in finished} - broken
    followed: dict[str, list[TemperatureResult]] = {}
    for run in finished:
        for species, result in run.results.items():
            followed.setdefault(species, []).append(result)
    return LadderDocument(
        temperatures=tuple(finished),
        failed=len(runs) - len(finished),
        arrhenius={species: fit_arrhenius(results) for species, results in followed.items()},
        highest_stable_temperature_K=max(held, default=None),
    )


def production_schedule(spec: DiffusionSpec, *, temperature_K: float, timestep_fs: float) -> tuple[NVT, NVT]:
    """Equilibrate, then store frames for as long as it takes."""
    return (
        NVT(duration_ps=spec.equilibration_ps, temperature_K=temperature_K),
        NVT(
            duration_ps=spec.production_ps,
            temperature_K=temperature_K,
            frame_steps=max(1, round(spec.frame_fs / timestep_fs)),
            longest_ps=spec.longest_ps,
        ),
    )


def _finished(path: Path, following: Following, facts: dict[str, Any]) -> DiffusionDocument:
    frames = read_trajectory(path)
    results = following.results(frames)
    first = results[following.species[0]]
    error = relative_error(first)
    known = "D is not resolved" if error is None else f"D is known within {100 * error:.0f} %"
    time = f"after {(len(frames) - 1) * frames.header.frame_interval_ps:g} ps"
    if not first.framework_held:
        ending, reason = Ending.FRAMEWORK, f"{first.framework_reason}, {time}"
    elif following.converged(first):
        ending, reason = Ending.CONVERGED, f"{known} {time}"
    else:
        asked = f"{100 * following.relative_error:g} % were asked for"
        ending, reason = Ending.BUDGET, f"the longest time is used up: {known} {time}, {asked}"
    return DiffusionDocument(
        framework_held=first.framework_held,
        framework_reason=first.framework_reason,
        results=results,
        converged=ending is Ending.CONVERGED,
        relative_error=error,
        ending=ending,
        reason=reason,
        **_files(frames),
        **facts,
    )


def _stopped(stop: StoppedError, following: Following, facts: dict[str, Any]) -> DiffusionDocument:
    """Analyse what there is of a run that was stopped; whatever is found, it does not count as a solid."""
    path = step_directory() / TRAJECTORY
    frames = read_trajectory(path) if path.is_file() else None
    reason = f"{stop.reason} at {stop.time_ps:.3f} ps ({stop.temperature_K:.0f} K)"
    return DiffusionDocument(
        framework_held=False,
        framework_reason=reason,
        results=_of_the_beginning(frames, following, reason),
        converged=False,
        relative_error=None,
        ending=Ending.STOPPED,
        reason=reason,
        steps=round(stop.time_ps * 1000 / facts["timestep_fs"]),
        **_files(frames),
        **facts,
    )


def _of_the_beginning(
    frames: Frames | None, following: Following, reason: str
) -> dict[str, TemperatureResult]:
    if frames is None or len(frames) < MIN_FRAMES:
        return {}
    try:
        found = following.results(frames)
    except DataError:  # too short for it: the run has its reason already
        return {}
    return {
        species: result.model_copy(
            update={
                "framework_held": False,
                "framework_reason": reason,
                "diffusivity": result.diffusivity.flagged(reason),
            }
        )
        for species, result in found.items()
    }


def _files(frames: Frames | None) -> dict[str, Any]:
    """Say where the frames are, from the directory of all steps, which may be moved with its database."""
    if frames is None or len(frames) == 0:
        return {"trajectory": None, "trajectory_sha256": None, "frames": 0, "mean_temperature_K": None}
    return {
        "trajectory": f"{frames.path.parent.name}/{frames.path.name}",
        "trajectory_sha256": sha256_of_file(frames.path),
        "frames": len(frames),
        "mean_temperature_K": float(frames.temperatures_K.mean()),
    }
