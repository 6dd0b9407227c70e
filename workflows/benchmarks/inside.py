"""How much of the time of molecular dynamics, as it is run here, is that of the potential."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, Calculator, all_changes
from pydantic import Field

from lithicoat.workflows.benchmarks.base import Frozen
from lithicoat.workflows.dynamics.running import run_dynamics
from lithicoat.workflows.dynamics.stages import NVT, Settle
from lithicoat.workflows.dynamics.watch import BrokenError, watch_framework
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.registry import PotentialRef

__all__ = ["InsidePotential", "inside_potential"]

ATOMS, FRAME_STEPS, TIMESTEP_fs = 200, 25, 1.0


class InsidePotential(Frozen):
    """How much of the time of molecular dynamics passes in the potential."""

    cell: str
    atoms: int
    steps: int = Field(description="Time steps that were timed; 0 if the cell broke.")
    fraction: float | None = Field(
        ge=0,
        le=1,
        description="Share of the wall time that passed in the potential, its graph included; "
        "None if the cell broke.",
    )
    reason: str = Field("", description="How the cell broke, if it did.")

    def line(self) -> str:
        """Say it in one line."""
        if self.fraction is None:
            return f"dynamics of {self.atoms} atoms ({self.cell}) was not timed: {self.reason}"
        share = f"{100 * self.fraction:.1f} % of the time in the potential"
        return f"dynamics of {self.atoms} atoms ({self.cell}, {self.steps} steps): {share}"


def inside_potential(
    potential: PotentialRef, cells: Mapping[str, Atoms], *, steps: int = 50
) -> InsidePotential:
    """Measure how much of the time of dynamics passes in the potential.

    The dynamics is that of a measurement of diffusion: a frame and a checkpoint every 25 steps, and all that
    is watched. It begins at rest in a cell that is repeated until it has about 200 atoms.

    Parameters
    ----------
    potential : PotentialRef
        The potential, in the precision of dynamics.
    cells : mapping of str to Atoms
        The one that comes nearest to 200 atoms is taken.
    steps : int
        Time steps of 1 fs.
    """
    repeated = {name: _repeated(atoms) for name, atoms in cells.items()}
    name = min(repeated, key=lambda one: abs(len(repeated[one]) - ATOMS))
    atoms, engine = repeated[name], _Timed(calculator(potential, precision=Precision.SINGLE))
    engine.get_potential_energy(atoms)  # what a potential does once only
    schedule = (
        Settle(max_steps=steps),
        NVT(duration_ps=steps * TIMESTEP_fs / 1000, temperature_K=300, frame_steps=FRAME_STEPS),
    )
    watcher = watch_framework(atoms.get_chemical_symbols(), timestep_fs=TIMESTEP_fs)
    with tempfile.TemporaryDirectory() as place:
        engine.seconds, began = 0.0, time.perf_counter()
        try:
            done = run_dynamics(
                atoms,
                engine,
                schedule,
                timestep_fs=TIMESTEP_fs,
                seed=0,
                directory=Path(place),
                checkpoint_steps=FRAME_STEPS,
                watchers=() if watcher is None else (watcher,),
            )
        except BrokenError as broken:
            return InsidePotential(cell=name, atoms=len(atoms), steps=0, fraction=None, reason=broken.reason)
        elapsed = time.perf_counter() - began
    made = sum(stage.steps for stage in done.reports)
    return InsidePotential(cell=name, atoms=len(atoms), steps=made, fraction=engine.seconds / elapsed)


class _Timed(Calculator):
    """A calculator that keeps the time it takes."""

    def __init__(self, engine: BaseCalculator) -> None:
        super().__init__()
        self.implemented_properties = engine.implemented_properties
        self.engine, self.seconds = engine, 0.0

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] | None = None,
    ) -> None:
        super().calculate(atoms, properties or ["energy"], system_changes or all_changes)
        began = time.perf_counter()
        self.engine.calculate(self.atoms, properties or ["energy"], system_changes or all_changes)
        self.seconds += time.perf_counter() - began
        self.results = self.engine.results


def _repeated(atoms: Atoms) -> Atoms:
    """Double a cell along its shortest axis as long as that brings it nearer to the number wanted."""
    while 2 * len(atoms) - ATOMS < ATOMS - len(atoms):
        along = np.ones(3, dtype=int)
        along[int(np.argmin(atoms.cell.lengths()))] = 2
        atoms = atoms.repeat(tuple(along.tolist()))
    return atoms
