"""What a pair of films is judged by: weights, limits of the electrodes and a gate, as data."""

import tomllib
from functools import cache
from importlib import resources
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lithicoat.analysis.decision.scheme import Electrode, Gate

__all__ = ["PairScheme", "PairWeights", "TemperatureLimit", "default_pair_scheme"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PairWeights(_Entry):
    """How much each film counts; they are divided by their sum."""

    anode: float = Field(gt=0, description="Weight of the score of the film on the anode.")
    cathode: float = Field(gt=0, description="Weight of the score of the film on the cathode.")
    reason: str = Field(description="Why these.")


class TemperatureLimit(_Entry):
    """How hot an electrode may become while it is coated."""

    electrode: Electrode
    usual_C: float = Field(description="Up to here films were grown on it, °C.")
    never_C: float = Field(description="Above this it cannot be coated, °C.")
    reason: str = Field(description="Why these temperatures.")
    source: str = Field(description="Where they are from.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.usual_C > self.never_C:
            msg = f"limit of the {self.electrode.value}: usual_C must not lie above never_C"
            raise ValueError(msg)
        return self


class PairScheme(_Entry):
    """All that is asked of a pair beyond what each film is asked alone."""

    weights: PairWeights
    limits: tuple[TemperatureLimit, TemperatureLimit] = Field(description="One per electrode.")
    contact: Gate = Field(description="What the films must not do to one another.")

    @model_validator(mode="after")
    def _each_electrode_once(self) -> Self:
        if {limit.electrode for limit in self.limits} != set(Electrode):
            msg = "limits must name the anode and the cathode, each once"
            raise ValueError(msg)
        return self

    def limit(self, electrode: Electrode) -> TemperatureLimit:
        """Return the limit of one electrode."""
        return next(limit for limit in self.limits if limit.electrode is electrode)

    def weight(self, electrode: Electrode) -> float:
        """Return the share of one electrode in the score of a pair; both shares sum to 1."""
        shares = {Electrode.ANODE: self.weights.anode, Electrode.CATHODE: self.weights.cathode}
        return shares[electrode] / sum(shares.values())


@cache
def default_pair_scheme() -> PairScheme:
    """Return the scheme of `data/pairs.toml`."""
    text = resources.files("lithicoat.analysis").joinpath("data/pairs.toml").read_text("utf-8")
    return PairScheme.model_validate(tomllib.loads(text))
