"""Gates: conditions that come before any score."""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.scheme import Gate, GateCheck, IfNotKnown
from lithicoat.analysis.properties import Property

__all__ = ["GateColumn", "GateState", "check_gate"]

CLEAR = NormalDist().cdf(1.0)
"""Probability of a value one standard uncertainty beyond the threshold; a gate less sure is told."""


class GateState(Enum):
    """Whether a film meets a condition. What is not known is not passed, unless the gate says otherwise."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PASSED_OVER = "passed over"

    @property
    def group(self) -> int:
        """Films of a lower group come before those of a higher one."""
        return {GateState.UNKNOWN: 1, GateState.FAILED: 2}.get(self, 0)


_STATES = tuple(GateState)
_CODE = {state: code for code, state in enumerate(_STATES)}
_GROUPS = np.array([state.group for state in _STATES], dtype=np.int8)


@dataclass(frozen=True)
class GateColumn:
    """One gate held against all films.

    Parameters
    ----------
    gate : Gate
        The condition.
    columns : Columns
        The films.
    codes : numpy.ndarray of int, shape (n,)
        State of each film, see :meth:`state`.
    chances : numpy.ndarray, shape (n,)
        Probability that the condition is met, from the uncertainty of the property; nan if it has none.
    sources : numpy.ndarray of int, shape (n,)
        Index of the property that answered among those of the gate; -1 if none did.
    """

    gate: Gate
    columns: Columns
    codes: NDArray[np.int8]
    chances: NDArray[np.float64]
    sources: NDArray[np.int8]

    @cached_property
    def groups(self) -> NDArray[np.int8]:
        """Group that the gate puts each film into: 0 passed, 1 unknown, 2 failed."""
        return _GROUPS[self.codes]

    @cached_property
    def narrow(self) -> NDArray[np.bool_]:
        """Where the value lies within its standard uncertainty of the threshold."""
        return (self.chances > 1 - CLEAR) & (self.chances < CLEAR)

    @cached_property
    def states(self) -> list[GateState]:
        """State of each film."""
        return [_STATES[code] for code in self.codes.tolist()]

    @cached_property
    def telling(self) -> list[bool]:
        """Whether there is something to tell of each film: not passed, or passed narrowly."""
        told: list[bool] = (self.narrow | (self.codes != _CODE[GateState.PASSED])).tolist()
        return told

    def state(self, row: int) -> GateState:
        """Return the state of one film."""
        return _STATES[int(self.codes[row])]

    def source(self, row: int) -> str | None:
        """Return the property that answered for one film."""
        return self.gate.properties[self.sources[row]] if self.sources[row] >= 0 else None

    def why(self, row: int) -> str:
        """Say what was found, in a few words."""
        name = self.source(row)
        prop = None if name is None else self.columns.told(row, name)
        if name is None or prop is None:
            return _unanswered(self.gate, self.columns, row)
        if prop.value is None or self.gate.threshold is None:
            return "bound" if prop.bound else "known"
        against = f"against {self.gate.threshold:g}"
        if prop.bound is not None:
            start = "" if self.state(row) in {GateState.PASSED, GateState.FAILED} else "only a bound: "
            return f"{start}{prop.value:.3g} {prop.unit} {against}"
        error = self.columns[name].uncertainty[row]
        spread = f" ± {error:.2g}" if error else ""
        chance = f", passed with a probability of {self.chances[row]:.2f}" if self.narrow[row] else ""
        return f"{prop.value:.3g}{spread} {prop.unit} {against}{chance}"


def check_gate(gate: Gate, columns: Columns) -> GateColumn:
    """Hold the properties of films against one gate.

    The best estimate decides; how sure that is, is the probability.

    Parameters
    ----------
    gate : Gate
        The condition.
    columns : Columns
        Properties of the films.
    """
    size = len(columns)
    unasked = GateState.PASSED_OVER if gate.if_not_known is IfNotKnown.PASSED_OVER else GateState.UNKNOWN
    codes = np.full(size, _CODE[unasked], dtype=np.int8)
    sources, chances = np.full(size, -1, dtype=np.int8), np.full(size, np.nan)
    for index, name in enumerate(gate.properties):
        column = columns[name]
        answers = column.resolved if gate.check is GateCheck.KNOWN else column.known
        fresh = (sources < 0) & answers
        sources[fresh] = index
        if gate.threshold is None:
            codes[fresh] = _CODE[GateState.PASSED]
            continue
        above = column.value > gate.threshold
        decides = (column.bound == 0) | (above == (column.bound > 0))
        codes[fresh & decides & above] = _CODE[GateState.PASSED]
        codes[fresh & decides & ~above] = _CODE[GateState.FAILED]
        uncertain = fresh & (column.uncertainty > 0)
        with np.errstate(over="ignore"):  # infinitely far from the threshold is a sure thing
            distance = (column.value[uncertain] - gate.threshold) / column.uncertainty[uncertain]
        chances[uncertain] = ndtr(distance)
    if gate.failed_words:
        for row in np.flatnonzero(sources < 0):
            if _speaks_of_failure(gate, columns, int(row)):
                codes[row] = _CODE[GateState.FAILED]
    return GateColumn(gate, columns, codes, chances, sources)


def _given(gate: Gate, columns: Columns, row: int) -> list[Property]:
    found = (columns.told(row, name) for name in gate.properties)
    return [prop for prop in found if prop is not None]


def _speaks_of_failure(gate: Gate, columns: Columns, row: int) -> bool:
    spoken = " ".join(
        flag for prop in _given(gate, columns, row) if prop.value is None for flag in prop.flags
    ).lower()
    return any(word in spoken for word in gate.failed_words)


def _unanswered(gate: Gate, columns: Columns, row: int) -> str:
    given = _given(gate, columns, row)
    return ("; ".join(given[0].flags) or "only a bound") if given else "not computed"
