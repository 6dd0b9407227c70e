"""Interactive figures of a ranking: what each term adds to a score, and how sure the places are."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.decision.ranking import RankedFilm
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.decision.standing import acceptability
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.film_rows import film_name, gate_notes, left_out
from lithicoat.analysis.figures.interactive import INK, MUTED, PAPER, Plot, PlotTable, canvas, plain
from lithicoat.analysis.figures.style import COLOURS

__all__ = ["places_plot", "scores_plot"]

FloatArray = NDArray[np.float64]

MOST = 25
"""Films of a ranking that are drawn."""
ROW_PX, BASE_PX = 30, 130
PATTERNS = ("", "/", "\\", "x", "-", "|", "+")
"""Hatches tell the terms apart without colour."""
SHADES = ((0.0, "rgba(0,114,178,0)"), (1.0, "rgba(0,114,178,0.65)"))
LEAST = 0.005


def scores_plot(sheet: Sheet, films: Sequence[RankedFilm]) -> Plot:
    """Draw scores as bars made of their terms, best film first.

    Parameters
    ----------
    sheet : Sheet
        Films judged for an electrode.
    films : sequence of RankedFilm
        Their ranking.

    Raises
    ------
    DataError
        If there is no film.
    """
    from plotly.graph_objects import Bar  # noqa: PLC0415 - heavy

    shown, names = _rows(sheet, films)
    figure = canvas(height_px=BASE_PX + ROW_PX * len(shown) + 20)
    for number, term in enumerate(sheet.terms):
        values = [film.terms[term.name] for film in shown]
        why = [film.missing.get(term.name) or film.zeros.get(term.name) or "" for film in shown]
        figure.add_trace(
            Bar(
                y=[plain(name) for name in names],
                x=values,
                orientation="h",
                name=plain(term.name),
                marker={
                    "color": COLOURS[number % len(COLOURS)],
                    "line": {"color": PAPER, "width": 1},
                    "pattern": {
                        "shape": PATTERNS[number % len(PATTERNS)],
                        "fillmode": "overlay",
                        "fgcolor": PAPER,
                        "solidity": 0.18,
                        "size": 7,
                    },
                },
                customdata=[plain(text) for text in why],
                hovertemplate="<b>%{y}</b><br>%{fullData.name} %{x:.2f} %{customdata}<extra></extra>",
            )
        )
    figure.update_layout(barmode="stack", bargap=0.35, legend_traceorder="normal")
    figure.layout.xaxis.update(title_text="Score (weight × desirability)", range=[0, 1])
    _name_rows(figure)
    weights = dict(zip((term.name for term in sheet.terms), sheet.weights.tolist(), strict=True))
    headings = [f"{name} (of {weight:.2f})" for name, weight in weights.items()]
    lines = [
        [name, f"{film.score:.2f}", *(_term(film, term) for term in weights)]
        for name, film in zip(names, shown, strict=True)
    ]
    return Plot(
        name=f"scores-{sheet.electrode.value}",
        title=f"Scores and their terms, {sheet.electrode.value}",
        figure=figure,
        says=f"{shown[0].id} comes first with a score of {shown[0].score:.2f}.",
        notes=[
            "films that pass every gate come before those that do not, whatever the score",
            *gate_notes(sheet, _indices(sheet, shown)),
            *left_out(len(shown), len(films)),
        ],
        table=PlotTable(columns=("Film", "Score", *headings), rows=lines),
        films=[film.id for film in shown],
        properties=_properties(sheet),
    )


def places_plot(sheet: Sheet, films: Sequence[RankedFilm], *, seed: int = 0, draws: int = 10_000) -> Plot:
    """Draw how often each film takes each place when every number is drawn from its error.

    Parameters
    ----------
    sheet : Sheet
        Films judged for an electrode.
    films : sequence of RankedFilm
        Their ranking.
    seed, draws : int
        Seed of the draws, and how many; those of the ranking give its probabilities.

    Raises
    ------
    DataError
        If there are fewer than two films.
    """
    from plotly.graph_objects import Heatmap  # noqa: PLC0415 - heavy

    if len(films) < 2:
        raise DataError("places are shared between two films or more", where="films")
    shown, names = _rows(sheet, films)
    rows = _indices(sheet, shown)
    shares = acceptability(sheet.drawn_scores(rows, seed=seed, draws=draws))
    figure = canvas(height_px=BASE_PX + ROW_PX * len(shown) - 40, legend=False)
    places = [str(place) for place in range(1, len(shown) + 1)]
    figure.add_trace(
        Heatmap(
            x=places,
            y=[plain(name) for name in names],
            z=shares.tolist(),
            text=[[_share(share) for share in row] for row in shares.tolist()],
            texttemplate="%{text}",
            textfont={"size": 12, "color": INK},
            colorscale=SHADES,
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="<b>%{y}</b>: place %{x} in %{z:.1%} of the draws<extra></extra>",
        )
    )
    figure.layout.xaxis.update(title_text="Place", type="category", showgrid=False, ticks="")
    figure.layout.yaxis.update(showgrid=False, ticks="")
    _name_rows(figure)
    return Plot(
        name=f"places-{sheet.electrode.value}",
        title=f"How sure the places are, {sheet.electrode.value}",
        figure=figure,
        says=f"{shown[0].id} is first in {shares[0, 0]:.0%} of the draws.",
        notes=[
            f"per cent of {draws:,} draws of every number from its error; equal scores share their places",
            *gate_notes(sheet, rows),
            *left_out(len(shown), len(films)),
        ],
        table=PlotTable(columns=("Film", *places), rows=_shares_table(names, shares)),
        films=[film.id for film in shown],
        properties=_properties(sheet),
    )


def _rows(sheet: Sheet, films: Sequence[RankedFilm]) -> tuple[list[RankedFilm], list[str]]:
    """Return the films that are drawn, with their names."""
    if not films:
        raise DataError(f"there is no film for the {sheet.electrode.value}", where="films")
    shown = list(films[:MOST])
    return shown, [film_name(sheet, row) for row in _indices(sheet, shown)]


def _indices(sheet: Sheet, films: Sequence[RankedFilm]) -> list[int]:
    at = {film: row for row, film in enumerate(sheet.films)}
    return [at[film.id] for film in films]


def _properties(sheet: Sheet) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source.property for term in sheet.terms for source in term.sources))


def _name_rows(figure: Any) -> None:
    figure.layout.yaxis.update(
        autorange="reversed",
        type="category",
        tickfont={"size": 12, "color": INK},
        gridcolor=None,
        showgrid=False,
    )
    figure.layout.xaxis.tickfont.color = MUTED


def _term(film: RankedFilm, name: str) -> str:
    return "–" if name in film.missing else f"{film.terms[name]:.2f}"


def _share(share: float) -> str:
    return f"{100 * share:.0f}" if share >= LEAST else ""


def _shares_table(names: Sequence[str], shares: FloatArray) -> list[list[str]]:
    return [
        [name, *(f"{share:.2f}" if share >= LEAST else "0" for share in row)]
        for name, row in zip(names, shares.tolist(), strict=True)
    ]
