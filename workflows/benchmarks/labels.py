"""How well a potential reproduces the labels of the shipped test set."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Self

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, Calculator, all_changes
from pydantic import Field

from lithicoat.analysis.label_errors import LabelErrors
from lithicoat.workflows.benchmarks.base import Benchmark
from lithicoat.workflows.calculators import calculator
from lithicoat.workflows.distill.labels import read_labels
from lithicoat.workflows.distill.validation import label_errors
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.potentials import PotentialRef, elements, sha256_of_file
from lithicoat.workflows.progress import listen, report
from lithicoat.workflows.provenance import provenance

__all__ = ["LabelBenchmark", "label_benchmark", "shipped_labels"]


class LabelBenchmark(Benchmark):
    """Errors of one potential on labelled configurations, per family."""

    labels_sha256: str | None = Field(
        description="sha256 of the file of the labels; None if given as frames."
    )
    errors: LabelErrors = Field(description="MAE and RMSE of energies, forces and stresses, per family.")
    uncovered: int = Field(ge=0, description="Frames left aside: elements that the potential does not cover.")
    failures: dict[str, str] = Field(description="Frame → why the potential does not compute it.")

    def lines(self) -> list[str]:
        """Return the table for the terminal."""
        aside = [f"{self.uncovered} frames of other elements left aside"] if self.uncovered else []
        failed = [f"{frame}: left out: {reason}" for frame, reason in self.failures.items()]
        return [*self.errors.lines(), *aside, *failed, f"{self.potential}: {self.headline()}"]

    def headline(self) -> str:
        """Return the errors over all frames in one line."""
        overall = self.errors.overall
        relative = "" if overall.forces_relative is None else f" ({overall.forces_relative.value:.1%} of rms)"
        stress = "" if overall.stress_mae_GPa is None else f", stress {overall.stress_mae_GPa.value:.2f} GPa"
        return (
            f"MAE of energy {overall.energy_mae_eV_atom.value * 1000:.1f} meV/atom, forces "
            f"{overall.forces_mae_eV_A.value * 1000:.0f} meV/Å{relative}{stress}, {overall.frames} frames"
        )

    def against(self, other: Self) -> list[str]:
        """Return the force errors of both in the families that both have, and the headlines."""
        both = (self, other)
        mine, theirs = ({one.family: one for one in result.errors.families} for result in both)
        rows = [
            f"{family:14s} forces {mine[family].forces_mae_eV_A.value * 1000:6.0f} meV/Å, "
            f"{other.potential} {theirs[family].forces_mae_eV_A.value * 1000:6.0f} meV/Å"
            for family in mine
            if family in theirs
        ]
        return [*rows, *(f"{one.potential:20s} {one.headline()}" for one in both)]


def shipped_labels() -> Path:
    """Return the file of the shipped test set."""
    return Path(str(resources.files("lithicoat.workflows").joinpath("data/labels/test.extxyz.gz")))


def label_benchmark(
    potential: PotentialRef, *, file: Path | None = None, frames: Sequence[Atoms] | None = None
) -> LabelBenchmark:
    """Compare a potential with labelled configurations.

    Parameters
    ----------
    potential : PotentialRef
        The potential.
    file : Path, optional
        Labelled configurations; default: the shipped test set.
    frames : sequence of Atoms, optional
        Labelled frames in place of a file, as `read_labels` returns them.

    Returns
    -------
    LabelBenchmark
        Frames that the potential refuses are left out, with the reason.

    Raises
    ------
    UsageError
        If the potential covers none of the frames, or the file cannot be read.
    LabelError
        If frames of the file have no labels.
    """
    if frames is None:
        file = file or shipped_labels()
        frames = read_labels(file)
    known = set(elements(potential))
    covered = [atoms for atoms in frames if known.issuperset(atoms.get_chemical_symbols())]
    computed, failures = _compute(covered, calculator(potential))
    if not computed:
        raise UsageError(f"{potential.id} computes none of the {len(frames)} frames", where=potential.id)
    with listen(None):
        errors = label_errors([atoms for atoms, _ in computed], _Replay(computed))
    return LabelBenchmark(
        potential=potential.id,
        sha256=potential.sha256,
        versions=provenance(potential, None, None).versions,
        labels_sha256=sha256_of_file(file) if file else None,
        errors=errors,
        uncovered=len(frames) - len(covered),
        failures=failures,
    )


def _compute(
    frames: Sequence[Atoms], engine: BaseCalculator
) -> tuple[list[tuple[Atoms, dict[str, Any]]], dict[str, str]]:
    """Evaluate every frame; one that the potential refuses leaves the others alone."""
    computed, failures = [], {}
    for number, atoms in enumerate(frames):
        report("label benchmark", number, len(frames), "frames")
        copy = atoms.copy()
        copy.calc = engine
        try:
            found: dict[str, Any] = {"forces": copy.get_forces(), "energy": copy.get_potential_energy()}
            if "REF_stress" in atoms.info:
                found["stress"] = copy.get_stress()
        except RunError as error:
            failures[f"{atoms.info['source']} frame {number}"] = str(error)
            continue
        computed.append((atoms, found))
    report("label benchmark", len(frames), len(frames), "frames")
    return computed, failures


class _Replay(Calculator):
    """Gives back what has been computed of each frame."""

    implemented_properties = ["energy", "forces", "stress"]  # noqa: RUF012 - ASE's form

    def __init__(self, computed: Sequence[tuple[Atoms, dict[str, Any]]]) -> None:
        super().__init__()
        self._found = {_digest(atoms): found for atoms, found in computed}

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] | None = None,
    ) -> None:
        """Look the frame up."""
        super().calculate(atoms, properties or ["energy"], system_changes or all_changes)
        if atoms is None:
            msg = "no atoms to look up"
            raise ValueError(msg)
        self.results = dict(self._found[_digest(atoms)])


def _digest(atoms: Atoms) -> bytes:
    return b"".join(
        np.asarray(block).tobytes() for block in (atoms.numbers, atoms.positions, atoms.cell.array)
    )
