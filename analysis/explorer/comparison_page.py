"""Films side by side: their numbers in one table, the figures with all of them."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from lithicoat.analysis.explorer.keys import RecordKey
from lithicoat.analysis.explorer.library import Library, View
from lithicoat.analysis.explorer.parts import drawn, note, number, simple_table
from lithicoat.analysis.explorer.plots import film_plots, films_together
from lithicoat.analysis.explorer.words import label
from lithicoat.analysis.figures.interactive import Dress
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["MOST", "comparison_page"]

MOST = 6
"""Films side by side: more cannot be told apart in a figure."""


def comparison_page(library: Library, view: View, keys: Sequence[RecordKey], *, dress: Dress) -> list[Any]:
    """Return the films side by side.

    Parameters
    ----------
    library : Library
        Reads the records.
    view : View
        The database as it is.
    keys : sequence of RecordKey
        Which records, at most six.
    dress : Dress
        Light or dark figures.
    """
    head = html.Div([dcc.Link("← all films", href="/"), html.H2("Comparison")])
    found = (library.record(view, key) for key in keys[:MOST])
    records = [record for record in found if record is not None]
    if len(records) < 2:
        return [head, note("Choose two films or more in the table of films, then compare them.")]
    figures = [
        drawn(plot, dress, kind="figure", source=source)
        for plot, source in film_plots(films_together(records, view, library.database))
    ]
    return [head, *_differences(records), html.Div(figures, className="plots"), _side_by_side(records)]


def _differences(records: Sequence[ScreeningRecord]) -> list[html.P]:
    """Say what else than the film differs."""
    found = []
    for name in ("potential", "protocol", "seed"):
        values = [str(getattr(record, name)) for record in records]
        if len(set(values)) > 1:
            told = ", ".join(
                f"{record.coating} {value}" for record, value in zip(records, values, strict=True)
            )
            found.append(note(f"The {name} differs: {told}.", kind="warning"))
    if any(record.try_out for record in records):
        films = ", ".join(record.coating for record in records if record.try_out)
        found.append(note(f"A protocol for trying out, for trends only: {films}.", kind="warning"))
    return found


def _side_by_side(records: Sequence[ScreeningRecord]) -> html.Div:
    names = dict.fromkeys(name for record in records for name in record.properties)
    heads = [_heading(record) for record in records]
    rows: list[tuple[Any, ...]] = [
        ("family", *(record.family for record in records)),
        ("role", *(record.role for record in records)),
        *((label(name), *(number(record.properties.get(name)) for record in records)) for name in names),
    ]
    return simple_table(("property", *heads), rows, label="Films side by side", className="numbers")


def _heading(record: ScreeningRecord) -> html.Span:
    link = dcc.Link(record.coating, href=RecordKey.of(record).address)
    return html.Span([link, html.Small(f"{record.potential}, {record.protocol}")])
