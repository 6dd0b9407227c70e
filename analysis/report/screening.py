"""All that a report tells of one campaign, read and worked out once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lithicoat.analysis.database import Database, Evidence
from lithicoat.analysis.decision.pareto import pareto_probability
from lithicoat.analysis.decision.ranking import PARETO_FILMS, RankedFilm, ranked
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import Sheet, judge
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.interactive import FilmMark, film_marks
from lithicoat.analysis.pairs.table import RankedPair
from lithicoat.analysis.properties import Provenance
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

__all__ = ["SHA_LETTERS", "Screening", "gather"]

SHA_LETTERS = 12
"""Letters of a sha256 that are written in a line; tables have all of them."""
FRONT_DRAWS = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class Screening:
    """One campaign with its rankings.

    Parameters
    ----------
    database : Database
        Where it lies.
    campaign : CampaignRecord
        What was asked for.
    records : tuple of ScreeningRecord
        What was found, in the order of the campaign.
    sheets, rankings : mapping by Electrode
        Films judged, and ranked.
    pairs : sequence of RankedPair
        Ranked pairs, if they were worked out.
    seed, draws : int
        Seed and number of the draws of the rankings.
    """

    database: Database
    campaign: CampaignRecord
    records: tuple[ScreeningRecord, ...]
    sheets: Mapping[Electrode, Sheet]
    rankings: Mapping[Electrode, Sequence[RankedFilm]]
    pairs: Sequence[RankedPair]
    seed: int
    draws: int

    @property
    def database_name(self) -> str:
        """Name of the database without the folders or the host, which are nobody else's business."""
        where = self.database.where
        return where.resolve().name if isinstance(where, Path) else where.name

    @property
    def try_out(self) -> bool:
        """Whether any film was computed for trying out only."""
        return any(record.try_out for record in self.records)

    @cached_property
    def by_id(self) -> dict[str, ScreeningRecord]:
        """Records by film."""
        return {record.coating: record for record in self.records}

    @cached_property
    def evidence(self) -> dict[str, Evidence]:
        """The computations by film."""
        return {record.coating: self.database.evidence(record) for record in self.records}

    @cached_property
    def marks(self) -> dict[str, FilmMark]:
        """How films look in all figures."""
        return film_marks(record.coating for record in self.records)

    @cached_property
    def chances(self) -> dict[Electrode, list[float] | None]:
        """Share of draws in which each film of a sheet is on its front; None beyond 1000 films."""
        return {
            electrode: pareto_probability(sheet, seed=self.seed, draws=FRONT_DRAWS).tolist()
            if len(sheet.films) <= PARETO_FILMS
            else None
            for electrode, sheet in self.sheets.items()
        }

    def source(self, films: Iterable[str], properties: Iterable[str]) -> str:
        """Say from where numbers are: database, campaign, potentials with sha256, protocol and seed.

        Parameters
        ----------
        films : iterable of str
            Films whose numbers are meant.
        properties : iterable of str
            Their names in the records.
        """
        names = set(properties)
        records = [self.by_id[film] for film in films if film in self.by_id]
        origins: dict[tuple[str, str], dict[str, None]] = {}
        for record in records:
            own = Provenance(potential=record.potential, sha256=record.sha256)
            there = [own, *(found.provenance for name, found in record.properties.items() if name in names)]
            for origin in there:
                if origin.potential and origin.sha256:
                    origins.setdefault((origin.potential, origin.sha256), {})[record.coating] = None
        potentials = ", ".join(f"{name} (sha256 {sha[:SHA_LETTERS]}…)" for name, sha in origins)
        protocols = ", ".join(dict.fromkeys(record.protocol for record in records))
        seeds = ", ".join(dict.fromkeys(str(record.seed) for record in records))
        trial = ", for trying out" if any(record.try_out for record in records) else ""
        return (
            f"database {self.database_name}, campaign {self.campaign.name}; {potentials}; "
            f"protocol {protocols}{trial}; seed {seeds}"
        )


def gather(
    database: Database,
    *,
    campaign: str | None = None,
    pairs: Sequence[RankedPair] = (),
    seed: int = 0,
    draws: int = 10_000,
) -> Screening:
    """Read a campaign and rank its films.

    Parameters
    ----------
    database : Database
        The screening database.
    campaign : str, optional
        Name; the latest if not given.
    pairs : sequence of RankedPair
        Ranked pairs of the campaign, if they were worked out.
    seed, draws : int
        Seed and number of the draws of the rankings.

    Raises
    ------
    DataError
        If there is no such campaign, or none of its films is finished.
    """
    chosen = _campaign(database, campaign)
    place = {coating: number for number, coating in enumerate(chosen.coatings)}
    found = database.records(campaign=chosen.name)
    if not found:
        raise DataError(
            f"campaign {chosen.name} has no finished film to report",
            where=str(database.where),
            hint="lithicoat status tells how far it is",
        )
    records = tuple(sorted(found, key=lambda record: place.get(record.coating, len(place))))
    sheets = {electrode: judge(records, electrode) for electrode in Electrode}
    rankings = {electrode: ranked(sheet, seed=seed, draws=draws) for electrode, sheet in sheets.items()}
    return Screening(
        database=database,
        campaign=chosen,
        records=records,
        sheets=sheets,
        rankings=rankings,
        pairs=pairs,
        seed=seed,
        draws=draws,
    )


def _campaign(database: Database, name: str | None) -> CampaignRecord:
    campaigns = database.campaigns()
    for one in campaigns:
        if name in {None, one.name}:
            return one
    known = ", ".join(one.name for one in campaigns)
    raise DataError(
        f"{database.where} holds no campaign {name}" if name else f"{database.where} holds no campaign yet",
        where=str(database.where),
        hint=f"known are {known}" if known else "lithicoat screen makes one",
    )
