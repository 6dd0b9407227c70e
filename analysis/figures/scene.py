"""Surfaces, balls and cells in three dimensions, drawn from the farthest to the nearest.

matplotlib's own three-dimensional axes sort whole objects only, so atoms would shine through a surface. Here
every triangle, ball and piece of an edge has its own depth. What is drawn is a picture inside the vector
file; text around it stays text.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle
from numpy.typing import ArrayLike, NDArray

__all__ = ["Scene"]

Array = NDArray[np.float64]

AZIMUTH_DEG, ELEVATION_DEG = 25.0, 16.0
LIGHT = np.array([-0.35, 0.55, 0.76])  # right, up, towards the reader
SHADOW = 0.5
LAYERS = 60
"""Triangles of one layer of depth are drawn together."""
PIECES = 24
"""Pieces of an edge of the cell, so that it can pass behind and before a surface."""
HAZE = 0.35
"""How far the farthest ball fades to white."""


class Scene:
    """A view along a fixed direction, z upright, in parallel projection.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw; its frame is taken away and both directions get one scale.
    azimuth_deg, elevation_deg : float
        How far the reader stands to the side of the -y axis, and above the xy plane.
    """

    def __init__(
        self, axes: Axes, *, azimuth_deg: float = AZIMUTH_DEG, elevation_deg: float = ELEVATION_DEG
    ) -> None:
        self.turn, self.axes = _view(azimuth_deg, elevation_deg), axes
        axes.set_axis_off()
        axes.set_aspect("equal")
        axes.set_rasterization_zorder(1e5)

    @staticmethod
    def extent_of(vectors: ArrayLike) -> tuple[float, float]:
        """Return width and height of a cell, lattice vectors as rows, as it is seen by default."""
        corners = np.array(list(product((0, 1), repeat=3))) @ np.asarray(vectors, dtype=float)
        wide, high, _ = np.ptp(corners @ _view(AZIMUTH_DEG, ELEVATION_DEG), axis=0)
        return float(wide), float(high)

    def seen(self, places: ArrayLike) -> Array:
        """Return places, shape (..., 3), as (right, up, towards the reader)."""
        projected: Array = np.asarray(places, dtype=float) @ self.turn
        return projected

    def surface(
        self,
        vertices: ArrayLike,
        triangles: NDArray[np.integer[Any]],
        colours: Any,
        *,
        alpha: float = 1.0,
        closed: bool = False,
    ) -> None:
        """Draw a surface of triangles, lit from the upper left.

        Parameters
        ----------
        vertices : array_like, shape (vertices, 3)
            Corners.
        triangles : numpy.ndarray, shape (triangles, 3)
            Indices of the corners.
        colours : colour, or array_like of shape (triangles, 3)
            Colour of all, or red, green and blue of each.
        alpha : float
            1 is opaque.
        closed : bool
            The surface is opaque and closed, with outward triangles: those that look away are left out.
        """
        corners = self.seen(vertices)[triangles]
        normals = _smooth_normals(self.seen(vertices), triangles)
        kept = np.linalg.norm(normals, axis=1) > 0
        if closed:
            flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            kept &= flat[:, 2] > 0
        corners = corners[kept]
        lit = np.abs(normals[kept] @ (LIGHT / np.linalg.norm(LIGHT)))
        base = np.array(to_rgb(colours)) if isinstance(colours, str) else np.asarray(colours)[kept]
        faces = np.clip(base * (SHADOW + (1 - SHADOW) * lit)[:, None], 0, 1)
        depth = corners[:, :, 2].mean(axis=1)
        order = np.argsort(depth)
        for layer in np.array_split(order, min(LAYERS, len(order))):
            if len(layer):
                self.axes.add_collection(
                    PolyCollection(
                        list(corners[layer, :, :2]),
                        facecolors=faces[layer],
                        edgecolors=faces[layer] if alpha == 1 else "none",
                        linewidths=0.15,  # closes the seams between triangles
                        alpha=alpha,
                        zorder=float(depth[layer].mean()),
                    )
                )

    def balls(self, places: ArrayLike, *, radii: Sequence[float], colours: Sequence[Any]) -> None:
        """Draw balls; those farther away fade.

        Parameters
        ----------
        places : array_like, shape (balls, 3)
            Centres.
        radii : sequence of float
            In the unit of the places.
        colours : sequence
            One per ball.
        """
        seen = self.seen(places)
        depth = seen[:, 2]
        haze = HAZE * (depth.max() - depth) / max(float(np.ptp(depth)), 1e-9)
        for (x, y, z), radius, colour, pale in zip(seen, radii, colours, haze, strict=True):
            face = np.array(to_rgb(colour)) * (1 - pale) + pale
            edge = np.full(3, 0.25) * (1 - pale) + pale
            front = z + radius
            self.axes.add_patch(Circle((x, y), radius, fc=face, ec=edge, lw=0.4, zorder=front))
            gleam = face * 0.55 + 0.45
            centre = (x - 0.3 * radius, y + 0.35 * radius)
            self.axes.add_patch(Circle(centre, 0.32 * radius, fc=gleam, ec="none", zorder=front + 1e-6))

    def line(self, start: ArrayLike, end: ArrayLike, *, colour: Any = "0.4", width: float = 0.6) -> None:
        """Draw a straight line that surfaces may hide in part."""
        ends = np.linspace(np.asarray(start, dtype=float), np.asarray(end, dtype=float), PIECES + 1)
        seen = self.seen(ends)
        for one, other in pairwise(seen):
            self.axes.plot(
                [one[0], other[0]],
                [one[1], other[1]],
                color=colour,
                lw=width,
                solid_capstyle="round",
                zorder=float(one[2] + other[2]) / 2,
            )

    def cell(self, vectors: ArrayLike) -> None:
        """Draw the edges of a cell, lattice vectors as rows, with their names a, b and c."""
        rows = np.asarray(vectors, dtype=float)
        corners = np.array(list(product((0, 1), repeat=3)))
        for one, other in combinations(corners, 2):
            if np.abs(one - other).sum() == 1:
                self.line(one @ rows, other @ rows)
        a, b, c = rows
        for name, place, offset in (
            ("a", 0.35 * a, (0, -8)),
            ("b", a + 0.35 * b, (9, -5)),
            ("c", 0.35 * c, (-8, 0)),
        ):
            self._write(name, self.seen(place), offset)

    def mark(self, place: ArrayLike, *, filled: bool) -> None:
        """Put a small marker before everything, black or white."""
        x, y, _ = self.seen(place)
        face = "black" if filled else "white"
        self.axes.plot(
            x,
            y,
            ls="",
            marker="o",
            ms=4,
            mfc=face,
            mec="black" if not filled else "white",
            mew=0.6,
            zorder=2e5,
        )

    def arrow(self, start: ArrayLike, end: ArrayLike, *, name: str) -> None:
        """Draw an axis with its name at the tip."""
        self.line(start, end, colour="0.15", width=0.7)
        tail, tip = self.seen(start)[:2], self.seen(end)[:2]
        away = (tip - tail) / np.linalg.norm(tip - tail)
        self._write(name, tip, (float(6 * away[0]), float(6 * away[1])))

    def _write(self, name: str, place: Array, offset: tuple[float, float]) -> None:
        self.axes.annotate(
            name,
            (float(place[0]), float(place[1])),
            xytext=offset,
            textcoords="offset points",
            fontsize=7,
            style="italic",
            ha="center",
            va="center",
            zorder=2e5,
        )


def _view(azimuth_deg: float, elevation_deg: float) -> Array:
    """Return the directions right, up and towards the reader as columns."""
    turn, lift = np.radians([azimuth_deg, elevation_deg])
    right = np.array([np.cos(turn), np.sin(turn), 0])
    towards = np.array([np.sin(turn) * np.cos(lift), -np.cos(turn) * np.cos(lift), np.sin(lift)])
    return np.column_stack([right, np.cross(towards, right), towards])


def _smooth_normals(vertices: Array, triangles: NDArray[np.integer[Any]]) -> Array:
    """Return a unit normal per triangle, averaged over those that share its corners; 0 if it has none."""
    corners = vertices[triangles]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    own = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(own, triangles[:, corner], flat)
    smooth = own[triangles].sum(axis=1)
    lengths = np.linalg.norm(smooth, axis=1, keepdims=True)
    unit: Array = np.divide(smooth, lengths, out=np.zeros_like(smooth), where=lengths > 0)
    return unit
