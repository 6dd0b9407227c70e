"""Cells as small vector drawings, for paper and for browsers that draw no space."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.database import Evidence, StoredModel
from lithicoat.analysis.figures.interactive import FRAME, INK
from lithicoat.analysis.figures.interactive_structure import structure_figure

__all__ = ["Cell", "cells_of"]

FloatArray = NDArray[np.float64]

EYE = np.array([0.5, -2.0, 0.45])
"""From where the cell is seen, as in the figure to turn."""
SIDE_PX, MARGIN_PX = 260.0, 14.0
DOT_SHARE = 0.36
"""Radius of a dot: this share of plotly's diameter, scaled with the cell."""
USUAL_A = 14.0
"""Width of a cell whose dots have that size, Å."""
FADE = 0.55
"""How much of its strength the farthest atom loses."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The cell of a film.

    Parameters
    ----------
    heading : str
        Formula, atoms and density.
    figure : dict
        Figure to turn and zoom, as plotly reads it.
    svg : str
        Drawing.
    """

    heading: str
    figure: dict[str, Any]
    svg: str


def cells_of(evidence: Evidence) -> Cell | None:
    """Return the cell of a film's first replica, relaxed if it is there; None if no cell is stored."""
    for kind in ("relax", "anneal", "build"):
        models = evidence.models(kind)
        if models:
            return _cell(models[0], relaxed=kind == "relax")
    return None


def _cell(model: StoredModel, *, relaxed: bool) -> Cell:
    document = {
        "name": "",
        "symbols": model.symbols,
        "positions_A": model.positions_A,
        "cell_A": model.cell_A,
    }
    figure = structure_figure(document, title="")
    figure.update_layout(modebar={"bgcolor": "rgba(0,0,0,0)", "color": FRAME}, font={"color": INK})
    what = f"{model.kind} cell of {len(model.symbols)} atoms{', relaxed' if relaxed else ''}"
    return Cell(
        heading=what if model.seed is None else f"{what}, seed {model.seed}",
        figure=figure.to_plotly_json(),
        svg=_svg(figure, f"{model.name}: {what}"),
    )


def _svg(figure: Any, title: str) -> str:
    """Project the traces of a figure along the eye, near things over far ones."""
    project = _projection(figure)
    pieces: list[tuple[float, str]] = []
    for trace in figure.data:
        pieces += _lines(trace, project) if trace.mode == "lines" else _dots(trace, project)
    drawn = "".join(piece for _, piece in sorted(pieces, key=lambda piece: piece[0]))
    elements = ", ".join(trace.name for trace in figure.data if trace.mode == "markers")
    text = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return (
        f'<svg viewBox="0 0 {SIDE_PX:g} {SIDE_PX:g}" role="img" aria-label="{text}; elements {elements}" '
        f'class="cell">{drawn}</svg>'
    )


@dataclass(frozen=True)
class _Projection:
    """From Å to px: axes of the view as rows, its centre and scale."""

    axes: FloatArray
    middle: FloatArray
    scale: float
    nearest: float
    farthest: float

    def __call__(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return px, shape (n, 2), and depth towards the eye, shape (n,)."""
        seen = (points - self.middle) @ self.axes.T
        flat = np.column_stack([SIDE_PX / 2 + self.scale * seen[:, 0], SIDE_PX / 2 - self.scale * seen[:, 1]])
        return flat, seen[:, 2]

    def strength(self, depth: float) -> float:
        """Return the opacity of an atom at a depth."""
        span = max(self.nearest - self.farthest, 1e-9)
        return 1 - FADE * (self.nearest - depth) / span


def _projection(figure: Any) -> _Projection:
    points = np.vstack([_points(trace)[~np.isnan(_points(trace)).any(axis=1)] for trace in figure.data])
    toward = EYE / np.linalg.norm(EYE)
    across = np.cross([0.0, 0.0, 1.0], toward)
    across /= np.linalg.norm(across)
    axes = np.array([across, np.cross(toward, across), toward])
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    seen = (points - middle) @ axes.T
    reach = 2 * float(np.abs(seen[:, :2]).max()) or 1.0
    return _Projection(
        axes, middle, (SIDE_PX - 2 * MARGIN_PX) / reach, float(seen[:, 2].max()), float(seen[:, 2].min())
    )


def _points(trace: Any) -> FloatArray:
    columns = [[math.nan if one is None else one for one in column] for column in (trace.x, trace.y, trace.z)]
    return np.array(columns, dtype=float).T


def _lines(trace: Any, project: _Projection) -> Iterator[tuple[float, str]]:
    points = _points(trace)
    flat, depth = project(points)
    width = max(0.6, trace.line.width / 3)
    for start in range(0, len(points), 3):
        (x1, y1), (x2, y2) = flat[start], flat[start + 1]
        line = (
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{trace.name}" '
            f'stroke-width="{width:.1f}"/>'
        )
        yield float(depth[start : start + 2].mean()), line


def _dots(trace: Any, project: _Projection) -> Iterator[tuple[float, str]]:
    flat, depths = project(_points(trace))
    radius = DOT_SHARE * trace.marker.size * min(1.6, project.scale * USUAL_A / SIDE_PX)
    for (x, y), depth in zip(flat, depths.tolist(), strict=True):
        dot = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{trace.marker.color}" '
            f'stroke="#404040" stroke-width="0.6" opacity="{project.strength(depth):.2f}"/>'
        )
        yield depth, dot
