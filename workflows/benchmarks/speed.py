"""How long a step takes: energy, forces and stress by several potentials in one run, one after the other."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, Calculator
from ase.data import chemical_symbols
from pydantic import Field

from lithicoat.workflows.benchmarks.base import Benchmark, Frozen
from lithicoat.workflows.benchmarks.inside import InsidePotential, inside_potential
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.calculators import Precision, calculator, threads
from lithicoat.workflows.potentials.registry import Engine, PotentialRef, elements, info, register, resolve
from lithicoat.workflows.progress import report
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.quiet import quietly

__all__ = ["SpeedBenchmark", "StepTime", "foundation_size", "speed_benchmark", "timing_cells"]

CELLS = {"LiGL": 110, "LAS-1-1": 100, "Li2S": 96}
"""A lithicone, an amorphous film and a crystal of the catalog, with their atoms at most."""
FOUNDATION_NUMBERS = (*range(1, 84), *range(89, 95))
WARM_UP_STEPS = 2
STEPS_PER_REPEAT = 10
MOVE_A = 0.01
"""Every step moves every atom about so far: neighbour lists and graphs are made afresh as in dynamics."""


class StepTime(Frozen):
    """Time of one step of one potential on one cell."""

    cell: str
    atoms: int
    label: str = Field(description="Potential, and its precision if it has several.")
    minimum_ms_per_atom: float = Field(description="Fastest of the repeats, ms per atom.")
    median_ms_per_atom: float = Field(description="Median of the repeats, ms per atom.")


class SpeedBenchmark(Benchmark):
    """Times of one potential beside others, taken in turns in one run."""

    threads: int = Field(description="Threads of torch.")
    device: str = Field(description="Where the potentials run: cpu or the name of the GPU.")
    repeats: int = Field(description="Timed steps of each potential on each cell.")
    times: tuple[StepTime, ...]
    ratios: dict[str, float] = Field(
        description="Other potential → its time over that of this one in the same precision (in that of "
        "dynamics if the other has one only): geometric mean over the cells of the ratios of medians."
    )
    inside_potential: InsidePotential | None = Field(
        None, description="Of dynamics of about 200 atoms; None in documents made before it was measured."
    )

    def lines(self) -> list[str]:
        """Return the table for the terminal."""
        table = [f"{'cell':10s}{'atoms':>6s}  {'potential':30s}{'minimum':>9s}{'median':>9s}  ms/atom/step"]
        table += [
            f"{row.cell:10s}{row.atoms:6d}  {row.label:30s}"
            f"{row.minimum_ms_per_atom:9.3f}{row.median_ms_per_atom:9.3f}"
            for row in self.times
        ]
        done = (
            f"energy, forces, stress; {self.repeats} repeats in turns, {self.threads} threads, {self.device}"
        )
        if self.inside_potential is not None:
            table.append(self.inside_potential.line())
        return [*table, f"{self.potential}: {self.headline()}", done]

    def headline(self) -> str:
        """Return the time of a step of dynamics, and the ratios, in one line."""
        first = next(row.label for row in self.times)
        own = [row.median_ms_per_atom for row in self.times if row.label == first]
        ratios = "".join(f"; {ratio:.1f} x as fast as {other}" for other, ratio in self.ratios.items())
        return f"{statistics.geometric_mean(own):.2f} ms/atom/step{ratios}"

    def against(self, other: Self) -> list[str]:  # noqa: ARG002 - the signature of all benchmarks
        """Return nothing: times compare within one run only, and the others are in it."""
        return []


def speed_benchmark(
    potential: PotentialRef,
    *,
    others: Sequence[PotentialRef] | None = None,
    cells: Mapping[str, Atoms] | None = None,
    repeats: int = 5,
    seed: int = 0,
) -> SpeedBenchmark:
    """Time energy, forces and stress of a potential beside others.

    A MACE is timed in single precision, as dynamics runs it, and in double precision, as relaxations do.

    In every repeat all atoms of a cell move a little and all potentials compute the same cell, one after the
    other, so that what else the machine does strikes them alike.

    Parameters
    ----------
    potential : PotentialRef
        The potential.
    others : sequence of PotentialRef, optional
        Default: chgnet, and a MACE with random weights in the size of the foundation models.
    cells : mapping of str to Atoms, optional
        Default: a lithicone, an amorphous film and a crystal of the catalog, about 100 atoms each.
    repeats : int
        Timed steps.
    seed : int
        Seed of the cells and of the moves.

    Raises
    ------
    UsageError
        If no cell consists of elements that the potential covers, or `repeats` is less than one.
    """
    if repeats < 1:
        raise UsageError(f"repeats is {repeats}, must be at least 1", where="repeats")
    chosen = timing_cells(seed) if cells is None else cells
    known = set(elements(potential))
    chosen = {name: atoms for name, atoms in chosen.items() if known.issuperset(atoms.get_chemical_symbols())}
    if not chosen:
        raise UsageError(f"{potential.id} covers none of the cells that are timed", where=potential.id)
    contenders = _contenders(potential, others)
    rng, times = np.random.default_rng(seed), []
    for number, (name, atoms) in enumerate(chosen.items()):
        report("speed benchmark", number, len(chosen), "cells")
        able = [one for one in contenders if one.covers(atoms)]
        times += _time(name, atoms, able, repeats=repeats, rng=rng)
    report("speed benchmark", len(chosen), len(chosen), "cells")
    return SpeedBenchmark(
        inside_potential=inside_potential(potential, chosen, steps=STEPS_PER_REPEAT * repeats),
        potential=potential.id,
        sha256=potential.sha256,
        versions=provenance(potential, None, None).versions,
        threads=threads(),
        device=_device(),
        repeats=repeats,
        times=tuple(times),
        ratios=_ratios(times, contenders),
    )


def timing_cells(seed: int = 0) -> dict[str, Atoms]:
    """Build the cells of about 100 atoms that are timed, from the catalog."""
    from lithicoat.structures.build import build_models
    from lithicoat.structures.catalog.loading import load_catalog

    catalog = load_catalog(None)
    return {
        name: build_models(catalog.find(name), max_atoms=most, replicas=1, seed=seed)[0].atoms
        for name, most in CELLS.items()
    }


def foundation_size(precision: Precision) -> PotentialRef:
    """Register a MACE with random weights in the size of the foundation models, for this process.

    The size is that of MACE-MP-0 medium: 128 scalar and 128 vector channels, body order 4, spherical
    harmonics up to l = 3, 6 Å, 89 elements, two layers, 4,688,656 parameters (Batatia et al.,
    arXiv:2401.00096). It is evaluated as any other model file is.
    """
    covered = [chemical_symbols[number] for number in FOUNDATION_NUMBERS]
    return register(
        f"mace-foundation-size {precision.value}", lambda: _random_foundation(precision), elements=covered
    )


@dataclass(frozen=True)
class _Contender:
    """A potential in one precision; `precision` is None if it has one only."""

    ref: PotentialRef
    label: str
    engine: BaseCalculator
    precision: Precision | None
    ours: bool

    def covers(self, atoms: Atoms) -> bool:
        """Return whether the potential knows all elements of a cell."""
        return set(elements(self.ref)).issuperset(atoms.get_chemical_symbols())


def _contenders(potential: PotentialRef, others: Sequence[PotentialRef] | None) -> list[_Contender]:
    """Line up the potential in each of its precisions, that of dynamics first, and the others."""
    precisions = (Precision.SINGLE, Precision.DOUBLE)
    several = info(potential).engine is Engine.MACE
    lined = [
        _Contender(
            potential,
            f"{potential.id} {precision.value}" if several else potential.id,
            calculator(potential, precision=precision),
            precision if several else None,
            ours=True,
        )
        for precision in (precisions if several else precisions[:1])
    ]
    if others is not None:
        return lined + [_Contender(ref, ref.id, calculator(ref), None, ours=False) for ref in others]
    chgnet = resolve("chgnet")
    if chgnet.sha256 != potential.sha256:
        lined.append(_Contender(chgnet, chgnet.id, calculator(chgnet), None, ours=False))
    for precision in precisions:
        size = foundation_size(precision)
        lined.append(_Contender(size, size.id, calculator(size), precision, ours=False))
    return lined


def _random_foundation(precision: Precision) -> Calculator:
    import mace  # noqa: F401 - before e3nn: it permits torch to read e3nn's constants
    import torch
    from e3nn import o3
    from mace import modules

    from lithicoat.workflows.potentials.mace_calculator import SinglePassMACE

    block = modules.interaction_classes["RealAgnosticResidualInteractionBlock"]
    default = torch.get_default_dtype()
    try:
        with quietly(), torch.random.fork_rng():
            torch.manual_seed(0)
            model = modules.ScaleShiftMACE(
                r_max=6.0,
                num_bessel=10,
                num_polynomial_cutoff=5,
                max_ell=3,
                interaction_cls=block,
                interaction_cls_first=block,
                num_interactions=2,
                num_elements=len(FOUNDATION_NUMBERS),
                hidden_irreps=o3.Irreps("128x0e+128x1o"),
                MLP_irreps=o3.Irreps("16x0e"),
                gate=torch.nn.functional.silu,
                atomic_energies=np.zeros((1, len(FOUNDATION_NUMBERS))),
                avg_num_neighbors=60.0,
                atomic_numbers=list(FOUNDATION_NUMBERS),
                correlation=3,
                atomic_inter_scale=1.0,
                atomic_inter_shift=0.0,
            )
            return SinglePassMACE(
                models=[model.to(getattr(torch, precision.value))],
                device="cuda" if torch.cuda.is_available() else "cpu",
                default_dtype=precision.value,
            )
    finally:
        torch.set_default_dtype(default)


def _time(
    name: str, atoms: Atoms, contenders: Sequence[_Contender], *, repeats: int, rng: np.random.Generator
) -> list[StepTime]:
    seconds: dict[str, list[float]] = {one.label: [] for one in contenders}
    for step in range(WARM_UP_STEPS + repeats):
        moved = atoms.positions + rng.normal(0, MOVE_A, atoms.positions.shape)
        for one in contenders:
            cell = Atoms(atoms.numbers, positions=moved, cell=atoms.cell, pbc=True)
            cell.calc = one.engine
            began = time.perf_counter()
            cell.get_stress()
            cell.get_forces()
            cell.get_potential_energy()
            if step >= WARM_UP_STEPS:
                seconds[one.label].append(time.perf_counter() - began)
    return [
        StepTime(
            cell=name,
            atoms=len(atoms),
            label=label,
            minimum_ms_per_atom=min(taken) / len(atoms) * 1000,
            median_ms_per_atom=statistics.median(taken) / len(atoms) * 1000,
        )
        for label, taken in seconds.items()
    ]


def _ratios(times: Sequence[StepTime], contenders: Sequence[_Contender]) -> dict[str, float]:
    medians = {(row.cell, row.label): row.median_ms_per_atom for row in times}
    ours = [one for one in contenders if one.ours]
    ratios = {}
    for other in contenders:
        if other.ours:
            continue
        base = next((one for one in ours if one.precision is other.precision), ours[0])
        found = [
            medians[cell, other.label] / medians[cell, base.label]
            for cell, label in medians
            if label == other.label
        ]
        if found:
            ratios[other.label] = statistics.geometric_mean(found)
    return ratios


def _device() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
