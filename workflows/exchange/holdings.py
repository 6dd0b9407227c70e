"""What a database holds, at a glance: which record needs which computation, and what nobody needs."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from lithicoat.analysis.database import open_collection
from lithicoat.analysis.mongodb import MongoDatabase, Where, explained

__all__ = ["Film", "Holdings", "Job", "blobs_in", "holdings"]

Film = tuple[Any, Any, Any, Any]
"""Coating, sha256 of the potential, protocol, seed."""
IDENTITY = ("coating", "sha256", "protocol", "seed")
SEEN_OF_JOBS = ("uuid", "name", "completed_at", "metadata", "failure.key", "running.key", "output.@class")


@dataclass(frozen=True)
class Job:
    """One document of the job store."""

    id: Any
    uuid: str
    name: str
    key: str | None
    film: Film
    completed_at: str
    finished: bool
    """False for the note of a failure or of a running step, and for half a document."""
    note_of: str | None
    """Key of the step that failed or runs, for such a note."""
    imported: bool


@dataclass
class Holdings:
    """All documents of a database, without what they say.

    Parameters
    ----------
    jobs : list of Job
        Documents of the job store.
    records : dict
        By film, its documents: key, time it was made, keys of its computations; the latest last.
    unfinished : set of Film
        Films of campaigns that have no record yet.
    interrupted : set of Film
        Films of campaigns that did not come to their end; they may have records from before.
    """

    jobs: list[Job] = field(default_factory=list)
    records: dict[Film, list[tuple[str, Any, frozenset[str]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    unfinished: set[Film] = field(default_factory=set)
    interrupted: set[Film] = field(default_factory=set)

    @property
    def keys(self) -> set[str]:
        """Keys of the finished computations."""
        return {job.key for job in self.jobs if job.key is not None and job.finished}

    @property
    def needed(self) -> set[str]:
        """Keys that the latest records name."""
        return {key for documents in self.records.values() for key in documents[-1][2]}

    @property
    def nameless(self) -> set[Film]:
        """Films whose record does not name its computations, since it is of an older schema."""
        return {film for film, documents in self.records.items() if not documents[-1][2]}

    def copies(self) -> list[Job]:
        """Return the finished computations that are there under the same key as another, but the first."""
        seen: Counter[str] = Counter()
        found = []
        for job in sorted(self.jobs, key=lambda job: (job.completed_at, job.uuid)):
            if job.key is not None and job.finished:
                seen[job.key] += 1
                if seen[job.key] > 1:
                    found.append(job)
        return found


def holdings(where: Where) -> Holdings:
    """Look at all documents of a database.

    Raises
    ------
    DataError
        If there is no database.
    """
    found = Holdings()
    with explained(where) if isinstance(where, MongoDatabase) else nullcontext():
        for light in open_collection(where, "jobs").find({}, dict.fromkeys(SEEN_OF_JOBS, 1)):
            found.jobs.append(_job(light))
        made: dict[Film, list[tuple[str, Any, frozenset[str]]]] = found.records
        wanted = dict.fromkeys((*IDENTITY, "created_at", "steps"), 1)
        for light in open_collection(where, "records").find({}, wanted):
            steps = light.get("steps")
            keys = frozenset(steps) if isinstance(steps, dict) else frozenset()
            made[_film(light)].append((str(light.get("created_at")), light["_id"], keys))
        for documents in made.values():
            documents.sort(key=lambda document: (document[0], str(document[1])))
        for campaign in open_collection(where, "campaigns").find({}):
            films = set(_films(campaign))
            found.unfinished |= films - made.keys()
            if campaign.get("state") != "finished":
                found.interrupted |= films
    return found


def blobs_in(value: Any) -> Iterator[str]:
    """Give the names of what a document keeps in the store for big data."""
    if isinstance(value, dict):
        if isinstance(value.get("blob_uuid"), str):
            yield value["blob_uuid"]
        for item in value.values():
            yield from blobs_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from blobs_in(item)


def _job(light: dict[str, Any]) -> Job:
    facts = light.get("metadata") if isinstance(light.get("metadata"), dict) else {}
    facts = facts or {}
    note = light.get("failure") or light.get("running")
    key = facts.get("key")
    return Job(
        id=light["_id"],
        uuid=str(light.get("uuid")),
        name=str(light.get("name")),
        key=key if isinstance(key, str) else None,
        film=_film(facts),
        completed_at=str(light.get("completed_at")),
        finished=note is None and bool(light.get("output")),
        note_of=note.get("key") if isinstance(note, dict) else None,
        imported="imported" in facts,
    )


def _film(document: dict[str, Any]) -> Film:
    coating, sha256, protocol, seed = (_plain(document.get(name)) for name in IDENTITY)
    return coating, sha256, protocol, seed


def _plain(value: Any) -> Any:
    """Return what can be told apart from others; a broken document may have a list for a name."""
    return repr(value) if isinstance(value, list | dict) else value


def _films(campaign: dict[str, Any]) -> Iterator[Film]:
    substitutes = campaign.get("substitutes") or {}
    for coating in campaign.get("coatings") or ():
        sha256 = substitutes.get(coating, campaign.get("sha256"))
        yield coating, sha256, campaign.get("protocol"), campaign.get("seed")
