"""The documents of the records as an index reads them: which changed, and what they say.

In a directory, SQLite itself keeps a journal of what is written to the file of the records, by triggers: no
writer, of whichever version, can pass it by. Each entry has a random mark, so that an index is not taken for
one of another copy of the database. In a MongoDB a record is known by its key and the time it was made, which
every new record of a film has of its own.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lithicoat.analysis.database.reading import DATABASE
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import MongoDatabase, explained

__all__ = ["Changes", "DirectorySource", "MongoSource", "Source"]

Document = dict[str, Any]
AT_ONCE = 500
"""Documents that are read at once."""
PATIENCE_S = 60.0
"""Seconds to wait for another process that writes."""

JOURNAL = """
CREATE TABLE IF NOT EXISTS journal(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, document, mark DEFAULT (hex(randomblob(8)))
);
CREATE TRIGGER IF NOT EXISTS journal_insert AFTER INSERT ON documents
    BEGIN INSERT INTO journal(document) VALUES (new._id); END;
CREATE TRIGGER IF NOT EXISTS journal_update AFTER UPDATE ON documents
    BEGIN INSERT INTO journal(document) VALUES (new._id); END;
CREATE TRIGGER IF NOT EXISTS journal_delete AFTER DELETE ON documents
    BEGIN INSERT INTO journal(document) VALUES (old._id); END;
INSERT INTO journal(document) SELECT NULL WHERE NOT EXISTS (SELECT 1 FROM journal);
"""
"""The first entry, without a document, stands for all that was there before."""


@dataclass(frozen=True)
class Changes:
    """What an index lacks.

    Parameters
    ----------
    stamp : str
        Tells one state of the records from another.
    changed : dict of str to str
        Keys of documents to be read again, with what tells one version of them from another.
    gone : set of str
        Keys of documents that are there no more.
    """

    stamp: str
    changed: Mapping[str, str]
    gone: set[str]


class Source(Protocol):
    """Documents of the records of one database."""

    def stamp(self) -> str:
        """Return what tells the present state of the records from another, at no cost."""
        ...

    def changes(self, stamp: str, known: Mapping[str, str]) -> Changes:
        """Return what happened since a stamp, to an index that knows these versions of documents."""
        ...

    def documents(self, keys: Sequence[str]) -> Iterator[tuple[str, Document]]:
        """Give the documents of keys, those that are there, in the order of the keys."""
        ...


class DirectorySource:
    """Records of an embedded database.

    Parameters
    ----------
    directory : Path
        Its directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file = directory / DATABASE / "records"
        self._connection: sqlite3.Connection | None = None

    def stamp(self) -> str:
        """Return the last entry of the journal; nothing where there are no records yet."""
        connection = self._opened()
        return "" if connection is None else _last(connection)

    def changes(self, stamp: str, known: Mapping[str, str]) -> Changes:
        """Return what the journal says, or everything if it does not go on from the stamp."""
        connection = self._opened()
        if connection is None:
            return Changes("", {}, set(known))
        connection.execute("BEGIN")  # one state of the file for all that follows
        try:
            last = _last(connection)
            touched = _touched_since(connection, stamp)
            if touched is None:
                there = {key for (key,) in connection.execute("SELECT _id FROM documents")}
                return Changes(last, dict.fromkeys(sorted(there), ""), set(known) - there)
            gone = {key for key in touched if not _there(connection, key)}
            return Changes(last, {key: "" for key in touched if key not in gone}, gone)
        finally:
            connection.execute("COMMIT")

    def documents(self, keys: Sequence[str]) -> Iterator[tuple[str, Document]]:
        """Give documents, some hundred at a time."""
        import bson  # noqa: PLC0415 - only where documents are read

        connection = self._opened()
        if connection is None:
            return
        for start in range(0, len(keys), AT_ONCE):
            part = keys[start : start + AT_ONCE]
            marks = ",".join("?" * len(part))
            query = f"SELECT _id, doc FROM documents WHERE _id IN ({marks})"  # noqa: S608 - marks alone
            found = dict(connection.execute(query, part).fetchall())
            yield from ((key, bson.decode(found[key])) for key in part if key in found)

    def _opened(self) -> sqlite3.Connection | None:
        """Open the file, with its journal; there is none before the first record."""
        if self._connection is not None:
            return self._connection
        if not (self._directory / DATABASE).exists():
            raise DataError(
                f"{self._directory} holds no lithicoat database",
                where=str(self._directory),
                hint="lithicoat screen makes one; --db DIR names another",
            )
        if not self._file.exists():
            return None
        connection = sqlite3.connect(
            self._file, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
        )
        try:
            if not _has(connection, "documents"):
                return None
            if not _has(connection, "journal_delete"):
                connection.executescript(f"BEGIN IMMEDIATE;{JOURNAL}COMMIT;")
        except sqlite3.DatabaseError as error:
            raise DataError(
                f"the records in {self._directory} cannot be read: {error}",
                where=str(self._directory),
                hint="the directory has to be writable, and no other program may hold the file",
            ) from error
        self._connection = connection
        return connection


