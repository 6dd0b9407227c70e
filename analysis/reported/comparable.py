"""Which reported films may be compared with each other, and which pairs of them the numbers decide."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import combinations

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.reported.cells import CellResult, Process, ReportedCells
from lithicoat.analysis.reported.responses import Span, log_response_ratio, oriented, span_of_all

__all__ = ["Group", "Scope", "groups_of"]


class Scope(Enum):
    """How far apart the films are that are compared; each scope holds more than the one before."""

    ALIKE = "measured alike"
    """Values of one group of conditions."""
    STUDIES = "across studies"
    """Ratios to the bare electrode, each of its own study; films by ALD or MLD."""
    PROCESSES = "across studies and processes"
    """The same with films made otherwise."""


@dataclass(frozen=True)
class Group:
    """Films of one electrode that may be compared.

    Parameters
    ----------
    electrode : Electrode
        Where the films are.
    scope : Scope
        How far apart they are.
    name : str
        What is compared.
    spans : dict of str to Span
        By film: where its number lies, better side up.
    """

    electrode: Electrode
    scope: Scope
    name: str
    spans: dict[str, Span]

    @property
    def decided(self) -> list[tuple[str, str]]:
        """Pairs of films of which the numbers decide the order, the better one first."""
        pairs = combinations(sorted(self.spans), 2)
        return [
            (one, other)
            for pair in pairs
            for one, other in (pair, pair[::-1])
            if self.spans[one].above(self.spans[other])
        ]

    @property
    def undecided(self) -> list[tuple[str, str]]:
        """Pairs of which a bound or the rounding leaves the order open."""
        decided = {frozenset(pair) for pair in self.decided}
        return [pair for pair in combinations(sorted(self.spans), 2) if frozenset(pair) not in decided]

    def among(self, films: Iterable[str]) -> "Group":
        """Return the group with these films only."""
        kept = {film: self.spans[film] for film in films if film in self.spans}
        return Group(self.electrode, self.scope, self.name, kept)


def groups_of(cells: ReportedCells, electrode: Electrode) -> list[Group]:
    """Gather what may be compared among the films of one electrode; cells with both coated are left out.

    Parameters
    ----------
    cells : ReportedCells
        The table.
    electrode : Electrode
        The coated electrode.

    Returns
    -------
    list of Group
        Groups of two films or more.
    """
    rows = cells.singles(electrode)
    deposited = [row for row in rows if row.process is not Process.OTHER]

    def value(row: CellResult) -> Span:
        return oriented(row, cells.metric(row))

    def ratio(row: CellResult) -> Span | None:
        return log_response_ratio(row, cells.metric(row))

    def alike(row: CellResult) -> str:
        return f"{cells.metric(row).says}, {row.comparable}"

    def family(row: CellResult) -> str:
        return cells.metric(row).family

    found = [
        *_gathered(rows, electrode, Scope.ALIKE, alike, value),
        *_gathered(deposited, electrode, Scope.STUDIES, family, ratio),
    ]
    known = {(group.name, *group.spans.items()) for group in found}
    wider = _gathered(rows, electrode, Scope.PROCESSES, family, ratio)
    return [*found, *(group for group in wider if (group.name, *group.spans.items()) not in known)]


def _gathered(
    rows: Iterable[CellResult],
    electrode: Electrode,
    scope: Scope,
    name: Callable[[CellResult], str],
    measure: Callable[[CellResult], Span | None],
) -> list[Group]:
    """Group rows by name; several rows of one film make one span."""
    spans: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        span, film = measure(row), row.film_on(electrode)
        if span is not None and film is not None:
            spans[name(row)][film].append(span)
    return [
        Group(electrode, scope, title, {film: span_of_all(many) for film, many in films.items()})
        for title, films in spans.items()
        if len(films) > 1
    ]
