"""Relaxation of ions and cell that ends converged or fails, with as few force calls as it takes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.filters import FrechetCellFilter
from ase.optimize.bfgs import BFGS
from ase.optimize.cellawarebfgs import CellAwareBFGS
from ase.units import GPa
from jobflow import Maker
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.model import Model
from lithicoat.workflows.calculators import calculator
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials import PotentialRef
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
    hessian_eV_A2 : numpy.ndarray
        Curvature learned on the way, to start a relaxation of a similar cell from.
    """

    atoms: Atoms
    energy_eV: float
    fmax_eV_A: float
    stress_GPa: Array
    steps: int
    hessian_eV_A2: Array


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
    hessian_eV_A2: Array | None = None,
) -> RelaxOutcome:
    """Relax a cell until forces and, if the cell is free, stress are below their limits.

    A loop of our own on ASE's optimisers, not atomate2's ``AseRelaxer``: that one has no limit on residual
    stress, returns what is not converged as a result, and keeps every frame. BFGS with a cell-aware first
    Hessian needs a third of the force calls of FIRE, and falls into a nearer minimum.

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
    hessian_eV_A2 : numpy.ndarray, optional
        Curvature of a similar cell with fixed axes, from an earlier outcome.

    Raises
    ------
    RunError
        If the limits are not reached, or a force is not finite.
    """
    work = atoms.copy()
    work.calc = calculator
    optimiser = _optimiser(work, free_cell=smax_GPa is not None, hessian=hessian_eV_A2)
    try:
        for _ in optimiser.irun(fmax=0.0, steps=max_steps):
            force, stress = _largest(work.get_forces()), work.get_stress(voigt=False) / GPa
            _finite(force, label)
            report(label, optimiser.nsteps, max_steps, "steps")
            if force <= fmax_eV_A and (smax_GPa is None or np.abs(stress).max() <= smax_GPa):
                break
        else:
            reached = f"largest force {force:.3g} eV/Å (asked {fmax_eV_A:g})"
            if smax_GPa is not None:
                reached += f", largest stress {np.abs(stress).max():.3g} GPa (asked {smax_GPa:g})"
            raise RunError(
                f"{label}: not converged in {max_steps} steps: {reached}",
                where=label,
                hint="raise max_steps, or look at the cell: it may be decomposing",
            )
    except np.linalg.LinAlgError as error:
        raise RunError(f"{label}: the relaxation diverged ({error})", where=label) from error
    energy = float(work.get_potential_energy())
    hessian = optimiser.H if optimiser.nsteps else optimiser.H0
    work.calc = None
    return RelaxOutcome(
        atoms=work,
        energy_eV=energy,
        fmax_eV_A=force,
        stress_GPa=np.array(stress),
        steps=optimiser.nsteps,
        hessian_eV_A2=np.array(hessian),
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


def _optimiser(atoms: Atoms, *, free_cell: bool, hessian: Array | None) -> BFGS:
    if free_cell:
        return _IonsAndCell(
            FrechetCellFilter(atoms, exp_cell_factor=1.0),  # type: ignore[arg-type]  # ASE's hints are narrow
            logfile=None,  # type: ignore[arg-type]
            alpha=STIFFNESS_EV_A2,
            bulk_modulus=BULK_MODULUS_GPA * GPa,
            poisson_ratio=POISSON_RATIO,
            maxstep=LONGEST_MOVE_A,
        )
    optimiser = BFGS(atoms, logfile=None, alpha=STIFFNESS_EV_A2, maxstep=LONGEST_MOVE_A)
    if hessian is not None:
        optimiser.H0 = hessian.copy()
    return optimiser


def _largest(vectors: Array) -> float:
    return float(np.linalg.norm(vectors, axis=1).max())


def _finite(force: float, label: str) -> None:
    if not np.isfinite(force):
        raise RunError(
            f"{label}: forces are not finite",
            where=label,
            hint="atoms lie on top of each other, or the potential does not know such a cell",
        )


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
