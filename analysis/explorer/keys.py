"""How a page names a record: by what makes it one of its kind, readable in its address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, quote, unquote, urlencode

from lithicoat.analysis.database import Filters
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["RecordKey", "compared", "comparison_address"]

SHOWN = 12
"""Letters of a sha256 in an address."""


@dataclass(frozen=True)
class RecordKey:
    """One record of the database: a film with one potential, protocol and seed.

    Parameters
    ----------
    coating : str
        Id of the film.
    sha256 : str
        sha256 of the potential, of which the first letters count.
    protocol : str
        Label of the protocol.
    seed : int
        Seed of the models.
    """

    coating: str
    sha256: str
    protocol: str
    seed: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", self.sha256[:SHOWN])

    @classmethod
    def of(cls, record: ScreeningRecord) -> Self:
        """Return the key of a record."""
        return cls(record.coating, record.sha256, record.protocol, record.seed)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a key as :meth:`__str__` writes it; None if it is none."""
        parts = [unquote(part) for part in text.split("/")]
        if len(parts) != 4 or not parts[3].isdecimal():
            return None
        return cls(parts[0], parts[1], parts[2], int(parts[3]))

    def __str__(self) -> str:
        parts = (self.coating, self.sha256, self.protocol, str(self.seed))
        return "/".join(quote(part, safe="") for part in parts)

    @property
    def filters(self) -> Filters:
        """What finds the record in a database."""
        return {
            "coating": self.coating, "sha256": self.sha256, "protocol": self.protocol, "seed": self.seed,
        }  # fmt: skip

    @property
    def address(self) -> str:
        """Path of the film's page."""
        return f"/film/{self}"


def comparison_address(keys: Sequence[RecordKey]) -> str:
    """Return the path of the page that compares films."""
    return "/compare?" + urlencode([("film", str(key)) for key in keys])


def compared(search: str) -> list[RecordKey]:
    """Return the films that an address compares, each once; what is no key is left out."""
    found = (RecordKey.parse(text) for text in parse_qs(search.lstrip("?")).get("film", []))
    return list(dict.fromkeys(key for key in found if key is not None))
