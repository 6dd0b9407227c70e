"""How a record stands in the index: its head and its numbers, side by side in a row of fixed form."""

import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np

from lithicoat.analysis.properties import Bound, Property, Provenance

__all__ = ["ENTRY", "HEAD", "NOTHING", "STATE", "TEXTS", "Decoder", "Encoder", "Words", "microseconds"]

TEXTS = ("coating", "name", "family", "role", "campaign", "potential", "sha256", "protocol")
"""Fields of a record that are texts; a row has their codes."""
HEAD = np.dtype(
    [(name, "<u4") for name in TEXTS]
    + [("seed", "<i8"), ("created_us", "<i8"), ("try_out", "u1"), ("broken", "u1"), ("spare", "V6")]
)
ENTRY = np.dtype(
    [
        ("value", "<f8"),
        ("uncertainty", "<f8"),
        ("unit", "<u4"),
        ("flags", "<u4"),
        ("origin", "<u4"),
        ("bound", "i1"),
        ("state", "u1"),
        ("spare", "V2"),
    ]
)
"""One number: nan for what it lacks; bound -1 is an upper one, 1 a lower; state 0 where there is none, 1 if
it is missing with a reason, 2 if it has a value. What an entry refers to by code is a word."""

_HEAD = struct.Struct("<8IqqBB6x")
_ENTRY = struct.Struct("<ddIIIbB2x")
NOTHING = _ENTRY.pack(math.nan, math.nan, 0, 0, 0, 0, 0)
"""The entry of a property that a record does not have."""
STATE = 6
"""Place of the state in an entry."""
_SIDES = {None: 0, "upper": -1, "lower": 1}
_BOUNDS = {0: None, -1: Bound.UPPER, 1: Bound.LOWER}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Words:
    """Texts by number, each once.

    Parameters
    ----------
    texts : sequence of str, or callable
        What is known already, by code; or what returns it when it is first asked for.
    """

    def __init__(self, texts: Sequence[str] | Callable[[], Sequence[str]] = ()) -> None:
        self._given = texts

    @cached_property
    def texts(self) -> list[str]:
        """All texts, by code."""
        return list(self._given() if callable(self._given) else self._given)

    def __getitem__(self, code: int) -> str:
        """Return the text of a code."""
        return self.texts[code]

    def known(self, text: str) -> int | None:
        """Return the code of a text; None if it has none."""
        return self._codes.get(text)

    def code(self, text: str) -> int:
        """Return the code of a text, a new one if need be."""
        found = self._codes.setdefault(text, len(self.texts))
        if found == len(self.texts):
            self.texts.append(text)
        return found

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {text: code for code, text in enumerate(self.texts)}


class Encoder:
    """Turn documents of records into rows.

    Parameters
    ----------
    properties, words, notes : Words
        Names of the properties in their order in a row; texts of heads and units; flags and provenances, as
        JSON. All three grow as new ones come.
    """

    def __init__(self, properties: Words, words: Words, notes: Words) -> None:
        self.properties, self.words, self.notes = properties, words, notes
        self._flags: dict[tuple[str, ...], int] = {}
        self._origins: dict[tuple[Any, ...], int] = {}

    def row(self, document: Mapping[str, Any]) -> bytes:
        """Return the row of a document of the present schema.

        Raises
        ------
        KeyError, TypeError, ValueError, AttributeError, struct.error
            If the document is not as a record is written; a validation says what is wrong with it.
        """
        head = _HEAD.pack(
            *(self.words.code(_text(document[name])) for name in TEXTS),
            document["seed"],
            microseconds(document["created_at"]),
            bool(document["try_out"]),
            0,
        )
        found = [(self.properties.code(name), entry) for name, entry in document["properties"].items()]
        row = bytearray(NOTHING * (1 + max((slot for slot, _ in found), default=-1)))
        for slot, entry in found:
            self._pack(row, slot, entry)
        return head + bytes(row)

    def broken(self, document: Mapping[str, Any]) -> bytes:
        """Return the row of a document that is no record: what can be read of its head, and no number."""
        told = (document.get(name) for name in TEXTS)
        texts = [self.words.code(text if isinstance(text, str) else "") for text in told]
        seed = document.get("seed")
        return _HEAD.pack(*texts, seed if isinstance(seed, int) else 0, 0, 0, 1)

    def _pack(self, row: bytearray, slot: int, entry: Mapping[str, Any]) -> None:
        value, uncertainty, flags = entry["value"], entry.get("uncertainty"), entry.get("flags") or ()
        if value is None and not flags:
            msg = "a missing property must say why in its flags"
            raise ValueError(msg)
        if not math.isfinite(value or 0.0) or not 0 <= (uncertainty or 0.0) < math.inf:
            msg = "not a finite number"
            raise ValueError(msg)
        _ENTRY.pack_into(
            row,
            slot * _ENTRY.size,
            math.nan if value is None else value,
            math.nan if uncertainty is None else uncertainty,
            self.words.code(_text(entry["unit"])),
            self._flag_code(tuple(flags)),
            self._origin_code(entry.get("provenance") or {}),
            _SIDES[entry.get("bound")],
            1 if value is None else 2,
        )

    def _flag_code(self, flags: tuple[str, ...]) -> int:
        code = self._flags.get(flags)
        if code is None:
            code = self._flags[flags] = self.notes.code(json.dumps([*map(_text, flags)], ensure_ascii=False))
        return code

    def _origin_code(self, origin: Mapping[str, Any]) -> int:
        versions = origin.get("versions") or {}
        key = (*(origin.get(name) for name in ("potential", "sha256", "protocol", "seed")), *versions.items())
        code = self._origins.get(key)
        if code is None:
            text = Provenance.model_validate(origin).model_dump_json()
            code = self._origins[key] = self.notes.code(text)
        return code


class Decoder:
    """Turn entries into properties.

    Parameters
    ----------
    words, notes : Words
        What entries refer to.
    """

    def __init__(self, words: Words, notes: Words) -> None:
        self._words, self._notes = words, notes
        self._flags: dict[int, tuple[str, ...]] = {}
        self._origins: dict[int, Provenance] = {}

    def property(self, entry: tuple[Any, ...]) -> Property:
        """Return the property of an entry that is one."""
        value, uncertainty, unit, flags, origin, bound, *_ = entry
        if flags not in self._flags:
            self._flags[flags] = tuple(json.loads(self._notes[flags]))
        if origin not in self._origins:
            self._origins[origin] = Provenance.model_validate_json(self._notes[origin])
        return Property.model_construct(
            value=None if math.isnan(value) else value,
            uncertainty=None if math.isnan(uncertainty) else uncertainty,
            unit=self._words[unit],
            bound=_BOUNDS[bound],
            flags=self._flags[flags],
            provenance=self._origins[origin],
        )


def microseconds(text: str) -> int:
    """Return an ISO time as microseconds since 1970, to the digit."""
    moment = datetime.fromisoformat(text)
    since = moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _text(value: Any) -> str:
    if not isinstance(value, str):
        msg = f"not a text: {value!r}"
        raise TypeError(msg)
    return value
