"""Interactive map of linear stability: stiffness of films against the volume of lithium in them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.criterion.chi import RelativeSign, critical_modulus_ratio
from lithicoat.analysis.criterion.inputs import FilmMechanics, Setting, VolumeConvention
from lithicoat.analysis.criterion.rule import CRITICAL_RATIO
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
    film_trace,
    log_bars,
    plain,
)
from lithicoat.analysis.figures.stability_map import POISSON_BAND
from lithicoat.analysis.figures.units import quantity_text
from lithicoat.analysis.properties import Property

__all__ = ["stability_plot"]

FloatArray = NDArray[np.float64]

VOLUME_RATIOS, MODULUS_RATIOS = (0.02, 20.0), (0.1, 40.0)
"""Ranges of the map; films widen them."""
STABLE, BAND = "rgba(86,180,233,0.20)", "rgba(120,130,140,0.35)"
NAMES = {VolumeConvention.SPHERE: "ionic sphere", VolumeConvention.CELL: "cell volume"}
EDGE = 1.01
"""A mark on the edge itself would be left out."""
TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]


def stability_plot(
    films: Sequence[FilmMechanics],
    *,
    setting: Setting | None = None,
    marks: Mapping[str, FilmMark] | None = None,
) -> Plot:
    """Draw films on the map of linear stability, G/G(Li) against v.

    A film has a mark for each convention of v: filled for the ionic sphere, half as large for the change of
    cell volume. One whose v is not positive stands at the left edge.

    Parameters
    ----------
    films : sequence of FilmMechanics
        Films; those that cannot be drawn are named below.
    setting : Setting, optional
        Lithium in the ratio, and the reading of the disputed sign.
    marks : mapping of str to FilmMark, optional
        How films look, so that several figures of a page agree.

    Raises
    ------
    DataError
        If no film has a shear modulus and a volume ratio.
    """
    setting = setting or Setting()
    drawn = [film for film in films if _drawable(film)]
    if not drawn:
        raise DataError("there is no film with a shear modulus and a volume ratio to draw", where="films")
    looks = marks or film_marks(film.name for film in films)
    across, along = _limits(drawn, setting)
    figure = canvas(height_px=540)
    _draw_regions(figure, setting, across, along)
    for film in drawn:
        for convention, ratio in film.volume_ratios.items():
            if ratio.value is not None:
                figure.add_trace(_mark(film, convention, looks[film.name], setting=setting, left=across[0]))
    for axis, ends in ((figure.layout.xaxis, across), (figure.layout.yaxis, along)):
        axis.update(type="log", range=[math.log10(end) for end in ends], tickvals=TICKS)
    figure.layout.xaxis.title.text = "v = V(Li⁺ in the film) / V(Li)"
    figure.layout.yaxis.title.text = f"G / G(Li), with G(Li) = {setting.li_shear_modulus_GPa:g} GPa"
    return Plot(
        name="stability",
        title="Map of linear stability",
        figure=figure,
        says=f"{len(drawn)} films against the critical ratio of their elastic part and the rule G = 2 G(Li).",
        notes=_notes(films, drawn, setting),
        table=PlotTable(
            columns=("Film", "G/G(Li)", *(f"v by {name}" for name in NAMES.values())),
            rows=[_row(film, setting) for film in drawn],
        ),
        films=[film.name for film in drawn],
        properties=("shear_modulus_calibrated", *(kind.property_name for kind in NAMES)),
    )


def _drawable(film: FilmMechanics) -> bool:
    known = any(ratio.value is not None for ratio in film.volume_ratios.values())
    return known and (film.shear_modulus.value or 0.0) > 0


def _limits(
    films: Sequence[FilmMechanics], setting: Setting
) -> tuple[tuple[float, float], tuple[float, float]]:
    ratios = [ratio.value for film in films for ratio in film.volume_ratios.values() if ratio.value]
    small = [ratio / 1.6 for ratio in ratios if ratio > VOLUME_RATIOS[0] / 10]
    moduli = [(film.shear_modulus.value or 1.0) / setting.li_shear_modulus_GPa for film in films]
    return (
        (min([VOLUME_RATIOS[0], *small]), max([VOLUME_RATIOS[1], *ratios])),
        (min(MODULUS_RATIOS[0], min(moduli) / 2), max(MODULUS_RATIOS[1], max(moduli) * 2)),
    )


def _draw_regions(
    figure: Any, setting: Setting, across: tuple[float, float], along: tuple[float, float]
) -> None:
    """Shade the stable sides of the critical ratio on both sides of v = 1, and draw the rule."""
    published = setting.relative_sign is RelativeSign.PUBLISHED
    stable = "stable, as published" if published else "stable, Gibbs–Thomson sign"
    band = f"g_crit, ν = {POISSON_BAND[0]:g}–{POISSON_BAND[-1]:g}"
    ends = ((math.log10(across[0]), -1e-3), (1e-3, math.log10(across[1])))
    for number, (start, stop) in enumerate(ends):
        steps = np.geomspace(max(abs(start), abs(stop)), min(abs(start), abs(stop)), 120)
        v = np.sort(10 ** (steps * np.sign(start + stop)))
        curves = np.array([_critical(nu, v, setting) for nu in POISSON_BAND])
        inner, outer = np.clip(curves.min(axis=0), *along), np.clip(curves.max(axis=0), *along)
        above = (number == 1) == published
        near, far = (outer, along[1]) if above else (inner, along[0])
        for name, colour, edges in (
            (stable, STABLE, (near, np.full_like(v, far))),
            (band, BAND, (inner, outer)),
        ):
            figure.add_trace(
                _area(v, edges, colour).update(name=name, legendgroup=name, showlegend=number == 0)
            )
    figure.add_hline(y=CRITICAL_RATIO, line={"color": INK, "width": 1.2, "dash": "dash"})
    figure.add_annotation(
        text="G = 2 G(Li)", xref="paper", x=0.99, xanchor="right", y=math.log10(CRITICAL_RATIO),
        yanchor="bottom", showarrow=False, font={"size": 12, "color": MUTED},
    )  # fmt: skip


def _area(v: FloatArray, edges: tuple[FloatArray, FloatArray], colour: str) -> Any:
    """Return what lies between two curves."""
    from plotly.graph_objects import Scatter  # noqa: PLC0415 - heavy

    low, high = edges
    return Scatter(
        x=np.round(np.concatenate([v, v[::-1]]), 5).tolist(),
        y=np.round(np.concatenate([low, high[::-1]]), 4).tolist(),
        fill="toself",
        fillcolor=colour,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
    )


def _critical(poisson: float, volume_ratio: FloatArray, setting: Setting) -> FloatArray:
    return critical_modulus_ratio(poisson, volume_ratio, li_poisson=setting.lithium.poisson_ratio)


def _mark(
    film: FilmMechanics,
    convention: VolumeConvention,
    look: FilmMark,
    *,
    setting: Setting,
    left: float,
) -> Any:
    ratio = film.volume_ratios[convention]
    modulus, value = film.shear_modulus, ratio.value or 0.0
    above, below = (length / setting.li_shear_modulus_GPa for length in log_bars(modulus))
    at_edge, error = value <= left, ratio.uncertainty or 0.0
    sphere = convention is VolumeConvention.SPHERE
    place = (max(value, EDGE * left), (modulus.value or 0.0) / setting.li_shear_modulus_GPa)
    towards = Towards.LEFT if at_edge else Towards.of(modulus.bound, upright=True)
    trace = film_trace(
        film.name,
        place,
        look,
        across=(0.0, 0.0) if at_edge else (error, min(error, value - left)),
        along=(above, below),
        towards=towards,
        told=[f"v = {quantity_text(ratio)} by {NAMES[convention]}", f"G = {quantity_text(modulus)}"],
    )
    if not sphere and towards is None:
        trace.marker.symbol = [f"{look.symbol}-open"]
        trace.marker.line = {"color": look.colour, "width": 2}
    return trace.update(legendgroup=plain(film.name), showlegend=sphere or len(film.volume_ratios) == 1)


def _row(film: FilmMechanics, setting: Setting) -> list[str]:
    modulus = film.shear_modulus
    scale = setting.li_shear_modulus_GPa
    ratio = Property(
        value=(modulus.value or 0.0) / scale,
        uncertainty=None if modulus.uncertainty is None else modulus.uncertainty / scale,
        unit="1",
        bound=modulus.bound,
    )
    missing = Property.missing("1", "not computed")
    volumes = [quantity_text(film.volume_ratios.get(kind, missing)) for kind in NAMES]
    return [film.name, quantity_text(ratio), *volumes]


def _notes(films: Sequence[FilmMechanics], drawn: Sequence[FilmMechanics], setting: Setting) -> list[str]:
    notes = [
        "filled: v by the ionic sphere; open: v by the change of cell volume; bars: one standard uncertainty",
        "at the left edge with an arrow: v is not positive",
        "the sign behind stable and unstable is disputed",
        "films of nanometres are thinner than the half-space that the model takes them for",
    ]
    if setting.lithium.shear_modulus_GPa != setting.li_shear_modulus_GPa:
        notes.append(f"the critical ratio takes G(Li) = {setting.lithium.shear_modulus_GPa:g} GPa")
    absent = [film.name for film in films if film not in drawn]
    return [*notes, f"not drawn: {', '.join(absent)}"] if absent else notes
