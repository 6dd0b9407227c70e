"""The example database that ships with lithicoat, unpacked where this user keeps such things."""

import hashlib
import os
import tempfile
from functools import cache
from importlib import resources
from pathlib import Path

from lithicoat.analysis.database.caching import cache_directory
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange.unpacking import unpack

__all__ = ["example_directory"]

ARCHIVE = "data/example.zip"


@cache
def example_directory() -> Path:
    """Return the directory of the example database; it is unpacked when it is first asked for.

    It lies where :func:`cache_directory` says; if that cannot be written, in a directory of this process.

    Raises
    ------
    DataError
        If this installation has no example.
    """
    archive = Path(str(resources.files("lithicoat.analysis").joinpath(ARCHIVE)))
    if not archive.is_file():
        raise DataError(
            "this installation has no example database",
            where=str(archive),
            hint="install lithicoat again from its repository",
        )
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()[:12]
    place = _cache() / f"example-{digest}.db"
    if not place.is_dir():
        _unpack_once(archive, place)
    return place


def _unpack_once(archive: Path, place: Path) -> None:
    try:
        unpack(archive, place)
    except DataError:
        if not place.is_dir():  # otherwise another process was faster
            raise


def _cache() -> Path:
    chosen = cache_directory()
    try:
        chosen.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="lithicoat-"))
    return chosen if os.access(chosen, os.W_OK) else Path(tempfile.mkdtemp(prefix="lithicoat-"))
