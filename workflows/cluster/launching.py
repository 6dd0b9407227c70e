"""The LaunchPad of FireWorks in the database of the campaign."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lithicoat.analysis.mongodb import PATIENCE_S, MongoDatabase, Where, explained
from lithicoat.workflows.errors import UsageError

if TYPE_CHECKING:
    from fireworks import LaunchPad

    from lithicoat.workflows.cluster.settings import ClusterSettings

__all__ = ["campaign_database", "launchpad_at", "shared"]

COUNTER = -1
"""Id of the document that counts Fireworks; FireWorks itself makes it by `lpad reset`."""


def shared(where: Where) -> MongoDatabase:
    """Return a database that all nodes reach.

    Raises
    ------
    UsageError
        If it is a directory.
    """
    if isinstance(where, MongoDatabase):
        return where
    raise UsageError(
        f"FireWorks needs a MongoDB that all nodes reach, and {where} is a directory",
        where="--db",
        hint="give --db mongodb://USER@HOST/NAME; lithicoat screen runs on a directory",
    )


def campaign_database(db: Where | None, cluster: Path) -> tuple[MongoDatabase, "ClusterSettings | None"]:
    """Return the database of submitted campaigns, and the settings of the cluster if there are any.

    Parameters
    ----------
    db : Path or MongoDatabase, optional
        What the user named; it goes before that of the settings.
    cluster : Path
        Directory of the settings.

    Raises
    ------
    UsageError
        If there is neither a database nor a directory of settings, or the database is a directory.
    """
    from lithicoat.workflows.cluster.settings import read_settings

    if db is not None:
        return shared(db), read_settings(cluster) if cluster.is_dir() else None
    settings = read_settings(cluster)
    return settings.database, settings


def launchpad_at(where: Where, *, patience_s: float = PATIENCE_S) -> "LaunchPad":
    """Open the LaunchPad that lies beside the results of a campaign.

    It is made ready, with its indexes and its count of Fireworks, where there was none.

    Parameters
    ----------
    where : MongoDatabase
        The database; its password comes from the environment or a file.
    patience_s : float
        Seconds to wait for a server that does not answer.

    Raises
    ------
    UsageError
        If it is a directory.
    DataError
        If no server answers, or it refuses the user.
    """
    os.environ.setdefault("TQDM_DISABLE", "1")  # else FireWorks draws a bar for each batch of workflows
    from fireworks import LaunchPad

    database = shared(where)
    with explained(database):
        launchpad = LaunchPad(
            host=database.uri,
            name=database.name,
            uri_mode=True,
            strm_lvl="WARNING",
            mongoclient_kwargs={**database.login(), "serverSelectionTimeoutMS": round(1000 * patience_s)},
        )
        if launchpad.fw_id_assigner.find_one({}) is None:
            first = {"next_fw_id": 1, "next_launch_id": 1}
            launchpad.fw_id_assigner.update_one({"_id": COUNTER}, {"$setOnInsert": first}, upsert=True)
            launchpad.tuneup()
    return launchpad
