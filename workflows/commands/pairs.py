"""Pairs of films, one on each electrode, as a table."""

from collections.abc import Sequence

from rich.table import Table

from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.pairs.ranking import (
    RankedPair,
    leading_weights,
    pairs_to_compare,
    rank_pairs,
)
from lithicoat.analysis.pairs.reported import reported_pairs
from lithicoat.analysis.pairs.scheme import default_pair_scheme
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.analysis.reported.cells import ReportedCells, reported_cells
from lithicoat.workflows.commands.console import format_property, out
from lithicoat.workflows.commands.tables import origins

__all__ = ["print_pairs", "ranked_pairs"]

SHOWN = 15
"""Pairs that are printed; the JSON form has all that are listed."""
NO_PAIR = "a pair takes a film for the anode and one for the cathode; the campaign lacks one"
NO_SYNERGY = "the score adds both films and knows no synergy"
COLUMNS = "anode, cathode: score and rank of each film alone; T: temperature at which one reactor grows both"
CONTACT = (
    "contact: most exothermic mixture of both films beyond what each sets free by its own decay, which for "
    "lithicones is more; films touch only where no separator and liquid lie between them"
)


def ranked_pairs(
    anode: Sheet,
    cathode: Sheet,
    records: Sequence[ScreeningRecord],
    db: str | Where,
    *,
    seed: int = 0,
    draws: int = 10_000,
    cells: ReportedCells | None = None,
) -> list[RankedPair]:
    """Rank the pairs of a campaign, with what the catalog, the reference phases and the literature add.

    Parameters
    ----------
    anode, cathode : Sheet
        The films judged for each electrode.
    records : sequence of ScreeningRecord
        Their records.
    db : str, Path or MongoDatabase
        The database, which may hold reference phases of its own.
    seed, draws : int
        Seed of the draws, and how many.
    cells : ReportedCells, optional
        Reported cells; the shipped table is the default.

    Raises
    ------
    DataError
        If there is no database, or seed or draws are out of range.
    """
    from lithicoat.structures.catalog.loading import load_catalog
    from lithicoat.workflows.stability.pairing import depositions_of, pair_contacts
    from lithicoat.workflows.thermochemistry.records import tables_at

    known = cells or reported_cells()
    films = dict.fromkeys((*anode.films, *cathode.films))
    depositions = depositions_of(films, load_catalog().find, known)
    wanted = pairs_to_compare(anode, cathode, depositions, seed=seed)
    contacts = pair_contacts(records, wanted, tables_at(db))
    return rank_pairs(
        anode, cathode, depositions, contacts, reported=reported_pairs(known), seed=seed, draws=draws
    )


def print_pairs(
    pairs: Sequence[RankedPair], records: Sequence[ScreeningRecord], *, most: int = SHOWN
) -> None:
    """Print the leading pairs, what stops the others, and what is reported of cells with both films.

    Parameters
    ----------
    pairs : sequence of RankedPair
        Best first.
    records : sequence of ScreeningRecord
        Records of their films.
    most : int
        How many pairs to print.
    """
    if not pairs:
        out.print(f"\nPAIRS: {NO_PAIR}", soft_wrap=True)
        return
    shown = list(pairs[:most])
    films = dict.fromkeys(film for pair in shown for film in (pair.anode, pair.cathode))
    used = [record for record in records if record.coating in films]
    mark = "TRY-OUT" if any(record.try_out for record in used) else ""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    title = "PAIR\nanode ‖ cathode"
    for heading in (f"{mark}\n{title}" if mark else title, *HEADINGS):
        table.add_column(heading, no_wrap=True)
    table.add_column("notes", overflow="fold", min_width=5)
    footnotes: dict[str, int] = {}
    for pair in shown:
        table.add_row(*_cells(pair), _notes(pair, footnotes))
    out.print()
    out.print(table)
    if len(pairs) > len(shown):
        out.print(f"  … and {len(pairs) - len(shown)} more pairs (--json lists {len(pairs)})", soft_wrap=True)
    out.print(f"{mark}{': ' if mark else ''}{_why_first(pairs)}", soft_wrap=True)
    for line in (*_remarks(pairs, footnotes), *origins(used), *_contact_origins(shown)):
        out.print(f"  {line}", soft_wrap=True)


HEADINGS = (
    "score",
    "anode",
    "cathode",
    "contact\neV/atom",
    "T\n°C",
    "rank",
    "P\nfirst",
    "P\ntop3",
    "mean\nrank",
)


