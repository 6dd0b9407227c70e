"""Stores in a group's MongoDB, which many processes on many machines use at once."""

import os
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from maggma.stores import GridFSStore, MongoStore

from lithicoat.analysis.mongodb import MongoDatabase, explained
from lithicoat.workflows.errors import RunError

__all__ = ["PATIENCE_S", "SharedFiles", "SharedStore", "open_shared"]

PATIENCE_S = 600.0
"""Seconds that a running campaign waits for a server that went away."""
PAUSE_S = 1.0
"""Seconds between two attempts to write."""
BY_TIME = [("created_at", 1), ("_id", 1)]
"""Index that tells a reader which records it has not seen."""
TOO_LARGE = "the result is larger than the 16 MB that a document of MongoDB may have"
TOO_LARGE_CODES = {10334, 17280, 17419, 17420}


def open_shared(database: MongoDatabase, collection: str) -> "SharedStore":
    """Open a collection for reading and writing.

    Raises
    ------
    DataError
        If no server answers, or it refuses the user.
    """
    store = SharedStore(database, collection)
    store.connect()
    if collection == "records":
        store.ensure_index(BY_TIME)
    return store


class SharedStore(MongoStore):
    """A MongoStore that keeps no password and outlasts a server that is away for some minutes.

    All stores of a process share one connection. What is written is written again if the connection broke
    while it was: both forms of writing that a store has leave the same when done twice.

    Parameters
    ----------
    uri : str or MongoDatabase
        Which database; the description of the store leaves its password out.
    collection_name : str
        Name of the collection.
    """

    def __init__(self, uri: str | MongoDatabase, collection_name: str, **kwargs: Any) -> None:
        self.where = uri if isinstance(uri, MongoDatabase) else MongoDatabase.parse(uri)
        super().__init__(self.where.name, collection_name, **kwargs)
        self.uri: Any = self.where.uri
        self.kwargs = kwargs
        self._coll: Any = None

    def connect(self, force_reset: bool = False) -> None:  # noqa: FBT001, FBT002 - maggma's signature
        """Ask whether the server answers, once, and open the collection."""
        if force_reset or self._coll is None:
            self._coll = _opened(self.where)[self.collection_name]

    def close(self) -> None:
        """Let go of the collection; the connection stays for the other stores."""
        self._coll = None

    def ensure_index(self, key: Any, unique: bool | None = False) -> bool:  # noqa: FBT001, FBT002
        """Make an index unless it is there.

        Raises
        ------
        DataError
            If the user has no right to write.
        """
        with explained(self.where):
            _patiently(lambda: self._collection.create_index(key, unique=bool(unique)))
        return True

    def update(self, docs: Any, key: Any = None) -> None:
        """Write documents."""
        _patiently(lambda: super(SharedStore, self).update(docs, key))

    def remove_docs(self, criteria: dict[str, Any]) -> None:
        """Remove documents."""
        _patiently(lambda: super(SharedStore, self).remove_docs(criteria))

    @property
    def name(self) -> str:
        """Unique name of the collection."""
        return f"{self.where}#{self.collection_name}"

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SharedStore) and self.name == other.name


class SharedFiles(GridFSStore):
    """A GridFSStore beside a :class:`SharedStore`, for what is larger than the 16 MB of a document.

    Parameters
    ----------
    uri : str or MongoDatabase
        Which database; the description of the store leaves its password out.
    collection_name : str
        Name of the pair of collections.
    """

    def __init__(self, uri: str | MongoDatabase, collection_name: str, **kwargs: Any) -> None:
        self.where = uri if isinstance(uri, MongoDatabase) else MongoDatabase.parse(uri)
        super().__init__(self.where.name, collection_name, compression=True, **kwargs)
        self.uri = self.where.uri
        self.kwargs = kwargs

    def connect(self, force_reset: bool = False) -> None:  # noqa: FBT001, FBT002 - maggma's signature
        """Open the two collections over the connection of the other stores."""
        from gridfs import GridFS

        if self._coll is None or force_reset:
            database = _opened(self.where)
            self._coll = GridFS(database, self.collection_name)
            self._files_collection = database[f"{self.collection_name}.files"]
            self._chunks_collection = database[f"{self.collection_name}.chunks"]
            files = MongoStore.from_collection(self._files_collection)
            files.key, files.last_updated_field = self.key, f"metadata.{self.last_updated_field}"
            self._fs: Any = files

    def close(self) -> None:
        """Let go of the collections; the connection stays for the other stores."""
        self._coll = None

    def update(self, docs: Any, key: Any = None, additional_metadata: Any = None) -> None:
        """Write documents; of each key the latest stays."""
        _patiently(lambda: super(SharedFiles, self).update(docs, key, additional_metadata))

    def remove_docs(self, criteria: dict[str, Any]) -> None:
        """Remove documents."""
        _patiently(lambda: super(SharedFiles, self).remove_docs(criteria))

    @property
    def name(self) -> str:
        """Unique name of the collection."""
        return f"{self.where}#{self.collection_name}"

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SharedFiles) and self.name == other.name


def _opened(where: MongoDatabase) -> Any:
    """Return the database; the first look at the server is soon over, what comes later waits long for it."""
    _ask(where, os.getpid())
    return where.client(patience_s=PATIENCE_S)[where.name]


@cache
def _ask(where: MongoDatabase, _process: int) -> None:
    """Ask once per process whether the server answers and takes the user."""
    client = where.client()
    with explained(where):
        client[where.name].command("ping")


def _patiently(write: Callable[[], object]) -> None:
    """Write, and write again while the server goes and comes.

    The driver's errors of a document bring the whole of it along, and are put into a sentence without it.
    """
    from pymongo.errors import AutoReconnect, BulkWriteError, DocumentTooLarge

    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            write()
        except DocumentTooLarge:
            raise RunError(TOO_LARGE) from None
        except BulkWriteError as error:
            first = error.details["writeErrors"][0] if error.details["writeErrors"] else error.details
            reason = TOO_LARGE if first.get("code") in TOO_LARGE_CODES else str(first.get("errmsg"))[:200]
            raise RunError(reason) from None
        except AutoReconnect:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_S)
        else:
            return
