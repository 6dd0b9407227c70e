"""How far the analysis of diffusion can be trusted: synthetic runs whose answers are known exactly."""

import resource
import subprocess
import sys
import time
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.conductivity import nernst_einstein_factor
from lithicoat.analysis.transport.diffusion import analyse_run
from lithicoat.analysis.transport.records import TemperatureResult
from lithicoat.workflows.benchmarks.base import Benchmark, Frozen
from lithicoat.workflows.benchmarks.walks import (
    FRAME_INTERVAL_PS,
    IONS,
    SPACING_A,
    WALKS,
    Walk,
    in_framework,
)
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.progress import announce, report
from lithicoat.workflows.provenance import provenance

__all__ = ["AnalysisCost", "Coverage", "TransportBenchmark", "analysis_cost", "transport_benchmark"]

TEMPERATURE_K = 800.0
VOLUME_A3 = IONS * SPACING_A**3
ACCEPTED = 0.9
_SIGMAS = 1.96


class Coverage(Frozen):
    """How often the 95 % interval of one quantity held the exact value."""

    walk: str = Field(description="What the ions do.")
    quantity: str = Field(description="D, H_R, sigma, or the diffusivity along x, y and z.")
    unit: str = Field(description="Unit of exact and mean value.")
    exact: float = Field(description="Exact value.")
    mean: float = Field(description="Mean of what was found.")
    covered: int = Field(
        ge=0, description="Runs whose value ± 1.96 standard uncertainties holds the exact value."
    )
    resolved: int = Field(ge=0, description="Runs that gave a value.")
    runs: int = Field(gt=0, description="All runs.")

    @property
    def fraction(self) -> float:
        """Share of the resolved runs whose interval held the exact value."""
        return self.covered / self.resolved if self.resolved else 0.0


class AnalysisCost(Frozen):
    """What the analysis of one long run takes."""

    frames: int = Field(gt=0, description="Frames.")
    atoms: int = Field(gt=0, description="Atoms, half of them mobile.")
    seconds: float = Field(gt=0, description="Processor time of the analysis, s.")
    peak_GB: float = Field(gt=0, description="Most memory of the process, the positions included, GB.")


class TransportBenchmark(Benchmark):
    """Coverage of the intervals on synthetic runs, and the cost of a long one."""

    coverage: tuple[Coverage, ...] = Field(description="One row for each kind of motion and quantity.")
    cost: AnalysisCost | None = Field(description="A long run; None if it was left out.")

    def lines(self) -> list[str]:
        """Return the table for the terminal."""
        heads = f"{'motion':16s}{'quantity':>9s}{'exact':>11s}{'mean':>11s} {'unit':6s}"
        table = [f"{heads}{'covered':>9s}{'resolved':>10s}"]
        table += [
            f"{row.walk:16s}{row.quantity:>9s}{row.exact:11.3g}{row.mean:11.3g} {row.unit:6s}"
            f"{row.fraction:8.0%} {row.resolved:6d} of {row.runs}"
            for row in self.coverage
        ]
        return [*table, self.headline()]

    def headline(self) -> str:
        """Return the lowest coverage and the cost in one line."""
        worst = min(self.coverage, key=lambda row: row.fraction)
        text = (
            f"95 % intervals hold the exact value in {worst.fraction:.0%} of the runs or more "
            f"({worst.quantity}, {worst.walk}; {ACCEPTED:.0%} asked)"
        )
        if self.cost is None:
            return text
        cost = self.cost
        size = f"{cost.frames} frames x {cost.atoms} atoms"
        return f"{text}; {size} in {cost.seconds:.0f} s and {cost.peak_GB:.1f} GB"


def transport_benchmark(
    seeds: int = 100, *, walks: Sequence[Walk] = WALKS, frames: int = 100_000, atoms: int = 200
) -> TransportBenchmark:
    """Analyse synthetic runs with known answers, and time the analysis of a long one.

    Parameters
    ----------
    seeds : int
        Runs of each kind.
    walks : sequence of Walk
        Kinds of motion; all that there are if not given.
    frames, atoms : int
        Size of the long run; with no frames it is left out.

    Raises
    ------
    UsageError
        If `seeds` is less than one.
    """
    if seeds < 1:
        raise UsageError(f"seeds is {seeds}, must be at least 1", where="seeds")
    rows: list[Coverage] = []
    for walk in walks:
        results = []
        for seed in range(seeds):
            results.append(_analysed(walk, seed))
            report(walk.name, seed + 1, seeds, "runs")
        rows += _coverage(walk, results)
    cost = None
    if frames:
        announce(f"analysis of {frames} frames x {atoms} atoms")
        cost = analysis_cost(frames, atoms)
    return TransportBenchmark(coverage=tuple(rows), cost=cost, versions=provenance(None, None, None).versions)


