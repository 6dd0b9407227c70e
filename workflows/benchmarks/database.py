"""How long a large database on disk takes: opening it, asking it for films, and ranking them."""

import copy
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import bson
import litemongo
import numpy as np
from pydantic import Field

from lithicoat.analysis.database import Database, quantities
from lithicoat.analysis.films.records import FilmStructure, ShellStatistics
from lithicoat.analysis.properties import Bound, Property, Provenance
from lithicoat.analysis.records import CampaignRecord, ModelSummary, ScreeningRecord
from lithicoat.workflows.benchmarks.base import Benchmark, Frozen
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.progress import report

__all__ = ["DatabaseBenchmark", "DatabaseTask", "database_benchmark", "fill"]

FILMS = 100_000
CAMPAIGN = "benchmark"
ASKED = {"shear_modulus_calibrated": (8.5, None), "log10_conductivity_298K": (-9.0, None)}
"""Ranges of the query that is timed."""
FACTS: dict[str, Any] = {
    "potential": "mace-made-up-1",
    "sha256": "5" * 64,
    "protocol": "quick-00000000",
    "seed": 0,
}
COMMAND = "from lithicoat.workflows.cli import main; main()"
LIKELY: dict[str, tuple[float, float]] = {
    "shear_modulus_calibrated": (12.0, 10.0),
    "lowest_elastic_eigenvalue": (8.0, 3.0),
    "log10_conductivity_298K": (-7.0, 3.0),
    "contact_lithium": (-0.2, 0.2),
    "contact_NMC811": (-0.2, 0.2),
    "scavenging_energy": (-3.0, 2.0),
    "scavenging_capacity": (0.04, 0.02),
    "oxidation_volume_ratio": (1.4, 0.4),
    "window_high": (3.0, 1.0),
    "highest_stable_temperature": (900.0, 100.0),
}
"""Mean and spread of made-up values; of the other properties 10 and 3."""
SELDOM = (
    "shear_modulus_300K", "shear_modulus_300K_calibrated", "migration_barrier", "frenkel_energy",
    "intrinsic_conductivity_298K", "oxygen_diffusivity_298K", "oxygen_activation_energy",
    "lithium_over_oxygen", "adhesion_lithium", "adhesion_NMC811", "lithium_spreading", "lithium_adsorption",
)  # fmt: skip
"""Properties that most films do not have."""


class DatabaseTask(Frozen):
    """How long one task took."""

    task: str
    wall_s: float = Field(description="Fastest of the repeats by the clock, s.")
    processor_s: float = Field(description="Least processor time of the repeats, s.")
    limit_s: float | None = Field(
        None, description="What it may take at 100,000 records, s; None if nobody waits."
    )


class DatabaseBenchmark(Benchmark):
    """Times of a large database on disk."""

    films: int
    megabytes: float = Field(description="Size of the records on disk, MB.")
    found: int = Field(description="Records that the query found.")
    repeats: int
    times: tuple[DatabaseTask, ...]

    def lines(self) -> list[str]:
        """Return the table for the terminal."""
        table = [f"{'task':44s}{'clock s':>9s}{'CPU s':>9s}{'may take':>10s}"]
        for row in self.times:
            limit = "" if row.limit_s is None else f"{row.limit_s:g} s"
            table.append(f"{row.task:44s}{row.wall_s:9.3f}{row.processor_s:9.3f}{limit:>10s}")
        size = f"{self.megabytes:.0f} MB, {1000 * self.megabytes / self.films:.0f} kB each"
        return [
            *table,
            f"{self.films} made-up records, {size}; the query found {self.found}; best of {self.repeats}",
        ]

    def headline(self) -> str:
        """Return the times in one line."""
        return f"{self.films} records: " + "; ".join(f"{row.task} {row.wall_s:.2f} s" for row in self.times)


def database_benchmark(*, films: int = FILMS, repeats: int = 3, seed: int = 0) -> DatabaseBenchmark:
    """Make a database in a temporary directory and time what people wait for.

    Parameters
    ----------
    films : int
        How many records.
    repeats : int
        How often each task is timed.
    seed : int
        Of the made-up numbers.

    Raises
    ------
    UsageError
        If there is no room for it.
    RunError
        If the ranking fails.
    """
    with tempfile.TemporaryDirectory(prefix="lithicoat-benchmark-") as name:
        directory = Path(name)
        _room(directory, films)
        fill(directory, films, seed=seed)
        tasks = [_timed("making the index, once", lambda: Database(directory).snapshot(), repeats=1)]
        opened = Database(directory)
        waited: dict[str, tuple[Callable[[], object], float]] = {
            "opening, with all numbers": (lambda: Database(directory).snapshot(), 1.0),
            "query: two ranges, a role, two properties": (lambda: _asked(opened), 0.1),
            "lithicoat rank --role anode, start to end": (lambda: _ranked(directory), 10.0),
        }
        tasks += [
            _timed(name, task, repeats=repeats, limit_s=limit) for name, (task, limit) in waited.items()
        ]
        return DatabaseBenchmark(
            films=films,
            megabytes=(directory / "lithicoat" / "records").stat().st_size / 1e6,
            found=len(_asked(opened)),
            repeats=repeats,
            times=tuple(tasks),
            versions={name: metadata.version(name) for name in ("lithicoat", "litemongo", "numpy", "pandas")},
        )


