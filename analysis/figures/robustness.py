"""Which films lead under other weights, as bars."""

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.decision.weights import Robustness, SensitivityOfFilm
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.film_rows import film_name, gate_notes, name_rows
from lithicoat.analysis.figures.style import COLOURS, blank, key_above, publication, write_caption

__all__ = ["robustness_figure"]

BASE_MM, ROW_MM = 36.0, 8.5
FILMS = 12
"""Most films that are drawn."""
NAMED = 12
"""Most films that are said to lead never."""
LEAST = 0.005
HEIGHT = 0.25
VIEWS = (
    ("first_reasonable", COLOURS[0], "weights within a factor of {factor:g}"),
    ("first_drawn", COLOURS[5], "the same, properties drawn too"),
    ("first_any", COLOURS[4], "any weights at all"),
)
"""Field of the result, colour, and words of the key."""


@publication
def robustness_figure(sheet: Sheet, robustness: Robustness, *, caption: str = "") -> Figure:
    """Draw the share of weightings in which each film leads.

    Parameters
    ----------
    sheet : Sheet
        Films judged for an electrode.
    robustness : Robustness
        How often each leads (`robustness` of the same sheet).
    caption : str
        Potential and protocol, in small type below.

    Returns
    -------
    matplotlib.figure.Figure
        One column wide. Films that never lead are named below.

    Raises
    ------
    DataError
        If there are no films, or they are not those of the sheet.
    """
    unknown = [film.id for film in robustness.films if film.id not in sheet.films]
    if unknown:
        raise DataError(f"{unknown[0]} leads in a ranking that it is not in", where="robustness")
    if not robustness.films:
        raise DataError(f"there is no film for the {sheet.electrode.value} to draw", where="robustness")
    found = [film for film in robustness.films if _leads(film)]
    leaders = found[:FILMS]
    rows = [sheet.films.index(film.id) for film in leaders]
    figure = blank(BASE_MM + ROW_MM * len(leaders))
    axes = figure.add_subplot()
    for row, film in enumerate(leaders):
        _draw_film(axes, row, film)
    axes.set_xlim(0, 100)
    axes.set_xlabel("First place (per cent of the draws)")
    axes.tick_params(axis="x", top=True)
    name_rows(axes, sheet, rows)
    handles = [Patch(fc=colour) for _, colour, _ in VIEWS]
    labels = [words.format(factor=robustness.factor) for _, _, words in VIEWS]
    key_above(figure, handles, labels, columns=1)
    notes = [*_notes(sheet, robustness), *gate_notes(sheet, rows)]
    if len(leaders) < len(found):
        notes.append(f"the best {len(leaders)} of {len(found)} films that lead")
    if len(robustness.films) < len(sheet.films):
        notes.append(f"told of the best {len(robustness.films)} of {len(sheet.films)} films")
    write_caption(figure, "; ".join(filter(None, (caption, *notes))))
    return figure


def _leads(film: SensitivityOfFilm) -> bool:
    return any(getattr(film, field) >= LEAST for field, _, _ in VIEWS)


def _draw_film(axes: Axes, row: int, film: SensitivityOfFilm) -> None:
    for view, (field, colour, _) in enumerate(VIEWS):
        per_cent, height = 100 * float(getattr(film, field)), row + (view - 1) * HEIGHT
        axes.barh(height, per_cent, height=HEIGHT, color=colour, zorder=3)
        if per_cent < 100 * LEAST:
            continue
        inside = per_cent > 90
        axes.annotate(
            str(int(per_cent + 0.5)),
            (per_cent, height),
            xytext=(-2 if inside else 2, 0),
            textcoords="offset points",
            ha="right" if inside else "left",
            va="center_baseline",
            fontsize=5.5,
            color="white" if inside and view == 0 else "black",
            zorder=4,
        )


def _notes(sheet: Sheet, robustness: Robustness) -> Iterator[str]:
    weights = ", ".join(f"{name} {weight:.2g}" for name, weight in robustness.weights.items())
    yield f"documented weights: {weights}"
    if robustness.tau is not None and robustness.tau_interval is not None:
        low, high = robustness.tau_interval
        yield (
            f"order under weights within a factor of {robustness.factor:g} against the documented one: "
            f"Kendall's tau {robustness.tau:.2f}, 90 % of {robustness.draws} between {low:.2f} and {high:.2f}"
        )
    never = [film_name(sheet, sheet.films.index(film.id)) for film in robustness.films if not _leads(film)]
    if never:
        more = f" and {len(never) - NAMED} more" if len(never) > NAMED else ""
        yield f"never first: {', '.join(never[:NAMED])}{more}"
