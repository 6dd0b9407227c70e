"""Write the report: templates filled with a campaign, all assets inside, nothing fetched."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lithicoat.analysis.database import Database
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.interactive import CONFIG, DARK_OF, Plot
from lithicoat.analysis.report.cautions import cautions, notes
from lithicoat.analysis.report.citations import References
from lithicoat.analysis.report.film_pages import FilmPage, film_pages
from lithicoat.analysis.report.methods import methods
from lithicoat.analysis.report.plots import plots
from lithicoat.analysis.report.rank_tables import answer, pair_rows, rank_table
from lithicoat.analysis.report.screening import Screening, gather

if TYPE_CHECKING:
    from markupsafe import Markup

    from lithicoat.analysis.mongodb import Where
    from lithicoat.analysis.pairs.table import RankedPair

__all__ = ["render", "write_report", "write_screening"]

ASSETS = "lithicoat.analysis.report"
DECIMALS = 6
"""Significant digits of what is drawn; tables and data have all of them."""


def write_report(
    database: "Database | Where | str",
    *,
    output: Path,
    campaign: str | None = None,
    pairs: "Sequence[RankedPair]" = (),
    seed: int = 0,
    draws: int = 10_000,
) -> Path:
    """Write the report of a campaign as one HTML file that needs no network.

    The same database gives the same file, byte by byte.

    Parameters
    ----------
    database : Database, str, Path or MongoDatabase
        The screening database.
    output : Path
        The file; missing folders are made.
    campaign : str, optional
        Name; the latest if not given.
    pairs : sequence of RankedPair
        Ranked pairs of the campaign, if they were worked out.
    seed, draws : int
        Seed and number of the draws of the rankings.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DataError
        If there is no database or no such campaign, none of its films is finished, or the file cannot be
        written.
    """
    opened = database if isinstance(database, Database) else Database(database)
    screening = gather(opened, campaign=campaign, pairs=pairs, seed=seed, draws=draws)
    return write_screening(screening, output)


def write_screening(screening: Screening, output: Path) -> Path:
    """Write what was gathered of a campaign; see :func:`write_report`.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    with _explained(output):
        output.parent.mkdir(parents=True, exist_ok=True)
    text = render(screening)
    with _explained(output):
        output.write_text(text, encoding="utf-8")
    return output


