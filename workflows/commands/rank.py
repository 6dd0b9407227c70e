"""`lithicoat rank`: the tables again, from the database, with the terms and how sure each place is."""

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.commands.console import err, out, print_json
from lithicoat.workflows.commands.options import Database, Figures, Json, Seed
from lithicoat.workflows.errors import UsageError

if TYPE_CHECKING:
    from lithicoat.analysis.decision.ranking import RankedFilm
    from lithicoat.analysis.decision.recorded import Films
    from lithicoat.analysis.decision.scheme import RankingScheme
    from lithicoat.analysis.decision.sheet import Sheet
    from lithicoat.analysis.records import ScreeningRecord

__all__ = ["Ranked", "command"]

LITERATURE = "literature"


class Ranked(Enum):
    """What is ranked."""

    ANODE = "anode"
    CATHODE = "cathode"
    PAIR = "pair"


def command(
    *,
    role: Annotated[
        Ranked | None, typer.Option(help="Only this table; pair ranks both films of a cell.")
    ] = None,
    campaign: Annotated[str | None, typer.Option(help="A campaign by name; default: the latest.")] = None,
    film: Annotated[
        str | None, typer.Option(help="All that is known of one film, instead of the tables.")
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(help="Another weight of a term, such as stiffness=0.6; may be repeated."),
    ] = None,
    scheme: Annotated[
        Path | None,
        typer.Option(help="Gates and terms of your own, in the form of analysis/data/ranking.toml."),
    ] = None,
    second: Annotated[
        str | None,
        typer.Option(help="A second potential: how far its records of the same films lie off joins the ±."),
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="literature, or a TOML file: hold the ranking against reported cells.")
    ] = None,
    draws: Annotated[
        int, typer.Option(min=1, help="How often every property is drawn from its error.")
    ] = 10_000,
    top: Annotated[
        int | None, typer.Option("--top", min=1, help="Show so many films; default 50, all with --json.")
    ] = None,
    seed: Seed = None,
    figures: Figures = None,
    db: Database = Path("lithicoat.db"),
    json: Json = False,
) -> None:
    """Rank the screened films for each electrode. Example: lithicoat rank --role anode."""
    from lithicoat.workflows.commands.many_films import MANY, print_many
    from lithicoat.workflows.commands.tables import films_to_rank, records_of

    films = films_to_rank(db, campaign, coating=film)
    whole_records = role is Ranked.PAIR or second is not None or against is not None or figures is not None
    if len(films) > MANY and film is None and not whole_records:
        asked = _asked(role)
        sheets = _sheets(films, asked, _rules(scheme, weight or (), asked))
        print_many(sheets, films, db, top=top, seed=seed or 0, draws=draws, json=json, one=role is not None)
        return
    records = records_of(films, db)
    if film is not None:
        from lithicoat.workflows.commands.films import find_record, print_film

        record = find_record(records, film)
        print_json(record) if json else print_film(record)
        return
    if second is not None:
        records = _widened(records, second, db)
    asked = _asked(role)
    sheets = _sheets(records, asked, _rules(scheme, weight or (), asked))
    if against is not None:
        _hold_against(sheets, against, seed=seed or 0, draws=draws, json=json)
    elif role is Ranked.PAIR:
        _pairs(sheets, records, db, seed=seed or 0, draws=draws, json=json)
    else:
        _films(sheets, records, one=role is not None, top=top, seed=seed or 0, draws=draws, json=json)
    if figures is not None:
        _draw(sheets, records, figures, seed=seed or 0)


def _asked(role: Ranked | None) -> list[Electrode]:
    return [electrode for electrode in Electrode if role in {None, Ranked.PAIR, Ranked(electrode.value)}]


def _draw(
    sheets: "dict[Electrode, Sheet]", records: "Sequence[ScreeningRecord]", directory: Path, *, seed: int
) -> None:
    """Write the figures of the rankings, and the films of the anode on the map of stability."""
    from lithicoat.analysis.criterion.inputs import FilmMechanics, Setting
    from lithicoat.workflows.commands.criteria import write_figures
    from lithicoat.workflows.commands.ranking_figures import rank_figures

    files = rank_figures(sheets, records, directory, seed=seed)
    at_anode = set(sheets[Electrode.ANODE].films) if Electrode.ANODE in sheets else set()
    films = [FilmMechanics.of_record(record) for record in records if record.coating in at_anode]
    files += write_figures(films, Setting(), directory)
    for file in files:
        err.print(f"figure {file}", soft_wrap=True)


