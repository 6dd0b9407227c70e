"""Records of older schemas, brought up to the present one step by step."""

from collections.abc import Callable, Mapping
from typing import Any

from lithicoat.analysis.errors import DataError

__all__ = ["SCHEMA_VERSION", "migrated"]

SCHEMA_VERSION = 2
"""Version of the documents that this code writes."""
Document = dict[str, Any]


def migrated(document: Mapping[str, Any], *, where: str) -> Document:
    """Return a record's document in the present schema; the one given stays as it is.

    Parameters
    ----------
    document : mapping
        As it was stored, of whichever schema.
    where : str
        Database or file that it is from, for the error.

    Raises
    ------
    DataError
        If it is of a newer schema, or of none.
    """
    version = document.get("schema_version", SCHEMA_VERSION)
    film = document.get("coating", "an unnamed coating")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DataError(
            f"the record of {film} in {where} is broken: its schema_version is {version!r}",
            where=where,
            hint="lithicoat db check names all such records",
        )
    if version > SCHEMA_VERSION:
        raise DataError(
            f"{where} has records of schema {version}; this lithicoat reads up to {SCHEMA_VERSION}",
            where=where,
            hint="install a newer lithicoat",
        )
    found = dict(document)
    for step in range(version, SCHEMA_VERSION):
        found = STEPS[step](found)
    return found


def _with_steps(document: Document) -> Document:
    """Add the computations behind a record, which schema 1 did not name."""
    return {**document, "steps": {}, "schema_version": 2}


STEPS: dict[int, Callable[[Document], Document]] = {1: _with_steps}
"""By schema, what leads to the next one."""
