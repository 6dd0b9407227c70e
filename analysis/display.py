"""How the main objects look in a notebook: small HTML tables that fit light and dark pages.

All text is escaped: names and flags may come from other people's databases.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from lithicoat.analysis.database.quantities import quantities
from lithicoat.analysis.database.quantities import quantity as quantity_facts
from lithicoat.analysis.figures.units import quantity_text
from lithicoat.analysis.properties import Property, Provenance

if TYPE_CHECKING:
    from lithicoat.analysis.database.origins import Origin
    from lithicoat.analysis.decision.ranking import RankedFilm
    from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

__all__ = ["campaign_html", "database_html", "origin_html", "property_html", "ranking_html", "record_html"]

_SMALL = "font-size:85%;opacity:.75"
_LEFT = "text-align:left;vertical-align:top"
_WHOLE = "white-space:nowrap"
SHA_LETTERS = 12
MOST_FLAGS = 3
"""Flags of one row of a record; the property itself tells all of them."""


def property_html(quantity: Property) -> str:
    """Return a number with its uncertainty or bound, its flags, and where it comes from."""
    number = f"<b>{escape(_number(quantity))}</b>"
    flags = "".join(f"<li>{escape(flag)}</li>" for flag in quantity.flags)
    listed = f'<ul style="margin:.2em 0">{flags}</ul>' if flags else ""
    origin = _small(_origin(quantity.provenance))
    return f"<div>{number}{listed}{origin}</div>"


def record_html(record: "ScreeningRecord") -> str:
    """Return all numbers of one film, its failures and where they come from."""
    rows = [
        (
            escape(quantity_facts(name).label),
            f'<span style="{_WHOLE}">{escape(_number(quantity))}</span>',
            _small("; ".join(quantity.flags[:MOST_FLAGS]) + _more(len(quantity.flags))),
        )
        for name, quantity in sorted(record.properties.items(), key=lambda item: _place(item[0]))
    ]
    failed = [(escape(step), "failed", _small(reason)) for step, reason in record.failures.items()]
    kind = f"{record.family}, {record.role}"
    heading = f"<b>{escape(record.coating)}</b> {escape(record.name)} ({escape(kind)})"
    models = "; ".join(
        f"{model.kind} {model.formula}, {model.atoms} atoms, {model.density_g_cm3:.2f} g cm⁻³"
        for model in record.models
    )
    source = (
        f"campaign {record.campaign}; potential {record.potential} (sha256 {record.sha256[:SHA_LETTERS]}…), "
        f"protocol {record.protocol}, seed {record.seed}; {len(record.steps)} computations"
    )
    return (
        f"<div>{heading}{_try_out(told=record.try_out)}{_table((), [*rows, *failed])}"
        f"{_small(models)}<br>{_small(source)}</div>"
    )


def database_html(where: str, records: int, campaigns: Sequence["CampaignRecord"]) -> str:
    """Return what a database holds: its campaigns, the latest first."""
    headings = ("campaign", "state", "films", "potential", "protocol", "seed")
    rows = [
        (
            escape(campaign.name),
            escape(campaign.state),
            str(len(campaign.coatings)),
            escape(campaign.potential),
            escape(campaign.protocol),
            str(campaign.seed),
        )
        for campaign in campaigns
    ]
    table = _table(headings, rows) if rows else "<br>no campaign"
    return f"<div>Database <b>{escape(where)}</b>, {records} records{table}</div>"


def campaign_html(campaign: "CampaignRecord") -> str:
    """Return what a campaign was asked for."""
    others = ", ".join(f"{film} by sha256 {sha[:SHA_LETTERS]}…" for film, sha in campaign.substitutes.items())
    rows = [
        ("films", escape(", ".join(campaign.coatings))),
        ("potential", escape(f"{campaign.potential} (sha256 {campaign.sha256[:SHA_LETTERS]}…)")),
        *([("other potentials", escape(others))] if others else []),
        ("protocol", escape(campaign.protocol)),
        ("seed", str(campaign.seed)),
        ("updated", f"{campaign.updated_at:%Y-%m-%d %H:%M} UTC"),
    ]
    heading = f"Campaign <b>{escape(campaign.name)}</b>, {escape(campaign.state)}"
    return f"<div>{heading}{_table((), rows)}</div>"


def origin_html(origin: "Origin") -> str:
    """Return a number with the cells and computations that it comes from."""
    heading = f"<b>{escape(origin.facts.label)}</b> of <b>{escape(origin.coating)}</b>"
    cells = [
        ("cell", escape(f"{cell.kind} {cell.formula}, {cell.atoms} atoms"), _short(cell.content_hash), "", "")
        for cell in origin.models
    ]
    steps = [
        ("computation", escape(step.step), _short(step.key), escape(step.uuid or "not in this database"),
         escape((step.completed_at or "")[:19].replace("T", " ")))
        for step in origin.steps
    ]  # fmt: skip
    table = _table(("", "", "sha256", "job", "completed"), [*cells, *steps])
    told = property_html(origin.number)
    return f"<div>{heading}<br>{_small(origin.facts.meaning)}{told}{table}</div>"


def ranking_html(films: Sequence["RankedFilm"], *, electrode: str) -> str:
    """Return a ranking: scores with their terms, gates that are not passed, and how sure each place is."""
    if not films:
        return f"<div>No film for the {escape(electrode)}.</div>"
    terms = list(films[0].terms)
    headings = ("rank", "film", "score", *terms, "gates not passed", "P first", "P top 3", "ranks, 90 %")
    rows = [
        (
            str(film.rank),
            f"<b>{escape(film.id)}</b>",
            f"{film.score:.2f}",
            *("–" if name in film.missing else f"{film.terms[name]:.2f}" for name in terms),
            escape(", ".join(f"{name} {state.value}" for name, state in film.gates.items() if state.group)),
            f"{film.probability_first:.2f}",
            f"{film.probability_top3:.2f}",
            f"{film.rank_interval[0]:.0f} to {film.rank_interval[1]:.0f}",
        )
        for film in films
    ]
    note = "terms: weight times desirability; – no value; P from draws of all uncertainties"
    return f"<div>Films for the {escape(electrode)}{_table(headings, rows)}{_small(note)}</div>"


def _number(quantity: Property) -> str:
    if quantity.value is None:
        return "not known"
    return quantity_text(quantity)


def _place(name: str) -> int:
    """Return where a property stands: as in the list of all, strangers last."""
    known = list(quantities())
    return known.index(name) if name in known else len(known)


def _short(sha256: str) -> str:
    return f"{escape(sha256[:SHA_LETTERS])}…"


def _more(flags: int) -> str:
    return f"; and {flags - MOST_FLAGS} more" if flags > MOST_FLAGS else ""


def _origin(source: Provenance) -> str:
    if source.potential is None and source.protocol is None:
        return ""
    sha = f" (sha256 {source.sha256[:SHA_LETTERS]}…)" if source.sha256 else ""
    parts = [f"potential {source.potential}{sha}" if source.potential else "", f"protocol {source.protocol}"]
    seed = "" if source.seed is None else f"seed {source.seed}"
    versions = ", ".join(f"{package} {version}" for package, version in source.versions.items())
    return "; ".join(filter(None, (*parts, seed, versions)))


def _try_out(*, told: bool) -> str:
    return " <b>for trying out only</b>" if told else ""


def _small(text: str) -> str:
    return f'<span style="{_SMALL}">{escape(text)}</span>' if text else ""


def _table(headings: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are HTML already; headings are escaped here."""
    head = "".join(f'<th scope="col" style="{_LEFT}">{escape(text)}</th>' for text in headings)
    body = "".join(
        f"<tr>{''.join(_cell(cell, first=not n) for n, cell in enumerate(row))}</tr>" for row in rows
    )
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"


def _cell(text: str, *, first: bool) -> str:
    return f'<th scope="row" style="{_LEFT}">{text}</th>' if first else f'<td style="{_LEFT}">{text}</td>'
