"""Which films a reader wants to see: filters, order and page, applied to all records."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.database import Filters
from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.ranking import RankedFilm
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.explorer.library import Library, View

__all__ = ["RANK", "Choice", "Found", "find"]

PAGE = 25
"""Rows of a page."""
RANK = "rank"
"""The column of ranks, each within its campaign."""
WORDS = ("coating", "family", "potential", "protocol")
"""Columns that sort as words."""

Range = tuple[float | None, float | None]
Rows = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a reader asks for.

    Parameters
    ----------
    electrode : Electrode, optional
        Films for it, those for both among them; all if None.
    campaign : str, optional
        Films of this campaign; of all if None.
    families, potentials, protocols : sequence of str
        Only these; all if empty.
    gates : sequence of str
        Gates of the ranking that have to be passed.
    ranges : mapping of str to (low, high)
        Ends between which a property has to lie, in its unit; None is open.
    sort : str
        Column to sort by.
    descending : bool
        Largest first.
    page : int
        Which page, from 0.
    """

    electrode: Electrode | None = None
    campaign: str | None = None
    families: Sequence[str] = ()
    potentials: Sequence[str] = ()
    protocols: Sequence[str] = ()
    gates: Sequence[str] = ()
    ranges: Mapping[str, Range] = field(default_factory=dict)
    sort: str = RANK
    descending: bool = False
    page: int = 0

    @property
    def filters(self) -> Filters:
        """What a database is asked for; gates are no part of it."""
        filters: Filters = {
            "where": {name: ends for name, ends in self.ranges.items() if ends != (None, None)}
        }
        if self.electrode is not None:
            filters["role"] = self.electrode.value
        if self.campaign is not None:
            filters["campaign"] = self.campaign
        if self.families:
            filters["family"] = self.families
        if self.potentials:
            filters["potential"] = self.potentials
        if self.protocols:
            filters["protocol"] = self.protocols
        return filters


@dataclass(frozen=True)
class Found:
    """What a choice leaves.

    Parameters
    ----------
    rows : sequence of int
        Rows of the page, in order.
    places : mapping of int to RankedFilm
        Place of each ranked film, by row.
    total : int
        Films on all pages.
    of : int
        Records of the database.
    page, pages : int
        Which page this is, from 0, and how many there are.
    every : sequence of int
        Rows of all pages, in order.
    """

    rows: Sequence[int]
    places: Mapping[int, RankedFilm]
    total: int
    of: int
    page: int
    pages: int
    every: Sequence[int]


def find(library: Library, view: View, choice: Choice) -> Found:
    """Return the films that a choice leaves, sorted, one page of them.

    Parameters
    ----------
    library : Library
        Ranks the films.
    view : View
        The database as it is.
    choice : Choice
        What is asked for.
    """
    places = _places(library, view, choice)
    rows = view.rows(choice.filters)
    if choice.gates:
        rows = [row for row in rows if row in places and _passes(places[row], choice.gates)]
    rows = _sorted(view, rows, choice, places)
    pages = max(1, math.ceil(len(rows) / PAGE))
    page = min(max(choice.page, 0), pages - 1)
    shown = rows[page * PAGE : (page + 1) * PAGE]
    return Found(shown, places, len(rows), len(view.numbers), page, pages, rows)


def _places(library: Library, view: View, choice: Choice) -> dict[int, RankedFilm]:
    """Return the place of each film: in the chosen campaign, else in the latest that it belongs to."""
    places: dict[int, RankedFilm] = {}
    if choice.electrode is not None:
        for campaign in view.campaigns:
            if choice.campaign in {None, campaign.name}:
                places = {**library.judged(view, campaign.name, choice.electrode).places, **places}
    return places


def _passes(film: RankedFilm, gates: Sequence[str]) -> bool:
    """Tell whether all these gates let a film through; one that is not asked is no obstacle."""
    through = {GateState.PASSED, GateState.PASSED_OVER}
    return all(film.gates.get(gate, GateState.PASSED_OVER) in through for gate in gates)


def _sorted(view: View, rows: Sequence[int], choice: Choice, places: Mapping[int, RankedFilm]) -> list[int]:
    """Sort by one column; what has no value comes last either way, equals by the name of the film."""
    chosen: Rows = np.array(rows, dtype=np.intp)
    names = _words(view, chosen, "coating")
    if choice.sort in WORDS:
        by = _words(view, chosen, choice.sort).astype(float)
    elif choice.sort == RANK:
        by = np.array([places[row].rank if row in places else math.nan for row in rows], dtype=float)
    else:
        by = view.numbers.column(choice.sort)["value"][chosen].astype(float)
    missing = np.isnan(by)
    order = np.lexsort((names, -by if choice.descending else by, missing))
    found: list[int] = chosen[order].tolist()
    return found


def _words(view: View, rows: Rows, column: str) -> NDArray[Any]:
    """Return the place of each text of a column in the alphabet."""
    texts = np.array([text.casefold() for text in view.numbers.texts(column, rows)], dtype=object)
    return np.unique(texts, return_inverse=True)[1] if len(texts) else np.empty(0, dtype=np.intp)
