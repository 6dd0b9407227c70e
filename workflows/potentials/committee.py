"""A committee: potentials trained alike from other seeds, and what their spread says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef, resolve, shipped

__all__ = ["CommitteeResult", "evaluate", "members_of", "sisters_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CommitteeResult:
    """What the members say of one cell.

    Spreads are sample standard deviations (n - 1) over the members: the standard uncertainty of one member.

    Parameters
    ----------
    members : int
        Number of potentials.
    energy_eV, energy_spread_eV : float
        Mean and spread of the cell's energy.
    forces_eV_A, forces_spread_eV_A : (atoms, 3) array
        Mean and spread of each component.
    stress_eV_A3, stress_spread_eV_A3 : (6,) array
        Mean and spread; Voigt order (xx, yy, zz, yz, xz, xy), positive under tension.
    """

    members: int
    energy_eV: float
    energy_spread_eV: float
    forces_eV_A: Array
    forces_spread_eV_A: Array
    stress_eV_A3: Array
    stress_spread_eV_A3: Array

    @property
    def atom_spreads_eV_A(self) -> Array:
        """Spread of each atom's force vector, shape (atoms,): the measure that active learning looks at."""
        return np.asarray(np.linalg.norm(self.forces_spread_eV_A, axis=1))


def sisters_of(potential: PotentialRef) -> tuple[PotentialRef, ...]:
    """Return the other members of a potential's committee; none if the registry names none."""
    entry = shipped(potential)
    return tuple(resolve(name) for name in entry.committee) if entry is not None else ()


def evaluate(atoms: Atoms, calculators: Sequence[Any]) -> CommitteeResult:
    """Evaluate one cell with all members.

    Parameters
    ----------
    atoms : Atoms
        The cell; left as it is.
    calculators : sequence of ase calculators
        The members, from `lithicoat.workflows.potentials.calculators.calculator`.

    Raises
    ------
    PotentialError
        If there are fewer than two: one has no spread.
    """
    if len(calculators) < 2:
        raise PotentialError(
            f"a committee of {len(calculators)} has no spread",
            where="committee",
            hint="give two potentials or more, trained alike from other seeds",
        )
    energies, forces, stresses = [], [], []
    for member in calculators:
        cell = atoms.copy()
        cell.calc = member
        energies.append(float(cell.get_potential_energy()))
        forces.append(np.array(cell.get_forces()))
        stresses.append(np.array(cell.get_stress()))
    return CommitteeResult(
        members=len(calculators),
        energy_eV=float(np.mean(energies)),
        energy_spread_eV=float(np.std(energies, ddof=1)),
        forces_eV_A=np.mean(forces, axis=0),
        forces_spread_eV_A=np.std(forces, axis=0, ddof=1),
        stress_eV_A3=np.mean(stresses, axis=0),
        stress_spread_eV_A3=np.std(stresses, axis=0, ddof=1),
    )


def members_of(potential: PotentialRef) -> list[Any]:
    """Return the calculators of a potential and its sisters."""
    return [calculator(member) for member in (potential, *sisters_of(potential))]
