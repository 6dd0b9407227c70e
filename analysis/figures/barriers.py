"""Energy along migration paths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicHermiteSpline

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import (
    COLOURS,
    GREY,
    MARKERS,
    blank,
    key_above,
    publication,
    write_caption,
)

__all__ = ["EnergyProfile", "barrier_figure"]

HEIGHT_MM = 54.0
KEY_MM = 4.0
"""Height of an entry of the key."""
REFERENCE_WIDTH = 0.4
"""Length of the line of a published barrier, as a share of the path."""
ALONE = 1
"""Only the barrier of a single path is marked with an arrow; several would cross."""


@dataclass(frozen=True, kw_only=True)
class EnergyProfile:
    """Energies of the images of one path.

    Parameters
    ----------
    label : str
        Which hop, such as ``Li1–Li2, 2.9 Å``.
    path_A : array_like, shape (images,)
        How far each image lies along the path, Å; rising from 0.
    energy_eV : array_like, shape (images,)
        Energy of each image, eV, against anything.
    reference_eV : float, optional
        Published barrier over the lower end, eV.
    reference_name : str
        What it was computed with, such as ``DFT``.
    """

    label: str
    path_A: ArrayLike
    energy_eV: ArrayLike
    reference_eV: float | None = None
    reference_name: str = "DFT"


@publication
def barrier_figure(profiles: Sequence[EnergyProfile], *, caption: str = "") -> Figure:
    """Draw the energies of the images of one or more paths, with their barriers.

    Energies are relative to the lower end of each path. Between the images runs a curve that is level at the
    ends, which are minima, and nowhere overshoots, so that its top is that of the highest image. A dashed
    line over the top is a published barrier.

    Parameters
    ----------
    profiles : sequence of EnergyProfile
        One per hop.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If there is no path, or a path has fewer than three images or does not go on.
    """
    if not profiles:
        raise DataError("there is no migration path to draw", where="profiles")
    figure = blank(HEIGHT_MM + KEY_MM * len(profiles))
    axes = figure.add_subplot()
    for index, profile in enumerate(profiles):
        path, energy = _checked(profile)
        colour = COLOURS[index % len(COLOURS)]
        marker = MARKERS[(index + index // len(COLOURS)) % len(MARKERS)]
        _draw(axes, profile, path, energy, colour, marker=marker)
        if len(profiles) == ALONE:
            _mark(axes, path, energy)
    axes.set_xlabel("Path length (Å)")
    axes.set_ylabel("Energy (eV)")
    axes.tick_params(top=True, right=True)
    axes.axhline(0, color=GREY, lw=0.5, ls=":", zorder=0)
    key_above(figure, *axes.get_legend_handles_labels(), columns=1)
    write_caption(figure, caption)
    return figure


def _checked(profile: EnergyProfile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    path, energy = np.asarray(profile.path_A, dtype=float), np.asarray(profile.energy_eV, dtype=float)
    if path.ndim != 1 or path.shape != energy.shape or len(path) < 3:
        raise DataError(
            f"{profile.label}: a path needs three images or more, each with a place and an energy",
            where="profiles",
        )
    if not (np.isfinite(path).all() and np.isfinite(energy).all() and (np.diff(path) > 0).all()):
        raise DataError(
            f"{profile.label}: the images do not follow one another along the path", where="profiles"
        )
    return path, energy - min(energy[0], energy[-1])


def _between(path: NDArray[np.float64], energy: NDArray[np.float64]) -> CubicHermiteSpline:
    """Return a piecewise cubic that is monotone from image to image.

    Slopes are those of parabolas through three images, no larger than three times the smaller secant beside
    them (de Boor and Swartz, J. Approx. Theory 21, 411 (1977)); 0 at the ends, tops and valleys.
    """
    secants = np.diff(energy) / np.diff(path)
    slopes = np.gradient(energy, path)
    most = 3 * np.minimum(np.abs(secants[:-1]), np.abs(secants[1:]))
    turning = secants[:-1] * secants[1:] <= 0
    slopes[1:-1] = np.where(turning, 0, np.clip(slopes[1:-1], -most, most))
    slopes[[0, -1]] = 0
    return CubicHermiteSpline(path, energy, slopes)


def _draw(
    axes: Axes,
    profile: EnergyProfile,
    path: NDArray[np.float64],
    energy: NDArray[np.float64],
    colour: str,
    *,
    marker: str,
) -> None:
    fine = np.linspace(path[0], path[-1], 200)
    axes.plot(fine, _between(path, energy)(fine), color=colour, lw=1.0, zorder=2)
    label = f"{profile.label}: {energy.max():.2f} eV"
    if profile.reference_eV is not None:
        label += f" ({profile.reference_name} {profile.reference_eV:.2f} eV)"
        middle, half = path[int(energy.argmax())], REFERENCE_WIDTH * path[-1] / 2
        reference = [profile.reference_eV] * 2
        axes.plot([middle - half, middle + half], reference, color=colour, ls="--", lw=0.9, zorder=1)
    axes.plot(path, energy, ls="", marker=marker, color=colour, label=label, zorder=3)


def _mark(axes: Axes, path: NDArray[np.float64], energy: NDArray[np.float64]) -> None:
    """Draw the height of the top over the lower end."""
    top = int(energy.argmax())
    if not 0 < top < len(path) - 1:
        return
    axes.annotate(
        "",
        (path[top], energy[top]),
        xytext=(path[top], 0),
        arrowprops={"arrowstyle": "<->", "lw": 0.6, "color": GREY, "shrinkA": 0, "shrinkB": 2},
    )
    axes.annotate(
        f"{energy[top]:.2f} eV",
        (path[top], energy[top] / 2),
        xytext=(4, 0),
        textcoords="offset points",
        fontsize=7,
        va="center",
    )
