"""Write an archive: one zip of plain JSON lines, always with the same bytes."""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lithicoat.analysis.exchange.files import appearing
from lithicoat.analysis.exchange.manifest import CAMPAIGNS, MANIFEST, RECORDS, STEPS, Manifest, Member
from lithicoat.analysis.exchange.strict import line_of

__all__ = ["pack"]

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every member: when an archive was written does not change its bytes."""
UNIX = 3
MODE = 0o100644


def pack(
    path: Path,
    *,
    records: Iterable[dict[str, Any]],
    campaigns: Iterable[dict[str, Any]],
    steps: Iterable[dict[str, Any]] | None,
    title: str = "",
    contact: str = "",
    licence: str = "",
) -> Manifest:
    """Write an archive; it appears under its name when it is whole.

    Parameters
    ----------
    path : Path
        The zip file.
    records, campaigns : iterable of dict
        Documents in the order they are to have.
    steps : iterable of dict, optional
        Documents of the computations, as :func:`~lithicoat.analysis.exchange.step_documents.step_of` makes
        them; None leaves them out.
    title, contact, licence : str
        What the archive says of itself.

    Returns
    -------
    Manifest

    Raises
    ------
    DataError
        If the file cannot be written, or a document cannot be.
    """
    newest = _Newest()
    contents = {RECORDS: newest.watching(records), CAMPAIGNS: campaigns}
    if steps is not None:
        contents[STEPS] = steps
    with appearing(path) as file, zipfile.ZipFile(file, "w") as archive:
        members = {name: _write(archive, name, documents) for name, documents in contents.items()}
        manifest = Manifest(
            lithicoat=version("lithicoat"),
            schema_version=newest.version,
            title=title,
            contact=contact,
            licence=licence,
            members=members,
        )
        with archive.open(_member(MANIFEST), "w") as stream:
            stream.write(manifest.line())
    return manifest


class _Newest:
    """The highest schema version among the records that go by."""

    version = 0

    def watching(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for record in records:
            self.version = max(self.version, int(record["schema_version"]))
            yield record


def _write(archive: zipfile.ZipFile, name: str, documents: Iterable[dict[str, Any]]) -> Member:
    digest, count, size = hashlib.sha256(), 0, 0
    with archive.open(_member(name), "w", force_zip64=True) as stream:
        for document in documents:
            line = line_of(document)
            digest.update(line)
            count, size = count + 1, size + len(line)
            stream.write(line)
    return Member(documents=count, size=size, sha256=digest.hexdigest())


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, EPOCH)
    member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, UNIX, MODE << 16
    member._compresslevel = 9  # type: ignore[attr-defined]  # noqa: SLF001 - the only way for one member
    return member
