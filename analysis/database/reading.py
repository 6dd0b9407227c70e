"""Read the screening database: no engine, no potential, only the records."""

from typing import Any

from pydantic import BaseModel, ValidationError

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import MongoDatabase, Where, located
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

__all__ = ["open_collection", "read_campaigns", "read_records"]

DATABASE = "lithicoat"
SCHEMA_VERSION = 2


def open_collection(where: str | Where, collection: str) -> Any:
    """Open a collection of a screening database for reading.

    Parameters
    ----------
    where : str, Path or MongoDatabase
        Directory of an embedded database, or a MongoDB (as a str, its URI ``mongodb://…``).
    collection : str
        ``records``, ``campaigns`` or ``jobs``.

    Returns
    -------
    pymongo- or litemongo-like collection

    Raises
    ------
    DataError
        If there is no database there, or the MongoDB does not answer or refuses the user.
    """
    where = located(where)
    if isinstance(where, MongoDatabase):
        return where.collection(collection)
    import litemongo  # noqa: PLC0415 - the records are of use without a database too

    if not (where / DATABASE).exists():
        raise DataError(
            f"{where} holds no lithicoat database",
            where=str(where),
            hint="lithicoat screen makes one; --db DIR names another",
        )
    return litemongo.connect(f"file:{where}")[DATABASE][collection]


def read_campaigns(where: str | Where) -> list[CampaignRecord]:
    """Read the campaigns of a screening database, the latest first.

    Raises
    ------
    DataError
        If there is no database.
    """
    documents = open_collection(where, "campaigns").find({})
    campaigns = [CampaignRecord.model_validate(_known(document, CampaignRecord)) for document in documents]
    return sorted(campaigns, key=lambda campaign: campaign.updated_at, reverse=True)


def read_records(where: str | Where, *, campaign: CampaignRecord | None = None) -> list[ScreeningRecord]:
    """Read the records of a screening database, in the order they were made.

    Of two that two machines wrote of the same film at once, the later counts.

    Parameters
    ----------
    where : str, Path or MongoDatabase
        Directory of an embedded database, or a MongoDB.
    campaign : CampaignRecord, optional
        Only what belongs to this campaign: its coatings with the potential of each, its protocol and seed.

    Returns
    -------
    list of ScreeningRecord

    Raises
    ------
    DataError
        If there is no database, a record is of a newer lithicoat, or a record is broken.
    """
    query: dict[str, Any] = {}
    if campaign is not None:
        query = {
            "coating": {"$in": list(campaign.coatings)},
            "sha256": {"$in": [campaign.sha256, *set(campaign.substitutes.values())]},
            "protocol": campaign.protocol,
            "seed": campaign.seed,
        }
    documents = open_collection(where, "records").find(query)
    records = [_record(document, where) for document in documents]
    if campaign is not None:
        records = [record for record in records if record.sha256 == campaign.sha256_of(record.coating)]
    records.sort(key=lambda record: record.created_at)
    latest = {(one.coating, one.sha256, one.protocol, one.seed): one for one in records}
    return sorted(latest.values(), key=lambda record: record.created_at)


def _record(document: dict[str, Any], where: str | Where) -> ScreeningRecord:
    version = document.get("schema_version", 0)
    if version > SCHEMA_VERSION:
        raise DataError(
            f"{where} has records of schema {version}; this lithicoat reads up to {SCHEMA_VERSION}",
            where=str(where),
            hint="install a newer lithicoat",
        )
    try:
        return ScreeningRecord.model_validate(_known(document, ScreeningRecord))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        film = document.get("coating", "an unnamed coating")
        raise DataError(
            f"the record of {film} in {where} is broken: {place} {first['msg']}", where=str(where)
        ) from error


def _known(document: dict[str, Any], schema: type[BaseModel]) -> dict[str, Any]:
    """Drop the fields that the store added."""
    return {name: document[name] for name in schema.model_fields if name in document}
