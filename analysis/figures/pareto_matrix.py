"""Films in the planes of all pairs of terms of a ranking: a matrix of small maps."""

from collections.abc import Sequence
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D

from lithicoat.analysis.decision.pareto import pareto_rows
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.film_rows import film_name, gate_notes
from lithicoat.analysis.figures.fronts import draw_front
from lithicoat.analysis.figures.style import COLOURS, MARKERS, blank, publication, write_caption
from lithicoat.analysis.figures.term_axes import TermAxis, assumed_errors, leading_terms, silent_terms

__all__ = ["DOUBLE_COLUMN_MM", "pareto_matrix"]

DOUBLE_COLUMN_MM = 178.0
PANEL_MM, FRAME_MM = 31.0, 22.0
"""Side of one map, and what headings take up beside them."""
PALETTE = COLOURS[:6]
"""Without black, which is the rim of films on the front."""
NAMED = 20
"""Most films with a mark of their own."""
HEADING_PT = 7.0


@publication
def pareto_matrix(sheet: Sheet, *, caption: str = "") -> Figure:
    """Draw films against every pair of the terms that tell them apart, with the front of each pair.

    The films are told by colour and shape, best first in the key. A black rim says that the film is on the
    front of all terms. Bars are standard uncertainties; marks are open where a value is only a bound, whose
    bar is what it leaves open, or missing, which stands on the edge.

    Parameters
    ----------
    sheet : Sheet
        Films judged for an electrode.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        Up to two columns wide, by the number of terms.

    Raises
    ------
    DataError
        If fewer than three terms tell films apart.
    """
    terms = leading_terms(sheet)
    if len(terms) < 3:
        raise DataError(
            f"{len(terms)} terms tell the films for the {sheet.electrode.value} apart; a matrix needs three",
            where="sheet",
            hint="one plane shows all that there is",
        )
    side = len(terms) - 1
    width = min(DOUBLE_COLUMN_MM, FRAME_MM + PANEL_MM * side)
    figure = blank(width, width_mm=width)
    grid = figure.add_gridspec(side, side)
    rows = [row for row in sheet.order.tolist() if any(axis.known[row] for axis in terms)]
    on_front = pareto_rows(sheet)
    for (first, across), (second, along) in combinations(enumerate(terms), 2):
        axes = figure.add_subplot(grid[second - 1, first])
        across.set_up(axes, upright=False, wrap=True)
        along.set_up(axes, upright=True, wrap=True)
        axes.xaxis.label.set_fontsize(HEADING_PT)
        axes.yaxis.label.set_fontsize(HEADING_PT)
        axes.tick_params(which="both", top=True, right=True, labelsize=6)
        axes.label_outer()
        _draw_panel(axes, sheet, rows, (across, along), on_front.tolist())
    _draw_key(figure, grid, sheet, rows, on_front.tolist())
    notes = [
        "bars: one standard uncertainty; arrows: better; line: front of the two",
        f"black rim: on the front of all {len(sheet.terms)} terms",
        "open: a bound, or without a value, on the edge",
    ]
    notes += [f"no axis for {said}" for said in silent_terms(sheet)]
    notes += assumed_errors(terms)
    notes += gate_notes(sheet, rows[:NAMED])
    if len(rows) > NAMED:
        notes.append(f"grey dots: {len(rows) - NAMED} further films")
    write_caption(figure, "; ".join(filter(None, (caption, *notes))))
    return figure


def _draw_panel(
    axes: Axes, sheet: Sheet, rows: Sequence[int], plane: tuple[TermAxis, TermAxis], on_front: Sequence[bool]
) -> None:
    across, along = plane
    draw_front(axes, sheet, across, along)
    x, y = across.shown(across.at), along.shown(along.at)
    low, high = ([axis.shown(axis.ends[end]) for axis in plane] for end in range(2))
    axes.plot(x[rows[NAMED:]], y[rows[NAMED:]], marker=".", ms=1.5, color="0.6", ls="", zorder=2)
    for place, row in reversed(list(enumerate(rows[:NAMED]))):
        colour = PALETTE[place % len(PALETTE)]
        axes.plot([low[0][row], high[0][row]], [y[row]] * 2, color=colour, lw=0.6, zorder=3)
        axes.plot([x[row]] * 2, [low[1][row], high[1][row]], color=colour, lw=0.6, zorder=3)
        filled = all(axis.resolved[row] for axis in plane)
        mark = _mark(place, front=on_front[row], filled=filled)
        mark.set_data([x[row]], [y[row]])
        axes.add_line(mark)


def _mark(place: int, *, front: bool, filled: bool) -> Line2D:
    """Return the mark of the film at a place of the ranking, without a position."""
    colour = PALETTE[place % len(PALETTE)]  # six colours and seven shapes: no two films share both
    return Line2D(
        [],
        [],
        marker=MARKERS[place % len(MARKERS)],
        ms=4.5 if front else 3.5,
        mfc=colour if filled else "white",
        mec="black" if front and filled else colour,
        mew=1.0,
        ls="",
        zorder=5 if front else 4,
        clip_on=False,
    )


def _draw_key(
    figure: Figure, grid: GridSpec, sheet: Sheet, rows: Sequence[int], on_front: Sequence[bool]
) -> None:
    """Put the names of films where the matrix is empty."""
    side = grid.nrows
    room = figure.add_subplot(grid[: side // 2, side - side // 2 :])
    room.set_axis_off()
    marks = [_mark(place, front=on_front[row], filled=True) for place, row in enumerate(rows[:NAMED])]
    names = [film_name(sheet, row) for row in rows[:NAMED]]
    key = room.legend(marks, names, loc="upper right", ncols=2 if len(names) > 8 else 1, handletextpad=0.2)
    key.set_in_layout(False)
