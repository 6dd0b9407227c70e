"""Molecular dynamics that can be killed at any moment and goes on from its last checkpoint.

A run is a schedule of stages. Its whole state is the atoms, the state of one random generator and the place
in the schedule; a continued run gives what an uninterrupted one gives.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.optimize import FIRE
from numpy.typing import NDArray

from lithicoat.workflows import progress
from lithicoat.workflows.dynamics import checkpoint
from lithicoat.workflows.dynamics.checkpoint import Snapshot, StageReport
from lithicoat.workflows.dynamics.integrators import (
    CanonicalVerlet,
    IsobaricVerlet,
    draw_momenta,
    temperature_K,
)
from lithicoat.workflows.dynamics.stages import NPT, NVT, Barostat, Schedule, Settle, problem_of, records
from lithicoat.workflows.dynamics.trajectory import ThermoLog, Trajectory, TrajectoryHeader
from lithicoat.workflows.dynamics.watch import Moment, Watcher, stop_if_broken
from lithicoat.workflows.errors import RunError, UsageError

__all__ = ["DynamicsResult", "run_dynamics"]

Array = NDArray[np.float64]

WATCH_STEPS = 10
"""Steps between looks at distances, bonds and displacements."""

HOT_FACTOR, HOT_STEPS, HOT_FLOOR_K = 10.0, 5, 100.0
"""A run has exploded when it is ten times hotter than asked (than 100 K, if that is more) for five steps."""


@dataclass(frozen=True)
class DynamicsResult:
    """The end of a run.

    Parameters
    ----------
    atoms : Atoms
        Last positions (unwrapped), momenta and cell, without a calculator.
    reports : tuple[StageReport, ...]
        One per stage.
    trajectory : Path or None
        The stored frames, if any stage stores them.
    thermo : Path
        CSV of temperature, energy and volume.
    steps_computed : int
        Steps that this call made; fewer than the schedule's if it continued a checkpoint.
    """

    atoms: Atoms
    reports: tuple[StageReport, ...]
    trajectory: Path | None
    thermo: Path
    steps_computed: int


def run_dynamics(
    atoms: Atoms,
    calculator: BaseCalculator,
    schedule: Schedule,
    *,
    timestep_fs: float,
    seed: int,
    directory: Path,
    label: str = "dynamics",
    thermostat_ps: float = 0.1,
    barostat: Barostat | None = None,
    checkpoint_steps: int = 25,
    watchers: Sequence[Watcher] = (),
    potential: str | None = None,
) -> DynamicsResult:
    """Run a schedule, or continue it from the checkpoint in `directory`.

    Parameters
    ----------
    atoms : Atoms
        Start, periodic in all directions; left untouched. Its momenta are ignored: they are drawn at the
        temperature of the first stage of dynamics (see :func:`draw_momenta`).
    calculator : BaseCalculator
        ASE calculator of energy, forces and (at constant pressure) stress.
    schedule : tuple of stages
        What to do, in this order.
    timestep_fs : float
        Time step in fs.
    seed : int
        Seed of momenta, thermostat and barostat.
    directory : Path
        Place of checkpoint, trajectory and log; must exist.
    label : str
        Name of the run in progress reports and errors.
    thermostat_ps : float
        Coupling time of the thermostat in ps.
    barostat : Barostat, optional
        Rate of the barostat.
    checkpoint_steps : int
        Steps between checkpoints and rows of the log.
    watchers : sequence of callables
        Each looks at the atoms every ten steps and returns why to stop, or None.
    potential : str, optional
        sha256 of the potential, for the headers of the files.

    Returns
    -------
    DynamicsResult
        The end of the run.

    Raises
    ------
    UsageError
        If the schedule cannot be run, or the directory holds the checkpoint of another run.
    StoppedError
        If a watcher stopped the run.
    RunError
        If the cell exploded or numbers stopped being numbers; the frame is in `broken.extxyz`.
    KeyboardInterrupt
        After a checkpoint was written.
    """
    _check(atoms, schedule, timestep_fs=timestep_fs, checkpoint_steps=checkpoint_steps)
    plan = _Plan(
        schedule=schedule,
        timestep_fs=timestep_fs,
        seed=seed,
        directory=directory,
        label=label,
        thermostat_ps=thermostat_ps,
        barostat=barostat or Barostat(),
        checkpoint_steps=checkpoint_steps,
        watchers=tuple(watchers),
        potential=potential,
    )
    return _Run(atoms, calculator, plan).complete()


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What a run is; see :func:`run_dynamics`."""

    schedule: Schedule
    timestep_fs: float
    seed: int
    directory: Path
    label: str
    thermostat_ps: float
    barostat: Barostat
    checkpoint_steps: int
    watchers: tuple[Watcher, ...]
    potential: str | None

    def header(self, atoms: Atoms) -> dict[str, Any]:
        """Return what a checkpoint must agree with."""
        return {
            "start": _digest(atoms),
            "schedule": [stage.model_dump(mode="json") for stage in self.schedule],
            "timestep_fs": self.timestep_fs,
            "seed": self.seed,
            "thermostat_ps": self.thermostat_ps,
            "barostat": self.barostat.model_dump(mode="json"),
            "potential": self.potential,
        }


