"""What figures with one row per film share: names that tell of gates, and what is said below."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes

from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.figures.style import GREY

__all__ = ["MARKS_OF_GROUPS", "film_name", "gate_notes", "left_out", "name_rows", "write_column"]

MARKS_OF_GROUPS = ("", "\u00a0?", "\u00a0†")
"""Follow the name of a film that passes all gates, has one unknown, or fails one."""
MEANINGS = ("", "?: a gate is not known", "†: fails a gate")
NAME_PT = 6.5


def film_name(sheet: Sheet, row: int) -> str:
    """Return the id of a film, marked if it does not pass all gates."""
    return sheet.films[row] + MARKS_OF_GROUPS[int(sheet.groups[row])]


def gate_notes(sheet: Sheet, rows: Sequence[int]) -> Iterator[str]:
    """Say what the marks behind names mean, where there are any."""
    there = {int(sheet.groups[row]) for row in rows}
    yield from (MEANINGS[group] for group in sorted(there - {0}))


def left_out(shown: int, size: int) -> Iterator[str]:
    """Say how many films a figure shows, if not all."""
    if shown < size:
        yield f"the first {shown} of {size} films"


def name_rows(axes: Axes, sheet: Sheet, rows: Sequence[int]) -> None:
    """Name the rows of a figure from the top, with a line wherever the next group of gates begins."""
    axes.set_yticks(range(len(rows)), [film_name(sheet, row) for row in rows], fontsize=NAME_PT)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    groups = sheet.groups[list(rows)]
    for place in np.flatnonzero(np.diff(groups)):
        axes.axhline(place + 0.5, color="black", lw=0.7, ls=(0, (4, 2)), zorder=6)
    for label, group in zip(axes.get_yticklabels(), groups, strict=True):
        label.set_color("black" if group == 0 else GREY)


def write_column(axes: Axes, heading: str, texts: Sequence[str]) -> None:
    """Write a column of numbers to the right of the rows."""
    for row, text in enumerate([heading, *texts], start=-1):
        axes.annotate(
            text,
            (1.0, max(row, -0.5)),
            xycoords=axes.get_yaxis_transform(),
            xytext=(3, 2 if row < 0 else 0),
            textcoords="offset points",
            va="bottom" if row < 0 else "center",
            fontsize=NAME_PT,
            annotation_clip=False,
        )
