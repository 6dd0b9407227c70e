"""`lithicoat serve` refuses in one sentence what it cannot or should not serve."""

import socket
from pathlib import Path
from typing import Any

import pytest

from lithicoat.analysis.explorer import serving
from lithicoat.workflows.cli import run
from lithicoat.workflows.storage import open_store

ANY = "0.0.0.0"  # noqa: S104 - nothing listens there


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Take note of what would be served, and serve nothing."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(serving, "serve", lambda library, **more: told.append({"library": library, **more}))
    return told


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    open_store(tmp_path / "empty.db").docs_store.update({"uuid": "none"}, key=["uuid"])
    return tmp_path / "empty.db"


def test_it_listens_on_the_loopback_interface(served: list[dict[str, Any]], empty: Path):
    assert run(["serve", "--db", str(empty)]) == 0
    assert (served[0]["host"], served[0]["port"]) == ("127.0.0.1", 8050)


def test_an_empty_database_is_served(served: list[dict[str, Any]], empty: Path):
    assert run(["serve", "--db", str(empty)]) == 0
    view = served[0]["library"].look()
    assert (len(view.numbers), view.campaigns, view.standings) == (0, (), ())


def test_no_database_is_told(served: list[dict[str, Any]], capfd: pytest.CaptureFixture[str]):
    assert run(["serve", "--db", "nowhere.db"]) == 2
    assert "nowhere.db holds no lithicoat database" in capfd.readouterr().err
    assert not served


@pytest.mark.parametrize("host", [ANY, "::", "192.168.1.7", "node7.example.org"])
def test_others_are_let_in_only_if_that_is_meant(
    host: str, served: list[dict[str, Any]], empty: Path, capfd: pytest.CaptureFixture[str]
):
    assert run(["serve", "--db", str(empty), "--host", host]) == 2
    assert "without a password" in capfd.readouterr().err
    assert not served
    assert run(["serve", "--db", str(empty), "--host", host, "--open-to-others"]) == 0
    assert f"whoever reaches {host} reads the whole database" in capfd.readouterr().err
    assert served[0]["host"] == host


def test_a_taken_port_is_told(empty: Path, capfd: pytest.CaptureFixture[str]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["serve", "--db", str(empty), "--port", str(port)]) == 2
    assert f"port {port} of 127.0.0.1 is taken by another program. --port 0 takes one that is free." in (
        " ".join(capfd.readouterr().err.split())
    )


def test_a_mongodb_is_served_without_its_password_in_sight(
    served: list[dict[str, Any]], mongo_uri: str, capfd: pytest.CaptureFixture[str]
):
    assert run(["serve", "--db", mongo_uri]) == 0
    library = served[0]["library"]
    assert len(library.look().numbers) == 0
    served[0]["announce"]("http://127.0.0.1:1/")
    assert str(library.database.where) in "".join(capfd.readouterr().err.split("\n"))
