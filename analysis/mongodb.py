"""A MongoDB as people name it: a URI whose password stays out of sight."""

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from lithicoat.analysis.errors import DataError

__all__ = ["PASSWORD", "PASSWORD_FILE", "PATIENCE_S", "MongoDatabase", "Where", "explained", "located"]

DATABASE = "lithicoat"
"""Name of the database where the URI has none."""
PASSWORD = "LITHICOAT_MONGODB_PASSWORD"  # noqa: S105 - the name of the variable
"""Environment variable of the password."""
PASSWORD_FILE = "LITHICOAT_MONGODB_PASSWORD_FILE"  # noqa: S105 - the name of the variable
"""Environment variable with the path of the password's file; default ~/.config/lithicoat/mongodb-password."""
PATIENCE_S = 5.0
"""Seconds to wait for a server that does not answer."""
SOCKET_S = 60.0
"""Seconds after which a connection that has gone silent is given up for another."""

WRONG_PASSWORD = {18, 8000}
NO_RIGHT = 13
SECRET_OPTION = re.compile(r"(?i)(tlsCertificateKeyFilePassword=)[^&]*")
FORM = "mongodb://USER@HOST:PORT/NAME, or mongodb+srv://USER@HOST/NAME"


@dataclass(frozen=True)
class MongoDatabase:
    """One database of a MongoDB; printed, it shows no password."""

    uri: str
    """The URI without the password."""
    typed: str | None = field(default=None, repr=False)
    """The password if it stood in the URI."""

    @classmethod
    def parse(cls, text: str) -> "MongoDatabase":
        """Take the password out of a URI; whether the URI is right is told when it is opened."""
        scheme, _, rest = text.partition("://")
        address, question, options = rest.partition("?")
        login, at, hosts = address.rpartition("@")
        user, colon, password = login.partition(":")
        return cls(
            f"{scheme}://{user}{at}{hosts}{question}{options}", unquote_plus(password) if colon else None
        )

    def __str__(self) -> str:
        return SECRET_OPTION.sub(r"\1…", self.uri)

    @property
    def name(self) -> str:
        """Name of the database."""
        return self._address.partition("/")[2] or DATABASE

    @property
    def hosts(self) -> str:
        """Hosts and ports, as they stand in the URI."""
        return self._address.rpartition("@")[2].partition("/")[0]

    @property
    def user(self) -> str | None:
        """Name of the user; None if the URI has none."""
        login, at, _ = self._address.rpartition("@")
        return unquote_plus(login) if at else None

    @property
    def _address(self) -> str:
        return self.uri.partition("://")[2].partition("?")[0]

    def password(self) -> str | None:
        """Return the password: of the URI, else of the environment, else of a file that others cannot read.

        Raises
        ------
        DataError
            If others can read the file of the password.
        """
        return self.typed or os.environ.get(PASSWORD) or _password_of_file()

    def client(self, *, patience_s: float | None = None) -> Any:
        """Return this process's client; it was not asked yet whether the server answers.

        Parameters
        ----------
        patience_s : float, optional
            Seconds to wait for a server that does not answer; by default few.

        Raises
        ------
        DataError
            If the URI is wrong, or its user has no password.
        """
        with explained(self):
            return _client(self.uri, tuple(self.login().items()), patience_s or PATIENCE_S, os.getpid())

    def login(self) -> dict[str, str]:
        """Return the user and the password as the driver takes them; nothing if the URI has no user.

        Raises
        ------
        DataError
            If others can read the file of the password.
        """
        password = self.password() if self.user else None
        return {"username": str(self.user), "password": password} if password else {}

    def collection(self, name: str) -> Any:
        """Open a collection for reading.

        Raises
        ------
        DataError
            If the URI is wrong, no server answers, or it refuses the user.
        """
        found = self.client()[self.name][name]
        with explained(self):
            found.find_one({}, {"_id": 1})
        return found


Where = Path | MongoDatabase
"""A database: the directory of an embedded one, or a MongoDB."""


def located(where: str | Path | MongoDatabase) -> Where:
    """Tell the URI of a MongoDB from a directory."""
    if isinstance(where, str) and where.startswith(("mongodb://", "mongodb+srv://")):
        return MongoDatabase.parse(where)
    return where if isinstance(where, MongoDatabase) else Path(where)


@contextmanager
def explained(database: MongoDatabase) -> Iterator[None]:
    """Turn the errors of the MongoDB driver into one sentence each.

    Raises
    ------
    DataError
        If the URI is wrong, no server answers, TLS fails, or the user is refused or lacks a right.
    """
    from pymongo.errors import PyMongoError  # noqa: PLC0415 - for the groups that have a MongoDB

    try:
        yield
    except PyMongoError as error:
        raise _sentence(error, database) from error


