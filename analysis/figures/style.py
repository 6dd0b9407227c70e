"""What all figures share: the width of a column, type, colours that colour-blind readers tell apart, files.

Colours of unordered things are those of Okabe and Ito (Color Universal Design, 2008); ordered things take a
ramp that also grows lighter, so that both survive a print in grey.
"""

import textwrap
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from matplotlib import colormaps, rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property

__all__ = [
    "COLOURS",
    "GREY",
    "MARKERS",
    "SINGLE_COLUMN_MM",
    "blank",
    "key_above",
    "property_text",
    "publication",
    "ramp",
    "write_caption",
    "write_figure",
]

SINGLE_COLUMN_MM = 85.0
MM_PER_INCH = 25.4
CAPTION_PT = 5.5
CAPTION_LETTERS = 78
"""Letters of a line of the caption; so many fill a column at its size."""
RASTER_DPI = 600
"""Resolution of surfaces inside vector files, and of PNG files."""

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

GREY = "0.45"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

_FAMILIES = ("Arial", "Helvetica", "Liberation Sans", "DejaVu Sans")
_GLYPHS = "⁻⁺²³₂σχνÅ±×→←≤"
"""What labels are written with; some fonts lack the raised minus."""


def _complete_families() -> list[str]:
    """Return the families of sans-serif type that have every glyph; DejaVu Sans comes with matplotlib."""
    needed = set(map(ord, _GLYPHS))
    files = {
        font.name: font.fname
        for font in fontManager.ttflist
        if font.name in _FAMILIES and font.style == "normal" and font.weight in {400, "normal", "regular"}
    }
    return [
        name for name in _FAMILIES if name in files and needed <= get_font(files[name]).get_charmap().keys()
    ]


_STYLE: Any = {  # matplotlib types its keys one by one, differently in each version
    "font.family": "sans-serif",
    "font.sans-serif": _complete_families(),
    "font.size": 8,
    "mathtext.fontset": "custom",  # symbols in the letters of the text
    "mathtext.rm": "sans",
    "mathtext.it": "sans:italic",
    "mathtext.bf": "sans:bold",
    "mathtext.cal": "sans",  # the default asks for a font that few systems have
    "mathtext.default": "regular",
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.borderaxespad": 0.4,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "errorbar.capsize": 1.5,
    "pdf.fonttype": 42,  # text stays text
    "svg.fonttype": "none",
    "svg.hashsalt": "lithicoat",  # the same data give the same file
    "savefig.dpi": RASTER_DPI,
}

_Arguments = ParamSpec("_Arguments")


def publication(draw: Callable[_Arguments, Figure]) -> Callable[_Arguments, Figure]:
    """Let a function draw in the style of a journal, whatever the user's own settings are."""

    @wraps(draw)
    def styled(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Figure:
        with rc_context(_STYLE):
            return draw(*args, **kwargs)

    return styled


def blank(height_mm: float, *, width_mm: float = SINGLE_COLUMN_MM) -> Figure:
    """Return an empty figure, one column wide, whose layout keeps all text inside."""
    size = (width_mm / MM_PER_INCH, height_mm / MM_PER_INCH)
    return StyledFigure(figsize=size, dpi=200, layout="constrained")


class StyledFigure(Figure):
    """A figure that keeps the style when it is drawn later, as a notebook does."""

    def draw(self, renderer: Any) -> None:
        with rc_context(_STYLE):
            super().draw(renderer)

    def get_tightbbox(self, *args: Any, **options: Any) -> Any:
        with rc_context(_STYLE):
            return super().get_tightbbox(*args, **options)


def ramp(count: int) -> list[tuple[float, float, float, float]]:
    """Return colours of ordered things, dark to light, none of them too pale for paper."""
    colours = colormaps["plasma"]
    return [colours(0.05 + 0.75 * index / max(count - 1, 1)) for index in range(count)]


def key_above(figure: Figure, handles: Sequence[Any], labels: Sequence[str], *, columns: int) -> None:
    """Put a key above a figure, to be read line by line."""
    order = [place for column in range(columns) for place in range(column, len(labels), columns)]
    figure.legend(
        [handles[place] for place in order],
        [labels[place] for place in order],
        loc="outside upper center",
        ncols=min(len(labels), columns),
        columnspacing=1.0,
        handletextpad=0.3,
        handlelength=1.5,
    )


def write_caption(figure: Figure, text: str) -> None:
    """Put a small line below a figure: potential, protocol, what was left out. Empty text adds nothing."""
    if text:
        columns = figure.get_figwidth() * MM_PER_INCH / SINGLE_COLUMN_MM
        lines = textwrap.fill(text, round(CAPTION_LETTERS * columns), break_on_hyphens=False)
        figure.supxlabel(lines, x=0.01, ha="left", fontsize=CAPTION_PT, color="0.3")


def property_text(quantity: Property, *, unit: str = "") -> str:
    """Write a property with its uncertainty, or its bound, as journals do.

    Parameters
    ----------
    quantity : Property
        What to write.
    unit : str
        Its unit as typeset, such as ``cm² s⁻¹``.
    """
    suffix = f" {unit}" if unit else ""
    if quantity.value is None:
        return "not known"
    if quantity.bound is not None:
        sign = "<" if quantity.bound is Bound.UPPER else ">"
        return f"{sign} {_number(quantity.value)}{suffix}"
    if not quantity.uncertainty:
        return f"{_number(quantity.value)}{suffix}"
    power = 0 if 1e-2 <= abs(quantity.value) < 1e4 else _power(quantity.value)
    value, error = quantity.value / 10.0**power, quantity.uncertainty / 10.0**power
    decimals = max(0, min(6, (1 if f"{error:e}"[0] in "12" else 0) - _power(error)))
    both = f"{value:.{decimals}f} ± {error:.{decimals}f}"
    return f"({both}) × {_ten_to(power)}{suffix}" if power else f"{both}{suffix}"


def _power(number: float) -> int:
    return int(f"{number:e}".partition("e")[2])


def _number(value: float) -> str:
    if value == 0 or 1e-2 <= abs(value) < 1e4:
        return f"{float(f'{value:.3g}'):g}"
    power = _power(value)
    return f"{value / 10.0**power:.1f} × {_ten_to(power)}"


def _ten_to(power: int) -> str:
    """Write a power of ten in raised letters: markup would cut the line into single letters in SVG."""
    return "10" + str(power).translate(RAISED)


def write_figure(figure: Figure, file: Path, *, title: str = "") -> Path:
    """Write a figure; the ending decides the format (PDF and SVG keep text as text; PNG has 600 dpi).

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    file : Path
        Where; missing folders are made.
    title : str
        Kept in the file's description, where the format has one.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DataError
        If the ending is not known or the file cannot be written.
    """
    kind = file.suffix.removeprefix(".").lower()
    known = {"pdf": {"Title": title, "CreationDate": None}, "svg": {"Title": title, "Date": None}, "png": {}}
    if kind not in known:
        raise DataError(
            f"a figure cannot be written as {file.name}", where=str(file), hint="end it in .pdf, .svg or .png"
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with rc_context(_STYLE):
            figure.savefig(file, metadata=known[kind])
    except OSError as error:
        raise DataError(
            f"the figure {file} cannot be written: {error.strerror}",
            where=str(file),
            hint="choose a folder that you may write to",
        ) from error
    return file
