"""The numbers of all records in one SQLite file, kept up to date: what makes a large database quick.

A record has a row of fixed form there, and texts stand once each. The index knows of which state of the
records it is; a snapshot of it is never older than the records themselves. It can be removed at any time.
"""

import hashlib
import sqlite3
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lithicoat.analysis.database.caching import cache_directory
from lithicoat.analysis.database.entries import Encoder, Words
from lithicoat.analysis.database.migrations import migrated
from lithicoat.analysis.database.schema import parsed_record
from lithicoat.analysis.database.snapshot import Snapshot
from lithicoat.analysis.database.sources import Changes, DirectorySource, MongoSource, Source
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import MongoDatabase, Where

__all__ = ["FILE", "Heard", "Index", "IndexState", "opened"]

FILE = "numbers.index"
"""Name of the index in the directory of an embedded database."""
FORM = "1"
"""Raise it when rows are written otherwise: an index of another form is made anew."""
PATIENCE_S = 600.0
"""Seconds to wait for another process that brings the index up to date."""
WORDS = ("properties", "words", "notes")
TABLES = """
CREATE TABLE IF NOT EXISTS state(name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS rows(key TEXT PRIMARY KEY, version TEXT, row BLOB);
CREATE TABLE IF NOT EXISTS properties(code INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE IF NOT EXISTS words(code INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE IF NOT EXISTS notes(code INTEGER PRIMARY KEY, text TEXT);
"""
Heard = Callable[[int, int], None]
"""Is told how many records of how many were read."""


@dataclass(frozen=True)
class IndexState:
    """How the index of a database stands.

    Parameters
    ----------
    file : Path or None
        Its file; None where none could be made and it is held in memory.
    rows : int
        Records in it.
    behind : int
        Records that were written or removed since.
    """

    file: Path | None
    rows: int
    behind: int


class Index:
    """The index of one database.

    Parameters
    ----------
    source : Source
        The documents.
    file : Path
        Where it is kept; where that cannot be written it is held in memory.
    where : str
        The database, for errors.
    """

    def __init__(self, source: Source, file: Path, *, where: str) -> None:
        self._source, self._where = source, where
        self._stamp: str | None = None
        self._snapshot: Snapshot | None = None
        self._lock = threading.Lock()
        source.stamp()  # before a file is made: is there a database?
        self.file, self._connection = _connected(file)

    def snapshot(self, heard: Heard | None = None) -> Snapshot:
        """Return the numbers of the records as they are now.

        Parameters
        ----------
        heard : callable, optional
            Is told how many records of how many were read, when many have to be.

        Raises
        ------
        DataError
            If the records cannot be read.
        """
        with self._lock:
            if self._snapshot is None or self._source.stamp() != self._stamp:
                with self._writing():
                    self._update(heard)
                self._snapshot = self._loaded()
            return self._snapshot

    def documents(self, keys: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Give whole documents of records by their keys in a snapshot."""
        return (document for _, document in self._source.documents(keys))

    def state(self) -> IndexState:
        """Return how the index stands, without bringing it up to date."""
        with self._lock:
            changes = self._source.changes(self._said("stamp"), self._known())
        (rows,) = self._connection.execute("SELECT count(*) FROM rows").fetchone()
        return IndexState(self.file, rows, len(changes.changed) + len(changes.gone))

    def _update(self, heard: Heard | None) -> None:
        """Read what has changed, within one transaction."""
        changes = self._source.changes(self._said("stamp"), self._known())
        if changes.stamp == self._said("stamp") and not changes.changed and not changes.gone:
            return
        texts = {name: self._words(name) for name in WORDS}
        known = {name: len(words.texts) for name, words in texts.items()}
        self._write_rows(changes, Encoder(**texts), heard)
        for name, words in texts.items():
            fresh = enumerate(words.texts[known[name] :], start=known[name])
            self._connection.executemany(f"INSERT INTO {name} VALUES (?, ?)", fresh)  # noqa: S608
        self._connection.executemany("DELETE FROM rows WHERE key = ?", ((key,) for key in changes.gone))
        self._connection.execute("INSERT OR REPLACE INTO state VALUES ('stamp', ?)", (changes.stamp,))

    def _write_rows(self, changes: Changes, encoder: Encoder, heard: Heard | None) -> None:
        keys, rows = list(changes.changed), []
        for done, (key, document) in enumerate(self._source.documents(keys), start=1):
            rows.append((key, changes.changed[key], self._row(document, encoder)))
            if len(rows) == 1000:
                self._put(rows)
                rows.clear()
                if heard is not None:
                    heard(done, len(keys))
        self._put(rows)

    def _put(self, rows: Sequence[tuple[str, str, bytes]]) -> None:
        self._connection.executemany(
            "INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT(key) DO UPDATE SET "
            "version = excluded.version, row = excluded.row",
            rows,
        )

    def _row(self, document: dict[str, Any], encoder: Encoder) -> bytes:
        """Return the row of a document; one that is no record has no numbers, and is told when it is read."""
        try:
            return encoder.row(migrated(document, where=self._where))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, struct.error):
            pass
        try:
            record = parsed_record(document, where=self._where)
        except DataError:
            return encoder.broken(document)
        return encoder.row(record.model_dump(mode="json"))

    def _loaded(self) -> Snapshot:
        """Load one state of the index."""
        with self._reading():
            texts = {name: self._words(name) for name in ("properties", "words")}
            self._stamp = self._said("stamp")
            rows = self._connection.execute("SELECT key, row FROM rows").fetchall()
            return Snapshot.of(
                [key for key, _ in rows],
                [row for _, row in rows],
                properties=texts["properties"].texts,
                words=texts["words"],
                notes=Words(lambda: self._texts("notes")),
            )

    def _words(self, name: str) -> Words:
        return Words(self._texts(name))

    def _texts(self, name: str) -> list[str]:
        found = self._connection.execute(f"SELECT text FROM {name} ORDER BY code")  # noqa: S608
        return [text for (text,) in found]

    def _known(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT key, version FROM rows").fetchall())

    def _said(self, name: str) -> str:
        found = self._connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return found[0] if found else ""

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Write alone, and all or nothing; readers see the state before it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")


def opened(where: Where) -> Index:
    """Open the index of a database.

    Raises
    ------
    DataError
        If there is no database, or it cannot be read.
    """
    if isinstance(where, MongoDatabase):
        name = hashlib.sha256(str(where).encode()).hexdigest()[:16]
        return Index(MongoSource(where), cache_directory() / f"{name}.index", where=str(where))
    return Index(DirectorySource(where), where / FILE, where=str(where))


def _connected(file: Path) -> tuple[Path | None, sqlite3.Connection]:
    """Open the file of an index, made anew if it is of another form or broken."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file, _made(file)
    except sqlite3.DatabaseError:
        pass
    except OSError:
        return None, _made(None)
    try:
        for end in ("", "-wal", "-shm"):
            file.with_name(file.name + end).unlink(missing_ok=True)
        return file, _made(file)
    except (sqlite3.DatabaseError, OSError):
        return None, _made(None)


def _made(file: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:" if file is None else file,
        timeout=PATIENCE_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(f"BEGIN IMMEDIATE;{TABLES}COMMIT;")
    found = connection.execute("SELECT value FROM state WHERE name = 'form'").fetchone()
    if found is None:
        connection.execute("INSERT OR IGNORE INTO state VALUES ('form', ?)", (FORM,))
    elif found[0] != FORM:
        connection.close()
        raise sqlite3.DatabaseError
    return connection
