"""Merge one database into another, without duplicates."""

import os
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from jobflow import JobStore
from pydantic import BaseModel

from lithicoat.analysis.database import open_collection, read_campaigns
from lithicoat.analysis.exchange.checking import record_of
from lithicoat.analysis.exchange.exporting import latest_records
from lithicoat.analysis.exchange.step_documents import KEY, KINDS, job_of, step_of
from lithicoat.analysis.exchange.strict import document_of, line_of
from lithicoat.analysis.mongodb import MongoDatabase, Where, explained
from lithicoat.analysis.oxygen.offers import CathodeOxygen
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.workflows.errors import DiskError, UsageError
from lithicoat.workflows.exchange.adding import Adding
from lithicoat.workflows.exchange.importing import checked_outputs
from lithicoat.workflows.exchange.results import Added
from lithicoat.workflows.locking import own_database
from lithicoat.workflows.oxygen.offer import COLLECTION as OXYGEN
from lithicoat.workflows.steps import files_directory
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.thermochemistry.records import COLLECTION as PHASES

__all__ = ["merge_databases"]

TABLES: dict[str, type[BaseModel]] = {PHASES: Thermochemistry, OXYGEN: CathodeOxygen}
CHECKPOINTS = "checkpoint*"
"""Files of an unfinished run, of no use after it."""


def merge_databases(source: Where, where: Where, *, files: bool = True) -> Added:
    """Add all that one database has, and another has not, to the other.

    Of two records of one film, with the same potential, protocol and seed, the later stays; a computation is
    known by its key; campaigns of one name with the same numbers become one. Doing it again adds nothing.
    What the source holds is checked as strictly as an archive.

    Parameters
    ----------
    source : Path or MongoDatabase
        Is only read.
    where : Path or MongoDatabase
        Is added to; a directory is made if need be.
    files : bool
        Also copy trajectories and other files of computations, where the source is a directory.

    Raises
    ------
    DataError
        If there is no database at the source, or it holds something broken.
    UsageError
        If both are the same, or another process holds the second.
    DiskError
        If files cannot be copied.
    """
    if _same(source, where):
        raise UsageError(f"{where} cannot be merged into itself", where=str(where), hint="name another")
    with explained(source) if isinstance(source, MongoDatabase) else nullcontext():
        giving = _Giving(source)
        giving.look_through()
        store = open_store(where)
        with own_database(where, f"the merge of {source}"):
            adding = Adding(where, store, giving.campaigns(), source=str(source))
            adding.steps(giving.jobs())
            for collection, schema in TABLES.items():
                adding.tables(collection, giving.tables(collection, schema))
            copied = _copied(source, store, adding.keys) if files and isinstance(source, Path) else 0
            adding.note_files(copied, foreign=giving.foreign)
            adding.records(giving.records())
            adding.campaigns()
            return adding.done


class _Giving:
    """The database that is merged into another."""

    def __init__(self, where: Where) -> None:
        self.where, self.foreign = where, 0

    def look_through(self) -> None:
        """Read all of it once, before anything is written."""
        for _ in checked_outputs(self.jobs(), str(self.where)):
            pass
        for _ in self.records():
            pass
        self.campaigns()

    def campaigns(self) -> list[CampaignRecord]:
        return read_campaigns(self.where)

    def records(self) -> Iterator[ScreeningRecord]:
        for record in latest_records(self.where):
            place = f"the record of {record.coating} in {self.where}"
            yield record_of(document_of(line_of(record.model_dump(mode="json")), place), place)

    def jobs(self) -> Iterator[dict[str, Any]]:
        """Give the computations that may stand behind records, each once, in the order of their keys."""
        self.foreign = 0
        collection = open_collection(self.where, "jobs")
        light = collection.find({"metadata.key": {"$exists": True}}, {"metadata.key": 1, "output.@class": 1})
        keys = {one["metadata"]["key"]: (one.get("output") or {}).get("@class") for one in light}
        for key in sorted(keys):
            if keys[key] not in KINDS:
                self.foreign += 1
                continue
            job = collection.find_one({"metadata.key": key})
            place = f"the step {job.get('name')} of {job['metadata'].get('coating')} in {self.where}"
            found = job_of(document_of(line_of(step_of(job)), place), place, origin=None)
            yield found

    def tables(self, collection: str, schema: type[BaseModel]) -> list[dict[str, Any]]:
        found = open_collection(self.where, collection)
        if collection not in found.database.list_collection_names():
            return []
        return [
            schema.model_validate(
                {name: one[name] for name in schema.model_fields if name in one}
            ).model_dump(mode="json")
            for one in found.find({})
        ]


def _same(source: Where, where: Where) -> bool:
    if isinstance(source, Path) and isinstance(where, Path):
        return source.resolve() == where.resolve()
    return source == where


def _copied(source: Path, store: JobStore, keys: list[str]) -> int:
    """Copy the files of finished computations; only plain files, and no links."""
    goal, count = files_directory(store), 0
    for key in keys:
        origin, place = source / "steps" / key, goal / key
        if not KEY.fullmatch(key) or not origin.is_dir() or origin.is_symlink() or place.exists():
            continue
        beside = goal / f".{key}.{os.getpid()}"
        try:
            shutil.copytree(origin, beside, ignore=_left_out)
            beside.rename(place)
        except OSError as error:
            raise DiskError(
                f"the files of a step cannot be copied to {place}: {error.strerror or error}",
                where=str(place),
                hint="make room there and merge again; what is there is not copied twice",
            ) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        count += 1
    return count


def _left_out(directory: str, names: list[str]) -> set[str]:
    left = set(shutil.ignore_patterns(CHECKPOINTS)(directory, names))
    return left | {name for name in names if not _plain(Path(directory) / name)}


def _plain(path: Path) -> bool:
    return not path.is_symlink() and (path.is_file() or path.is_dir())
