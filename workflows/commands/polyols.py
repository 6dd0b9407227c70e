"""Which polyol to compute next, for people."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Property
from lithicoat.workflows.commands.console import format_property, out
from lithicoat.workflows.suggesting.results import (
    LIMITS,
    LearnedFilm,
    Method,
    PolyolSuggestion,
    PolyolSuggestions,
    SurrogateCheck,
)
from lithicoat.workflows.suggesting.targets import SCORE

__all__ = ["print_polyols"]

SHOWN = 12
"""Computed films that are named in the text."""


def print_polyols(found: PolyolSuggestions, *, db: Where | None = None, catalog: Path | None = None) -> None:
    """Print which lithicones to compute next, why, and how far to trust it.

    Parameters
    ----------
    found : PolyolSuggestions
        As `suggest_polyols` gives it.
    db : Path or MongoDatabase, optional
        Database that the suggested command writes to.
    catalog : Path, optional
        A user's catalog that the command needs.
    """
    surrogate = found.method is Method.IMPROVEMENT
    aim = found.target.replace("_", " ") + (" at the anode" if found.target == SCORE else "")
    mark = "TRY-OUT: " if found.try_out else ""
    out.print(f"{mark}lithicones to compute next, for the {found.sense.value} {aim}", soft_wrap=True)
    if found.suggestions:
        out.print(_table(found, surrogate=surrogate))
    out.print(f"By {found.method.value}: {found.why}.", soft_wrap=True)
    if found.check is not None:
        out.print(f"  {_check(found.check)}", soft_wrap=True)
    if found.learned_from:
        out.print(f"  learned from {_learned(found.learned_from)}", soft_wrap=True)
    for reason in dict.fromkeys(found.left_out.values()):
        films = ", ".join(film for film, why in found.left_out.items() if why == reason)
        out.print(f"  not learned from {films}: {reason}", soft_wrap=True)
    for note in found.notes:
        out.print(f"  note: {note}", soft_wrap=True)
    if found.provenance.versions and (found.learned_from or found.left_out):
        out.print(f"  {_origin(found)}", soft_wrap=True)
    if surrogate:
        out.print(
            "  log EI: logarithm of the expected improvement over the best computed film and the films above "
            "it; P better: than the best computed film",
            soft_wrap=True,
        )
    for limit in LIMITS if surrogate else ():
        out.print(f"  {limit}", soft_wrap=True)
    if found.suggestions:
        out.print(_command(found, db, catalog), soft_wrap=True)


def _table(found: PolyolSuggestions, *, surrogate: bool) -> Table:
    """Give each film a row: what is expected of it, what it promises, and what it is most like."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("film", no_wrap=True)
    table.add_column("polyol", overflow="fold")
    if surrogate:
        unit = "" if found.unit == "1" else f"\n{found.unit}"
        for heading in (f"expected{unit}", "log\nEI", "P\nbetter"):
            table.add_column(heading, no_wrap=True)
    table.add_column("most like\n(distance)")
    for film in found.suggestions:
        promise: tuple[str, ...] = ()
        if surrogate:
            promise = (
                _narrow(film.expected),
                _or_dash(film.log_expected_improvement, ".1f"),
                _or_dash(film.probability_of_improvement, ".2f"),
            )
        table.add_row(film.id, film.polyol, *promise, _like(film))
    return table


def _like(film: PolyolSuggestion) -> str:
    if film.nearest is None:
        return "–"
    return f"{film.nearest} ({film.distance:.2f})" + ("" if film.nearest_has_result else ", no result")


def _narrow(quantity: Property) -> str:
    number = format_property(quantity, unit=False).replace(" ", "")
    return number if quantity.uncertainty is not None else f"{number}, {quantity.flags[-1]}"


def _or_dash(number: float | None, form: str) -> str:
    return "–" if number is None else format(number, form)


def _check(check: SurrogateCheck) -> str:
    unit = "" if check.unit == "1" else f" {check.unit}"
    return (
        f"left out in turn, {check.films} films are missed by {_two(check.error)}{unit} (root mean "
        f"square), by their plain mean by {_two(check.mean_error)}{unit}; errors over what was expected: "
        f"{check.scaled_error:.1f}, 1 if the ± are right"
    )


def _two(number: float) -> str:
    """Write two decimals where they say something, else two digits."""
    return f"{number:.2f}" if number >= 0.1 else f"{number:.2g}"


def _learned(films: Sequence[LearnedFilm]) -> str:
    named = ", ".join(
        f"{film.id} {format_property(film.found)}" + (f" ({film.remark})" if film.remark else "")
        for film in films[:SHOWN]
    )
    more = len(films) - SHOWN
    return named + (f" and {more} more, best first" if more > 0 else "")


def _origin(found: PolyolSuggestions) -> str:
    origin = found.provenance
    sha256 = f" (sha256 {origin.sha256[:12]}…)" if origin.sha256 else ""
    potential = f"potential {origin.potential}{sha256}" if origin.potential else "several potentials"
    protocol = f"protocol {origin.protocol}" if origin.protocol else "several protocols"
    code = f"botorch {origin.versions['botorch']}, seed {found.seed}"
    return f"± is one standard uncertainty; {potential}, {protocol}; {code}"


def _command(found: PolyolSuggestions, db: Where | None, catalog: Path | None) -> str:
    protocol = found.provenance.protocol
    words = ["lithicoat", "screen", *(film.id for film in found.suggestions)]
    words += ["--preset", protocol.rpartition("-")[0]] if protocol else []
    words += ["--db", str(db)] if db else []
    words += ["--catalog", str(catalog)] if catalog else []
    return f"Compute them: {shlex.join(words)}"
