"""Where the commands that look at a campaign find its database, and how its runs give signs of life."""

from pathlib import Path
from typing import TYPE_CHECKING

from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.cluster import DEFAULT_DIRECTORY

if TYPE_CHECKING:
    from lithicoat.workflows.cluster.pinging import Pinging

__all__ = ["chosen_database", "pings_of"]

EMBEDDED = Path("lithicoat.db")


def chosen_database(db: Where | None, cluster: Path | None) -> Where:
    """Return the database that is meant.

    The one that was named; else that of the cluster that was named; else ./lithicoat.db; else that of
    ./cluster.

    Raises
    ------
    UsageError
        If the settings of the cluster cannot be read.
    """
    if db is not None:
        return db
    if cluster is None and (EMBEDDED.exists() or not DEFAULT_DIRECTORY.is_dir()):
        return EMBEDDED
    from lithicoat.workflows.cluster.settings import read_settings

    return read_settings(cluster or DEFAULT_DIRECTORY).database


def pings_of(cluster: Path | None) -> "Pinging":
    """Return how often runs give signs of life, as the settings of the cluster say.

    Raises
    ------
    UsageError
        If the settings are wrong.
    """
    from lithicoat.workflows.cluster.pinging import pinging

    return pinging(cluster or (DEFAULT_DIRECTORY if DEFAULT_DIRECTORY.is_dir() else None))
