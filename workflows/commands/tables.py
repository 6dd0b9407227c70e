"""The answer of a screening as two tables."""

from collections.abc import Callable, Collection, Sequence

from rich.table import Table

from lithicoat.analysis.criterion.rule import modulus_ratio
from lithicoat.analysis.database import Database, Selection
from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.ranking import RankedFilm, why_first
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.workflows.commands.console import err, format_property, out
from lithicoat.workflows.provenance import TRY_OUT

__all__ = [
    "SHOWN",
    "films_to_rank",
    "no_such_film",
    "origins",
    "print_ranking",
    "print_rest",
    "records_of",
    "records_to_rank",
]

SHOWN = 50
"""Films of a table, unless asked for more."""
AT_FIRST = 1000
"""Records after which the index tells for the first time that it reads many."""
LISTED = 30
"""Films that a hint names."""
Row = tuple[str, ...]


def films_to_rank(db: Where, campaign: str | None, *, coating: str | None = None) -> Selection:
    """Find the films of a campaign, by default the one that ran last, without reading their records.

    Parameters
    ----------
    db : Where
        The database.
    campaign : str or None
        Name of the campaign.
    coating : str, optional
        Only this film.

    Raises
    ------
    DataError
        If there is no database, or no such campaign or film in it.
    """
    database = Database(db, heard=_tell)
    campaigns = database.campaigns()
    wanted = [known for known in campaigns if campaign in {None, known.name}]
    if not wanted:
        raise DataError(
            f"{db} holds no campaign {campaign}" if campaign else f"{db} holds no campaign yet",
            where=str(db),
            hint=f"known are {', '.join(known.name for known in campaigns)}"
            if campaigns
            else "lithicoat screen",
        )
    found = database.films(campaign=wanted[0])
    if coating is None:
        return found
    if coating not in found.coatings:
        raise no_such_film(coating, set(found.coatings))
    return found.properties([found.coatings.index(coating)])


def _tell(done: int, records: int) -> None:
    """Say once what takes a while: some 20 s for 100,000 records."""
    if done <= AT_FIRST:
        err.print(f"reading {records} new records into the index", soft_wrap=True)


def no_such_film(film: str, known: Collection[str]) -> DataError:
    """Return the error of a film that a campaign does not hold."""
    listed = ", ".join(sorted(known)[:LISTED]) + (f" and {len(known) - LISTED} more" * (len(known) > LISTED))
    return DataError(f"the campaign holds no {film}", where=film, hint=f"it holds {listed}" if known else "")


def records_of(films: Selection, db: Where) -> list[ScreeningRecord]:
    """Read the whole records of films.

    Raises
    ------
    DataError
        If one is broken.
    """
    return Database(db).records_of(films)


def records_to_rank(db: Where, campaign: str | None) -> list[ScreeningRecord]:
    """Read the records of a campaign, by default the one that ran last.

    Raises
    ------
    DataError
        If there is no database, or no such campaign in it.
    """
    return records_of(films_to_rank(db, campaign), db)


def print_rest(films: int, shown: int) -> None:
    """Say below a table how many films it leaves out."""
    if films > shown:
        out.print(f"{shown} of {films} films shown; --top N shows more, --json all", soft_wrap=True)


def print_ranking(electrode: str, films: Sequence[RankedFilm], records: Sequence[ScreeningRecord]) -> None:
    """Print one electrode's table with the reasons and notes below it."""
    if not films:
        out.print(f"\n{electrode.upper()}: no film for this electrode in the campaign")
        return
    by_id = {record.coating: record for record in records}
    headings, cells, shown = COLUMNS[electrode]
    try_out = any(by_id[film.id].try_out for film in films)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    title = f"TRY-OUT\n{electrode.upper()}" if try_out else electrode.upper()
    for heading in (title, *headings, "rank", "P\ntop3"):
        table.add_column(heading, no_wrap=True)
    table.add_column("notes", overflow="fold")
    footnotes: dict[str, int] = {}
    for film in films:
        record = by_id[film.id]
        notes = _notes(film, record, shown, footnotes)
        table.add_row(film.id, *cells(record), str(film.rank), f"{film.probability_top3:.2f}", notes)
    out.print()
    out.print(table)
    out.print(f"{'TRY-OUT: ' if try_out else ''}{why_first(films)}", soft_wrap=True)
    for note, number in footnotes.items():
        out.print(f"  [{number}] {note}", soft_wrap=True)
    for line in origins([by_id[film.id] for film in films]):
        out.print(f"  {line}", soft_wrap=True)


def _anode_row(record: ScreeningRecord) -> Row:
    modulus = record.property_or_missing("shear_modulus_calibrated", "GPa")
    verdict = modulus_ratio(modulus)
    ratio = "–" if verdict.ratio.value is None else f"{verdict.ratio.value / 2:.2g}"
    probability = "–" if verdict.probability is None else f"{verdict.probability:.2f}"
    return (
        _narrow(modulus),
        ratio,
        probability,
        _conductivity(record),
        _window(record),
        _narrow(record.property_or_missing("contact_lithium", "eV/atom")),
    )


