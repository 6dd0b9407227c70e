"""The band gap of a film: from what is reported of it, never from a potential."""

import re
from collections.abc import Sequence
from math import sqrt

from lithicoat.analysis.properties import Bound, Property, Provenance
from lithicoat.structures.coating import ReportedValue
from lithicoat.structures.errors import StructureError

__all__ = ["REPORTED", "band_gap"]

REPORTED = "reported value"
"""Stands for the protocol of what was not computed here."""
UNKNOWN = "no band gap is reported of this film, and a potential does not know it"
TOO_SMALL = "the gap is one of semilocal DFT, which lie below the measured ones: a lower bound"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def band_gap(reported: Sequence[ReportedValue]) -> Property:
    """Return the band gap among reported values, eV.

    A measured one comes before a computed one. Of several computed ones the smallest is taken; those of
    semilocal DFT are lower bounds.

    Parameters
    ----------
    reported : sequence of ReportedValue
        What the catalog, or a database, reports of the film.

    Raises
    ------
    StructureError
        If a reported gap is no number, bound or range.
    """
    rows = [row for row in reported if row.property == "band_gap"]
    if not rows:
        return Property.missing("eV", UNKNOWN, provenance=Provenance(protocol=REPORTED))
    measured = [row for row in rows if row.kind == "experiment"]
    ranked = sorted(measured or rows, key=lambda row: _range(row)[0])
    others = [f"also {row.value} eV, of {_phase(row)}" for row in ranked[1:]]
    return _property(ranked[0]).flagged(*others)


def _property(row: ReportedValue) -> Property:
    low, high = _range(row)
    bound = Bound.LOWER if str(row.value).lstrip().startswith(">") else None
    flags = [f"reported of {_phase(row)} ({row.kind}): {row.source}"]
    if row.kind == "DFT" and "semilocal" in row.note:
        bound = Bound.LOWER
        flags.append(TOO_SMALL)
    elif row.kind == "DFT":
        flags.append("the gap is computed, by a functional that is not known here")
    return Property(
        value=(low + high) / 2,
        uncertainty=(high - low) / sqrt(12) if high > low else None,
        unit="eV",
        bound=bound,
        flags=tuple(flags),
        provenance=Provenance(protocol=REPORTED),
    )


def _range(row: ReportedValue) -> tuple[float, float]:
    """Return both ends of `3.6-4`, and a single number twice."""
    numbers = sorted(float(number) for number in _NUMBER.findall(str(row.value)))
    if not 1 <= len(numbers) <= 2 or str(row.value).lstrip().startswith("<"):
        raise StructureError(
            f"'{row.value}' is no band gap", where=row.source, hint="3.4, >3.4 or 3.2-3.6 eV"
        )
    return numbers[0], numbers[-1]


def _phase(row: ReportedValue) -> str:
    return row.phase or "a phase that is not stated"
