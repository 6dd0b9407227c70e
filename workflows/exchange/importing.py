"""Bring an archive into a database that is there already, or into a new one."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange import Archive, open_archive
from lithicoat.analysis.exchange.lines import open_lines
from lithicoat.analysis.exchange.step_documents import KINDS
from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.exchange.adding import Adding
from lithicoat.workflows.exchange.results import Added
from lithicoat.workflows.locking import own_database
from lithicoat.workflows.storage import open_store

__all__ = ["checked_outputs", "import_archive"]

LINES = ".jsonl"


def import_archive(archive: Path, where: Where, *, steps: bool = True) -> Added:
    """Add the records, computations and campaigns of an archive to a database.

    All of it is looked through before anything is written. Nothing in it becomes code: it is plain JSON, its
    computations are of known kinds, and each must have the form of its kind, so that a later campaign can
    take it for its own.

    Parameters
    ----------
    archive : Path
        The zip file; or a file of JSON lines, one record each.
    where : Path or MongoDatabase
        The database; a directory is made if need be.
    steps : bool
        False leaves the computations out: then later campaigns compute them again.

    Raises
    ------
    DataError
        If the archive is refused.
    UsageError
        If another process holds the database, or it cannot be written.
    """
    if archive.suffix == LINES:
        return _import_lines(archive, where)
    with open_archive(archive) as opened:
        if steps:
            for _ in checked_outputs(opened.jobs(), str(archive)):
                pass
        store = open_store(where)
        with own_database(where, f"the import of {archive}"):
            return _import(opened, Adding(where, store, opened.campaigns(), source=str(archive)), steps=steps)


def _import_lines(file: Path, where: Where) -> Added:
    with open_lines(file) as lines:
        store = open_store(where)
        with own_database(where, f"the import of {file}"):
            adding = Adding(where, store, (), source=str(file))
            adding.records(lines.records())
            return adding.done


def _import(opened: Archive, adding: Adding, *, steps: bool) -> Added:
    if steps:
        adding.steps(opened.jobs())
    adding.records(opened.records())
    adding.campaigns()
    return adding.done


def checked_outputs(jobs: Iterator[dict[str, Any]], source: str) -> Iterator[dict[str, Any]]:
    """Hold the outputs of computations against the form of their kind.

    Raises
    ------
    DataError
        If one has another form, such as half a document.
    """
    for job in jobs:
        kind = job["output"]["@class"]
        schema = getattr(import_module(KINDS[kind]), kind)
        content = {name: value for name, value in job["output"].items() if not name.startswith("@")}
        try:
            schema.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))[:120]
            film = job["metadata"].get("coating", "a film")
            raise DataError(
                f"the step {job['name']} of {film} in {source} has not the form of a {kind}: {field}: "
                f"{first['msg']}",
                where=source,
                hint="it is of another version of lithicoat, or broken; --without-steps imports the numbers",
            ) from error
        yield job
