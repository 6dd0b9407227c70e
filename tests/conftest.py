"""Every test runs in a directory of its own, with its own list of trusted files.

Steps without a database leave their files where they are.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

LISTENER = Path(__file__).parent / "support" / "mongowire.py"


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITHICOAT_TRUSTED", str(tmp_path / "trusted.json"))


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
