"""A MongoDB is named by a URI, and its password is never shown."""

import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from lithicoat.analysis.database import open_collection, read_campaigns, read_records
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import PASSWORD, PASSWORD_FILE, MongoDatabase, located
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

SECRET = "st0ne:w/ll@n"  # noqa: S105 - a made-up one with all that has to be escaped
GUARD = {"user": "ann", "password": SECRET}


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(PASSWORD, raising=False)
    monkeypatch.delenv(PASSWORD_FILE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_a_directory_and_a_uri_are_told_apart(tmp_path: Path):
    assert located(str(tmp_path)) == tmp_path
    assert located(tmp_path) == tmp_path
    database = located("mongodb://ann@db1:27017,db2:27018/films?replicaSet=rs0")
    assert isinstance(database, MongoDatabase)
    assert located(database) is database
    assert (database.user, database.hosts, database.name) == ("ann", "db1:27017,db2:27018", "films")


def test_a_uri_without_a_name_means_the_database_lithicoat():
    assert MongoDatabase.parse("mongodb://db1").name == "lithicoat"
    assert MongoDatabase.parse("mongodb+srv://ann@db1/?tls=true").name == "lithicoat"


@pytest.mark.parametrize(
    ("typed", "password"), [("st0ne%3Aw%2Fll%40n", SECRET), ("w%20x", "w x"), ("a@b", "a@b"), ("a/b", "a/b")]
)
def test_the_password_of_a_uri_is_taken_out_of_it(typed: str, password: str):
    database = MongoDatabase.parse(f"mongodb://ann:{typed}@db1:27017/films?appName=x")
    assert database.login() == {"username": "ann", "password": password}
    assert str(database) == database.uri == "mongodb://ann@db1:27017/films?appName=x"
    assert typed not in repr(database)


def test_a_database_can_be_sent_to_another_process():
    database = MongoDatabase.parse("mongodb://ann:abc@db1/films")
    assert pickle.loads(pickle.dumps(database)).password() == "abc"  # noqa: S301 - made here


def test_the_password_of_a_key_is_not_shown():
    database = MongoDatabase.parse("mongodb://db1/films?tls=true&tlsCertificateKeyFilePassword=abc&w=1")
    assert "abc" not in str(database)
    assert str(database).endswith("&w=1")


def test_the_password_comes_from_the_environment_or_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    database = MongoDatabase.parse("mongodb://ann@db1/films")
    assert database.login() == {}
    file = tmp_path / "config" / "lithicoat" / "mongodb-password"
    file.parent.mkdir(parents=True)
    file.write_text("from the usual file\n")
    file.chmod(0o600)
    assert database.password() == "from the usual file"
    other = tmp_path / "other"
    other.write_text("from another file")
    other.chmod(0o400)
    monkeypatch.setenv(PASSWORD_FILE, str(other))
    assert database.password() == "from another file"
    monkeypatch.setenv(PASSWORD, "from the environment")
    assert database.password() == "from the environment"
    assert MongoDatabase.parse("mongodb://db1/films").login() == {}


def test_a_password_file_that_others_can_read_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(0o640)
    monkeypatch.setenv(PASSWORD_FILE, str(file))
    with pytest.raises(DataError, match="holds a password and others can read it") as refused:
        read_records("mongodb://ann@db1/films")
    assert refused.value.hint == f"make it yours alone: chmod 600 {file}"
    monkeypatch.setenv(PASSWORD_FILE, str(tmp_path))
    tmp_path.chmod(0o700)
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read_records("mongodb://ann@db1/films")


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("mongodb://", "at least one hostname"),
        ("mongodb://ann:secret", "Port contains non-digit characters"),
        ("mongodb://ann:se@cret@/films", "Empty host"),
        ("mongodb://db1/films?tls=maybe", "tls must be 'true' or 'false'"),
        ("mongodb://db1/films?colour=1", "Unknown option: colour"),
    ],
)
def test_a_wrong_uri_is_told_without_what_may_be_a_password(uri: str, problem: str):
    with pytest.raises(DataError, match=f"the URI of the MongoDB is wrong: .*{problem}") as wrong:
        open_collection(uri, "records")
    error = wrong.value
    assert "cret" not in error.message + error.where + error.hint


def test_a_user_needs_a_password():
    with pytest.raises(DataError, match="there is no password for user ann of the MongoDB at db1") as none:
        open_collection("mongodb://ann@db1/films", "records")
    assert PASSWORD in none.value.hint


def test_no_server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lithicoat.analysis.mongodb.PATIENCE_S", 0.1)
    with pytest.raises(DataError, match=r"no MongoDB answers at 127\.0\.0\.1:1: connection refused"):
        MongoDatabase.parse("mongodb://127.0.0.1:1/films").collection("records")


def test_a_wrong_password_is_not_repeated(guarded_mongo: Callable[..., str]):
    hosts = guarded_mongo(**GUARD)
    with pytest.raises(DataError, match=f"at {hosts} refuses user ann: wrong name or password") as wrong:
        open_collection(f"mongodb://ann:geheim@{hosts}/films", "records")
    error = wrong.value
    assert "geheim" not in f"{error.message} {error.where} {error.hint} {error.__cause__!r}"
    with pytest.raises(DataError, match="a user without a name has no right to do this") as nameless:
        open_collection(f"mongodb://{hosts}/films", "records")
    assert f"mongodb://USER@{hosts}/films" in nameless.value.hint


def test_the_right_password_opens(guarded_mongo: Callable[..., str], monkeypatch: pytest.MonkeyPatch):
    hosts = guarded_mongo(**GUARD)
    monkeypatch.setenv(PASSWORD, SECRET)
    assert read_campaigns(f"mongodb://ann@{hosts}/films") == []


def test_a_server_without_tls(mongo_server: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lithicoat.analysis.mongodb.PATIENCE_S", 0.3)
    database = MongoDatabase.parse(mongo_server + "&tls=true")
    with pytest.raises(DataError, match="TLS handshake failed at the MongoDB") as refused:
        database.collection("records")
    assert "leave tls=true out" in refused.value.hint


def test_records_and_campaigns_are_read_from_a_mongodb(mongo_uri: str):
    record = ScreeningRecord(
        coating="Li2S",
        name="Li2S",
        family="sulfide",
        role="cathode",
        campaign="first",
        potential="chgnet",
        sha256="abc",
        protocol="quick-1",
        try_out=True,
        seed=0,
        properties={"shear_modulus": Property(value=14.0, uncertainty=1.0, unit="GPa")},
    )
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
    open_collection(mongo_uri, "records").insert_many(
        [record.model_dump(mode="json"), record.model_copy(update={"seed": 7}).model_dump(mode="json")]
    )
    open_collection(mongo_uri, "campaigns").insert_one(campaign.model_dump(mode="json"))
    assert read_campaigns(mongo_uri) == [campaign]
    assert read_records(mongo_uri, campaign=campaign) == [record]
    later = record.model_copy(
        update={"name": "again", "created_at": record.created_at + timedelta(seconds=1)}
    )
    open_collection(mongo_uri, "records").insert_one(later.model_dump(mode="json"))
    names = [found.name for found in read_records(MongoDatabase.parse(mongo_uri))]
    assert sorted(names) == ["Li2S", "again"]
