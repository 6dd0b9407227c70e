"""JSON lines that may come from anybody: less than JSON allows, and all that a database can hold."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from lithicoat.analysis.errors import DataError

__all__ = ["DEEPEST", "LONGEST", "document_of", "line_of"]

LONGEST = 16 * 2**20
"""Bytes of a document: as many as one of MongoDB may have."""
DEEPEST = 60
"""Levels of lists and objects; MongoDB takes 100."""
DIGITS = 19
"""Digits of the largest integer that a database keeps."""
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, reversals of direction and halves of characters; line breaks and tabs are none."""
ODD_BYTES = re.compile(rb"(?i)\\[bfr]|\\u(00[0189]|007f|20[0-6]|d[89a-f])|[^\x20-\x7e]")
"""Without these a line has none of the unseen characters, escaped or not."""


def line_of(document: dict[str, Any]) -> bytes:
    """Write a document as one line, always with the same bytes.

    Raises
    ------
    DataError
        If it holds what JSON does not have, such as nan.
    """
    try:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"a document of {_about(document)} holds what JSON has not: {error}",
            hint="lithicoat db check names broken documents and what mends them",
        ) from error
    return text.encode("ascii") + b"\n"


def document_of(line: bytes, place: str) -> dict[str, Any]:
    """Read one line that may come from anybody.

    Parameters
    ----------
    line : bytes
        One JSON object.
    place : str
        How messages name it, such as ``line 3 of records.jsonl``.

    Returns
    -------
    dict
        Only finite numbers, integers of 64 bits, printable text, and no key that a database or a decoder of
        Python objects takes for more than a name.

    Raises
    ------
    DataError
        If the line is anything else.
    """
    if len(line) > LONGEST:
        raise _refused(place, f"is longer than the {LONGEST // 2**20} MB that a document may have")
    try:
        text = line.decode("utf-8")
        found = json.loads(
            text,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_short,
            object_pairs_hook=_each_once,
        )
    except RecursionError:
        raise _refused(place, "is nested too deeply") from None
    except _OddError as error:
        raise _refused(place, str(error)) from None
    except ValueError as error:
        raise _refused(place, "is not JSON, or was cut off") from error
    if not isinstance(found, dict):
        raise _refused(place, "is not a JSON object")
    _look_through(found, place, odd=ODD_BYTES.search(line.rstrip(b"\n")) is not None)
    return found


class _OddError(Exception):
    """Something that JSON allows and this form does not."""


def _no_number(name: str) -> float:
    raise _OddError(f"holds {name}, which is no number")


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise _OddError(f"holds the number {_short_form(text)}, which no computer keeps")
    return number


def _short(text: str) -> int:
    if len(text) > DIGITS + 1 or not -(2**63) <= int(text) < 2**63:
        raise _OddError(f"holds the integer {_short_form(text)} of {len(text)} digits")
    return int(text)


def _short_form(text: str) -> str:
    return text if len(text) < DIGITS + 2 else f"{text[:8]}…"


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _OddError(f"has the field {twice[:40]!r} twice")
    return found


def _look_through(found: dict[str, Any], place: str, *, odd: bool) -> None:
    """Look at every name, and at every text if there may be characters that one does not see."""
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        for value in level:
            if isinstance(value, dict):
                _look_at_names(value, place)
            if odd:
                texts = (*value, *value.values()) if isinstance(value, dict) else value
                _look_at_texts(texts, place)
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise _refused(place, "is nested too deeply")


def _inside(value: Any) -> Iterator[Any]:
    items = value.values() if isinstance(value, dict) else value
    return (item for item in items if isinstance(item, dict | list))


def _look_at_names(value: dict[str, Any], place: str) -> None:
    for name in value:
        if name.startswith(("@", "$")):
            raise _refused(place, f"has a field {name[:40]!r}: nothing in an archive becomes code or a query")


def _look_at_texts(texts: Any, place: str) -> None:
    for text in texts:
        if isinstance(text, str) and (unseen := UNSEEN.search(text)):
            raise _refused(place, f"holds the character U+{ord(unseen[0]):04X}, which one does not see")


def _refused(place: str, why: str) -> DataError:
    return DataError(f"{place} {why}", where=place, hint="ask those who wrote it for a new archive")


def _about(document: dict[str, Any]) -> str:
    return str(document.get("coating") or document.get("name") or "an unnamed film")
