"""The ranking held against reported cells: pairs of films, and a rank correlation with what limits it."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import Sheet, check_draws
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.literature import Span as Chance
from lithicoat.analysis.literature import verdict
from lithicoat.analysis.reported.cells import CellResult, ReportedCells, reported_cells
from lithicoat.analysis.reported.comparable import Group, Scope, groups_of
from lithicoat.analysis.reported.comparison import Comparison, Correlation, PairJudgement, ReportedEffect
from lithicoat.analysis.reported.concordance import permutation_p, tau
from lithicoat.analysis.reported.responses import log_response_ratio

__all__ = ["FEWEST_FILMS", "against_literature"]

FEWEST_FILMS = 4
"""Fewer films tell nothing: of the 6 orders of 3 films every third is perfect, forwards or backwards."""

_Row = tuple[Electrode, str]


def against_literature(
    sheets: Mapping[Electrode, Sheet],
    *,
    seed: int = 0,
    draws: int = 10_000,
    cells: ReportedCells | None = None,
) -> Comparison:
    """Compare the order of films with the order that reported cells put them in.

    Films are compared where their numbers were measured alike, or where both studies have a bare electrode
    and the ratio to it means the same. A pair that a bound or the rounding leaves open is left out. The
    interval of tau is over draws of the ranking: the reported numbers have no error but their rounding.

    Parameters
    ----------
    sheets : mapping of Electrode to Sheet
        The ranking, by electrode.
    seed, draws : int
        Of the draws of the ranking.
    cells : ReportedCells, optional
        The reported results; the shipped table is the default.

    Raises
    ------
    DataError
        If there is no sheet, or seed or draws are out of range.
    """
    if not sheets:
        raise DataError("there is no ranking to compare", where="sheets", hint="lithicoat screen makes one")
    check_draws(seed, draws)
    table = cells or reported_cells()
    ranked = _Ranked.of(sheets, table, seed=seed, draws=draws)
    groups = [
        group.among(sheets[electrode].films) for electrode in sheets for group in groups_of(table, electrode)
    ]
    groups = [group for group in groups if len(group.spans) > 1]
    return Comparison(
        effects=tuple(
            effect for electrode, sheet in sheets.items() for effect in _effects(table, electrode, sheet)
        ),
        pairs=tuple(_judged_once(ranked, groups)),
        undecided=tuple(_open(group, pair) for group in groups for pair in group.undecided),
        correlations=tuple(_correlations(ranked, groups)),
        not_ranked={
            electrode: tuple(sorted(_films(table.singles(electrode), electrode) - set(sheet.films)))
            for electrode, sheet in sheets.items()
        },
        remarks=tuple(
            f"{remark.says} ({table.citation(remark)})"
            for remark in table.remarks
            if set(remark.electrodes) & set(sheets)
        ),
        limits=table.limits,
        seed=seed,
        draws=draws,
    )


class _Ranked:
    """Scores of the films that are reported, over both electrodes, and draws of them."""

    def __init__(
        self, rows: Sequence[_Row], best: NDArray[np.float64], drawn: NDArray[np.float64], *, seed: int
    ) -> None:
        self.rows = {row: index for index, row in enumerate(rows)}
        self.best, self.drawn, self.seed = best, drawn, seed

    @classmethod
    def of(
        cls, sheets: Mapping[Electrode, Sheet], table: ReportedCells, *, seed: int, draws: int
    ) -> "_Ranked":
        rows: list[_Row] = []
        best, drawn = [], []
        for electrode, sheet in sheets.items():
            wanted = _films(table.singles(electrode), electrode)
            chosen = np.flatnonzero([film in wanted for film in sheet.films])
            rows += [(electrode, sheet.films[index]) for index in chosen]
            best.append((sheet.scores - 2.0 * sheet.groups)[chosen])
            drawn.append(sheet.drawn_scores(chosen, seed=seed, draws=draws))
        return cls(rows, np.round(np.concatenate(best), 12), np.concatenate(drawn), seed=seed)

    def judged(self, group: Group, pair: tuple[str, str]) -> PairJudgement:
        """Say with which probability the ranking agrees with a decided pair."""
        better, worse = (self.drawn[self.rows[group.electrode, film]] for film in pair)
        chance = float((better > worse).mean() + 0.5 * (better == worse).mean())
        return PairJudgement(
            electrode=group.electrode,
            better=pair[0],
            worse=pair[1],
            compared=group.name,
            scope=group.scope,
            margin=group.spans[pair[0]].low - group.spans[pair[1]].high,
            probability=chance,
            verdict=verdict(Chance(chance, chance)),
        )

    def correlation(self, name: str, groups: Sequence[Group], electrode: Electrode | None) -> Correlation:
        """Return tau over the pairs of groups; a pair that two groups order differently is left out."""
        decided = {(group.electrode, *pair) for group in groups for pair in group.decided}
        kept = sorted(
            (pair for pair in decided if (pair[0], pair[2], pair[1]) not in decided), key=_by_electrode
        )
        seen = {
            (group.electrode, frozenset(pair))
            for group in groups
            for pair in (*group.decided, *group.undecided)
        }
        films = sorted({(one[0], film) for one in kept for film in one[1:]}, key=_by_electrode)
        told = Correlation(
            name=name,
            scope=max((group.scope for group in groups), key=list(Scope).index),
            electrode=electrode,
            films=tuple(film for _, film in films),
            pairs=len(kept),
            undecided=len(seen) - len(kept),
        )
        if len(films) < FEWEST_FILMS:
            number = f"{len(films)} film{'' if len(films) == 1 else 's'} with a decided pair"
            return told.model_copy(
                update={
                    "missing": f"no correlation can be told: {number}, at least {FEWEST_FILMS} are needed"
                }
            )
        return told.model_copy(update=self._tau(kept, films))

    def _tau(self, pairs: Sequence[tuple[Electrode, str, str]], films: Sequence[_Row]) -> dict[str, object]:
        place = {row: index for index, row in enumerate(films)}
        better = np.array([place[electrode, one] for electrode, one, _ in pairs])
        worse = np.array([place[electrode, other] for electrode, _, other in pairs])
        rows = [self.rows[row] for row in films]
        blocks = np.array([list(Electrode).index(electrode) for electrode, _ in films])
        low, high = np.percentile(tau(self.drawn[rows], better, worse), [2.5, 97.5])
        chance = permutation_p(self.best[rows], better, worse, blocks=blocks, seed=self.seed)
        return {
            "tau": float(tau(self.best[rows], better, worse)),
            "interval": (float(low), float(high)),
            "p_value": chance.found,
            "least_p_value": chance.least,
        }


def _judged_once(ranked: _Ranked, groups: Sequence[Group]) -> list[PairJudgement]:
    """Judge every decided pair, by the nearest comparison that decides it."""
    judged: dict[tuple[Electrode, str, str], PairJudgement] = {}
    for group in sorted(groups, key=lambda group: list(Scope).index(group.scope)):
        for pair in group.decided:
            judged.setdefault((group.electrode, *pair), ranked.judged(group, pair))
    return list(judged.values())


def _correlations(ranked: _Ranked, groups: Sequence[Group]) -> list[Correlation]:
    """Correlate each group of metrics, and all pooled by how far apart the films may be."""
    found = [ranked.correlation(group.name, [group], group.electrode) for group in groups]
    scopes = list(Scope)
    for index in range(len(scopes)):
        within = [group for group in groups if group.scope in scopes[: index + 1]]
        if within:
            pooled = ranked.correlation("all pooled", within, None)
            if all((one.films, one.pairs) != (pooled.films, pooled.pairs) for one in found):
                found.append(pooled)
    return found


def _effects(table: ReportedCells, electrode: Electrode, sheet: Sheet) -> list[ReportedEffect]:
    ranks = {sheet.films[index]: place for place, index in enumerate(sheet.order, start=1)}
    return [_effect(table, row, electrode, ranks) for row in table.singles(electrode)]


def _effect(
    table: ReportedCells, row: CellResult, electrode: Electrode, ranks: Mapping[str, int]
) -> ReportedEffect:
    metric = table.metric(row)
    span = log_response_ratio(row, metric)
    film = row.film_on(electrode) or ""
    return ReportedEffect(
        electrode=electrode,
        film=film,
        rank=ranks.get(film),
        cell=row.cell,
        metric=row.metric,
        says=metric.says,
        family=metric.family,
        value=row.value,
        bare=row.bare,
        unit=metric.unit,
        ratio=None if span is None else span.value,
        low=None if span is None or np.isinf(span.low) else span.low,
        high=None if span is None or np.isinf(span.high) else span.high,
        process=row.process,
        selection=row.selection,
        conditions=row.conditions,
        note=row.note,
        citation=table.citation(row),
    )


def _open(group: Group, pair: tuple[str, str]) -> str:
    bounds = [film for film in pair if np.isinf([group.spans[film].low, group.spans[film].high]).any()]
    verb = "is only a bound" if len(bounds) == 1 else "are only bounds"
    why = f"{' and '.join(bounds)} {verb}" if bounds else "equal within rounding"
    return f"{group.electrode.value}: {pair[0]} and {pair[1]} ({group.name}, {group.scope.value}): {why}"


def _by_electrode(entry: tuple[Electrode, *tuple[str, ...]]) -> tuple[str, ...]:
    return (entry[0].value, *entry[1:])


def _films(rows: Iterable[CellResult], electrode: Electrode) -> set[str]:
    return {film for row in rows if (film := row.film_on(electrode)) is not None}
