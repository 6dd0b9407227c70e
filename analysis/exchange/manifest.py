"""What an archive says about itself: form, versions, counts, checksums."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange.strict import line_of

__all__ = ["CAMPAIGNS", "FORM", "FORM_VERSION", "MANIFEST", "RECORDS", "STEPS", "Manifest", "Member"]

FORM = "lithicoat archive"
FORM_VERSION = 1
MANIFEST = "manifest.json"
RECORDS, CAMPAIGNS, STEPS = "records.jsonl", "campaigns.jsonl", "steps.jsonl"


class Member(BaseModel):
    """One file of an archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents: int = Field(ge=0, description="Lines, one document each.")
    size: int = Field(ge=0, description="Unpacked, in bytes.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="sha256 of the unpacked file.")


class Manifest(BaseModel):
    """First thing to read in an archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: str = Field(FORM, description="What kind of archive it is.")
    form_version: int = Field(FORM_VERSION, description="Version of its form.")
    lithicoat: str = Field(max_length=100, description="Version of lithicoat that wrote it.")
    schema_version: int = Field(ge=0, description="Highest version among its records.")
    title: str = Field("", max_length=1000, description="What it is, in the words of those who made it.")
    contact: str = Field("", max_length=1000, description="Whom to ask.")
    licence: str = Field("", max_length=1000, description="Under which its numbers may be used.")
    members: dict[str, Member] = Field(description="Its files by name.")

    def count(self, member: str) -> int:
        """Return how many documents a file of the archive has; 0 without it."""
        return self.members[member].documents if member in self.members else 0

    def line(self) -> bytes:
        """Return the manifest as it stands in the archive."""
        return line_of(self.model_dump(mode="json"))

    @classmethod
    def read(cls, document: dict[str, Any], place: str) -> "Manifest":
        """Read a manifest that may come from anybody.

        Raises
        ------
        DataError
            If it is of another kind of archive, of a newer lithicoat, or broken.
        """
        if document.get("form") != FORM:
            raise DataError(f"{place} is no archive of lithicoat", where=place, hint="lithicoat export --zip")
        version = document.get("form_version")
        if isinstance(version, int) and version > FORM_VERSION:
            raise DataError(
                f"{place} is an archive of form {version}; this lithicoat reads up to {FORM_VERSION}",
                where=place,
                hint="install a newer lithicoat",
            )
        try:
            found = cls.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise DataError(
                f"the manifest of {place} is broken: {field}: {first['msg']}", where=place
            ) from error
        if RECORDS not in found.members:
            raise DataError(f"the manifest of {place} names no {RECORDS}", where=place)
        if strange := found.members.keys() - {RECORDS, CAMPAIGNS, STEPS}:
            raise DataError(f"the manifest of {place} names a file {min(strange)[:60]!r}", where=place)
        return found
