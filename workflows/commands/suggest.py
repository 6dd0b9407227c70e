"""`lithicoat suggest`: what to compute next."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.commands.console import print_json
from lithicoat.workflows.commands.options import Catalog, Database, Json, Library, Seed
from lithicoat.workflows.errors import UsageError

if TYPE_CHECKING:
    from lithicoat.analysis.records import ScreeningRecord

__all__ = ["command"]

DATABASE = Path("lithicoat.db")


def command(
    *,
    role: Annotated[Electrode | None, typer.Option(help="Only for this electrode.")] = None,
    campaign: Annotated[str | None, typer.Option(help="A campaign by name; default: the latest.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many numbers to show.")] = 8,
    library: Library = None,
    following: Annotated[
        int | None, typer.Option("--next", min=1, help="With --library: how many films to name, default 3.")
    ] = None,
    sought: Annotated[
        str | None,
        typer.Option("--property", help="With --library: a property to seek instead of the anode's score."),
    ] = None,
    seed: Seed = None,
    db: Database = DATABASE,
    catalog: Catalog = None,
    json: Json = False,
) -> None:
    """Say what would change the ranking most. Example: lithicoat suggest --role anode.

    With --library polyols: which lithicones of the library to compute next.
    """
    _check_options(library, role=role, following=following, sought=sought, catalog=catalog)
    if library is not None:
        from lithicoat.workflows.commands.polyols import print_polyols
        from lithicoat.workflows.suggesting.candidates import library_films
        from lithicoat.workflows.suggesting.polyols import suggest_polyols

        films = suggest_polyols(
            _alike(db, campaign),
            library_films(library, catalog),
            count=following or 3,
            target=sought,
            seed=seed or 0,
        )
        print_json(films) if json else print_polyols(films, db=db, catalog=catalog)
        return
    _suggest(tuple(Electrode) if role is None else (role,), db, campaign, top=top, seed=seed or 0, json=json)


def _suggest(
    electrodes: Sequence[Electrode], db: Where, campaign: str | None, *, top: int, seed: int, json: bool
) -> None:
    from lithicoat.analysis.decision.sheet import judge
    from lithicoat.analysis.decision.suggestions import suggest
    from lithicoat.workflows.commands.suggestions import print_suggestions
    from lithicoat.workflows.commands.tables import records_to_rank
    from lithicoat.workflows.suggesting.measuring import with_measurements

    records = records_to_rank(db, campaign)
    by_id = {record.coating: record for record in records}
    found = {
        electrode.value: with_measurements(suggest(judge(records, electrode), records, seed=seed), by_id, db)
        for electrode in electrodes
    }
    if json:
        print_json(found if len(found) > 1 else next(iter(found.values())))
        return
    for suggestions in found.values():
        print_suggestions(suggestions, records, top=top)


def _check_options(library: str | None, *, role: Electrode | None, **of_library: object) -> None:
    if library is not None and role is Electrode.CATHODE:
        raise UsageError("the library is one of films for the anode", where="--role", hint="leave it out")
    given = [name for name, value in of_library.items() if value is not None]
    if library is None and given:
        option = {"following": "--next", "sought": "--property", "catalog": "--catalog"}[given[0]]
        raise UsageError(f"{option} goes with --library", where=option, hint="add --library polyols")


def _alike(db: Where, campaign: str | None) -> "list[ScreeningRecord]":
    """Read what was computed as in a campaign, in whichever campaign, by the same potential where possible.

    There is nothing in a database that is not there yet.
    """
    if db == DATABASE and not DATABASE.exists():
        return []
    from lithicoat.analysis.database import read_campaigns, read_records
    from lithicoat.workflows.commands.tables import records_to_rank

    campaigns = [known for known in read_campaigns(db) if campaign in {None, known.name}]
    if not campaigns:
        return records_to_rank(db, campaign)
    like = campaigns[0]
    alike = [
        record
        for record in read_records(db)
        if (record.protocol, record.seed) == (like.protocol, like.seed)
        and record.sha256 in {like.sha256, like.sha256_of(record.coating)}
    ]
    ordered = sorted(alike, key=lambda record: record.sha256 == like.sha256_of(record.coating))
    return list({record.coating: record for record in ordered}.values())
