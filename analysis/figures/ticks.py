"""Ticks of logarithmic axes, with words for their numbers, for figures that draw in a browser."""

import math

from lithicoat.analysis.figures.style import RAISED

__all__ = ["log_ticks"]

MANY_DECADES = 3.0
"""From so many decades on, powers of ten alone are ticks."""
MOST = 8
"""Ticks at most."""
PLAIN = (1e-2, 1e4)
"""Numbers between these are written out."""


def log_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Return ticks of a logarithmic axis and what stands beside them.

    Parameters
    ----------
    low, high : float
        Ends of the axis, decadic logarithms.
    """
    if high - low >= MANY_DECADES:
        step = max(1, math.ceil((high - low) / MOST))
        powers = [power for power in range(math.ceil(low), math.floor(high) + 1) if power % step == 0]
        values = [10.0**power for power in powers]
    else:
        steps = [
            float(f"{first}e{power}")
            for power in range(math.floor(low), math.ceil(high) + 1)
            for first in (1, 2, 5)
        ]
        values = [value for value in steps if low <= math.log10(value) <= high]
    return values, [_text(value) for value in values]


def _text(value: float) -> str:
    if PLAIN[0] <= value < PLAIN[1]:
        return f"{value:g}"
    first, _, power = f"{value:.0e}".partition("e")
    raised = "10" + str(int(power)).translate(RAISED)
    return raised if first == "1" else f"{first}×{raised}"
