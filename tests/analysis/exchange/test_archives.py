"""A database becomes an archive, and an archive a database."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import litemongo
import pytest

from lithicoat.analysis.database import read_campaigns, read_records
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange import open_archive, unpack, write_archive

Make = Callable[..., Path]


def test_an_archive_gives_back_what_it_was_made_of(small_database: Make, tmp_path: Path):
    database = small_database()
    told = write_archive(database, tmp_path / "a.zip", title="films", contact="us", licence="CC-BY-4.0")
    assert unpack(tmp_path / "a.zip", tmp_path / "again.db") == told
    assert told.count("records.jsonl") == told.count("steps.jsonl") == 2
    assert {one.coating: one for one in read_records(tmp_path / "again.db")} == {
        one.coating: one for one in read_records(database)
    }
    assert read_campaigns(tmp_path / "again.db") == read_campaigns(database)


def test_an_archive_of_an_archive_has_the_same_bytes(small_database: Make, tmp_path: Path):
    write_archive(small_database(films=("Li2S", "LiGL")), tmp_path / "a.zip")
    write_archive(small_database("other.db", films=("LiGL", "Li2S")), tmp_path / "other.zip")
    unpack(tmp_path / "a.zip", tmp_path / "again.db")
    write_archive(tmp_path / "again.db", tmp_path / "b.zip")
    a, b = ((tmp_path / name).read_bytes() for name in ("a.zip", "b.zip"))
    assert a == b
    with zipfile.ZipFile(tmp_path / "a.zip") as one, zipfile.ZipFile(tmp_path / "other.zip") as two:
        assert one.read("records.jsonl") == two.read("records.jsonl")


def test_no_place_of_this_machine_is_in_an_archive(small_database: Make, tmp_path: Path):
    database = small_database(films=("LiGL",))
    jobs = litemongo.connect(f"file:{database}")["lithicoat"]["jobs"]
    here = {"id": "chgnet", "sha256": "a" * 64, "path": "/home/somebody/weights.tar"}
    jobs.update_one({}, {"$set": {"output.potential": here}})
    write_archive(database, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        text = archive.read("steps.jsonl").decode()
    assert "somebody" not in text
    assert "@" not in text
    assert json.loads(text)["output"]["potential"]["path"] is None


def test_steps_may_stay_behind(small_database: Make, tmp_path: Path):
    write_archive(small_database(), tmp_path / "a.zip", steps=False)
    with open_archive(tmp_path / "a.zip") as archive:
        assert list(archive.jobs()) == []
        assert len(list(archive.records())) == 2


def test_one_campaign_of_two_is_written_alone(small_database: Make, tmp_path: Path):
    small_database(films=("LiGL",))
    database = small_database(films=("Li2S",), campaign="second", seed=1)
    write_archive(database, tmp_path / "a.zip", campaign="second")
    with open_archive(tmp_path / "a.zip") as archive:
        assert [record.coating for record in archive.records()] == ["Li2S"]
        assert [campaign.name for campaign in archive.campaigns()] == ["second"]
        assert [job["metadata"]["coating"] for job in archive.jobs()] == ["Li2S"]


def test_an_unknown_campaign_is_named(small_database: Make, tmp_path: Path):
    with pytest.raises(DataError, match="there is no campaign third"):
        write_archive(small_database(), tmp_path / "a.zip", campaign="third")


def test_the_later_of_two_records_of_a_film_is_written(small_database: Make, tmp_path: Path):
    small_database(films=("LiGL",), value=1.0)
    database = small_database(films=("LiGL",), value=2.0, created_at="2026-02-01T00:00:00Z", campaign="b")
    write_archive(database, tmp_path / "a.zip")
    with open_archive(tmp_path / "a.zip") as archive:
        (record,) = archive.records()
    assert record.properties["shear_modulus"].value == 2.0


def test_a_record_of_an_older_schema_comes_as_one_of_this(small_database: Make, tmp_path: Path):
    database = small_database(films=("LiGL",))
    records = litemongo.connect(f"file:{database}")["lithicoat"]["records"]
    records.update_one({}, {"$set": {"schema_version": 1}, "$unset": {"steps": 1}})
    assert write_archive(database, tmp_path / "a.zip").schema_version == 2


def test_a_computation_that_is_not_there_is_told(small_database: Make, tmp_path: Path):
    database = small_database(films=("LiGL",))
    litemongo.connect(f"file:{database}")["lithicoat"]["jobs"].delete_many({})
    with pytest.raises(DataError, match=r"names the computation .* which is not there"):
        write_archive(database, tmp_path / "a.zip")
    assert list(tmp_path.glob("*a.zip*")) == []


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"$unset": {"output": 1}}, "compare replicas of LiGL left half a document"),
        ({"$set": {"output.reasons": float("nan")}}, "holds what JSON has not"),
        ({"$set": {"output.reasons": b"bytes"}}, "holds what JSON has not"),
    ],
)
def test_half_and_odd_documents_are_not_written(
    small_database: Make, tmp_path: Path, change: dict, match: str
):
    database = small_database(films=("LiGL",))
    litemongo.connect(f"file:{database}")["lithicoat"]["jobs"].update_one({}, change)
    with pytest.raises(DataError, match=match):
        write_archive(database, tmp_path / "a.zip")


def test_a_document_of_another_kind_is_not_written(small_database: Make, tmp_path: Path):
    database = small_database(films=("LiGL",))
    jobs = litemongo.connect(f"file:{database}")["lithicoat"]["jobs"]
    jobs.update_one({}, {"$set": {"output.@class": "TrainDocument"}})
    with pytest.raises(DataError, match="an unknown kind, TrainDocument"):
        write_archive(database, tmp_path / "a.zip")


def test_a_directory_that_exists_is_not_unpacked_into(small_database: Make, tmp_path: Path):
    write_archive(small_database(), tmp_path / "a.zip")
    with pytest.raises(DataError, match="exists already"):
        unpack(tmp_path / "a.zip", tmp_path / "films.db")


def test_a_database_that_cannot_be_made_is_told(small_database: Make, tmp_path: Path):
    write_archive(small_database(), tmp_path / "a.zip")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be made: "):
        unpack(tmp_path / "a.zip", tmp_path / "file" / "new.db")


def test_an_archive_that_cannot_be_written_is_told(small_database: Make, tmp_path: Path):
    with pytest.raises(DataError, match="cannot be written: No such file"):
        write_archive(small_database(), tmp_path / "nowhere" / "a.zip")
    with pytest.raises(DataError, match="is a directory"):
        write_archive(tmp_path / "films.db", tmp_path)
