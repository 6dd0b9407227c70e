"""The filters of the explorer: what can be chosen, and what a reader chose."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from dash import dcc, html

from lithicoat.analysis.decision.scheme import Electrode, default_scheme
from lithicoat.analysis.explorer.library import View
from lithicoat.analysis.explorer.words import headed, label

__all__ = ["ALL_CAMPAIGNS", "electrode_of", "filter_panel", "first_electrode", "gate_names", "options_of",
           "range_fields", "ranges_of"]  # fmt: skip

ALL_CAMPAIGNS = ""
"""Value of the choice that stands for no campaign in particular."""
EVERYTHING = "all"


def electrode_of(value: str | None) -> Electrode | None:
    """Return the electrode that was chosen; None for all films."""
    return Electrode(value) if value in {electrode.value for electrode in Electrode} else None


def first_electrode(view: View) -> str:
    """Return what is shown first: the anode, unless only cathode films were screened."""
    roles = set(_texts(view, "role"))
    return Electrode.CATHODE.value if roles == {Electrode.CATHODE.value} else Electrode.ANODE.value


def gate_names(electrode: Electrode | None) -> list[str]:
    """Return the gates that films of an electrode are asked."""
    return [] if electrode is None else [gate.name for gate in default_scheme().gates_at(electrode)]


def filter_panel(view: View) -> html.Details:
    """Return the filters; their options follow the database."""
    latest = view.campaigns[0].name if view.campaigns else ALL_CAMPAIGNS
    options = options_of(view)
    several = {
        name: dcc.Dropdown(
            id=name,
            options=options[name],
            value=[],
            multi=True,
            placeholder=f"all {words}",
            className="choice",
        )
        for name, words in (
            ("families", "families"),
            ("potentials", "potentials"),
            ("protocols", "protocols"),
        )
    }
    campaign = dcc.Dropdown(
        id="campaign", options=options["campaign"], value=latest, clearable=False, className="choice"
    )
    gates = dcc.Dropdown(id="gates", value=[], multi=True, placeholder="no gate asked", className="choice")
    ranges = dcc.Dropdown(
        id="range-names", options=options["range-names"], value=[], multi=True, placeholder="no range",
        className="choice",
    )  # fmt: skip
    return html.Details(
        [
            html.Summary("Filters"),
            _field("Campaign", "campaign", campaign),
            _field("Family", "families", several["families"]),
            _field("Potential", "potentials", several["potentials"]),
            _field("Protocol", "protocols", several["protocols"]),
            _field("Gates passed", "gates", gates),
            _field("Range of a property", "range-names", ranges),
            html.Div(id="ranges"),
            html.Button("Clear filters", id="clear", n_clicks=0, className="quiet"),
        ],
        id="filters",
        open=True,
    )


def options_of(view: View) -> dict[str, list[dict[str, str]]]:
    """Return what can be chosen in each filter, by its id."""
    campaigns = [{"label": campaign.name, "value": campaign.name} for campaign in view.campaigns]
    return {
        "campaign": [*campaigns, {"label": "all campaigns", "value": ALL_CAMPAIGNS}],
        "families": _values(view, "family"),
        "potentials": _values(view, "potential"),
        "protocols": _values(view, "protocol"),
        "range-names": [{"label": label(name), "value": name} for name in _properties(view)],
    }


def range_fields(
    view: View, names: Sequence[str], kept: Mapping[str, tuple[Any, Any]]
) -> list[html.Fieldset]:
    """Return two fields for each property that is to lie in a range.

    Parameters
    ----------
    view : View
        Whose least and largest values stand in the empty fields.
    names : sequence of str
        Properties.
    kept : mapping of str to (low, high)
        What stands in the fields already.
    """
    fields = []
    for name in names:
        values = view.numbers.column(name)["value"]
        values = values[~np.isnan(values)]
        ends = [f"{values.min():.3g}", f"{values.max():.3g}"] if len(values) else ["", ""]
        low, high = kept.get(name, (None, None))
        heading = headed(name)
        fields.append(
            html.Fieldset(
                [
                    html.Legend(heading),
                    _end(name, "low", f"{heading}, at least", ends[0], low),
                    html.Span("to"),
                    _end(name, "high", f"{heading}, at most", ends[1], high),
                ]
            )
        )
    return fields


def ranges_of(ids: Iterable[Mapping[str, str]], values: Iterable[Any]) -> dict[str, tuple[Any, Any]]:
    """Return the ends of each range from the fields of the page."""
    ends: dict[str, dict[str, Any]] = {}
    for field, value in zip(ids, values, strict=True):
        ends.setdefault(field["name"], {})[field["end"]] = value if isinstance(value, int | float) else None
    return {name: (both.get("low"), both.get("high")) for name, both in ends.items()}


def _end(name: str, end: str, title: str, hint: str, value: Any) -> html.Label:
    field = dcc.Input(
        id={"type": "range", "name": name, "end": end}, type="number", step="any", placeholder=hint,
        debounce=0.4, value=value,
    )  # fmt: skip
    return html.Label([html.Span(title, className="unseen"), field])


def _field(title: str, name: str, field: Any) -> html.Div:
    return html.Div([html.Label(title, htmlFor=name), field], className="field")


def _values(view: View, column: str) -> list[dict[str, str]]:
    return [{"label": text, "value": text} for text in _texts(view, column)]


def _texts(view: View, column: str) -> list[str]:
    """Return the different texts of a column, sorted."""
    codes = np.unique(view.numbers.head[column]).tolist()
    return sorted((view.numbers.words[code] for code in codes), key=str.casefold)


def _properties(view: View) -> list[str]:
    """Return the properties of which at least one film has a value."""
    names = [
        name for name in view.numbers.properties if not np.isnan(view.numbers.column(name)["value"]).all()
    ]
    return sorted(names, key=label)