class MongoSource:
    """Records of a MongoDB.

    Parameters
    ----------
    database : MongoDatabase
        Which one.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._records = database.collection("records")

    def stamp(self) -> str:
        """Return how many records there are, and when the latest was made."""
        with explained(self._database):
            number = self._records.estimated_document_count()
            latest = list(self._records.find({}, {"created_at": 1}).sort("created_at", -1).limit(1))
        return f"{number} {latest[0]['_id']} {latest[0].get('created_at')}" if latest else "0"

    def changes(self, stamp: str, known: Mapping[str, str]) -> Changes:  # noqa: ARG002 - it has no journal
        """Hold keys and times of all records, which the server has in an index, against those known."""
        now = self.stamp()
        with explained(self._database):
            listed = self._records.find({}, {"created_at": 1}).sort([("created_at", 1), ("_id", 1)])
            there = {_written(one["_id"]): str(one.get("created_at")) for one in listed}
        changed = {key: made for key, made in there.items() if known.get(key) != made}
        return Changes(now, changed, set(known) - set(there))

    def documents(self, keys: Sequence[str]) -> Iterator[tuple[str, Document]]:
        """Give documents, some hundred at a time."""
        for start in range(0, len(keys), AT_ONCE):
            part = [_read(key) for key in keys[start : start + AT_ONCE]]
            with explained(self._database):
                found = {one["_id"]: one for one in self._records.find({"_id": {"$in": part}})}
            yield from ((_written(key), found[key]) for key in part if key in found)


def _has(connection: sqlite3.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


def _last(connection: sqlite3.Connection) -> str:
    seq, mark = connection.execute("SELECT seq, mark FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return f"{seq} {mark}"


def _touched_since(connection: sqlite3.Connection, stamp: str) -> list[str] | None:
    """Return the documents that were written or removed since a stamp; None if the journal cannot say."""
    seq, _, mark = stamp.partition(" ")
    if not seq or connection.execute("SELECT mark FROM journal WHERE seq = ?", (seq,)).fetchone() != (mark,):
        return None
    query = "SELECT document FROM journal WHERE seq > ? GROUP BY document ORDER BY max(seq)"
    touched = [document for (document,) in connection.execute(query, (seq,))]
    return None if None in touched else touched


def _there(connection: sqlite3.Connection, key: str) -> bool:
    return connection.execute("SELECT 1 FROM documents WHERE _id = ?", (key,)).fetchone() is not None


def _written(key: Any) -> str:
    """Return the key of a document as text."""
    return f"s:{key}" if isinstance(key, str) else f"o:{key}"


def _read(text: str) -> Any:
    from bson import ObjectId  # noqa: PLC0415 - for the groups that have a MongoDB

    return text[2:] if text.startswith("s:") else ObjectId(text[2:])
