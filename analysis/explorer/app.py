"""The explorer as a web application: the database filters, films side by side, live; it only reads."""

from importlib import resources

from dash import Dash

from lithicoat.analysis.explorer.guarding import guard
from lithicoat.analysis.explorer.layout import page
from lithicoat.analysis.explorer.library import Library
from lithicoat.analysis.explorer.wiring import wire

__all__ = ["make_app"]

INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        {%favicon%}
        {%css%}
    </head>
    <body>
        {%app_entry%}
        {%config%}
        {%scripts%}
        {%renderer%}
    </body>
</html>"""


def make_app(library: Library, *, host: str = "127.0.0.1") -> Dash:
    """Return the explorer of a database, ready to be served.

    Everything that a page needs comes from this server; it answers only to names of this machine.

    Parameters
    ----------
    library : Library
        The database.
    host : str
        Address on which it will be served.
    """
    app = Dash(
        __name__,
        assets_folder=str(resources.files("lithicoat.analysis.explorer").joinpath("assets")),
        index_string=INDEX,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        serve_locally=True,
        suppress_callback_exceptions=True,
        title="lithicoat",
        update_title="",
    )
    app.layout = lambda: page(library)
    wire(app, library)
    guard(app, host=host)
    return app
