"""The page of one film: what must be known first, its place, its figures, every number and its origin."""

from collections.abc import Iterator, Sequence
from typing import Any

from dash import dcc, html

from lithicoat.analysis.database import Evidence, Origin
from lithicoat.analysis.database.origins import origin_of
from lithicoat.analysis.decision.gates import GateState
from lithicoat.analysis.decision.ranking import RankedFilm
from lithicoat.analysis.decision.scheme import Electrode, Term, default_scheme
from lithicoat.analysis.explorer.keys import RecordKey
from lithicoat.analysis.explorer.library import Library, View
from lithicoat.analysis.explorer.parts import bar, cell, drawn, facts, note, simple_table, telling, wild
from lithicoat.analysis.explorer.plots import film_plots, films_together
from lithicoat.analysis.explorer.words import clock, written
from lithicoat.analysis.figures.interactive import Dress
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

__all__ = ["film_page"]

TRY_OUT = "A protocol for trying out made these numbers: small cells and short runs, for trends only."


def film_page(library: Library, view: View, key: RecordKey, *, dress: Dress) -> list[Any]:
    """Return what is known of one film.

    Parameters
    ----------
    library : Library
        Reads the record and ranks the films.
    view : View
        The database as it is.
    key : RecordKey
        Which record.
    dress : Dress
        Light or dark figures.
    """
    record = library.record(view, key)
    if record is None:
        return [
            note(f"The database holds no record of {key.coating} with this potential, protocol and seed.")
        ]
    evidence = library.database.evidence(record)
    return [
        html.Div(
            [
                dcc.Link("← all films", href="/"),
                html.H2(record.coating),
                html.P(f"{record.name}, {record.family}; for {_role(record)}", className="lead"),
            ]
        ),
        *_warnings(record),
        html.Div(list(_places(library, view, key)), className="cards"),
        html.Div(list(_figures(library, view, record, evidence, dress)), className="plots"),
        html.Div([html.H3("Every number"), _numbers(record, evidence, view.campaigns)]),
        html.Div([html.H3("Where it is from"), _origin(record, view.campaigns_of(key))]),
        *_models(record),
    ]


def _role(record: ScreeningRecord) -> str:
    return "either electrode" if record.role == "both" else f"the {record.role}"


def _warnings(record: ScreeningRecord) -> list[html.P]:
    found = [note(TRY_OUT, kind="warning")] if record.try_out else []
    return found + [
        note(f"{step} failed: {reason}", kind="trouble") for step, reason in record.failures.items()
    ]


def _places(library: Library, view: View, key: RecordKey) -> Iterator[html.Section]:
    """Yield the place of the film for each electrode in the latest campaign that it belongs to."""
    row = view.row(key)
    for campaign in view.campaigns_of(key)[:1]:
        for electrode in Electrode:
            places = library.judged(view, campaign.name, electrode).places
            if row is not None and row in places:
                yield _place(places[row], electrode, len(places), campaign.name)


def _place(film: RankedFilm, electrode: Electrode, films: int, campaign: str) -> html.Section:
    low, high = film.rank_interval
    terms = default_scheme().terms(electrode)
    total = sum(term.weight for term in terms)
    worths = [_term(film, term, term.weight / total) for term in terms]
    return html.Section(
        [
            html.H3(f"{electrode.value.capitalize()}: rank {film.rank} of {films}"),
            html.P(
                f"Score {film.score:.2f}; first with a probability of {film.probability_first:.2f}, among "
                f"the first three with {film.probability_top3:.2f}; rank {low:.0f} to {high:.0f} in 90 % of "
                f"the draws. Campaign {campaign}."
            ),
            html.Ul(worths, className="terms", **wild(label=f"Terms of the {electrode.value} score")),
            html.Ul([_gate(film, name, state) for name, state in film.gates.items()], className="gatelist"),
        ],
        className="card",
    )


def _term(film: RankedFilm, term: Term, most: float) -> html.Li:
    name, worth = term.name, film.terms[term.name]
    said = f"{worth:.2f} of {most:.2f}"
    why = film.missing.get(name) or film.zeros.get(name) or film.reliefs.get(name)
    return html.Li(
        [
            html.Div([html.Span(name), html.Span(said)]),
            bar(worth / most, text=f"{name}: {said}"),
            html.Small(why) if why else None,
        ]
    )


def _gate(film: RankedFilm, name: str, state: GateState) -> html.Li:
    reason = film.gate_reasons.get(name, "")
    return html.Li(
        [
            html.Span(state.value, className=f"state {state.name.lower()}"),
            f" {name}{': ' if reason else ''}{reason}",
        ]
    )


def _figures(
    library: Library, view: View, record: ScreeningRecord, evidence: Evidence, dress: Dress
) -> Iterator[html.Figure]:
    models = evidence.models()
    if models:
        yield cell(models[0], several=len(models))
    for plot, source in film_plots(films_together([record], view, library.database)):
        yield drawn(plot, dress, kind="figure", source=source)


def _numbers(record: ScreeningRecord, evidence: Evidence, campaigns: Sequence[CampaignRecord]) -> html.Div:
    rows = []
    for name, quantity in record.properties.items():
        origin = origin_of(record, name, evidence, campaigns)
        title = html.Span(origin.facts.label, title=origin.facts.meaning)
        rows.append((title, written(quantity), [_flags(quantity), _provenance(origin)]))
    columns = ("property", "value", "what to know, and where it is from")
    return simple_table(columns, rows, label="Every number", className="numbers")


def _flags(quantity: Property) -> html.Div:
    words = [f"{quantity.bound.value} bound"] if quantity.bound else []
    return html.Div("; ".join((*words, *telling(quantity))))


def _provenance(origin: Origin) -> html.Details:
    """Return a number's way back to its computations, folded."""
    steps = [
        html.Li([step.step, " ", html.Code(step.key[:12], title=step.key), f" job {step.uuid or 'not here'}"])
        for step in origin.steps
    ]
    told: list[tuple[str, Any]] = [
        ("meaning", origin.facts.meaning),
        ("formula", origin.facts.source or "–"),
        ("potential", origin.potential or "none"),
        ("sha256", html.Code(origin.sha256 or "–")),
        ("protocol", f"{origin.protocol}, seed {origin.seed}"),
        ("steps", html.Ul(steps)),
        ("versions", ", ".join(f"{name} {version}" for name, version in origin.versions.items()) or "–"),
    ]
    return html.Details([html.Summary(f"from {origin.potential or 'no potential'}"), facts(told)])


def _origin(record: ScreeningRecord, campaigns: list[CampaignRecord]) -> html.Dl:
    return facts(
        [
            ("potential", record.potential),
            ("sha256", html.Code(record.sha256)),
            ("protocol", record.protocol),
            ("seed", str(record.seed)),
            ("campaigns", ", ".join(campaign.name for campaign in campaigns) or record.campaign),
            ("recorded", clock(record.created_at)),
            ("steps", ", ".join(dict.fromkeys(record.steps.values())) or "not noted"),
        ]
    )


def _models(record: ScreeningRecord) -> list[html.Div]:
    if not record.models:
        return []
    rows = [
        (
            model.formula,
            model.kind,
            str(model.atoms),
            f"{model.density_g_cm3:.2f}",
            "–" if model.seed is None else str(model.seed),
            html.Code(model.content_hash[:16]),
        )
        for model in record.models
    ]
    columns = ("formula", "kind", "atoms", "density (g/cm³)", "seed", "sha256 of the cell")
    return [html.Div([html.H3("Models"), simple_table(columns, rows, label="Models")])]
