"""What happens when films are filtered, sorted, turned over and chosen."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from lithicoat.analysis.explorer.addresses import FILMS_VIEW, view_of
from lithicoat.analysis.explorer.choice import Choice, find
from lithicoat.analysis.explorer.comparison_page import MOST
from lithicoat.analysis.explorer.film_table import counted, film_table
from lithicoat.analysis.explorer.filters import (
    ALL_CAMPAIGNS,
    electrode_of,
    gate_names,
    options_of,
    range_fields,
    ranges_of,
)
from lithicoat.analysis.explorer.keys import RecordKey, comparison_address
from lithicoat.analysis.explorer.library import Library

__all__ = ["asked_for", "choice_of", "wire_choosing", "wire_filters", "wire_table"]

ENDS = {"type": "range", "name": ALL, "end": ALL}
BOXES = {"type": "choose", "key": ALL}
CLEARED = ("families", "potentials", "protocols", "gates", "range-names")
KEEPS_PAGE = ("turned", "records", None)
"""What may change without the table going back to its first page."""


def wire_filters(app: Dash, library: Library) -> None:
    """Keep the options of the filters up to date."""

    @app.callback(
        *(
            Output(name, "options")
            for name in ("campaign", "families", "potentials", "protocols", "range-names")
        ),
        Input("records", "data"),
        prevent_initial_call=True,
    )
    def options(_: int) -> list[Any]:
        return list(options_of(library.look()).values())

    @app.callback(Output("gates", "options"), Input("electrode", "value"))
    def gates(electrode: str) -> list[str]:
        return gate_names(electrode_of(electrode))

    @app.callback(
        Output("ranges", "children"), Input("range-names", "value"), State(ENDS, "id"), State(ENDS, "value")
    )
    def ranges(names: list[str] | None, ids: list[dict[str, str]], values: list[Any]) -> list[Any]:
        return list(range_fields(library.look(), names or [], ranges_of(ids, values)))

    @app.callback(
        *(Output(name, "value") for name in CLEARED), Input("clear", "n_clicks"), prevent_initial_call=True
    )
    def clear(_: int) -> list[list[str]]:
        return [[] for _ in CLEARED]


def wire_table(app: Dash, library: Library) -> None:
    """Show the films that the filters leave."""

    @app.callback(
        output={
            "films": Output("films", "children"),
            "counted": Output("counted", "children"),
            "turned": Output("turned", "data"),
            "first": Output("previous", "disabled"),
            "last": Output("next", "disabled"),
            "single": Output("turn", "hidden"),
        },
        inputs={
            "asked": asked_for(),
            "sort": Input("sort", "data"),
            "turned": Input("turned", "data"),
            "revision": Input("records", "data"),
            "chosen": State("chosen", "data"),
        },
    )
    def table(
        asked: dict[str, Any],
        sort: dict[str, Any],
        turned: int,
        revision: int,  # noqa: ARG001 - the table is made anew when it changes
        chosen: list[str] | None,
    ) -> dict[str, Any]:
        view = library.look()
        page = turned if ctx.triggered_id in KEEPS_PAGE else 0
        choice = replace(choice_of(asked), sort=sort["column"], descending=sort["descending"], page=page)
        found = find(library, view, choice)
        return {
            "films": film_table(view, found, choice, chosen or []),
            "counted": counted(found),
            "turned": found.page,
            "first": found.page == 0,
            "last": found.page == found.pages - 1,
            "single": found.pages == 1,
        }

    @app.callback(
        Output("turned", "data", allow_duplicate=True),
        Input("previous", "n_clicks"),
        Input("next", "n_clicks"),
        State("turned", "data"),
        prevent_initial_call=True,
    )
    def turn(_: int, __: int, turned: int) -> int:
        return max(0, turned + (1 if ctx.triggered_id == "next" else -1))

    @app.callback(
        Output("sort", "data"),
        Input({"type": "sort", "column": ALL}, "n_clicks"),
        State("sort", "data"),
        prevent_initial_call=True,
    )
    def sort(clicks: list[int], now: dict[str, Any]) -> dict[str, Any]:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        column = ctx.triggered_id["column"]
        return {"column": column, "descending": column == now["column"] and not now["descending"]}


def wire_choosing(app: Dash) -> None:
    """Keep the films that are chosen for a comparison, over filters and pages."""

    @app.callback(
        Output("chosen", "data"),
        Input(BOXES, "value"),
        State(BOXES, "id"),
        State("chosen", "data"),
        prevent_initial_call=True,
    )
    def choose(values: list[list[str]], ids: list[dict[str, str]], chosen: list[str] | None) -> list[str]:
        after = _chosen(chosen or [], values, ids)
        if after == (chosen or []):
            raise PreventUpdate
        return after

    @app.callback(
        Output("chosen", "data", allow_duplicate=True),
        Output(BOXES, "value"),
        Input({"type": "forget", "all": ALL}, "n_clicks"),
        State(BOXES, "id"),
        prevent_initial_call=True,
    )
    def forget(clicks: list[int], ids: list[dict[str, str]]) -> tuple[list[str], list[list[str]]]:
        if not any(clicks):
            raise PreventUpdate
        return [], [[] for _ in ids]

    @app.callback(Output("tray", "children"), Input("chosen", "data"), Input("place", "pathname"))
    def tray(chosen: list[str] | None, path: str | None) -> list[Any]:
        keys = [key for key in map(RecordKey.parse, chosen or []) if key is not None]
        return _tray(keys) if keys and view_of(path) == FILMS_VIEW else []


def asked_for() -> dict[str, Any]:
    """Return the filters as inputs of a callback; :func:`choice_of` reads what they give."""
    named = {name: Input(name, "value") for name in ("electrode", "campaign", *CLEARED[:-1])}
    return {**named, "ends": Input(ENDS, "value"), "ids": State(ENDS, "id")}


def choice_of(asked: dict[str, Any]) -> Choice:
    """Return what a reader asks for, in the usual order."""
    electrode = electrode_of(asked["electrode"])
    known = set(gate_names(electrode))
    return Choice(
        electrode=electrode,
        campaign=None if asked["campaign"] in {None, ALL_CAMPAIGNS} else asked["campaign"],
        families=asked["families"] or (),
        potentials=asked["potentials"] or (),
        protocols=asked["protocols"] or (),
        gates=[gate for gate in asked["gates"] or () if gate in known],
        ranges=ranges_of(asked["ids"], asked["ends"]),
    )


def _chosen(
    before: Sequence[str], values: Sequence[Sequence[str]], ids: Sequence[dict[str, str]]
) -> list[str]:
    """Return the chosen films in the order they were chosen; boxes that are not shown stay as they were."""
    ticked = {box["key"]: bool(value) for box, value in zip(ids, values, strict=True)}
    kept = [key for key in before if ticked.get(key, True)]
    return [*kept, *(key for key, yes in ticked.items() if yes and key not in kept)]


def _tray(keys: Sequence[RecordKey]) -> list[Any]:
    names = ", ".join(key.coating for key in keys)
    forget = html.Button("Clear", id={"type": "forget", "all": "all"}, n_clicks=0, className="quiet")
    if len(keys) == 1:
        return [html.Span(f"{names} chosen; choose another to compare."), forget]
    if len(keys) > MOST:
        return [html.Span(f"{len(keys)} films chosen; at most {MOST} stand side by side."), forget]
    link = dcc.Link(
        f"Compare {len(keys)} films", href=comparison_address(keys), className="button", id="compare"
    )
    return [html.Span(names), link, forget]
