"""One conductivity beside its published values, and one fact of the literature judged by computed ones."""

import math
import textwrap
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import Field

from lithicoat.analysis.literature import Belief, Span, Verdict, verdict
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.workflows.benchmarks.base import Frozen
from lithicoat.workflows.benchmarks.published import Fact, Measured, measured_of

__all__ = ["Compared", "JudgedFact", "compare", "decades_text", "judge", "row", "sigma_text"]

DEFECT_MODEL = "vacancy model"
"""How the flag of a conductivity begins whose uncertainty holds the potential's error already."""
INDENT = 16
WIDTH = 100


class Compared(Frozen):
    """One film or crystal: what was measured and what was computed."""

    film: str
    measured: tuple[Measured, ...] = Field(description="Published values; none if no source is at hand.")
    conductivity: Property = Field(description="Ours at 298.15 K, S/cm.")
    logarithm: Property = Field(
        description="Its decimal logarithm; the uncertainty is that of the runs, or of the defect model."
    )
    holds_potential_error: bool = Field(
        description="Whether that uncertainty has the potential's error in it already."
    )
    differences: tuple[Property, ...] = Field(
        description="Ours over each measured value, decades; with the potential's error."
    )
    protocol: str = Field(description="Label of the protocol.")

    @property
    def model(self) -> str:
        """What the number rests on, in one phrase; of a missing one, why."""
        named = [flag for flag in self.conductivity.flags if flag.startswith(DEFECT_MODEL)]
        if named or self.conductivity.value is None:
            return "; ".join(named or self.conductivity.flags)
        kept = [flag for flag in self.conductivity.flags if flag.startswith(("extrapolated", "below that"))]
        return "; ".join(["molecular dynamics", *kept])

    def lines(self) -> list[str]:
        """Return its rows of the table."""
        film, ours = self.film, sigma_text(self.logarithm)
        rows = [] if self.measured else [row(film, "–", ours, "no measured value with a source")]
        for there, difference in zip(self.measured, self.differences, strict=True):
            rows.append(row(film, str(there), ours, decades_text(difference)))
            rows += _indented(f"{there.what}; {there.source}")
            film, ours = "", ""
        return [*rows, *_indented(f"ours: {self.model}")]


class JudgedFact(Frozen):
    """One fact of the literature, judged."""

    fact: Fact
    ours: str = Field(description="The number or the ratio that it was judged by, as printed.")
    by_runs: tuple[float, float] | None = Field(
        description="Least and greatest probability that it holds, by the uncertainties of the numbers "
        "alone; None if nothing is known."
    )
    probability: tuple[float, float] | None = Field(
        description="The same with the error of the potential's barriers."
    )
    verdict: Verdict
    note: str = Field(description="Why it is not resolved, or why we may disagree.")

    def lines(self) -> list[str]:
        """Return its rows of the table."""
        chance = "" if self.probability is None else f"; P = {Span(*self.probability)}"
        return [
            f"{self.verdict.value:{INDENT}s}{self.fact.statement}",
            *_indented(f"ours: {self.ours}{chance}"),
            *_indented(f"published: {self.fact.published}; {self.fact.source}"),
            *_indented(f"read as: {self.fact.reading}"),
            *(_indented(f"note: {self.note}") if self.note else []),
        ]


class _Probabilities(NamedTuple):
    """A claim by the numbers alone, and with the potential's error."""

    ours: str
    by_runs: Span | None
    widened: Span | None
    why: str


def row(film: str, measured: str, ours: str, difference: str) -> str:
    """Return one row of the table of conductivities."""
    return f"{film:{INDENT}s}{measured:20s}{ours:24s}{difference}"


def _indented(text: str) -> list[str]:
    """Wrap what stands below a row."""
    space = " " * INDENT
    return textwrap.wrap(
        text, WIDTH, initial_indent=space, subsequent_indent=f"{space}  ", break_long_words=False
    )


def sigma_text(logarithm: Property) -> str:
    """Write a conductivity by its logarithm: `1.2e-09 ± 0.8 decades`, `< 3e-12`, or `–`."""
    if logarithm.value is None:
        return "–"
    if logarithm.bound is not None:
        return f"{_SIGNS[logarithm.bound]} {_power(logarithm.value)}"
    error = "" if logarithm.uncertainty is None else f" ± {logarithm.uncertainty:.1f} decades"
    return f"{_power(logarithm.value)}{error}"


def decades_text(difference: Property) -> str:
    """Write a difference of logarithms: `-1.3 ± 0.8`, `< -2.0`, or `–`."""
    if difference.value is None:
        return "–"
    sign = f"{_SIGNS[difference.bound]} " if difference.bound else ""
    error = "" if difference.uncertainty is None or sign else f" ± {difference.uncertainty:.1f}"
    return f"{sign}{difference.value:+.1f}{error} decades"


_SIGNS = {Bound.UPPER: "<", Bound.LOWER: ">"}


def _power(logarithm: float) -> str:
    """Write 10**x also where no float holds it."""
    whole = math.floor(logarithm)
    mantissa = round(10 ** (logarithm - whole), 1)
    if mantissa == 10:
        mantissa, whole = 1.0, whole + 1
    return f"{mantissa:.1f}e{whole:+03d}"


