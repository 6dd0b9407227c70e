"""Lattice parameters, volumes and densities of the shipped crystals by a potential, beside known ones."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Self

import numpy as np
from ase import Atoms
from pydantic import Field

from lithicoat.structures.crystals.cells import CrystalInfo, crystal_info, crystal_names, load_crystal
from lithicoat.workflows.benchmarks.base import Benchmark, Frozen
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef, elements
from lithicoat.workflows.progress import listen, report
from lithicoat.workflows.protocols import RelaxSpec
from lithicoat.workflows.provenance import provenance

__all__ = ["CrystalBenchmark", "CrystalComparison", "Reference", "crystal_benchmark", "reference_of"]

RELAX = RelaxSpec(fmax_eV_A=0.01, smax_GPa=0.02, max_steps=500)
MOST_ATOMS = 64
DENSITY = 1.66053906660
"""g/cm³ in u/Å³."""


class Reference(Enum):
    """Where the cell of a shipped crystal comes from."""

    DFT = "DFT"
    """Relaxed with PBE, by the Materials Project or from its data; potentials of MPtrj were trained on it."""
    EXPERIMENT = "experiment"


_DFT = re.compile(r"Materials Project|DFT-relaxed|MP computed", re.IGNORECASE)
_MEASURED = re.compile(r"AMCSD|COD\b|textbook|AFLOW|icsd", re.IGNORECASE)


class CrystalComparison(Frozen):
    """One crystal: its relaxed cell beside the reference."""

    file: str
    formula: str
    reference: Reference
    volume_change: float = Field(description="Volume over that of the reference, less 1.")
    length_change: float = Field(description="Mean of |a / reference - 1| over the three lattice vectors.")
    largest_angle_change_deg: float = Field(description="Largest change of a lattice angle, degrees.")
    density_g_cm3: float = Field(description="Density by the potential, at 0 K, g/cm³.")
    measured_density_g_cm3: float | None = Field(description="Measured density, where known, g/cm³.")

    def line(self) -> str:
        """Return the row of the table."""
        measured = "–" if self.measured_density_g_cm3 is None else f"{self.measured_density_g_cm3:.3f}"
        return (
            f"{self.file:22s}{self.reference.value:11s}{self.volume_change:+8.1%}{self.length_change:9.2%}"
            f"{self.largest_angle_change_deg:9.2f}{self.density_g_cm3:9.3f}{measured:>10s}"
        )


class CrystalBenchmark(Benchmark):
    """Relaxed crystals of one potential."""

    crystals: tuple[CrystalComparison, ...]
    failures: dict[str, str] = Field(description="Crystal → why it has no relaxed cell.")
    left_out: dict[str, str] = Field(description="Crystal → why it is no reference.")
    volume_error: dict[str, float] = Field(description="Kind of reference → mean of |volume change|.")
    density_error: float | None = Field(description="Mean of |density / measured density - 1|.")

    @classmethod
    def of(
        cls,
        crystals: Sequence[CrystalComparison],
        failures: dict[str, str],
        left_out: dict[str, str],
        *,
        potential: str,
        sha256: str,
        versions: dict[str, str],
    ) -> Self:
        """Take the mean errors."""
        kinds = {
            kind.value: [abs(row.volume_change) for row in crystals if row.reference is kind]
            for kind in Reference
        }
        densities = [
            abs(row.density_g_cm3 / row.measured_density_g_cm3 - 1)
            for row in crystals
            if row.measured_density_g_cm3 is not None
        ]
        return cls(
            potential=potential,
            sha256=sha256,
            versions=versions,
            crystals=tuple(crystals),
            failures=failures,
            left_out=left_out,
            volume_error={kind: float(np.mean(values)) for kind, values in kinds.items() if values},
            density_error=float(np.mean(densities)) if densities else None,
        )

    def lines(self) -> list[str]:
        """Return the table for the terminal."""
        columns = (("volume", 8), ("lengths", 9), ("angle °", 9), ("g/cm³", 9), ("measured", 10))
        heading = f"{'crystal':22s}{'reference':11s}" + "".join(f"{name:>{wide}s}" for name, wide in columns)
        return [
            heading,
            *(row.line() for row in self.crystals),
            *(f"{crystal:22s}failed: {reason}" for crystal, reason in self.failures.items()),
            *(f"{crystal:22s}no reference: {reason}" for crystal, reason in self.left_out.items()),
            f"{self.potential}: {self.headline()}",
        ]

    def headline(self) -> str:
        """Return the mean errors in one line."""
        volumes = [f"volume {error:.1%} off {kind}" for kind, error in self.volume_error.items()]
        density = (
            [] if self.density_error is None else [f"density {self.density_error:.1%} off measured ones"]
        )
        return f"mean errors: {', '.join([*volumes, *density])}; {len(self.crystals)} crystals"

    def against(self, other: Self) -> list[str]:
        """Return the headlines of both on the crystals that both have relaxed."""
        common = {row.file for row in self.crystals} & {row.file for row in other.crystals}
        both = [
            one.of(
                [row for row in one.crystals if row.file in common],
                {},
                {},
                potential=one.potential,
                sha256=one.sha256,
                versions=one.versions,
            )
            for one in (self, other)
        ]
        return ["on the same crystals:", *(f"{one.potential:20s} {one.headline()}" for one in both)]


def reference_of(info: CrystalInfo) -> Reference | str:
    """Return what kind of reference a shipped crystal is, or why it is none.

    A cell that was relaxed with a potential, predicted or modelled is no reference; neither are crystals held
    together by dispersion, which the functional behind the potentials leaves out.
    """
    if info.origin in {"predicted", "model", "hypothetical", "molecule"}:
        return f"the file is {info.origin}"
    if "CHGNet-RELAXED" in info.note:
        return "the file was relaxed with chgnet"
    if info.flag or "vdW" in info.note or "molecular" in info.note:
        return "held together by dispersion, which PBE leaves out"
    if _DFT.search(info.source):
        return Reference.DFT
    if _MEASURED.search(info.source):
        return Reference.EXPERIMENT
    return "it is not clear how its cell was found"


def crystal_benchmark(
    potential: PotentialRef, *, files: Sequence[str] | None = None, relax_spec: RelaxSpec = RELAX
) -> CrystalBenchmark:
    """Relax the shipped crystals with a potential and compare cells and densities.

    Parameters
    ----------
    potential : PotentialRef
        The potential.
    files : sequence of str, optional
        Shipped crystals; default: all of elements that the potential covers with at most 64 atoms per cell.
    relax_spec : RelaxSpec
        Limits of the relaxations.

    Raises
    ------
    UsageError
        If there is no crystal with a reference among them.
    """
    known = set(elements(potential))
    cells, left_out, rows, failures = {}, {}, [], {}
    for name in files or crystal_names():
        atoms, kind = load_crystal(name), reference_of(crystal_info(name))
        if not known.issuperset(atoms.get_chemical_symbols()):
            continue
        if isinstance(kind, str):
            left_out[name] = kind
        elif len(atoms) > MOST_ATOMS:
            left_out[name] = f"its cell has {len(atoms)} atoms"
        else:
            cells[name] = atoms, kind
    if not cells:
        raise UsageError(f"{potential.id} covers no shipped crystal with a reference", where=potential.id)
    for number, (name, (atoms, kind)) in enumerate(cells.items()):
        report("crystal benchmark", number, len(cells), "crystals")
        try:
            with listen(None):
                relaxed = relax(atoms, calculator(potential), label=name, **relax_spec.model_dump()).atoms
        except RunError as error:
            failures[name] = str(error)
            continue
        rows.append(_compare(name, kind, atoms, relaxed))
    report("crystal benchmark", len(cells), len(cells), "crystals")
    return CrystalBenchmark.of(
        rows,
        failures,
        left_out,
        potential=potential.id,
        sha256=potential.sha256,
        versions=provenance(potential, None, None).versions,
    )


def _compare(name: str, kind: Reference, reference: Atoms, relaxed: Atoms) -> CrystalComparison:
    info = crystal_info(name)
    before, after = reference.cell.cellpar(), relaxed.cell.cellpar()
    volume = relaxed.get_volume()
    return CrystalComparison(
        file=name,
        formula=info.formula,
        reference=kind,
        volume_change=float(volume / reference.get_volume() - 1),
        length_change=float(np.abs(after[:3] / before[:3] - 1).mean()),
        largest_angle_change_deg=float(np.abs(after[3:] - before[3:]).max()),
        density_g_cm3=float(relaxed.get_masses().sum() / volume * DENSITY),
        measured_density_g_cm3=info.density_reference_g_cm3,
    )
