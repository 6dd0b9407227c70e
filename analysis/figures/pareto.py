"""Films in the plane of the two leading terms of a ranking, with the front that none of them beats."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lithicoat.analysis.decision.pareto import pareto_rows
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.figures.film_rows import film_name
from lithicoat.analysis.figures.fronts import draw_front, front_line
from lithicoat.analysis.figures.labels import PointLabel, Segment, place_labels
from lithicoat.analysis.figures.style import (
    COLOURS,
    GREY,
    blank,
    key_above,
    publication,
    ramp,
    write_caption,
)
from lithicoat.analysis.figures.term_axes import TermAxis, assumed_errors, silent_terms, terms_of_plane

__all__ = ["pareto_figure"]

FloatArray = NDArray[np.float64]
Face = tuple[float, float, float, float] | str

HEIGHT_MM = 96.0
NAMED, NAMED_IN_CROWD, CROWD = 20, 12, 60
"""Most films that are named, the same in a crowd, and how many films make one; its other films are dots."""
RASTER = 2000
"""Dots that a vector file had better not hold one by one."""
SHAPES = ("o", "D", "X")
MEANINGS = ("passes all gates", "?: a gate is not known", "†: fails a gate")
LEAST_CHANCE = 0.005
SPOT = 0.01
"""Share of an axis within which two films stand on one spot."""


@publication
def pareto_figure(sheet: Sheet, *, chances: Sequence[float] | None = None, caption: str = "") -> Figure:
    """Draw films in the plane of the two terms of greatest weight that tell them apart.

    Bars are standard uncertainties. A bound is an arrow over what it leaves open, with the mark in its
    middle, where it counts. What is missing stands at the worse edge. The colour of a mark is the next term
    that is known of half of the films, white where it is not. A black rim says that a film is on the front of
    all terms; the line is the front of these two.

    Parameters
    ----------
    sheet : Sheet
        Films judged for an electrode.
    chances : sequence of float, optional
        Share of draws in which each film is on the front of all terms (`pareto_probability`), one per film.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If fewer than two terms tell films apart.
    """
    leading = terms_of_plane(sheet)
    across, along, *further = leading
    third = next((axis for axis in further if 2 * axis.resolved.sum() >= len(sheet.films)), None)
    rows = np.flatnonzero(across.known | along.known)
    on_front = pareto_rows(sheet)
    named = _named(sheet, rows, on_front)
    figure = blank(HEIGHT_MM)
    axes = figure.add_subplot()
    across.set_up(axes, upright=False)
    along.set_up(axes, upright=True)
    axes.tick_params(which="both", top=True, right=True)
    segments: list[Segment] = list(pairwise(draw_front(axes, sheet, across, along)))
    faces = _faces(figure, axes, sheet, third)
    marked = named if rows.size > CROWD else rows.tolist()
    for row in marked:
        segments += _draw_bars(axes, across, along, row)
        point, group = _point(across, along, row), int(sheet.groups[row])
        _draw_mark(axes, point, group=group, face=faces[row], front=bool(on_front[row]))
    others = [row for row in rows.tolist() if row not in set(named)]
    if rows.size > CROWD:
        _draw_dots(axes, across, along, others)
    key_above(figure, *_key(sheet, np.array(marked), (across, along), on_front), columns=2)
    notes = _notes(sheet, rows, chances=chances is not None, named=len(named))
    notes += [*_edges(rows, (across, along)), *assumed_errors(leading)]
    if third is not None and not third.resolved[rows].all():
        notes.append(f"white: {third.name} not known, or only a bound")
    write_caption(figure, "; ".join(filter(None, (caption, *notes))))
    labels = _labels(sheet, named, (across, along), chances)
    points = [] if rows.size > CROWD else [_point(across, along, row) for row in others]
    place_labels(figure, axes, labels, points=points, segments=segments)
    return figure


def _named(sheet: Sheet, rows: NDArray[np.intp], on_front: NDArray[np.bool_]) -> list[int]:
    """Choose the films to name: those on the front, then the best."""
    there = set(rows.tolist())
    order = [row for row in sheet.order.tolist() if row in there]
    most = NAMED_IN_CROWD if rows.size > CROWD else NAMED
    return sorted(order, key=lambda row: not on_front[row])[:most]


def _draw_dots(axes: Axes, across: TermAxis, along: TermAxis, rows: Sequence[int]) -> None:
    """Draw the films of a crowd that have no name."""
    x, y = across.shown(across.at[rows]), along.shown(along.at[rows])
    axes.plot(x, y, ".", ms=2, color="0.6", mew=0, zorder=2, rasterized=len(rows) > RASTER)


def _point(across: TermAxis, along: TermAxis, row: int) -> tuple[float, float]:
    return float(across.shown(across.at[row])), float(along.shown(along.at[row]))


def _faces(figure: Figure, axes: Axes, sheet: Sheet, third: TermAxis | None) -> list[Face]:
    """Return the colour of each mark, and draw the scale of the third term."""
    if third is None:
        return [COLOURS[5]] * len(sheet.films)
    low, high = third.shown(np.array(third.limits)).tolist()
    scale = LogNorm(low, high) if third.log else Normalize(low, high)
    colours = ScalarMappable(scale, ListedColormap(ramp(256)))
    bar = figure.colorbar(colours, ax=axes, location="top", aspect=40, pad=0.02, fraction=0.05)
    third.set_ticks(bar.ax.xaxis)
    bar.ax.set_xlabel(f"colour: {third.heading}", fontsize=7)
    bar.ax.tick_params(labelsize=6.5, length=2)
    bar.outline.set_linewidth(0.5)
    shown = colours.to_rgba(third.shown(third.at))
    return [tuple(shown[row].tolist()) if third.resolved[row] else "white" for row in range(len(sheet.films))]


def _draw_bars(axes: Axes, across: TermAxis, along: TermAxis, row: int) -> list[Segment]:
    """Draw the bars of a film along both axes: errors, or arrows over what a bound leaves open."""
    x, y = _point(across, along, row)
    segments: list[Segment] = []
    for axis, level in ((across, y), (along, x)):
        if not axis.known[row]:
            continue
        ends = [float(axis.shown(end[row])) for end in axis.ends]
        side = axis.open_side(row)
        places = [(end, level) if axis is across else (level, end) for end in ends]
        axes.plot(*zip(*places, strict=True), color="0.35", lw=0.6, ls=":" if side else "-", zorder=2)
        if side:
            tip, stop = places[::side][1], places[::side][0]
            arrows = {-1: ("<", "v"), 1: (">", "^")}[side]
            head, bar = (arrows[0], "|") if axis is across else (arrows[1], "_")
            axes.plot(*tip, marker=head, ms=2.5, color="0.35", ls="", zorder=2)
            axes.plot(*stop, marker=bar, ms=4, mew=0.8, color="0.35", ls="", zorder=2)
        segments.append((places[0], places[1]))
    return segments


def _draw_mark(axes: Axes, point: tuple[float, float], *, group: int, face: Face, front: bool) -> None:
    axes.plot(
        *point,
        marker=SHAPES[group],
        ms=5.5 if front else 4.5,
        mfc=face,
        mec="black" if front else GREY,
        mew=1.3 if front else 0.5,
        ls="",
        zorder=5 if front else 4,
        clip_on=False,
    )


def _labels(
    sheet: Sheet, named: Sequence[int], plane: tuple[TermAxis, TermAxis], chances: Sequence[float] | None
) -> list[PointLabel]:
    """Return names with their chances; films that stand on one spot share a label, one line each."""
    spots: dict[tuple[int, ...], list[int]] = {}
    for row in named:
        shares = [(axis.at[row] - axis.limits[0]) / (axis.limits[1] - axis.limits[0]) for axis in plane]
        spots.setdefault(tuple(round(share / SPOT) for share in shares), []).append(row)
    labels = []
    for rows in spots.values():
        x, y = _point(*plane, rows[0])
        text = "\n".join(_text(sheet, row, chances) for row in rows)
        passing = (sheet.groups[rows] == 0).any()
        labels.append(PointLabel(text=text, x=x, y=y, colour="black" if passing else "0.35"))
    return labels


def _text(sheet: Sheet, row: int, chances: Sequence[float] | None) -> str:
    name, chance = film_name(sheet, row), 0.0 if chances is None else float(chances[row])
    return f"{name} {int(100 * chance + 0.5)} %" if chance >= LEAST_CHANCE else name


def _key(
    sheet: Sheet, rows: NDArray[np.intp], plane: tuple[TermAxis, TermAxis], on_front: NDArray[np.bool_]
) -> tuple[list[Line2D], list[str]]:
    groups = set(sheet.groups[rows].tolist())
    handles, labels = [], []
    for group, (shape, meaning) in enumerate(zip(SHAPES, MEANINGS, strict=True)):
        if group in groups:
            handles.append(Line2D([], [], marker=shape, ms=4.5, mfc="0.8", mec=GREY, mew=0.5, ls=""))
            labels.append(meaning)
    if on_front[rows].any():
        handles.append(Line2D([], [], marker="o", ms=5.5, mfc="0.8", mec="black", mew=1.3, ls=""))
        labels.append(f"on the front of all {len(sheet.terms)} terms")
    if front_line(sheet, *plane) is not None:
        handles.append(Line2D([], [], color=GREY, lw=0.8))
        labels.append("front of the two drawn")
    if any(axis.left_open[rows].any() for axis in plane):
        handles.append(Line2D([], [], color="0.35", lw=0.6, ls=":", marker=">", ms=2.5))
        labels.append("bound: open along the arrow")
    return handles, labels


def _edges(rows: NDArray[np.intp], plane: tuple[TermAxis, TermAxis]) -> Iterator[str]:
    """Say what stands on the edges of the map."""
    for axis in plane:
        off = rows[~axis.known[rows]]
        satisfied = off[axis.places.satisfied[off]]
        if satisfied.size < off.size:
            yield f"{axis.name}, worse edge: not known"
        if satisfied.size:
            yield f"{axis.name}, better edge: {axis.places.reason(int(satisfied[0]))}"


def _notes(sheet: Sheet, rows: NDArray[np.intp], *, chances: bool, named: int) -> list[str]:
    notes = ["bars: one standard uncertainty; →: better"]
    if chances:
        notes.append("per cent: draws from the errors in which a film is on the front of all terms")
    notes += [f"no axis for {said}" for said in silent_terms(sheet)]
    absent = [name for row, name in enumerate(sheet.films) if row not in set(rows.tolist())]
    if absent:
        more = f" and {len(absent) - NAMED} more" if len(absent) > NAMED else ""
        notes.append(f"neither known, not drawn: {', '.join(absent[:NAMED])}{more}")
    if named < rows.size:
        notes.append(
            f"{named} of {rows.size} films are named" + (", dots: the others" if rows.size > CROWD else "")
        )
    return notes
