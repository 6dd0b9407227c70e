"""Ranking of films for one electrode, with the uncertainty of the ranks.

Films that pass all gates come first, then those with an unknown gate, then those that fail one; inside each
group the score decides, then the id. The score is the weighted mean of desirabilities at the best estimates
(of a bound: the mean over what it leaves open), so that it can be worked out by hand. How sure a rank is
follows from drawing every property from its error: one that stands near the threshold of a gate passes in
some draws and fails in others. A property that is in two terms, or in a term and a gate, is drawn once.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.desirability import Randomness, Verdict, verdict_of
from lithicoat.analysis.decision.gates import GateResult, GateState, check_gate
from lithicoat.analysis.decision.scheme import Electrode, Gate, RankingScheme, Term, default_scheme
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["Electrode", "RankedFilm", "rank", "why_first"]

FloatArray = NDArray[np.float64]
_BOTH = "both"
_GROUP = {GateState.PASSED: 0, GateState.PASSED_OVER: 0, GateState.UNKNOWN: 1, GateState.FAILED: 2}


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
    gates: dict[str, GateState] = Field(description="State of each gate.")
    gate_reasons: dict[str, str] = Field(
        description="Why a gate is not passed, or that it is passed narrowly."
    )
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

    The draws of a film depend on the seed, its id and the property alone: another film added, or another
    order, leaves them as they are. Equal scores in a draw share the place.

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
    films = [_judged(record, rules.terms(electrode), rules.gates_at(electrode)) for record in chosen]
    if not films:
        return []
    scores = np.array([film.drawn_scores(seed=seed, draws=draws) for film in films])
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
    if _group([*second.gates.values()]) > _group([*first.gates.values()]):
        stopped = [name for name, state in second.gates.items() if _GROUP[state]]
        gates = ", ".join(f"{name} {second.gates[name].value}" for name in stopped)
        return f"{text} {second.id} comes after it: {gates}."
    leads = [f"{name} {value - second.terms[name]:+.2f}" for name, value in first.terms.items()]
    return f"{text} Against {second.id}: {', '.join(leads)}."


@dataclass(frozen=True)
class _Film:
    """One film with its gates and its place on every term, before it is placed among the others."""

    id: str
    verdicts: dict[str, Verdict]
    weights: dict[str, float]
    gates: dict[str, GateResult]

    @property
    def terms(self) -> dict[str, float]:
        return {name: self.weights[name] * verdict.best for name, verdict in self.verdicts.items()}

    @property
    def score(self) -> float:
        return sum(self.terms.values())

    @property
    def group(self) -> int:
        return _group([result.state for result in self.gates.values()])

    def drawn_scores(self, *, seed: int, draws: int) -> FloatArray:
        """Scores of the draws, shape (draws,), with each later group below any score of the one before."""

        def random(name: str) -> np.random.Generator:
            return np.random.default_rng([seed, _number(self.id), _number(name)])

        group = np.zeros(draws)
        for result in self.gates.values():
            group = np.maximum(group, _drawn_group(result, random, draws))
        score = -2.0 * group
        for name, verdict in self.verdicts.items():
            score += self.weights[name] * verdict.drawn(random, size=draws)
        return score

    def ranked(self, place: int, *, first: float, top3: float) -> RankedFilm:
        verdicts = self.verdicts.items()
        return RankedFilm(
            id=self.id,
            rank=place,
            score=self.score,
            terms=self.terms,
            missing={name: verdict.missing for name, verdict in verdicts if verdict.missing},
            zeros={name: verdict.zero for name, verdict in verdicts if verdict.zero},
            reliefs={name: verdict.made_up for name, verdict in verdicts if verdict.made_up},
            gates={name: result.state for name, result in self.gates.items()},
            gate_reasons={
                name: result.why
                for name, result in self.gates.items()
                if result.narrow or result.state is not GateState.PASSED
            },
            probability_first=first,
            probability_top3=top3,
        )


def _judged(record: ScreeningRecord, terms: Sequence[Term], gates: Sequence[Gate]) -> _Film:
    total = sum(term.weight for term in terms)
    return _Film(
        id=record.coating,
        verdicts={term.name: verdict_of(term, record.properties) for term in terms},
        weights={term.name: term.weight / total for term in terms},
        gates={gate.name: check_gate(gate, record.properties) for gate in gates},
    )


def _group(states: Sequence[GateState]) -> int:
    return max((_GROUP[state] for state in states), default=0)


def _drawn_group(result: GateResult, random: Randomness, draws: int) -> FloatArray | int:
    """Return the group that a gate puts a film into, in each draw of its property."""
    chance = result.probability
    if chance is None or result.source is None or not 0 < chance < 1:
        return _GROUP[result.state]
    passes = random(result.source).standard_normal(draws) > -NormalDist().inv_cdf(chance)
    return np.where(passes, _GROUP[GateState.PASSED], _GROUP[GateState.FAILED])


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
