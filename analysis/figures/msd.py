"""Mean squared displacement against lag time, with the line that the posterior of the diffusivity gives."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import (
    COLOURS,
    GREY,
    MARKERS,
    blank,
    key_above,
    property_text,
    publication,
    ramp,
    write_caption,
)
from lithicoat.analysis.transport.records import MsdCurve, TemperatureResult

__all__ = ["Scale", "msd_figure"]

HEIGHT_MM = 62.0
DASHES = (0, (3, 1.5))
MOST_POINTS = 22
"""Markers of one curve; more of them would hide the band."""
PER_LINE = 4
"""Entries of the legend of several curves, side by side."""


class Scale(Enum):
    """How the axes of a figure are divided."""

    LINEAR = "linear"
    LOGARITHMIC = "log"


@publication
def msd_figure(
    results: Sequence[TemperatureResult], *, scale: Scale | None = None, caption: str = ""
) -> Figure:
    """Draw the mean squared displacements of one element at one or more temperatures.

    Points carry their standard error. The line is the mean of the posterior of D, drawn where it was fitted;
    the band holds 95 % of the posterior. Dashed lines are the framework, all other atoms. Open points
    without a line are those whose diffusivity is a bound. Replicas share the colour of their temperature.

    Parameters
    ----------
    results : sequence of TemperatureResult
        Runs with a `msd`.
    scale : Scale, optional
        Of both axes; one run is drawn on linear axes and several on logarithmic ones if not given.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If there are no results, or one has no mean squared displacement.
    """
    if not results:
        raise DataError("there is no run to draw", where="results")
    for result in results:
        if result.msd is None:
            raise DataError(
                f"the run at {result.temperature_K:g} K holds no mean squared displacement",
                where="results",
                hint="analyse its trajectory again",
            )
    chosen = scale or (Scale.LINEAR if len(results) == 1 else Scale.LOGARITHMIC)
    figure = blank(HEIGHT_MM)
    axes = figure.add_subplot()
    axes.set_xscale(chosen.value)
    axes.set_yscale(chosen.value)
    ordered = sorted(results, key=lambda result: result.temperature_K)
    temperatures = list(dict.fromkeys(result.temperature_K for result in ordered))
    alone = len(ordered) == 1
    colours = COLOURS[:1] if len(temperatures) == 1 else ramp(len(temperatures))
    labels = _labels(ordered, alone=alone)
    for result in ordered:
        place = temperatures.index(result.temperature_K)
        label = labels.pop(result.temperature_K, None)
        _draw(axes, result, colours[place], MARKERS[place % len(MARKERS)], label=label, alone=alone)
    _name_axes(axes, ordered, chosen)
    _legend(figure, axes, alone=alone)
    notes = [caption]
    if not all(result.framework_held for result in ordered):
        lost = dict.fromkeys(f"{run.temperature_K:g} K" for run in ordered if not run.framework_held)
        notes.append(f"the framework did not hold at {', '.join(lost)}")
    write_caption(figure, "; ".join(filter(None, notes)))
    return figure


def _labels(results: Sequence[TemperatureResult], *, alone: bool) -> dict[float, str]:
    """Return a label for each temperature: replicas share one."""
    if alone:
        (result,) = results
        number = property_text(result.diffusivity, unit="cm² s⁻¹")
        sign = "" if number.startswith(("<", ">", "not")) else "= "
        text = f"{result.species}, {result.temperature_K:g} K: $\\mathit{{D}}$ {sign}{number}"
        return {result.temperature_K: text}
    resolved = {result.temperature_K for result in results if result.diffusivity.resolved}
    return {
        run.temperature_K: f"{run.temperature_K:g} K{'' if run.temperature_K in resolved else ', bound'}"
        for run in results
    }


def _draw(
    axes: Axes, result: TemperatureResult, colour: Any, marker: str, *, label: str | None, alone: bool
) -> None:
    curve = result.msd
    if curve is None:
        raise TypeError(result.temperature_K)
    lags, msd, error = (np.array(column) for column in (curve.lags_ps, curve.msd_A2, curve.error_A2))
    shown = _spread(lags, log=axes.get_xscale() == "log")
    axes.errorbar(
        lags[shown],
        msd[shown],
        yerr=_within(axes, msd[shown], error[shown]),
        ls="",
        marker=marker,
        ms=2.8,
        lw=0.6,
        color=colour,
        mfc="white" if curve.line_A2 is None else colour,
        mew=0.6,
        label=label,
        zorder=2,
    )
    _draw_posterior(axes, curve, colour, alone=alone)
    _draw_framework(axes, result, GREY if alone else colour, alone=alone)


def _within(axes: Axes, values: NDArray[np.float64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return errors below and above; on a logarithmic axis the lower one never reaches zero."""
    lower = np.minimum(errors, 0.9 * values) if axes.get_yscale() == "log" else errors
    return np.array([lower, errors])


