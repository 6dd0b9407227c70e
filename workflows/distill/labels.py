"""Labels: configurations with energies, forces and stresses, brought to one form and checked at the door."""

from collections.abc import Iterable, Sequence
from enum import Enum
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.units import Bohr, GPa, Hartree, Rydberg, kcal, kJ, mol
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.distill.checks import LabelError, element_problem, find_problem
from lithicoat.workflows.distill.frames import NO_FAMILY, FrameFile, open_frames, read_frames, write_frames

__all__ = [
    "EnergyUnit",
    "ForceUnit",
    "LabelError",
    "LabelFile",
    "LabelKeys",
    "StressUnit",
    "element_problem",
    "open_labels",
    "read_labels",
    "write_labels",
]

Array = NDArray[np.float64]

ENERGY, FORCES, STRESS = "REF_energy", "REF_forces", "REF_stress"
SYMMETRIC = 1e-3
"""Largest difference of mirrored components of a stress, relative to its largest component."""


class EnergyUnit(Enum):
    """Unit of the energies in a file."""

    EV = "eV"
    HARTREE = "Hartree"
    RYDBERG = "Rydberg"
    KCAL_MOL = "kcal/mol"
    KJ_MOL = "kJ/mol"


class ForceUnit(Enum):
    """Unit of the forces in a file."""

    EV_A = "eV/A"
    HARTREE_BOHR = "Hartree/Bohr"
    RYDBERG_BOHR = "Rydberg/Bohr"
    KCAL_MOL_A = "kcal/mol/A"
    KJ_MOL_A = "kJ/mol/A"


class StressUnit(Enum):
    """Unit and sign of the stresses in a file; ASE's sign is positive under tension."""

    EV_A3 = "eV/A3"
    GPA = "GPa"
    KBAR = "kbar"
    KBAR_VASP = "kbar, VASP's sign"


_EV = {
    EnergyUnit.EV: 1.0,
    EnergyUnit.HARTREE: Hartree,
    EnergyUnit.RYDBERG: Rydberg,
    EnergyUnit.KCAL_MOL: kcal / mol,
    EnergyUnit.KJ_MOL: kJ / mol,
}
_EV_A = {
    ForceUnit.EV_A: 1.0,
    ForceUnit.HARTREE_BOHR: Hartree / Bohr,
    ForceUnit.RYDBERG_BOHR: Rydberg / Bohr,
    ForceUnit.KCAL_MOL_A: kcal / mol,
    ForceUnit.KJ_MOL_A: kJ / mol,
}
_EV_A3 = {
    StressUnit.EV_A3: 1.0,
    StressUnit.GPA: GPa,
    StressUnit.KBAR: 0.1 * GPa,
    StressUnit.KBAR_VASP: -0.1 * GPa,
}


