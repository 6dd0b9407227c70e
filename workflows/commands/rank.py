"""`lithicoat rank`: the tables again, from the database."""

from pathlib import Path
from typing import Annotated

import typer

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.workflows.commands.console import print_json
from lithicoat.workflows.commands.options import Database, Json

__all__ = ["command"]


def command(
    *,
    role: Annotated[Electrode | None, typer.Option(help="Only this table.")] = None,
    campaign: Annotated[str | None, typer.Option(help="A campaign by name; default: the latest.")] = None,
    film: Annotated[
        str | None, typer.Option(help="All that is known of one film, instead of the tables.")
    ] = None,
    db: Database = Path("lithicoat.db"),
    json: Json = False,
) -> None:
    """Rank the screened films for each electrode. Example: lithicoat rank --role anode."""
    from lithicoat.workflows.commands.tables import print_ranking, rank_electrodes, records_to_rank

    records = records_to_rank(db, campaign)
    if film is not None:
        from lithicoat.workflows.commands.films import find_record, print_film

        record = find_record(records, film)
        print_json(record) if json else print_film(record)
        return
    rankings = rank_electrodes(records, [role] if role else tuple(Electrode))
    if json:
        print_json(rankings[role.value] if role else rankings)
        return
    for name, films in rankings.items():
        print_ranking(name, films, records)
