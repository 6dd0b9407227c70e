"""Ranking of films for one electrode, with the uncertainty of the ranks.

Films that pass all gates come first, then those with an unknown gate, then those that fail one; inside each
group the score decides, then the id. The score is the weighted mean of desirabilities at the best estimates
(of a bound: the mean over what it leaves open), so that it can be worked out by hand. How sure a rank is
follows from drawing every property from its error, with the gates held as they are.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.desirability import Judged, expected, judge, ramp
from lithicoat.analysis.decision.gates import GateResult, GateState, check_gate
from lithicoat.analysis.decision.scheme import Electrode, RankingScheme, Term, default_scheme
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["Electrode", "RankedFilm", "rank", "why_first"]

FloatArray = NDArray[np.float64]
_BOTH = "both"


class RankedFilm(BaseModel):
    """One film's place in a ranking."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(description="Id of the coating.")
    rank: int = Field(description="1 is best.")
    score: float = Field(description="Sum of the terms, 0 to 1.")
    terms: dict[str, float] = Field(description="Contribution of each term: weight times desirability.")
    missing: dict[str, str] = Field(description="Terms that score 0 because there is no value, and why.")
    gates: dict[str, GateState] = Field(description="State of each gate.")
    gate_reasons: dict[str, str] = Field(description="Why a gate is not passed.")
    probability_first: float = Field(ge=0, le=1, description="Share of the draws in which it is first.")
    probability_top3: float = Field(ge=0, le=1, description="Share of the draws in which it is in the top 3.")


def rank(
    records: Sequence[ScreeningRecord],
    electrode: Electrode,
    *,
    seed: int = 0,
    draws: int = 10_000,
    scheme: RankingScheme | None = None,
) -> list[RankedFilm]:
    """Rank the films that can protect an electrode, best first.

    The draws of a film depend on the seed, its id and the term alone: another film added, or another order,
    leaves them as they are. Equal scores in a draw share the place.

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
    if draws < 1 or seed < 0:
        raise DataError(
            f"a ranking needs at least one draw and a seed of 0 or more, got draws={draws}, seed={seed}",
            where="draws" if draws < 1 else "seed",
        )
    chosen = sorted(
        (record for record in records if record.role in {electrode.value, _BOTH}),
        key=lambda record: record.coating,
    )
    for one, other in pairwise(chosen):
        if one.coating == other.coating:
            raise DataError(
                f"two records of {one.coating}: a ranking takes one per coating",
                where="records",
                hint="choose one campaign, potential and protocol",
            )
    rules = scheme or default_scheme()
    terms = rules.terms(electrode)
    films = [_judged(record, terms, rules) for record in chosen]
    if not films:
        return []
    scores = np.array([_drawn_scores(film, terms, seed=seed, draws=draws) for film in films])
    chances = zip(_share_of_places(scores, places=1), _share_of_places(scores, places=3), strict=True)
    order = sorted(
        zip(films, chances, strict=True),
        key=lambda pair: (pair[0].group, -round(pair[0].score, 12), pair[0].id),
    )
    return [
        film.ranked(place, first=first, top3=top3)
        for place, (film, (first, top3)) in enumerate(order, start=1)
    ]


def why_first(ranking: Sequence[RankedFilm]) -> str:
    """Say in one or two sentences what put the first film first."""
    if not ranking:
        return "Nothing to rank."
    first = ranking[0]
    gained = [f"{name} {value:.2f}" for name, value in first.terms.items() if name not in first.missing]
    lacking = [f"no {name} ({why})" for name, why in first.missing.items()]
    text = f"Why {first.id} first: {', '.join(gained + lacking)}."
    if len(ranking) == 1:
        return text
    second = ranking[1]
    if _group([*second.gates.values()]) > _group([*first.gates.values()]):
        gates = ", ".join(f"{name} {second.gates[name].value}" for name in second.gate_reasons)
        return f"{text} {second.id} comes after it: {gates}."
    leads = [f"{name} {value - second.terms[name]:+.2f}" for name, value in first.terms.items()]
    return f"{text} Against {second.id}: {', '.join(leads)}."


def _weights(terms: Sequence[Term]) -> list[float]:
    total = sum(term.weight for term in terms)
    return [term.weight / total for term in terms]


@dataclass(frozen=True)
class _Film:
    """One film with its gates and its place on every term, before it is placed among the others."""

    id: str
    judged: dict[str, Judged | str]
    terms: dict[str, float]
    gates: dict[str, GateResult]

    @property
    def score(self) -> float:
        return sum(self.terms.values())

    @property
    def group(self) -> int:
        return _group([result.state for result in self.gates.values()])

    def ranked(self, place: int, *, first: float, top3: float) -> RankedFilm:
        return RankedFilm(
            id=self.id,
            rank=place,
            score=self.score,
            terms=self.terms,
            missing={name: why for name, why in self.judged.items() if isinstance(why, str)},
            gates={name: result.state for name, result in self.gates.items()},
            gate_reasons={
                name: result.why
                for name, result in self.gates.items()
                if result.state is not GateState.PASSED
            },
            probability_first=first,
            probability_top3=top3,
        )


def _judged(record: ScreeningRecord, terms: Sequence[Term], rules: RankingScheme) -> _Film:
    judged = {term.name: judge(term, record.properties) for term in terms}
    contributions = {}
    for term, weight in zip(terms, _weights(terms), strict=True):
        place = judged[term.name]
        contributions[term.name] = weight * expected(term, place) if isinstance(place, Judged) else 0.0
    return _Film(
        id=record.coating,
        judged=judged,
        terms=contributions,
        gates={gate.name: check_gate(gate, record.properties) for gate in rules.gates},
    )


def _group(states: Sequence[GateState]) -> int:
    return 2 if GateState.FAILED in states else 1 if GateState.UNKNOWN in states else 0


def _drawn_scores(film: _Film, terms: Sequence[Term], *, seed: int, draws: int) -> FloatArray:
    """Return scores of the draws, shape (draws,), with each later group below any score of the one before."""
    score = np.full(draws, -2.0 * film.group)
    for term, weight in zip(terms, _weights(terms), strict=True):
        place = film.judged[term.name]
        if isinstance(place, Judged):
            rng = np.random.default_rng([seed, _number(film.id), _number(term.name)])
            score += weight * ramp(term, place.draw(rng, size=draws))
    return score


def _number(text: str) -> int:
    return zlib.crc32(text.encode())


def _share_of_places(scores: FloatArray, *, places: int) -> FloatArray:
    """Return how often each row is among the highest `places` of its column; ties share what is left."""
    if len(scores) <= places:
        return np.ones(len(scores))
    last = np.partition(scores, -places, axis=0)[-places]
    above, level = scores > last, scores == last
    share = (places - above.sum(axis=0)) / level.sum(axis=0)
    chances: FloatArray = np.clip((above + level * share).mean(axis=1), 0.0, 1.0)
    return chances
