"""Electrochemical windows by a potential beside published ones and those of measured enthalpies."""

from collections.abc import Sequence

from pydantic import Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.hulls import Film
from lithicoat.analysis.thermochemistry.phases import PhaseKind, Thermochemistry
from lithicoat.analysis.thermochemistry.windows import LITHIUM, Window, electrochemical_window
from lithicoat.workflows.benchmarks.base import Benchmark, Frozen, difference
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.stability.published import (
    PublishedWindow,
    compared_films,
    measured_window,
    published_windows,
)
from lithicoat.workflows.storage import existing_store
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

__all__ = ["WindowBenchmark", "WindowRow", "window_benchmark"]


class WindowRow(Frozen):
    """One film."""

    film: str
    window: Window = Field(description="By the potential, of the crystal of lowest energy.")
    measured: Window | None = Field(
        description="By measured enthalpies alone; None if the film's is not known."
    )
    published: tuple[PublishedWindow, ...] = ()

    def lines(self) -> list[str]:
        """Return the row for the terminal, with what happens at both ends."""
        mark = "*" if self.window.metastable else ""
        first = f"{self.film + mark:8s} {_ends(self.window):23s}"
        measured = _ends(self.measured, plain=True) if self.measured else "not measured"
        further = "; ".join(map(str, self.published)) or "none"
        reactions = [
            f"         {side}: {limit.equation}"
            for side, limit in (("below", self.window.low), ("above", self.window.high))
            if limit.equation
        ]
        return [f"{first} {measured:12s} {further}", *reactions]


class WindowBenchmark(Benchmark):
    """Windows of one potential."""

    references: str = Field(description="Content hash of its reference phases.")
    rows: tuple[WindowRow, ...]
    left_out: dict[str, str] = Field(description="Film → why it has no window by this potential.")

    def lines(self) -> list[str]:
        """Return the table for the terminal."""
        heads = f"{'film':8s} {'V against Li/Li+':23s} {'measured ΔH':12s} published"
        sources = dict.fromkeys(
            f"{one.film}: {one.source}; {one.note}".rstrip("; ") for row in self.rows for one in row.published
        )
        return [
            heads,
            *(line for row in self.rows for line in row.lines()),
            *(f"{film}: left out: {reason}" for film, reason in self.left_out.items()),
            "* above the hull: the window of what it decays to",
            *sources,
            f"{self.potential}: {self.headline()}",
        ]

    def headline(self) -> str:
        """Return the differences to the measured limits in one line."""
        pairs = [pair for row in self.rows if row.measured for pair in _pairs(row.window, row.measured)]
        found = difference(*zip(*pairs, strict=True)) if pairs else None
        if found is None:
            return "no limit that measured enthalpies give"
        films = sum(row.measured is not None for row in self.rows)
        return (
            f"limits off those of measured enthalpies by {found[0]:.2f} V in the mean ({found[1]:+.2f}), "
            f"{len(pairs)} limits of {films} films"
        )


def window_benchmark(
    potential: PotentialRef, *, films: Sequence[str] | None = None, db: Where | None = None
) -> WindowBenchmark:
    """Compute the windows of known compounds from the reference phases of a potential.

    Parameters
    ----------
    potential : PotentialRef
        The potential.
    films : sequence of str, optional
        Formulas; default: those of `data/published_windows.toml`.
    db : Path, optional
        Database in which reference energies of one's own may lie.

    Raises
    ------
    PotentialError
        If the potential has no record of reference energies.
    UsageError
        If it has no window of any of them.
    """
    store = existing_store(db) if db else None
    table = thermochemistry_of(potential, store)
    rows, left_out = [], {}
    for formula in films or compared_films():
        try:
            rows.append(_row(table, formula))
        except DataError as error:
            left_out[formula] = error.message
    if not rows:
        reasons = "; ".join(dict.fromkeys(left_out.values()))
        raise UsageError(f"{potential.id} gives no window: {reasons}", where=potential.id)
    return WindowBenchmark(
        potential=potential.id,
        sha256=potential.sha256,
        versions=provenance(potential, None, None).versions,
        references=table.content_hash,
        rows=tuple(rows),
        left_out=left_out,
    )


def _row(table: Thermochemistry, formula: str) -> WindowRow:
    phase = table.phase(formula)
    film = Film(phase.model_copy(update={"name": f"film {formula}", "kind": PhaseKind.FILM}))
    if phase.kind is PhaseKind.MEASURED:
        raise DataError(f"no crystal of {formula}: only its enthalpy is known", where=formula)
    return WindowRow(
        film=formula,
        window=electrochemical_window(table.restricted(phase.elements | {LITHIUM}), film),
        measured=measured_window(formula),
        published=published_windows(formula),
    )


def _pairs(window: Window, other: Window) -> list[tuple[float, float]]:
    """Return the limits that both windows have; one against lithium metal is 0 and tells nothing."""
    both = ((window.low, other.low), (window.high, other.high))
    return [
        (mine.potential.value, theirs.potential.value)
        for mine, theirs in both
        if mine.potential.value is not None and theirs.potential.value is not None and theirs.equation
    ]


def _ends(window: Window, *, plain: bool = False) -> str:
    low, high = (_end(limit.potential, plain=plain) for limit in (window.low, window.high))
    return f"{low} to {high}"


def _end(potential: Property, *, plain: bool) -> str:
    if potential.value is None:
        return "–"
    if plain or not potential.uncertainty:
        return f"{potential.value:.2f}"
    return f"{potential.value:.2f}±{potential.uncertainty:.2f}"
