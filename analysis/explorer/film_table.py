"""The table of films: sorted, one page of it, each film with a box to choose it for a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from dash import dcc, html

from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.ranking import RankedFilm
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.explorer.choice import RANK, Choice, Found
from lithicoat.analysis.explorer.library import View
from lithicoat.analysis.explorer.parts import headed_by, note, number, wild
from lithicoat.analysis.explorer.words import MISSING, headed, label

__all__ = ["columns_of", "counted", "film_table"]

COLUMNS: dict[Electrode | None, tuple[str, ...]] = {
    Electrode.ANODE: (
        "shear_modulus_calibrated",
        "log10_conductivity_298K",
        "window_high",
        "contact_lithium",
    ),
    Electrode.CATHODE: (
        "scavenging_energy",
        "scavenging_capacity",
        "oxidation_volume_ratio",
        "log10_conductivity_298K",
        "shear_modulus_calibrated",
        "contact_NMC811",
    ),
    None: ("density", "shear_modulus_calibrated", "log10_conductivity_298K", "energy_above_hull"),
}
"""Properties that are shown first, by electrode."""
TRY_OUT = "A protocol for trying out made these numbers, or some of them: for trends only."
SIGNS = {GateState.PASSED: "✓", GateState.FAILED: "✗", GateState.UNKNOWN: "?", GateState.PASSED_OVER: "·"}


def columns_of(choice: Choice) -> tuple[str, ...]:
    """Return the properties of the table: those of the electrode, and those with a range."""
    return tuple(dict.fromkeys((*COLUMNS[choice.electrode], *choice.ranges)))


def counted(found: Found) -> str:
    """Say how many films are shown."""
    films = "1 film" if found.total == 1 else f"{found.total} films"
    if found.pages > 1:
        films += f", page {found.page + 1} of {found.pages}"
    return f"{films} (of {found.of} in the database)"


@dataclass(frozen=True)
class _Columns:
    """What the table shows besides the film.

    Parameters
    ----------
    properties : sequence of str
        Names of the properties.
    several : sequence of str
        Columns of the record that differ between the films.
    ranked : bool
        Whether there are ranks.
    """

    properties: Sequence[str]
    several: Sequence[str]
    ranked: bool


def film_table(view: View, found: Found, choice: Choice, chosen: Sequence[str]) -> html.Div | html.P:
    """Return the table of the films that a choice leaves.

    Parameters
    ----------
    view : View
        The database.
    found : Found
        The films.
    choice : Choice
        What was asked for: it decides the columns.
    chosen : sequence of str
        Keys of the films that are chosen for a comparison.
    """
    if not found.rows:
        return html.P("No film is left by these filters.", className="note")
    head = view.numbers.head
    several = [
        name for name in ("potential", "protocol") if len(np.unique(head[name][list(found.every)])) > 1
    ]
    columns = _Columns(columns_of(choice), several, choice.electrode is not None)
    titles = [(name, name) for name in several] + [(name, headed(name)) for name in columns.properties]
    heads = [html.Th(html.Span("compare", className="unseen"), scope="col")]
    if columns.ranked:
        heads.append(_head(RANK, "rank", choice))
    heads += [_head("coating", "film", choice), *(_head(name, title, choice) for name, title in titles)]
    if columns.ranked:
        heads += [
            html.Th("gates", scope="col"),
            html.Th("P top 3", scope="col"),
        ]
    lines = [_line(view, row, found.places.get(row), columns, set(chosen)) for row in found.rows]
    table = html.Table(
        [html.Thead(html.Tr(heads)), html.Tbody(lines)], className="films", **wild(label="Films")
    )
    parts: list[Any] = [html.Div(table, className="scroll")]
    if head["try_out"][list(found.every)].any():
        parts.insert(0, note(TRY_OUT, kind="warning"))
    ranks = "Ranks are among all films of the campaign, whatever the filters. " if columns.ranked else ""
    parts.append(html.P(f"{ranks}† There is more to know: point at it, or open the film.", className="small"))
    return html.Div(parts)


def _head(column: str, title: str, choice: Choice) -> html.Th:
    sorted_by = choice.sort == column
    arrow = (" ▼" if choice.descending else " ▲") if sorted_by else ""
    order = ("descending" if choice.descending else "ascending") if sorted_by else "none"
    button = html.Button(
        [title, html.Span(arrow, **wild(hidden="true"))],
        id={"type": "sort", "column": column},
        n_clicks=0,
        className="sorting",
        title=f"Sort by {label(column)}",
    )
    return html.Th(button, scope="col", **wild(sort=order))


def _line(view: View, row: int, place: RankedFilm | None, columns: _Columns, chosen: set[str]) -> html.Tr:
    key, numbers = view.key(row), view.numbers
    text = str(key)
    told = {name: numbers.words[int(numbers.head[name][row])] for name in ("name", *columns.several)}
    words = html.Span(f"compare {key.coating}", className="unseen")
    box = dcc.Checklist(
        id={"type": "choose", "key": text}, options=[{"label": words, "value": text}],
        value=[text] if text in chosen else [], className="choose",
    )  # fmt: skip
    cells: list[Any] = [html.Td(box, className="box")]
    if columns.ranked:
        cells.append(_cell("rank", MISSING if place is None else str(place.rank), "figure rank"))
    film = [dcc.Link(key.coating, href=key.address), html.Small(told["name"])]
    cells.append(html.Th(film, scope="row"))
    cells += [_cell(name, told[name]) for name in columns.several]
    for name in columns.properties:
        cells.append(_cell(headed(name), number(numbers.told(row, name), unit=False), "figure"))
    if columns.ranked:
        cells.append(_cell("gates", _gates(place)))
        chance = MISSING if place is None else f"{place.probability_top3:.2f}"
        cells.append(_cell("P top 3", chance, "figure"))
    return html.Tr(cells)


def _cell(title: str, content: Any, kind: str = "") -> html.Td:
    return html.Td(content, className=kind, **headed_by(title))


def _gates(place: RankedFilm | None) -> html.Span:
    """Say how many gates are passed, with all of them to be read when it is pointed at."""
    if place is None:
        return html.Span(MISSING)
    asked = {name: state for name, state in place.gates.items() if state is not GateState.PASSED_OVER}
    passed = sum(state is GateState.PASSED for state in asked.values())
    worst = max(asked.values(), key=lambda state: state.group, default=GateState.PASSED)
    told = "; ".join(f"{name}: {state.value}" for name, state in place.gates.items())
    kind = "good" if worst is GateState.PASSED else "poor"
    return html.Span(f"{SIGNS[worst]} {passed} of {len(asked)}", className=f"gates {kind}", title=told)
