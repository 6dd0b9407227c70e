"""The screening database as people ask it: films, numbers, comparisons, and where a number comes from."""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from lithicoat.analysis.database.evidence import Evidence
from lithicoat.analysis.database.filters import Filters, known_property, matching, within
from lithicoat.analysis.database.index import Heard, Index, IndexState, opened
from lithicoat.analysis.database.origins import Origin, origin_of
from lithicoat.analysis.database.reading import open_collection, read_campaigns
from lithicoat.analysis.database.schema import parsed_record
from lithicoat.analysis.database.selection import Selection
from lithicoat.analysis.database.snapshot import Snapshot
from lithicoat.analysis.database.tables import Compared, compared, numbers_table, property_table
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import Where, located
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

if TYPE_CHECKING:  # pandas loads only where a table is made
    from pandas import DataFrame

__all__ = ["Database", "read_records"]


class Database:
    """A screening database, opened for reading.

    Every method shows what the database holds at that moment. The filters of all methods are those of
    :class:`Filters`.

    Parameters
    ----------
    where : str, Path or MongoDatabase
        Directory of an embedded database, or a MongoDB (as a str, its URI ``mongodb://…``).
    heard : callable, optional
        Is told how many records of how many were read into the index, where a thousand or more are new.

    Raises
    ------
    DataError
        If there is no database, or the MongoDB does not answer or refuses the user.

    Examples
    --------
    >>> database = Database("lithicoat.db")  # doctest: +SKIP
    >>> database.table("shear_modulus_calibrated", role="anode", where={"window_low": (None, 0.1)})
    """

    def __init__(self, where: str | Where = "lithicoat.db", *, heard: Heard | None = None) -> None:
        self.where: Where = located(where)
        self._heard = heard
        self._index: Index = opened(self.where)
        self._collections = threading.local()  # an embedded one belongs to the thread that opened it

    @classmethod
    def example(cls) -> "Database":
        """Open the example that ships with lithicoat: real runs of the films of the first screen.

        Raises
        ------
        DataError
            If this installation has no example.
        """
        from lithicoat.analysis.exchange.example import example_directory  # noqa: PLC0415

        return cls(example_directory())

    def __repr__(self) -> str:
        return f"Database({str(self.where)!r}): {len(self)} records, {len(self.campaigns())} campaigns"

    def _repr_html_(self) -> str:
        from lithicoat.analysis.display import database_html  # noqa: PLC0415 - for notebooks alone

        return database_html(str(self.where), len(self), self.campaigns())

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.snapshot())

    @property
    def properties(self) -> tuple[str, ...]:
        """Names of the properties that some record has, sorted."""
        return tuple(sorted(self.snapshot().properties))

    def snapshot(self) -> Snapshot:
        """Return all numbers as arrays, as they are now."""
        return self._index.snapshot(self._heard)

    def records(self, **filters: Unpack[Filters]) -> list[ScreeningRecord]:
        """Return whole records, in the order in which they were made.

        Raises
        ------
        DataError
            If a filter is wrong, a record is of a newer lithicoat, or a record is broken.
        """
        return self.records_of(self.films(**filters))

    def records_of(self, films: Selection) -> list[ScreeningRecord]:
        """Return the whole records of films, those that are still there, in their order.

        Raises
        ------
        DataError
            If one is broken.
        """
        documents = self._index.documents(films.keys)
        return [parsed_record(document, where=str(self.where)) for document in documents]

    def films(self, **filters: Unpack[Filters]) -> Selection:
        """Return films as the ranking takes them, without reading their records.

        Raises
        ------
        DataError
            If a filter is wrong, a record is of a newer lithicoat, or a record is broken.
        """
        snapshot = self.snapshot()
        mask = matching(snapshot, filters, self._campaigns(filters))
        for key in snapshot.keys[mask & snapshot.broken]:
            self._told_broken(key)
        return Selection(snapshot, np.flatnonzero(within(snapshot, mask, filters.get("where") or {})))

    def campaigns(self) -> list[CampaignRecord]:
        """Return the campaigns, the latest first."""
        return read_campaigns(self.where)

    def table(self, *properties: str, **filters: Unpack[Filters]) -> "DataFrame":
        """Return one row per record.

        Parameters
        ----------
        *properties : str
            Names of properties; default: all.
        **filters
            See :class:`Filters`.

        Returns
        -------
        pandas.DataFrame
            Columns coating, name, family, role, campaign, potential, sha256, protocol, seed, try_out; then of
            each property its value, ``<name>_uncertainty`` and ``<name>_bound`` ('upper', 'lower' or
            nothing). nan is a number that is not known; :meth:`numbers` says why. Units are in
            ``attrs["units"]``, by column.

        Raises
        ------
        DataError
            If no record has the property, or a filter is wrong.
        """
        films = self.films(**filters)
        names = [known_property(films.snapshot, name) for name in properties]
        return property_table(films, names or sorted(films.snapshot.properties))

    def numbers(self, **filters: Unpack[Filters]) -> "DataFrame":
        """Return one row per number, those of the structure too, with all that is known of it.

        Returns
        -------
        pandas.DataFrame
            Columns coating, family, role, campaign, property, value, uncertainty, unit, bound, flags,
            potential, sha256, protocol, seed, versions.

        Raises
        ------
        DataError
            As :meth:`records`.
        """
        return numbers_table(self.records(**filters))

    def compare(
        self, name: str, *, by: str | Compared = Compared.POTENTIAL, **filters: Unpack[Filters]
    ) -> "DataFrame":
        """Set the same number of the same films side by side, from records that differ in one thing.

        Parameters
        ----------
        name : str
            A property.
        by : str or Compared
            What differs: potential, protocol or seed.
        **filters
            See :class:`Filters`.

        Returns
        -------
        pandas.DataFrame
            One row per film that two records or more differ so; columns that name the film and what does not
            differ; of each potential, protocol or seed the value, ``…_uncertainty`` and ``…_bound``; then
            ``spread`` between the extremes of what is resolved, ``relative_spread`` over their mean, and
            ``in_uncertainties``: the spread over the combined standard uncertainty of the extremes.

        Raises
        ------
        DataError
            If no record has the property, or a filter is wrong.
        """
        try:
            chosen = Compared(by)
        except ValueError:
            known = ", ".join(each.value for each in Compared)
            raise DataError(f"records are not compared by {by}", where="by", hint=f"one of {known}") from None
        films = self.films(**filters)
        return compared(films, known_property(films.snapshot, name), by=chosen)

    def provenance(self, coating: str, name: str, /, **filters: Unpack[Filters]) -> Origin:
        """Trace a number back to its record, computations, cells, potential, protocol and code.

        Parameters
        ----------
        coating : str
            Id of the film.
        name : str
            A property of its record, or of its structure.
        **filters
            Where the database holds several records of the film: which one.

        Raises
        ------
        DataError
            If there is no such record or number, or there are several records.
        """
        record = self.record(coating, **filters)
        return origin_of(record, name, self.evidence(record), self.campaigns())

    def record(self, coating: str, /, **filters: Unpack[Filters]) -> ScreeningRecord:
        """Return the one record of a film that the filters leave.

        Raises
        ------
        DataError
            If there is none, or there are several.
        """
        filters["coating"] = coating
        found = self.records(**filters)
        if len(found) == 1:
            return found[0]
        if found:
            told = "; ".join(f"{one.potential} {one.protocol} seed {one.seed}" for one in found)
            raise DataError(
                f"there are {len(found)} records of {coating}",
                where=coating,
                hint=f"choose one with potential=, protocol= or seed=: {told}",
            )
        raise DataError(
            f"{self.where} holds no {'such ' if len(filters) > 1 else ''}record of {coating}",
            where=coating,
            hint=f"its films are {_listed(set(self.coatings()))}",
        )

    def coatings(self) -> list[str]:
        """Return the ids of the films, in the order in which their first records were made."""
        snapshot = self.snapshot()
        codes = dict.fromkeys(snapshot.head["coating"].tolist())
        return [snapshot.words[code] for code in codes]

    def index_state(self) -> IndexState:
        """Return how the index of the numbers stands; the next question brings it up to date."""
        return self._index.state()

    def evidence(self, record: ScreeningRecord) -> Evidence:
        """Return what the computations behind a record found; it is read when it is asked for."""
        return Evidence(record, self._jobs())

    def _jobs(self) -> Any:
        if not hasattr(self._collections, "jobs"):
            self._collections.jobs = open_collection(self.where, "jobs")
        return self._collections.jobs

    def _campaigns(self, filters: Filters) -> list[CampaignRecord]:
        return self.campaigns() if isinstance(filters.get("campaign"), str) else []

    def _told_broken(self, key: str) -> None:
        """Say what is wrong with a document that was no record when it was indexed."""
        for document in self._index.documents([key]):
            parsed_record(document, where=str(self.where))


def read_records(where: str | Where, *, campaign: CampaignRecord | None = None) -> list[ScreeningRecord]:
    """Read the records of a screening database, in the order they were made.

    Of two that two machines wrote of the same film at once, the later counts.

    Parameters
    ----------
    where : str, Path or MongoDatabase
        Directory of an embedded database, or a MongoDB.
    campaign : CampaignRecord, optional
        Only what belongs to this campaign: its coatings with the potential of each, its protocol and seed.

    Returns
    -------
    list of ScreeningRecord

    Raises
    ------
    DataError
        If there is no database, a record is of a newer lithicoat, or a record is broken.
    """
    database = Database(where)
    return database.records() if campaign is None else database.records(campaign=campaign)


def _listed(names: Iterable[str], most: int = 12) -> str:
    known = sorted(names)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more or "none"
