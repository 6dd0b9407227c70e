"""From a database to an archive of it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from lithicoat.analysis.database import open_collection, read_campaigns
from lithicoat.analysis.database.schema import parsed_record
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange.manifest import Manifest
from lithicoat.analysis.exchange.packing import pack
from lithicoat.analysis.exchange.step_documents import StepDocument, step_of
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

__all__ = ["campaign_named", "computations_of", "latest_records", "write_archive"]

IDENTITY = ("coating", "sha256", "protocol", "seed")


def write_archive(
    where: str | Where,
    path: str | Path,
    *,
    campaign: str | None = None,
    steps: bool = True,
    title: str = "",
    contact: str = "",
    licence: str = "",
) -> Manifest:
    """Write a database, or one campaign of it, into an archive that another group can import.

    Trajectories and reference phases stay behind: an archive has the numbers, and the documents of the
    computations that they come from.

    Parameters
    ----------
    where : str, Path or MongoDatabase
        The database.
    path : str or Path
        The archive, a zip file; one of this name is replaced.
    campaign : str, optional
        Name of a campaign; by default all.
    steps : bool
        False leaves out the documents of the computations.
    title, contact, licence : str
        What the archive says of itself.

    Raises
    ------
    DataError
        If there is no database or campaign, or a document is broken or missing.
    """
    only = campaign_named(where, campaign) if campaign is not None else None
    campaigns = [only] if only else sorted(read_campaigns(where), key=lambda one: one.name)
    keys: set[str] = set()
    return pack(
        Path(path),
        records=_noting(latest_records(where, campaign=only), keys),
        campaigns=(one.model_dump(mode="json") for one in campaigns),
        steps=computations_of(where, keys) if steps else None,
        title=title,
        contact=contact,
        licence=licence,
    )


def campaign_named(where: str | Where, name: str) -> CampaignRecord:
    """Return a campaign of a database.

    Raises
    ------
    DataError
        If there is none of this name.
    """
    campaigns = {campaign.name: campaign for campaign in read_campaigns(where)}
    if name not in campaigns:
        raise DataError(
            f"there is no campaign {name} in {where}",
            where="--campaign",
            hint=f"it has: {', '.join(campaigns) or 'none'}",
        )
    return campaigns[name]


def latest_records(
    where: str | Where, *, campaign: CampaignRecord | None = None
) -> Iterator[ScreeningRecord]:
    """Read the records of a database one after the other, by coating, potential, protocol and seed.

    Of two of the same film the later counts.

    Raises
    ------
    DataError
        If there is no database, or a record is broken.
    """
    collection = open_collection(where, "records")
    latest: dict[tuple[Any, ...], tuple[str, Any]] = {}
    for light in collection.find({}, dict.fromkeys((*IDENTITY, "created_at"), 1)):
        identity = tuple(str(light.get(name)) for name in IDENTITY)
        made = str(light.get("created_at"))
        if campaign is None or _belongs(light, campaign):
            latest[identity] = max(latest.get(identity, ("", None)), (made, light["_id"]), key=_made)
    for identity in sorted(latest):
        document = collection.find_one({"_id": latest[identity][1]})
        yield parsed_record(document, where=str(where))


def computations_of(where: str | Where, keys: set[str]) -> Iterator[StepDocument]:
    """Read the documents of computations by their keys, in their order; each once.

    The keys are looked at when the first document is asked for.

    Raises
    ------
    DataError
        If a document is missing.
    """
    collection = open_collection(where, "jobs")
    for key in sorted(keys):
        job = collection.find_one({"metadata.key": key})
        if job is None:
            raise DataError(
                f"a record in {where} names the computation {key[:12]}…, which is not there",
                where=str(where),
                hint="lithicoat db check lists what is missing; --without-steps exports the numbers alone",
            )
        yield step_of(job)


def _belongs(light: dict[str, Any], campaign: CampaignRecord) -> bool:
    coating = light.get("coating")
    mine = [campaign.sha256_of(str(coating)), campaign.protocol, campaign.seed]
    return coating in campaign.coatings and mine == [light.get(name) for name in IDENTITY[1:]]


def _made(entry: tuple[str, Any]) -> tuple[float, str]:
    made, identity = entry
    try:
        return datetime.fromisoformat(made).timestamp(), str(identity)
    except ValueError:
        return 0.0, str(identity)


def _noting(records: Iterator[ScreeningRecord], keys: set[str]) -> Iterator[dict[str, Any]]:
    for record in records:
        keys.update(record.steps)
        yield record.model_dump(mode="json")