def _cathode_row(record: ScreeningRecord) -> Row:
    uptake = record.property_or_missing("scavenging_capacity", "mol O2/cm3")
    millimoles = "–" if uptake.value is None else f"{uptake.value * 1000:.1f}" if uptake.value else "0"
    volume = record.property_or_missing("oxidation_volume_ratio", "1")
    return (
        _narrow(record.property_or_missing("scavenging_energy", "eV/O2")),
        millimoles,
        "–" if volume.value is None else f"{volume.value:.2f}",
        _conductivity(record),
        _narrow(record.property_or_missing("shear_modulus_calibrated", "GPa")),
        _narrow(record.property_or_missing("contact_NMC811", "eV/atom")),
    )


def _narrow(quantity: Property) -> str:
    """Write a value with its uncertainty without spaces: columns are narrow."""
    return format_property(quantity, unit=False, digits=1).replace(" ", "")


def _window(record: ScreeningRecord) -> str:
    """Write a window as `0.0–2.2`; an end that is not known stays open."""
    ends = [record.property_or_missing(name, "V").value for name in ("window_low", "window_high")]
    if ends == [None, None]:
        return "–"
    low, high = ("" if end is None else f"{end:.1f}" for end in ends)
    return f"{low}–{high}"


def _conductivity(record: ScreeningRecord) -> str:
    """Write a conductivity as a power of ten with its interval in decades."""
    exponent: Property = record.property_or_missing("log10_conductivity_298K", "decades")
    if exponent.value is None:
        return "–"
    power = f"1e{exponent.value:.1f}"
    if exponent.bound is not None:
        return f"{'<' if exponent.bound is Bound.UPPER else '>'} {power}"
    return power if exponent.uncertainty is None else f"{power}±{exponent.uncertainty:.1f}"


COLUMNS: dict[str, tuple[Row, Callable[[ScreeningRecord], Row], Row]] = {
    "anode": (
        ("G\nGPa", "G/\n2G_Li", "P\npass", "σ 298 K\nS/cm±dec", "window\nV", "with Li\neV/atom"),
        _anode_row,
        ("shear_modulus_calibrated", "log10_conductivity_298K", "window_high", "contact_lithium"),
    ),
    "cathode": (
        ("energy\neV/O2", "uptake\nmmol/cm³", "V/V0", "σ 298 K\nS/cm±dec", "G\nGPa", "with NMC\neV/atom"),
        _cathode_row,
        (
            "shear_modulus_calibrated",
            "log10_conductivity_298K",
            "scavenging_energy",
            "scavenging_capacity",
            "contact_NMC811",
            "window_high",
        ),
    ),
}
"""By electrode: headings, cells, and the properties whose flags are noted."""


def origins(records: Sequence[ScreeningRecord]) -> list[str]:
    """Say below a table what its numbers are from, and where potentials differ within it.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        One per row.
    """
    first = records[0]
    potentials: dict[tuple[str, str], list[str]] = {}
    borrowed: dict[str, dict[str, None]] = {}
    for record in records:
        potentials.setdefault((record.potential, record.sha256), []).append(record.coating)
        for name, quantity in record.properties.items():
            other = quantity.provenance
            if quantity.value is not None and other.sha256 not in {None, record.sha256}:
                borrowed.setdefault(other.potential or "another potential", {})[name.replace("_", " ")] = None
    told = ", ".join(f"{name} (sha256 {sha256[:12]}…)" for name, sha256 in potentials)
    lines = [f"± is one standard uncertainty; potential {told}, protocol {first.protocol}, seed {first.seed}"]
    if len(potentials) > 1:
        films = "; ".join(f"{', '.join(films)} by {name}" for (name, _), films in potentials.items())
        lines.append(
            f"films of {len(potentials)} potentials stand in this table: {films}; no difference of energies "
            "mixes them, but the error of each potential is its own"
        )
    lines += [f"by {name} where the film is not: {', '.join(names)}" for name, names in borrowed.items()]
    return lines


def _notes(film: RankedFilm, record: ScreeningRecord, shown: Row, footnotes: dict[str, int]) -> str:
    """Refer to what a reader must know of the film; equal notes share a number."""
    flags = [flag for name in shown if name in record.properties for flag in record.properties[name].flags]
    failures = [f"{step} failed: {reason}" for step, reason in record.failures.items()]
    gates = [
        f"gate {gate} {film.gates[gate].value}: {reason}"
        for gate, reason in film.gate_reasons.items()
        if film.gates[gate] is not GateState.PASSED_OVER
    ]
    reliefs = [f"{term}: {relief}" for term, relief in film.reliefs.items()]
    flags = [flag for flag in flags if not any(gate.endswith(flag) for gate in gates)]
    notes = dict.fromkeys((*failures, *gates, *reliefs, *(flag for flag in flags if flag != TRY_OUT)))
    numbers = sorted(footnotes.setdefault(note, len(footnotes) + 1) for note in notes)
    return _ranges(numbers)


def _ranges(numbers: Sequence[int]) -> str:
    """Write 1, 2, 3, 5 as `1-3,5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
