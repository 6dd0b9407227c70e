"""`lithicoat serve`: the explorer, the database in a browser on this machine; it only reads."""

from functools import partial
from typing import Annotated

import typer

from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.workflows.commands.console import err
from lithicoat.workflows.commands.options import ClusterIfGiven, DatabaseIfGiven
from lithicoat.workflows.commands.places import chosen_database, pings_of
from lithicoat.workflows.errors import UsageError

__all__ = ["command"]


def command(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes one that is free.")] = 8050,
    host: Annotated[
        str, typer.Option(help="Address to listen on; by default nobody but this machine reaches it.")
    ] = "127.0.0.1",
    open_to_others: Annotated[
        bool,
        typer.Option(
            "--open-to-others",
            help="With --host: whoever reaches that address reads the whole database, without a password.",
        ),
    ] = False,
    db: DatabaseIfGiven = None,
    cluster: ClusterIfGiven = None,
) -> None:
    """Open the database in a browser: filter, look at films, compare, watch. Example: lithicoat serve."""
    from lithicoat.analysis.database import Database
    from lithicoat.analysis.explorer.guarding import is_loopback
    from lithicoat.analysis.explorer.library import Library
    from lithicoat.analysis.explorer.serving import serve
    from lithicoat.workflows.survey import survey

    if not is_loopback(host):
        if not open_to_others:
            raise UsageError(
                f"on {host} whoever reaches this machine could read the whole database, without a password",
                where="--host",
                hint="--open-to-others says that this is meant; from elsewhere, ssh -L 8050:localhost:8050 "
                "leads to the default address",
            )
        err.print(f"open to others: whoever reaches {host} reads the whole database", soft_wrap=True)
    where = chosen_database(db, cluster)
    expiration_s = pings_of(cluster).expiration_s if isinstance(where, MongoDatabase) else None
    library = Library(Database(where), standing=partial(survey, where, expiration_s=expiration_s))
    serve(library, host=host, port=port, announce=partial(_announce, where=str(where)))


def _announce(address: str, *, where: str) -> None:
    err.print(f"{address} shows {where}, and only reads it; Ctrl-C ends it", soft_wrap=True)
