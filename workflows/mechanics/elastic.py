"""Elastic tensor at 0 K with relaxed ions: six strains, both signs, no use of symmetry."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from jobflow import Maker
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.mechanics.elasticity import ElasticResult, elastic_result, fit_tensor
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.dynamics.deadline import part_kept
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.progress import listen, report
from lithicoat.workflows.protocols import ElasticSpec
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["ElasticDocument", "ElasticMaker", "StressTable", "strained_stresses"]

Array = NDArray[np.float64]
Tensor = tuple[tuple[float, ...], ...]

DIRECTIONS = {"xx": (0, 0), "yy": (1, 1), "zz": (2, 2), "yz": (1, 2), "xz": (0, 2), "xy": (0, 1)}
CHECKPOINT = "strains.npz"


class ElasticDocument(BaseModel):
    """The elastic tensor of one model and the stresses it was fitted to."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    result: ElasticResult = Field(description="Tensor, moduli, Born stability.")
    strains: tuple[Tensor, ...] = Field(description="Strains, 3×3 each.")
    stresses_GPa: tuple[Tensor, ...] = Field(
        description="Cauchy stresses with relaxed ions, 3×3 each, positive under tension (ASE's sign)."
    )
    model_hash: str = Field(description="Content hash of the relaxed model.")
    potential: PotentialRef
    spec: ElasticSpec


@dataclass(frozen=True)
class StressTable:
    """Stresses of strained states.

    Parameters
    ----------
    strains : numpy.ndarray, shape (states, 3, 3)
        Symmetric strains against the given cell.
    stresses_GPa : numpy.ndarray, shape (states, 3, 3)
        Cauchy stresses with relaxed ions, positive under tension.
    """

    strains: Array
    stresses_GPa: Array


@dataclass
class ElasticMaker(Maker):
    """Measure the elastic tensor of a relaxed model at 0 K.

    Parameters
    ----------
    spec : ElasticSpec
        Strains and limits.
    name : str
        Name of the job.
    """

    spec: ElasticSpec
    name: str = "elastic"

    @science_job(ElasticDocument, version="2")
    def make(self, model: Model, potential: PotentialRef) -> ElasticDocument:
        """Strain a model in all six directions, relax its ions each time, and fit the tensor.

        Finished strains are kept in the step's directory: a killed run goes on with the next one.

        Raises
        ------
        RunError
            If the ions of a strained cell do not converge; names the strain.
        DataError
            If the tensor is singular.
        """
        table = strained_stresses(
            model.atoms,
            calculator(potential),
            self.spec,
            label=f"{model.name} elastic",
            checkpoint=_Checkpoint.of(step_directory() / CHECKPOINT, model, potential, self.spec),
        )
        fit = fit_tensor(table.strains, table.stresses_GPa)
        return ElasticDocument(
            result=elastic_result(
                fit,
                provenance=provenance(potential, None, model.seed),
                isotropic=model.kind is not ModelKind.CRYSTAL,
            ),
            strains=_tensors(table.strains),
            stresses_GPa=_tensors(table.stresses_GPa),
            model_hash=model.content_hash,
            potential=potential,
            spec=self.spec,
        )


