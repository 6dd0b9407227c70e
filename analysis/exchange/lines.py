"""Records as JSON lines, from anybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.exchange.checking import identity_of, record_of
from lithicoat.analysis.exchange.strict import LONGEST, document_of
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["Lines", "open_lines"]


@contextmanager
def open_lines(path: str | Path) -> Iterator["Lines"]:
    """Open a file with one record per line, as ``lithicoat export --jsonl`` writes it, and check all of it.

    Raises
    ------
    DataError
        If a line is no record.
    """
    lines = Lines(Path(path))
    try:
        for _ in lines.records():
            pass
        yield lines
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", where=str(path)) from error


class Lines:
    """A file with one record per line; each is checked as it is read.

    Parameters
    ----------
    path : Path
        Where it lies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def records(self) -> Iterator[ScreeningRecord]:
        """Return the records; older ones as this version has them."""
        seen: set[tuple[str, str, str, int]] = set()
        with self.path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST + 2):
                number += 1
                place = f"line {number} of {self.path.name}"
                record = record_of(document_of(line, place), place)
                if identity_of(record) in seen:
                    raise DataError(f"{place} is a second record of {record.coating}", where=place)
                seen.add(identity_of(record))
                yield record