@cache
def _client(uri: str, login: tuple[tuple[str, str], ...], patience_s: float, _process: int) -> Any:
    from pymongo import MongoClient  # noqa: PLC0415 - for the groups that have a MongoDB
    from pymongo.errors import ConfigurationError  # noqa: PLC0415

    options: dict[str, Any] = dict(login)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # an option that is ignored could be the one for TLS
        try:
            return MongoClient(
                uri,
                serverSelectionTimeoutMS=int(1000 * patience_s),
                socketTimeoutMS=int(1000 * SOCKET_S),
                appname="lithicoat",
                **options,
            )
        except (ValueError, UserWarning) as error:
            raise ConfigurationError(str(error)) from error


def _password_of_file() -> str | None:
    config = Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser()
    file = Path(os.environ.get(PASSWORD_FILE, config / "lithicoat" / "mongodb-password"))
    try:
        mode = file.stat().st_mode
        if mode & 0o077:
            raise DataError(
                f"{file} holds a password and others can read it",
                where=str(file),
                hint=f"make it yours alone: chmod 600 {file}",
            )
        return file.read_text().strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(
            f"the password file {file} cannot be read: {error.strerror}", where=str(file)
        ) from error


def _sentence(error: Exception, database: MongoDatabase) -> DataError:
    from pymongo import errors  # noqa: PLC0415

    code = getattr(error, "code", None)
    if isinstance(error, errors.ConfigurationError):
        return _wrong_uri(error, database)
    if code in WRONG_PASSWORD:
        return DataError(
            f"the MongoDB at {database.hosts} refuses {_who(database)}: wrong name or password",
            where=str(database),
            hint=f"the password comes from {PASSWORD}; add ?authSource=admin if the user is known there",
        )
    if code == NO_RIGHT:
        return DataError(
            f"{_who(database)} has no right to do this in the database {database.name} at {database.hosts}",
            where=str(database),
            hint=f"the role readWrite on {database.name} is needed to compute, read to look"
            + ("" if database.user else f"; log in with mongodb://USER@{database.hosts}/{database.name}"),
        )
    if isinstance(error, errors.ConnectionFailure):
        return _no_answer(error, database)
    reason = str(error).partition(", full error")[0]
    return DataError(f"the MongoDB at {database.hosts} reports: {reason}", where=str(database))


def _who(database: MongoDatabase) -> str:
    return f"user {database.user}" if database.user else "a user without a name"


def _wrong_uri(error: Exception, database: MongoDatabase) -> DataError:
    reason = str(error)
    if "password is required" in reason:
        return DataError(
            f"there is no password for user {database.user} of the MongoDB at {database.hosts}",
            where=str(database),
            hint=f"set {PASSWORD}, or keep it in a file of mode 600 named by {PASSWORD_FILE}",
        )
    if "DNS" in reason:
        return DataError(
            f"the name server knows no MongoDB {database.hosts}: {reason.rstrip('.')}",
            where=str(database),
            hint="name the server itself with mongodb://HOST:PORT; mongodb+srv:// needs such an entry",
        )
    first = reason.partition(" Hint:")[0].partition(" Refer to")[0].rstrip(".")
    return DataError(f"the URI of the MongoDB is wrong: {first}", where="--db", hint=f"it reads {FORM}")


def _no_answer(error: Exception, database: MongoDatabase) -> DataError:
    reason = str(error)
    if re.search(r"SSL|TLS|[Cc]ertificate", reason):
        what = "certificate is not trusted" if "CERTIFICATE_VERIFY" in reason else "TLS handshake failed"
        return DataError(
            f"the {what} at the MongoDB {database.hosts}",
            where=str(database),
            hint="tlsCAFile=FILE in the URI names the authority that signed it"
            if "CERTIFICATE_VERIFY" in reason
            else "leave tls=true out of the URI if the server has no TLS",
        )
    return DataError(
        f"no MongoDB answers at {database.hosts}: {_cause(reason)}",
        where=str(database),
        hint="name one that runs, with tls=true in the URI if it wants TLS; --db DIR needs no server",
    )


def _cause(reason: str) -> str:
    """Return what the driver saw last, without its inner state."""
    known = (
        "Connection refused",
        "Name or service not known",
        "connection closed",
        "timed out",
        "No route to host",
    )
    return next((text for text in known if text in reason), "no reply in time").lower()
