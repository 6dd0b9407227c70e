"""What the terms of a ranking give to the score of each film, as stacked bars."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.film_rows import gate_notes, left_out, name_rows, write_column
from lithicoat.analysis.figures.style import COLOURS, blank, key_above, publication, write_caption
from lithicoat.analysis.figures.term_axes import assumed_errors, term_axes

__all__ = ["score_figure"]

FloatArray = NDArray[np.float64]

BASE_MM, ROW_MM, KEY_MM = 22.0, 5.2, 3.3
FILMS = 25
"""Most films that are drawn."""
HALF_BAR = 0.33
PALETTE = tuple(COLOURS[place] for place in (0, 1, 3, 4, 2, 5, 6))
"""Neighbours in a bar differ for every kind of colour blindness."""
HATCHES = ("", "..", "xx")
"""Patterns of terms beyond the number of colours."""
BOUND_HATCH = "//////"
KEY_COLUMNS = 2


@publication
def score_figure(sheet: Sheet, *, seed: int = 0, draws: int = 10_000, caption: str = "") -> Figure:
    """Draw the score of each film as the sum of its terms, weight times desirability.

    A hatched piece comes from a bound, by the mean over what it leaves open. An open box is what a missing
    property could add at most. The line across the end of a bar holds 90 % of the draws from the errors.

    Parameters
    ----------
    sheet : Sheet
        Films judged for an electrode; the best are drawn.
    seed, draws : int
        Seed of the draws, and how many.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If there is no film, or seed or draws are out of range.
    """
    rows = sheet.order[:FILMS].tolist()
    if not rows:
        raise DataError(f"there is no film for the {sheet.electrode.value} to draw", where="sheet")
    handles, labels = _key(sheet, rows)
    lines = -(-len(labels) // KEY_COLUMNS)
    figure = blank(BASE_MM + ROW_MM * len(rows) + KEY_MM * lines)
    axes = figure.add_subplot()
    for line, row in enumerate(rows):
        _draw_bar(axes, sheet, row, line)
    drawn = np.einsum("t,ntd->nd", sheet.weights, sheet.draw(seed=seed, draws=draws, rows=rows).worths)
    low, high = np.quantile(drawn, (0.05, 0.95), axis=1)
    axes.hlines(range(len(rows)), low, high, color="black", lw=0.9, zorder=5)
    axes.plot([low, high], [range(len(rows))] * 2, "|", color="black", ms=4, mew=0.9, zorder=5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("Score (weight times desirability)")
    axes.tick_params(axis="x", top=True)
    name_rows(axes, sheet, rows)
    write_column(axes, "score", [f"{sheet.scores[row]:.2f}" for row in rows])
    key_above(figure, handles, labels, columns=KEY_COLUMNS)
    notes = ["weights in the key; from the top in the order of the ranking", *_notes(sheet, rows)]
    notes += gate_notes(sheet, rows)
    notes += assumed_errors(term_axes(sheet))
    notes += left_out(len(rows), len(sheet.films))
    write_caption(figure, "; ".join(filter(None, (caption, *notes))))
    return figure


def _draw_bar(axes: Axes, sheet: Sheet, row: int, line: int) -> None:
    """Draw the pieces of one film, then what missing properties could add."""
    parts = sheet.worths[row] * sheet.weights
    start = 0.0
    for index, part in enumerate(parts.tolist()):
        if part > 0:
            axes.add_patch(
                _piece(index, (start, line - HALF_BAR), part, bound=_from_bound(sheet, index, row))
            )
        start += part
    for index, places in enumerate(sheet.places):
        if places.missing[row]:
            width = float(sheet.weights[index])
            axes.barh(
                line,
                width,
                left=start,
                height=HALF_BAR,
                fc="none",
                ec=PALETTE[index % len(PALETTE)],
                lw=0.9,
                ls=":",
            )
            start += width


def _piece(index: int, corner: tuple[float, float], width: float, *, bound: bool) -> Patch:
    turn, number = divmod(index, len(PALETTE))
    hatch = BOUND_HATCH if bound else HATCHES[turn % len(HATCHES)]
    return Rectangle(
        corner, width, 2 * HALF_BAR, fc=PALETTE[number], ec="white", lw=0.4, hatch=hatch, zorder=3
    )


def _from_bound(sheet: Sheet, index: int, row: int) -> bool:
    places = sheet.places[index]
    return bool(places.uniform[row] and not places.made_up[row] and places.worths[row] > 0)


def _notes(sheet: Sheet, rows: Sequence[int]) -> Iterator[str]:
    if any(_from_bound(sheet, index, row) for index in range(len(sheet.terms)) for row in rows):
        yield "from a bound: the mean over what it leaves open"
    if any(places.missing[row] for places in sheet.places for row in rows):
        yield "not known, at most: what a missing property could add; it counts nothing"


def _key(sheet: Sheet, rows: Sequence[int]) -> tuple[list[Patch | Line2D], list[str]]:
    handles: list[Patch | Line2D] = [
        _piece(index, (0, 0), 1, bound=False) for index in range(len(sheet.terms))
    ]
    labels = [f"{term.name}, {weight:.2g}" for term, weight in zip(sheet.terms, sheet.weights, strict=True)]
    if any(_from_bound(sheet, index, row) for index in range(len(sheet.terms)) for row in rows):
        handles.append(Patch(fc="0.6", ec="white", lw=0.4, hatch=BOUND_HATCH))
        labels.append("from a bound")
    if any(places.missing[row] for places in sheet.places for row in rows):
        handles.append(Patch(fc="none", ec="0.3", lw=0.9, ls=":"))
        labels.append("not known, at most")
    handles.append(Line2D([], [], color="black", lw=0.9, marker="|", ms=4))
    labels.append("90 % of the draws")
    return handles, labels