def fill(directory: Path, films: int, *, seed: int = 0) -> None:
    """Fill a directory with a database of made-up records as large as real ones, and their campaign.

    Parameters
    ----------
    directory : Path
        Of the database.
    films : int
        How many.
    seed : int
        Of their numbers.
    """
    opened = litemongo.connect(f"file:{directory}")["lithicoat"]
    campaign = CampaignRecord(
        name=CAMPAIGN,
        coatings=tuple(_name(index) for index in range(films)),
        numbers={},
        state="finished",
        **FACTS,
    )
    opened["campaigns"].insert_one(campaign.model_dump(mode="json"))
    opened["records"].create_index("coating")
    opened.client.close()
    file = directory / "lithicoat" / "records"
    with closing(sqlite3.connect(file)) as connection, connection:  # the store's own form, all at once
        connection.executemany("INSERT INTO documents VALUES (?, ?)", _rows(films, seed=seed))


def _rows(films: int, *, seed: int) -> Iterator[tuple[str, bytes]]:
    """Give keys and documents: one real record after another with other numbers."""
    template = _template().model_dump(mode="json")
    rng = np.random.default_rng(seed)
    names = list(template["properties"])
    middle = np.array([LIKELY.get(name, (10.0, 3.0)) for name in names])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    document = copy.deepcopy(template)
    for index in range(films):
        if index % 1000 == 0:
            report("records", index, films, "records")
        values = rng.normal(middle[:, 0], middle[:, 1]).tolist()
        missing, bounded = rng.random((2, len(names))) < 0.08
        for name, value, without, bound in zip(names, values, missing, bounded, strict=True):
            entry = document["properties"][name]
            entry["value"] = None if without else value
            entry["uncertainty"] = None if without or bound else 0.1 * abs(value)
            entry["bound"] = Bound.UPPER.value if bound and not without else None
            entry["flags"] = [
                f"{int(100 * abs(value)) % 100}% left over",
                *template["properties"][name]["flags"],
            ]
        document["coating"] = _name(index)
        document["role"] = ("anode", "cathode", "both")[index % 3]
        document["created_at"] = (start + timedelta(seconds=index)).isoformat()
        key = bson.ObjectId()
        yield f"o:{key}", bson.encode({"_id": key, **document})


def _template() -> ScreeningRecord:
    """Return a record with as much in it as a real one."""
    versions = dict.fromkeys(("lithicoat", "ase", "atomate2", "chgnet", "kinisi", "torch"), "2026.11.22")
    origin = Provenance(**FACTS, versions=versions)
    flags = ("cell not isotropic: anisotropy index 1; a larger cell is better", "try-out protocol")

    def number(unit: str) -> Property:
        return Property(value=1.0, uncertainty=0.1, unit=unit, flags=flags, provenance=origin)

    shells = tuple(
        ShellStatistics(
            center=center,
            neighbor=neighbor,
            peak=number("Å"),
            edge_A=3.0,
            coordination=number("1"),
            by_replica=(4.0,),
            shares=(0.1, 0.2, 0.3, 0.4),
        )
        for center in ("Li", "C", "O")
        for neighbor in ("Li", "O")
    )
    return ScreeningRecord(
        coating="template",
        name="made-up film",
        family="made up",
        role="both",
        campaign=CAMPAIGN,
        try_out=True,
        **FACTS,
        properties={name: number(facts.unit) for name, facts in quantities().items() if name not in SELDOM},
        models=(
            ModelSummary(
                content_hash="a" * 64, kind="molecular", formula="C6H10Li6O6", atoms=28, density_g_cm3=1.4
            ),
        ),
        structure=FilmStructure(
            replicas=1, wanted=1, seeds=(0,), density=number("g/cm3"), densities_g_cm3=(1.4,), shells=shells
        ),
        steps={f"{index:064x}": f"step {index}" for index in range(14)},
    )


def _asked(database: Database) -> Any:
    return database.table("shear_modulus_calibrated", "log10_conductivity_298K", role="anode", where=ASKED)


def _ranked(directory: Path) -> None:
    """Rank as a user does, in a process of its own."""
    command = [sys.executable, "-c", COMMAND, "rank", "--role", "anode", "--db", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunError(f"the ranking failed: {done.stderr.strip().splitlines()[-1]}", where="rank")


def _timed(
    name: str, task: Callable[[], object], *, repeats: int, limit_s: float | None = None
) -> DatabaseTask:
    clocks, processors = [], []
    for done in range(repeats):
        report(name, done, repeats, "repeats")
        clock, processor = time.perf_counter(), _processor_s()
        task()
        clocks.append(time.perf_counter() - clock)
        processors.append(_processor_s() - processor)
    return DatabaseTask(task=name, wall_s=min(clocks), processor_s=min(processors), limit_s=limit_s)


def _processor_s() -> float:
    """Return the processor time of this process and of those it waited for, s."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _room(directory: Path, films: int) -> None:
    """Refuse to fill a disk: a record takes some 30 kB, its row in the index 2."""
    needed, free = 40_000 * films, shutil.disk_usage(directory).free
    if needed > free:
        raise UsageError(
            f"{films} records take {needed / 1e9:.1f} GB, and {directory} has {free / 1e9:.1f} GB",
            where="--records",
            hint="ask for fewer, or name another directory with TMPDIR",
        )


def _name(index: int) -> str:
    return f"film-{index:06d}"
