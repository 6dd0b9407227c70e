"""How often each film takes each place of a ranking, as a map of probabilities."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.film_rows import gate_notes, left_out, name_rows, write_column
from lithicoat.analysis.figures.style import blank, publication, write_caption

__all__ = ["rank_figure"]

FloatArray = NDArray[np.float64]

BASE_MM, ROW_MM = 24.0, 5.2
FILMS = 25
"""Most films that are drawn."""
PLACES = 10
"""Most places with a column of their own; what comes after them shares one."""
DARK = 0.75
"""Probability from which the number in a field is white."""
LEAST = 0.005


@publication
def rank_figure(sheet: Sheet, rows: Sequence[int], shares: FloatArray, *, caption: str = "") -> Figure:
    """Draw the probability of each place for the films of a ranking, in per cent.

    Parameters
    ----------
    sheet : Sheet
        Films judged for an electrode.
    rows : sequence of int
        Which of its films were compared, best first.
    shares : numpy.ndarray, shape (n, n)
        Share of the draws in which each of these films takes each place (`acceptability`).
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If there are fewer than two films, or the shares are not those of the films.
    """
    size = len(rows)
    if size < 2:
        raise DataError("places are shared by two films or more", where="rows")
    if shares.shape != (size, size):
        raise DataError(
            f"{size} films take {size} places each, got shares of shape {shares.shape}", where="shares"
        )
    drawn = list(rows)[:FILMS]
    figure = blank(BASE_MM + ROW_MM * len(drawn))
    axes = figure.add_subplot()
    fields, names = _pooled(shares[: len(drawn)])
    colours = colormaps["Blues"](np.linspace(0, 0.95, 256))
    axes.imshow(fields, cmap=ListedColormap(colours), vmin=0, vmax=1, aspect="auto", interpolation="none")
    _write_fields(axes, fields)
    axes.set_xticks(range(len(names)), names, fontsize=6)
    axes.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(drawn) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", lw=1.0)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("Place (per cent of the draws)")
    name_rows(axes, sheet, drawn)
    means = shares[: len(drawn)] @ np.arange(1, size + 1)
    write_column(axes, "mean", [f"{mean:.1f}" for mean in means])
    notes = ["films from the top in the order of their best estimates; mean: expected place"]
    notes += gate_notes(sheet, drawn)
    notes += left_out(len(drawn), len(sheet.films))
    if size < len(sheet.films):
        notes.append(f"places among the best {size}")
    write_caption(figure, "; ".join(filter(None, (caption, *notes))))
    return figure


def _pooled(shares: FloatArray) -> tuple[FloatArray, list[str]]:
    """Return the columns that are drawn, and their names; the last places share one."""
    size = shares.shape[1]
    if size <= PLACES + 1:
        return shares, [str(place) for place in range(1, size + 1)]
    later = shares[:, PLACES:].sum(axis=1, keepdims=True)
    names = [str(place) for place in range(1, PLACES + 1)]
    return np.hstack([shares[:, :PLACES], later]), [*names, f">{PLACES}"]


def _write_fields(axes: Axes, fields: FloatArray) -> None:
    for (row, column), share in np.ndenumerate(fields):
        if share >= LEAST:
            colour = "white" if share > DARK else "black"
            axes.text(
                column, row, str(int(100 * share + 0.5)), ha="center", va="center", fontsize=6, color=colour
            )
