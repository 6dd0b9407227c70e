"""A mark in the job store for as long as a step runs: where, since when and how far it is."""

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymongo
from jobflow import CURRENT_JOB
from maggma.core import Store
from pydantic import BaseModel, ConfigDict, Field
from pymongo.errors import PyMongoError

from lithicoat.workflows import progress
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.shared_storage import SharedStore

__all__ = ["Mark", "marked"]

INTERVAL_S = 15.0
"""Time between two notes of how far a step is, s: few enough for a database that a thousand steps share."""


class Mark(BaseModel):
    """What a running step tells of itself; it is gone when the step has ended."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str = Field(description="Key of the computation.")
    uuid: str = Field(description="uuid of the job.")
    step: str
    coating: str | None = None
    campaign: str | None = None
    host: str
    pid: int
    since: datetime
    seen: datetime = Field(description="When it was last written.")
    label: str = ""
    done: float | None = Field(None, description="Finished units of the present part of the step.")
    total: float | None = None
    unit: str = ""


PATIENCE_S = 2.0
"""Time that a mark may take a running step when the database does not answer, s."""
SPENT = "spent_s"
"""File in a step's directory that adds up the run times of its parts, s."""


@contextmanager
def marked(key: str, directory: Path) -> Iterator[None]:
    """Keep a mark of the running job for as long as the context lasts, and note its run time.

    Whoever listens to its progress still does. A mark that cannot be written is done without: it says how
    far a step is, and no step fails for want of it. The run time, with that of earlier parts of an
    interrupted step, becomes `seconds` in the metadata of the job.

    Parameters
    ----------
    key : str
        Key of the computation.
    directory : Path
        Where the step keeps its files, if it has any.
    """
    job, documents = CURRENT_JOB.job, CURRENT_JOB.store.docs_store
    now = datetime.now(UTC)
    facts = {name: job.metadata.get(name) for name in ("coating", "campaign")}
    mark = Mark(
        key=key,
        uuid=job.uuid,
        step=job.name,
        host=socket.gethostname(),
        pid=os.getpid(),
        since=now,
        seen=now,
        **facts,
    )
    keeper = _Keeper(mark, documents, progress.current())
    keeper.write()
    began = time.monotonic()
    try:
        with progress.listen(keeper):
            yield
    finally:
        job.metadata["seconds"] = _spent(directory, time.monotonic() - began)
        keeper.remove()


def _spent(directory: Path, seconds: float) -> float:
    """Return the run time of a step with its earlier parts, and keep it for later ones."""
    with suppress(OSError, ValueError):
        seconds += float((directory / SPENT).read_text())
    if directory.is_dir():
        with suppress(OSError):
            (directory / SPENT).write_text(f"{seconds:.3f}")
    return round(seconds, 3)


class _Keeper:
    """Writes how far a step is into its mark, and passes it on."""

    def __init__(self, mark: Mark, documents: Store, listener: progress.Listener | None) -> None:
        self.mark, self.documents, self.listener = mark, documents, listener
        self._place = f"running-{mark.key}"
        self._written = 0.0

    def started(self, step: str) -> None:
        if self.listener:
            self.listener.started(step)

    def advanced(self, label: str, done: float, total: float, unit: str) -> None:
        if time.monotonic() - self._written >= INTERVAL_S:
            news = {"label": label, "done": done, "total": total, "unit": unit, "seen": datetime.now(UTC)}
            self.mark = self.mark.model_copy(update=news)
            self.write()
        if self.listener:
            self.listener.advanced(label, done, total, unit)

    def ended(self, step: str, outcome: Outcome) -> None:
        if self.listener:
            self.listener.ended(step, outcome)

    def write(self) -> None:
        document = {"uuid": self._place, "index": 1, "running": self.mark.model_dump(mode="json")}
        with self._hurrying():
            self._base.update(document, key=["uuid"])
        self._written = time.monotonic()

    def remove(self) -> None:
        mine = {"running.host": self.mark.host, "running.pid": self.mark.pid}
        with self._hurrying():
            self._base.remove_docs({"uuid": self._place, **mine})

    @property
    def _base(self) -> Any:
        """The store without the patience that results deserve and marks do not."""
        return (
            super(SharedStore, self.documents) if isinstance(self.documents, SharedStore) else self.documents
        )

    @contextmanager
    def _hurrying(self) -> Iterator[None]:
        with suppress(PyMongoError, sqlite3.Error, OSError), pymongo.timeout(PATIENCE_S):
            yield