def _rules(
    file: Path | None, weights: Sequence[str], asked: Sequence[Electrode]
) -> "Mapping[Electrode, RankingScheme]":
    """Return the gates and terms of each electrode with the weights that were given.

    A weight counts for every electrode asked for that has the term.
    """
    from lithicoat.analysis.decision.scheme import default_scheme, read_scheme

    rules = default_scheme() if file is None else read_scheme(file)
    given = dict(_weight(text) for text in weights)
    known = {electrode: {term.name for term in rules.terms(electrode)} for electrode in asked}
    nowhere = [name for name in given if not any(name in names for names in known.values())]
    found = {}
    for electrode in asked:
        own = {name: value for name, value in given.items() if name in known[electrode] or name in nowhere}
        found[electrode] = rules.weighted(electrode, own)
    return found


def _weight(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        return name.strip(), float(number)
    except ValueError:
        raise UsageError(
            f"--weight takes a term and a number, got {text!r}",
            where="--weight",
            hint="--weight stiffness=0.6",
        ) from None


def _sheets(
    records: "Sequence[ScreeningRecord] | Films",
    asked: Sequence[Electrode],
    rules: "Mapping[Electrode, RankingScheme]",
) -> "dict[Electrode, Sheet]":
    from lithicoat.analysis.decision.sheet import judge

    return {electrode: judge(records, electrode, scheme=rules[electrode]) for electrode in asked}


def _widened(records: "Sequence[ScreeningRecord]", second: str, db: Where) -> "list[ScreeningRecord]":
    """Add the spread between the potential of each record and a second one."""
    from lithicoat.analysis.database import read_records
    from lithicoat.analysis.spread import with_other_potentials

    everything = read_records(db)
    others = {record.coating: record for record in everything if record.potential == second}
    if not others:
        known = sorted({record.potential for record in everything})
        raise UsageError(
            f"{db} holds no record by {second}",
            where="--second",
            hint=f"its records are by {', '.join(known)}; lithicoat screen --potential {second} makes some",
        )
    return with_other_potentials(records, list(others.values()))


def _hold_against(sheets: "dict[Electrode, Sheet]", what: str, *, seed: int, draws: int, json: bool) -> None:
    from lithicoat.analysis.reported.against import against_literature
    from lithicoat.analysis.reported.cells import read_reported_cells
    from lithicoat.workflows.commands.against import print_against

    cells = None if what == LITERATURE else read_reported_cells(Path(what))
    comparison = against_literature(sheets, seed=seed, draws=draws, cells=cells)
    print_json(comparison) if json else print_against(comparison)


def _pairs(
    sheets: "dict[Electrode, Sheet]",
    records: "Sequence[ScreeningRecord]",
    db: Where,
    *,
    seed: int,
    draws: int,
    json: bool,
) -> None:
    from lithicoat.workflows.commands.pairs import print_pairs, ranked_pairs

    anode, cathode = sheets[Electrode.ANODE], sheets[Electrode.CATHODE]
    pairs = ranked_pairs(anode, cathode, records, db, seed=seed, draws=draws)
    print_json(pairs) if json else print_pairs(pairs, records)


def _films(
    sheets: "dict[Electrode, Sheet]",
    records: "Sequence[ScreeningRecord]",
    *,
    one: bool,
    top: int | None,
    seed: int,
    draws: int,
    json: bool,
) -> None:
    from lithicoat.analysis.decision.ranking import ranked
    from lithicoat.analysis.decision.weights import robustness
    from lithicoat.workflows.commands.scores import print_robustness, print_scores
    from lithicoat.workflows.commands.suggestions import what_would_change_most
    from lithicoat.workflows.commands.tables import SHOWN, print_ranking, print_rest

    found: dict[str, list[RankedFilm]] = {}
    for electrode, sheet in sheets.items():
        films, weighed = ranked(sheet, seed=seed, draws=draws), robustness(sheet, seed=seed)
        told = {film.id: film for film in weighed.films}
        found[electrode.value] = [
            film.model_copy(update={"sensitivity": told.get(film.id)}) for film in films
        ]
        if json:
            found[electrode.value] = found[electrode.value][:top]
        else:
            shown = films[: top or SHOWN]
            print_ranking(electrode.value, shown, records)
            print_scores(sheet, shown)
            print_rest(len(films), len(shown))
            print_robustness(weighed)
            if change := what_would_change_most(sheet, records):
                out.print(change, soft_wrap=True)
    if json:
        print_json(next(iter(found.values())) if one else found)
    else:
        out.print(
            "\nNext: lithicoat suggest   lithicoat rank --role pair   lithicoat rank --against literature",
            soft_wrap=True,
        )
