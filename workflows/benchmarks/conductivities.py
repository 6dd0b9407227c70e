"""Conductivities at room temperature beside published ones, and the facts of the literature."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from pydantic import Field
from scipy.stats import spearmanr

from lithicoat.analysis.literature import Verdict
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.analysis.transport.arrhenius import ROOM_TEMPERATURE_K, BOLTZMANN_eV_K
from lithicoat.workflows.benchmarks.base import Benchmark
from lithicoat.workflows.benchmarks.comparisons import INDENT, Compared, JudgedFact, compare, judge, row
from lithicoat.workflows.benchmarks.published import OBELIX, facts_about
from lithicoat.workflows.benchmarks.results import barrier_error_eV

__all__ = ["ConductivityBenchmark", "barrier_error_decades"]

FEWEST_TO_ORDER = 3
"""An order is worth a number only among so many."""


class ConductivityBenchmark(Benchmark):
    """Conductivities of one potential beside published ones."""

    reference: str = Field(description="Where the measured conductivities of crystals come from.")
    barrier_error_decades: float | None = Field(
        description="Standard error of a conductivity at 298.15 K by the potential's barriers, decades; "
        "None if no barrier benchmark of it is shipped."
    )
    rows: tuple[Compared, ...]
    facts: tuple[JudgedFact, ...]
    failures: dict[str, str] = Field(description="Film → what failed.")
    not_covered: tuple[str, ...] = Field((), description="Films of elements that the potential has not.")
    try_out: bool = Field(description="True if the protocol is for trying out only.")
    n: int = Field(description="Measured values that are compared.")
    mean_difference_decades: float | None = Field(description="Mean of |ours over measured|, decades.")
    rank_correlation: float | None = Field(description="Spearman's, of ours with the first measured values.")

    @classmethod
    def of(
        cls,
        records: Mapping[str, ScreeningRecord],
        *,
        potential: str,
        sha256: str,
        versions: dict[str, str],
        not_covered: Sequence[str] = (),
    ) -> Self:
        """Hold records against what is published.

        Parameters
        ----------
        records : mapping of str to ScreeningRecord
            By the name of film or crystal.
        potential, sha256, versions
            What computed them.
        not_covered : sequence of str
            Films that the potential cannot compute.
        """
        error = barrier_error_decades(potential, sha256)
        rows = tuple(compare(name, record, error) for name, record in records.items())
        by_film = {row.film: row for row in rows}
        return cls(
            potential=potential,
            sha256=sha256,
            versions=versions,
            reference=OBELIX,
            barrier_error_decades=error,
            rows=rows,
            facts=tuple(judge(fact, by_film, error) for fact in facts_about(set(by_film))),
            failures={name: _failures(record) for name, record in records.items() if record.failures},
            not_covered=tuple(not_covered),
            try_out=any(record.try_out for record in records.values()),
            **_over_all(rows),
        )

    def lines(self) -> list[str]:
        """Return both tables for the terminal."""
        head = row("film", "measured, S/cm", "ours at 298 K, S/cm", "ours over measured")
        table = [head, *(line for one in self.rows for line in one.lines())]
        judged = [line for fact in self.facts for line in fact.lines()]
        return [
            *table,
            *(f"{film:{INDENT}s}failed: {reason}" for film, reason in self.failures.items()),
            *([f"{self.potential} does not cover {', '.join(self.not_covered)}"] if self.not_covered else []),
            *(["", "what the literature says", *judged] if judged else []),
            "",
            f"{self.potential}: {self.headline()}",
            f"measured crystals: {self.reference}; protocol {', '.join(self._protocols())}",
            self._error_note(),
        ]

    def headline(self) -> str:
        """Return the mean difference and the count of verdicts in one line."""
        parts = []
        if self.mean_difference_decades is not None:
            parts.append(
                f"mean difference {self.mean_difference_decades:.1f} decades, {self.n} measured values"
            )
        if self.rank_correlation is not None:
            parts.append(f"rank correlation {self.rank_correlation:.2f}")
        counts = {kind: sum(fact.verdict is kind for fact in self.facts) for kind in Verdict}
        if self.facts:
            parts.append(
                f"of {len(self.facts)} facts {counts[Verdict.AGREES]} agree, "
                f"{counts[Verdict.DISAGREES]} disagree, {counts[Verdict.UNRESOLVED]} not resolved"
            )
        mark = "TRY-OUT: " if self.try_out else ""
        return mark + ("; ".join(parts) or "nothing measured to compare with")

    def restricted_to(self, films: set[str]) -> Self:
        """Return the benchmark of some of its films alone."""
        rows = tuple(row for row in self.rows if row.film in films)
        return self.model_copy(
            update={
                "rows": rows,
                "facts": tuple(fact for fact in self.facts if films.issuperset(fact.fact.films)),
                "failures": {film: reason for film, reason in self.failures.items() if film in films},
                "not_covered": (),
                **_over_all(rows),
            }
        )

    def against(self, other: Self) -> list[str]:
        """Return the headlines of both on the films that both have."""
        common = {row.film for row in self.rows} & {row.film for row in other.rows}
        both = [one.restricted_to(common) for one in (self, other)]
        return ["on the same films:", *(f"{one.potential:20s} {one.headline()}" for one in both)]

    def _protocols(self) -> list[str]:
        return sorted({row.protocol for row in self.rows})

    def _error_note(self) -> str:
        if self.barrier_error_decades is None:
            told = "that of the runs alone: no barrier benchmark of the potential is shipped"
        else:
            decades = f"{self.barrier_error_decades:.1f} decades at 298 K by its shipped benchmark"
            told = f"in ours/measured and in P with the error of the potential's barriers, {decades}"
        assumed = any(one.holds_potential_error for one in self.rows)
        missing = "; how many vacancies there are is assumed and not in it" if assumed else ""
        return f"± is one standard uncertainty, {told}{missing}"


def barrier_error_decades(potential: str, sha256: str) -> float | None:
    """Return what the error of a potential's barriers makes of a conductivity at 298.15 K, decades.

    log10 σ is off by the error of the barrier over kT ln 10. None if the error is not known.
    """
    error_eV = barrier_error_eV(potential, sha256)
    return None if error_eV is None else error_eV / (BOLTZMANN_eV_K * ROOM_TEMPERATURE_K * math.log(10))


class _OverAll(NamedTuple):
    n: int
    mean_difference_decades: float | None
    rank_correlation: float | None


def _over_all(rows: Sequence[Compared]) -> dict[str, float | int | None]:
    """Mean difference over all measured values, and the order of the films by their first one."""
    values = [
        abs(difference.value)
        for row in rows
        for difference in row.differences
        if difference.value is not None and difference.bound is None
    ]
    pairs = [
        (row.logarithm.value, row.measured[0].high_S_cm)
        for row in rows
        if row.differences and row.differences[0].resolved and row.logarithm.value is not None
    ]
    ordered = len(pairs) >= FEWEST_TO_ORDER and all(len(set(side)) > 1 for side in zip(*pairs, strict=True))
    rank = float(spearmanr(*zip(*pairs, strict=True)).statistic) if ordered else None
    return _OverAll(len(values), sum(values) / len(values) if values else None, rank)._asdict()


def _failures(record: ScreeningRecord) -> str:
    return "; ".join(f"{step}: {reason}" for step, reason in record.failures.items())
