"""Open the collections of a screening database: no engine, no potential."""

from typing import Any

from lithicoat.analysis.database.schema import parsed_campaign
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import MongoDatabase, Where, located
from lithicoat.analysis.records import CampaignRecord

__all__ = ["DATABASE", "open_collection", "read_campaigns"]

DATABASE = "lithicoat"


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
    campaigns = [parsed_campaign(document, where=str(where)) for document in documents]
    return sorted(campaigns, key=lambda campaign: campaign.updated_at, reverse=True)