@contextmanager
def _explained(output: Path) -> Iterator[None]:
    """Say in one sentence why a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"the report {output} cannot be written: {error.strerror}",
            where=str(output),
            hint="choose a file that you may write to",
        ) from error


def render(screening: Screening) -> str:
    """Return the report of a campaign as HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only reports need it

    templates = Environment(
        loader=PackageLoader(ASSETS, "assets"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters |= {"cited": _cited, "powers": _powers, "lowered": _lowered}
    drawn, absent = plots(screening)
    references = References()
    told = methods(screening, references)
    pages = film_pages(screening)
    films = [record.coating for record in screening.records]
    everything = {name for record in screening.records for name in record.properties}
    return templates.get_template("report.html.jinja").render(
        **_heading(screening),
        **_scripts(screening, drawn, pages, references.bibtex),
        cautions=cautions(screening),
        answers=[answer(screening, electrode) for electrode in screening.sheets],
        draws=f"{screening.draws:,}",
        tables=[rank_table(screening, electrode) for electrode in screening.sheets],
        pairs=pair_rows(screening),
        pairs_total=len(screening.pairs),
        flags=notes(screening),
        plots=drawn,
        absent=absent,
        heights={plot.name: plot.figure.layout.height for plot in drawn},
        sources={plot.name: screening.source(plot.films, plot.properties) for plot in drawn},
        whole_source=screening.source(films, everything),
        notes_text=_sentences,
        cells={page.record.coating: page.cell for page in pages if page.cell is not None},
        films=_drawn_pages(pages),
        addresses={page.record.coating: page.address for page in pages},
        methods=told,
        references=references.cited,
        bibtex=references.bibtex,
    )


def _heading(screening: Screening) -> dict[str, Any]:
    campaign = screening.campaign
    count = len(screening.records)
    asked = len(campaign.coatings)
    lead = f"{count} of {asked} films" if count < asked else f"{count} {'film' if count == 1 else 'films'}"
    facts = [
        ("Database", screening.database_name),
        ("Campaign", f"{campaign.name}, {campaign.state}"),
        ("Potential", campaign.potential),
        ("Protocol", f"{campaign.protocol}{', for trying out' if screening.try_out else ''}"),
        ("Seed", str(campaign.seed)),
        ("State of", f"{campaign.updated_at:%Y-%m-%d %H:%M} UTC"),
    ]
    return {
        "title": f"{campaign.name}: which film for the lithium anode, which for the NMC cathode",
        "heading": "Which film for the lithium anode, which for the NMC cathode",
        "lead": f"{lead} screened with machine-learned potentials: ranking, evidence, methods and data.",
        "facts": facts,
        "sha256": campaign.sha256,
        "version": metadata.version("lithicoat"),
        "file_stem": re.sub("[^A-Za-z0-9._-]+", "-", f"lithicoat-{campaign.name}"),
    }


def _scripts(
    screening: Screening, drawn: Sequence[Plot], pages: Sequence[FilmPage], bibtex: str
) -> "dict[str, Markup]":
    """Return all that stands in script and style elements."""
    from markupsafe import Markup  # noqa: PLC0415
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - 5 MB

    assets = resources.files(ASSETS).joinpath("assets")
    cells = {
        page.record.coating: {"figure": page.cell.figure, "heading": page.cell.heading}
        for page in pages
        if page.cell is not None
    }
    numbers = screening.database.numbers(campaign=screening.campaign.name)
    data = {
        "campaign": screening.campaign.model_dump(mode="json"),
        "records": [record.model_dump(mode="json") for record in screening.records],
        "ranking": {
            electrode.value: [film.model_dump(mode="json") for film in films]
            for electrode, films in screening.rankings.items()
        },
        "pairs": [pair.model_dump(mode="json") for pair in screening.pairs],
    }
    return {
        "css": Markup(assets.joinpath("report.css").read_text("utf-8")),  # noqa: S704 - our own file
        "js": Markup(assets.joinpath("report.js").read_text("utf-8")),  # noqa: S704
        "plotly": Markup(get_plotlyjs()),  # noqa: S704 - from its package
        "plot_data": _json({plot.name: _rounded(plot.figure.to_plotly_json()) for plot in drawn}),
        "cell_data": _json(_rounded(cells)),
        "dark_of": _json(DARK_OF),
        "config": _json(CONFIG),
        "data_json": _json(data),
        "data_csv": _json(numbers.to_csv(index=False, lineterminator="\n")),
        "data_bib": _json(bibtex),
    }


def _json(value: Any) -> "Markup":
    """Write JSON that cannot end the script element that it stands in."""
    from markupsafe import Markup  # noqa: PLC0415

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain_number)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - nothing in it is markup any more


def _plain_number(value: Any) -> Any:
    """Turn numbers and arrays of numpy into those of Python."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no place in the data of a report")


def _rounded(value: Any) -> Any:
    """Shorten the numbers of figures; nobody sees the seventh digit."""
    if isinstance(value, float):
        return float(f"{value:.{DECIMALS}g}")
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def _drawn_pages(pages: Sequence[FilmPage]) -> list[dict[str, Any]]:
    """Return the pages with their drawings marked as such; all else is escaped by the template."""
    from markupsafe import Markup  # noqa: PLC0415

    return [
        {
            **vars(page),
            "cell": None
            if page.cell is None
            else {"heading": page.cell.heading, "svg": Markup(page.cell.svg)},  # noqa: S704 - escaped in cells
        }
        for page in pages
    ]


def _sentences(said: Sequence[str]) -> str:
    """Join notes to sentences."""
    return " ".join(f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in said)


def _powers(text: str) -> "Markup":
    """Raise what follows `10^`."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    raised = re.sub(r"10\^(?:\(([^)]*)\)|([−\d.]+))", r"10<sup>\1\2</sup>", str(escape(text)))
    return Markup(raised)  # noqa: S704 - escaped before


def _lowered(symbol: str) -> "Markup":
    """Lower what follows `_`."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup(re.sub(r"_(\w+)", r"<sub>\1</sub>", str(escape(symbol))))  # noqa: S704 - escaped before


def _cited(text: str) -> "Markup":
    """Turn numbers in square brackets into links to the references."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    def link(found: re.Match[str]) -> str:
        numbers = [f'<a href="#ref-{number}">{number}</a>' for number in found[1].split(", ")]
        return f"[{', '.join(numbers)}]"

    return Markup(re.sub(r"\[(\d+(?:, \d+)*)\]", link, str(escape(text))))  # noqa: S704 - escaped before
