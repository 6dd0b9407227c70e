"""Work of adhesion of interfaces as bars, beside the cohesion of the metal that would wet the film."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import COLOURS, GREY, blank, key_above, publication, write_caption
from lithicoat.analysis.properties import Property

__all__ = ["AdhesionBar", "adhesion_figure"]

BASE_MM = 30.0
"""Height of the page without its bars, the key included."""
BAR_MM = 7.0
HALF_BAR = 0.28
LEAST_SPAN_J_M2 = 0.5


@dataclass(frozen=True, kw_only=True)
class AdhesionBar:
    """One interface.

    Parameters
    ----------
    label : str
        What is joined: `Li(100) | Li2S`.
    work : Property
        Work of adhesion, J/m².
    cohesion_J_m2 : float, optional
        2γ of the metal by the same potential; None where there is no metal.
    flags : sequence of str
        Cautions, for the caption.
    """

    label: str
    work: Property
    cohesion_J_m2: float | None = None
    flags: Sequence[str] = ()


@publication
def adhesion_figure(bars: Sequence[AdhesionBar], *, caption: str = "") -> Figure:
    """Draw works of adhesion, one bar each.

    Whiskers are standard uncertainties. A vertical mark is twice the surface energy of the metal: a metal
    whose bar reaches beyond it spreads on the film.

    Parameters
    ----------
    bars : sequence of AdhesionBar
        From top to bottom.
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide.

    Raises
    ------
    DataError
        If no interface has a work of adhesion.
    """
    drawn = [bar for bar in bars if bar.work.value is not None]
    if not drawn:
        raise DataError("there is no work of adhesion to draw", where="bars")
    figure = blank(BASE_MM + BAR_MM * len(drawn))
    axes = figure.add_subplot()
    for row, bar in enumerate(drawn):
        _draw(axes, row, bar)
    axes.set_yticks(range(len(drawn)), [bar.label for bar in drawn])
    axes.set_ylim(len(drawn) - 0.45, -0.55)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.0), max(high, LEAST_SPAN_J_M2))
    axes.axvline(0, color=GREY, lw=0.6, zorder=1)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", top=True)
    axes.set_xlabel("Work of adhesion (J m⁻²)")
    key_above(figure, *_key(drawn), columns=2)
    write_caption(figure, "; ".join(filter(None, (caption, *_notes(bars)))))
    return figure


def _draw(axes: Axes, row: int, bar: AdhesionBar) -> None:
    work = bar.work.value or 0.0
    spreads = bar.cohesion_J_m2 is not None and work > bar.cohesion_J_m2
    axes.barh(
        row,
        work,
        height=2 * HALF_BAR,
        fc=COLOURS[2] if spreads else COLOURS[5],
        ec="black",
        lw=0.5,
        hatch="////" if spreads else None,
        zorder=2,
    )
    if bar.work.uncertainty:
        axes.errorbar(work, row, xerr=bar.work.uncertainty, color="black", lw=0.8, zorder=4)
    if bar.cohesion_J_m2 is not None:
        axes.plot(
            [bar.cohesion_J_m2] * 2,
            [row - 0.42, row + 0.42],
            color=COLOURS[1],
            lw=1.6,
            solid_capstyle="butt",
            zorder=3,
        )


def _key(bars: Sequence[AdhesionBar]) -> tuple[list[Patch | Line2D], list[str]]:
    handles: list[Patch | Line2D] = []
    labels = []
    metals = [bar for bar in bars if bar.cohesion_J_m2 is not None]
    spread = [bar for bar in metals if (bar.work.value or 0.0) > (bar.cohesion_J_m2 or 0.0)]
    if len(spread) < len(bars):
        handles.append(Patch(fc=COLOURS[5], ec="black", lw=0.5))
        labels.append("work of adhesion")
    if spread:
        handles.append(Patch(fc=COLOURS[2], ec="black", lw=0.5, hatch="////"))
        labels.append("the metal spreads")
    if metals:
        handles.append(Line2D([], [], color=COLOURS[1], lw=1.6))
        labels.append("2γ of the metal")
    return handles, labels


def _notes(bars: Sequence[AdhesionBar]) -> Iterator[str]:
    for bar in bars:
        if bar.work.value is None:
            yield f"{bar.label}: {bar.work.flags[0]}"
    yield from dict.fromkeys(flag for bar in bars for flag in bar.flags)
