"""The ranking of a campaign too large to read whole: judged from the index, with records of what is shown."""

from collections.abc import Mapping

from lithicoat.analysis.database import Selection
from lithicoat.analysis.decision.ranking import ranked
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.scores import print_scores
from lithicoat.workflows.commands.tables import SHOWN, print_ranking, print_rest, records_of

__all__ = ["MANY", "print_many"]

MANY = 1000
"""Up to so many films, all records are read, and all that the command knows is worked out."""


def print_many(
    sheets: Mapping[Electrode, Sheet],
    films: Selection,
    db: Where,
    *,
    top: int | None,
    seed: int,
    draws: int,
    json: bool,
    one: bool,
) -> None:
    """Print the best films for each electrode.

    Parameters
    ----------
    sheets : mapping of Electrode to Sheet
        The films as they were judged.
    films : Selection
        The films.
    db : Where
        Their database.
    top : int or None
        How many to show.
    seed, draws : int
        Of the draws.
    json : bool
        All of them as JSON.
    one : bool
        Only one electrode was asked for: its list alone.
    """
    if json:
        told = {role.value: ranked(sheet, seed=seed, draws=draws, top=top) for role, sheet in sheets.items()}
        print_json(next(iter(told.values())) if one else told)
        return
    rows = {coating: row for row, coating in enumerate(films.coatings)}
    for role, sheet in sheets.items():
        best = ranked(sheet, seed=seed, draws=draws, top=top or SHOWN)
        records = records_of(films.properties([rows[film.id] for film in best]), db)
        print_ranking(role.value, best, records)
        print_scores(sheet, best)
        print_rest(len(sheet.films), len(best))
    out.print(
        f"\nOf more than {MANY} films neither other weights nor what would change most are worked out.",
        soft_wrap=True,
    )
