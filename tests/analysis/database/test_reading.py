"""Reading the screening database."""

from pathlib import Path
from typing import Any

import litemongo
import pytest

from lithicoat.analysis.database import read_campaigns, read_records
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord


def _record(coating: str, **changes: Any) -> ScreeningRecord:
    facts: dict[str, Any] = {
        "coating": coating,
        "name": coating,
        "family": "sulfide",
        "role": "cathode",
        "campaign": "first",
        "potential": "chgnet",
        "sha256": "abc",
        "protocol": "quick-1",
        "try_out": True,
        "seed": 0,
        "properties": {"shear_modulus": Property(value=14.0, uncertainty=1.0, unit="GPa")},
    }
    return ScreeningRecord(**{**facts, **changes})


def _database(directory: Path, collection: str) -> Any:
    directory.mkdir(exist_ok=True)
    return litemongo.connect(f"file:{directory}")["lithicoat"][collection]


def test_records_come_back_as_they_were(tmp_path: Path):
    bound = Property(value=1e-9, unit="S/cm", bound=Bound.UPPER, flags=("no diffusion seen",))
    record = _record("Li2S", properties={"conductivity_298K": bound})
    _database(tmp_path, "records").insert_one(record.model_dump(mode="json"))
    assert read_records(tmp_path) == [record]


def test_a_campaign_selects_its_own_records(tmp_path: Path):
    records = [
        _record("Li2S"),
        _record("LiGL"),
        _record("Li2S", protocol="standard-2"),
        _record("Li2S", seed=7),
    ]
    _database(tmp_path, "records").insert_many([record.model_dump(mode="json") for record in records])
    campaign = CampaignRecord(
        name="first",
        coatings=("Li2S",),
        potential="chgnet",
        sha256="abc",
        protocol="quick-1",
        numbers={},
        seed=0,
        state="finished",
    )
    _database(tmp_path, "campaigns").insert_one(campaign.model_dump(mode="json"))
    assert read_records(tmp_path, campaign=read_campaigns(tmp_path)[0]) == [records[0]]


def test_a_film_that_the_potential_does_not_cover_has_the_record_of_its_substitute(tmp_path: Path):
    records = [_record("Li2S"), _record("TiO2", sha256="other"), _record("Li2S", sha256="other")]
    _database(tmp_path, "records").insert_many([record.model_dump(mode="json") for record in records])
    campaign = CampaignRecord(
        name="mixed",
        coatings=("Li2S", "TiO2"),
        potential="chgnet",
        sha256="abc",
        substitutes={"TiO2": "other"},
        protocol="quick-1",
        numbers={},
        seed=0,
        state="finished",
    )
    assert read_records(tmp_path, campaign=campaign) == records[:2]


def test_no_database_is_said_so(tmp_path: Path):
    with pytest.raises(DataError, match="holds no lithicoat database"):
        read_records(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_records_of_a_newer_version_are_refused(tmp_path: Path):
    document = {**_record("Li2S").model_dump(mode="json"), "schema_version": 99}
    _database(tmp_path, "records").insert_one(document)
    with pytest.raises(DataError, match="records of schema 99"):
        read_records(tmp_path)


def test_a_broken_record_is_named(tmp_path: Path):
    document = _record("Li2S").model_dump(mode="json")
    del document["properties"]["shear_modulus"]["unit"]
    _database(tmp_path, "records").insert_one(document)
    with pytest.raises(DataError, match=r"record of Li2S .* is broken: properties\.shear_modulus\.unit"):
        read_records(tmp_path)
