"""Make a database of an archive, without an engine."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange.manifest import Manifest
from lithicoat.analysis.exchange.opening import Archive, open_archive

__all__ = ["unpack"]

DATABASE = "lithicoat"
AT_ONCE = 500
INDEXES = {"jobs": ("uuid", "metadata.key"), "records": ("coating",), "campaigns": ("name",)}


def unpack(archive: str | Path, directory: str | Path) -> Manifest:
    """Make a new database of an archive; it appears when it is whole.

    Parameters
    ----------
    archive : str or Path
        The zip file.
    directory : str or Path
        Directory of the new database.

    Returns
    -------
    Manifest
        What the archive says of itself.

    Raises
    ------
    DataError
        If the archive is refused, or the directory is there already or cannot be made.
    """
    directory = Path(directory)
    if directory.exists():
        raise DataError(
            f"{directory} exists already",
            where=str(directory),
            hint=f"lithicoat db import {archive} --db {directory} adds an archive to a database",
        )
    with open_archive(archive) as opened:
        try:
            directory.parent.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
            try:
                _fill(beside, opened)
                beside.chmod(0o755)
                os.rename(beside, directory)  # noqa: PTH104 - fails where another process was faster
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        except OSError as error:
            raise DataError(
                f"the database {directory} cannot be made: {error.strerror or error}", where=str(directory)
            ) from error
        return opened.manifest


def _fill(directory: Path, archive: Archive) -> None:
    import litemongo  # noqa: PLC0415 - archives are read without a database too

    client = litemongo.connect(f"file:{directory}")
    try:
        database = client[DATABASE]
        for collection, fields in INDEXES.items():
            for field in fields:
                database[collection].create_index(field)
        records = (record.model_dump(mode="json") for record in archive.records())
        campaigns = (campaign.model_dump(mode="json") for campaign in archive.campaigns())
        for name, documents in (("jobs", archive.jobs()), ("records", records), ("campaigns", campaigns)):
            for batch in _batches(documents):
                database[name].insert_many(batch)
    finally:
        client.close()


def _batches(documents: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    left = iter(documents)
    while batch := list(islice(left, AT_ONCE)):
        yield batch