def strained_stresses(
    atoms: Atoms,
    calculator: BaseCalculator,
    spec: ElasticSpec,
    *,
    label: str,
    checkpoint: "_Checkpoint | None" = None,
) -> StressTable:
    """Return the stresses of a cell under six strains of each magnitude and sign, with relaxed ions.

    In each state one component of the strain and its mirror are the magnitude, the others zero. Ions start
    from the affine positions and the displacements that the same direction has shown before, scaled to the
    new strain: the opposite sign then takes few force calls.

    Parameters
    ----------
    atoms : Atoms
        Relaxed cell; left as it is.
    calculator : ase calculator
        Forces and stress.
    spec : ElasticSpec
        Magnitudes and limits.
    label : str
        What is strained, for progress and messages.
    checkpoint : _Checkpoint, optional
        Where finished strains are kept.

    Raises
    ------
    RunError
        If the ions of a state do not converge; names the strain.
    """
    states = list(_states(spec))
    done = checkpoint.load() if checkpoint else _Finished()
    report(label, len(done.stresses_GPa), len(states), "strains")
    with listen(None):
        if done.base_A is None:
            start = relax(
                atoms,
                calculator,
                fmax_eV_A=spec.fmax_eV_A,
                max_steps=spec.max_steps,
                label=f"{label}, no strain",
            )
            done.base_A = start.atoms.positions
    base = atoms.copy()
    base.positions = done.base_A
    for index in range(len(done.stresses_GPa), len(states)):
        direction, magnitude = states[index]
        strained = _strain(base, _tensor(direction, magnitude))
        affine = strained.positions.copy()
        strained.positions += done.guess(states, index)
        with listen(None):
            outcome = relax(
                strained,
                calculator,
                fmax_eV_A=spec.fmax_eV_A,
                max_steps=spec.max_steps,
                label=f"{label}, strain {direction} {magnitude:+g}",
            )
        done.stresses_GPa.append(outcome.stress_GPa)
        done.displacements_A.append(outcome.atoms.positions - affine)
        report(label, index + 1, len(states), "strains")
        if checkpoint:
            checkpoint.save(done)
    if checkpoint:
        checkpoint.remove()
    return StressTable(np.array([_tensor(*state) for state in states]), np.array(done.stresses_GPa))


@dataclass
class _Finished:
    """What is known after some of the strains."""

    base_A: Array | None = None
    stresses_GPa: list[Array] = field(default_factory=list)
    displacements_A: list[Array] = field(default_factory=list)

    def guess(self, states: list[tuple[str, float]], index: int) -> Array | float:
        """Return the internal displacements to expect, from the last state of the same direction."""
        direction, magnitude = states[index]
        for earlier in range(index - 1, -1, -1):
            if states[earlier][0] == direction:
                scaled: Array = self.displacements_A[earlier] * (magnitude / states[earlier][1])
                return scaled
        return 0.0


@dataclass(frozen=True)
class _Checkpoint:
    """A file with the finished strains of one computation."""

    file: Path
    fingerprint: str

    @classmethod
    def of(cls, file: Path, model: Model, potential: PotentialRef, spec: ElasticSpec) -> Self:
        text = json.dumps([model.content_hash, potential.content_hash, spec.model_dump(mode="json")])
        return cls(file, hashlib.sha256(text.encode()).hexdigest())

    def load(self) -> _Finished:
        if not self.file.is_file():
            return _Finished()
        with np.load(self.file) as stored:
            if str(stored["fingerprint"]) != self.fingerprint:
                return _Finished()
            return _Finished(stored["base_A"], [*stored["stresses_GPa"]], [*stored["displacements_A"]])

    def save(self, done: _Finished) -> None:
        arrays: dict[str, Any] = {**vars(done), "fingerprint": np.array(self.fingerprint)}
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        write_atomically(self.file, buffer.getvalue())
        part_kept()

    def remove(self) -> None:
        self.file.unlink(missing_ok=True)


def _states(spec: ElasticSpec) -> Iterator[tuple[str, float]]:
    """All strained states, the two signs of a direction next to each other."""
    for direction in DIRECTIONS:
        for magnitude in sorted(spec.strains):
            yield direction, magnitude
            yield direction, -magnitude


def _tensor(direction: str, magnitude: float) -> Array:
    row, column = DIRECTIONS[direction]
    strain = np.zeros((3, 3))
    strain[row, column] = strain[column, row] = magnitude
    return strain


def _strain(atoms: Atoms, strain: Array) -> Atoms:
    """Return the cell with axes and ions strained alike."""
    strained: Atoms = atoms.copy()
    strained.set_cell(atoms.cell.array @ (np.eye(3) + strain), scale_atoms=True)
    return strained


def _tensors(stack: Array) -> tuple[Tensor, ...]:
    return tuple(tuple(map(tuple, tensor)) for tensor in stack.tolist())
