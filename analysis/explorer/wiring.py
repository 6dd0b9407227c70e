"""What happens in the explorer's page when it moves to another address, or the database has changed."""

from typing import Any
from urllib.parse import unquote

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from lithicoat.analysis.explorer.addresses import (
    COMPARISON_VIEW,
    FILM,
    FILM_VIEW,
    PROGRESS,
    PROGRESS_VIEW,
    VIEWS,
    view_of,
)
from lithicoat.analysis.explorer.comparison_page import comparison_page
from lithicoat.analysis.explorer.film_page import film_page
from lithicoat.analysis.explorer.keys import RecordKey, compared
from lithicoat.analysis.explorer.library import Library
from lithicoat.analysis.explorer.overview_wiring import wire_overview
from lithicoat.analysis.explorer.parts import note
from lithicoat.analysis.explorer.progress_page import progress_page, running_line
from lithicoat.analysis.explorer.table_wiring import wire_choosing, wire_filters, wire_table
from lithicoat.analysis.figures.interactive import Dress

__all__ = ["wire"]

EMPTY = "The database holds no film yet: lithicoat screen computes some, and they appear here as they finish."


BROKEN = "{} documents of the database are no records and are left out: lithicoat db check tells more."


def wire(app: Dash, library: Library) -> None:
    """Connect the parts of the page to the database."""
    _wire_browser(app)
    _wire_news(app, library)
    wire_filters(app, library)
    wire_table(app, library)
    wire_overview(app, library)
    wire_choosing(app)
    _wire_pages(app, library)


def _wire_browser(app: Dash) -> None:
    """Leave to the browser what needs no data: light or dark, and the title."""
    app.clientside_callback(
        ClientsideFunction("explorer", "dress"),
        Output("dress", "data"),
        Output("dress-button", "children"),
        Input("dress-button", "n_clicks"),
        State("dress", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("explorer", "arrive"), Output("titled", "data"), Input("place", "pathname")
    )
    app.clientside_callback(
        ClientsideFunction("explorer", "refocus"), Output("focused", "data"), Input("films", "children")
    )


def _wire_news(app: Dash, library: Library) -> None:
    @app.callback(
        Output("records", "data"),
        Output("standings", "data"),
        Input("tick", "n_intervals"),
        State("records", "data"),
        State("standings", "data"),
        prevent_initial_call=True,
    )
    def look(_: int, records: int, standings: int) -> tuple[Any, Any]:
        view = library.look()
        if (records, standings) == (view.revision, view.progress):
            raise PreventUpdate
        return (
            no_update if records == view.revision else view.revision,
            no_update if standings == view.progress else view.progress,
        )

    @app.callback(Output("news", "children"), Input("records", "data"), Input("standings", "data"))
    def tell(_: int, __: int) -> list[Any]:
        view = library.look()
        told: list[Any] = []
        if view.trouble:
            told.append(note(f"{view.trouble}; what is shown is from before.", kind="trouble"))
        if lost := int(view.numbers.broken.sum()):
            told.append(note(BROKEN.format(lost), kind="trouble"))
        if not len(view.numbers):
            told.append(note(EMPTY))
        if line := running_line(view.standings):
            told.append(html.P(dcc.Link(line, href=PROGRESS), className="note running"))
        return told


def _wire_pages(app: Dash, library: Library) -> None:
    @app.callback(*(Output(view, "hidden") for view in VIEWS), Input("place", "pathname"))
    def show(path: str | None) -> list[bool]:
        return [view != view_of(path) for view in VIEWS]

    @app.callback(
        Output(FILM_VIEW, "children"),
        Input("place", "pathname"),
        Input("records", "data"),
        Input("dress", "data"),
    )
    def film(path: str | None, _: int, dress: str | None) -> Any:
        if path is None or view_of(path) != FILM_VIEW:
            return []
        key = RecordKey.parse(path.removeprefix(FILM))
        if key is None:
            return note(f"{unquote(path)} is the address of no film.")
        return film_page(library, library.look(), key, dress=_worn(dress))

    @app.callback(
        Output(COMPARISON_VIEW, "children"),
        Input("place", "pathname"),
        Input("place", "search"),
        Input("records", "data"),
        Input("dress", "data"),
    )
    def comparison(path: str | None, search: str | None, _: int, dress: str | None) -> Any:
        if view_of(path) != COMPARISON_VIEW:
            return []
        return comparison_page(library, library.look(), compared(search or ""), dress=_worn(dress))

    @app.callback(Output(PROGRESS_VIEW, "children"), Input("place", "pathname"), Input("standings", "data"))
    def progress(path: str | None, _: int) -> Any:
        return progress_page(library.look().standings) if view_of(path) == PROGRESS_VIEW else []


def _worn(dress: str | None) -> Dress:
    """Return how the page looks; light before the browser has told."""
    return Dress(dress or Dress.LIGHT.value)
