"""Open an archive that may come from anybody: look at all of it before anything is made of it."""

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange.checking import campaign_of, identity_of, record_of
from lithicoat.analysis.exchange.manifest import CAMPAIGNS, MANIFEST, RECORDS, STEPS, Manifest, Member
from lithicoat.analysis.exchange.step_documents import job_of
from lithicoat.analysis.exchange.strict import LONGEST, document_of
from lithicoat.analysis.records import CampaignRecord, ScreeningRecord

__all__ = ["LARGEST", "Archive", "open_archive"]

LARGEST = 4 * 2**30
"""Bytes that an archive may unpack to; larger databases are merged as databases."""
DENSEST = 200
"""Times that a member may be larger than it is packed; numbers as JSON are 3 to 20 times larger."""
SMALL = 2**20
"""Bytes below which nobody asks how densely a member is packed."""
MANIFEST_SIZE = 2**16
END = b"PK\x05\x06"
END_SIZE = 22
LOCATOR, LOCATOR_SIZE = b"PK\x06\x07", 20
DIRECTORY_SIZE = 4096
"""Bytes that the list of four members may take."""
ENCRYPTED = 0x1
OTHER_PROGRAM = "an archive of lithicoat is made by lithicoat export --zip, and never packed again"


@contextmanager
def open_archive(path: str | Path) -> Iterator["Archive"]:
    """Open an archive and check it: names, sizes, checksums and each of its documents.

    Raises
    ------
    DataError
        If it is no archive of lithicoat, was damaged or tampered with, or holds what it should not.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            _look_at_end(file, path)
            with zipfile.ZipFile(file) as opened:
                archive = Archive(path, opened, _sha256(path))
                archive.verify()
                yield archive
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError) as error:
        raise DataError(f"{path} is damaged: {error}", where=str(path), hint="copy it again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", where=str(path)) from error


class Archive:
    """An archive that was looked through; its documents are checked again as they are read.

    Parameters
    ----------
    path : Path
        Where it lies.
    opened : ZipFile
        The open file.
    sha256 : str
        sha256 of the file.
    """

    def __init__(self, path: Path, opened: zipfile.ZipFile, sha256: str) -> None:
        self.path, self.sha256, self._zip = path, sha256, opened
        self._members = self._named()
        self.manifest = Manifest.read(self._first(), str(path))

    def verify(self) -> None:
        """Read all of it once.

        Raises
        ------
        DataError
            At the first thing that is wrong.
        """
        declared = self.manifest.members
        if missing := declared.keys() - self._members.keys():
            raise self._refused(f"lacks its file {min(missing)}")
        if strange := self._members.keys() - declared.keys() - {MANIFEST}:
            raise self._refused(f"holds a file that its manifest does not name, {min(strange)}")
        if (total := sum(member.size for member in declared.values())) > LARGEST:
            raise self._refused(
                f"would unpack to {total / 2**30:.0f} GB; the most is {LARGEST / 2**30:.0f} GB"
            )
        for read in (self.records, self.campaigns, self.jobs):
            for _ in read():
                pass

    def records(self) -> Iterator[ScreeningRecord]:
        """Return the records; older ones as this version has them."""
        return self._documents(RECORDS, record_of, lambda record: [identity_of(record)])

    def campaigns(self) -> Iterator[CampaignRecord]:
        """Return the campaigns."""
        return self._documents(CAMPAIGNS, campaign_of, lambda campaign: [campaign.name])

    def jobs(self) -> Iterator[dict[str, Any]]:
        """Return the computations as the database keeps them, with the archive as their origin."""
        return self._documents(
            STEPS,
            lambda step, place: job_of(step, place, origin=self.sha256),
            lambda job: [job["metadata"]["key"], job["uuid"]],
        )

    def _documents(
        self, name: str, make: Callable[[dict[str, Any], str], Any], names: Callable[[Any], list[Hashable]]
    ) -> Iterator[Any]:
        """Read the documents of a file, which are of as many films, computations or campaigns."""
        if name not in self.manifest.members:
            return
        seen: set[Hashable] = set()
        for number, line in enumerate(self._lines(name, self.manifest.members[name]), start=1):
            place = f"line {number} of {name} in {self.path.name}"
            found = make(document_of(line, place), place)
            if again := seen.intersection(names(found)):
                raise self._refused(f"holds in line {number} of {name} what it held before: {again.pop()}")
            seen.update(names(found))
            yield found

    def _lines(self, name: str, declared: Member) -> Iterator[bytes]:
        """Read a file line by line, never more of it than it should have."""
        digest, size, count = hashlib.sha256(), 0, 0
        with self._zip.open(self._members[name]) as stream:
            while line := stream.readline(LONGEST + 2):
                size, count = size + len(line), count + 1
                if size > declared.size or count > declared.documents:
                    raise self._refused(f"holds more in {name} than its manifest says")
                digest.update(line)
                yield line
        if (size, count) != (declared.size, declared.documents) or digest.hexdigest() != declared.sha256:
            raise self._refused(f"holds another {name} than its manifest says: its sha256 is wrong")

    def _first(self) -> dict[str, Any]:
        member = self._members.get(MANIFEST)
        if member is None:
            raise self._refused(f"has no {MANIFEST}, so it is no archive of lithicoat")
        with self._zip.open(member) as stream:
            line = stream.read(MANIFEST_SIZE + 1)
        if len(line) > MANIFEST_SIZE:
            raise self._refused("has a manifest longer than 64 kB")
        return document_of(line, f"{MANIFEST} of {self.path.name}")

    def _named(self) -> dict[str, zipfile.ZipInfo]:
        """Return the members by name, if they are files of the names that an archive has, each once."""
        found: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            name = member.orig_filename
            if name not in {MANIFEST, RECORDS, CAMPAIGNS, STEPS}:
                raise self._refused(f"holds a file {name[:80]!r}, which no archive of lithicoat has")
            if name in found:
                raise self._refused(f"holds {name} twice")
            if stat.S_IFMT(member.external_attr >> 16) not in {0, stat.S_IFREG}:
                raise self._refused(f"holds {name} as a link or another kind that is no plain file")
            if member.flag_bits & ENCRYPTED:
                raise self._refused(f"holds {name} encrypted")
            if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise self._refused(f"holds {name} packed in a way that lithicoat does not use")
            if member.file_size > max(SMALL, DENSEST * member.compress_size):
                raise self._refused(f"would unpack {name} to more than {DENSEST} times its size")
            found[name] = member
        return found

    def _refused(self, why: str) -> DataError:
        return DataError(f"{self.path} {why}", where=str(self.path), hint=OTHER_PROGRAM)


def _look_at_end(file: IO[bytes], path: Path) -> None:
    """Look at the last bytes of a zip before the whole list of its members is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - END_SIZE - LOCATOR_SIZE))
    last = file.read()
    end, before = last[-END_SIZE:], last[:-END_SIZE]
    if size < END_SIZE or not end.startswith(END):
        raise DataError(f"{path} is no archive of lithicoat, or was cut off", where=str(path))
    if before.startswith(LOCATOR) or int.from_bytes(end[12:16], "little") > DIRECTORY_SIZE:
        raise DataError(
            f"{path} holds more files than an archive of lithicoat has", where=str(path), hint=OTHER_PROGRAM
        )
    file.seek(0)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
