"""All films for one electrode, judged by every gate and term, and draws of them from their errors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.desirability import Places, places_of
from lithicoat.analysis.decision.drawing import Draws, draw_film
from lithicoat.analysis.decision.gates import GateColumn, check_gate
from lithicoat.analysis.decision.recorded import Films, RecordedFilms
from lithicoat.analysis.decision.scheme import Electrode, RankingScheme, Term, default_scheme
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["Sheet", "judge", "order_of"]

FloatArray = NDArray[np.float64]
BOTH = "both"
"""Role of a film that can stand on either electrode."""


@dataclass(frozen=True)
class Sheet:
    """Films in the rows, terms and gates in the columns.

    Parameters
    ----------
    electrode : Electrode
        For which the films are judged.
    films : tuple of str
        Ids of the coatings, sorted.
    columns : Columns
        Their properties.
    places : tuple of Places
        One per term.
    gates : tuple of GateColumn
        One per gate that is asked at the electrode.
    """

    electrode: Electrode
    films: tuple[str, ...]
    columns: Columns
    places: tuple[Places, ...]
    gates: tuple[GateColumn, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """Terms of the desirability, t of them."""
        return tuple(places.term for places in self.places)

    @cached_property
    def weights(self) -> FloatArray:
        """Weights of the terms, shape (t,), of sum 1."""
        weights = np.array([term.weight for term in self.terms])
        return np.asarray(weights / weights.sum())

    @cached_property
    def worths(self) -> FloatArray:
        """Desirability of the best estimates, shape (n, t), 0 to 1."""
        return np.column_stack([places.worths for places in self.places])

    @cached_property
    def groups(self) -> NDArray[np.int8]:
        """Group of each film, shape (n,): 0 passes all gates, 1 a gate is unknown, 2 a gate is failed."""
        start = np.zeros(len(self.films), dtype=np.int8)
        return np.asarray(np.maximum.reduce([start, *(gate.groups for gate in self.gates)]))

    @cached_property
    def scores(self) -> FloatArray:
        """Score of the best estimates, shape (n,), 0 to 1."""
        return np.asarray(self.worths @ self.weights)

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Rows, best first: by group, then score, then id."""
        return order_of(self.scores, self.groups)

    @cached_property
    def assumed(self) -> dict[int, dict[str, float]]:
        """By row, the properties that count and state no uncertainty, and the one assumed, in their units."""
        size = len(self.films)
        counted: dict[str, NDArray[np.bool_]] = {}
        for places in self.places:
            for index, source in enumerate(places.term.sources):
                _count(counted, source.property, places.source == index)
            if places.term.relief is not None:
                _count(counted, places.term.relief.property, np.ones(size, dtype=bool))
        for gate in self.gates:
            for index, name in enumerate(gate.gate.properties):
                _count(counted, name, (gate.sources == index) & ~np.isnan(gate.chances))
        found: dict[int, dict[str, float]] = {}
        for name, counts in counted.items():
            column = self.columns[name]
            for row in np.flatnonzero(counts & column.assumed).tolist():
                found.setdefault(row, {})[name] = float(column.uncertainty[row])
        return found

    def draw(
        self,
        *,
        seed: int = 0,
        draws: int = 10_000,
        rows: Iterable[int] | None = None,
        open_minded: bool = False,
    ) -> Draws:
        """Draw every property of films from its error.

        The draws of a film depend on the seed, its id and the property alone: another film added, or another
        order, leaves them as they are. A property in two terms, or in a term and a gate, is drawn once.

        Parameters
        ----------
        seed : int
            Seed of the draws, ≥ 0.
        draws : int
            How often, ≥ 1.
        rows : iterable of int, optional
            Which films; default: all.
        open_minded : bool
            Draw what is missing from its prior instead of counting nothing for it, and let a gate of which
            nothing is known pass in half of the draws: what a film may yet turn out to be.

        Raises
        ------
        DataError
            If seed or draws are out of range.
        """
        check_draws(seed, draws)
        chosen = range(len(self.films)) if rows is None else rows
        films = [
            draw_film(
                self.films[row],
                row,
                self.places,
                self.gates,
                seed=seed,
                draws=draws,
                open_minded=open_minded,
            )
            for row in chosen
        ]
        return Draws.of(films, self.weights, draws=draws)

    def drawn_scores(self, rows: Iterable[int], *, seed: int, draws: int) -> NDArray[np.float32]:
        """Draw the scores of films and keep nothing else, shape (rows, draws); see :class:`Draws`."""
        chosen = list(rows)
        scores = np.empty((len(chosen), draws), dtype=np.float32)
        for index, row in enumerate(chosen):
            film = draw_film(
                self.films[row], row, self.places, self.gates, seed=seed, draws=draws, open_minded=False
            )
            scores[index] = film.scores(self.weights)
        return scores


def judge(
    records: Sequence[ScreeningRecord] | Films,
    electrode: Electrode,
    *,
    scheme: RankingScheme | None = None,
) -> Sheet:
    """Judge the films that can protect an electrode.

    Parameters
    ----------
    records : sequence of ScreeningRecord, or Films
        One record per coating, or films of a database; those of other roles, and references, are left aside.
    electrode : Electrode
        Anode or cathode; coatings for both are in either sheet.
    scheme : RankingScheme, optional
        Gates and terms; the shipped scheme is the default.

    Raises
    ------
    DataError
        If two records are of one coating.
    """
    given = RecordedFilms.of(records)
    ids, roles = given.coatings, given.roles
    wanted = {electrode.value, BOTH}
    chosen = sorted((row for row, role in enumerate(roles) if role in wanted), key=ids.__getitem__)
    films = tuple(ids[row] for row in chosen)
    for one, other in pairwise(films):
        if one == other:
            raise DataError(
                f"two records of {one}: a ranking takes one per coating",
                where="records",
                hint="choose one campaign, potential and protocol",
            )
    rules = scheme or default_scheme()
    columns = Columns(given.properties(chosen), rules.quantities)
    return Sheet(
        electrode=electrode,
        films=films,
        columns=columns,
        places=tuple(places_of(term, columns) for term in rules.terms(electrode)),
        gates=tuple(check_gate(gate, columns) for gate in rules.gates_at(electrode)),
    )


def _count(counted: dict[str, NDArray[np.bool_]], name: str, rows: NDArray[np.bool_]) -> None:
    counted[name] = counted[name] | rows if name in counted else rows


def order_of(scores: FloatArray, groups: NDArray[np.int8]) -> NDArray[np.intp]:
    """Return rows, best first; rows of equal group and score keep their order."""
    return np.lexsort((-np.round(scores, 12), groups))


def check_draws(seed: int, draws: int) -> None:
    """Refuse numbers with which nothing can be drawn.

    Raises
    ------
    DataError
        If they are out of range.
    """
    if draws < 1 or seed < 0:
        raise DataError(
            f"a ranking needs at least one draw and a seed of 0 or more, got draws={draws}, seed={seed}",
            where="draws" if draws < 1 else "seed",
        )
