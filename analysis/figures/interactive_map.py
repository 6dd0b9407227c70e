"""Interactive map of conductivity against stiffness, with the line of Monroe and Newman."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lithicoat.analysis.criterion.rule import CRITICAL_RATIO, LI_SHEAR_MODULUS_GPA
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.conductivities import CONDUCTIVITIES, log10_conductivity
from lithicoat.analysis.figures.interactive import (
    FAINT,
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
)
from lithicoat.analysis.figures.name_sides import name_sides
from lithicoat.analysis.figures.ticks import log_ticks
from lithicoat.analysis.figures.units import power_of_ten, quantity_text, typeset
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["conductivity_stiffness_plot"]

MODULUS = "shear_modulus_calibrated"
THRESHOLD_GPA = CRITICAL_RATIO * LI_SHEAR_MODULUS_GPA
NAMED = 24
"""Most films whose names stand beside their marks; the key and the pointer name all."""
MARGIN = 0.5
"""Room on all sides, decades."""
ARROW = 0.04
"""Length of an arrow, as a share of the axis."""


def conductivity_stiffness_plot(
    records: Sequence[ScreeningRecord], *, marks: Mapping[str, FilmMark] | None = None
) -> Plot:
    """Draw films on the map of conductivity at 298 K against shear modulus.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        Films; those without one of the two numbers are named below.
    marks : mapping of str to FilmMark, optional
        How films look, so that several figures of a page agree.

    Raises
    ------
    DataError
        If no film has both.
    """
    drawn = [record for record in records if not _lacks(record)]
    if not drawn:
        raise DataError("no film has both a shear modulus and a conductivity at 298 K", where="records")
    looks = marks or film_marks(record.coating for record in records)
    limits = _limits(drawn)
    figure = canvas(height_px=500)
    _draw_threshold(figure, limits)
    sides = _sides(drawn, limits) if len(drawn) <= NAMED else [""] * len(drawn)
    for record, side in zip(drawn, sides, strict=True):
        figure.add_trace(_trace(record, looks[record.coating], side))
    for axis, ends in ((figure.layout.xaxis, limits[0]), (figure.layout.yaxis, limits[1])):
        values, words = log_ticks(*ends)
        axis.update(type="log", range=list(ends), tickvals=values, ticktext=words)
    figure.layout.xaxis.title.text = f"Conductivity at 298 K ({typeset('S/cm')})"
    figure.layout.yaxis.title.text = "Shear modulus, calibrated (GPa)"
    return Plot(
        name="map",
        title="Conductivity and stiffness",
        figure=figure,
        says=_says(drawn),
        notes=_notes(records, drawn),
        table=PlotTable(
            columns=(
                "Film", "Conductivity at 298 K (S cm⁻¹)", "Shear modulus (GPa)", "G / 2 G(Li)",
            ),
            rows=[_row(record) for record in drawn],
        ),
        films=[record.coating for record in drawn],
        properties=(MODULUS, *CONDUCTIVITIES),
    )  # fmt: skip


def _both(record: ScreeningRecord) -> tuple[Property, Property]:
    """Return the logarithm of the conductivity and the modulus."""
    return log10_conductivity(record), record.property_or_missing(MODULUS, "GPa")


def _lacks(record: ScreeningRecord) -> list[str]:
    exponent, modulus = _both(record)
    lacking = ["conductivity"] if exponent.value is None else []
    return [*lacking, "shear modulus"] if not modulus.value or modulus.value <= 0 else lacking


def _logs(record: ScreeningRecord) -> tuple[float, float]:
    exponent, modulus = _both(record)
    return exponent.value or 0.0, math.log10(modulus.value or 1.0)


def _limits(records: Sequence[ScreeningRecord]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of both axes, log10; the line is always inside."""
    across, along = [], [math.log10(THRESHOLD_GPA)]
    for record in records:
        exponent, modulus = _both(record)
        reach = 0.0 if exponent.bound else exponent.uncertainty or 0.0
        across += [(exponent.value or 0.0) - reach, (exponent.value or 0.0) + reach]
        above, below = log_bars(modulus)
        value = modulus.value or 1.0
        along += [math.log10(value + above), math.log10(value - below)]
    low, high = min(across), max(across)
    spare = max(MARGIN, (2.0 - (high - low)) / 2)
    return (low - spare, high + spare), (min(along) - 0.25, max(along) + 0.25)


