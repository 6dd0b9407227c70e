"""Which conclusions of a ranking survive other weights.

The documented weights are a choice. Here they are drawn: each up to a factor of two away from the documented
one, which most readers would grant, and anywhere on the simplex of weights, which is every view that there
is. What holds in all of the first is robust; a film that leads in none of the second is beaten in every view.

Literature
----------
Lahdelma and Salminen, Oper. Res. 49, 444 (2001): stochastic multicriteria acceptability analysis (SMAA-2).
Kendall, Biometrika 30, 81 (1938): the rank correlation tau.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import kendalltau

from lithicoat.analysis.decision.sheet import Sheet, check_draws, order_of
from lithicoat.analysis.decision.standing import share_of_places

__all__ = ["FACTOR", "Robustness", "SensitivityOfFilm", "robustness"]

FloatArray = NDArray[np.float64]

FACTOR = 2.0
"""How far a reasonable weight lies from the documented one."""
CORRELATED = 50
"""Films, from the top of the ranking, between which ranks are correlated and pairs are compared."""
BLOCK = 100
"""Weightings that are looked at together, so that a hundred thousand films fit into memory."""


class SensitivityOfFilm(BaseModel):
    """How often one film leads under other weights."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str
    first_reasonable: float = Field(description="Share of weights within a factor of two in which it leads.")
    first_any: float = Field(description="Share of all weights in which it leads.")
    first_drawn: float = Field(
        description="Share in which it leads, weights within a factor of two and properties drawn together."
    )
    always_before: tuple[str, ...] = Field(
        description="Films that it is not behind under any weights at all, by the best estimates."
    )
    reasonably_before: tuple[str, ...] = Field(
        description="Further films that it is not behind under any of the weights within a factor of two."
    )


class Robustness(BaseModel):
    """How much of a ranking depends on the weights of its terms."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    weights: dict[str, float] = Field(description="Documented weights, of sum 1.")
    factor: float = Field(description="How far the reasonable weights go from them.")
    draws: int = Field(description="How many weights were drawn.")
    films: tuple[SensitivityOfFilm, ...] = Field(description="Best first by the documented weights.")
    tau: float | None = Field(
        description="Mean rank correlation (Kendall's tau) with the documented ranking, reasonable weights; "
        "None of fewer than two films."
    )
    tau_interval: tuple[float, float] | None = Field(description="What holds 90 % of these correlations.")


@dataclass(frozen=True)
class _Weighings:
    """Drawn weights, shape (draws, t) each."""

    reasonable: FloatArray
    anywhere: FloatArray


def robustness(sheet: Sheet, *, seed: int = 0, draws: int = 1000) -> Robustness:
    """Rank the films of a sheet under many weights.

    Parameters
    ----------
    sheet : Sheet
        Films judged by gates and terms; the gates hold under all weights.
    seed, draws : int
        Seed of the draws, and how many weights are drawn.

    Raises
    ------
    DataError
        If seed or draws are out of range.
    """
    check_draws(seed, draws)
    weighings = _drawn_weights(sheet.weights, seed=seed, draws=draws)
    top = sheet.order[:CORRELATED]
    reasonable = sheet.worths[top] @ weighings.reasonable.T - 2.0 * sheet.groups[top, None]
    drawn = sheet.draw(seed=seed, draws=draws, rows=top.tolist())
    together = np.einsum("dt,ntd->nd", weighings.reasonable, drawn.worths) - 2.0 * drawn.groups
    first_reasonable, first_any = _leads(sheet, weighings.reasonable), _leads(sheet, weighings.anywhere)
    first_drawn = share_of_places(together, places=1)
    correlations = _correlations(sheet, top, reasonable)
    films = tuple(
        SensitivityOfFilm(
            id=sheet.films[row],
            first_reasonable=float(first_reasonable[row]),
            first_any=float(first_any[row]),
            first_drawn=float(first_drawn[place]),
            **_before(sheet, place, top, reasonable),
        )
        for place, row in enumerate(top)
    )
    return Robustness(
        weights={term.name: float(weight) for term, weight in zip(sheet.terms, sheet.weights, strict=True)},
        factor=FACTOR,
        draws=draws,
        films=films,
        tau=float(np.mean(correlations)) if len(correlations) else None,
        tau_interval=_interval(correlations) if len(correlations) else None,
    )


def _drawn_weights(documented: FloatArray, *, seed: int, draws: int) -> _Weighings:
    rng = np.random.default_rng(seed)
    away = rng.uniform(-np.log(FACTOR), np.log(FACTOR), (draws, len(documented)))
    reasonable = documented * np.exp(away)
    return _Weighings(
        reasonable / reasonable.sum(axis=1, keepdims=True),
        rng.dirichlet(np.ones(len(documented)), draws),
    )


def _leads(sheet: Sheet, weights: FloatArray) -> FloatArray:
    """Return the share of weightings, shape (draws, t), in which each film leads, shape (n,)."""
    leads = np.zeros(len(sheet.films))
    for block in np.array_split(weights, max(1, len(weights) // BLOCK)):
        scores = sheet.worths @ block.T - 2.0 * sheet.groups[:, None]
        leads += share_of_places(scores, places=1) * len(block)
    return leads / len(weights)


def _correlations(sheet: Sheet, top: NDArray[np.intp], scores: FloatArray) -> FloatArray:
    """Return the rank correlation of each weighing with the documented ranking."""
    if len(top) < 2:
        return np.zeros(0)
    documented = np.arange(len(top))
    groups = sheet.groups[top]
    found = []
    for column in scores.T:
        ranks = np.empty(len(top))
        ranks[order_of(column, groups)] = documented
        found.append(kendalltau(documented, ranks).statistic)
    return np.array(found)


def _interval(values: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(values, (0.05, 0.95))
    return float(low), float(high)


def _before(
    sheet: Sheet, place: int, top: NDArray[np.intp], scores: FloatArray
) -> dict[str, tuple[str, ...]]:
    """Name the films that a film is never behind: under any weights, and under the reasonable ones.

    The scores are those of the films at the top, in their order.
    """
    always, reasonably = [], []
    row = top[place]
    for other_place, other in enumerate(top.tolist()):
        if other == row:
            continue
        gates = int(sheet.groups[other]) - int(sheet.groups[row])
        as_good = np.all(sheet.worths[row] >= sheet.worths[other])
        better = gates > 0 or np.any(sheet.worths[row] > sheet.worths[other])
        if gates > 0 or (gates == 0 and as_good and better):
            always.append(sheet.films[other])
        elif np.all(scores[place] >= scores[other_place]) and np.any(scores[place] > scores[other_place]):
            reasonably.append(sheet.films[other])
    return {"always_before": tuple(always), "reasonably_before": tuple(reasonably)}
