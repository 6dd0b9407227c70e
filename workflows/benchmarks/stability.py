"""Whether dynamics of films holds: no blow-up while hot, and whole molecules at room temperature."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from ase import Atoms
from jobflow import Maker
from pydantic import Field

from lithicoat.analysis.mongodb import Where
from lithicoat.structures.build import elements_of
from lithicoat.structures.catalog.loading import MISSION_IDS, load_catalog
from lithicoat.structures.coating import Coating
from lithicoat.structures.model import Model
from lithicoat.workflows.benchmarks.base import Benchmark, Frozen
from lithicoat.workflows.benchmarks.running import run_kept, run_kept_all
from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT
from lithicoat.workflows.dynamics.watch import BrokenError, Watcher, watch_bonds
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements
from lithicoat.workflows.progress import report
from lithicoat.workflows.protocols import Preset, Protocol, preset
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["FilmRun", "StabilityBenchmark", "StabilityMaker", "stability_benchmark"]

TEMPERATURES_K = (300.0, 900.0)
BONDS_HOLD_TO_K = 300.0
"""Up to here the covalent graph of a lithicone must last; hotter, only the cell must not blow up."""
FORCES = "largest-force.txt"


class FilmRun(Frozen):
    """One run of one film."""

    film: str
    temperature_K: float = Field(gt=0, description="Target temperature, K.")
    asked_ps: float = Field(gt=0, description="Length of the run, ps.")
    survived_ps: float = Field(
        ge=0, description="Time until it was stopped, ps; the whole run if it was not."
    )
    reason: str = Field(description="Why it was stopped; empty if it was not.")
    bonds_watched: bool = Field(description="Whether a changed covalent bond would have stopped it.")
    mean_temperature_K: float | None = Field(description="Mean kinetic temperature, K; None if stopped.")
    largest_force_eV_A: float | None = Field(
        description="Largest force on an atom, looked at every ten steps."
    )

    @property
    def held(self) -> bool:
        """Return whether the run went to its end."""
        return not self.reason

    def line(self) -> str:
        """Return the row of the table."""
        mean = "–" if self.mean_temperature_K is None else f"{self.mean_temperature_K:.0f}"
        force = "–" if self.largest_force_eV_A is None else f"{self.largest_force_eV_A:.1f}"
        bonds = "held" if self.bonds_watched and self.held else "–"
        return (
            f"{self.film:10s}{self.temperature_K:7.0f}{self.survived_ps:10.3f} of {self.asked_ps:<6g}"
            f"{mean:>7s}{force:>9s}   {self.reason or bonds}"
        )


class StabilityBenchmark(Benchmark):
    """Runs of films with one potential."""

    protocol: str = Field(description="Protocol that made the cells.")
    runs: tuple[FilmRun, ...]
    failures: dict[str, str] = Field(description="Film → why there is no cell to run.")

    def lines(self) -> list[str]:
        """Return the table for the terminal."""
        return [
            f"{'film':10s}{'K':>7s}{'survived':>10s}    ps   {'mean K':>7s}{'eV/Å':>9s}   bonds",
            *(run.line() for run in self.runs),
            *(f"{film:10s}no cell: {reason}" for film, reason in self.failures.items()),
            f"{self.potential}: {self.headline()}",
        ]

    def headline(self) -> str:
        """Return how many runs went to their end, in one line."""
        by_temperature = []
        for kelvin in sorted({run.temperature_K for run in self.runs}):
            runs = [run for run in self.runs if run.temperature_K == kelvin]
            held = sum(run.held for run in runs)
            by_temperature.append(f"{held} of {len(runs)} runs held {runs[0].asked_ps:g} ps at {kelvin:g} K")
        return "; ".join(by_temperature) + (
            f"; {len(self.failures)} films failed before" if self.failures else ""
        )

    def against(self, other: Self) -> list[str]:
        """Return the headlines of both on the films and temperatures that both have run."""
        mine, theirs = ({(run.film, run.temperature_K) for run in one.runs} for one in (self, other))
        both = [
            one.model_copy(
                update={
                    "runs": tuple(run for run in one.runs if (run.film, run.temperature_K) in mine & theirs),
                    "failures": {},
                }
            )
            for one in (self, other)
        ]
        return ["on the same films:", *(f"{one.potential:20s} {one.headline()}" for one in both)]


@dataclass
class StabilityMaker(Maker):
    """Run a film at constant volume until the time is over or the cell breaks.

    Parameters
    ----------
    time_ps : float
        Length of the run, ps.
    timestep_fs : float
        Time step, fs.
    name : str
        Name of the job.
    """

    time_ps: float
    timestep_fs: float
    name: str = "stability"

    @science_job(FilmRun, version="1")
    def make(self, model: Model, potential: PotentialRef, temperature_K: float, seed: int) -> FilmRun:
        """Run a relaxed film from its minimum; a killed run goes on from its last checkpoint.

        Returns
        -------
        FilmRun
            A cell that breaks is a result, not an error.
        """
        place = step_directory()
        bonds = watch_bonds(model) if temperature_K <= BONDS_HOLD_TO_K else None
        facts: dict[str, Any] = {
            "film": model.name,
            "temperature_K": temperature_K,
            "asked_ps": self.time_ps,
            "bonds_watched": bonds is not None,
        }
        try:
            run = run_dynamics(
                model.atoms,
                calculator(potential, precision=Precision.SINGLE),
                (NVT(duration_ps=self.time_ps, temperature_K=temperature_K),),
                timestep_fs=self.timestep_fs,
                seed=seed,
                directory=place,
                label=f"{model.name} {temperature_K:g} K",
                checkpoint_steps=100,
                watchers=[_record_forces(place / FORCES), *([bonds] if bonds else [])],
                potential=potential.sha256,
            )
        except BrokenError as stop:
            outcome = {"survived_ps": stop.time_ps, "reason": stop.reason, "mean_temperature_K": None}
        except RunError as error:  # the potential refused the cell
            outcome = {"survived_ps": _last_ps(place), "reason": str(error), "mean_temperature_K": None}
        else:
            mean = run.reports[-1].mean_temperature_K
            outcome = {"survived_ps": self.time_ps, "reason": "", "mean_temperature_K": mean}
        return FilmRun(**facts, **outcome, largest_force_eV_A=_read(place / FORCES))


def stability_benchmark(
    potential: PotentialRef,
    *,
    films: Sequence[str] | None = None,
    time_ps: float = 20.0,
    temperatures_K: Sequence[float] = TEMPERATURES_K,
    db: Where,
    protocol: Protocol | None = None,
    seed: int = 0,
) -> StabilityBenchmark:
    """Build, anneal and relax films with a potential, and run each at every temperature.

    Parameters
    ----------
    potential : PotentialRef
        The potential of all steps.
    films : sequence of str, optional
        Coatings of the catalog; default: the mission films.
    time_ps : float
        Length of each run, ps.
    temperatures_K : sequence of float
        Temperatures, K.
    db : Path or MongoDatabase
        The database: finished steps are read from it, interrupted runs go on.
    protocol : Protocol, optional
        How cells are made, and the time steps; default: the quick preset.
    seed : int
        Seed of cells and dynamics.

    Returns
    -------
    StabilityBenchmark
        A film whose cell cannot be made is listed with the reason.

    Raises
    ------
    StructureError
        If there is no such film.
    PotentialError
        If the potential does not cover a film that was asked for by name.
    """
    chosen, numbers = _films(potential, films), protocol or preset(Preset.QUICK)
    runs, failures = [], {}
    for number, coating in enumerate(chosen):
        report("stability benchmark", number, len(chosen), "films")
        try:
            model = _relaxed(coating, potential, numbers, db, seed)
            runs += [
                _run(
                    model,
                    potential,
                    kelvin,
                    time_ps=time_ps,
                    protocol=numbers,
                    db=db,
                    seed=seed,
                )
                for kelvin in temperatures_K
            ]
        except RunError as error:
            failures[coating.id] = str(error)
    report("stability benchmark", len(chosen), len(chosen), "films")
    return StabilityBenchmark(
        potential=potential.id,
        sha256=potential.sha256,
        versions=provenance(potential, None, None).versions,
        protocol=numbers.label,
        runs=tuple(runs),
        failures=failures,
    )


def _films(potential: PotentialRef, names: Sequence[str] | None) -> list[Coating]:
    catalog = load_catalog(None)
    chosen = [catalog.find(name) for name in names or MISSION_IDS]
    for coating in chosen:
        check_elements(potential, elements_of(coating), where=coating.id)
    return chosen


def _relaxed(coating: Coating, potential: PotentialRef, protocol: Protocol, db: Where, seed: int) -> Model:
    jobs, relaxed = ScreeningMaker(protocol=protocol).prepare(coating, potential, seed=seed)
    for job in jobs:
        job.name = f"{coating.id} {job.name}"
    model: Model = run_kept_all(jobs, relaxed[0], db).model
    return model


def _run(
    model: Model,
    potential: PotentialRef,
    temperature_K: float,
    *,
    time_ps: float,
    protocol: Protocol,
    db: Where,
    seed: int,
) -> FilmRun:
    timestep_fs = protocol.diffusion.step_fs(model.symbols)
    name = f"{model.name} {temperature_K:g} K"
    maker = StabilityMaker(time_ps=time_ps, timestep_fs=timestep_fs, name=name)
    run: FilmRun = run_kept(maker.make(model, potential, temperature_K, seed), db)
    return run


def _record_forces(file: Path) -> Watcher:
    """Keep the largest force seen in a file, so that a continued run knows of it."""

    def watch(atoms: Atoms) -> None:
        largest = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
        if largest > (_read(file) or 0.0):
            write_atomically(file, repr(largest).encode())

    return watch


def _read(file: Path) -> float | None:
    return float(file.read_text()) if file.is_file() else None


def _last_ps(place: Path) -> float:
    """Return the time of the last row of the run's log."""
    rows = (place / "thermo.csv").read_text().splitlines()[1:]
    return float(rows[-1].split(",")[0]) if rows else 0.0