def _check(atoms: Atoms, schedule: Schedule, *, timestep_fs: float, checkpoint_steps: int) -> None:
    if (problem := problem_of(schedule)) is not None:
        raise UsageError(problem, where="schedule")
    if not timestep_fs > 0:
        raise UsageError(f"timestep_fs must be positive, got {timestep_fs}", where="timestep_fs")
    if checkpoint_steps < 1:
        raise UsageError(
            f"checkpoint_steps must be at least 1, got {checkpoint_steps}", where="checkpoint_steps"
        )
    if len(atoms) < 2:
        raise UsageError(f"dynamics needs at least two atoms, got {len(atoms)}", where="atoms")
    if not atoms.pbc.all():
        raise UsageError("dynamics needs a cell that is periodic in all directions", where="atoms")


def _digest(atoms: Atoms) -> str:
    digest = hashlib.sha256(" ".join(atoms.get_chemical_symbols()).encode())
    for block in (atoms.positions, atoms.cell.array):
        digest.update((np.round(block, 6) + 0.0).astype("<f8").tobytes())
    return digest.hexdigest()


class _Run:
    """A run in progress: the atoms that move, and the snapshot of the last finished step."""

    def __init__(self, atoms: Atoms, calculator: BaseCalculator, plan: _Plan) -> None:
        self.plan, self.header = plan, plan.header(atoms)
        self.rng = np.random.default_rng(plan.seed)
        self.atoms = Atoms(numbers=atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
        self.atoms.set_masses(atoms.get_masses())
        self.atoms.set_momenta(np.zeros((len(atoms), 3)))
        self.atoms.calc = calculator
        self.trajectory: Trajectory | None = None
        self.steps_computed = 0
        self.path = plan.directory / "checkpoint.npz"
        found = checkpoint.load(self.path, header=self.header)
        self.last = found or self._snapshot(stage=0, step=0, anchor=atoms.get_positions())
        if found is not None:
            self._restore(found)

    def complete(self) -> DynamicsResult:
        self.log = ThermoLog(self.plan.directory / "thermo.csv", until_ps=self._time_ps())
        try:
            while self.last.stage < len(self.plan.schedule):
                self._run_stage(self.plan.schedule[self.last.stage])
        except KeyboardInterrupt:
            self._save()
            raise
        stored = self.plan.directory / "trajectory.npy" if any(map(records, self.plan.schedule)) else None
        end = self.atoms.copy()
        return DynamicsResult(end, self.last.reports, stored, self.log.path, self.steps_computed)

    # --- state -----------------------------------------------------------------------------------------

    def _snapshot(self, *, stage: int, step: int, anchor: Array, **rest: Any) -> Snapshot:
        return Snapshot(
            stage=stage,
            step=step,
            positions=self.atoms.get_positions(),
            momenta=self.atoms.get_momenta(),
            cell=self.atoms.cell.array.copy(),
            anchor=anchor,
            random_state=dict(self.rng.bit_generator.state),
            **rest,
        )

    def _restore(self, snapshot: Snapshot) -> None:
        self.atoms.set_cell(snapshot.cell, scale_atoms=False)
        self.atoms.set_positions(snapshot.positions)
        self.atoms.set_momenta(snapshot.momenta)
        self.rng.bit_generator.state = snapshot.random_state

    def _save(self) -> None:
        if self.trajectory is not None:
            self.trajectory.flush()
        checkpoint.save(self.path, self.last, header=self.header)

    def _time_ps(self) -> float:
        return self.last.elapsed_ps + self.last.step * self.plan.timestep_fs / 1000

    # --- stages ----------------------------------------------------------------------------------------

    def _run_stage(self, stage: Settle | NVT | NPT) -> None:
        if isinstance(stage, Settle):
            optimizer = FIRE(self.atoms, logfile=None)
            optimizer.run(fmax=stage.fmax_eV_A, steps=stage.max_steps)
            self._finish_stage(StageReport(steps=optimizer.nsteps, duration_ps=0))
            return
        if self.last.step == 0:
            self._begin(stage)
        elif records(stage):
            self._open_trajectory(stage, resume=True)
        integrator = self._integrator(stage)
        total, moved, forces = stage.steps(self.plan.timestep_fs), False, None
        while self.last.step < total and not moved:
            fraction = (self.last.step + 1) / total
            integrator.aim(stage.target_K(fraction))
            if isinstance(stage, NPT) and isinstance(integrator, IsobaricVerlet):
                integrator.press(stage.pressure_at_GPa(fraction))
            forces = integrator.step(forces)
            self._after_step(stage, forces, target_K=stage.target_K(fraction))
            moved = self.last.step % WATCH_STEPS == 0 and self._moved(stage) is True
        self._demand_motion(stage)
        self._finish_stage(self._report(stage))

    def _begin(self, stage: NVT | NPT) -> None:
        """Draw momenta if there are none yet; write the first frame; fix what displacements refer to."""
        if not self.atoms.get_momenta().any():
            draw_momenta(self.atoms, temperature_K=stage.temperature_K, rng=self.rng)
        if records(stage):
            self._open_trajectory(stage, resume=False)
        kept = {"reports": self.last.reports}
        self.last = self._snapshot(stage=self.last.stage, step=0, anchor=self.atoms.get_positions(), **kept)

    def _finish_stage(self, report: StageReport) -> None:
        self.last = self._snapshot(
            stage=self.last.stage + 1,
            step=0,
            anchor=self.last.anchor,
            reports=(*self.last.reports, report),
        )
        self._save()
        self.trajectory = None

    def _integrator(self, stage: NVT | NPT) -> CanonicalVerlet:
        thermal: dict[str, Any] = {
            "timestep_fs": self.plan.timestep_fs,
            "temperature_K": stage.temperature_K,
            "thermostat_ps": self.plan.thermostat_ps,
            "rng": self.rng,
        }
        if isinstance(stage, NPT):
            return IsobaricVerlet(
                self.atoms, barostat=self.plan.barostat, pressure_GPa=stage.pressure_GPa, **thermal
            )
        return CanonicalVerlet(self.atoms, **thermal)

    def _open_trajectory(self, stage: NVT | NPT, *, resume: bool) -> None:
        if not isinstance(stage, NVT) or stage.frame_steps is None:
            return
        header = TrajectoryHeader(
            symbols=tuple(self.atoms.get_chemical_symbols()),
            cell_A=tuple(map(tuple, self.atoms.cell.array.tolist())),
            frame_interval_ps=stage.frame_steps * self.plan.timestep_fs / 1000,
            frames=stage.frames(self.plan.timestep_fs),
            timestep_fs=self.plan.timestep_fs,
            temperature_K=stage.temperature_K,
            thermostat_ps=self.plan.thermostat_ps,
            seed=self.plan.seed,
            potential=self.plan.potential,
        )
        self.trajectory = Trajectory(self.plan.directory / "trajectory.npy", header, resume=resume)
        if not resume:
            self.trajectory.write(0, self.atoms)

    # --- every step ------------------------------------------------------------------------------------

    def _after_step(self, stage: NVT | NPT, forces: Array, *, target_K: float) -> None:
        step, temperature = self.last.step + 1, temperature_K(self.atoms)
        self.steps_computed += 1
        hot = temperature > HOT_FACTOR * max(target_K, HOT_FLOOR_K)
        hot_steps = self.last.hot_steps + 1 if hot else 0
        due = step % WATCH_STEPS == 0 or step == stage.steps(self.plan.timestep_fs)
        stop_if_broken(
            self.atoms,
            forces,
            moment=Moment(
                run=self.plan.label,
                step=step,
                time_ps=self.last.elapsed_ps + step * self.plan.timestep_fs / 1000,
                temperature_K=temperature,
            ),
            exploded=hot_steps >= HOT_STEPS,
            watchers=self.plan.watchers,
            closely=due,
            directory=self.plan.directory,
        )
        if isinstance(stage, NVT) and self.trajectory and stage.frame_steps and step % stage.frame_steps == 0:
            self.trajectory.write(step // stage.frame_steps, self.atoms)
        # An interrupt may come at any moment: one assignment makes the finished step the state to keep.
        self.last = self._snapshot(
            stage=self.last.stage,
            step=step,
            anchor=self.last.anchor,
            temperature_sum_K=self.last.temperature_sum_K + temperature,
            hot_steps=hot_steps,
            reports=self.last.reports,
        )
        if step % self.plan.checkpoint_steps == 0:
            energy = self.atoms.get_potential_energy()
            self.log.add((self._time_ps(), target_K, temperature, energy, self.atoms.get_volume()))
            self._save()
        if due:
            self._report_progress()

    def _report_progress(self) -> None:
        remaining = self.plan.schedule[self.last.stage :]
        total = self.last.elapsed_ps + sum(s.duration_ps for s in remaining if not isinstance(s, Settle))
        progress.report(self.plan.label, min(self._time_ps(), total), total, "ps")

    # --- what a stage did ------------------------------------------------------------------------------

    def _displacement_A(self, stage: NVT) -> float:
        """Rms displacement since the stage began, of the atoms that have to move, else of all."""
        shift = self.atoms.positions - self.last.anchor
        chosen = shift if stage.until is None else shift[list(stage.until.atoms)]
        return float(np.sqrt((chosen**2).sum(axis=1).mean()))

    def _moved(self, stage: NVT | NPT) -> bool | None:
        if not isinstance(stage, NVT) or stage.until is None:
            return None
        return self._displacement_A(stage) >= stage.until.rms_displacement_A

    def _demand_motion(self, stage: NVT | NPT) -> None:
        if not isinstance(stage, NVT) or stage.until is None:
            return
        moved, required = self._displacement_A(stage), stage.until.required_A
        if moved < required:
            raise RunError(
                f"{self.plan.label}: the atoms moved only {moved:.2f} Å, not {required:.2f} Å, in "
                f"{stage.duration_ps:g} ps at {stage.temperature_K:g} K; the cell did not melt",
                where=str(self.plan.directory),
                hint="raise the temperature or the time of the melt in the protocol",
            )

    def _report(self, stage: NVT | NPT) -> StageReport:
        return StageReport(
            steps=self.last.step,
            duration_ps=self.last.step * self.plan.timestep_fs / 1000,
            mean_temperature_K=self.last.temperature_sum_K / self.last.step,
            rms_displacement_A=self._displacement_A(stage) if isinstance(stage, NVT) else None,
            moved=self._moved(stage),
        )