def compare(name: str, record: ScreeningRecord, error: float | None) -> Compared:
    """Hold the record of a film or crystal against its published values.

    Parameters
    ----------
    name : str
        Film or crystal.
    record : ScreeningRecord
        What was computed of it.
    error : float or None
        Standard error of a conductivity by the potential's barriers, decades; None if it is not known.
    """
    sigma = record.property_or_missing("conductivity_298K", "S/cm")
    logarithm = record.property_or_missing("log10_conductivity_298K", "decades")
    holds = any(flag.startswith(DEFECT_MODEL) for flag in sigma.flags)
    measured = measured_of(name)
    extra = 0.0 if holds or error is None else error
    return Compared(
        film=name,
        measured=measured,
        conductivity=sigma,
        logarithm=logarithm,
        holds_potential_error=holds,
        differences=tuple(_difference(logarithm, there, extra) for there in measured),
        protocol=record.protocol,
    )


def _difference(logarithm: Property, there: Measured, extra: float) -> Property:
    """Ours over measured; a measured range counts as evenly spread over its decades."""
    if logarithm.value is None:
        return Property.missing("decades", "; ".join(logarithm.flags))
    high = math.log10(there.high_S_cm)
    if there.low_S_cm is None:
        reference = Belief(high, 0.0, Bound.UPPER)
    else:
        low = math.log10(there.low_S_cm)
        reference = Belief((low + high) / 2, (high - low) / math.sqrt(12))
    known = logarithm.bound is not None or logarithm.uncertainty is not None
    ours = Belief.of(logarithm) or Belief(logarithm.value, 0.0)
    difference = ours.widened(extra).minus(reference)
    if difference is None:
        return Property.missing("decades", "both are upper bounds")
    uncertainty = difference.error if known and difference.bound is None else None
    return Property(value=difference.mean, uncertainty=uncertainty, unit="decades", bound=difference.bound)


def judge(fact: Fact, rows: Mapping[str, Compared], error: float | None) -> JudgedFact:
    """Judge a fact by the numbers of its films.

    Parameters
    ----------
    fact : Fact
        The claim.
    rows : mapping of str to Compared
        By the name of the film; all films of the fact are there.
    error : float or None
        Standard error of a conductivity by the potential's barriers, decades; None if it is not known.
    """
    found = _probabilities(fact, rows, error)
    by_runs, judged = verdict(found.by_runs), verdict(found.widened)
    notes = [found.why] if found.why else []
    if judged is not by_runs and found.by_runs is not None:
        notes.append(
            f"by the numbers alone it {_SAID[by_runs]} (P = {found.by_runs}), but the potential's barriers "
            f"leave {error:.1f} decades open"
        )
    if judged is not Verdict.AGREES and not found.why:
        bounded = any(rows[film].logarithm.bound for film in fact.films)
        if judged is by_runs is Verdict.UNRESOLVED:
            notes.append("a bound does not decide it" if bounded else "the uncertainty leaves it open")
        notes.append(fact.doubt)
    return JudgedFact(
        fact=fact,
        ours=found.ours,
        by_runs=found.by_runs and (found.by_runs.low, found.by_runs.high),
        probability=found.widened and (found.widened.low, found.widened.high),
        verdict=judged,
        note="; ".join(notes),
    )


_SAID = {Verdict.AGREES: "agrees", Verdict.DISAGREES: "disagrees", Verdict.UNRESOLVED: "is not resolved"}


def _probabilities(fact: Fact, rows: Mapping[str, Compared], error: float | None) -> _Probabilities:
    """Probability of a claim by the numbers alone, and with the potential's error where they lack it.

    Its errors in two films are taken as independent: that of its barriers scatters from hop to hop.
    """
    compared = [rows[film] for film in fact.films]
    beliefs = [Belief.of(row.logarithm) for row in compared]
    ours = " against ".join(sigma_text(row.logarithm) for row in compared) + " S/cm"
    for row, belief in zip(compared, beliefs, strict=True):
        if belief is None:
            lacks = (
                "; ".join(row.logarithm.flags) if row.logarithm.value is None else "no uncertainty is known"
            )
            return _Probabilities(ours, None, None, f"{row.film}: {lacks}")
    known = [belief for belief in beliefs if belief is not None]
    extra = [0.0 if row.holds_potential_error else error or 0.0 for row in compared]
    wide = [belief.widened(more) for belief, more in zip(known, extra, strict=True)]
    if fact.at_least_decades is None:
        low, high = (
            None if limit is None else math.log10(limit) for limit in (fact.low_S_cm, fact.high_S_cm)
        )
        return _Probabilities(ours, known[0].between(low, high), wide[0].between(low, high), "")
    plain, widened = known[0].minus(known[1]), wide[0].minus(wide[1])
    if plain is None or widened is None:
        return _Probabilities(ours, None, None, "both are upper bounds")
    return _Probabilities(
        ours, plain.at_least(fact.at_least_decades), widened.at_least(fact.at_least_decades), ""
    )