def _analysed(walk: Walk, seed: int) -> TemperatureResult:
    rng = np.random.default_rng(seed)
    positions, masses, mobile = in_framework(walk.make(rng), rng)
    return analyse_run(
        positions,
        masses=masses,
        mobile=mobile,
        frame_interval_ps=FRAME_INTERVAL_PS,
        temperature_K=TEMPERATURE_K,
        volume_A3=VOLUME_A3,
        seed=seed,
        site_spacing_A=SPACING_A,
    )


def _coverage(walk: Walk, results: list[TemperatureResult]) -> list[Coverage]:
    D = walk.diffusivity_cm2_s
    factor = nernst_einstein_factor(ions=IONS, volume_A3=VOLUME_A3, temperature_K=TEMPERATURE_K)
    with_haven = [result.conductivity for result in results if result.haven_ratio.resolved]
    rows = [
        _row(walk, "D", D, [result.diffusivity for result in results], len(results)),
        _row(walk, "H_R", walk.haven, [result.haven_ratio for result in results], len(results)),
        _row(walk, "sigma", factor * D / walk.haven, with_haven, len(results)),
    ]
    tensors = [result.tensor for result in results if result.tensor is not None]
    for k, name in enumerate(("D_xx", "D_yy", "D_zz")):
        found = [
            Property(value=tensor.tensor_cm2_s[k][k], uncertainty=tensor.error_cm2_s[k][k], unit="cm2/s")
            for tensor in tensors
        ]
        rows.append(_row(walk, name, walk.directions_A2_ps[k] * 1e-4, found, len(results)))
    return rows


def _row(walk: Walk, quantity: str, exact: float, found: Sequence[Property], runs: int) -> Coverage:
    pairs = [(p.value, p.uncertainty) for p in found if p.resolved and p.value is not None and p.uncertainty]
    return Coverage(
        walk=walk.name,
        quantity=quantity,
        unit=found[0].unit if found else "",
        exact=exact,
        mean=float(np.mean([value for value, _ in pairs])) if pairs else 0.0,
        covered=sum(abs(value - exact) <= _SIGMAS * error for value, error in pairs),
        resolved=len(pairs),
        runs=runs,
    )


def analysis_cost(frames: int, atoms: int) -> AnalysisCost:
    """Time the analysis of a long run in a process of its own, which shows its peak memory.

    Raises
    ------
    RunError
        If that process fails, for want of memory for instance.
    """
    code = f"from {__name__} import long_run; print(long_run({frames}, {atoms}).model_dump_json())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunError(
            f"the analysis of {frames} frames x {atoms} atoms failed: {done.stderr.strip()[-200:]}",
            where="transport benchmark",
        )
    return AnalysisCost.model_validate_json(done.stdout)


def long_run(frames: int, atoms: int) -> AnalysisCost:
    """Analyse hopping ions among vibrating atoms, in single precision as a trajectory has them."""
    rng = np.random.default_rng(0)
    side = int(np.ceil(np.cbrt(atoms)))
    sites = SPACING_A * np.stack(np.unravel_index(np.arange(atoms), (side, side, side)), axis=1)
    positions = np.empty((frames, atoms, 3), dtype=np.float32)
    mobile = np.arange(atoms) % 2 == 0
    for atom in range(atoms):
        hops = (rng.random(frames) < 1e-3) * mobile[atom] * rng.choice([-1, 1], frames)
        step = np.eye(3)[rng.integers(0, 3, frames)] * hops[:, None] * SPACING_A
        positions[:, atom] = sites[atom] + np.cumsum(step, axis=0) + rng.normal(0, 0.2, (frames, 3))
    begin = time.process_time()
    analyse_run(
        positions,
        masses=np.where(mobile, 6.94, 32.06),
        mobile=mobile,
        frame_interval_ps=0.05,
        temperature_K=TEMPERATURE_K,
        volume_A3=(side * SPACING_A) ** 3,
        seed=0,
        cell_A=side * SPACING_A * np.eye(3),
        energies_eV=rng.normal(size=frames),
    )
    seconds = time.process_time() - begin
    unit = 1e9 if sys.platform == "darwin" else 1e6  # bytes there, kilobytes elsewhere
    peak_GB = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return AnalysisCost(frames=frames, atoms=atoms, seconds=seconds, peak_GB=peak_GB)
