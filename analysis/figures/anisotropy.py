"""How stiff a material is along every direction: Young's modulus or the shear modulus as a surface."""

from enum import Enum

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.figures.scene import Scene
from lithicoat.analysis.figures.style import blank, publication, write_caption
from lithicoat.analysis.mechanics.directional_moduli import (
    Extreme,
    shear_extremes,
    shear_modulus,
    youngs_extremes,
    youngs_modulus,
)
from lithicoat.analysis.mechanics.elastic_tensor import voigt_reuss_hill

__all__ = ["Modulus", "anisotropy_figure"]

HEIGHT_MM = 78.0
COLOURS = "viridis"
STEPS = 80
TURNS = 36
ISOTROPIC = 0.05
"""No colour scale is narrower than this share of the mean: noise shall not look like structure."""


class Modulus(Enum):
    """What the surface shows; the value begins the name of its file."""

    YOUNGS = "youngs-modulus"
    SHEAR = "shear-modulus"


@publication
def anisotropy_figure(
    tensor_GPa: ArrayLike, *, modulus: Modulus = Modulus.YOUNGS, caption: str = ""
) -> Figure:
    """Draw a modulus against direction: the distance of the surface from the origin is its value.

    The shear modulus of a plane also depends on the direction in the plane. The surface shows its mean over
    these (harmonic, as shears add), at the normal of the plane; the extremes are over planes and directions.

    Parameters
    ----------
    tensor_GPa : array_like, shape (6, 6)
        Elastic tensor in Voigt notation, GPa.
    modulus : Modulus
        Which one.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide; x, y and z are the Cartesian axes of the tensor.

    Raises
    ------
    DataError
        If the tensor is not symmetric or not Born-stable.
    """
    directions, triangles = _sphere()
    values = _values(tensor_GPa, directions, modulus)
    lowest, highest = (youngs_extremes if modulus is Modulus.YOUNGS else shear_extremes)(tensor_GPa)
    figure = blank(HEIGHT_MM)
    axes = figure.add_subplot()
    middle = float(values.mean())
    half = max(float(np.ptp(values)) / 2, ISOTROPIC * middle / 2)
    centre = float(values.min() + values.max()) / 2
    norm = Normalize(centre - half, centre + half)
    colours = colormaps[COLOURS](norm(values[triangles].mean(axis=1)))[:, :3]
    scene = Scene(axes, azimuth_deg=122.0, elevation_deg=24.0)
    reach = float(values.max())
    for name, axis in zip("xyz", np.eye(3), strict=True):
        along = float(_values(tensor_GPa, axis[None], modulus)[0])
        scene.arrow(axis * 0.9 * along, axis * (max(along, 0.85 * reach) + 0.35 * reach), name=name)
    scene.surface(directions * values[:, None], triangles, colours, closed=True)
    for extreme, filled in ((lowest, False), (highest, True)):
        normal = np.array(extreme.direction)
        facing = normal if scene.seen(normal)[2] >= 0 else -normal
        scene.mark(facing * _values(tensor_GPa, normal[None], modulus), filled=filled)
    axes.autoscale_view()
    letter = "E" if modulus is Modulus.YOUNGS else "G"
    bar = figure.colorbar(ScalarMappable(norm, COLOURS), ax=axes, shrink=0.62, aspect=18, pad=0.02)
    bar.set_label(f"$\\mathit{{{letter}}}$ (GPa)")
    figure.suptitle(_extremes_text(letter, lowest, highest), fontsize=6.5, linespacing=1.4)
    hill = voigt_reuss_hill(tensor_GPa)
    note = f"universal anisotropy index {hill.universal_anisotropy:.2g}"
    if modulus is Modulus.SHEAR:
        note += "; the surface is the mean over the directions of shear in the plane with that normal"
    write_caption(figure, f"{caption}; {note}" if caption else note)
    return figure


def _values(tensor_GPa: ArrayLike, directions: NDArray[np.float64], modulus: Modulus) -> NDArray[np.float64]:
    if modulus is Modulus.YOUNGS:
        return youngs_modulus(tensor_GPa, directions)
    across = np.cross(directions, np.eye(3)[np.abs(directions).argmin(axis=1)])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    third = np.cross(directions, across)
    turns = np.linspace(0, np.pi, TURNS, endpoint=False)[:, None, None]
    slips = across * np.cos(turns) + third * np.sin(turns)
    mean: NDArray[np.float64] = 1 / np.mean(
        1 / shear_modulus(tensor_GPa, np.broadcast_to(directions, slips.shape), slips), axis=0
    )
    return mean


def _sphere() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return unit vectors and the triangles that join them."""
    polar, azimuth = np.meshgrid(np.linspace(0, np.pi, STEPS + 1), np.linspace(0, 2 * np.pi, 2 * STEPS + 1))
    points = np.stack(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=-1
    ).reshape(-1, 3)
    row = STEPS + 1
    corner = (np.arange(2 * STEPS)[:, None] * row + np.arange(STEPS)).ravel()
    halves = [
        np.column_stack([corner, corner + 1, corner + row]),
        np.column_stack([corner + 1, corner + row + 1, corner + row]),
    ]
    return points, np.concatenate(halves)


def _extremes_text(letter: str, lowest: Extreme, highest: Extreme) -> str:
    lines = [
        f"{mark} {name} $\\mathit{{{letter}}}$ {extreme.value_GPa:.3g} GPa, {_where(extreme)}"
        for mark, name, extreme in (("●", "highest", highest), ("○", "lowest", lowest))
    ]
    return "\n".join(lines)


def _where(extreme: Extreme) -> str:
    if extreme.slip is None:
        return f"along {_vector(extreme.direction)}"
    return f"on {_vector(extreme.direction)} along {_vector(extreme.slip)}"


def _vector(components: tuple[float, float, float]) -> str:
    return "(" + ", ".join(f"{component:.2f}".replace("-0.00", "0.00") for component in components) + ")"
