"""One campaign process owns an embedded database at a time; readers are free."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from lithicoat.analysis.mongodb import MongoDatabase, Where, explained
from lithicoat.workflows.errors import UsageError

__all__ = ["own_database"]


@contextmanager
def own_database(where: Where, owner: str) -> Iterator[None]:
    """Hold the database for as long as the context lasts; a killed process lets go by itself.

    A MongoDB serves many at once and is held by nobody.

    Parameters
    ----------
    where : Path or MongoDatabase
        The database; a directory must exist.
    owner : str
        What the database is held for, told to whoever comes second.

    Raises
    ------
    UsageError
        If another process holds it; the message says which, where and since when.
    DataError
        If the MongoDB went away for longer than a campaign waits.
    """
    if isinstance(where, MongoDatabase):
        with explained(where):
            yield
        return
    with (where / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"{where} is in use by {_holder(where / 'lock')}",
                where=str(where),
                hint=f"readers are free: lithicoat rank --db {where}",
            ) from error
        file.truncate(0)
        started = datetime.now().astimezone().isoformat(timespec="minutes")
        json.dump(
            {"owner": owner, "pid": os.getpid(), "host": socket.gethostname(), "started": started}, file
        )
        file.flush()
        yield


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text())
        return f"{holder['owner']} (process {holder['pid']} on {holder['host']}, started {holder['started']})"
    except (OSError, ValueError, KeyError):
        return "another process"
