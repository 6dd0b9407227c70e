"""Electrochemical windows as bars, with published ones beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import COLOURS, GREY, blank, key_above, publication, write_caption
from lithicoat.analysis.properties import Property

__all__ = ["PublishedWindow", "WindowBar", "window_figure"]

BASE_MM = 30.0
"""Height of the page without its bars, the key included."""
BAR_MM = 7.5
HALF_BAR = 0.19
PUBLISHED_DOWN = 0.33
"""How far published limits lie below the middle of their film, in rows."""
CHARGED_V = 4.3
"""To what NMC811 is charged, V against Li/Li+."""
LEAST_SPAN_V = 5.0
OPEN_V = 0.6
"""An end that is not known fades out over so much."""
FADES = 8


@dataclass(frozen=True, kw_only=True)
class PublishedWindow:
    """Limits that somebody else found.

    Parameters
    ----------
    low_V, high_V : float, optional
        Limits against Li/Li+; None if not given.
    source : str
        Citation, for the caption.
    """

    low_V: float | None
    high_V: float | None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class WindowBar:
    """The window of one film.

    Parameters
    ----------
    label : str
        Name of the film.
    low, high : Property
        Reduction and oxidation limit, V against Li/Li+; one of them may be missing.
    published : sequence of PublishedWindow
        Windows of the same film by others.
    metastable : bool
        True if the window is that of what the film decays to; the bar is hatched.
    """

    label: str
    low: Property
    high: Property
    published: Sequence[PublishedWindow] = ()
    metastable: bool = False


@publication
def window_figure(bars: Sequence[WindowBar], *, caption: str = "") -> Figure:
    """Draw the electrochemical windows of films, one bar each.

    Whiskers are standard uncertainties. A bar that fades has no known end there. Open diamonds below a bar
    are limits that others published. Vertical lines are lithium metal and a charged NMC811.

    Parameters
    ----------
    bars : sequence of WindowBar
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
        If there is no bar, or a film has neither limit.
    """
    for bar in bars:
        if bar.low.value is None and bar.high.value is None:
            raise DataError(f"{bar.label} has no electrochemical window to draw", where=bar.label)
    if not bars:
        raise DataError("there is no electrochemical window to draw", where="bars")
    figure = blank(BASE_MM + BAR_MM * len(bars))
    axes = figure.add_subplot()
    for row, bar in enumerate(bars):
        _draw(axes, row, bar)
    _finish(axes, bars)
    key_above(figure, *_key(bars), columns=2)
    write_caption(figure, "; ".join(filter(None, (caption, *_notes(bars)))))
    return figure


def _draw(axes: Axes, row: int, bar: WindowBar) -> None:
    low, high = bar.low.value, bar.high.value
    start = high - OPEN_V if low is None and high is not None else low or 0.0
    end = start + OPEN_V if high is None else high
    hatch = "////" if bar.metastable else None
    if low is not None and high is not None:
        axes.barh(
            row,
            end - start,
            left=start,
            height=2 * HALF_BAR,
            fc=COLOURS[5],
            ec=COLOURS[0],
            lw=0.6,
            hatch=hatch,
            zorder=2,
        )
    else:
        _fade(axes, row, start, end, towards_high=high is None)
    for limit in (bar.low, bar.high):
        if limit.value is not None:
            axes.errorbar(
                limit.value,
                row,
                xerr=limit.uncertainty or None,
                fmt="|",
                ms=7,
                color="black",
                lw=0.8,
                zorder=4,
            )
    for window in bar.published:
        marks = [limit for limit in (window.low_V, window.high_V) if limit is not None]
        axes.plot(
            marks,
            [row + PUBLISHED_DOWN] * len(marks),
            marker="D",
            ms=3,
            mfc="white",
            mec=COLOURS[1],
            mew=0.8,
            color=COLOURS[1],
            lw=0.6,
            zorder=3,
        )


def _fade(axes: Axes, row: int, start: float, end: float, *, towards_high: bool) -> None:
    """Draw a bar that ends nowhere."""
    width = (end - start) / FADES
    for piece in range(FADES):
        left = start + piece * width if towards_high else end - (piece + 1) * width
        strength = 1 - piece / FADES
        axes.barh(row, width, left=left, height=2 * HALF_BAR, fc=COLOURS[5], alpha=strength, lw=0, zorder=2)


def _finish(axes: Axes, bars: Sequence[WindowBar]) -> None:
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -0.3), max(high, LEAST_SPAN_V))
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_yticks(range(len(bars)), [bar.label for bar in bars])
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", top=True)
    axes.set_xlabel("Potential against Li/Li⁺ (V)")
    for volts, dashes in ((0.0, "-"), (CHARGED_V, "--")):
        axes.axvline(volts, color=GREY, lw=0.6, ls=dashes, zorder=1)


def _key(bars: Sequence[WindowBar]) -> tuple[list[Patch | Line2D], list[str]]:
    handles: list[Patch | Line2D] = [Patch(fc=COLOURS[5], ec=COLOURS[0], lw=0.6)]
    labels = ["neither takes up nor loses Li"]
    if any(bar.published for bar in bars):
        handles.append(
            Line2D([], [], marker="D", ms=3, mfc="white", mec=COLOURS[1], color=COLOURS[1], lw=0.6)
        )
        labels.append("published")
    if any(bar.metastable for bar in bars):
        handles.append(Patch(fc=COLOURS[5], ec=COLOURS[0], lw=0.6, hatch="////"))
        labels.append("of what it decays to")
    handles.append(Line2D([], [], color=GREY, lw=0.6, ls="--"))
    labels.append(f"NMC811 charged to {CHARGED_V:g} V")
    return handles, labels


def _notes(bars: Sequence[WindowBar]) -> Iterator[str]:
    sources = dict.fromkeys(
        f"{bar.label}: {window.source}" for bar in bars for window in bar.published if window.source
    )
    if sources:
        yield f"published: {'; '.join(sources)}"
    for bar in bars:
        for end, limit in (("lower", bar.low), ("upper", bar.high)):
            if limit.value is None:
                yield f"{bar.label}, {end} end: {limit.flags[0]}"
