"""What interactive figures share: the colours of the printed ones, two dresses, a table behind each.

Figures are built in the colours of the light dress; :func:`dressed` exchanges every colour for its dark
partner. A page that switches between the two in the browser does the same with :data:`DARK_OF`.
"""

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from lithicoat.analysis.figures.style import COLOURS, MARKERS
from lithicoat.analysis.lognormal import log_standard_deviation
from lithicoat.analysis.properties import Bound, Property

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = [
    "CONFIG",
    "DARK_OF",
    "FAINT",
    "INK",
    "MUTED",
    "SYMBOLS",
    "Dress",
    "FilmMark",
    "Plot",
    "PlotTable",
    "Towards",
    "canvas",
    "dressed",
    "film_marks",
    "film_trace",
    "log_bars",
    "plain",
]

INK, MUTED, FRAME, GRID, FAINT, PAPER = "#1b1f24", "#59636e", "#8b949e", "#e4e7eb", "#f1f3f5", "#ffffff"
"""Text, small text, axes, grid, areas behind everything, and the page."""
DARK_OF = {
    INK: "#e8eaed",
    MUTED: "#a6aeb8",
    FRAME: "#6c7682",
    GRID: "#2b3139",
    FAINT: "#1f242b",
    PAPER: "#14171b",
    "#0072B2": "#3d9be9",
    "#D55E00": "#f4803c",
    "#009E73": "#22c598",
    "#CC79A7": "#e39cc4",
    "#E69F00": "#f2b233",
    "#56B4E9": "#93d0f5",
    "#000000": "#f2f4f6",
}
"""Colour of the light dress → its partner in the dark one."""
_PLOTLY = {
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "D": "diamond",
    "v": "triangle-down",
    "P": "cross",
    "X": "x",
}
SYMBOLS = tuple(_PLOTLY[marker] for marker in MARKERS)
"""The markers of the printed figures under their names in plotly."""
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "responsive": True,
    "scrollZoom": False,
    "modeBarButtons": [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
    "toImageButtonOptions": {"format": "svg"},
}
"""How plotly behaves in a page; its camera button writes SVG."""


class Dress(Enum):
    """How a page looks."""

    LIGHT = "light"
    DARK = "dark"


Bars = tuple[float, float]
"""Lengths of error bars above and below a value."""


class Towards(Enum):
    """Where a value lies of which only a bound is known.

    The number is the angle by which plotly turns the mark of the arrow, which points down unturned.
    """

    DOWN = 0
    LEFT = 90
    UP = 180
    RIGHT = -90

    @classmethod
    def of(cls, bound: Bound | None, *, upright: bool) -> "Towards | None":
        """Return the direction of what a bound leaves open; None for a value."""
        if bound is None:
            return None
        low, high = (cls.DOWN, cls.UP) if upright else (cls.LEFT, cls.RIGHT)
        return low if bound is Bound.UPPER else high


class FilmMark(NamedTuple):
    """How a film looks, in every figure of a page."""

    colour: str
    symbol: str


