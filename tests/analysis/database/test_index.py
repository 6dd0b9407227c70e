"""The index of the numbers: the same as the records, and never older than they are."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.database.index import FILE
from lithicoat.analysis.database.snapshot import Row
from lithicoat.analysis.database.sources import MongoSource
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.analysis.properties import Bound, Property, Provenance
from lithicoat.analysis.records import ScreeningRecord

Place = tuple[Any, Callable[[str], Any]]


def moduli(database: Database) -> dict[str, float]:
    table = database.table("shear_modulus")
    return dict(zip(table["coating"], table["shear_modulus"], strict=True))


def dumped(record: ScreeningRecord) -> dict[str, Any]:
    return record.model_dump(mode="json")


def test_properties_come_back_as_they_were_recorded(collection: Any, film: Any, tmp_path: Path):
    origin = Provenance(potential="mace", sha256="def", seed=3, versions={"a": "1", "b": "2"})
    properties = {
        "value": Property(
            value=-0.1 + 0.2, uncertainty=1e-300, unit="eV/atom", flags=("a", "b"), provenance=origin
        ),
        "bound": Property(value=1e-9, unit="S/cm", bound=Bound.UPPER, flags=("µ, “no hop”",)),
        "lower": Property(value=2.0, unit="1", bound=Bound.LOWER),
        "missing": Property.missing("K", "not computed"),
        "zero": Property(value=0.0, uncertainty=0.0, unit="V"),
    }
    records = [film("A", properties=properties), film("B", minutes=1), film("C", minutes=2, properties={})]
    collection("records").insert_many(map(dumped, records))
    database = Database(tmp_path / "films.db")
    snapshot = database.snapshot()
    assert [dict(Row(snapshot, row)) for row in range(3)] == [record.properties for record in records]
    assert len(Row(snapshot, 2)) == 0
    with pytest.raises(KeyError):
        Row(snapshot, 1)["value"]


def test_what_is_written_later_is_seen_at_once(place: Place, film: Any):
    where, collection = place
    records = collection("records")
    records.insert_one(dumped(film("A", modulus=1.0)))
    database = Database(where)
    assert moduli(database) == {"A": 1.0}
    records.insert_one(dumped(film("B", modulus=2.0, minutes=1)))
    assert moduli(database) == {"A": 1.0, "B": 2.0}
    records.replace_one({"coating": "A"}, dumped(film("A", modulus=3.0, minutes=2)))
    assert moduli(database) == moduli(Database(where)) == {"A": 3.0, "B": 2.0}
    records.delete_one({"coating": "B"})
    assert moduli(database) == moduli(Database(where)) == {"A": 3.0}
    collection("other").insert_one({"a": 1})
    assert moduli(database) == {"A": 3.0}


def test_a_change_in_place_is_seen_too(collection: Any, film: Any, tmp_path: Path):
    collection("records").insert_one(dumped(film("A", modulus=1.0)))
    database = Database(tmp_path / "films.db")
    assert moduli(database) == {"A": 1.0}
    collection("records").update_one({}, {"$set": {"properties.shear_modulus.value": 5.0}})
    assert moduli(database) == {"A": 5.0}


def test_only_what_changed_is_read_again(
    collection: Any, film: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    collection("records").insert_many([dumped(film(name)) for name in "ABCD"])
    assert len(Database(tmp_path / "films.db")) == 4
    from lithicoat.analysis.database import index

    read: list[str] = []
    plain = index.migrated
    monkeypatch.setattr(
        index,
        "migrated",
        lambda document, where: read.append(document["coating"]) or plain(document, where=where),
    )
    assert len(Database(tmp_path / "films.db")) == 4
    assert read == []
    collection("records").insert_one(dumped(film("E")))
    assert len(Database(tmp_path / "films.db")) == 5
    assert read == ["E"]


def test_the_latest_record_of_a_film_counts(place: Place, film: Any):
    where, collection = place
    versions = [film("A", modulus=1.0, minutes=9), film("A", modulus=2.0, minutes=3), film("B", minutes=5)]
    collection("records").insert_many(map(dumped, versions))
    database = Database(where)
    assert [record.coating for record in database.records()] == ["B", "A"]
    assert moduli(database)["A"] == 1.0


def test_an_index_of_another_copy_is_not_believed(collection: Any, film: Any, tmp_path: Path):
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    collection("records", first).insert_one(dumped(film("A", modulus=1.0)))
    assert moduli(Database(first)) == {"A": 1.0}
    shutil.copytree(first, second)
    collection("records", first).replace_one({}, dumped(film("A", modulus=2.0, minutes=1)))
    collection("records", second).replace_one({}, dumped(film("A", modulus=3.0, minutes=1)))
    assert moduli(Database(first)) == {"A": 2.0}
    shutil.copy(first / FILE, second / FILE)
    assert moduli(Database(second)) == {"A": 3.0}


@pytest.mark.parametrize("harm", ["removed", "cut", "other form"])
def test_a_lost_or_broken_index_is_made_anew(collection: Any, film: Any, tmp_path: Path, harm: str):
    directory = tmp_path / "films.db"
    collection("records").insert_one(dumped(film("A", modulus=1.0)))
    assert moduli(Database(directory)) == {"A": 1.0}
    file = directory / FILE
    if harm == "removed":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(b"not a database" * 1000)
    else:
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE state SET value = '0' WHERE name = 'form'")
            connection.execute("DELETE FROM rows")
    assert moduli(Database(directory)) == {"A": 1.0}


def test_an_index_that_cannot_be_written_is_held_in_memory(collection: Any, film: Any, tmp_path: Path):
    collection("records").insert_one(dumped(film("A", modulus=1.0)))
    (tmp_path / "films.db" / FILE).mkdir()
    database = Database(tmp_path / "films.db")
    assert moduli(database) == {"A": 1.0}
    assert database.index_state().file is None
    collection("records").insert_one(dumped(film("B", modulus=2.0)))
    assert moduli(database) == {"A": 1.0, "B": 2.0}


def test_the_state_of_the_index_is_told(collection: Any, film: Any, tmp_path: Path):
    directory = tmp_path / "films.db"
    collection("records").insert_many([dumped(film("A")), dumped(film("B"))])
    database = Database(directory)
    state = database.index_state()
    assert (state.file, state.rows, state.behind) == (directory / FILE, 0, 2)
    database.snapshot()
    collection("records").delete_one({"coating": "B"})
    state = database.index_state()
    assert (state.rows, state.behind) == (2, 1)


def test_a_database_without_records_is_empty(collection: Any, tmp_path: Path):
    collection("campaigns").insert_one({"a": 1})
    database = Database(tmp_path / "films.db")
    assert len(database) == 0
    assert database.records() == []
    assert database.table("anything").empty
    assert not (tmp_path / "films.db" / "lithicoat" / "records").exists()


def test_no_database_is_said_so(tmp_path: Path):
    with pytest.raises(DataError, match="holds no lithicoat database"):
        Database(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_threads_share_a_database(collection: Any, film: Any, tmp_path: Path):
    records = collection("records")
    database = Database(tmp_path / "films.db")
    found: list[int] = []

    def ask() -> None:
        found.extend(len(database) for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(10):
        records.insert_one(dumped(film(f"film {number}")))
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert len(database) == 10


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("seed", "none", r"record of A .* is broken: seed input should be a valid integer"),
        ("created_at", None, r"record of A .* is broken: created_at"),
        ("properties", {"density": {"value": 1.0}}, r"broken: properties\.density\.unit field required"),
        ("properties", {"density": {"value": None, "unit": "1"}}, r"must say why"),
        ("properties", {"density": {"value": 1.0, "unit": 3}}, r"properties\.density\.unit"),
        ("properties", {"density": {"value": float("nan"), "unit": "1"}}, r"properties\.density\.value"),
        ("schema_version", 99, "records of schema 99; this lithicoat reads up to 2"),
        ("schema_version", "two", "its schema_version is 'two'"),
    ],
)
def test_a_broken_record_is_told_by_who_meets_it(
    write: Any, collection: Any, film: Any, *, field: str, value: Any, sentence: str
):
    database = write({**dumped(film("A")), field: value}, film("B"))
    with pytest.raises(DataError, match=sentence):
        database.records()
    with pytest.raises(DataError, match=sentence):
        database.table("shear_modulus")
    assert [record.coating for record in database.records(coating="B")] == ["B"]
    collection("records").delete_one({"coating": "A"})
    assert [record.coating for record in database.records()] == ["B"]


def test_what_a_validation_would_turn_into_a_record_is_one(collection: Any, film: Any, tmp_path: Path):
    document = dumped(film("A"))
    document["seed"] = "7"  # pydantic reads it as a number
    collection("records").insert_one(document)
    assert Database(tmp_path / "films.db").table()["seed"].tolist() == [7]


def test_an_older_record_is_read_as_one_of_today(collection: Any, film: Any, tmp_path: Path):
    document = {**dumped(film("A")), "schema_version": 1}
    del document["steps"]
    collection("records").insert_one(document)
    (record,) = Database(tmp_path / "films.db").records()
    assert (record.schema_version, record.steps) == (2, {})


def test_the_index_of_a_mongodb_is_kept_in_the_cache(
    mongo_uri: str, film: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    where = MongoDatabase.parse(mongo_uri)
    where.client()[where.name]["records"].insert_one(dumped(film("A", modulus=1.0)))
    assert moduli(Database(mongo_uri)) == {"A": 1.0}
    file = Database(where).index_state().file
    assert file is not None
    assert file.parent == tmp_path / "cache"
    monkeypatch.setattr(MongoSource, "documents", lambda *_: pytest.fail("read again"))
    assert moduli(Database(where)) == {"A": 1.0}


def test_long_reading_is_told(collection: Any, film: Any, tmp_path: Path):
    document = dumped(film("A", properties={}))
    collection("records").insert_many([{**document, "coating": f"film {index}"} for index in range(1500)])
    told: list[tuple[int, int]] = []
    database = Database(tmp_path / "films.db", heard=lambda done, records: told.append((done, records)))
    assert len(database) == 1500
    assert told == [(1000, 1500)]
