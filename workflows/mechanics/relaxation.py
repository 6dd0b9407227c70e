"""Relaxation of ions and cell that ends converged or fails, with as few force calls as it takes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, Calculator
from ase.filters import FrechetCellFilter
from ase.optimize.bfgs import BFGS
from ase.optimize.cellawarebfgs import CellAwareBFGS
from ase.optimize.optimize import Optimizer
from ase.units import GPa
from jobflow import Maker
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.model import Model
from lithicoat.workflows.dynamics.deadline import Lookout
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.progress import report
from lithicoat.workflows.protocols import RelaxSpec
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["RelaxDocument", "RelaxMaker", "RelaxOutcome", "relax"]

Array = NDArray[np.float64]

STIFFNESS_EV_A2 = 40.0
"""First guess of the curvature for ions, eV/Å²: that of a soft salt; ASE's 70 is that of a metal."""
BULK_MODULUS_GPA, POISSON_RATIO = 40.0, 0.25
"""First guess for the cell."""
LONGEST_MOVE_A, LARGEST_STRAIN = 0.1, 0.02
"""Most that an ion or the cell changes in one step: too soft a guess must not make a cell collapse."""

MEMORY_STEPS = 100
"""Steps after which BFGS of the ions starts afresh."""


@dataclass(frozen=True)
class RelaxOutcome:
    """A converged relaxation.

    Parameters
    ----------
    atoms : Atoms
        Relaxed cell, without a calculator.
    energy_eV : float
        Energy of the cell.
    fmax_eV_A : float
        Largest force left.
    stress_GPa : numpy.ndarray, shape (3, 3)
        Stress left, positive under tension (ASE's sign).
    steps : int
        Steps made.
    """

    atoms: Atoms
    energy_eV: float
    fmax_eV_A: float
    stress_GPa: Array
    steps: int


