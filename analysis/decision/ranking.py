"""Rank films for an electrode: gates first, then one transparent score, with probabilities from the errors.

Films that pass every gate come before those with an unknown gate, and these before those that fail one.
Within a group the score decides: the weighted sum of documented desirabilities, taken at the best estimates
(of a bound: the mean over what it leaves open), so that it can be worked out by hand. How sure a rank is
follows from drawing every property from its error: one that stands near the threshold of a gate passes in
some draws and fails in others. A property that is in two terms, or in a term and a gate, is drawn once.
"""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.pareto import pareto_probability, pareto_rows
from lithicoat.analysis.decision.scheme import Electrode, RankingScheme
from lithicoat.analysis.decision.sheet import Sheet, judge
from lithicoat.analysis.decision.standing import standing
from lithicoat.analysis.decision.weights import SensitivityOfFilm
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["Electrode", "RankedFilm", "Ranking", "rank", "ranked", "why_first"]

PARETO_DRAWS, PARETO_FILMS = 1000, 1000
"""Draws for the probability of the Pareto front, and up to how many films it is worked out."""


class RankedFilm(BaseModel):
    """One film's place in a ranking."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(description="Id of the coating.")
    rank: int = Field(description="1 is best.")
    score: float = Field(description="Sum of the terms, 0 to 1.")
    terms: dict[str, float] = Field(description="Contribution of each term: weight times desirability.")
    missing: dict[str, str] = Field(description="Terms that score 0 because there is no value, and why.")
    zeros: dict[str, str] = Field(
        default_factory=dict, description="Terms that score 0 by what was found, and what that is."
    )
    reliefs: dict[str, str] = Field(
        default_factory=dict,
        description="Terms that score by what makes up for a low value, and what that is.",
    )
    assumed: dict[str, float] = Field(
        default_factory=dict,
        description="Properties that state no uncertainty, and the standard uncertainty assumed, in their "
        "units.",
    )
    gates: dict[str, GateState] = Field(description="State of each gate.")
    gate_reasons: dict[str, str] = Field(
        description="Why a gate is not passed, or that it is passed narrowly."
    )
    probability_first: float = Field(ge=0, le=1, description="Share of the draws in which it is first.")
    probability_top3: float = Field(ge=0, le=1, description="Share of the draws in which it is in the top 3.")
    expected_rank: float = Field(description="Mean rank over the draws.")
    rank_interval: tuple[float, float] = Field(description="Ranks that hold 90 % of the draws.")
    pareto: bool = Field(
        description="True if no film that passes the gates is as good in every term and better in one."
    )
    probability_pareto: float | None = Field(
        description="Share of the draws in which that is so; None beyond 1000 films."
    )
    sensitivity: SensitivityOfFilm | None = Field(
        None, description="How often it leads under other weights; None where that was not asked for."
    )


class Ranking(list[RankedFilm]):
    """The films of one electrode, best first; a table in a notebook."""

    def __init__(self, films: Iterable[RankedFilm] = (), *, electrode: Electrode) -> None:
        super().__init__(films)
        self.electrode = electrode

    def _repr_html_(self) -> str:
        from lithicoat.analysis.display import ranking_html  # noqa: PLC0415 - for notebooks alone

        return ranking_html(self, electrode=self.electrode.value)


def rank(
    records: Sequence[ScreeningRecord],
    electrode: Electrode,
    *,
    seed: int = 0,
    draws: int = 10_000,
    scheme: RankingScheme | None = None,
) -> Ranking:
    """Rank the films that can protect an electrode, best first.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        One record per coating; those of other roles, and references, are left aside.
    electrode : Electrode
        Anode or cathode; coatings for both are in either list.
    seed : int
        Seed of the draws.
    draws : int
        How often every property is drawn.
    scheme : RankingScheme, optional
        Gates and terms; the shipped scheme is the default.

    Raises
    ------
    DataError
        If two records are of one coating, or seed or draws are out of range.
    """
    return ranked(judge(records, electrode, scheme=scheme), seed=seed, draws=draws)


def ranked(sheet: Sheet, *, seed: int = 0, draws: int = 10_000, top: int | None = None) -> Ranking:
    """Rank the films of a sheet, best first; see :func:`rank`. All of them compete, the `top` are returned.

    The draws of a film depend on the seed, its id and the property alone: another film added, or another
    order, leaves them as they are. Equal scores in a draw share the place.

    Raises
    ------
    DataError
        If seed or draws are out of range.
    """
    places = standing(sheet, seed=seed, draws=draws)
    on_front = pareto_rows(sheet)
    chances = None
    if len(sheet.films) <= PARETO_FILMS:
        chances = pareto_probability(sheet, seed=seed, draws=min(draws, PARETO_DRAWS))
    parts, assumed = (sheet.worths * sheet.weights).tolist(), sheet.assumed
    scores, ranks = sheet.scores.tolist(), [places.low.tolist(), places.high.tolist()]
    names = [term.name for term in sheet.terms]
    gates = [(gate.gate.name, gate.states) for gate in sheet.gates]
    films = (
        RankedFilm.model_construct(
            id=sheet.films[row],
            rank=place,
            score=scores[row],
            terms=dict(zip(names, parts[row], strict=True)),
            missing={term.term.name: term.reason(row) for term in sheet.places if term.missing[row]},
            zeros={term.term.name: term.found(row) for term in sheet.places if term.zero[row]},
            reliefs=_reliefs(sheet, row),
            assumed=assumed.get(row, {}),
            gates={name: states[row] for name, states in gates},
            gate_reasons={gate.gate.name: gate.why(row) for gate in sheet.gates if gate.telling[row]},
            probability_first=float(places.first[row]),
            probability_top3=float(places.top3[row]),
            expected_rank=float(places.expected_rank[row]),
            rank_interval=(ranks[0][row], ranks[1][row]),
            pareto=bool(on_front[row]),
            probability_pareto=None if chances is None else float(chances[row]),
        )
        for place, row in enumerate(sheet.order[:top].tolist(), start=1)
    )
    return Ranking(films, electrode=sheet.electrode)


def why_first(ranking: Sequence[RankedFilm]) -> str:
    """Say in one or two sentences what put the first film first."""
    if not ranking:
        return "Nothing to rank."
    first = ranking[0]
    told = first.zeros | first.reliefs
    gained = [
        f"{name} {value:.2f}" + (f" ({told[name]})" if name in told else "")
        for name, value in first.terms.items()
        if name not in first.missing
    ]
    lacking = [f"no {name} ({why})" for name, why in first.missing.items()]
    text = f"Why {first.id} first: {', '.join(gained + lacking)}."
    if len(ranking) == 1:
        return text
    second = ranking[1]
    if _group(second) > _group(first):
        stopped = [name for name, state in second.gates.items() if state.group]
        gates = ", ".join(f"{name} {second.gates[name].value}" for name in stopped)
        return f"{text} {second.id} comes after it: {gates}."
    leads = [f"{name} {value - second.terms[name]:+.2f}" for name, value in first.terms.items()]
    return f"{text} Against {second.id}: {', '.join(leads)}."


def _group(film: RankedFilm) -> int:
    return max((state.group for state in film.gates.values()), default=0)


def _reliefs(sheet: Sheet, row: int) -> dict[str, str]:
    made_up = [places.term for places in sheet.places if places.made_up[row]]
    return {term.name: term.relief.says for term in made_up if term.relief}
