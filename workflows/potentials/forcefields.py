"""Lithicoat's potentials in atomate2's force-field Makers, and the one of these that screening uses."""

from dataclasses import dataclass
from typing import Any

from ase.calculators.calculator import Calculator
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.model import Model
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["MoleculeDocument", "MoleculeMaker", "force_field", "load"]


def force_field(potential: PotentialRef) -> dict[str, Any]:
    """Return the arguments that make any force-field Maker of atomate2 run with a potential of the registry.

    Examples
    --------
    >>> from atomate2.forcefields.flows.phonons import PhononMaker
    >>> from lithicoat.workflows.potentials.registry import resolve
    >>> PhononMaker.from_force_field_name(**force_field(resolve("chgnet")))  # doctest: +SKIP
    """
    return {
        "force_field_name": {"@module": __name__, "@callable": "load"},
        "calculator_kwargs": {"potential": potential.model_dump()},
    }


def load(*, potential: dict[str, Any], **_: Any) -> Calculator:
    """Return the calculator of a potential that travelled inside a job as plain JSON."""
    return calculator(PotentialRef.model_validate(potential))


class MoleculeDocument(BaseModel):
    """A molecule relaxed in its box."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    formula: str
    energy_eV: float = Field(description="Energy of the molecule, eV.")
    fmax_eV_A: float = Field(description="Largest force left, eV/Å.")


@dataclass
class MoleculeMaker(Maker):
    """Relax a molecule in a fixed box, by atomate2's ForceFieldRelaxMaker.

    Parameters
    ----------
    fmax_eV_A : float
        Largest force allowed; not reaching it is an error.
    max_steps : int
        Steps after which it has failed.
    name : str
        Name of the job.
    """

    fmax_eV_A: float = 0.02
    max_steps: int = 300
    name: str = "molecule"

    @science_job(MoleculeDocument, version="1")
    def make(self, model: Model, potential: PotentialRef) -> MoleculeDocument:
        """Relax the molecule of a model.

        Raises
        ------
        RunError
            If it does not converge: atomate2 returns such a run as a finished one.
        """
        from contextlib import chdir

        import numpy as np
        from atomate2.forcefields.jobs import ForceFieldRelaxMaker
        from pymatgen.io.ase import AseAtomsAdaptor

        maker = ForceFieldRelaxMaker(
            relax_cell=False,
            fix_symmetry=False,
            steps=self.max_steps,
            relax_kwargs={"fmax": self.fmax_eV_A},
            **force_field(potential),
        )
        structure = AseAtomsAdaptor.get_structure(model.atoms)
        relax: Any = ForceFieldRelaxMaker.make
        with chdir(step_directory()):
            result = relax.original(maker, structure).output
        largest = float(np.linalg.norm(result.forces, axis=1).max())
        if largest > self.fmax_eV_A:
            raise RunError(
                f"{model.name}: not converged in {self.max_steps} steps: "
                f"largest force {largest:.3g} eV/Å (asked {self.fmax_eV_A:g})",
                where=model.name,
            )
        return MoleculeDocument(formula=model.formula, energy_eV=result.energy, fmax_eV_A=largest)
