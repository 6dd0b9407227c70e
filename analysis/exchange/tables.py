"""Records as text for other programs: CSV with one line per number, JSON, JSON lines."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from lithicoat.analysis.database.tables import NUMBER_COLUMNS, number_rows
from lithicoat.analysis.exchange.strict import line_of
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["as_csv", "as_json", "as_json_lines"]

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take text for a formula."""


def as_csv(records: Iterable[ScreeningRecord]) -> Iterator[str]:
    """Give a table with one line per number; no text in it is a formula of a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, NUMBER_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerows(_plain(row) for row in number_rows(record))
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def as_json(records: Iterable[ScreeningRecord]) -> Iterator[str]:
    """Give one JSON list."""
    before = "["
    for record in records:
        yield f"{before}\n{json.dumps(record.model_dump(mode='json'), indent=1, ensure_ascii=False)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def as_json_lines(records: Iterable[ScreeningRecord]) -> Iterator[str]:
    """Give one line of JSON per record."""
    for record in records:
        yield line_of(record.model_dump(mode="json")).decode()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Put a quotation mark before text that a spreadsheet would compute."""
    return {
        name: f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
        for name, value in row.items()
    }
