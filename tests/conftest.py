"""Every test runs in a directory of its own, with its own list of trusted files and its own cache.

Steps without a database leave their files where they are.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

LISTENER = Path(__file__).parent / "support" / "mongowire.py"


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITHICOAT_TRUSTED", str(tmp_path / "trusted.json"))
    monkeypatch.setenv("LITHICOAT_CACHE", str(tmp_path / "cache"))


@contextmanager
def _listening(directory: Path, *options: str, port: str = "0") -> Iterator[str]:
    """Run the listener for as long as the context lasts; gives host and port."""
    command = [sys.executable, str(LISTENER), str(directory), port, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listener:
        try:
            assert listener.stdout is not None
            yield listener.stdout.readline().strip()
        finally:
            listener.kill()


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URI of a MongoDB without the name of a database.

    The server of LITHICOAT_TEST_MONGODB_URI, or else a listener that speaks its protocol on this machine.
    """
    if real := os.environ.get("LITHICOAT_TEST_MONGODB_URI"):
        yield real
        return
    with _listening(tmp_path_factory.mktemp("mongodb")) as address:
        yield f"mongodb://{address}/?directConnection=true"


def _of_database(server: str, name: str) -> str:
    """Put the name of a database into a URI; a user stays known where the URI said."""
    parts = urlsplit(server)
    options = parts.query
    if "@" in parts.netloc and "authSource" not in options:
        options += f"{'&' if options else ''}authSource={parts.path.strip('/') or 'admin'}"
    return parts._replace(path=f"/{name}", query=options).geturl()


@pytest.fixture
def mongo_uri(mongo_server: str) -> Iterator[str]:
    """URI of a new, empty database on the server, dropped after the test."""
    from pymongo import MongoClient

    name = f"lithicoat_test_{uuid.uuid4().hex[:12]}"
    yield _of_database(mongo_server, name)
    with MongoClient(mongo_server) as client:
        client.drop_database(name)


@pytest.fixture
def listen() -> Callable[..., AbstractContextManager[str]]:
    """Start a MongoDB of a test's own on a directory; the context gives host and port."""
    return _listening


@pytest.fixture
def guarded_mongo(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start MongoDBs that know one user, with a password or without the right to write; gives their hosts."""
    with ExitStack() as stack:

        def start(*, user: str, password: str, read_only: bool = False) -> str:
            login = ["--user", user, "--password", password, *(["--read-only"] if read_only else [])]
            directory = tmp_path / f"mongodb-{user}"
            return stack.enter_context(_listening(directory, *login))

        yield start


@pytest.fixture
def small_database(tmp_path: Path) -> Callable[..., Path]:
    """Make a database of a few films, each with a record and one computation behind it."""
    import hashlib

    import litemongo

    def make(name: str = "films.db", films: Sequence[str] = ("LiGL", "Li2S"), **changes: Any) -> Path:
        told = {
            "campaign": "first",
            "potential": "chgnet",
            "sha256": "a" * 64,
            "protocol": "quick-1",
            "seed": 0,
            "created_at": "2026-01-01T00:00:00Z",
            "value": 14.0,
        }
        told |= changes
        numbers = {key: told[key] for key in ("sha256", "protocol", "seed")}
        client = litemongo.connect(f"file:{tmp_path / name}")
        (tmp_path / name).mkdir(exist_ok=True)
        base = client["lithicoat"]
        for film in films:
            key = hashlib.sha256(f"{film} {sorted(numbers.items())}".encode()).hexdigest()
            facts = {"coating": film, "campaign": told["campaign"], **numbers, "key": key, "seconds": 1.0}
            base["jobs"].insert_one(
                {
                    "uuid": str(uuid.UUID(key[:32])),
                    "index": 1,
                    "output": {
                        "reasons": [None, "too dense"],
                        "@module": "lithicoat.workflows.films.ensembles",
                        "@class": "Verdict",
                        "@version": "0",
                    },
                    "completed_at": "2026-01-01T00:00:00",
                    "metadata": facts,
                    "hosts": ["a"],
                    "name": "compare replicas",
                    "@module": "jobflow.core.schemas",
                    "@class": "JobStoreDocument",
                    "@version": "0",
                }
            )
            base["records"].insert_one(
                {
                    "schema_version": 2,
                    "coating": film,
                    "name": film,
                    "family": "lithicone",
                    "role": "anode",
                    **{name: told[name] for name in ("campaign", "potential", "created_at")},
                    **numbers,
                    "try_out": True,
                    "properties": {
                        "shear_modulus": {"value": told["value"], "uncertainty": 1.0, "unit": "GPa"}
                    },
                    "steps": {key: "compare replicas"},
                }
            )
        base["campaigns"].insert_one(
            {
                "name": told["campaign"],
                "coatings": list(films),
                "potential": told["potential"],
                **numbers,
                "numbers": {"name": "quick"},
                "state": "finished",
                "updated_at": told["created_at"],
            }
        )
        client.close()
        return tmp_path / name

    return make
