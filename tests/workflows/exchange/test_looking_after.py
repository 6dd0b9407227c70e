"""Checking, counting and clearing out a database."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import litemongo
import pytest

from lithicoat.analysis.database import read_records
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import located
from lithicoat.workflows.cluster.findings import Verdict
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.exchange.checking import check
from lithicoat.workflows.exchange.collecting import collect
from lithicoat.workflows.exchange.counting import statistics
from lithicoat.workflows.exchange.merging import merge_databases
from lithicoat.workflows.locking import own_database

Make = Callable[..., Path]
LATER = "2026-03-01T00:00:00Z"
OLD_S = 30 * 86400


def _base(database: Path) -> Any:
    return litemongo.connect(f"file:{database}")["lithicoat"]


def _key(database: Path, film: str) -> str:
    return _base(database)["jobs"].find_one({"metadata.coating": film})["metadata"]["key"]


def _to_mend(database: Path) -> list[str]:
    return [found.message for found in check(database) if found.verdict is Verdict.MEND]


def _directory(database: Path, key: str, *, old: bool = False) -> Path:
    directory = database / "steps" / key
    directory.mkdir(parents=True)
    (directory / "thermo.csv").write_text("1,2\n")
    if old:
        for path in (directory / "thermo.csv", directory):
            os.utime(path, (path.stat().st_mtime - OLD_S,) * 2)
    return directory


def test_a_whole_database_is_found_whole(small_database: Make):
    found = list(check(small_database()))
    assert {one.verdict for one in found if one.subject != "index"} == {Verdict.OK}
    assert "2 records, all whole" in {one.message for one in found}


def test_the_index_tells_how_far_it_is(small_database: Make):
    from lithicoat.analysis.database import Database

    database = small_database()
    (before,) = (one.message for one in check(database) if one.subject == "index")
    Database(database).snapshot()
    (after,) = (one.message for one in check(database) if one.subject == "index")
    assert before.startswith("2 records behind")
    assert after == "2 records"


@pytest.mark.parametrize(
    ("collection", "change", "told"),
    [
        ("records", {"$unset": {"properties": 1}}, r"the record of LiGL .* is broken: properties"),
        ("records", {"$set": {"schema_version": 9}}, r"records of schema 9"),
        ("records", {"$set": {"properties.shear_modulus.value": "x"}}, r"properties.shear_modulus"),
        ("campaigns", {"$unset": {"state": 1}}, r"the campaign first .* is broken: state"),
        ("jobs", {"$unset": {"output": 1}}, r"compare replicas left half a document"),
        ("jobs", {"$set": {"output.big": {"blob_uuid": "b", "store": "data"}}}, r"refer to is not there"),
    ],
)
def test_what_is_broken_is_named(small_database: Make, collection: str, change: Any, told: str):
    import re

    database = small_database(films=("LiGL",))
    _base(database)[collection].update_one({}, change)
    assert any(re.search(told, message) for message in _to_mend(database))
    assert all(found.hint for found in check(database) if found.verdict is Verdict.MEND)


def test_lost_computations_are_told_from_those_left_out(small_database: Make):
    database = small_database()
    record = _base(database)["records"].find_one({"coating": "LiGL"})
    _base(database)["records"].update_one({}, {"$set": {"steps": {**record["steps"], "f" * 64: "elastic"}}})
    assert _to_mend(database) == ["some behind the records of LiGL are not there"]
    _base(database)["jobs"].delete_many({})
    assert _to_mend(database) == []
    assert "those behind the records of Li2S, LiGL were not kept here" in {
        one.message for one in check(database)
    }


def test_copies_are_found_and_removed(small_database: Make):
    small_database(films=("LiGL",), value=1.0)
    database = small_database(films=("LiGL",), value=2.0, created_at=LATER)
    assert len(_to_mend(database)) == 3
    waste = collect(database, delete=True)
    assert (waste.records, waste.copies, waste.computations, waste.deleted) == (1, 1, 0, True)
    assert [record.properties["shear_modulus"].value for record in read_records(database)] == [2.0]
    assert _base(database)["jobs"].count_documents({}) == 1


def test_looking_removes_nothing(small_database: Make):
    database = small_database()
    _base(database)["records"].delete_one({"coating": "LiGL"})
    _base(database)["campaigns"].update_one({}, {"$set": {"coatings": ["Li2S"]}})
    directory = _directory(database, _key(database, "LiGL"))
    waste = collect(database)
    assert (waste.computations, waste.directories, waste.bytes) == (1, (directory.name,), 4)
    assert directory.exists()
    assert _base(database)["jobs"].count_documents({}) == 2
    assert any("needed by nothing" in found.message for found in check(database))


def test_what_no_record_names_goes_with_its_directory(small_database: Make):
    database = small_database()
    kept, gone = (_directory(database, _key(database, film)) for film in ("Li2S", "LiGL"))
    _base(database)["records"].update_one({"coating": "LiGL"}, {"$set": {"steps": {"e" * 64: "newer"}}})
    collect(database, delete=True)
    assert kept.exists()
    assert not gone.exists()
    assert [job["metadata"]["coating"] for job in _base(database)["jobs"].find({})] == ["Li2S"]
    assert collect(database).nothing


def test_films_that_are_not_finished_keep_all_they_have(small_database: Make):
    database = small_database()
    _base(database)["records"].delete_one({"coating": "LiGL"})
    assert collect(database).nothing
    assert any(found.message == "without a record yet: LiGL" for found in check(database))


def test_films_of_an_interrupted_campaign_keep_what_is_newer_than_their_record(small_database: Make):
    database = small_database()
    _base(database)["records"].update_many({}, {"$set": {"steps": {"e" * 64: "of an older version"}}})
    assert collect(database).computations == 2
    _base(database)["campaigns"].update_one({}, {"$set": {"state": "running"}})
    assert collect(database).nothing


def test_records_of_schema_1_keep_the_computations_of_their_film(small_database: Make):
    database = small_database()
    _base(database)["records"].update_many({}, {"$unset": {"steps": 1}, "$set": {"schema_version": 1}})
    assert collect(database).nothing


def test_computations_of_single_commands_stay(small_database: Make):
    database = small_database()
    _base(database)["jobs"].update_many({}, {"$unset": {"metadata.coating": 1}})
    _base(database)["records"].update_many({}, {"$set": {"steps": {"e" * 64: "newer"}}})
    assert collect(database).computations == 0


def test_directories_of_nothing_stay_while_they_are_young(small_database: Make):
    database = small_database()
    young, old = _directory(database, "c" * 64), _directory(database, "d" * 64, old=True)
    other = _directory(database, "claims", old=True)
    waste = collect(database, delete=True)
    assert (waste.directories, waste.young) == ((old.name,), 1)
    assert young.exists()
    assert other.exists()
    assert collect(database, days=0.0).directories == (young.name,)


def test_a_failed_step_keeps_its_directory_and_a_finished_one_loses_its_note(small_database: Make):
    database = small_database()
    failed = _directory(database, "c" * 64, old=True)
    notes = [
        {"uuid": f"failure-{key}", "failure": {"key": key}} for key in ("c" * 64, _key(database, "LiGL"))
    ]
    _base(database)["jobs"].insert_many(notes)
    waste = collect(database, delete=True)
    assert (waste.notes, waste.directories) == (1, ())
    assert failed.exists()


def test_a_link_in_place_of_a_directory_is_left_alone(small_database: Make, tmp_path: Path):
    database = small_database()
    (tmp_path / "precious").mkdir()
    (database / "steps").mkdir()
    (database / "steps" / ("c" * 64)).symlink_to(tmp_path / "precious")
    collect(database, delete=True, days=0.0)
    assert (tmp_path / "precious").is_dir()


def test_big_data_of_nothing_goes(small_database: Make):
    database = small_database(films=("LiGL",))
    _base(database)["data"].insert_many([{"blob_uuid": "used"}, {"blob_uuid": "lost"}])
    used = {"blob_uuid": "used", "store": "data"}
    _base(database)["jobs"].update_one({}, {"$set": {"output.big": used}})
    assert collect(database, delete=True).blobs == 1
    assert [one["blob_uuid"] for one in _base(database)["data"].find({})] == ["used"]


def test_nothing_is_removed_while_a_campaign_runs(small_database: Make):
    database = small_database()
    with own_database(database, "campaign x"), pytest.raises(UsageError, match="in use by campaign x"):
        collect(database, delete=True)
    with own_database(database, "campaign x"):
        assert collect(database).nothing


def test_nothing_is_removed_from_a_mongodb_while_a_campaign_runs(small_database: Make, mongo_uri: str):
    shared = located(mongo_uri)
    merge_databases(small_database(), shared)
    assert collect(shared, delete=True).nothing
    assert all(found.verdict is not Verdict.MEND for found in check(shared))
    mark = {"key": "c" * 64, "uuid": "u", "step": "elastic", "coating": "LiGL", "campaign": "first"}
    mark |= {"host": os.uname().nodename, "pid": os.getpid(), "since": LATER, "seen": LATER}
    jobs = shared.client()[shared.name]["jobs"]
    jobs.insert_one({"uuid": "running-c", "running": mark})
    jobs.delete_many({"metadata.coating": "LiGL"})
    with pytest.raises(UsageError, match="nothing is removed while one runs"):
        collect(shared, delete=True)


def test_counts(small_database: Make):
    small_database()
    database = small_database(films=("LiHQ",), seed=1, campaign="second", potential="mace")
    _base(database)["campaigns"].update_one({"name": "second"}, {"$set": {"coatings": ["LiHQ", "LiTEA"]}})
    found = statistics(database)
    assert (found.records, found.campaigns, found.unfinished, found.try_out) == (3, 2, 1, 3)
    assert found.by["potential"] == {"chgnet": 2, "mace": 1}
    assert found.computations == {"compare replicas": 3}
    assert found.bytes["records"] > 0
    assert "records-wal" not in found.bytes


def test_there_has_to_be_a_database(tmp_path: Path):
    for look in (statistics, collect, lambda where: list(check(where))):
        with pytest.raises(DataError, match="holds no lithicoat database"):
            look(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
