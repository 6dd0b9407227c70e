"""Small parts that several pages of the explorer are made of."""

from collections.abc import Iterable, Sequence
from typing import Any

from dash import dcc, html

from lithicoat.analysis.database import StoredModel
from lithicoat.analysis.explorer.words import written
from lithicoat.analysis.figures.interactive import CONFIG, Dress, Plot
from lithicoat.analysis.figures.interactive_structure import structure_figure
from lithicoat.analysis.properties import Property

__all__ = ["bar", "cell", "drawn", "facts", "headed_by", "note", "number", "simple_table", "telling", "wild"]


def wild(**attributes: str) -> Any:
    """Return attributes for readers who do not see the page: `label` becomes `aria-label`."""
    return {f"aria-{name}": value for name, value in attributes.items()}


def headed_by(heading: str) -> Any:
    """Return what a narrow page, which has no room for headings, writes before a cell."""
    return {"data-label": heading}


TRY_OUT = "try-out protocol"


def note(text: str, *, kind: str = "note") -> html.P:
    """Return a sentence that a reader must see; `kind` is note, warning or trouble."""
    return html.P(text, className=f"note {kind}", role="alert" if kind == "trouble" else "note")


def telling(quantity: Property) -> list[str]:
    """Return the flags of a number but for that of a trial, which a page says once."""
    return [flag for flag in quantity.flags if flag != TRY_OUT]


def number(quantity: Property | None, *, unit: bool = True) -> html.Span:
    """Return a number as text; a dagger says that there are flags, which show when it is pointed at."""
    flags = telling(quantity) if quantity is not None else []
    children: list[Any] = [written(quantity, unit=unit)]
    if flags:
        children.append(html.Sup("†", className="dagger"))
    return html.Span(children, title="; ".join(flags), className="number")


def bar(share: float, *, text: str, kind: str = "") -> html.Div:
    """Return a bar of progress with its words.

    Parameters
    ----------
    share : float
        From 0 to 1.
    text : str
        What the bar says, for those who do not see it as well.
    kind : str
        running, failed or nothing.
    """
    percent = f"{100 * min(max(share, 0.0), 1.0):.0f}"
    return html.Div(
        html.Div(className="filled", style={"width": f"{percent}%"}),
        className=f"bar {kind}".strip(),
        role="progressbar",
        title=text,
        **wild(valuenow=percent, valuemin="0", valuemax="100", label=text),
    )


def simple_table(
    columns: Sequence[Any], rows: Iterable[Sequence[Any]], *, label: str, className: str = ""
) -> html.Div:
    """Return a table whose first column names the rows; a wide one scrolls by itself."""
    head = html.Tr([html.Th(column, scope="col") for column in columns])
    body = [
        html.Tr([html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])], className="line")
        for row in rows
    ]
    table = html.Table([html.Thead(head), html.Tbody(body)], className=className, **wild(label=label))
    return html.Div(table, className="scroll", tabIndex="0", role="region", **wild(label=label))


def facts(pairs: Iterable[tuple[str, Any]]) -> html.Dl:
    """Return names and what they stand for, one under the other."""
    return html.Dl(
        [part for name, value in pairs for part in (html.Dt(name), html.Dd(value))], className="facts"
    )


def drawn(plot: Plot, dress: Dress, *, kind: str, source: str = "") -> html.Figure:
    """Return a figure with its caption and the numbers behind it.

    Parameters
    ----------
    plot : Plot
        What to draw.
    dress : Dress
        Light or dark.
    kind : str
        Type of the figure's id in the page; its name is that of the plot.
    source : str
        Where the numbers are from.
    """
    table = simple_table(plot.table.columns, plot.table.rows, label=f"Numbers of the figure: {plot.title}")
    config: Any = CONFIG  # dash types its keys one by one
    graph = dcc.Graph(
        id={"type": kind, "name": plot.name},
        figure=plot.dressed(dress).figure,
        config=config,
        responsive=True,
    )
    return html.Figure(
        [
            html.H3(plot.title),
            html.Div(graph, role="img", **wild(label=plot.says)),
            html.Figcaption([html.P(plot.says), *(html.P(text) for text in (*plot.notes, source) if text)]),
            html.Details([html.Summary("Numbers of this figure"), table]),
        ],
        className="plot",
    )


def cell(model: StoredModel, *, several: int) -> html.Figure:
    """Return a cell to turn and zoom.

    Parameters
    ----------
    model : StoredModel
        What to show.
    several : int
        Number of cells of the film.
    """
    config: Any = CONFIG
    graph = dcc.Graph(
        id={"type": "cell", "name": model.name},
        figure=structure_figure(model, title=""),
        config=config,
        responsive=True,
    )
    which = "the cell" if several == 1 else f"the first of {several} cells"
    atoms = f"{len(model.symbols)} atoms, {model.kind}"
    says = f"{which.capitalize()} of {model.name} after the step {model.step}: {atoms}."
    return html.Figure(
        [
            html.H3("Structure"),
            html.Div(graph, role="img", **wild(label=says)),
            html.Figcaption(f"{says} Drag to turn it; an element in the key hides and shows its atoms."),
        ],
        className="plot",
    )
