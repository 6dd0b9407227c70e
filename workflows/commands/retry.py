"""`lithicoat retry`: failed and lost steps back into the queue."""

from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import ClusterIfGiven, DatabaseIfGiven, Json
from lithicoat.workflows.commands.places import chosen_database, pings_of
from lithicoat.workflows.errors import UsageError

if TYPE_CHECKING:  # the engine loads only when the command runs
    from lithicoat.workflows.cluster.pinging import Pinging
    from lithicoat.workflows.cluster.retrying import Looked, Retry
    from lithicoat.workflows.standing import CampaignState, FilmState

__all__ = ["command"]


def command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[FILM]...", help="Default: all films.")
    ] = None,
    *,
    db: DatabaseIfGiven = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help="Default: the latest.")] = None,
    lost: Annotated[
        bool, typer.Option("--lost", help="Only steps whose process is gone, not those that failed.")
    ] = False,
    cluster: ClusterIfGiven = None,
    json: Json = False,
) -> None:
    """Put failed and lost steps back into the queue. Example: lithicoat retry --lost LiGL."""
    where = chosen_database(db, cluster)
    if not isinstance(where, MongoDatabase):
        raise UsageError(
            f"the films in {where} run in no queue",
            where=str(where),
            hint="run the same lithicoat screen again: it takes up what failed or was interrupted",
        )
    pings = pings_of(cluster)
    from lithicoat.workflows.cluster.retrying import retry
    from lithicoat.workflows.survey import survey_of

    record, state = survey_of(where, campaign=campaign, expiration_s=pings.expiration_s)
    films = _chosen(state, names or [])
    done = retry(where, record, films, expiration_s=pings.expiration_s, only_lost=lost)
    if not (done.again or done.settled):
        _refuse_if_alive(films)
    if json:
        print_json(done)
        return
    _tell(done, pings)


def _chosen(state: "CampaignState", names: list[str]) -> "list[FilmState]":
    """Return the films that are meant and run on FireWorks."""
    from lithicoat.workflows.standing import Engine

    known = {film.coating: film for film in state.films}
    for name in names:
        if name not in known:
            raise UsageError(
                f"campaign {state.name} has no film {name}", where=name, hint=f"it has {', '.join(known)}"
            )
    films = [known[name] for name in names] or list(state.films)
    queued = [film for film in films if film.engine is Engine.FIREWORKS]
    if not queued:
        raise UsageError(
            f"no film of campaign {state.name} that is meant was sent to a queue",
            where=state.name,
            hint="run the same lithicoat screen again: it takes up what failed or was interrupted",
        )
    return queued


def _refuse_if_alive(films: "list[FilmState]") -> None:
    """Say so where all that could be meant still runs: a second process would compute it twice."""
    from lithicoat.workflows.standing import Standing

    for film in films:
        for step in film.steps:
            if step.standing is Standing.RUNNING and step.seen is not None:
                raise UsageError(
                    f"nothing has failed or was lost, and {film.coating} {step.step} runs on {step.host}: "
                    f"its last sign of life came at {step.seen.astimezone():%H:%M:%S}",
                    where=film.coating,
                    hint="what still gives signs of life is never started a second time",
                )


def _tell(done: "Retry", pings: "Pinging") -> None:
    out.print(f"campaign {done.campaign}", soft_wrap=True)
    for title, steps in (
        ("back in the queue", done.again),
        ("ended, and noted so", done.settled),
        ("left", done.left),
    ):
        for step in steps:
            out.print(f"  {title}: {_line(step)}", soft_wrap=True)
    if not (done.again or done.settled or done.left):
        out.print("  nothing has failed and nothing was lost", soft_wrap=True)
    out.print(
        f"{len(done.again)} back in the queue, {len(done.left)} left; a run counts as lost after "
        f"{pings.expiration_s:g} s without a sign of life",
        soft_wrap=True,
    )


def _line(step: "Looked") -> str:
    return f"{step.coating} {step.step} ({step.standing.value}: {step.reason})"
