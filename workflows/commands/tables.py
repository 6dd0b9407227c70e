"""The answer of a screening as two tables."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.table import Table

from lithicoat.analysis.database import read_campaigns, read_records
from lithicoat.analysis.decision.criterion import modulus_ratio
from lithicoat.analysis.decision.ranking import Electrode, RankedFilm, rank, why_first
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.workflows.commands.console import format_property, out
from lithicoat.workflows.provenance import TRY_OUT

__all__ = ["print_ranking", "rank_electrodes", "records_to_rank"]

Row = tuple[str, ...]


def records_to_rank(directory: Path, campaign: str | None) -> list[ScreeningRecord]:
    """Read the records of a campaign, by default the one that ran last.

    Raises
    ------
    DataError
        If there is no database, or no such campaign in it.
    """
    campaigns = read_campaigns(directory)
    wanted = [known for known in campaigns if campaign in {None, known.name}]
    if not wanted:
        raise DataError(
            f"{directory} holds no campaign {campaign}" if campaign else f"{directory} holds no campaign yet",
            where=str(directory),
            hint=f"known are {', '.join(known.name for known in campaigns)}"
            if campaigns
            else "lithicoat screen",
        )
    return read_records(directory, campaign=wanted[0])


def rank_electrodes(
    records: Sequence[ScreeningRecord], electrodes: Sequence[Electrode] = tuple(Electrode)
) -> dict[str, list[RankedFilm]]:
    """Rank the records for each electrode, by its name."""
    return {electrode.value: rank(records, electrode) for electrode in electrodes}


def print_ranking(electrode: str, films: Sequence[RankedFilm], records: Sequence[ScreeningRecord]) -> None:
    """Print one electrode's table with the reasons and notes below it."""
    if not films:
        out.print(f"\n{electrode.upper()}: no film for this electrode in the campaign")
        return
    by_id = {record.coating: record for record in records}
    headings, cells = COLUMNS[electrode]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (electrode.upper(), *headings, "rank", "P(top3)"):
        table.add_column(heading, no_wrap=True)
    table.add_column("notes", overflow="fold")
    footnotes: dict[str, int] = {}
    for film in films:
        record = by_id[film.id]
        notes = _notes(film, record, footnotes)
        table.add_row(film.id, *cells(record), str(film.rank), f"{film.probability_top3:.2f}", notes)
    out.print()
    out.print(table)
    mark = "TRY-OUT: " if any(record.try_out for record in records) else ""
    out.print(f"{mark}{why_first(films)}", soft_wrap=True)
    for note, number in footnotes.items():
        out.print(f"  [{number}] {note}", soft_wrap=True)
    origin = records[0]
    out.print(
        f"  ± is one standard uncertainty; potential {origin.potential} (sha256 {origin.sha256[:12]}…), "
        f"protocol {origin.protocol}, seed {origin.seed}",
        soft_wrap=True,
    )


def _anode_row(record: ScreeningRecord) -> Row:
    modulus = record.property_or_missing("shear_modulus_calibrated", "GPa")
    verdict = modulus_ratio(modulus)
    ratio = "–" if verdict.ratio.value is None else f"{verdict.ratio.value / 2:.2g}"
    probability = "–" if verdict.probability is None else f"{verdict.probability:.2f}"
    barrier = record.property_or_missing("activation_energy", "eV")
    return (
        format_property(modulus, unit=False, digits=1),
        ratio,
        probability,
        _conductivity(record),
        format_property(barrier, unit=False, digits=1),
    )


def _cathode_row(record: ScreeningRecord) -> Row:
    uptake = record.property_or_missing("scavenging_capacity", "mol O2/cm3")
    millimoles = "–" if uptake.value is None else f"{uptake.value * 1000:.1f}"
    return (
        format_property(record.property_or_missing("scavenging_energy", "eV/O2"), unit=False, digits=1),
        millimoles,
        format_property(record.property_or_missing("oxidation_volume_ratio", "1"), unit=False, digits=1),
        _conductivity(record),
        format_property(record.property_or_missing("shear_modulus_calibrated", "GPa"), unit=False, digits=1),
    )


def _conductivity(record: ScreeningRecord) -> str:
    """Write a conductivity as a power of ten with its interval in decades."""
    exponent: Property = record.property_or_missing("log10_conductivity_298K", "decades")
    if exponent.value is None:
        return "–"
    power = f"1e{exponent.value:.1f}"
    if exponent.bound is not None:
        return f"{'<' if exponent.bound is Bound.UPPER else '>'} {power}"
    return power if exponent.uncertainty is None else f"{power}±{exponent.uncertainty:.1f}"


COLUMNS: dict[str, tuple[Row, Callable[[ScreeningRecord], Row]]] = {
    "anode": (("G\nGPa", "G/2G_Li", "P(pass)", "σ 298 K\nS/cm±dec", "Ea\neV"), _anode_row),
    "cathode": (
        ("energy\neV/O2", "uptake\nmmol/cm³", "V/V0", "σ 298 K\nS/cm±dec", "G\nGPa"),
        _cathode_row,
    ),
}


def _notes(film: RankedFilm, record: ScreeningRecord, footnotes: dict[str, int]) -> str:
    """Refer to what a reader must know of the film; equal notes share a number."""
    shown = ("shear_modulus_calibrated", "log10_conductivity_298K", "scavenging_energy")
    flags = [flag for name in shown if name in record.properties for flag in record.properties[name].flags]
    failures = [f"{step} failed: {reason}" for step, reason in record.failures.items()]
    gates = [f"gate {gate} {film.gates[gate].value}: {reason}" for gate, reason in film.gate_reasons.items()]
    notes = dict.fromkeys((*failures, *gates, *(flag for flag in flags if flag != TRY_OUT)))
    numbers = sorted(footnotes.setdefault(note, len(footnotes) + 1) for note in notes)
    return ("TRY-OUT " if record.try_out else "") + _ranges(numbers)


def _ranges(numbers: Sequence[int]) -> str:
    """Write 1, 2, 3, 5 as `1-3,5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