class LabelKeys(BaseModel):
    """What the labels are called in a file, and in which units they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    energy: str = Field(ENERGY, min_length=1, description="Key of the total energy.")
    forces: str = Field(FORCES, min_length=1, description="Name of the column of forces.")
    stress: str = Field(
        STRESS, min_length=1, description="Key of the stress: Voigt xx yy zz yz xz xy, or 3×3."
    )
    alternative: str | None = Field(
        None,
        min_length=1,
        description="Prefix of the labels of a second teacher: where a frame has PREFIX_forces, its forces "
        "and its stress are taken from there; the energy is not.",
    )
    energy_unit: EnergyUnit = Field(EnergyUnit.EV, description="Unit of the energies.")
    force_unit: ForceUnit = Field(ForceUnit.EV_A, description="Unit of the forces.")
    stress_unit: StressUnit = Field(StressUnit.EV_A3, description="Unit and sign of the stresses.")
    trusted: bool = Field(
        False, description="Do not judge energies, forces and stresses by their magnitudes."
    )


class LabelFile(FrameFile):
    """A file of labelled configurations."""


def read_labels(path: Path | str, *, keys: LabelKeys | None = None) -> list[Atoms]:
    """Read labelled configurations.

    Parameters
    ----------
    path : Path or str
        Extended XYZ (also gzipped), or results that ASE reads, such as vasprun.xml and OUTCAR. Of the latter
        ASE's ``energy`` is taken: VASP's energy without entropy (σ → 0), as in the Materials Project.
    keys : LabelKeys, optional
        Names and units in the file.

    Returns
    -------
    list of Atoms
        With ``info`` REF_energy (eV, total), REF_stress (eV/Å³, Voigt xx yy zz yz xz xy, positive under
        tension; if the frame has one), family and source, and ``arrays`` REF_forces (eV/Å, shape (atoms, 3)).
        No calculator.

    Raises
    ------
    LabelError
        If frames have no labels, broken ones, or ones that cannot be in the units they are said to be.
    UsageError
        If the file cannot be read.
    """
    keys = keys or LabelKeys()
    frames = read_frames(path)
    raw = _Raw(frames, keys, str(path))
    clean = [raw.normalised(number) for number in range(len(frames))]
    if problem := find_problem(clean, units=not keys.trusted):
        raise LabelError(f"{path}: {problem.what}", where=str(path), hint=problem.hint)
    return clean


def write_labels(path: Path, frames: Sequence[Atoms]) -> LabelFile:
    """Write labelled configurations as extended XYZ, as a whole or not at all."""
    return LabelFile.model_validate(write_frames(path, frames).model_dump())


def open_labels(file: LabelFile) -> list[Atoms]:
    """Read a file of labels that is known by its content; it was checked when it came in.

    Raises
    ------
    UsageError
        If the file is gone or has changed since.
    """
    return open_frames(file)


class _Raw:
    """The labels of a file as they stand in it."""

    def __init__(self, frames: Sequence[Atoms], keys: LabelKeys, where: str) -> None:
        self.frames, self.keys, self.where = frames, keys, where
        # Results of a calculator count only where no frame has labels under the keys: never a mix of both.
        self.named = any(keys.energy in a.info or keys.forces in a.arrays for a in frames)
        energies = [self._energy(atoms) is not None for atoms in frames]
        forces = [self._forces(atoms) is not None for atoms in frames]
        self._demand(energies, f"energy ({keys.energy})")
        self._demand(forces, f"forces ({keys.forces})")

    def normalised(self, number: int) -> Atoms:
        """Return one frame in the form that :func:`read_labels` promises."""
        old, keys = self.frames[number], self.keys
        forces, stress, rest = self._forces(old), self._stress(old), dict(old.info)
        if keys.alternative and f"{keys.alternative}_forces" in old.arrays:
            forces = old.arrays[f"{keys.alternative}_forces"]
            stress = old.info.get(f"{keys.alternative}_stress")
            rest = {key: v for key, v in rest.items() if not key.startswith(f"{keys.alternative}_")}
        new = Atoms(old.numbers, positions=old.positions, cell=old.cell, pbc=old.pbc)
        for key in {keys.energy, keys.forces, keys.stress}:
            rest.pop(key, None)
        new.info = {**rest, "family": str(rest.get("family", NO_FAMILY)), "source": str(rest["source"])}
        new.info[ENERGY] = self._number(self._energy(old), number) * _EV[keys.energy_unit]
        new.arrays[FORCES] = self._vectors(forces, number, atoms=len(old)) * _EV_A[keys.force_unit]
        if stress is not None:
            new.info[STRESS] = self._voigt(stress, number) * _EV_A3[keys.stress_unit]
        return new

    # --- where the labels are ---------------------------------------------------------------------------

    def _energy(self, atoms: Atoms) -> Any:
        return atoms.info.get(self.keys.energy) if self.named else _result(atoms, "energy")

    def _forces(self, atoms: Atoms) -> Any:
        return atoms.arrays.get(self.keys.forces) if self.named else _result(atoms, "forces")

    def _stress(self, atoms: Atoms) -> Any:
        return atoms.info.get(self.keys.stress) if self.named else _result(atoms, "stress")

    def _demand(self, there: Sequence[bool], what: str) -> None:
        if all(there):
            return
        missing = there.index(False)
        if any(there):
            raise LabelError(
                f"frame {missing + 1} of {self.where} has no {what}, "
                f"while {sum(there)} of {len(there)} have one",
                where=self.where,
                hint="leave out the frames that have no labels, or label them all",
            )
        raise LabelError(
            f"{self.where} is not labelled: none of its {len(there)} frames has {what}",
            where=self.where,
            hint=f"it has {_names(self.frames[0])}; say in [labels.keys] what the labels are called",
        )

    # --- what they look like -----------------------------------------------------------------------------

    def _number(self, value: Any, number: int) -> float:
        try:
            energy = float(value)
        except (TypeError, ValueError):
            energy = float("nan")
        if not isfinite(energy):
            raise self._bad(number, f"has the energy {value}, which is no number")
        return energy

    def _vectors(self, value: Any, number: int, *, atoms: int) -> Array:
        forces = np.asarray(value)
        if forces.shape != (atoms, 3):
            raise self._bad(number, f"has forces of shape {forces.shape} instead of ({atoms}, 3)")
        if forces.dtype.kind not in "fi" or not np.isfinite(forces).all():
            raise self._bad(number, "has forces that are no numbers")
        return forces.astype(float)

    def _voigt(self, value: Any, number: int) -> Array:
        stress = np.asarray(value)
        if stress.dtype.kind not in "fi" or not np.isfinite(stress).all():
            raise self._bad(number, "has a stress that is no number")
        if stress.shape == (6,):
            return stress.astype(float)
        if stress.size != 9:
            raise self._bad(number, f"has a stress of shape {stress.shape}; it should be 6 numbers or 3×3")
        full = stress.reshape(3, 3).astype(float)
        if np.abs(full - full.T).max() > SYMMETRIC * max(float(np.abs(full).max()), 1e-6):
            raise self._bad(number, "has a stress that is not symmetric")
        mean = (full + full.T) / 2
        return np.array([mean[0, 0], mean[1, 1], mean[2, 2], mean[1, 2], mean[0, 2], mean[0, 1]])

    def _bad(self, number: int, what: str) -> LabelError:
        return LabelError(
            f"frame {number + 1} of {self.where} {what}", where=self.where, hint="correct it or leave it out"
        )


def _result(atoms: Atoms, name: str) -> Any:
    return None if atoms.calc is None else atoms.calc.results.get(name)


def _names(atoms: Atoms) -> str:
    columns: Iterable[str] = (name for name in atoms.arrays if name not in ("numbers", "positions"))
    found = [*(key for key in atoms.info if key != "source"), *columns]
    return ", ".join(found) or "positions only"
