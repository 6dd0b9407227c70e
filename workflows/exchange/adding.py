"""Write what comes from elsewhere into a database: computations first, then records, then campaigns."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from jobflow import JobStore

from lithicoat.analysis.database import read_campaigns
from lithicoat.analysis.database.schema import parsed_record
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange.strict import line_of
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord
from lithicoat.workflows.exchange.campaigns import Housed, housed
from lithicoat.workflows.exchange.results import Added
from lithicoat.workflows.storage import sibling

__all__ = ["Adding"]

AT_ONCE = 200
IDENTITY = ["coating", "sha256", "protocol", "seed"]
Item = TypeVar("Item")


class Adding:
    """Adds to one database from one source; doing it again adds nothing.

    Parameters
    ----------
    where : Path or MongoDatabase
        The database.
    store : JobStore
        Its open store.
    campaigns : iterable of CampaignRecord
        Campaigns of the source.
    source : str
        Name of the source.
    """

    def __init__(
        self, where: Where, store: JobStore, campaigns: Iterable[CampaignRecord], *, source: str
    ) -> None:
        self._where, self._store = where, store
        self._records = sibling(store, "records", index="coating")
        self._campaigns = sibling(store, "campaigns", index="name")
        self._housed: Housed = housed(campaigns, read_campaigns(where))
        self.done = Added(source=source)
        self.keys: list[str] = []

    def steps(self, jobs: Iterable[dict[str, Any]]) -> None:
        """Add the documents of computations whose keys are not there yet.

        Raises
        ------
        DataError
            If one has the name of another that is there.
        """
        known = 0
        for batch in _batches(jobs):
            new = [job for job in batch if not self._has({"metadata.key": job["metadata"]["key"]})]
            known += len(batch) - len(new)
            for job in new:
                if self._has({"uuid": job["uuid"]}):
                    raise DataError(
                        f"the computation {job['uuid']} from {self.done.source} has the name of another in "
                        f"{self._where}",
                        where=self.done.source,
                    )
                name = job["metadata"].get("campaign")
                job["metadata"]["campaign"] = self._housed.names.get(name, name)
            if new:
                self._store.docs_store.update(new, key=["uuid", "index"])
                self.keys += [job["metadata"]["key"] for job in new]
        self._note(steps=len(self.keys), known_steps=known)

    def records(self, records: Iterable[ScreeningRecord]) -> None:
        """Add records; of two of the same film the later stays.

        Raises
        ------
        DataError
            If a record in the database is broken.
        """
        new, same = 0, 0
        replaced, older = list(self.done.replaced), list(self.done.older)
        for batch in _batches(records):
            wanted = []
            for record in batch:
                here = self._here(record)
                comes = record.model_copy(
                    update={"campaign": self._housed.names.get(record.campaign, record.campaign)}
                )
                if here is None:
                    new += 1
                elif (order := _order(comes, here)) == 0:
                    same += 1
                    continue
                elif order < 0:
                    older.append(_told(comes, here))
                    continue
                else:
                    replaced.append(_told(here, comes))
                wanted.append(comes.model_dump(mode="json"))
            if wanted:
                self._records.update(wanted, key=IDENTITY)
        self._note(
            records=self.done.records + new,
            same=self.done.same + same,
            replaced=tuple(replaced),
            older=tuple(older),
        )

    def campaigns(self) -> None:
        """Add the campaigns; last, so that a campaign is there with all that belongs to it."""
        written = [*self._housed.new, *self._housed.united]
        if written:
            self._campaigns.update([one.model_dump(mode="json") for one in written], key=["name"])
        new = tuple(one.name for one in self._housed.new)
        united = tuple(one.name for one in self._housed.united if one.name not in new)
        self._note(campaigns=new, united=united, renamed=self._housed.renamed)

    def tables(self, collection: str, tables: Iterable[dict[str, Any]]) -> None:
        """Add what is known of potentials, one document for each, unless the database has its own."""
        kept = sibling(self._store, collection, index="sha256")
        new = [one for one in tables if kept.query_one({"sha256": one["sha256"]}) is None]
        if new:
            kept.update(new, key=["sha256"])
        self._note(tables=self.done.tables + len(new))

    def note_files(self, copied: int, *, foreign: int) -> None:
        """Count directories that were copied, and computations that were not."""
        self._note(files=copied, foreign_steps=foreign)

    def _here(self, record: ScreeningRecord) -> ScreeningRecord | None:
        same = {name: getattr(record, name) for name in IDENTITY}
        found = [parsed_record(one, where=str(self._where)) for one in self._records.query(same)]
        return max(found, key=lambda one: one.created_at, default=None)

    def _has(self, criteria: dict[str, Any]) -> bool:
        return self._store.docs_store.query_one(criteria, properties=["uuid"]) is not None

    def _note(self, **news: Any) -> None:
        self.done = self.done.model_copy(update=news)


def _order(one: ScreeningRecord, other: ScreeningRecord) -> int:
    """Return 1 if the first is later, -1 if the other is, 0 for the same record.

    Of two that were made at the same moment the content decides, so that every database chooses alike.
    """
    if one.created_at != other.created_at:
        return 1 if one.created_at > other.created_at else -1
    first, second = (line_of(record.model_dump(mode="json", exclude={"campaign"})) for record in (one, other))
    return (first > second) - (first < second)


def _told(loser: ScreeningRecord, winner: ScreeningRecord) -> str:
    return (
        f"{loser.coating} ({loser.potential}, {loser.protocol}, seed {loser.seed}): the one of "
        f"{winner.created_at:%Y-%m-%d %H:%M} is later than that of {loser.created_at:%Y-%m-%d %H:%M}"
    )


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while batch := list(islice(left, AT_ONCE)):
        yield batch
