"""The figures below the table: they follow the filters, and a click on a film opens its page."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.explorer.choice import Choice, find
from lithicoat.analysis.explorer.keys import RecordKey
from lithicoat.analysis.explorer.library import Library, View
from lithicoat.analysis.explorer.parts import drawn
from lithicoat.analysis.explorer.plots import MOST, films_together, overview_plots
from lithicoat.analysis.explorer.table_wiring import asked_for, choice_of
from lithicoat.analysis.figures.film_rows import MARKS_OF_GROUPS
from lithicoat.analysis.figures.interactive import Dress, plain

__all__ = ["film_of", "wire_overview"]

OVERVIEW = "overview"
FIGURES = {"type": OVERVIEW, "name": ALL}


def wire_overview(app: Dash, library: Library) -> None:
    """Draw the films that the filters leave, and open the page of one that is clicked."""

    @app.callback(
        output={"figures": Output("overview", "children"), "pages": Output("marks", "data")},
        inputs={"asked": asked_for(), "revision": Input("records", "data"), "dress": Input("dress", "data")},
    )
    def overview(asked: dict[str, Any], revision: int, dress: str | None) -> dict[str, Any]:  # noqa: ARG001
        view, choice = library.look(), choice_of(asked)
        records = library.records(view, find(library, view, choice).every[:MOST])
        if not records:
            return {"figures": [], "pages": {}}
        shown, worn = films_together(records, view, library.database), Dress(dress or Dress.LIGHT.value)
        pages = {
            plain(named.coating): RecordKey.of(record).address
            for named, record in zip(shown.records, records, strict=True)
        }
        figures = [
            drawn(plot, worn, kind=OVERVIEW, source=source)
            for plot, source in overview_plots(shown, _sheet(library, view, choice))
        ]
        return {"figures": figures, "pages": pages}

    @app.callback(
        Output("place", "pathname"),
        Input(FIGURES, "clickData"),
        State(FIGURES, "id"),
        State(FIGURES, "figure"),
        State("marks", "data"),
        prevent_initial_call=True,
    )
    def click(
        clicks: list[Any], ids: list[dict[str, str]], figures: list[dict[str, Any]], pages: dict[str, str]
    ) -> str:
        for clicked, name, figure in zip(clicks, ids, figures, strict=True):
            if name == ctx.triggered_id and clicked:
                trace = figure["data"][clicked["points"][0]["curveNumber"]]
                if (page := pages.get(film_of(trace.get("name", "")))) is not None:
                    return page
        raise PreventUpdate


def film_of(trace: str) -> str:
    """Return the film of a trace, whose name may tell that a gate is not passed."""
    for sign in filter(None, MARKS_OF_GROUPS):
        trace = trace.removesuffix(sign)
    return trace


def _sheet(library: Library, view: View, choice: Choice) -> Sheet | None:
    if choice.campaign is None or choice.electrode is None:
        return None
    return library.judged(view, choice.campaign, choice.electrode).sheet
