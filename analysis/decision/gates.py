"""Gates: conditions that come before any score."""

from collections.abc import Mapping
from enum import Enum

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.scheme import Gate, GateCheck
from lithicoat.analysis.properties import Bound, Property

__all__ = ["GateResult", "GateState", "check_gate"]


class GateState(Enum):
    """Whether a film meets a condition. What is not known is not passed."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class GateResult(BaseModel):
    """State of one gate, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: GateState
    why: str = Field(description="What was found, in a few words.")


def check_gate(gate: Gate, properties: Mapping[str, Property]) -> GateResult:
    """Hold the properties of a film against one gate.

    Parameters
    ----------
    gate : Gate
        The condition.
    properties : mapping of str to Property
        Properties of the film by name.
    """
    given = [properties[name] for name in gate.properties if name in properties]
    found = next((prop for prop in given if _answers(gate, prop)), None)
    if found is not None:
        return _judged(gate, found)
    if not given:
        return GateResult(state=GateState.UNKNOWN, why="not computed")
    why = "; ".join(flag for flag in given[0].flags) or "only a bound"
    spoken = " ".join(flag for prop in given if prop.value is None for flag in prop.flags).lower()
    failed = any(word in spoken for word in gate.failed_words)
    return GateResult(state=GateState.FAILED if failed else GateState.UNKNOWN, why=why)


def _answers(gate: Gate, prop: Property) -> bool:
    return prop.resolved if gate.check is GateCheck.KNOWN else prop.value is not None


def _judged(gate: Gate, prop: Property) -> GateResult:
    if prop.value is None or gate.threshold is None:
        return GateResult(state=GateState.PASSED, why="bound" if prop.bound else "known")
    comparison = f"{prop.value:.3g} {prop.unit} against {gate.threshold:g}"
    above = prop.value > gate.threshold
    if (prop.bound is Bound.UPPER and above) or (prop.bound is Bound.LOWER and not above):
        return GateResult(state=GateState.UNKNOWN, why=f"only a bound: {comparison}")
    return GateResult(state=GateState.PASSED if above else GateState.FAILED, why=comparison)
