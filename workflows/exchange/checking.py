"""Look whether a database is whole, and say what mends it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lithicoat.analysis.database import open_collection
from lithicoat.analysis.database.index import opened
from lithicoat.analysis.database.schema import parsed_campaign, parsed_record
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.cluster.findings import Finding, bad, good, skipped
from lithicoat.workflows.exchange.collecting import collect
from lithicoat.workflows.exchange.holdings import Holdings, blobs_in, holdings

__all__ = ["check"]

AGAIN = "run its campaign again, which writes it anew: lithicoat screen"
COLLECT = "lithicoat db gc shows it, and removes it with --delete"
SHOWN = 3
BLOB = {"blob_uuid": 1}


def check(where: Where) -> Iterator[Finding]:
    """Hold all documents of a database against each other and against their schema.

    Yields
    ------
    Finding
        What is in order, what has to be mended and how, and what is only to be known.

    Raises
    ------
    DataError
        If there is no database.
    """
    found = holdings(where)
    yield from _records(where, found)
    yield from _campaigns(where, found)
    yield from _steps(found)
    yield from _documents(where, found)
    yield from _files(where)
    yield _index(where)


def _records(where: Where, found: Holdings) -> Iterator[Finding]:
    broken = _broken(open_collection(where, "records").find({}), where)
    yield from (bad("records", message, hint if "newer" in hint else AGAIN) for message, hint in broken)
    twice = [film for film, documents in found.records.items() if len(documents) > 1]
    if twice:
        yield bad("records", f"{_listed(film[0] for film in twice)} have more than one record", COLLECT)
    if not broken and not twice:
        yield good("records", f"{len(found.records)} records, all whole")


def _broken(documents: Any, where: Where) -> list[tuple[str, str]]:
    found = []
    for document in documents:
        try:
            parsed_record(document, where=str(where))
        except DataError as error:
            found.append((error.message, error.hint))
    return found


def _campaigns(where: Where, found: Holdings) -> Iterator[Finding]:
    names: Counter[str] = Counter()
    broken = False
    for document in open_collection(where, "campaigns").find({}):
        names[str(document.get("name"))] += 1
        try:
            parsed_campaign(document, where=str(where))
        except DataError as error:
            broken = True
            yield bad("campaigns", error.message, AGAIN)
    for name, count in names.items():
        if count > 1:
            broken = True
            yield bad("campaigns", f"there are {count} campaigns {name}", AGAIN)
    if not broken:
        yield good("campaigns", f"{len(names)} of them, all whole" if len(names) != 1 else "one, whole")
    if found.unfinished:
        films = _listed(film[0] for film in found.unfinished)
        yield skipped("campaigns", f"without a record yet: {films}")


def _steps(found: Holdings) -> Iterator[Finding]:
    """Say which records lack computations: all of them if they were left out, else something was lost."""
    keys = found.keys
    alone: list[str] = []
    lost: list[str] = []
    for film, documents in found.records.items():
        missing = documents[-1][2] - keys
        if missing:
            (alone if missing == documents[-1][2] else lost).append(film[0])
    if lost:
        yield bad("computations", f"some behind the records of {_listed(lost)} are not there", AGAIN)
    if alone:
        yield skipped("computations", f"those behind the records of {_listed(alone)} were not kept here")
    if found.nameless:
        films = _listed(film[0] for film in found.nameless)
        yield skipped("computations", f"the records of {films} are of schema 1 and do not name them")
    if not lost and not alone:
        yield good("computations", f"{len(found.needed)} behind the records, all there")


def _documents(where: Where, found: Holdings) -> Iterator[Finding]:
    halves = [job for job in found.jobs if job.key is not None and not job.finished and job.note_of is None]
    if halves:
        yield bad(
            "computations", f"{_listed(job.name for job in halves)} left half a document", "lithicoat retry"
        )
    if copies := found.copies():
        yield bad("computations", f"{_listed(job.name for job in copies)} are there more than once", COLLECT)
    there = _blobs(where)
    lost = {}
    for job in open_collection(where, "jobs").find({}):
        if set(blobs_in(job)) - there:
            lost[str(job.get("uuid"))] = str(job.get("name"))
    if lost:
        yield bad(
            "big data",
            f"what {_listed(lost.values())} refer to is not there",
            "restore the collection data from a copy, or remove these documents and compute them again",
        )
    else:
        yield good("big data", "nothing is missing")


def _blobs(where: Where) -> set[str]:
    """Return the names of the big data that are there, in a directory or in the files of a MongoDB."""
    found: set[str] = set()
    names = open_collection(where, "jobs").database.list_collection_names()  # asking for others makes them
    if "data" in names:
        found |= {str(one.get("blob_uuid")) for one in open_collection(where, "data").find({}, BLOB)}
    if "data.files" in names:
        files = open_collection(where, "data.files").find({}, {"metadata": 1})
        found |= {str((one.get("metadata") or {}).get("blob_uuid")) for one in files}
    return found


def _files(where: Where) -> Iterator[Finding]:
    waste = collect(where)
    if waste.nothing:
        yield good("space", "nothing that is not needed")
        return
    yield skipped(
        "space",
        f"{waste.documents} documents and {len(waste.directories)} directories ({waste.bytes / 1e6:.1f} MB) "
        f"are needed by nothing; {COLLECT}",
    )


def _index(where: Where) -> Finding:
    state = opened(where).state()
    if state.behind:
        return skipped("index", f"{state.behind} records behind; the next query brings it up to date")
    return good("index", f"{state.rows} records")


def _listed(names: Any) -> str:
    """Return the first few names and how many more there are."""
    known = sorted(set(map(str, names)))
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more