def _draw_threshold(figure: Any, limits: tuple[tuple[float, float], tuple[float, float]]) -> None:
    """Draw the line, and shade what lies below it."""
    figure.add_shape(
        type="rect", xref="paper", x0=0, x1=1, y0=10 ** limits[1][0], y1=THRESHOLD_GPA,
        fillcolor=FAINT, line_width=0, layer="below",
    )  # fmt: skip
    figure.add_hline(y=THRESHOLD_GPA, line={"color": INK, "width": 1.2, "dash": "dash"})
    figure.add_annotation(
        text=f"Monroe–Newman: G = 2 G(Li) = {THRESHOLD_GPA:g} GPa", xref="paper", x=0.01, xanchor="left",
        y=math.log10(THRESHOLD_GPA), yanchor="top", showarrow=False, font={"size": 12, "color": MUTED},
    )  # fmt: skip


def _sides(records: Sequence[ScreeningRecord], limits: tuple[tuple[float, float], ...]) -> list[str]:
    def share(value: float, axis: int) -> float:
        return (value - limits[axis][0]) / (limits[axis][1] - limits[axis][0])

    places = [_logs(record) for record in records]
    x, y = [share(place[0], 0) for place in places], [share(place[1], 1) for place in places]
    lines = []
    for record, across, along in zip(records, x, y, strict=True):
        exponent, modulus = _both(record)
        reach = 0.0 if exponent.bound else exponent.uncertainty or 0.0
        ends = [share((exponent.value or 0.0) + step, 0) for step in (-reach, reach)]
        ends[0] -= ARROW * bool(exponent.bound)
        above, below = log_bars(modulus)
        value = modulus.value or 1.0
        tops = [share(math.log10(end), 1) for end in (value - below, value + above)]
        lines += [(ends[0], along, ends[1], along), (across, tops[0], across, tops[1])]
    return name_sides([record.coating for record in records], x, y, lines=lines)


def _trace(record: ScreeningRecord, look: FilmMark, side: str) -> Any:
    exponent, modulus = _both(record)
    value = 10.0 ** (exponent.value or 0.0)
    factor = 10.0 ** (0.0 if exponent.bound else exponent.uncertainty or 0.0)
    return film_trace(
        record.coating,
        (value, modulus.value or 0.0),
        look,
        across=(value * (factor - 1), value * (1 - 1 / factor)),
        along=log_bars(modulus),
        towards=Towards.of(exponent.bound, upright=False) or Towards.of(modulus.bound, upright=True),
        side=side,
        told=[f"σ = {power_of_ten(exponent)} S cm⁻¹", f"G = {quantity_text(modulus)}"],
    )


def _row(record: ScreeningRecord) -> tuple[str, ...]:
    exponent, modulus = _both(record)
    sign = {Bound.UPPER: "< ", Bound.LOWER: "> ", None: ""}[modulus.bound]
    share = f"{sign}{(modulus.value or 0.0) / THRESHOLD_GPA:.2g}"
    return (record.coating, power_of_ten(exponent), quantity_text(modulus, unit=False), share)


def _says(records: Sequence[ScreeningRecord]) -> str:
    moduli = [_both(record)[1] for record in records]
    above = sum((modulus.value or 0.0) > THRESHOLD_GPA for modulus in moduli)
    bounded = sum(_both(record)[0].bound is not None for record in records)
    tail = f" The conductivity of {bounded} of them is only a bound." if bounded else ""
    return (
        f"{above} of {len(records)} films have a best estimate of the shear modulus above {THRESHOLD_GPA:g} "
        f"GPa, twice that of lithium.{tail}"
    )


def _notes(records: Sequence[ScreeningRecord], drawn: Sequence[ScreeningRecord]) -> list[str]:
    notes = ["bars: one standard uncertainty, taken as log-normal"]
    if any(quantity.bound for record in drawn for quantity in _both(record)):
        notes.append("open mark with an arrow: a bound; the value lies along the arrow")
    for what in ("conductivity", "shear modulus"):
        films = [record.coating for record in records if what in _lacks(record)]
        if films:
            notes.append(f"not drawn, no {what}: {', '.join(films)}")
    notes.append("the line is the rule for polymers, a heuristic for inorganic films")
    return notes
