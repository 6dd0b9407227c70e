"""Diffusivity against inverse temperature: points, bounds, the fitted line and what it says of 298 K."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterMathtext, LogLocator, NullLocator

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import (
    COLOURS,
    MARKERS,
    blank,
    property_text,
    publication,
    write_caption,
)
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.arrhenius import ROOM_TEMPERATURE_K, ArrheniusResult
from lithicoat.analysis.transport.records import ArrheniusLine, TemperatureResult

__all__ = ["arrhenius_figure"]

HEIGHT_MM = 75.0
ARROW_PT = 14.0
"""Length of the arrow of a bound."""
ROUND_K = (200, 300, 400, 500, 600, 700, 800, 1000, 1200, 1500, 2000)
CLOSEST = 0.1
"""Labels of temperatures on the upper axis stand at least so far apart, as a share of its length."""


@publication
def arrhenius_figure(
    results: Mapping[str, Sequence[TemperatureResult]],
    fits: Mapping[str, ArrheniusResult],
    *,
    caption: str = "",
) -> Figure:
    """Draw the diffusivities of one or more elements against 1000/T, with their Arrhenius lines.

    Points carry their standard uncertainty; a point at an arrow is an upper bound. The line is solid between
    the temperatures of the fit and dashed beyond, down to 298.15 K; its band is the 95 % interval. A large
    open marker is the diffusivity at 298.15 K. Runs whose framework did not hold are crosses and are not
    part of the fit.

    Parameters
    ----------
    results : mapping of str to sequence of TemperatureResult
        Runs by element.
    fits : mapping of str to ArrheniusResult
        Fits by element; an element may be missing.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If no run has a diffusivity or a bound.
    """
    drawn = {
        element: [run for run in runs if run.diffusivity.value is not None]
        for element, runs in results.items()
    }
    if not any(drawn.values()):
        raise DataError("there is no diffusivity to draw", where="results")
    figure = blank(HEIGHT_MM)
    axes = figure.add_subplot()
    axes.set_yscale("log")
    for index, (element, runs) in enumerate(drawn.items()):
        if runs:
            colour, marker = COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)]
            _draw_fit(axes, fits.get(element), colour, marker)
            _draw_runs(axes, runs, colour, marker, label=_label(element, fits.get(element)))
    _name_axes(axes)
    _write_temperatures(axes)
    if axes.get_legend_handles_labels()[0]:  # none where every framework melted
        axes.legend(loc="upper right")
    write_caption(figure, "; ".join(filter(None, (caption, *_notes(drawn, fits)))))
    return figure


def _notes(
    drawn: Mapping[str, Sequence[TemperatureResult]], fits: Mapping[str, ArrheniusResult]
) -> Iterator[str]:
    """Say what the marks mean that are there."""
    runs = [run for several in drawn.values() for run in several]
    shown = [fit for element, fit in fits.items() if drawn.get(element)]
    if any(fit.line is not None for fit in shown):
        yield "bands: 95 % intervals, dashed where extrapolated"
    if any(run.framework_held and run.diffusivity.bound is not None for run in runs):
        yield "arrows: upper bounds"
    if not all(run.framework_held for run in runs):
        yield "crosses: the framework did not hold, not in the fit"
    for element, fit in fits.items():
        for flag in fit.activation_energy.flags:
            yield f"{element}: {flag}"


def _label(element: str, fit: ArrheniusResult | None) -> str:
    if fit is None or fit.activation_energy.value is None:
        return element
    return f"{element}: $\\mathit{{E}}_a$ = {property_text(fit.activation_energy, unit='eV')}"


def _draw_runs(
    axes: Axes, runs: Sequence[TemperatureResult], colour: str, marker: str, *, label: str
) -> None:
    named = False
    for run in runs:
        x, value = 1000 / run.temperature_K, run.diffusivity.value or math.nan
        this = None if named else label
        if not run.framework_held:
            axes.plot(x, value, ls="", marker="x", color=colour, ms=4, mew=0.8)
            continue
        if run.diffusivity.bound is not None:
            _draw_bound(axes, x, value, run.diffusivity.bound, colour)
            axes.plot(x, value, ls="", marker=marker, mfc="white", mec=colour, mew=0.8, label=this, zorder=4)
        else:
            axes.errorbar(
                x,
                value,
                yerr=_on_a_logarithm(value, run.diffusivity.uncertainty or 0.0),
                ls="",
                marker=marker,
                color=colour,
                lw=0.8,
                label=this,
                zorder=4,
            )
        named = True


def _draw_bound(axes: Axes, x: float, value: float, bound: Bound, colour: str) -> None:
    axes.annotate(
        "",
        (x, value),
        xytext=(0, -ARROW_PT if bound is Bound.UPPER else ARROW_PT),
        textcoords="offset points",
        arrowprops={
            "arrowstyle": "<|-",
            "color": colour,
            "lw": 0.8,
            "mutation_scale": 5,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def _on_a_logarithm(value: float, error: float, *, sigmas: float = 1.0) -> list[list[float]]:
    """Return the lengths below and above a value whose logarithm has the error σ/value."""
    factor = math.exp(sigmas * error / value)
    return [[value - value / factor], [value * factor - value]]


def _draw_fit(axes: Axes, fit: ArrheniusResult | None, colour: str, marker: str) -> None:
    if fit is None:
        return
    if fit.line is not None and fit.temperatures_K:
        hottest, coldest = max(fit.temperatures_K), min(fit.temperatures_K)
        _draw_line(axes, fit.line, colour, hotter=hottest, colder=coldest, extrapolated=False)
        if coldest > ROOM_TEMPERATURE_K:
            _draw_line(axes, fit.line, colour, hotter=coldest, colder=ROOM_TEMPERATURE_K, extrapolated=True)
    _draw_room_temperature(axes, fit.diffusivity_298K, fit.line, colour, marker)


def _draw_line(
    axes: Axes, line: ArrheniusLine, colour: str, *, hotter: float, colder: float, extrapolated: bool
) -> None:
    inverse = np.linspace(1000 / hotter, 1000 / colder, 60)
    values, errors = np.array([line.at(1000 / x) for x in inverse]).T
    reach = line.coverage_factor * errors
    dashes = (0, (4, 2)) if extrapolated else "-"
    axes.plot(inverse, np.exp(values), color=colour, ls=dashes, lw=1.0, zorder=3)
    axes.fill_between(
        inverse, np.exp(values - reach), np.exp(values + reach), color=colour, alpha=0.18, lw=0, zorder=1
    )


def _draw_room_temperature(
    axes: Axes, quantity: Property, line: ArrheniusLine | None, colour: str, marker: str
) -> None:
    if quantity.value is None:
        return
    x = 1000 / ROOM_TEMPERATURE_K
    if quantity.bound is not None:
        _draw_bound(axes, x, quantity.value, quantity.bound, colour)
    elif line is not None:
        _, error = line.at(ROOM_TEMPERATURE_K)
        spread = _on_a_logarithm(quantity.value, error * quantity.value, sigmas=line.coverage_factor)
        axes.errorbar(x, quantity.value, yerr=spread, ls="", color=colour, lw=0.8, zorder=4)
    axes.plot(x, quantity.value, ls="", marker=marker, ms=5.5, mfc="white", mec=colour, mew=1.0, zorder=5)
    axes.annotate(
        "298 K",
        (x, quantity.value),
        xytext=(-6, -2),
        textcoords="offset points",
        fontsize=6.5,
        ha="right",
        va="top",
    )


def _name_axes(axes: Axes) -> None:
    axes.set_xlabel("1000/$\\mathit{T}$ (K⁻¹)")
    axes.set_ylabel("Diffusivity (cm² s⁻¹)")
    axes.tick_params(which="both", right=True)
    axes.margins(x=0.06, y=0.08)
    axes.yaxis.set_major_locator(LogLocator(base=10, numticks=8))
    axes.yaxis.set_major_formatter(LogFormatterMathtext(base=10))
    low, high = axes.get_ylim()
    if high / low < 100:  # at least two decades, so that the axis has labels
        middle = math.sqrt(low * high)
        axes.set_ylim(middle / 12, middle * 12)


def _write_temperatures(axes: Axes) -> None:
    """Write temperatures on the upper axis, as many round ones as have room."""
    low, high = axes.get_xlim()
    shown: list[float] = []
    for temperature in ROUND_K:
        x = 1000 / temperature
        if low < x < high and (not shown or 1000 / shown[-1] - x > CLOSEST * (high - low)):
            shown.append(temperature)
    upper = axes.secondary_xaxis("top")
    upper.set_xticks([1000 / temperature for temperature in shown], [f"{at:g}" for at in shown])
    upper.xaxis.set_minor_locator(NullLocator())
    upper.set_xlabel("$\\mathit{T}$ (K)")
