"""The schema of records and campaigns: for other programs, and to hold documents against."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema

from lithicoat.analysis.database.migrations import SCHEMA_VERSION, migrated
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

__all__ = ["json_schema", "parsed_campaign", "parsed_record"]

Schema = TypeVar("Schema", bound=BaseModel)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a record, and below ``$defs`` of a campaign and all parts."""
    _, definitions = models_json_schema(
        [(ScreeningRecord, "serialization"), (CampaignRecord, "serialization")],
        title=f"lithicoat screening database, schema {SCHEMA_VERSION}",
    )
    return {"$schema": DIALECT, "$ref": "#/$defs/ScreeningRecord", **definitions}


def parsed_record(document: Mapping[str, Any], *, where: str) -> ScreeningRecord:
    """Return the record of a document of this or an older schema.

    Raises
    ------
    DataError
        If it is of a newer schema, or broken; the sentence names film and field.
    """
    return _parsed(migrated(document, where=where), ScreeningRecord, where, "coating", "record")


def parsed_campaign(document: Mapping[str, Any], *, where: str) -> CampaignRecord:
    """Return the campaign of a document.

    Raises
    ------
    DataError
        If it is broken; the sentence names campaign and field.
    """
    return _parsed(document, CampaignRecord, where, "name", "campaign")


def _parsed(document: Mapping[str, Any], schema: type[Schema], where: str, named: str, what: str) -> Schema:
    known = {name: document[name] for name in schema.model_fields if name in document}
    try:
        return schema.model_validate(known)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        name = document.get(named, f"an unnamed {'coating' if what == 'record' else what}")
        raise DataError(
            f"the {what} of {name} in {where} is broken: {place} {_lowered(first['msg'])}"
            if what == "record"
            else f"the campaign {name} in {where} is broken: {place} {_lowered(first['msg'])}",
            where=where,
            hint="lithicoat db check names all such documents and what mends them",
        ) from error


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:] if text[:2] != text[:2].upper() else text
