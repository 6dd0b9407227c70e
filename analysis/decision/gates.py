"""Gates: conditions that come before any score."""

from collections.abc import Mapping
from enum import Enum
from statistics import NormalDist

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.scheme import Gate, GateCheck, IfNotKnown
from lithicoat.analysis.properties import Bound, Property

__all__ = ["GateResult", "GateState", "check_gate"]

CLEAR = NormalDist().cdf(1.0)
"""Probability of a value one standard uncertainty beyond the threshold; a gate less sure is told."""


class GateState(Enum):
    """Whether a film meets a condition. What is not known is not passed, unless the gate says otherwise."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PASSED_OVER = "passed over"


class GateResult(BaseModel):
    """State of one gate, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: GateState
    why: str = Field(description="What was found, in a few words.")
    source: str | None = Field(None, description="Name of the property that answered; None if none did.")
    probability: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Probability that the condition is met, from the uncertainty of the property; None if it "
        "has none.",
    )

    @property
    def narrow(self) -> bool:
        """True if the value lies within its standard uncertainty of the threshold."""
        return self.probability is not None and 1 - CLEAR < self.probability < CLEAR


def check_gate(gate: Gate, properties: Mapping[str, Property]) -> GateResult:
    """Hold the properties of a film against one gate.

    The best estimate decides; how sure that is, is the probability.

    Parameters
    ----------
    gate : Gate
        The condition.
    properties : mapping of str to Property
        Properties of the film by name.
    """
    given = {name: properties[name] for name in gate.properties if name in properties}
    found = next((name for name, prop in given.items() if _answers(gate, prop)), None)
    if found is not None:
        return _judged(gate, found, given[found])
    if not given:
        return GateResult(state=_open(gate), why="not computed")
    first = next(iter(given.values()))
    why = "; ".join(flag for flag in first.flags) or "only a bound"
    spoken = " ".join(flag for prop in given.values() if prop.value is None for flag in prop.flags).lower()
    failed = any(word in spoken for word in gate.failed_words)
    return GateResult(state=GateState.FAILED if failed else _open(gate), why=why)


def _open(gate: Gate) -> GateState:
    """Return what a gate makes of a property that decides nothing."""
    return GateState.PASSED_OVER if gate.if_not_known is IfNotKnown.PASSED_OVER else GateState.UNKNOWN


def _answers(gate: Gate, prop: Property) -> bool:
    return prop.resolved if gate.check is GateCheck.KNOWN else prop.value is not None


def _judged(gate: Gate, name: str, prop: Property) -> GateResult:
    if prop.value is None or gate.threshold is None:
        return GateResult(state=GateState.PASSED, why="bound" if prop.bound else "known", source=name)
    above = prop.value > gate.threshold
    against = f"against {gate.threshold:g}"
    if prop.bound is not None:
        decides = above if prop.bound is Bound.LOWER else not above
        state = (GateState.PASSED if above else GateState.FAILED) if decides else _open(gate)
        start = "" if decides else "only a bound: "
        return GateResult(state=state, why=f"{start}{prop.value:.3g} {prop.unit} {against}", source=name)
    state = GateState.PASSED if above else GateState.FAILED
    if not prop.uncertainty:
        return GateResult(state=state, why=f"{prop.value:.3g} {prop.unit} {against}", source=name)
    chance = 1 - NormalDist(prop.value, prop.uncertainty).cdf(gate.threshold)
    told = f"{prop.value:.3g} ± {prop.uncertainty:.2g} {prop.unit} {against}"
    result = GateResult(state=state, why=told, source=name, probability=chance)
    narrowly = f"{told}, passed with a probability of {chance:.2f}"
    return result.model_copy(update={"why": narrowly}) if result.narrow else result
