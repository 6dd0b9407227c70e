"""The explorer answers to its own machine only and asks nobody else."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from lithicoat.analysis.explorer.app import make_app
from lithicoat.analysis.explorer.guarding import is_loopback, may_ask
from lithicoat.analysis.explorer.library import Library

ANY = "0.0.0.0"  # noqa: S104 - nothing listens there


@pytest.fixture
def client(library: Library) -> FlaskClient:
    return make_app(library).server.test_client()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_addresses_are_known(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", [ANY, "::", "192.168.1.2", "example.org", "localhost.example.org"])
def test_other_addresses_are_not_loopback(host: str):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("asked", "host", "answered"),
    [
        ("localhost", "127.0.0.1", True),
        ("LOCALHOST", "127.0.0.1", True),
        ("127.0.0.1", "localhost", True),
        ("[::1]", "::1", True),
        ("evil.example.org", "127.0.0.1", False),
        ("localhost.evil.example.org", "127.0.0.1", False),
        ("10.0.0.7", "127.0.0.1", False),
        ("10.0.0.7", ANY, True),
        ("evil.example.org", ANY, False),
        ("node7", "node7", True),
        ("", "127.0.0.1", False),
    ],
)
def test_only_names_of_the_machine_are_answered(asked: str, host: str, *, answered: bool):
    assert may_ask(asked, host=host) is answered


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/assets/explorer.css", "/film/Soft/ab/tiny-1/0"])
def test_a_foreign_host_is_refused_everywhere(client: FlaskClient, path: str):
    assert client.get(path, headers={"Host": "localhost:8050"}).status_code == 200
    refused = client.get(path, headers={"Host": "evil.example.org:8050"})
    assert refused.status_code == 403
    assert b"Soft" not in refused.data


def test_a_foreign_host_cannot_ask_for_numbers(client: FlaskClient):
    question = json.dumps({"output": "counted.children", "inputs": []})
    sent: dict[str, Any] = {"data": question, "content_type": "application/json"}
    answer = client.post("/_dash-update-component", headers={"Host": "evil.example.org"}, **sent)
    assert answer.status_code == 403


def test_pages_may_load_nothing_from_elsewhere(client: FlaskClient):
    answer = client.get("/", headers={"Host": "127.0.0.1:1"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe-inline" not in scripts
    assert b"http://" not in answer.data
    assert b"https://" not in answer.data


def test_a_question_that_is_too_large_is_refused(client: FlaskClient):
    answer = client.post(
        "/_dash-update-component", data=b"x" * 2_000_000, content_type="application/json",
        headers={"Host": "localhost"},
    )  # fmt: skip
    assert answer.status_code == 413
