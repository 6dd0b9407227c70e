"""How long the decision takes on a large database: the criterion and the ranking of made-up films."""

import time
from collections.abc import Callable
from importlib import metadata

import numpy as np
from pydantic import Field

from lithicoat.analysis.criterion.linear_stability import criterion_of
from lithicoat.analysis.decision.ranking import rank
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.workflows.benchmarks.base import Benchmark, Frozen
from lithicoat.workflows.progress import report

__all__ = ["RankingBenchmark", "TimedTask", "made_up_records", "ranking_benchmark"]

FILMS = 100_000
BOUNDED = 0.2
"""Share of the films whose conductivity is an upper bound."""


class TimedTask(Frozen):
    """How long one task took."""

    task: str
    films: int
    wall_s: float = Field(description="Fastest of the repeats by the clock, s.")
    processor_s: float = Field(description="Least processor time of the repeats, s.")


class RankingBenchmark(Benchmark):
    """Times of criterion and ranking."""

    draws: int = Field(description="Draws of every property in the rankings.")
    repeats: int
    times: tuple[TimedTask, ...]

    def lines(self) -> list[str]:
        """Return the table for the terminal."""
        table = [f"{'task':28s}{'films':>9s}{'clock s':>9s}{'CPU s':>9s}"]
        table += [
            f"{row.task:28s}{row.films:9d}{row.wall_s:9.2f}{row.processor_s:9.2f}" for row in self.times
        ]
        return [*table, f"best of {self.repeats}; {self.draws} draws; made-up films, one thread"]

    def headline(self) -> str:
        """Return the times in one line."""
        return "; ".join(f"{row.task}, {row.films} films: {row.wall_s:.1f} s" for row in self.times)


def ranking_benchmark(*, films: int = FILMS, repeats: int = 2, seed: int = 0) -> RankingBenchmark:
    """Time the criterion and the rankings of both electrodes.

    Parameters
    ----------
    films : int
        How many made-up films.
    repeats : int
        How often each task is timed.
    seed : int
        Seed of the films.
    """
    draws = 10_000
    records = made_up_records(films, seed=seed)
    rng = np.random.default_rng(seed)
    moduli = np.exp(rng.normal(np.log(12.0), 0.8, films))
    poisson, ratios = rng.uniform(0.1, 0.4, films), np.exp(rng.normal(np.log(0.1), 0.5, films))
    tasks: dict[str, Callable[[], object]] = {
        "criterion": lambda: criterion_of(
            moduli,
            poisson=poisson,
            volume_ratio=ratios,
            shear_modulus_uncertainty_GPa=0.25 * moduli,
            poisson_uncertainty=0.03,
            volume_ratio_uncertainty=0.1 * ratios,
            thickness_nm=20.0,
        ),
        "ranking of the anode": lambda: rank(records, Electrode.ANODE, draws=draws),
        "ranking of the cathode": lambda: rank(records, Electrode.CATHODE, draws=draws),
    }
    return RankingBenchmark(
        draws=draws,
        repeats=repeats,
        times=tuple(_timed(name, task, films=films, repeats=repeats) for name, task in tasks.items()),
        versions={name: metadata.version(name) for name in ("lithicoat", "numpy", "scipy", "moocore")},
    )


def made_up_records(films: int, *, seed: int = 0) -> list[ScreeningRecord]:
    """Make records whose properties are spread as those of real films are.

    Parameters
    ----------
    films : int
        How many.
    seed : int
        Of their numbers.
    """
    rng = np.random.default_rng(seed)
    moduli = np.exp(rng.normal(np.log(12.0), 0.8, films))
    decades = rng.normal(-7.0, 3.0, films)
    bounds = [Bound.UPPER if chance < BOUNDED else None for chance in rng.random(films)]
    contacts = -np.abs(rng.normal(0.0, 0.3, (2, films)))
    energies, capacities = rng.uniform(-6, 0, films), rng.uniform(0, 0.08, films)
    volumes, limits = np.exp(rng.normal(0.3, 0.3, films)), rng.uniform(1.5, 6, films)

    def quantity(value: float, uncertainty: float, unit: str, bound: Bound | None = None) -> Property:
        return Property(value=value, uncertainty=uncertainty, unit=unit, bound=bound)

    return [
        ScreeningRecord(
            coating=f"film-{index:06d}",
            name="made-up film",
            family="made up",
            role="both",
            campaign="benchmark",
            potential="none",
            sha256="0" * 64,
            protocol="none",
            try_out=True,
            seed=seed,
            properties={
                "highest_stable_temperature": Property(value=900.0, unit="K"),
                "lowest_elastic_eigenvalue": quantity(moduli[index], 0.2 * moduli[index], "GPa"),
                "shear_modulus_calibrated": quantity(moduli[index], 0.25 * moduli[index], "GPa"),
                "log10_conductivity_298K": quantity(decades[index], 1.0, "decades", bounds[index]),
                "contact_lithium": quantity(contacts[0, index], 0.05, "eV/atom"),
                "contact_NMC811": quantity(contacts[1, index], 0.05, "eV/atom"),
                "scavenging_energy": quantity(energies[index], 0.2, "eV/O2"),
                "scavenging_capacity": quantity(capacities[index], 0.004, "mol O2/cm3"),
                "oxidation_volume_ratio": quantity(volumes[index], 0.1, "1"),
                "window_high": quantity(limits[index], 0.1, "V"),
            },
        )
        for index in range(films)
    ]


def _timed(name: str, task: Callable[[], object], *, films: int, repeats: int) -> TimedTask:
    clocks, processors = [], []
    for done in range(repeats):
        report(name, done, repeats, "repeats")
        clock, processor = time.perf_counter(), time.process_time()
        task()
        clocks.append(time.perf_counter() - clock)
        processors.append(time.process_time() - processor)
    return TimedTask(task=name, films=films, wall_s=min(clocks), processor_s=min(processors))
