"""The password stands in one file that nobody else can read, and in no message."""

import os
import signal
import stat
import time

import pytest

from lithicoat.analysis.mongodb import PASSWORD, PASSWORD_FILE, MongoDatabase
from lithicoat.workflows.cluster.passwords import keep_password, launchpad_file, password_file
from lithicoat.workflows.cluster.templates import write
from lithicoat.workflows.errors import UsageError

SECRET = "p@ss: word/%"  # noqa: S105


@pytest.fixture(autouse=True)
def _no_password(tmp_path, monkeypatch):
    monkeypatch.delenv(PASSWORD, raising=False)
    monkeypatch.setenv(PASSWORD_FILE, str(tmp_path / "private" / "pw"))


@pytest.fixture
def locked(make_settings):
    settings = make_settings(db="mongodb://me@db:27017/films")
    write(settings)
    return settings


def test_a_kept_password_is_private_and_is_found_again():
    password_file().parent.mkdir()
    password_file().write_text("an old one, readable by all")
    file = keep_password(SECRET)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert MongoDatabase.parse("mongodb://me@db/films").password() == SECRET


def test_a_file_system_without_modes_keeps_no_password(monkeypatch):
    from lithicoat.workflows.cluster import passwords

    real = passwords.os.fstat

    def open_to_all(descriptor):
        status = list(real(descriptor))
        status[0] = stat.S_IFREG | 0o777
        return passwords.os.stat_result(status)

    monkeypatch.setattr(passwords.os, "fstat", open_to_all)
    with pytest.raises(UsageError, match="would have the mode 777"):
        keep_password(SECRET)
    assert not password_file().exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "private").write_text("a file")
    with pytest.raises(UsageError, match="private/pw cannot be written"):
        keep_password(SECRET)


def test_fireworks_gets_the_password_for_as_long_as_its_tool_runs(locked, monkeypatch):
    from fireworks import LaunchPad

    monkeypatch.setenv(PASSWORD, SECRET)
    with launchpad_file(locked) as file:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        launchpad = LaunchPad.from_file(str(file))
        assert launchpad.connection.options.pool_options._credentials.password == SECRET
        assert launchpad.db.name == "films"
    assert not file.exists()
    assert SECRET not in (locked.directory / "my_launchpad.yaml").read_text()


def test_a_database_without_users_needs_no_file(make_settings):
    write(make_settings())
    with launchpad_file(make_settings()) as file:
        assert file == make_settings().directory / "my_launchpad.yaml"


def test_a_user_without_a_password_is_told_before_fireworks_starts(locked):
    with (
        pytest.raises(UsageError, match="no password for user me of the MongoDB at db:27017"),
        launchpad_file(locked),
    ):
        pass


def test_a_job_that_the_queue_ends_leaves_no_password_behind(locked, monkeypatch):
    monkeypatch.setenv(PASSWORD, SECRET)
    before = signal.getsignal(signal.SIGTERM)
    lent = []
    with pytest.raises(SystemExit, match="143"):
        run_until_ended(locked, lent)
    assert not lent[0].parent.exists()
    assert signal.getsignal(signal.SIGTERM) is before


def run_until_ended(settings, lent):
    with launchpad_file(settings) as file:
        lent.append(file)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
