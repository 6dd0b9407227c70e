"""The engine of a run: stage after stage, step after step, with a whole state to keep after each."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.optimize import FIRE
from numpy.typing import NDArray

from lithicoat.workflows import progress
from lithicoat.workflows.dynamics.blocks import TrajectoryHeader
from lithicoat.workflows.dynamics.checkpoint import Checkpoints, Snapshot, StageReport
from lithicoat.workflows.dynamics.deadline import Lookout, OutOfTime
from lithicoat.workflows.dynamics.drift import WINDOW_ps, drifting
from lithicoat.workflows.dynamics.integrators import (
    CanonicalVerlet,
    IsobaricVerlet,
    draw_momenta,
    temperature_K,
)
from lithicoat.workflows.dynamics.looking import Moment, stop_if_broken
from lithicoat.workflows.dynamics.motion import demand_motion, displacement_A, moved_enough
from lithicoat.workflows.dynamics.plan import Plan
from lithicoat.workflows.dynamics.stages import NPT, NVT, Settle
from lithicoat.workflows.dynamics.thermo import ThermoLog
from lithicoat.workflows.dynamics.trajectory import read_trajectory
from lithicoat.workflows.dynamics.watch import WATCH_STEPS, Remembering
from lithicoat.workflows.dynamics.writer import TrajectoryWriter
from lithicoat.workflows.errors import RunError

__all__ = ["Engine"]

Array = NDArray[np.float64]

HOT_FACTOR, HOT_STEPS, HOT_FLOOR_K = 10.0, 5, 100.0
"""A run has exploded when it is ten times hotter than asked (than 100 K, if that is more) for five steps."""


class _Energies:
    """Energies at the end of a step, each found once and only if it is asked for.

    Parameters
    ----------
    atoms : Atoms
        State after the step.
    thermostat_eV : float
        What the thermostat has given since the stage began, eV.
    """

    def __init__(self, atoms: Atoms, thermostat_eV: float) -> None:
        self._atoms, self._thermostat_eV = atoms, thermostat_eV

    @cached_property
    def potential_eV(self) -> float:
        return float(self._atoms.get_potential_energy())

    @cached_property
    def conserved_eV(self) -> float:
        """Energy that only an error of the integrator changes: without what the thermostat gave."""
        return self.potential_eV + float(self._atoms.get_kinetic_energy()) - self._thermostat_eV


class Engine:
    """A run in progress: the atoms that move, and the snapshot of the last finished step.

    Parameters
    ----------
    atoms : Atoms
        The start.
    calculator : BaseCalculator
        What moves them.
    plan : Plan
        What to do.

    Attributes
    ----------
    atoms : Atoms
        The atoms that move.
    last : Snapshot
        The last finished step.
    steps_computed : int
        Steps made in this process.
    """

    def __init__(self, atoms: Atoms, calculator: BaseCalculator, plan: Plan) -> None:
        self.plan = plan
        self.rng = np.random.default_rng(plan.seed)
        self.atoms = Atoms(numbers=atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
        self.atoms.set_masses(atoms.get_masses())
        self.atoms.set_momenta(np.zeros((len(atoms), 3)))
        self.atoms.calc = calculator
        self.trajectory: TrajectoryWriter | None = None
        self.steps_computed = 0
        self.checkpoints = Checkpoints(plan.directory, header=plan.header(atoms))
        found = self.checkpoints.load()
        self.last = found or self._snapshot(stage=0, step=0, anchor=atoms.get_positions())
        if found is not None:
            self._restore(found)

    def complete(self) -> None:
        """Run to the end of the schedule."""
        self.log = ThermoLog(self.plan.thermo, until_ps=self._time_ps())
        self.lookout = Lookout(self.plan.label)
        try:
            while self.last.stage < len(self.plan.schedule):
                self._run_stage(self.plan.schedule[self.last.stage])
        except KeyboardInterrupt:
            self.checkpoints.save(self.last)
            raise
        except OutOfTime as end:  # another machine may go on
            if self.steps_computed:
                self.checkpoints.save(self.last, last=True)
                end.kept = True
            raise
        except RunError:  # what there is can be read
            if self.trajectory is not None:
                self.trajectory.close_block()
            raise

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
            place=None if self.trajectory is None else self.trajectory.place,
            **rest,
        )

    def _restore(self, snapshot: Snapshot) -> None:
        self.atoms.set_cell(snapshot.cell, scale_atoms=False)
        self.atoms.set_positions(snapshot.positions)
        self.atoms.set_momenta(snapshot.momenta)
        self.rng.bit_generator.state = snapshot.random_state
        remembering = [one for one in self.plan.watchers if isinstance(one, Remembering)]
        for watcher, memory in zip(remembering, snapshot.memories, strict=False):
            watcher.recall(memory)

    def _time_ps(self) -> float:
        return self.last.elapsed_ps + self.last.step * self.plan.timestep_fs / 1000

    # --- stages ----------------------------------------------------------------------------------------

    def _run_stage(self, stage: Settle | NVT | NPT) -> None:
        if isinstance(stage, Settle):
            self._settle(stage)
            return
        if self.last.step == 0 and self.last.place is None:
            self._begin(stage)
        else:
            self.trajectory = self._open_trajectory(stage)
        integrator = self._integrator(stage)
        forces, moved = None, self._has_moved(stage)
        while True:
            total = self._granted_steps(stage)
            while self.last.step < total and not moved:
                fraction = (self.last.step + 1) / total
                integrator.aim(stage.target_K(fraction))
                if isinstance(stage, NPT) and isinstance(integrator, IsobaricVerlet):
                    integrator.press(stage.pressure_at_GPa(fraction))
                forces = integrator.step(forces)
                self._after_step(stage, integrator, forces, target_K=stage.target_K(fraction))
                moved = self._has_moved(stage)
                self.lookout.look()
            if not self._goes_on(stage):
                break
        demand_motion(
            self.atoms, self.last.anchor, stage, label=self.plan.label, directory=self.plan.directory
        )
        if self.trajectory is not None:
            self.trajectory.finish()
        self._finish_stage(self._report(stage))

    def _has_moved(self, stage: NVT | NPT) -> bool:
        """Tell, every ten steps, whether the atoms moved as far as asked; a continued run asks first."""
        return self.last.step % WATCH_STEPS == 0 and bool(moved_enough(self.atoms, self.last.anchor, stage))

    def _settle(self, stage: Settle) -> None:
        optimizer = FIRE(self.atoms, logfile=None)
        optimizer.attach(self.lookout.look)
        optimizer.run(fmax=stage.fmax_eV_A, steps=stage.max_steps)
        stop_if_broken(
            self.atoms,
            np.zeros_like(self.atoms.positions),  # forces that are no numbers have moved the atoms
            moment=Moment(
                run=self.plan.label, step=optimizer.nsteps, time_ps=self._time_ps(), temperature_K=0.0
            ),
            directory=self.plan.directory,
        )
        self._finish_stage(StageReport(steps=optimizer.nsteps, duration_ps=0))

    def _granted_steps(self, stage: NVT | NPT) -> int:
        if isinstance(stage, NPT):
            return stage.steps(self.plan.timestep_fs)
        return stage.granted_steps(self.plan.timestep_fs, segments=self.last.segments)

    def _goes_on(self, stage: NVT | NPT) -> bool:
        """Ask whether a stage that may go on does; it is then granted its duration once more."""
        if not isinstance(stage, NVT) or stage.longest_ps is None or self.plan.go_on is None:
            return False
        more = stage.granted_steps(self.plan.timestep_fs, segments=self.last.segments + 1)
        if self.trajectory is None or more <= self.last.step:
            return False
        self.trajectory.close_block()
        self.last = replace(self.last, place=self.trajectory.place)
        self.checkpoints.save(self.last)
        if not self.plan.go_on(read_trajectory(self.plan.trajectory)):
            return False
        self.last = replace(self.last, segments=self.last.segments + 1)
        self.checkpoints.save(self.last)
        return True

    def _begin(self, stage: NVT | NPT) -> None:
        """Draw momenta if there are none yet; write the first frame; fix what displacements refer to."""
        if not self.atoms.get_momenta().any():
            draw_momenta(self.atoms, temperature_K=stage.temperature_K, rng=self.rng)
        self.trajectory = self._open_trajectory(stage)
        if self.trajectory is not None:
            self._store_frame(temperature_K(self.atoms), _Energies(self.atoms, 0.0))
        kept = {"reports": self.last.reports, "memories": self.last.memories}
        self.last = self._snapshot(stage=self.last.stage, step=0, anchor=self.atoms.get_positions(), **kept)

    def _finish_stage(self, report: StageReport) -> None:
        self.trajectory = None
        self.last = self._snapshot(
            stage=self.last.stage + 1,
            step=0,
            anchor=self.last.anchor,
            memories=self.last.memories,
            reports=(*self.last.reports, report),
        )
        self.checkpoints.save(self.last)

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
        integrator = CanonicalVerlet(self.atoms, **thermal)
        integrator.transferred_energy = self.last.thermostat_eV
        return integrator

    def _open_trajectory(self, stage: NVT | NPT) -> TrajectoryWriter | None:
        if not isinstance(stage, NVT) or stage.frame_steps is None:
            return None
        header = TrajectoryHeader(
            symbols=tuple(self.atoms.get_chemical_symbols()),
            cell_A=tuple(map(tuple, self.atoms.cell.array.tolist())),
            frame_interval_ps=stage.frame_steps * self.plan.timestep_fs / 1000,
            timestep_fs=self.plan.timestep_fs,
            temperature_K=stage.temperature_K,
            thermostat_ps=self.plan.thermostat_ps,
            seed=self.plan.seed,
            potential=self.plan.potential,
            observed=len(self._observed()),
        )
        return TrajectoryWriter(self.plan.trajectory, header, place=self.last.place)

    def _observed(self) -> Sequence[float]:
        return [] if self.plan.observe is None else self.plan.observe(self.atoms)

    def _store_frame(self, temperature: float, energies: _Energies) -> None:
        if self.trajectory is not None:
            numbers = (temperature, energies.potential_eV, energies.conserved_eV, *self._observed())
            self.trajectory.add(self.atoms.positions, numbers)

    # --- every step ------------------------------------------------------------------------------------

    def _after_step(
        self, stage: NVT | NPT, integrator: CanonicalVerlet, forces: Array, *, target_K: float
    ) -> None:
        step, temperature = self.last.step + 1, temperature_K(self.atoms)
        self.steps_computed += 1
        hot = temperature > HOT_FACTOR * max(target_K, HOT_FLOOR_K)
        hot_steps = self.last.hot_steps + 1 if hot else 0
        due = step % WATCH_STEPS == 0 or step == self._granted_steps(stage)
        energies = _Energies(self.atoms, integrator.transferred_energy)
        moments = self._moments(stage, temperature - target_K, energies) if due else self.last.drift
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
            drift=self._drift(stage, moments, target_K) if due else None,
            directory=self.plan.directory,
        )
        if isinstance(stage, NVT) and stage.frame_steps and step % stage.frame_steps == 0:
            self._store_frame(temperature, energies)
        # An interrupt may come at any moment: one assignment makes the finished step the state to keep.
        self.last = self._snapshot(
            stage=self.last.stage,
            step=step,
            anchor=self.last.anchor,
            temperature_sum_K=self.last.temperature_sum_K + temperature,
            hot_steps=hot_steps,
            thermostat_eV=integrator.transferred_energy,
            drift=moments,
            segments=self.last.segments,
            memories=self._memories() if due else self.last.memories,
            reports=self.last.reports,
        )
        if step % self.plan.checkpoint_steps == 0:
            conserved = energies.conserved_eV if isinstance(stage, NVT) else None
            volume = self.atoms.get_volume()
            self.log.add((self._time_ps(), target_K, temperature, energies.potential_eV, conserved, volume))
            self.checkpoints.save(self.last)
        if due:
            self._report_progress()

    def _moments(self, stage: NVT | NPT, offset_K: float, energies: _Energies) -> Array:
        """Lately: how far the temperature is off, and the conserved energy; at constant pressure none is."""
        if isinstance(stage, NPT) or (self.last.step + 1) % WATCH_STEPS != 0:
            return self.last.drift
        now = (offset_K, energies.conserved_eV)
        kept = max(10, round(WINDOW_ps * 1000 / (WATCH_STEPS * self.plan.timestep_fs)))
        return np.concatenate([self.last.drift[1 - kept :], [now]])

    def _drift(self, stage: NVT | NPT, moments: Array, target_K: float) -> str | None:
        return drifting(
            moments,
            interval_ps=WATCH_STEPS * self.plan.timestep_fs / 1000,
            target_K=target_K,
            thermostat_ps=self.plan.thermostat_ps,
            atoms=len(self.atoms),
            constant=stage.end_temperature_K is None,
        )

    def _memories(self) -> tuple[dict[str, NDArray[Any]], ...]:
        return tuple(one.memory() for one in self.plan.watchers if isinstance(one, Remembering))

    def _report_progress(self) -> None:
        remaining = self.plan.schedule[self.last.stage :]
        total = self.last.elapsed_ps + sum(s.duration_ps for s in remaining if not isinstance(s, Settle))
        progress.report(self.plan.label, min(self._time_ps(), total), total, "ps")

    # --- what a stage did ------------------------------------------------------------------------------

    def _report(self, stage: NVT | NPT) -> StageReport:
        return StageReport(
            steps=self.last.step,
            duration_ps=self.last.step * self.plan.timestep_fs / 1000,
            mean_temperature_K=self.last.temperature_sum_K / self.last.step,
            rms_displacement_A=displacement_A(self.atoms, self.last.anchor, stage)
            if isinstance(stage, NVT)
            else None,
            moved=moved_enough(self.atoms, self.last.anchor, stage),
        )
