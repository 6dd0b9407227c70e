"""Where the mobile ions go: a surface of equal density in the cell, among the atoms of the framework."""

from itertools import product
from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.scene import Scene
from lithicoat.analysis.figures.style import (
    SINGLE_COLUMN_MM,
    blank,
    key_above,
    publication,
    write_caption,
)
from lithicoat.analysis.transport.density_map import DensityMap

__all__ = ["density_figure"]

MOST_MM = 110.0
TEXT_MM = 22.0
MOST_KEYS = 7
"""Entries of the key side by side."""
WIDTH = 0.85
"""Share of the column that the cell fills."""
CORES, PATHS = 0.5, 0.85
SURFACE = "#56B4E9"
PALE = 0.3
FACE = 0.02
"""Atoms this close to a face of the cell, as a share of it, are drawn on the opposite face too."""
BALL = 0.42
"""Radius of a ball as a share of the covalent radius."""
WHITEST = 0.85


@publication
def density_figure(
    density: DensityMap, *, enclosed: tuple[float, float] = (CORES, PATHS), caption: str = ""
) -> Figure:
    """Draw the surfaces that enclose two shares of the mobile ions, with the framework as balls.

    The inner surface shows the sites. Where the outer, pale surfaces of neighbouring sites join, ions went
    from one to the other. At the faces of the cell surfaces are cut open.

    Parameters
    ----------
    density : DensityMap
        Density and framework.
    enclosed : tuple of float
        Shares of the ions inside the inner and the outer surface.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If the share is not between 0 and 1, or all of the cell is as dense.
    """
    inner, outer = (density.level_enclosing(share) for share in enclosed)
    wide, high = Scene.extent_of(density.cell_A)
    figure = blank(min(MOST_MM, TEXT_MM + SINGLE_COLUMN_MM * WIDTH * high / wide))
    scene = Scene(figure.add_subplot())
    scene.cell(density.cell_A)
    scene.surface(*_isosurface(density, inner), SURFACE)
    scene.surface(*_isosurface(density, outer), SURFACE, alpha=PALE)
    handles: list[Any] = [
        _key(SURFACE, f"{100 * enclosed[0]:g} % of {density.species}", marker="s"),
        _key(SURFACE, f"{100 * enclosed[1]:g} %", marker="s", alpha=PALE),
    ]
    if density.framework_symbols:
        handles += _draw_framework(scene, density)
    scene.axes.autoscale_view()
    key_above(figure, handles, [str(handle.get_label()) for handle in handles], columns=MOST_KEYS)
    note = (
        f"surfaces at {inner:.2g} and {outer:.2g} {density.species} per Å³ (mean {_mean(density):.2g}); "
        f"{density.frames} frames, ions spread by {density.smearing_A:g} Å"
    )
    write_caption(figure, f"{caption}; {note}" if caption else note)
    return figure


def _mean(density: DensityMap) -> float:
    return density.ions / abs(float(np.linalg.det(density.cell_A)))


def _isosurface(density: DensityMap, level: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return corners in Å and triangles of the surface in one cell, up to its faces."""
    from skimage.measure import marching_cubes  # noqa: PLC0415 - heavy

    values = np.pad(density.per_A3, ((0, 1),) * 3, mode="wrap")
    if not values.min() < level < values.max():
        raise DataError(
            "the density is the same everywhere, so there is no surface to draw",
            where="density",
            hint="smear less, or take more frames",
        )
    corners, triangles, _, _ = marching_cubes(values, level)
    return (corners / np.array(density.per_A3.shape)) @ density.cell_A, triangles


def _draw_framework(scene: Scene, density: DensityMap) -> list[Any]:
    from ase.data import atomic_numbers, covalent_radii  # noqa: PLC0415
    from ase.data.colors import jmol_colors  # noqa: PLC0415

    fractions = density.framework_A @ np.linalg.inv(density.cell_A)
    symbols, places = [], []
    for symbol, place in zip(density.framework_symbols, fractions, strict=True):
        sides = [(0, 1) if f < FACE else (0, -1) if f > 1 - FACE else (0,) for f in place]
        for shift in product(*sides):
            symbols.append(symbol)
            places.append((place + shift) @ density.cell_A)
    colours = {
        symbol: np.minimum(jmol_colors[atomic_numbers[symbol]], WHITEST) for symbol in sorted(set(symbols))
    }
    radii = [BALL * covalent_radii[atomic_numbers[symbol]] for symbol in symbols]
    scene.balls(np.array(places), radii=radii, colours=[colours[symbol] for symbol in symbols])
    return [_key(colour, symbol, marker="o") for symbol, colour in colours.items()]


def _key(colour: Any, label: str, *, marker: str, alpha: float = 1.0) -> Line2D:
    face = to_rgba(colour, alpha)
    return Line2D([], [], ls="", marker=marker, ms=5, mfc=face, mec="0.25", mew=0.4, label=label)
