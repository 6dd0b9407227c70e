"""What the explorer's one page consists of; the callbacks fill it."""

from dash import dcc, html

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.explorer.choice import RANK
from lithicoat.analysis.explorer.filters import EVERYTHING, filter_panel, first_electrode
from lithicoat.analysis.explorer.library import Library
from lithicoat.analysis.explorer.parts import wild

__all__ = ["page"]

POLL_MS = 2500
"""Time between two questions of an open page whether something has changed, ms."""


def page(library: Library) -> html.Div:
    """Return the page as it is when it is opened."""
    view = library.look()
    electrodes = [
        {"label": "Anode", "value": Electrode.ANODE.value},
        {"label": "Cathode", "value": Electrode.CATHODE.value},
        {"label": "All films", "value": EVERYTHING},
    ]
    return html.Div(
        [
            dcc.Location(id="place", refresh=False),
            dcc.Interval(id="tick", interval=POLL_MS),
            dcc.Store(id="records", data=view.revision),
            dcc.Store(id="standings", data=view.progress),
            dcc.Store(id="dress"),
            dcc.Store(id="titled"),
            dcc.Store(id="focused"),
            dcc.Store(id="chosen", storage_type="session", data=[]),
            dcc.Store(id="sort", data={"column": RANK, "descending": False}),
            dcc.Store(id="turned", data=0),
            dcc.Store(id="marks", data={}),
            html.A("Skip to the content", href="#content", className="skip"),
            _header(str(library.database.where)),
            html.Main(
                [
                    html.Div(id="news", role="status"),
                    html.Section(
                        [
                            html.Div(
                                [
                                    dcc.RadioItems(
                                        electrodes, first_electrode(view), id="electrode", inline=True
                                    )
                                ],
                                role="group",
                                **wild(label="Electrode"),
                            ),
                            html.Div(
                                [html.Aside(filter_panel(view), **wild(label="Filters")), _table()],
                                className="beside",
                            ),
                            html.Div(id="overview", className="plots"),
                        ],
                        id="films-view",
                    ),
                    html.Section(id="film-view", hidden=True),
                    html.Section(id="comparison-view", hidden=True),
                    html.Section(id="progress-view", hidden=True),
                ],
                id="content",
                tabIndex="-1",
            ),
            html.Div(id="tray", className="tray", role="region", **wild(label="Chosen films")),
        ],
        className="explorer",
    )


def _header(where: str) -> html.Header:
    links = [dcc.Link("Films", href="/"), dcc.Link("Progress", href="/progress")]
    return html.Header(
        [
            html.Div(
                [html.H1("lithicoat"), html.Span(where, className="where", title="The database; read only")]
            ),
            html.Nav(links, id="views", **wild(label="Pages")),
            html.Button("Dark", id="dress-button", n_clicks=0, className="quiet"),
        ]
    )


def _table() -> html.Div:
    turn = html.Div(
        [
            html.Button("Previous", id="previous", n_clicks=0, className="quiet", disabled=True),
            html.Button("Next", id="next", n_clicks=0, className="quiet", disabled=True),
        ],
        id="turn",
        hidden=True,
    )
    return html.Div([html.P(id="counted", role="status"), html.Div(id="films"), turn], className="table")
