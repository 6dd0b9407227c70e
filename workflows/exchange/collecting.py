"""Find, and remove, what no record and no unfinished film needs."""

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.database import open_collection
from lithicoat.analysis.exchange.step_documents import KEY
from lithicoat.analysis.mongodb import MongoDatabase, Where
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.exchange.holdings import Film, Holdings, Job, blobs_in, holdings
from lithicoat.workflows.locking import own_database
from lithicoat.workflows.steps import files_directory
from lithicoat.workflows.storage import open_store, sibling

__all__ = ["DAYS", "Waste", "collect", "size_of"]

DAYS = 7.0
"""Days for which a directory without a document is left alone: its step may go on from a checkpoint."""
DAY_S = 86400.0


class Waste(BaseModel):
    """What a database could do without."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    computations: int = Field(description="Documents of film computations that no record names any more.")
    copies: int = Field(description="Further documents of one computation.")
    records: int = Field(description="Records of films that have a later one.")
    notes: int = Field(description="Notes of failures and running steps whose step has finished since.")
    blobs: int = Field(description="Big data of documents that are gone.")
    directories: tuple[str, ...] = Field(description="Directories of such computations, and of none at all.")
    bytes: int = Field(description="Size of these directories.")
    young: int = Field(description="Directories without a document that changed lately, and stay.")
    deleted: bool = Field(False, description="True if all this was removed.")

    @property
    def documents(self) -> int:
        """Number of documents."""
        return self.computations + self.copies + self.records + self.notes + self.blobs

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to remove."""
        return not self.documents and not self.directories


def collect(where: Where, *, delete: bool = False, days: float = DAYS) -> Waste:
    """Find what no record and no unfinished film needs; remove it if asked to.

    Computations of single commands, such as ``lithicoat elastic``, belong to no film and stay.

    Parameters
    ----------
    where : Path or MongoDatabase
        The database.
    delete : bool
        Remove what was found.
    days : float
        A directory that belongs to no document stays for so many days after its last change.

    Raises
    ------
    DataError
        If there is no database.
    UsageError
        If something is to be removed while a campaign runs.
    """
    open_collection(where, "records")
    if not delete:
        return _Collector(where, days=days).waste()
    with _alone(where):
        collector = _Collector(where, days=days)
        collector.remove()
        return collector.waste().model_copy(update={"deleted": True})


def size_of(directory: Path) -> int:
    """Return the bytes of the plain files in a directory."""
    return sum(
        file.stat().st_size for file in directory.rglob("*") if file.is_file() and not file.is_symlink()
    )


@contextmanager
def _alone(where: Where) -> Iterator[None]:
    """Keep campaigns out for as long as something is removed."""
    if isinstance(where, MongoDatabase):
        from lithicoat.workflows.survey import survey

        busy = [one.name for one in survey(where) if one.state in {"running", "waiting"}]
        if busy:
            raise UsageError(
                f"campaign {busy[0]} is {_state_word(busy)} in {where}: nothing is removed while one runs",
                where=str(where),
                hint="lithicoat status shows it; without --delete one only looks",
            )
        yield
        return
    with own_database(where, "lithicoat db gc"), (where / "write.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.flock(file, fcntl.LOCK_UN)  # whoever wrote has finished; who comes later is kept out above
        yield


def _state_word(busy: list[str]) -> str:
    return "under way" if len(busy) == 1 else f"under way, with {len(busy) - 1} more,"


class _Collector:
    """What is of no use in one database."""

    def __init__(self, where: Where, *, days: float) -> None:
        self.where = where
        self.store: Any = open_store(where)
        found = holdings(where)
        self.old = _superfluous(found)
        self.copies = found.copies()
        gone = {job.id for job in (*self.old, *self.copies)}
        kept: set[str | None] = {job.key for job in found.jobs if job.id not in gone and job.key}
        self.notes = [job for job in found.jobs if job.note_of in found.keys]
        self.records = [one[1] for documents in found.records.values() for one in documents[:-1]]
        self.blobs = self._lost_blobs(gone)
        lately = {job.note_of for job in found.jobs if job.note_of and job.note_of not in found.keys}
        self.directories, self.young = self._directories(
            {job.key for job in self.old if job.key} - kept, {*kept, *lately}, days=days
        )
        self.size = sum(map(size_of, self.directories))

    def waste(self) -> Waste:
        return Waste(
            computations=len(self.old),
            copies=len(self.copies),
            records=len(self.records),
            notes=len(self.notes),
            blobs=len(self.blobs),
            directories=tuple(path.name for path in self.directories),
            bytes=self.size,
            young=self.young,
        )

    def remove(self) -> None:
        """Remove documents first: a document without its files would be taken for whole."""
        records = sibling(self.store, "records", index="coating")
        for identity in self.records:
            records.remove_docs({"_id": identity})
        for job in (*self.old, *self.copies, *self.notes):
            self.store.docs_store.remove_docs({"_id": job.id})
        data = self.store.additional_stores["data"]
        for blob in sorted(self.blobs):
            data.remove_docs({"blob_uuid": blob})
        for directory in self.directories:
            shutil.rmtree(directory)

    def _lost_blobs(self, gone: set[object]) -> set[str]:
        data = self.store.additional_stores["data"]
        there = {str(one.get("blob_uuid")) for one in data.query({}, properties=["blob_uuid"])}
        if not there:
            return set()
        jobs = open_collection(self.where, "jobs").find({})
        return there - {blob for job in jobs if job["_id"] not in gone for blob in blobs_in(job)}

    def _directories(self, dead: set[str], alive: set[str | None], *, days: float) -> tuple[list[Path], int]:
        """Return the directories to go, and how many without a document are too young for that."""
        root = files_directory(self.store)
        if not root.is_dir():
            return [], 0
        found, young = [], 0
        for directory in sorted(root.iterdir()):
            if not KEY.fullmatch(directory.name) or directory.is_symlink() or not directory.is_dir():
                continue
            if directory.name in dead:
                found.append(directory)
            elif directory.name not in alive:
                if _last_change(directory) > time.time() - days * DAY_S:
                    young += 1
                else:
                    found.append(directory)
        return found, young


def _superfluous(found: Holdings) -> list[Job]:
    """Return computations of films that no record names, and the copies that jobs keep of older records."""
    needed, spared = found.needed, found.unfinished | found.interrupted | found.nameless
    old = [
        job
        for job in found.jobs
        if job.key is not None
        and job.finished
        and job.film[0] is not None
        and job.key not in needed
        and job.film not in spared
    ]
    return [*old, *_older_records(found)]


def _older_records(found: Holdings) -> Iterator[Job]:
    latest: dict[Film, Job] = {}
    for job in found.jobs:
        if job.name == "record" and job.key is None and job.finished:
            before = latest.setdefault(job.film, job)
            if before is not job:
                older, newer = sorted((before, job), key=lambda one: (one.completed_at, one.uuid))
                latest[job.film] = newer
                yield older


def _last_change(directory: Path) -> float:
    return max(path.lstat().st_mtime for path in (directory, *directory.rglob("*")))