def _cells(pair: RankedPair) -> tuple[str, ...]:
    ends = pair.shared_temperature_C
    temperatures = "–" if ends is None else "–".join(f"{end:g}" for end in dict.fromkeys(ends))
    chances = [
        "–" if chance is None else f"{chance:.2f}"
        for chance in (pair.probability_first, pair.probability_top3)
    ]
    return (
        f"{pair.anode} ‖ {pair.cathode}",
        f"{pair.score:.2f}",
        f"{pair.anode_score:.2f}#{pair.anode_rank}",
        f"{pair.cathode_score:.2f}#{pair.cathode_rank}",
        _contact(pair),
        temperatures,
        str(pair.rank),
        *chances,
        "–" if pair.expected_rank is None else f"{pair.expected_rank:.1f}",
    )


def _contact(pair: RankedPair) -> str:
    if pair.contact.value == 0 and not pair.contact.uncertainty:
        return "0"
    return format_property(pair.contact, unit=False, digits=1).replace(" ", "")


def _notes(pair: RankedPair, footnotes: dict[str, int]) -> str:
    """Refer to what stops a pair; equal notes share a number."""
    numbers = []
    for gate, why in pair.gate_reasons.items():
        film = next((name for end, name in _sides(pair).items() if end.value in gate), None)
        told = f"gate {gate} {pair.gates[gate].value}: {why}"
        numbers.append(footnotes.setdefault(f"{film}: {told}" if film else told, len(footnotes) + 1))
    return ",".join(map(str, sorted(numbers)))


def _sides(pair: RankedPair) -> dict[Electrode, str]:
    return {Electrode.ANODE: pair.anode, Electrode.CATHODE: pair.cathode}


def _why_first(pairs: Sequence[RankedPair]) -> str:
    """Say what put the first pair first, how sure that is, and how its films are grown."""
    first = pairs[0]
    shares = {electrode: default_pair_scheme().weight(electrode) for electrode in Electrode}
    text = (
        f"Why {first.anode} ‖ {first.cathode} first: {shares[Electrode.ANODE]:g} × {first.anode_score:.2f} "
        f"(anode, #{first.anode_rank}) + {shares[Electrode.CATHODE]:g} × {first.cathode_score:.2f} "
        f"(cathode, #{first.cathode_rank})"
    )
    stopped = [gate for gate, state in first.gates.items() if state is not GateState.PASSED]
    text += f"; not passed: {', '.join(stopped)}" if stopped else "; every gate passed"
    low, high = leading_weights(pairs)
    span = f"for weights of the anode from {low:.2f} to {high:.2f}" if high - low < 1 else "at any weights"
    sure = _surer(pairs)
    return f"{text}; first {span}{f'; {sure}' if sure else ''}. In one reactor: {first.one_reactor}."


def _surer(pairs: Sequence[RankedPair]) -> str:
    """Name the pair of the lowest mean rank where that is not the first."""
    drawn = [pair for pair in pairs if pair.expected_rank is not None]
    best = min(drawn, key=lambda pair: pair.expected_rank or 0.0, default=pairs[0])
    first = pairs[0].expected_rank
    if best is pairs[0] or best.expected_rank is None or first is None:
        return ""
    return (
        f"but over the draws {best.anode} ‖ {best.cathode} has the lowest mean rank, "
        f"{best.expected_rank:.1f} against {first:.1f}"
    )


def _remarks(pairs: Sequence[RankedPair], footnotes: dict[str, int]) -> list[str]:
    """Return footnotes, what is reported, and what the columns mean."""
    lines = [f"[{number}] {note}" for note, number in footnotes.items()]
    reported = [
        f"  {pair.anode} ‖ {pair.cathode}, rank {pair.rank} here: {row.words}; {row.source}"
        for pair in pairs
        for row in pair.reported
    ]
    lines += [f"{NO_SYNERGY}; reported of cells with both films:", *reported] if reported else [NO_SYNERGY]
    return [*lines, COLUMNS, CONTACT]


def _contact_origins(pairs: Sequence[RankedPair]) -> list[str]:
    """Say by which potentials the contacts are."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name = pair.contact.provenance.potential
        if name is not None:
            found.setdefault(name, []).append(f"{pair.anode} ‖ {pair.cathode}")
    if not found:
        return []
    if len(found) == 1:
        return [f"every contact by the reference phases of {next(iter(found))}"]
    most = max(found, key=lambda name: len(found[name]))
    others = "; ".join(f"{', '.join(names)} by {name}" for name, names in found.items() if name != most)
    return [f"contacts by the reference phases of {most}, but {others}"]
