"""What the explorer knows of a database, looked at again when it has changed; nothing is ever written."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lithicoat.analysis.database import Database, Filters, Selection, Snapshot
from lithicoat.analysis.database.filters import matching, within
from lithicoat.analysis.decision.ranking import RankedFilm, ranked
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import Sheet, judge
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.explorer.keys import RecordKey
from lithicoat.analysis.explorer.progress import CampaignStanding, StandingNow
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

__all__ = ["Judged", "Library", "View"]

EVERY_S = 2.0
"""Least time between two looks at the database, s, however many pages are open."""
SHARE = 10.0
"""A look that takes long is taken less often: at most one part in so many of the time goes into looking."""
DRAWS = 10_000
"""Draws behind a probability, as many as `lithicoat rank` takes: the page and the table say the same."""


@dataclass(frozen=True, eq=False)
class Judged:
    """The films of a campaign for one electrode.

    Parameters
    ----------
    sheet : Sheet
        All of them as they were judged.
    places : mapping of int to RankedFilm
        Their places by row, best first.
    """

    sheet: Sheet
    places: Mapping[int, RankedFilm]


@dataclass(frozen=True, eq=False, kw_only=True)
class View:
    """The database at one time.

    Parameters
    ----------
    numbers : Snapshot
        All numbers of all records.
    campaigns : tuple of CampaignRecord
        The latest first.
    standings : tuple of CampaignStanding
        Where the campaigns stand; empty if nobody can tell.
    trouble : str
        Why the last look failed; what is shown then is from before.
    revision : int
        Grows by one with every change of records or campaigns.
    progress : int
        Grows by one with every change of where campaigns stand.
    judged : dict
        What was ranked already, by campaign and electrode.
    """

    numbers: Snapshot
    campaigns: tuple[CampaignRecord, ...] = ()
    standings: tuple[CampaignStanding, ...] = ()
    trouble: str = ""
    revision: int = 0
    progress: int = 0
    judged: dict[tuple[str, Electrode], Judged] = field(default_factory=dict)

    def rows(self, filters: Filters) -> list[int]:
        """Return the rows that a filter takes, in the order in which the records were made.

        Documents that are no records are left out.
        """
        mask = matching(self.numbers, filters, self.campaigns) & ~self.numbers.broken
        found: list[int] = np.flatnonzero(within(self.numbers, mask, filters.get("where") or {})).tolist()
        return found

    def films(self, rows: Sequence[int]) -> Selection:
        """Return rows as films that can be judged."""
        return Selection(self.numbers, np.array(rows, dtype=np.intp))

    def key(self, row: int) -> RecordKey:
        """Return the key of a row."""
        coating, sha256, protocol = (
            self.numbers.words[int(self.numbers.head[name][row])]
            for name in ("coating", "sha256", "protocol")
        )
        return RecordKey(coating, sha256, protocol, int(self.numbers.head["seed"][row]))

    def row(self, key: RecordKey) -> int | None:
        """Return the row of a record; None if there is none."""
        return next((row for row in self.rows(key.filters) if self.key(row) == key), None)

    def campaigns_of(self, key: RecordKey) -> list[CampaignRecord]:
        """Return the campaigns to which a record belongs, the latest first."""
        return [
            campaign for campaign in self.campaigns if self.rows({**key.filters, "campaign": campaign.name})
        ]


class Library:
    """Looks at a database for all open pages at once.

    Parameters
    ----------
    database : Database
        The database.
    standing : callable, optional
        Looks where the campaigns stand.
    """

    def __init__(self, database: Database, *, standing: StandingNow | None = None) -> None:
        self.database = database
        self._standing = standing
        self._looking, self._ranking = threading.Lock(), threading.Lock()
        self._now = self._read()
        self._next = time.monotonic() + EVERY_S

    def look(self) -> View:
        """Return the database as it is, or was a moment ago.

        A database that cannot be read now is shown as it was, with the reason.
        """
        with self._looking:
            began = time.monotonic()
            if began >= self._next:
                self._now = self._again()
                ended = time.monotonic()
                self._next = ended + max(EVERY_S, SHARE * (ended - began))
            return self._now

    def record(self, view: View, key: RecordKey) -> ScreeningRecord | None:
        """Return a record whole; None if there is none."""
        row = view.row(key)
        return None if row is None else next(iter(self.records(view, [row])), None)

    def records(self, view: View, rows: Sequence[int]) -> list[ScreeningRecord]:
        """Return the records of rows, those that are still there, in their order."""
        return self.database.records_of(view.films(rows))

    def judged(self, view: View, campaign: str, electrode: Electrode) -> Judged:
        """Rank the films of a campaign; worked out once per revision."""
        with self._ranking:
            known = view.judged.get((campaign, electrode))
            if known is None:
                rows = view.rows({"campaign": campaign, "role": electrode.value})
                films = view.films(rows)
                sheet = judge(films, electrode)
                by_film = dict(zip(films.coatings, rows, strict=True))
                places = {by_film[film.id]: film for film in ranked(sheet, draws=DRAWS)}
                known = Judged(sheet, places)
                view.judged[campaign, electrode] = known
            return known

    def _again(self) -> View:
        before = self._now
        try:
            found = self._read()
        except DataError as error:
            found = replace(before, trouble=error.message)
        revision = before.revision + (not _same_films(before, found))
        progress = before.progress + (before.standings != found.standings)
        if (revision, progress) == (before.revision, before.progress):
            return before
        if revision == before.revision:  # keeps the rankings
            return replace(before, standings=found.standings, progress=progress)
        return replace(found, revision=revision, progress=progress)

    def _read(self) -> View:
        standings: Sequence[CampaignStanding] = self._standing() if self._standing is not None else ()
        return View(
            numbers=self.database.snapshot(),
            campaigns=tuple(self.database.campaigns()),
            standings=tuple(standings),
        )


def _same_films(one: View, other: View) -> bool:
    if (one.campaigns, one.trouble) != (other.campaigns, other.trouble):
        return False
    return one.numbers is other.numbers
