"""The front of films in the plane of two terms: where it runs, and how it is drawn."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from lithicoat.analysis.decision.pareto import front
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.figures.style import GREY
from lithicoat.analysis.figures.term_axes import TermAxis

__all__ = ["draw_front", "front_line"]

FloatArray = NDArray[np.float64]

BEATEN = "0.93"
"""Shade of what the front beats."""


def front_line(sheet: Sheet, across: TermAxis, along: TermAxis) -> FloatArray | None:
    """Return the corners of the front in two terms, as places, shape (k, 2), from one edge to the other.

    Only films that pass all gates and of which both terms are known count. None if there are none, or if the
    best of a term is in between.
    """
    signs = np.array([across.better, along.better])
    rows = np.flatnonzero((sheet.groups == 0) & across.known & along.known)
    if not signs.all() or rows.size == 0:
        return None
    points = np.column_stack([across.at[rows], along.at[rows]]) * signs
    best = np.unique(points[front(points)], axis=0)
    corners = [(_worst(across) * signs[0], best[0, 1])]
    for here, after in zip(best, [*best[1:], None], strict=True):
        corners.append((here[0], here[1]))
        corners.append((here[0], _worst(along) * signs[1] if after is None else after[1]))
    return np.asarray(np.array(corners) * signs)


def draw_front(axes: Axes, sheet: Sheet, across: TermAxis, along: TermAxis) -> list[tuple[float, float]]:
    """Draw the front in two terms, and shade what it beats.

    Returns
    -------
    list of (float, float)
        Its corners in the units of the axes; none where there is no front.
    """
    line = front_line(sheet, across, along)
    if line is None:
        return []
    x, y = across.shown(line[:, 0]), along.shown(line[:, 1])
    axes.fill_between(x, y, float(along.shown(_worst(along))), color=BEATEN, lw=0, zorder=0)
    axes.plot(x, y, color=GREY, lw=0.8, zorder=1)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _worst(axis: TermAxis) -> float:
    return axis.limits[0] if axis.better > 0 else axis.limits[1]
