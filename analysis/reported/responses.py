"""What a coating does to a cell: the logarithm of the ratio to the bare electrode of the same study.

The log response ratio of Hedges, Gurevitch and Curtis, Ecology 80, 1150 (1999): it has no unit, is symmetric
(twice and half as much are +0.69 and -0.69), and what a study has of its own (cathode, electrolyte, current)
is in both of its numbers. It may be held against that of another study where the ratio means the same. A
retention depends on the number of cycles; its exponent of decay over that of the bare electrode does not,
while the decay is geometric. So of a retention R the ratio is taken of -ln R, and of a Coulombic efficiency
of what lacks to 100 %. Here it is turned so that more is better. Studies rarely give a spread over cells; the
intervals are those of rounding alone.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from lithicoat.analysis.reported.cells import CellResult, Direction, Metric, Response

__all__ = ["Span", "log_response_ratio", "oriented", "span_of_all"]


class Span(NamedTuple):
    """An interval with the better side up.

    Parameters
    ----------
    low, high : float
        Ends; infinite at the open end of a bound.
    value : float
        The number as printed, or the edge of the bound.
    """

    low: float
    high: float
    value: float

    def above(self, other: "Span") -> bool:
        """Say whether the whole of this lies above the whole of another."""
        return self.low > other.high


def oriented(result: CellResult, metric: Metric) -> Span:
    """Return the value of a result with the better side up; the sign of a metric to be low is turned."""
    low, high, value = result.reading
    if metric.better is Direction.HIGHER:
        return Span(low, high, value)
    return Span(-high, -low, -value)


def log_response_ratio(result: CellResult, metric: Metric) -> Span | None:
    """Return the log response ratio of a result, with the better side up; None without a bare electrode.

    Parameters
    ----------
    result : CellResult
        Number of the coated and of the bare cell.
    metric : Metric
        Its metric.

    Returns
    -------
    Span or None
        Interval by rounding, or open on the side of a bound.
    """
    higher = metric.better is Direction.HIGHER
    low, high, value = result.reading
    worst, best = (low, high) if higher else (high, low)
    if metric.response is Response.RATIO:
        sign = 1.0 if higher else -1.0
        return Span(sign * _log(worst), sign * _log(best), sign * _log(value))
    bare = result.bare_reading
    if bare is None:
        return None
    bare_worst, bare_best = (bare.low, bare.high) if higher else (bare.high, bare.low)
    return Span(
        _gain(worst, bare_best, metric), _gain(best, bare_worst, metric), _gain(value, bare.value, metric)
    )


def span_of_all(spans: Sequence[Span]) -> Span:
    """Return the span that holds all spans of one film; its best value is their mean."""
    return Span(
        min(span.low for span in spans),
        max(span.high for span in spans),
        sum(span.value for span in spans) / len(spans),
    )


def _gain(coated: float, bare: float, metric: Metric) -> float:
    """Log ratio of the responses, turned so that more is better."""
    ratio = _log(_response(coated, metric)) - _log(_response(bare, metric))
    return ratio if (metric.better is Direction.HIGHER) is not metric.percentage else -ratio


def _response(value: float, metric: Metric) -> float:
    """Return what the ratio is of: it falls with the value where the metric is a percentage that is left."""
    if metric.response is Response.DECAY:
        return math.inf if value <= 0 else max(-math.log(value / 100), 0.0)
    if metric.response is Response.LOSS:
        return max(100 - value, 0.0)
    return value


def _log(number: float) -> float:
    return -math.inf if number == 0 else math.log(number)
