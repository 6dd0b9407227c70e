"""Interactive Pareto front of a ranking in its two leading terms."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lithicoat.analysis.decision.pareto import pareto_rows
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.figures.film_rows import film_name, gate_notes
from lithicoat.analysis.figures.fronts import front_line
from lithicoat.analysis.figures.interactive import (
    MUTED,
    FilmMark,
    Plot,
    PlotTable,
    Towards,
    canvas,
    film_marks,
    film_trace,
)
from lithicoat.analysis.figures.name_sides import name_sides
from lithicoat.analysis.figures.term_axes import TermAxis, assumed_errors, silent_terms, terms_of_plane
from lithicoat.analysis.figures.ticks import log_ticks
from lithicoat.analysis.figures.units import quantity_text

__all__ = ["front_plot"]

NAMED = 24
Plane = tuple[TermAxis, TermAxis]


def front_plot(
    sheet: Sheet,
    *,
    chances: Sequence[float] | None = None,
    marks: Mapping[str, FilmMark] | None = None,
) -> Plot:
    """Draw films in the plane of the two terms of greatest weight that tell them apart, with their front.

    Parameters
    ----------
    sheet : Sheet
        Films judged for an electrode.
    chances : sequence of float, optional
        Share of draws in which each film is on the front of all terms, one per film.
    marks : mapping of str to FilmMark, optional
        How films look, so that several figures of a page agree.

    Raises
    ------
    DataError
        If fewer than two terms tell films apart.
    """
    leading = terms_of_plane(sheet)
    plane = leading[0], leading[1]
    looks = marks or film_marks(sheet.films)
    rows = np.flatnonzero(plane[0].known | plane[1].known).tolist()
    figure = canvas(height_px=500)
    _set_up(figure, plane)
    _draw_front(figure, sheet, plane)
    for row, side in zip(rows, _sides(sheet, plane, rows), strict=True):
        figure.add_trace(_trace(sheet, plane, row, looks[sheet.films[row]], side))
    on_front = pareto_rows(sheet)
    sources = [source.property for axis in leading for source in axis.places.term.sources]
    return Plot(
        name=f"front-{sheet.electrode.value}",
        title=f"Pareto front, {sheet.electrode.value}",
        figure=figure,
        says=_says(sheet, on_front.tolist()),
        notes=_notes(sheet, plane, rows, leading),
        table=_table(sheet, plane, rows, on_front.tolist(), chances),
        films=[sheet.films[row] for row in rows],
        properties=tuple(dict.fromkeys(sources)),
    )


def _set_up(figure: Any, plane: Plane) -> None:
    for axis, line in zip(plane, (figure.layout.xaxis, figure.layout.yaxis), strict=True):
        ends = axis.shown(np.array(axis.limits)).tolist()
        line.title.text = axis.heading
        if axis.log:
            limits = np.log10(ends).tolist()
            values, words = log_ticks(min(limits), max(limits))
            line.update(type="log", range=limits, tickvals=values, ticktext=words)
        else:
            line.update(range=ends)


def _draw_front(figure: Any, sheet: Sheet, plane: Plane) -> None:
    from plotly.graph_objects import Scatter  # noqa: PLC0415 - heavy

    line = front_line(sheet, *plane)
    if line is None:
        return
    x, y = (axis.shown(line[:, place]).tolist() for place, axis in enumerate(plane))
    figure.add_trace(
        Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": MUTED, "width": 1.2},
            name="front of these two",
            hoverinfo="skip",
        )
    )


def _trace(sheet: Sheet, plane: Plane, row: int, look: FilmMark, side: str) -> Any:
    place, reaches, towards = [], [], None
    for axis, upright in zip(plane, (False, True), strict=True):
        middle, ends = float(axis.shown(axis.at[row])), [float(axis.shown(end[row])) for end in axis.ends]
        place.append(middle)
        bounded = bool(axis.left_open[row])
        reach = (max(ends) - middle, middle - min(ends)) if axis.known[row] else (0.0, 0.0)
        reaches.append(reach)
        if bounded and towards is None:
            towards = _direction(axis, row, upright=upright)
    return film_trace(
        film_name(sheet, row),
        (place[0], place[1]),
        look,
        across=reaches[0],
        along=reaches[1],
        towards=towards,
        side=side,
        told=[f"{axis.name}: {_told(axis, row)}" for axis in plane],
    )


def _direction(axis: TermAxis, row: int, *, upright: bool) -> Towards:
    more = axis.open_side(row) > 0
    if upright:
        return Towards.UP if more else Towards.DOWN
    return Towards.RIGHT if more else Towards.LEFT


def _told(axis: TermAxis, row: int) -> str:
    """Write what is recorded, or why there is nothing."""
    places = axis.places
    if places.source[row] < 0:
        return places.reason(row)
    source = places.term.sources[int(places.source[row])]
    found = places.columns.told(row, source.property)
    return "" if found is None else quantity_text(found)


def _sides(sheet: Sheet, plane: Plane, rows: Sequence[int]) -> list[str]:
    if len(rows) > NAMED:
        return [""] * len(rows)

    def share(axis: TermAxis, at: float) -> float:
        return (at - axis.limits[0]) / (axis.limits[1] - axis.limits[0])

    across, along = plane
    x, y = ([share(axis, float(axis.at[row])) for row in rows] for axis in plane)
    lines = []
    for row, px, py in zip(rows, x, y, strict=True):
        low, high = (share(across, float(end[row])) for end in across.ends)
        lines.append((low, py, high, py))
        low, high = (share(along, float(end[row])) for end in along.ends)
        lines.append((px, low, px, high))
    return name_sides([film_name(sheet, row) for row in rows], x, y, lines=lines)


def _says(sheet: Sheet, on_front: Sequence[bool]) -> str:
    films = [film for film, there in zip(sheet.films, on_front, strict=True) if there]
    if not films:
        return "No film passes all gates, so there is no front."
    verb = "is" if len(films) == 1 else "are"
    return f"By best estimates {', '.join(films)} {verb} on the front of all {len(sheet.terms)} terms."


def _notes(sheet: Sheet, plane: Plane, rows: Sequence[int], leading: Sequence[TermAxis]) -> list[str]:
    notes = ["bars: one standard uncertainty; arrows in the headings point to the better side"]
    if any(axis.left_open[row] for axis in plane for row in rows):
        notes.append("open mark: a bound, drawn in the middle of what it leaves open, which the bar spans")
    notes += gate_notes(sheet, rows)
    notes += [f"no axis for {said}" for said in silent_terms(sheet)]
    for axis in plane:
        unknown = [sheet.films[row] for row in rows if not axis.known[row]]
        if unknown:
            notes.append(f"{axis.name} not known, at the edge: {', '.join(unknown)}")
    return [*notes, *assumed_errors(leading)]


def _table(
    sheet: Sheet,
    plane: Plane,
    rows: Sequence[int],
    on_front: Sequence[bool],
    chances: Sequence[float] | None,
) -> PlotTable:
    columns = ["Film", *(axis.name[:1].upper() + axis.name[1:] for axis in plane), "On the front"]
    lines = []
    for row in rows:
        cells = [film_name(sheet, row), *(_told(axis, row) for axis in plane)]
        cells.append("yes" if on_front[row] else "no")
        lines.append(cells if chances is None else [*cells, f"{chances[row]:.2f}"])
    return PlotTable(columns=columns if chances is None else [*columns, "P(front)"], rows=lines)
