"""Interactive diffusivities of films against inverse temperature."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.interactive import (
    INK,
    MUTED,
    FilmMark,
    Plot,
    PlotTable,
    Towards,
    canvas,
    film_marks,
    log_bars,
    plain,
)
from lithicoat.analysis.figures.ticks import log_ticks
from lithicoat.analysis.figures.units import quantity_text
from lithicoat.analysis.transport.arrhenius import ROOM_TEMPERATURE_K, ArrheniusResult
from lithicoat.analysis.transport.records import ArrheniusLine, TemperatureResult

__all__ = ["arrhenius_plot"]

ROUND_K = (298.15, 400, 500, 600, 700, 900, 1200)


def arrhenius_plot(
    runs: Mapping[str, Sequence[TemperatureResult]],
    fits: Mapping[str, ArrheniusResult],
    *,
    marks: Mapping[str, FilmMark] | None = None,
) -> Plot:
    """Draw the diffusivity of lithium in films against 1000/T, with the fitted lines down to 298 K.

    Parameters
    ----------
    runs : mapping of str to sequence of TemperatureResult
        Runs by film.
    fits : mapping of str to ArrheniusResult
        Fits by film; a film may be missing.
    marks : mapping of str to FilmMark, optional
        How films look, so that several figures of a page agree.

    Raises
    ------
    DataError
        If no run has a diffusivity or a bound.
    """
    drawn = {film: [run for run in of_film if run.diffusivity.value] for film, of_film in runs.items()}
    drawn = {film: of_film for film, of_film in drawn.items() if of_film}
    if not drawn:
        raise DataError("there is no diffusivity to draw", where="runs")
    looks = marks or film_marks(drawn)
    figure = canvas(height_px=500)
    for film, of_film in drawn.items():
        fit = fits.get(film)
        if fit is not None and fit.line is not None:
            _draw_line(figure, film, fit.line, fit.temperatures_K, looks[film].colour)
        figure.add_trace(_points(film, of_film, looks[film]))
    levels = _levels(drawn, fits)
    values, words = log_ticks(*levels)
    figure.layout.yaxis.update(
        type="log", range=levels, tickvals=values, ticktext=words, title_text="Diffusivity (cm² s⁻¹)"
    )
    figure.layout.xaxis.update(
        title_text="Temperature (K), on the scale of 1/T",
        tickvals=[1000 / at for at in ROUND_K],
        ticktext=[f"{at:.0f}" for at in ROUND_K],
        range=_range(drawn, fits),
    )
    return Plot(
        name="arrhenius",
        title="Diffusivity against temperature",
        figure=figure,
        says=_says(drawn),
        notes=list(_notes(drawn, fits)),
        table=PlotTable(
            columns=("Film", "Temperature (K)", "Diffusivity (cm² s⁻¹)", "Hops", "Framework"),
            rows=[
                [
                    film, f"{run.temperature_K:g}", quantity_text(run.diffusivity, unit=False), str(run.hops),
                    "held" if run.framework_held else "did not hold",
                ]
                for film, of_film in drawn.items()
                for run in of_film
            ],
        ),
        films=list(drawn),
        properties=("diffusivity_298K", "activation_energy", "log10_conductivity_298K"),
    )  # fmt: skip


def _range(
    drawn: Mapping[str, Sequence[TemperatureResult]], fits: Mapping[str, ArrheniusResult]
) -> list[float]:
    hottest = max(run.temperature_K for of_film in drawn.values() for run in of_film)
    coldest = min(run.temperature_K for of_film in drawn.values() for run in of_film)
    if any(film in fits and fits[film].line is not None for film in drawn):
        coldest = min(coldest, ROOM_TEMPERATURE_K)
    low, high = 1000 / hottest, 1000 / coldest
    margin = max(0.06 * (high - low), 0.05)
    return [low - margin, high + margin]


def _levels(
    drawn: Mapping[str, Sequence[TemperatureResult]], fits: Mapping[str, ArrheniusResult]
) -> list[float]:
    """Return the ends of the upright axis, decadic logarithms."""
    runs = [run.diffusivity for of_film in drawn.values() for run in of_film]
    values = [run.value or 1.0 for run in runs]
    low = min(value - log_bars(run)[1] for value, run in zip(values, runs, strict=True))
    high = max(value + log_bars(run)[0] for value, run in zip(values, runs, strict=True))
    for film, fit in fits.items():
        if film in drawn and fit.line is not None:
            at, error = fit.line.at(ROOM_TEMPERATURE_K)
            low = min(low, math.exp(at - fit.line.coverage_factor * error))
    return [math.log10(low) - 0.3, math.log10(high) + 0.3]


def _points(film: str, runs: Sequence[TemperatureResult], look: FilmMark) -> Any:
    """Return the runs of a film as one trace; a bound is an open mark with an arrow below it."""
    from plotly.graph_objects import Scatter  # noqa: PLC0415 - heavy

    bounded = [run for run in runs if run.diffusivity.bound is not None and run.framework_held]
    points = [*runs, *bounded]
    arrows = len(bounded)
    reaches = [log_bars(run.diffusivity) for run in runs] + [(0.0, 0.0)] * arrows
    told = [
        f"{run.temperature_K:g} K: D = {quantity_text(run.diffusivity)}, {run.hops} hops"
        + ("" if run.framework_held else "; the framework did not hold")
        for run in points
    ]
    return Scatter(
        x=[1000 / run.temperature_K for run in points],
        y=[run.diffusivity.value for run in points],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [above for above, _ in reaches],
            "arrayminus": [below for _, below in reaches],
            "color": look.colour,
            "thickness": 1.3,
            "width": 3,
            "visible": any(above for above, _ in reaches),
        },
        mode="markers",
        name=plain(film),
        legendgroup=plain(film),
        cliponaxis=False,
        marker={
            "color": look.colour,
            "symbol": [_symbol(run, look) for run in runs] + ["triangle-down"] * arrows,
            "size": [10] * len(runs) + [8] * arrows,
            "standoff": [0] * len(runs) + [10] * arrows,
            "opacity": 1,
            "line": {"color": look.colour, "width": 2},
            "angle": [0] * len(runs) + [Towards.DOWN.value] * arrows,
        },
        customdata=[plain(text) for text in told],
        hovertemplate=f"<b>{plain(film)}</b><br>%{{customdata}}<extra></extra>",
    )


def _symbol(run: TemperatureResult, look: FilmMark) -> str:
    if not run.framework_held:
        return "x-thin"
    return look.symbol if run.diffusivity.bound is None else f"{look.symbol}-open"


def _draw_line(
    figure: Any, film: str, line: ArrheniusLine, temperatures_K: Sequence[float], colour: str
) -> None:
    """Draw a line with its 95 % band, dashed beyond the temperatures of the fit."""
    from plotly.graph_objects import Scatter  # noqa: PLC0415 - heavy

    hottest, coldest = max(temperatures_K), min(temperatures_K)
    inverse = np.linspace(1000 / hottest, 1000 / min(coldest, ROOM_TEMPERATURE_K), 60)
    values, errors = np.array([line.at(1000 / x) for x in inverse]).T
    reach = line.coverage_factor * errors
    shared = {"legendgroup": plain(film), "showlegend": False, "hoverinfo": "skip"}
    edge = np.concatenate([np.exp(values + reach), np.exp(values - reach)[::-1]])
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    figure.add_trace(
        Scatter(
            x=np.concatenate([inverse, inverse[::-1]]).tolist(),
            y=edge.tolist(),
            fill="toself",
            fillcolor=f"rgba({red},{green},{blue},0.15)",
            line={"width": 0},
            mode="lines",
            **shared,
        )
    )
    inside = inverse <= 1000 / coldest
    for chosen, dash in ((inside, "solid"), (~inside, "dash")):
        figure.add_trace(
            Scatter(
                x=inverse[chosen].tolist(),
                y=np.exp(values[chosen]).tolist(),
                mode="lines",
                line={"color": colour, "width": 1.8, "dash": dash},
                **shared,
            )
        )
    figure.add_annotation(
        text="298 K", x=1000 / ROOM_TEMPERATURE_K, y=float(math.log10(math.exp(values[-1]))),
        showarrow=False, yshift=-12, font={"size": 11, "color": MUTED},
    )  # fmt: skip
    figure.layout.xaxis.tickfont.color = INK


def _says(drawn: Mapping[str, Sequence[TemperatureResult]]) -> str:
    runs = [run for of_film in drawn.values() for run in of_film]
    resolved = sum(run.diffusivity.bound is None for run in runs)
    count = f"{len(runs)} runs of {len(drawn)} films"
    if resolved == len(runs):
        return f"All {count} resolved a diffusivity."
    if not resolved:
        return f"None of {count} resolved a diffusivity; all gave upper bounds."
    return f"Of {count} {resolved} resolved a diffusivity; the others gave upper bounds."


def _notes(
    drawn: Mapping[str, Sequence[TemperatureResult]], fits: Mapping[str, ArrheniusResult]
) -> Iterator[str]:
    runs = [run for of_film in drawn.values() for run in of_film]
    if any(run.diffusivity.bound is None for run in runs):
        yield "bars: one standard uncertainty"
    if any(run.diffusivity.bound is not None for run in runs):
        yield "open marks with an arrow: upper bounds, of runs too short to see enough hops"
    if not all(run.framework_held for run in runs):
        yield "crosses: the framework did not hold, not in the fit"
    if any(fits[film].line is not None for film in drawn if film in fits):
        yield "bands: 95 % intervals; dashed: extrapolated"
    without = [film for film in drawn if film not in fits or fits[film].line is None]
    if without:
        yield f"no line, fewer than two temperatures resolved: {', '.join(without)}"
