"""Records and campaigns that come from anybody, as this version of lithicoat has them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lithicoat.analysis.database.migrations import migrated
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange.step_documents import KEY
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

__all__ = ["campaign_of", "identity_of", "record_of"]

Checked = TypeVar("Checked", bound=BaseModel)

NAMES = ("coating", "name", "campaign", "protocol", "potential")
LONGEST_NAME = 200
AHEAD = timedelta(days=1)
"""By how much the clock of another machine may be ahead."""
ROOTED = re.compile(r"^\.|[/\\]")
"""What a name has that is also a path."""


def record_of(document: dict[str, Any], place: str) -> ScreeningRecord:
    """Return a checked record; an older one as this version has it.

    Raises
    ------
    DataError
        If it is of a newer lithicoat, half-written or otherwise broken.
    """
    record = _checked(migrated(document, where=place), ScreeningRecord, place)
    _check_names(record, place)
    _check_time(record.created_at, "created_at", place)
    if strange := [key for key in record.steps if not KEY.fullmatch(key)]:
        raise _broken(place, f"steps: {strange[0][:80]!r} is no key of a computation")
    return record


def identity_of(record: ScreeningRecord) -> tuple[str, str, str, int]:
    """Return what there is one record of: coating, potential, protocol and seed."""
    return record.coating, record.sha256, record.protocol, record.seed


def campaign_of(document: dict[str, Any], place: str) -> CampaignRecord:
    """Return a checked campaign.

    Raises
    ------
    DataError
        If it is broken.
    """
    campaign = _checked(document, CampaignRecord, place)
    _check_names(campaign, place)
    _check_time(campaign.updated_at, "updated_at", place)
    return campaign


def _checked(document: dict[str, Any], schema: type[Checked], place: str) -> Checked:
    try:
        return schema.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))[:120]
        raise _broken(place, f"{field}: {first['msg']}") from error


def _check_names(found: BaseModel, place: str) -> None:
    for field in NAMES:
        value = getattr(found, field, "")
        if len(value) > LONGEST_NAME or (field != "name" and ROOTED.search(value)):
            raise _broken(place, f"{field}: {value[:80]!r} is no name")
    for coating in getattr(found, "coatings", ()):
        if len(coating) > LONGEST_NAME or ROOTED.search(coating):
            raise _broken(place, f"coatings: {coating[:80]!r} is no name")


def _check_time(moment: datetime, field: str, place: str) -> None:
    """Refuse times that cannot be compared, and those to come: of two records the later one holds."""
    if moment.tzinfo is None:
        raise _broken(place, f"{field}: the time has no time zone")
    if moment > datetime.now(UTC) + AHEAD:
        raise _broken(place, f"{field}: {moment:%Y-%m-%d} is yet to come")


def _broken(place: str, why: str) -> DataError:
    return DataError(
        f"{place} is broken: {why}", where=place, hint="ask those who wrote it for a new archive"
    )
