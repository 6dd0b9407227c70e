"""`lithicoat status`: films × steps of the campaigns in a database, on whatever engine they run."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.workflows.commands.console import err, out, print_json
from lithicoat.workflows.commands.options import ClusterIfGiven, DatabaseIfGiven, Json
from lithicoat.workflows.commands.places import chosen_database, pings_of
from lithicoat.workflows.errors import UsageError

if TYPE_CHECKING:  # the engine loads only when the command runs
    from rich.console import RenderableType

    from lithicoat.workflows.standing import CampaignState

__all__ = ["command", "watch"]

EVERY_S = 10.0
"""Seconds between two looks."""


def command(
    seconds: Annotated[
        float | None, typer.Argument(min=0.1, metavar="SECONDS", help="With --watch: between two looks.")
    ] = None,
    *,
    db: DatabaseIfGiven = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help="Only this one.")] = None,
    watching: Annotated[
        bool, typer.Option("--watch", help="Look again until nothing runs or waits, every 10 s or SECONDS.")
    ] = False,
    cluster: ClusterIfGiven = None,
    json: Json = False,
) -> None:
    """Show which steps run, wait, are finished, failed or lost. Example: lithicoat status --watch 30."""
    from lithicoat.workflows.commands.standings import as_table
    from lithicoat.workflows.survey import survey

    if seconds is not None and not watching:
        raise UsageError("the seconds between two looks go with --watch", hint="lithicoat status --watch 30")
    if watching and json:
        raise UsageError("--watch and --json exclude each other", hint="--json prints one look")
    where = chosen_database(db, cluster)
    expiration_s = pings_of(cluster).expiration_s if isinstance(where, MongoDatabase) else None
    look = partial(survey, where, campaign=campaign, expiration_s=expiration_s)
    if json:
        print_json(look())
    elif watching:
        watch(look, every_s=seconds or EVERY_S)
    else:
        _print(as_table(look()))


def _print(table: "RenderableType") -> None:
    """Print for a person, whose line ends between steps, or for a program, which looks for plain spaces."""
    if out.is_terminal:
        out.print(table)
        return
    with out.capture() as printed:
        out.print(table)
    out.file.write(printed.get().replace("\N{NO-BREAK SPACE}", " "))


def watch(
    look: "Callable[[], list[CampaignState]]", *, every_s: float, pause: Callable[[float], None] = time.sleep
) -> None:
    """Show campaigns until nothing runs or waits, or until it is interrupted.

    A terminal shows the table; elsewhere each change is one line. A database that was there at first and then
    does not answer is asked again.

    Parameters
    ----------
    look : callable
        Returns the campaigns as they are.
    every_s : float
        Time between two looks, s.
    pause : callable
        Waits for so many seconds.
    """
    show = _Live() if out.is_terminal else _Lines()
    try:
        with show:
            campaigns = look()
            show.update(campaigns)
            while _goes_on(campaigns):
                pause(every_s)
                try:
                    campaigns = look()
                except DataError as error:
                    err.print(f"{error.message}; asking again", soft_wrap=True)
                else:
                    show.update(campaigns)
    except KeyboardInterrupt:
        return  # how one leaves a watch


def _goes_on(campaigns: "list[CampaignState]") -> bool:
    return any(campaign.state in {"running", "waiting"} for campaign in campaigns)


class _Live:
    """The table, drawn anew in its place."""

    def __init__(self) -> None:
        from rich.live import Live

        self._live = Live(console=out, auto_refresh=False)

    def __enter__(self) -> None:
        self._live.start()

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def update(self, campaigns: "list[CampaignState]") -> None:
        from lithicoat.workflows.commands.standings import as_table

        self._live.update(as_table(campaigns), refresh=True)


class _Lines:
    """One line per change, and the counts when something has changed."""

    def __init__(self) -> None:
        self._before: dict[str, CampaignState] = {}

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def update(self, campaigns: "list[CampaignState]") -> None:
        from lithicoat.workflows.commands.standings import changes, summary

        clock = f"{datetime.now().astimezone():%H:%M:%S}"
        for campaign in campaigns:
            before = self._before.get(campaign.name)
            lines = list(changes(before, campaign))
            for line in lines:
                out.print(f"{clock} {line}", soft_wrap=True)
            if lines or before is None:
                counts = " · ".join(summary(campaign))
                out.print(f"{clock} {campaign.name} {campaign.state}: {counts}", soft_wrap=True)
            self._before[campaign.name] = campaign
