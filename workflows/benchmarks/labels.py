"""How well a potential reproduces the labels of the shipped test set."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Self

from ase import Atoms
from pydantic import Field

from lithicoat.analysis.label_errors import LabelErrors, compare
from lithicoat.workflows.benchmarks.base import Benchmark
from lithicoat.workflows.distill.labels import read_labels
from lithicoat.workflows.distill.validation import labels_of, predictions_of
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef, elements, sha256_of_file
from lithicoat.workflows.progress import report
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
    engine, failures = calculator(potential), {}
    labels, predictions = [], []
    for number, atoms in enumerate(covered):
        report("label benchmark", number, len(covered), "frames")
        try:
            predictions.append(predictions_of(atoms, engine))
        except RunError as error:
            failures[f"{atoms.info['source']} frame {number}"] = str(error)
            continue
        labels.append(labels_of(atoms))
    report("label benchmark", len(covered), len(covered), "frames")
    if not labels:
        raise UsageError(f"{potential.id} computes none of the {len(frames)} frames", where=potential.id)
    return LabelBenchmark(
        potential=potential.id,
        sha256=potential.sha256,
        versions=provenance(potential, None, None).versions,
        labels_sha256=sha256_of_file(file) if file else None,
        errors=compare(labels, predictions),
        uncovered=len(frames) - len(covered),
        failures=failures,
    )
