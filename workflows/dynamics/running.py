"""Molecular dynamics that can be killed at any moment and goes on from its last checkpoint.

A run is a schedule of stages. Its whole state is the atoms, the state of one random generator and the place
in the schedule; a continued run gives what an uninterrupted one gives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ase import Atoms
from ase.calculators.calculator import BaseCalculator

from lithicoat.workflows.dynamics.checkpoint import StageReport
from lithicoat.workflows.dynamics.engine import Engine
from lithicoat.workflows.dynamics.plan import Plan
from lithicoat.workflows.dynamics.stages import Barostat, Schedule, problem_of
from lithicoat.workflows.dynamics.trajectory import Frames
from lithicoat.workflows.dynamics.watch import Watcher
from lithicoat.workflows.errors import UsageError

__all__ = ["DynamicsResult", "run_dynamics"]


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
        The stored frames, if any stage stores them; see :func:`read_trajectory`.
    thermo : Path
        CSV of temperature, energies and volume.
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
    go_on: Callable[[Frames], bool] | None = None,
    observe: Callable[[Atoms], Sequence[float]] | None = None,
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
        Each looks at the atoms every ten steps and returns why to stop, or None. One that remembers what it
        has seen keeps it in the checkpoint, see :class:`Remembering`.
    potential : str, optional
        sha256 of the potential, for the headers of the files.
    go_on : callable, optional
        Asked whenever a stage with ``longest_ps`` has lasted a multiple of its ``duration_ps``, with all
        frames so far: whether it lasts that much longer. It must answer by the frames alone; after an
        interruption it may be asked the same again. Without it no stage goes on.
    observe : callable, optional
        Measures a fixed number of quantities of the atoms (whose calculator has just computed them) at every
        stored frame; they are kept in the trajectory, see :attr:`Frames.observed`.

    Returns
    -------
    DynamicsResult
        The end of the run.

    Raises
    ------
    UsageError
        If the schedule cannot be run, or the directory holds the checkpoint of another run.
    StoppedError
        If a watcher stopped the run; the frames so far can be read from the directory's trajectory.
    RunError
        If the cell exploded, its energy or temperature drifts, or numbers stopped being numbers; the last
        frame is in `broken.extxyz`.
    DiskError
        If a frame or a checkpoint cannot be written; the last whole checkpoint is still there.
    KeyboardInterrupt, OutOfTime
        After a checkpoint was written; :func:`watching_deadline` tells when time is up.
    """
    _check(atoms, schedule, timestep_fs=timestep_fs, checkpoint_steps=checkpoint_steps)
    plan = Plan(
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
        go_on=go_on,
        observe=observe,
    )
    engine = Engine(atoms, calculator, plan)
    engine.complete()
    return DynamicsResult(
        atoms=engine.atoms.copy(),
        reports=engine.last.reports,
        trajectory=plan.trajectory if plan.trajectory.is_file() else None,
        thermo=plan.thermo,
        steps_computed=engine.steps_computed,
    )


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
