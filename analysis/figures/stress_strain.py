"""Stress against strain: what was measured, the line whose slope is the modulus, and what it leaves over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

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
from lithicoat.analysis.mechanics.thermal_elasticity import ThermalShear

__all__ = ["StressStrain", "stress_strain_figure", "tensor_series", "thermal_series"]

HEIGHT_MM = 82.0
ASIDE = 0.03
"""Points of the lower panel stand so far beside each other, as a share of the largest strain."""
COMPONENTS = ("xx", "yy", "zz", "yz", "xz", "xy")
_ROW = np.array([0, 1, 2, 1, 0, 0])
_COLUMN = np.array([0, 1, 2, 2, 2, 1])


@dataclass(frozen=True, kw_only=True)
class StressStrain:
    """Stresses of one mode of strain.

    Parameters
    ----------
    label : str
        The mode, such as ``xy``.
    strain : array_like, shape (states,)
        Strains; of a shear the engineering strain γ = 2ε, so that the slope is the shear modulus.
    stress_GPa : array_like, shape (states,)
        Stresses, positive under tension, GPa.
    error_GPa : array_like, shape (states,), optional
        Their standard errors, GPa.
    slope_GPa : float
        Modulus, GPa.
    slope_error_GPa : float, optional
        Its standard error, GPa.
    offset_GPa : float
        Stress of the unstrained cell, GPa.
    shear : bool
        Whether the strain is a shear.
    """

    label: str
    strain: ArrayLike
    stress_GPa: ArrayLike
    error_GPa: ArrayLike | None = None
    slope_GPa: float
    slope_error_GPa: float | None = None
    offset_GPa: float = 0.0
    shear: bool = True


def tensor_series(
    strains: ArrayLike, stresses_GPa: ArrayLike, tensor_GPa: ArrayLike
) -> tuple[StressStrain, ...]:
    """Take the diagonal of an elastic tensor as six series, one for each component of the strain.

    Parameters
    ----------
    strains, stresses_GPa : array_like, shape (states, 3, 3)
        States in each of which one component of the strain is not zero.
    tensor_GPa : array_like, shape (6, 6)
        The tensor that was fitted to them, Voigt notation.

    Returns
    -------
    tuple of StressStrain
        Components that were not strained are left out.
    """
    strain, stress = np.asarray(strains, dtype=float), np.asarray(stresses_GPa, dtype=float)
    tensor = np.asarray(tensor_GPa, dtype=float)
    found = []
    for index, (label, row, column) in enumerate(zip(COMPONENTS, _ROW, _COLUMN, strict=True)):
        own = np.abs(strain[:, row, column]) > 0
        if not own.any():
            continue
        doubled = 1 if row == column else 2
        along = doubled * strain[own, row, column]
        measured = stress[own, row, column]
        found.append(
            StressStrain(
                label=label,
                strain=along,
                stress_GPa=measured,
                slope_GPa=float(tensor[index, index]),
                offset_GPa=float(np.mean(measured - tensor[index, index] * along)),
                shear=bool(row != column),
            )
        )
    return tuple(found)


def thermal_series(measured: ThermalShear) -> tuple[StressStrain, ...]:
    """Take the mean stresses of finite shears at a temperature as one series for each mode.

    Parameters
    ----------
    measured : ThermalShear
        Shears both ways; their strains are doubled here, so that slopes are moduli.
    """
    found = []
    for mode in measured.modes:
        pairs = [pair for pair in measured.pairs if pair.mode is mode.mode]
        strain = np.array([sign * 2 * pair.strain for pair in pairs for sign in (1, -1)])
        stress = np.array([end for pair in pairs for end in (pair.plus_GPa, pair.minus_GPa)])
        errors = [end for pair in pairs for end in (pair.plus_error_GPa, pair.minus_error_GPa)]
        found.append(
            StressStrain(
                label=mode.mode.value.replace("-", "−"),
                strain=strain,
                stress_GPa=stress,
                error_GPa=errors,
                slope_GPa=mode.modulus_GPa,
                slope_error_GPa=mode.error_GPa,
                offset_GPa=float(stress.mean()),
            )
        )
    return tuple(found)


@publication
def stress_strain_figure(series: Sequence[StressStrain], *, caption: str = "") -> Figure:
    """Draw stresses against strains with their lines; below, what the lines leave over.

    Points carry their standard error, lines a 95 % band where the error of the slope is known. On the scale
    of the lower panel a response that is not linear shows; its points stand a little aside of each other.

    Parameters
    ----------
    series : sequence of StressStrain
        One per mode.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If there is no series, or strains, stresses and errors of one differ in number.
    """
    if not series:
        raise DataError("there are no stresses to draw", where="series")
    figure = blank(HEIGHT_MM)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.3))
    for index, mode in enumerate(series):
        aside = (index - (len(series) - 1) / 2) * ASIDE
        _draw(above, below, mode, COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)], aside=aside)
    for axes in (above, below):
        axes.axhline(0, color=GREY, lw=0.5, ls=":", zorder=0)
        axes.tick_params(top=True, right=True)
    above.axvline(0, color=GREY, lw=0.5, ls=":", zorder=0)
    above.set_ylabel("Stress (GPa)")
    below.set_ylabel("Off the line\n(MPa)")
    shears = [mode.shear for mode in series]
    below.set_xlabel(
        "Engineering shear strain (%)"
        if all(shears)
        else "Strain, engineering for shears (%)"
        if any(shears)
        else "Strain (%)"
    )
    below.margins(y=0.2)
    columns = 3 if all(mode.slope_error_GPa is None for mode in series) else 2
    key_above(figure, *above.get_legend_handles_labels(), columns=columns)
    note = "the key gives the slopes"
    write_caption(figure, f"{caption}; {note}" if caption else note)
    return figure


def _checked(mode: StressStrain) -> tuple[NDArray[np.float64], ...]:
    strain, stress = np.asarray(mode.strain, dtype=float), np.asarray(mode.stress_GPa, dtype=float)
    error = np.zeros_like(stress) if mode.error_GPa is None else np.asarray(mode.error_GPa, dtype=float)
    if strain.ndim != 1 or not strain.shape == stress.shape == error.shape or not len(strain):
        raise DataError(
            f"{mode.label}: {strain.size} strains, {stress.size} stresses and {error.size} errors are no "
            "series: one of each per state is needed",
            where="series",
        )
    return strain, stress, error


def _draw(above: Axes, below: Axes, mode: StressStrain, colour: str, marker: str, *, aside: float) -> None:
    strain, stress, error = _checked(mode)
    label = f"{mode.label}: {mode.slope_GPa:.1f}"
    label += " GPa" if mode.slope_error_GPa is None else f" ± {mode.slope_error_GPa:.1f} GPa"
    has_errors = mode.error_GPa is not None
    style: dict[str, Any] = {"ls": "", "marker": marker, "color": colour, "lw": 0.8, "zorder": 3}
    line = mode.offset_GPa + mode.slope_GPa * strain
    above.errorbar(100 * strain, stress, yerr=error if has_errors else None, label=label, **style)
    beside = 100 * (strain + aside * float(np.abs(strain).max()))
    below.errorbar(beside, 1000 * (stress - line), yerr=1000 * error if has_errors else None, **style)
    reach = 1.1 * float(np.abs(strain).max())
    ends = np.linspace(-reach if strain.min() < 0 else 0, reach, 50)
    middle = mode.offset_GPa + mode.slope_GPa * ends
    above.plot(100 * ends, middle, color=colour, lw=0.9, zorder=2)
    if mode.slope_error_GPa is not None:
        band = 1.96 * mode.slope_error_GPa * np.abs(ends)
        above.fill_between(100 * ends, middle - band, middle + band, color=colour, alpha=0.2, lw=0, zorder=1)
