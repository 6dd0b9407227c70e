"""Names beside points that cover neither each other nor the points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from numpy.typing import NDArray

from lithicoat.analysis.figures.style import GREY

__all__ = ["PointLabel", "Segment", "place_labels"]

FloatArray = NDArray[np.float64]
Segment = tuple[tuple[float, float], tuple[float, float]]
"""Two ends of a line in the units of the axes."""

FONT_PT = 6.5
POINT_PT = 2.6
"""Half the side of the square that a mark takes up."""
NEAR_PT = 4.5
REACHES_PT = (NEAR_PT, 8.0, 13.0, 19.0, 26.0, 34.0, 44.0)
"""Distances from the point that are tried."""
DIRECTIONS = 16
LEADER_PT = 12.0
"""From this distance on a line leads from the point to its name."""
ROUNDS = 4
_OVER_LABEL, _OVER_POINT, _OVER_SEGMENT, _OUTSIDE, _AWAY, _ACROSS = 12.0, 12.0, 1.2, 200.0, 0.4, 5.0
"""Costs: of each pt² that a name covers of another, of each point and each pt of line under it, of each pt
beyond the axes, of each pt of distance, and of each point between a name and its own."""


@dataclass(frozen=True, kw_only=True)
class PointLabel:
    """A name and the point that it belongs to.

    Parameters
    ----------
    text : str
        The name.
    x, y : float
        The point, in the units of the axes.
    colour : str or (float, float, float)
        Colour of the text.
    """

    text: str
    x: float
    y: float
    colour: str | tuple[float, float, float] = "black"


def place_labels(
    figure: Figure,
    axes: Axes,
    labels: Sequence[PointLabel],
    *,
    points: Sequence[tuple[float, float]] = (),
    segments: Sequence[Segment] = (),
    fontsize: float = FONT_PT,
) -> list[Annotation]:
    """Write names beside their points so that they overlap as little as can be.

    Each name is tried at many places around its point, and goes where it covers least; all are looked over
    a few times. The result depends on nothing but the input. Call it last: it needs the final layout.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The page.
    axes : matplotlib.axes.Axes
        Where the points are, with their final limits.
    labels : sequence of PointLabel
        Names.
    points : sequence of (float, float)
        Further marks that names had better not cover.
    segments : sequence of Segment
        Lines that names had better not cover, such as error bars.
    fontsize : float
        Size of the names, pt.
    """
    if not labels:
        return []
    figure.draw_without_rendering()
    scale = 72 / figure.dpi
    anchors = _in_points(axes, [(label.x, label.y) for label in labels], scale)
    others = _in_points(axes, list(points), scale) if points else np.empty((0, 2))
    ends = [_in_points(axes, segment, scale) for segment in segments]
    sizes = _sizes(figure, axes, labels, fontsize)
    frame = np.asarray(axes.get_window_extent().get_points() * scale)
    trial = _Trial(
        anchors=anchors, sizes=sizes, marks=np.concatenate([anchors, others]), segments=ends, frame=frame
    )
    return [
        _write(axes, label, offset, fontsize) for label, offset in zip(labels, trial.settled(), strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """Names to be placed; all lengths in pt.

    `anchors` and `sizes` are (n, 2), all `marks` (m, 2), each segment (2, 2); the frame holds the lower and
    the upper corner of the axes.
    """

    anchors: FloatArray
    sizes: FloatArray
    marks: FloatArray
    segments: Sequence[FloatArray]
    frame: FloatArray

    def settled(self) -> FloatArray:
        """Return the centres of the names relative to their points, shape (n, 2)."""
        tried = [_offsets(size) for size in self.sizes]
        fixed = [self._fixed_costs(name, offsets) for name, offsets in enumerate(tried)]
        chosen = [int(costs.argmin()) for costs in fixed]
        crowded = sorted(range(len(tried)), key=lambda name: -float(fixed[name].min()))
        for _ in range(ROUNDS):
            before = list(chosen)
            for name in crowded:
                costs = fixed[name] + self._label_costs(name, tried, chosen)
                chosen[name] = int(costs.argmin())
            if chosen == before:
                break
        return np.array([offsets[place] for offsets, place in zip(tried, chosen, strict=True)])

    def _boxes(self, name: int, offsets: FloatArray) -> tuple[FloatArray, FloatArray]:
        centres = self.anchors[name] + offsets
        return centres - self.sizes[name] / 2, centres + self.sizes[name] / 2

    def _fixed_costs(self, name: int, offsets: FloatArray) -> FloatArray:
        """Cost of each place that does not depend on the other names."""
        low, high = self._boxes(name, offsets)
        costs: FloatArray = _AWAY * np.hypot(*(_gap(offsets, self.sizes[name]).T))
        beyond = np.clip(self.frame[0] - low, 0, None) + np.clip(high - self.frame[1], 0, None)
        costs += _OUTSIDE * beyond.sum(axis=1)
        for point in self.marks:
            covered = ((low - POINT_PT < point) & (point < high + POINT_PT)).all(axis=1)
            costs += _OVER_POINT * covered
            costs += _ACROSS * _passes(offsets, point - self.anchors[name])
        for segment in self.segments:
            costs += _OVER_SEGMENT * _length_inside(segment, low, high)
        return costs

    def _label_costs(self, name: int, tried: Sequence[FloatArray], chosen: Sequence[int]) -> FloatArray:
        """Cost of each place of a name that comes from where the others stand."""
        low, high = self._boxes(name, tried[name])
        costs = np.zeros(len(low))
        for other in range(len(tried)):
            if other == name:
                continue
            theirs = self._boxes(other, tried[other][[chosen[other]]])
            shared = np.clip(np.minimum(high, theirs[1]) - np.maximum(low, theirs[0]), 0, None)
            costs += _OVER_LABEL * shared.prod(axis=1)
        return costs


def _offsets(size: FloatArray) -> FloatArray:
    """Return centres to try, relative to the point: near ones first, to the right first."""
    turns = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
    around = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    touching = around / np.abs(around).max(axis=1, keepdims=True) * size / 2
    return np.concatenate([touching + reach * around for reach in REACHES_PT])


def _gap(offsets: FloatArray, size: FloatArray) -> FloatArray:
    """Distance of the point from the box along both axes."""
    return np.asarray(np.clip(np.abs(offsets) - size / 2, 0, None))


def _passes(offsets: FloatArray, point: FloatArray) -> NDArray[np.bool_]:
    """Whether the way from the origin to each offset passes by a point that is not the origin."""
    along = np.clip(offsets @ point / (offsets**2).sum(axis=1), 0, 1)
    away = point - along[:, None] * offsets
    return np.asarray((away**2).sum(axis=1) < POINT_PT**2) & bool((point**2).sum() > 1)


def _length_inside(segment: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Length of a segment inside boxes, by points along it."""
    length = float(np.hypot(*(segment[1] - segment[0])))
    steps = max(2, math.ceil(length / 2) + 1)
    along = segment[0] + np.linspace(0, 1, steps)[:, None] * (segment[1] - segment[0])
    inside = ((along > low[:, None]) & (along < high[:, None])).all(axis=2)
    shared: FloatArray = inside.mean(axis=1) * length
    return shared


def _in_points(axes: Axes, places: Sequence[tuple[float, float]], scale: float) -> FloatArray:
    return np.asarray(axes.transData.transform(places) * scale)


def _sizes(figure: Figure, axes: Axes, labels: Sequence[PointLabel], fontsize: float) -> FloatArray:
    """Widths and heights of the names, pt."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    found = []
    for label in labels:
        text = axes.text(label.x, label.y, label.text, fontsize=fontsize)
        box = text.get_window_extent(renderer)
        found.append((box.width * 72 / figure.dpi + 1.0, box.height * 72 / figure.dpi))
        text.remove()
    return np.array(found)


def _write(axes: Axes, label: PointLabel, offset: FloatArray, fontsize: float) -> Annotation:
    far = float(np.hypot(*offset)) > LEADER_PT + fontsize
    written = axes.annotate(
        label.text,
        (label.x, label.y),
        xytext=(float(offset[0]), float(offset[1])),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=fontsize,
        color=label.colour,
        arrowprops={"arrowstyle": "-", "lw": 0.4, "color": GREY, "shrinkA": 0, "shrinkB": 2} if far else None,
        zorder=6,
    )
    written.set_in_layout(False)
    return written
