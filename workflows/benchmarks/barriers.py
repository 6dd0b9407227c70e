"""Migration barriers of lithium by a potential, beside published ones from density functional theory."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Self

import numpy as np
from ase import Atoms
from jobflow import Maker
from pydantic import Field

from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.benchmarks.base import Benchmark, Frozen, difference
from lithicoat.workflows.benchmarks.running import run_kept
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef, elements
from lithicoat.workflows.progress import report
from lithicoat.workflows.protocols import BandSpec
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.transport.bands import Band, minimum_energy_path

__all__ = [
    "BarrierBenchmark",
    "BarrierMaker",
    "HopBarrier",
    "HopComparison",
    "MigrationHop",
    "PublishedBarrier",
    "barrier_benchmark",
    "hop_barrier",
    "migration_hops",
    "migration_source",
]

DISPUTED_EV = 0.05
"""Published values of one hop that differ by more are no reference."""

Vector = tuple[float, float, float]


class PublishedBarrier(Frozen):
    """One published barrier of a hop."""

    name: str = Field(description="Entry at the source; entries of one hop are related by symmetry.")
    path: str = Field(description="The sites, as the source names them.")
    functional: str
    barrier_eV: float = Field(ge=0, description="Highest energy of the path over its lower end, eV.")
    mace_eV: float | None = Field(None, description="The same by a foundation MACE, as the source gives it.")


class MigrationHop(Frozen):
    """One ion of a cell moves into a vacancy."""

    id: str = Field(description="First of its entries at the source.")
    composition: str
    space_group: str
    published: tuple[PublishedBarrier, ...] = Field(min_length=1)
    mobile: int = Field(ge=0, description="Index of the ion that moves.")
    hop_A: Vector = Field(description="Its displacement.")
    symbols: tuple[str, ...]
    cell_A: tuple[Vector, Vector, Vector]
    positions_A: tuple[Vector, ...] = Field(description="Before the hop.")

    @property
    def ends(self) -> tuple[Atoms, Atoms]:
        """The cell before and after the hop."""
        start = Atoms(list(self.symbols), positions=self.positions_A, cell=self.cell_A, pbc=True)
        end = start.copy()
        end.positions[self.mobile] += self.hop_A
        return start, end

    @property
    def reference_eV(self) -> float:
        """Mean of the published barriers."""
        return float(np.mean([entry.barrier_eV for entry in self.published]))

    @property
    def foundation_eV(self) -> float | None:
        """Mean of the published barriers of a foundation MACE."""
        known = [entry.mace_eV for entry in self.published if entry.mace_eV is not None]
        return float(np.mean(known)) if known else None

    @property
    def dispute(self) -> str:
        """Why the published values are no reference; empty if they are one."""
        values = [entry.barrier_eV for entry in self.published]
        if max(values) - min(values) <= DISPUTED_EV:
            return ""
        return f"published as {' and '.join(f'{value:.3g}' for value in values)} eV: not counted"


class HopBarrier(Frozen):
    """The path of one hop by a potential."""

    id: str
    forward_eV: float = Field(description="Highest energy of the path over its first end, eV.")
    backward_eV: float = Field(description="The same over its second end, eV.")
    path_eV: tuple[float, ...] = Field(description="Energies of the images against the first end, eV.")
    climbed: bool = Field(description="False if no image is above both ends: the path has no top.")
    fmax_eV_A: float = Field(description="Largest force left on the band, eV/Å.")
    steps: int = Field(description="Steps of the band.")
    others_moved_A: float = Field(description="Farthest that any other atom moves between the ends, Å.")

    @property
    def barrier_eV(self) -> float:
        """Highest energy of the path over its lower end, as the references are given."""
        return max(self.forward_eV, self.backward_eV)


class HopComparison(Frozen):
    """One hop: published barriers and that of the potential, eV."""

    id: str
    composition: str
    path: str
    reference_eV: float = Field(description="Mean of the published barriers, eV.")
    foundation_eV: float | None = Field(description="Mean of those of a foundation MACE at the source, eV.")
    ours: HopBarrier
    dispute: str = Field(description="Why the hop is not counted; empty if it is.")


class BarrierBenchmark(Benchmark):
    """Migration barriers of one potential beside published ones."""

    reference: str = Field(description="Where the published barriers come from, with their licence.")
    spec: BandSpec
    hops: tuple[HopComparison, ...]
    failures: dict[str, str] = Field(description="Hop → why it has no barrier.")
    n: int = Field(description="Hops that are counted.")
    mae_eV: float | None = Field(description="Mean absolute error over them, eV; None without hops.")
    mean_error_eV: float | None = Field(description="Mean error, ours minus published, eV.")
    foundation_mae_eV: float | None = Field(description="The same hops by a foundation MACE, eV.")

    def lines(self) -> list[str]:
        """Return the table for the terminal."""
        table = [
            f"{'hop':15s}{'path':18s}{'DFT':>7s}{'ours':>8s}{'forward':>9s}{'back':>8s}{'MACE*':>8s}  eV"
        ]
        for row in self.hops:
            foundation = "–" if row.foundation_eV is None else f"{row.foundation_eV:.3f}"
            table.append(
                f"{row.id:15s}{row.path:18s}{row.reference_eV:7.3f}{row.ours.barrier_eV:8.3f}"
                f"{row.ours.forward_eV:9.3f}{row.ours.backward_eV:8.3f}{foundation:>8s}"
                f"{'  ' + row.dispute if row.dispute else ''}"
            )
        table += [f"{hop:15s}no barrier: {reason}" for hop, reason in self.failures.items()]
        note = (
            "ours and DFT: highest energy over the lower end; MACE*: a foundation MACE, by the hops' source"
        )
        return [*table, f"{self.potential}: {self.headline()}", note]

    def headline(self) -> str:
        """Return the mean errors in one line."""
        if self.mae_eV is None or self.mean_error_eV is None:
            return "no hop is counted"
        beside = "" if self.foundation_mae_eV is None else f"; MACE* {self.foundation_mae_eV:.3f} eV on these"
        errors = f"mean absolute error {self.mae_eV:.3f} eV, mean error {self.mean_error_eV:+.3f} eV"
        return f"{errors}, {self.n} hops{beside}"

    @classmethod
    def of(
        cls,
        rows: Sequence[HopComparison],
        failures: dict[str, str],
        *,
        spec: BandSpec,
        potential: str,
        sha256: str,
        versions: dict[str, str],
    ) -> Self:
        """Take the mean errors over the hops whose published barriers agree."""
        counted = [row for row in rows if not row.dispute]
        reference = [row.reference_eV for row in counted]
        ours = difference([row.ours.barrier_eV for row in counted], reference)
        with_foundation = [
            (row.foundation_eV, row.reference_eV) for row in counted if row.foundation_eV is not None
        ]
        foundation = difference([mace for mace, _ in with_foundation], [dft for _, dft in with_foundation])
        return cls(
            potential=potential,
            sha256=sha256,
            versions=versions,
            reference=migration_source(),
            spec=spec,
            hops=tuple(rows),
            failures=failures,
            n=len(counted),
            mae_eV=ours and ours[0],
            mean_error_eV=ours and ours[1],
            foundation_mae_eV=foundation and foundation[0],
        )

    def restricted_to(self, hops: Sequence[str]) -> Self:
        """Return the benchmark of some of its hops alone."""
        return self.of(
            [row for row in self.hops if row.id in hops],
            {hop: reason for hop, reason in self.failures.items() if hop in hops},
            spec=self.spec,
            potential=self.potential,
            sha256=self.sha256,
            versions=self.versions,
        )

    def against(self, other: Self) -> list[str]:
        """Return the headlines of both on the hops that both have barriers of."""
        common = sorted({row.id for row in self.hops} & {row.id for row in other.hops})
        both = [one.restricted_to(common) for one in (self, other)]
        return ["on the same hops:", *(f"{one.potential:20s} {one.headline()}" for one in both)]


@cache
def migration_hops() -> tuple[MigrationHop, ...]:
    """Return the shipped hops with published barriers."""
    return tuple(MigrationHop.model_validate(entry) for entry in _data()["hops"])


def migration_source() -> str:
    """Return where the published barriers come from, with their licence."""
    return f"{_data()['source']}; {_data()['licence']}"


def barrier_benchmark(
    potential: PotentialRef,
    *,
    hops: Sequence[MigrationHop] | None = None,
    limit: int | None = None,
    spec: BandSpec | None = None,
    db: Where | None = None,
) -> BarrierBenchmark:
    """Compute the migration barriers of the shipped hops with a potential.

    Parameters
    ----------
    potential : PotentialRef
        The potential.
    hops : sequence of MigrationHop, optional
        Default: all shipped ones of elements that the potential covers.
    limit : int, optional
        Hops at most.
    spec : BandSpec, optional
        Limits of the bands.
    db : Path or MongoDatabase, optional
        Database; hops found there are not computed again.

    Returns
    -------
    BarrierBenchmark
        Hops that do not converge are left out, with the reason.

    Raises
    ------
    UsageError
        If the potential covers no hop.
    """
    known, spec = set(elements(potential)), spec or BandSpec()
    chosen = [hop for hop in (migration_hops() if hops is None else hops) if known.issuperset(hop.symbols)]
    if not chosen:
        raise UsageError(
            f"{potential.id} covers none of the hops with a published barrier", where=potential.id
        )
    chosen, rows, failures = chosen[:limit], [], {}
    for number, hop in enumerate(chosen):
        report("barrier benchmark", number, len(chosen), "hops")
        try:
            job = BarrierMaker(spec=spec, name=f"barrier {hop.id}")
            ours = run_kept(job.make(hop, potential), db) if db else hop_barrier(hop, potential, spec)
            rows.append(_comparison(hop, ours))
        except RunError as error:
            failures[hop.id] = str(error)
    report("barrier benchmark", len(chosen), len(chosen), "hops")
    return BarrierBenchmark.of(
        rows,
        failures,
        spec=spec,
        potential=potential.id,
        sha256=potential.sha256,
        versions=provenance(potential, None, None).versions,
    )


@dataclass
class BarrierMaker(Maker):
    """Compute the barrier of one hop.

    Parameters
    ----------
    spec : BandSpec
        Limits of the band.
    name : str
        Name of the job.
    """

    spec: BandSpec = field(default_factory=BandSpec)
    name: str = "barrier"

    @science_job(HopBarrier, version="1")
    def make(self, hop: MigrationHop, potential: PotentialRef) -> HopBarrier:
        """Compute the barrier; see :func:`hop_barrier`."""
        return hop_barrier(hop, potential, self.spec)


def hop_barrier(hop: MigrationHop, potential: PotentialRef, spec: BandSpec) -> HopBarrier:
    """Compute the barrier of one hop, in the cell as it is given.

    Raises
    ------
    RunError
        If an end or the band does not converge, or both ends relax into one minimum.
    """
    start, end = hop.ends
    band = minimum_energy_path(start, end, calculator(potential), spec, mobile=hop.mobile, label=hop.id)
    return HopBarrier(
        id=hop.id,
        forward_eV=band.forward_eV,
        backward_eV=band.backward_eV,
        path_eV=tuple((band.energies_eV - band.energies_eV[0]).tolist()),
        climbed=band.climbed,
        fmax_eV_A=band.fmax_eV_A,
        steps=band.steps,
        others_moved_A=_others_moved_A(band, hop.mobile),
    )


def _others_moved_A(band: Band, mobile: int) -> float:
    shift = np.delete(band.images[-1].positions - band.images[0].positions, mobile, axis=0)
    return float(np.linalg.norm(shift, axis=1).max()) if len(shift) else 0.0


def _comparison(hop: MigrationHop, ours: HopBarrier) -> HopComparison:
    return HopComparison(
        id=hop.id,
        composition=hop.composition,
        path=hop.published[0].path,
        reference_eV=hop.reference_eV,
        foundation_eV=hop.foundation_eV,
        ours=ours,
        dispute=hop.dispute,
    )


@cache
def _data() -> dict[str, Any]:
    text = resources.files("lithicoat.workflows").joinpath("data/migration_barriers.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
