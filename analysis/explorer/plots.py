"""The figures of the explorer's pages: those of the report, of the films that are asked for."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from lithicoat.analysis.database import Database
from lithicoat.analysis.decision.sheet import Sheet
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.explorer.keys import RecordKey
from lithicoat.analysis.explorer.library import DRAWS, View
from lithicoat.analysis.figures.interactive import Plot, film_marks
from lithicoat.analysis.figures.interactive_fronts import front_plot
from lithicoat.analysis.figures.interactive_map import conductivity_stiffness_plot
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord
from lithicoat.analysis.report.plots import plots
from lithicoat.analysis.report.screening import Screening

__all__ = ["MOST", "film_plots", "films_together", "named_apart", "overview_plots"]

MOST = 200
"""Films in a figure of the overview: more hide each other."""


def overview_plots(shown: Screening, sheet: Sheet | None) -> list[tuple[Plot, str]]:
    """Return the figures of many films, each with the source of its numbers.

    Parameters
    ----------
    shown : Screening
        The films that are shown, see :func:`films_together`.
    sheet : Sheet, optional
        All films of the campaign as they were judged for the electrode; None without one campaign.
    """
    films = [*(sheet.films if sheet is not None else ()), *(record.coating for record in shown.records)]
    marks = film_marks(films)
    draw: list[Callable[[], Plot]] = [partial(conductivity_stiffness_plot, shown.records, marks=marks)]
    if sheet is not None and len(sheet.films) <= MOST:
        draw.append(partial(front_plot, sheet, marks=marks))
    drawn = []
    for one in draw:
        with suppress(DataError):  # nothing to draw
            drawn.append(one())
    return [(plot, shown.source(plot.films, plot.properties)) for plot in drawn]


def films_together(records: Sequence[ScreeningRecord], view: View, database: Database) -> Screening:
    """Return one film, or a few side by side, as the report takes a campaign.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        The films.
    view : View
        The database as it is.
    database : Database
        Has the computations behind the records.
    """
    names = dict.fromkeys(
        campaign.name for record in records for campaign in view.campaigns_of(RecordKey.of(record))[:1]
    )
    first = records[0]
    campaign = CampaignRecord(
        name=", ".join(names) or first.campaign,
        coatings=tuple(record.coating for record in records),
        potential=first.potential,
        sha256=first.sha256,
        protocol=first.protocol,
        numbers={},
        seed=first.seed,
        state="finished",
    )
    return Screening(
        database=database,
        campaign=campaign,
        records=tuple(named_apart(records)),
        sheets={},
        rankings={},
        pairs=(),
        seed=0,
        draws=DRAWS,
    )


def film_plots(screening: Screening) -> list[tuple[Plot, str]]:
    """Return the figures of films, each with the source of its numbers."""
    drawn, _ = plots(screening)
    return [(plot, screening.source(plot.films, plot.properties)) for plot in drawn]


def named_apart(records: Sequence[ScreeningRecord]) -> list[ScreeningRecord]:
    """Return the records, of which several of one film carry what differs in their names."""
    films = Counter(record.coating for record in records)
    differing = [
        name for name in ("potential", "protocol", "seed") if len({getattr(one, name) for one in records}) > 1
    ]

    def name_of(record: ScreeningRecord) -> str:
        if films[record.coating] == 1:
            return record.coating
        return " ".join([record.coating, *(str(getattr(record, name)) for name in differing)])

    return [record.model_copy(update={"coating": name_of(record)}) for record in records]
