"""The password of the database: kept where nobody else can read it, lent to FireWorks' own tools."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lithicoat.analysis.mongodb import PASSWORD, PASSWORD_FILE
from lithicoat.workflows.cluster.settings import ClusterSettings
from lithicoat.workflows.errors import UsageError

__all__ = ["keep_password", "launchpad_file", "password_file"]


def password_file() -> Path:
    """Return the file in which lithicoat looks for the password."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    return Path(os.environ.get(PASSWORD_FILE) or config / "lithicoat" / "mongodb-password").expanduser()


def keep_password(password: str) -> Path:
    """Write the password into its file, of mode 600 from the first byte on.

    Raises
    ------
    UsageError
        If the file cannot be written, or its file system lets others read it all the same.
    """
    file = password_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.unlink(missing_ok=True)
        _write_privately(file, password + "\n")
    except OSError as error:
        raise UsageError(
            f"the password file {file} cannot be written: {error.strerror}",
            where=str(file),
            hint=f"name another one with {PASSWORD_FILE}, or set {PASSWORD}",
        ) from error
    return file


def _write_privately(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        os.fchmod(stream.fileno(), 0o600)
        mode = os.fstat(stream.fileno()).st_mode & 0o777
        if mode & 0o077 == 0:
            stream.write(text)
            return
    file.unlink()
    raise UsageError(
        f"{file} would have the mode {mode:o} on this file system, so others could read the password",
        where=str(file),
        hint=f"name a file elsewhere with {PASSWORD_FILE}, or set {PASSWORD}",
    )


@contextmanager
def launchpad_file(settings: ClusterSettings) -> Iterator[Path]:
    """Lend a my_launchpad.yaml with the password in it to a tool of FireWorks, for as long as it runs.

    Raises
    ------
    DataError
        If others can read the file of the password.
    UsageError
        If there is no password, or no place where only the user can read.
    """
    from ruamel.yaml import YAML

    own, database = settings.directory / "my_launchpad.yaml", settings.database
    if database.user is None:
        yield own
        return
    password = database.password()
    if not password:
        raise UsageError(
            f"there is no password for user {database.user} of the MongoDB at {database.hosts}",
            where=str(own),
            hint=f"set {PASSWORD}, or keep it with lithicoat cluster init --keep-password --force",
        )
    found = YAML(typ="safe", pure=True).load(own.read_text("utf-8"))
    login = {"username": database.user, "password": password}
    found["mongoclient_kwargs"] = {**(found.get("mongoclient_kwargs") or {}), **login}
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - not on a disk, if possible
    with (
        _ended_properly(),
        tempfile.TemporaryDirectory(prefix="lithicoat-", dir=memory) as private,  # of mode 700
    ):
        file = Path(private) / "my_launchpad.yaml"
        file.touch(mode=0o600)
        with file.open("w", encoding="utf-8") as stream:
            YAML(typ="safe", pure=True).dump(found, stream)
        yield file


@contextmanager
def _ended_properly() -> Iterator[None]:
    """Let a SIGTERM, with which queues end their jobs, clean up as any other end does."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
