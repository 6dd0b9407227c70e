"""Radial distribution functions of a film, one small panel for each pair of elements."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import COLOURS, GREY, blank, property_text, publication, write_caption
from lithicoat.analysis.films.records import ShellStatistics

__all__ = ["Curve", "rdf_figure"]

ONE_COLUMN = 3
"""So many pairs, or fewer, stand below each other."""
PANEL_MM = 23.0
MARGIN_MM = 16.0
RISEN = 0.02
FINER = 5
SURROUNDING = {
    element: -rank
    for rank, element in enumerate(("P", "C", "Se", "S", "I", "Br", "N", "Cl", "O", "F", "H"), 1)
}
"""Elements that are neighbours rather than centres, the later ones more so."""


class Curve(Protocol):
    """Radial distribution function of a pair of elements: `MeanRdf`, or the same as stored."""

    @property
    def center(self) -> str:
        """One element."""

    @property
    def neighbor(self) -> str:
        """The other element."""

    @property
    def radii_A(self) -> ArrayLike:
        """Distances, shape (bins,), Å."""

    @property
    def g(self) -> ArrayLike:
        """The function, shape (bins,)."""

    @property
    def standard_error(self) -> ArrayLike | None:
        """Its standard error, shape (bins,); None of a single cell."""


@publication
def rdf_figure(
    curves: Sequence[Curve], *, shells: Sequence[ShellStatistics] = (), caption: str = ""
) -> Figure:
    """Draw radial distribution functions with the standard error of their mean over the replicas as a band.

    Parameters
    ----------
    curves : sequence
        One per pair of elements. Of both orders of a pair one is drawn: the functions are equal.
    shells : sequence of ShellStatistics
        First shells; their edge is marked and the coordination number written where there is one, for the
        order in which the pair is named: S–O 3.0 says that three O surround an S.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If there is no function.
    """
    pairs: dict[frozenset[str], Curve] = {}
    for curve in curves:
        pairs.setdefault(frozenset((curve.center, curve.neighbor)), curve)
    if not pairs:
        raise DataError("there is no radial distribution function to draw", where="curves")
    known = {(shell.center, shell.neighbor): shell for shell in shells}
    columns = 1 if len(pairs) <= ONE_COLUMN else 2
    rows = math.ceil(len(pairs) / columns)
    figure = blank(MARGIN_MM + PANEL_MM * rows)
    grid = figure.subplots(rows, columns, sharex=True, squeeze=False)
    panels = list(grid.flat)
    for axes, (pair, curve) in zip(panels, pairs.items(), strict=False):
        named = _named(pair)
        _draw(axes, curve, named, known.get(named))
    for axes in panels[len(pairs) :]:  # an empty place keeps its axis, for the panel above
        axes.spines[["left", "right", "top"]].set_visible(False)
        axes.set_yticks([])
    panels[0].set_xlim(*_reach(list(pairs.values())))
    for axes in grid[-1]:
        axes.set_xlabel("$\\mathit{r}$ (Å)")
    for axes in grid[:, 0]:
        axes.set_ylabel("$\\mathit{g}$($\\mathit{r}$)")
    write_caption(figure, "; ".join(filter(None, (caption, _note(list(pairs.values()), known)))))
    return figure


def _reach(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the distances to show: from where the first function rises."""
    starts, ends = [], []
    for curve in curves:
        radii, g = np.asarray(curve.radii_A, dtype=float), np.asarray(curve.g, dtype=float)
        risen = np.flatnonzero(g > RISEN)
        starts.append(float(radii[risen[0]]) if len(risen) else float(radii[-1]))
        ends.append(float(radii[-1]))
    return max(0.0, math.floor(2 * (min(starts) - 0.2)) / 2), max(ends)


def _note(curves: Sequence[Curve], shells: Mapping[tuple[str, str], ShellStatistics]) -> str:
    parts = []
    if any(curve.standard_error is not None for curve in curves):
        parts.append("band: standard error of the mean over the replicas")
    if any(_named(frozenset((curve.center, curve.neighbor))) in shells for curve in curves):
        parts.append("dashed: edge of the first shell, with the coordination number (CN) within it")
    return "; ".join(parts)


def _named(pair: frozenset[str]) -> tuple[str, str]:
    """Return centre and neighbour: the neighbour is the one that surrounds others, as O does around S."""
    inner, *others = sorted(pair, key=lambda element: (-SURROUNDING.get(element, 0), element))
    return inner, (others or [inner])[0]


def _draw(axes: Axes, curve: Curve, named: tuple[str, str], shell: ShellStatistics | None) -> None:
    radii, g = np.asarray(curve.radii_A, dtype=float), np.asarray(curve.g, dtype=float)
    axes.axhline(1, color=GREY, lw=0.5, ls=":")
    fine = np.linspace(radii[0], radii[-1], FINER * len(radii))
    axes.plot(fine, PchipInterpolator(radii, g)(fine), color=COLOURS[0], lw=0.9)
    if curve.standard_error is not None:
        reach = np.asarray(curve.standard_error, dtype=float)
        axes.fill_between(radii, np.maximum(g - reach, 0), g + reach, color=COLOURS[0], alpha=0.3, lw=0)
    title = "–".join(named)
    if shell is not None:
        axes.axvline(shell.edge_A, color=COLOURS[1], lw=0.6, ls="--")
        number = shell.coordination
        alone = number.uncertainty is None and number.value is not None
        title += f"   CN {number.value:.2f}" if alone else f"   CN {property_text(number)}"
    axes.set_title(title, loc="left", fontsize=6.5, pad=2)
    axes.set_ylim(0, 1.12 * max(float(g.max()), 1.5))
    axes.tick_params(top=True, right=True)
    axes.locator_params(axis="y", nbins=4, integer=True)
