"""Where results live: a jobflow JobStore on a directory of SQLite files, or the group's MongoDB."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import litemongo
from jobflow import JobStore
from maggma.stores import MongoStore
from pydantic import BaseModel

from lithicoat.analysis.mongodb import MongoDatabase, Where, located
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.shared_storage import SharedFiles, SharedStore, open_shared

__all__ = ["LiteStore", "existing_store", "kept_of", "open_store", "sibling"]

Kept = TypeVar("Kept", bound=BaseModel)

INDEXED = ("uuid", "hosts", "metadata.key", "failure.key")


class LiteStore(MongoStore):
    """A MongoStore kept in a directory, through litemongo (SQLite).

    It is safe against the death of the process. The workers of a campaign write one after the other.

    Parameters
    ----------
    path : str or Path
        Directory of the SQLite files; made if need be.
    collection_name : str
        Name of the collection.
    database : str
        Name of the database in the directory.
    """

    def __init__(
        self, path: str | Path, collection_name: str, database: str = "lithicoat", **kwargs: Any
    ) -> None:
        self.path = str(path)
        self.default_sort = kwargs.get("default_sort")
        super().__init__(database, collection_name, **kwargs)

    def connect(self, force_reset: bool = False) -> None:  # noqa: FBT001, FBT002 - maggma's signature
        """Open the collection."""
        if getattr(self, "_coll", None) is None or force_reset:
            self._coll = litemongo.connect("file:" + self.path)[self.database][self.collection_name]

    def update(self, docs: Any, key: Any = None) -> None:
        """Write documents; one process at a time, so that the same key never gets two."""
        with self._writing():
            super().update(docs, key)

    def remove_docs(self, criteria: dict[str, Any]) -> None:
        """Remove documents; one process at a time."""
        with self._writing():
            super().remove_docs(criteria)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with (Path(self.path) / "write.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @property
    def name(self) -> str:
        """Unique name of the collection."""
        return f"lite://{self.path}/{self.database}/{self.collection_name}"

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LiteStore) and self.name == other.name


def open_store(where: Where | str) -> JobStore:
    """Open, or make, the job store of a database.

    Parameters
    ----------
    where : Path, str or MongoDatabase
        The directory of an embedded database, or a MongoDB (as a str, its URI).

    Returns
    -------
    JobStore
        Connected, with the additional store ``data`` for what is big and the indexes that lookups need.

    Raises
    ------
    UsageError
        If the directory cannot be made or written.
    DataError
        If the MongoDB does not answer, or refuses the user.
    """
    where = located(where)
    documents: Any
    data: Any
    if isinstance(where, MongoDatabase):
        documents, data = SharedStore(where, "jobs"), SharedFiles(where, "data")
    else:
        _make(where)
        documents, data = LiteStore(where, "jobs"), LiteStore(where, "data")
    store = JobStore(documents, additional_stores={"data": data})
    store.connect()
    for field in INDEXED:
        documents.ensure_index(field)
    data.ensure_index("blob_uuid")
    return store


def existing_store(where: Where) -> JobStore | None:
    """Open the job store of a database; None where there is no directory yet."""
    return open_store(where) if isinstance(where, MongoDatabase) or where.is_dir() else None


def _make(directory: Path) -> None:
    """Make the directory of a database, which has to be writable."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the database directory {directory} cannot be made: {error.strerror}",
            where=str(directory),
            hint="give a writable directory with --db DIR",
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise UsageError(
            f"the database directory {directory} cannot be written",
            where=str(directory),
            hint="give a writable directory with --db DIR",
        )


def sibling(store: JobStore, collection: str, *, index: str) -> MongoStore:
    """Open another collection in the database of a job store, whichever database that is."""
    documents = store.docs_store
    if isinstance(documents, LiteStore):
        other: Any = LiteStore(documents.path, collection)
    elif isinstance(documents, SharedStore):
        other = open_shared(documents.where, collection)
    else:
        other = MongoStore.from_dict({**documents.as_dict(), "collection_name": collection})
    other.connect()
    other.ensure_index(index)
    return cast("MongoStore", other)


def kept_of(sha256: str, schema: type[Kept], store: JobStore | None, collection: str) -> Kept | None:
    """Return what a collection keeps of the potential of this sha256; None without it or without a store."""
    if store is None:
        return None
    found = sibling(store, collection, index="sha256").query_one({"sha256": sha256})
    if found is None:
        return None
    found.pop("_id", None)
    return schema.model_validate(found)