def _spread(lags: NDArray[np.float64], *, log: bool) -> NDArray[np.int64]:
    """Choose lags that are evenly spaced on the axis."""
    if len(lags) <= MOST_POINTS:
        return np.arange(len(lags))
    wanted = (
        np.geomspace(lags[0], lags[-1], MOST_POINTS) if log else np.linspace(lags[0], lags[-1], MOST_POINTS)
    )
    return np.unique(np.abs(lags[:, None] - wanted).argmin(axis=0))


def _draw_posterior(axes: Axes, curve: MsdCurve, colour: Any, *, alone: bool) -> None:
    if curve.line_A2 is None or curve.fit_from_ps is None:
        return
    lags = np.array(curve.lags_ps)
    fitted = lags >= curve.fit_from_ps * (1 - 1e-9)
    axes.plot(
        lags[fitted],
        np.array(curve.line_A2)[fitted],
        color=colour,
        lw=1.0,
        zorder=3,
        label="posterior mean" if alone else None,
    )
    if curve.lower_A2 is None or curve.upper_A2 is None:
        return
    lower, upper = np.array(curve.lower_A2)[fitted], np.array(curve.upper_A2)[fitted]
    if axes.get_yscale() == "log":
        lower = np.maximum(lower, 1e-3 * upper)
    axes.fill_between(
        lags[fitted],
        lower,
        upper,
        color=colour,
        alpha=0.25,
        lw=0,
        zorder=1,
        label="95 % of the posterior" if alone else None,
    )


def _draw_framework(axes: Axes, result: TemperatureResult, colour: Any, *, alone: bool) -> None:
    label = "framework" if alone else None
    if result.framework_msd is not None:
        curve = result.framework_msd
        axes.plot(curve.lags_ps, curve.msd_A2, color=colour, ls=DASHES, lw=0.8, label=label, zorder=1)
    elif result.framework_msd_A2 is not None and result.framework_msd_A2 > 0 and result.msd is not None:
        last = result.msd.lags_ps[-1]
        axes.plot(
            [0.8 * last, last],
            [result.framework_msd_A2] * 2,
            color=colour,
            ls=DASHES,
            lw=1.0,
            label=f"{label}, at the end of the run" if label else None,
        )


def _name_axes(axes: Axes, results: Sequence[TemperatureResult], scale: Scale) -> None:
    species = "/".join(dict.fromkeys(result.species for result in results))
    axes.set_xlabel("Lag time (ps)")
    axes.set_ylabel(f"MSD of {species} (Å²)")
    axes.tick_params(which="both", top=True, right=True)
    if scale is Scale.LINEAR:
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)


def _legend(figure: Figure, axes: Axes, *, alone: bool) -> None:
    if alone:
        handles, labels = axes.get_legend_handles_labels()
        axes.legend([handles[-1], *handles[:-1]], [labels[-1], *labels[:-1]], loc="upper left")
        low, high = axes.get_ylim()
        axes.set_ylim(low, low + 1.3 * (high - low))
        return
    handles, labels = axes.get_legend_handles_labels()
    if any(line.get_linestyle() == "--" for line in axes.get_lines()):
        handles.append(Line2D([], [], color=GREY, ls=DASHES, lw=0.8))
        labels.append("framework")
    key_above(figure, handles, labels, columns=PER_LINE)