class RelaxDocument(BaseModel):
    """A relaxed model."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = Field(description="The model at its minimum.")
    potential: PotentialRef
    energy_eV: float = Field(description="Energy of the whole cell, eV.")
    fmax_eV_A: float = Field(description="Largest force left, eV/Å.")
    stress_GPa: tuple[float, float, float, float, float, float] = Field(
        description="Stress left, Voigt order (xx, yy, zz, yz, xz, xy), positive under tension, GPa."
    )
    steps: int = Field(description="Steps made.")
    density_g_cm3: float = Field(description="Density of the relaxed cell, g/cm³.")


class _IonsAndCell(CellAwareBFGS):
    """BFGS of ions and cell in which neither moves far in one step."""

    def determine_step(self, dpos: Array, steplengths: Array) -> Array:  # noqa: ARG002 - ASE's signature
        rows = dpos.reshape(-1, 3)
        ions, cell = _largest(rows[:-3]), float(np.abs(rows[-3:]).max())
        scale = min(1.0, self.maxstep / max(ions, 1e-12), LARGEST_STRAIN / max(cell, 1e-12))
        return dpos * scale


def relax(
    atoms: Atoms,
    calculator: BaseCalculator,
    *,
    fmax_eV_A: float,
    smax_GPa: float | None = None,
    max_steps: int,
    label: str,
) -> RelaxOutcome:
    """Relax a cell until forces and, if the cell is free, stress are below their limits.

    A loop of our own on ASE's optimisers, not atomate2's ``AseRelaxer``: that one has no limit on residual
    stress, returns what is not converged as a result, and keeps every frame. With a free cell, BFGS with a
    cell-aware first Hessian needs a third of the force calls of FIRE. No line search: single-precision
    energies are too coarse near the minimum, and it stalls.

    Parameters
    ----------
    atoms : Atoms
        Start; left as it is.
    calculator : ase calculator
        Energies, forces and stress.
    fmax_eV_A : float
        Largest force allowed.
    smax_GPa : float, optional
        Largest component of the stress allowed; None keeps the cell fixed.
    max_steps : int
        Steps after which it has failed.
    label : str
        What is relaxed, for progress and messages.

    Raises
    ------
    RunError
        If the limits are not reached, or a force is not finite.
    """
    work = atoms.copy()
    work.calc = calculator
    if isinstance(calculator, Calculator):
        calculator.reset()  # nearly the same cell may have left a result
    limits = _Limits(fmax_eV_A, smax_GPa, max_steps, label)
    steps = _relax_ions(work, limits) if smax_GPa is None else limits.run(_free_cell(work), work)
    force, stress = limits.left(work)
    if not limits.reached(force, stress):
        raise limits.error(force, stress)
    energy = float(work.get_potential_energy())
    work.calc = None
    return RelaxOutcome(
        atoms=work, energy_eV=energy, fmax_eV_A=force, stress_GPa=np.array(stress), steps=steps
    )


@dataclass
class RelaxMaker(Maker):
    """Relax ions and cell of a model.

    Parameters
    ----------
    spec : RelaxSpec
        Limits; not reaching them is an error.
    name : str
        Name of the job.
    """

    spec: RelaxSpec
    name: str = "relax"

    @science_job(RelaxDocument, version="1")
    def make(self, model: Model, potential: PotentialRef) -> RelaxDocument:
        """Relax a model with a potential.

        Raises
        ------
        RunError
            If it does not converge, or the covalent graph of a lithicone changes; the frame is then left in
            the step's directory.
        """
        outcome = relax(
            model.atoms,
            calculator(potential),
            fmax_eV_A=self.spec.fmax_eV_A,
            smax_GPa=self.spec.smax_GPa,
            max_steps=self.spec.max_steps,
            label=f"{model.name} relax",
        )
        _bonds_hold(model, outcome.atoms)
        relaxed = model.with_atoms(
            outcome.atoms,
            step="relax",
            potential=potential.id,
            fmax_eV_A=self.spec.fmax_eV_A,
            smax_GPa=self.spec.smax_GPa,
        )
        stress = outcome.stress_GPa
        return RelaxDocument(
            model=relaxed,
            potential=potential,
            energy_eV=outcome.energy_eV,
            fmax_eV_A=outcome.fmax_eV_A,
            stress_GPa=(
                stress[0, 0],
                stress[1, 1],
                stress[2, 2],
                stress[1, 2],
                stress[0, 2],
                stress[0, 1],
            ),
            steps=outcome.steps,
            density_g_cm3=relaxed.density_g_cm3,
        )


@dataclass(frozen=True)
class _Limits:
    """When a relaxation is over, and how it says that it is not."""

    fmax_eV_A: float
    smax_GPa: float | None
    max_steps: int
    label: str

    def run(self, optimiser: Optimizer, atoms: Atoms, *, before: int = 0, until: int | None = None) -> int:
        """Step until the limits are reached or the steps are used up; return the steps made in all."""
        last = self.max_steps if until is None else min(until, self.max_steps)
        lookout = Lookout(self.label)
        for _ in optimiser.irun(fmax=0.0, steps=last - before):
            force, stress = self.left(atoms)
            report(self.label, before + optimiser.nsteps, self.max_steps, "steps")
            if self.reached(force, stress):
                break
            lookout.look()
        return before + int(optimiser.nsteps)

    def left(self, atoms: Atoms) -> tuple[float, Array]:
        """Return the largest force, eV/Å, and the stress, GPa."""
        force, stress = _largest(atoms.get_forces()), atoms.get_stress(voigt=False) / GPa
        if not (np.isfinite(force) and np.isfinite(stress).all()):
            raise RunError(
                f"{self.label}: forces are not finite",
                where=self.label,
                hint="atoms lie on top of each other, or the potential does not know such a cell",
            )
        return force, stress

    def reached(self, force: float, stress: Array) -> bool:
        """Return whether both limits are met."""
        settled = self.smax_GPa is None or float(np.abs(stress).max()) <= self.smax_GPa
        return force <= self.fmax_eV_A and settled

    def error(self, force: float, stress: Array) -> RunError:
        """Say how far it came."""
        came = f"largest force {force:.3g} eV/Å (asked {self.fmax_eV_A:g})"
        if self.smax_GPa is not None:
            came += f", largest stress {np.abs(stress).max():.3g} GPa (asked {self.smax_GPa:g})"
        return RunError(
            f"{self.label}: not converged in {self.max_steps} steps: {came}",
            where=self.label,
            hint="raise max_steps, or look at the cell: it may be decomposing",
        )


def _free_cell(atoms: Atoms) -> Optimizer:
    return _IonsAndCell(
        FrechetCellFilter(atoms, exp_cell_factor=1.0),  # type: ignore[arg-type]  # ASE's hints are narrow
        logfile=None,  # type: ignore[arg-type]
        alpha=STIFFNESS_EV_A2,
        bulk_modulus=BULK_MODULUS_GPA * GPa,
        poisson_ratio=POISSON_RATIO,
        maxstep=LONGEST_MOVE_A,
    )


def _relax_ions(atoms: Atoms, limits: _Limits) -> int:
    """Relax ions in a fixed cell, forgetting the curvature now and then: noise spoils it in the long run."""
    steps = 0
    while True:
        optimiser = BFGS(atoms, logfile=None, alpha=STIFFNESS_EV_A2, maxstep=LONGEST_MOVE_A)
        steps = limits.run(optimiser, atoms, before=steps, until=steps + MEMORY_STEPS)
        if steps >= limits.max_steps or limits.reached(*limits.left(atoms)):
            return steps


def _largest(vectors: Array) -> float:
    return float(np.linalg.norm(vectors, axis=1).max())


def _bonds_hold(model: Model, atoms: Atoms) -> None:
    if model.bonds is None:
        return
    from lithicoat.structures.validation import changed_bonds

    changes = changed_bonds(model, atoms)
    if changes:
        frame = _keep(atoms)
        raise RunError(
            f"{model.name} relax: {changes[0]}",
            where=str(frame),
            hint="the cell is not a film of this molecule",
        )


def _keep(atoms: Atoms) -> Path:
    frame = step_directory() / "broken.extxyz"
    atoms.write(frame)
    return frame