@dataclass(frozen=True, kw_only=True)
class PlotTable:
    """The numbers of a figure for readers who do not see it.

    Parameters
    ----------
    columns : sequence of str
        Headings with units; the first column names the rows.
    rows : sequence of sequence of str
        Numbers as text, with uncertainties.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Plot:
    """An interactive figure with what belongs to it.

    Parameters
    ----------
    name : str
        Short name, for addresses within a page.
    title : str
        What it shows, a heading.
    figure : plotly.graph_objects.Figure
        The figure in the light dress.
    says : str
        What can be seen, in one or two sentences, for readers who do not see it.
    notes : sequence of str
        What the marks mean and what was left out, for the caption.
    table : PlotTable
        The numbers behind it.
    films : sequence of str
        Films that are in it.
    properties : sequence of str
        Properties that are in it, as they are named in the records.
    """

    name: str
    title: str
    figure: "Figure"
    says: str
    notes: Sequence[str]
    table: PlotTable
    films: Sequence[str] = ()
    properties: Sequence[str] = ()

    def dressed(self, dress: Dress) -> "Plot":
        """Return the same with its figure in a dress."""
        return replace(self, figure=dressed(self.figure, dress))


def canvas(*, height_px: int = 460, legend: bool = True, headed: bool = False) -> "Figure":
    """Return an empty figure in the style of the house.

    Parameters
    ----------
    height_px : int
        Height; the width is that of the page.
    legend : bool
        Whether there is a key, below the figure so that a narrow page keeps its width for the data.
    headed : bool
        Whether words stand above the axes, under plotly's buttons.
    """
    from plotly.graph_objects import Figure  # noqa: PLC0415 - heavy

    axis = {
        "showline": True,
        "mirror": True,
        "linecolor": FRAME,
        "linewidth": 1,
        "gridcolor": GRID,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": FRAME,
        "tickfont": {"size": 12, "color": MUTED},
        "title": {"font": {"size": 13, "color": INK}, "standoff": 8},
        "automargin": True,
    }
    figure = Figure()
    figure.update_layout(
        template="none",
        height=height_px,
        colorway=COLOURS,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": INK},
        margin={"l": 12, "r": 12, "t": 52 if headed else 30, "b": 12},
        hoverlabel={"font": {"family": FONT, "size": 13, "color": INK}, "bgcolor": PAPER, "align": "left"},
        hovermode="closest",
        dragmode=False,
        showlegend=legend,
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "font": {"size": 12, "color": INK},
        },
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": FRAME, "activecolor": INK},
        xaxis=axis,
        yaxis=axis,
    )
    return figure


def dressed(figure: "Figure", dress: Dress) -> "Figure":
    """Return a figure in a dress; one in the light dress stays as it is."""
    from plotly.graph_objects import Figure  # noqa: PLC0415 - heavy

    if dress is Dress.LIGHT:
        return figure
    return Figure(_exchanged(figure.to_plotly_json()))


def _exchanged(value: Any) -> Any:
    if isinstance(value, str):
        return DARK_OF.get(value, value)
    if isinstance(value, dict):
        return {key: _exchanged(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exchanged(item) for item in value]
    return value


def plain(text: str) -> str:
    """Return text that plotly draws as it is: names come from databases, and plotly reads tags and links."""
    return html.escape(text, quote=False)


def film_marks(films: Iterable[str]) -> dict[str, FilmMark]:
    """Return a colour and a symbol for every film: 49 pairs that differ, neighbours in both."""
    found = {}
    for number, film in enumerate(dict.fromkeys(films)):
        turn, place = divmod(number, len(COLOURS))
        found[film] = FilmMark(COLOURS[place], SYMBOLS[(place + turn) % len(SYMBOLS)])
    return found


def log_bars(quantity: Property) -> tuple[float, float]:
    """Return the lengths of the bars above and below a positive value on a logarithmic axis.

    The error is taken as log-normal, so that its lower end stays positive; a bound has no bars.
    """
    if not quantity.value or not quantity.uncertainty or quantity.bound is not None:
        return 0.0, 0.0
    factor = math.exp(float(log_standard_deviation(quantity.value, quantity.uncertainty)))
    return quantity.value * (factor - 1), quantity.value * (1 - 1 / factor)


def film_trace(
    name: str,
    place: tuple[float, float],
    look: FilmMark,
    *,
    across: Bars = (0.0, 0.0),
    along: Bars = (0.0, 0.0),
    towards: Towards | None = None,
    side: str = "",
    told: Sequence[str] = (),
) -> Any:
    """Return one film as a trace: a mark with bars, or an open mark with an arrow where it is a bound.

    Parameters
    ----------
    name : str
        Name, for the key and beside the mark.
    place : (float, float)
        Where, in the units of the axes.
    look : FilmMark
        Colour and symbol.
    across, along : (float, float)
        Lengths of the bars above and below the value, along x and y.
    towards : Towards, optional
        Where a value lies of which the place is only a bound.
    side : str
        Where the name stands, in plotly's words; empty for no name.
    told : sequence of str
        Lines that the pointer brings up.
    """
    from plotly.graph_objects import Scatter  # noqa: PLC0415 - heavy

    points = 2 if towards else 1  # the second one is the arrow
    marker = {
        "color": look.colour,
        "symbol": [f"{look.symbol}-open" if towards else look.symbol, "triangle-down"][:points],
        "size": [11, 8][:points],
        "angle": [0, towards.value if towards else 0][:points],
        "standoff": [0, 10][:points],
        "opacity": 1,
        "line": {"color": look.colour if towards else PAPER, "width": 2 if towards else 1},
    }
    return Scatter(
        x=[place[0]] * points,
        y=[place[1]] * points,
        error_x=_bars(across, look.colour),
        error_y=_bars(along, look.colour),
        mode="markers+text" if side else "markers",
        text=[plain(name), ""][:points],
        textposition=side or None,
        textfont={"size": 12, "color": INK},
        cliponaxis=False,
        marker=marker,
        name=plain(name),
        hovertemplate="<br>".join([f"<b>{plain(name)}</b>", *map(plain, told)]) + "<extra></extra>",
    )


def _bars(lengths: Bars, colour: str) -> dict[str, Any]:
    above, below = lengths
    shown = {"type": "data", "symmetric": False, "array": [above], "arrayminus": [below]}
    return {**shown, "color": colour, "thickness": 1.3, "width": 3, "visible": bool(above or below)}
