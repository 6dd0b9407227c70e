"""The schema: for other programs, for older records, and for broken ones."""

from typing import Any

import jsonschema
import pytest

from lithicoat.analysis.database.migrations import SCHEMA_VERSION, STEPS, migrated
from lithicoat.analysis.database.schema import json_schema, parsed_campaign, parsed_record
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.records import ScreeningRecord


def test_the_json_schema_takes_records_and_refuses_others(film: Any):
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    document = film("A", modulus=None).model_dump(mode="json")
    validator.validate(document)
    for broken in ({**document, "seed": "none"}, {**document, "colour": "blue"}):
        assert not validator.is_valid(broken)
    del document["properties"]["shear_modulus"]["unit"]
    assert not validator.is_valid(document)


def test_the_json_schema_has_the_campaigns_too(campaign: Any):
    schema = {**json_schema(), "$ref": "#/$defs/CampaignRecord"}
    jsonschema.Draft202012Validator(schema).validate(campaign("first", "A").model_dump(mode="json"))


def test_records_round_trip(film: Any):
    record = film("A", modulus=None)
    assert parsed_record(record.model_dump(mode="json"), where="here") == record


def test_every_older_schema_leads_to_the_present_one(film: Any):
    assert set(STEPS) == set(range(1, SCHEMA_VERSION))
    assert ScreeningRecord.model_fields["schema_version"].default == SCHEMA_VERSION
    old = {**film("A").model_dump(mode="json"), "schema_version": 1}
    del old["steps"]
    before = dict(old)
    assert migrated(old, where="here")["schema_version"] == SCHEMA_VERSION
    assert old == before
    assert parsed_record(old, where="here").steps == {}


@pytest.mark.parametrize("version", [0, -1, "two", None, True, 1.0])
def test_a_schema_that_is_none_is_refused(version: Any):
    with pytest.raises(DataError, match="the record of A in here is broken: its schema_version is"):
        migrated({"coating": "A", "schema_version": version}, where="here")


def test_a_newer_schema_is_refused():
    with pytest.raises(DataError, match="here has records of schema 3") as caught:
        migrated({"schema_version": SCHEMA_VERSION + 1}, where="here")
    assert caught.value.hint == "install a newer lithicoat"


def test_a_half_written_record_is_named_with_its_field(film: Any):
    document = film("A").model_dump(mode="json")
    del document["protocol"]
    with pytest.raises(
        DataError, match="the record of A in here is broken: protocol field required"
    ) as caught:
        parsed_record(document, where="here")
    assert caught.value.hint.startswith("lithicoat db check")
    with pytest.raises(DataError, match="the record of an unnamed coating"):
        parsed_record({}, where="here")


def test_a_broken_campaign_is_named_with_its_field(campaign: Any):
    document = {**campaign("first", "A").model_dump(mode="json"), "coatings": 3}
    with pytest.raises(DataError, match="the campaign first in here is broken: coatings input should be"):
        parsed_campaign(document, where="here")
