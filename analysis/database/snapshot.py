"""All numbers of a database at one moment, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.database.entries import ENTRY, HEAD, NOTHING, STATE, Decoder, Words
from lithicoat.analysis.properties import Property

__all__ = ["Row", "Snapshot"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Heads and numbers of the records of a database, in the order in which they were made.

    Of several records of one coating with the same potential, protocol and seed the latest is there.

    Parameters
    ----------
    keys : numpy.ndarray of str, shape (n,)
        Keys of the documents.
    head : numpy.ndarray of HEAD, shape (n,)
        Their heads.
    numbers : numpy.ndarray of ENTRY, shape (n, p)
        Their numbers, by property.
    properties : tuple of str
        Names of the properties, p of them.
    words, notes : Words
        Texts that heads and entries refer to.
    """

    keys: NDArray[np.str_]
    head: NDArray[np.void]
    numbers: NDArray[np.void]
    properties: tuple[str, ...]
    words: Words
    notes: Words

    @classmethod
    def of(
        cls,
        keys: Sequence[str],
        rows: Sequence[bytes],
        *,
        properties: Sequence[str],
        words: Words,
        notes: Words,
    ) -> "Snapshot":
        """Put rows together; a row may end before the last property."""
        head, numbers = _arrays(rows, len(properties))
        names = np.array(keys, dtype=object)
        latest = _latest(head)
        if not np.array_equal(latest, np.arange(len(head))):
            names, head, numbers = names[latest], head[latest], numbers[latest]
        return cls(names, head, numbers, tuple(properties), words, notes)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.head)

    @cached_property
    def broken(self) -> NDArray[np.bool_]:
        """Which documents are no records, shape (n,)."""
        return self.head["broken"].astype(bool)

    @cached_property
    def slots(self) -> dict[str, int]:
        """Places of the properties in a row."""
        return {name: slot for slot, name in enumerate(self.properties)}

    def column(self, name: str) -> NDArray[np.void]:
        """Return one property of all records, shape (n,); entries of nothing where no record has it."""
        if name not in self.slots:
            return np.frombuffer(NOTHING * len(self), dtype=ENTRY)
        return np.asarray(self.numbers[:, self.slots[name]])

    def texts(self, name: str, rows: NDArray[np.intp]) -> list[str]:
        """Return a field of the heads of rows."""
        return [self.words.texts[code] for code in self.head[name][rows].tolist()]

    def told(self, row: int, name: str) -> Property | None:
        """Return a property of one record as it was recorded."""
        slot = self.slots.get(name)
        if slot is None:
            return None
        entry = self.numbers[row, slot].item()
        return None if entry[STATE] == 0 else self._decoder.property(entry)

    @cached_property
    def _decoder(self) -> Decoder:
        return Decoder(self.words, self.notes)


class Row(Mapping[str, Property]):
    """Properties of one record by name, made when they are asked for."""

    def __init__(self, snapshot: Snapshot, row: int) -> None:
        self._snapshot, self._row = snapshot, row

    def __getitem__(self, name: str) -> Property:
        """Return a property."""
        found = self._snapshot.told(self._row, name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
        """Go through the names."""
        states = self._snapshot.numbers[self._row]["state"]
        return (self._snapshot.properties[slot] for slot in np.flatnonzero(states))

    def __len__(self) -> int:
        """Return the number of properties."""
        return int(np.count_nonzero(self._snapshot.numbers[self._row]["state"]))


def _arrays(rows: Sequence[bytes], properties: int) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """Return heads and numbers; a property that a row is too short for, or lacks, is nothing."""
    form = np.dtype([("head", HEAD), ("numbers", ENTRY, (properties,))])
    whole = [row + NOTHING * ((form.itemsize - len(row)) // ENTRY.itemsize) for row in rows]
    both = np.frombuffer(b"".join(whole), dtype=form)
    return both["head"], both["numbers"]


def _latest(head: NDArray[np.void]) -> NDArray[np.intp]:
    """Return the rows of the latest record of each film, in the order in which they were made."""
    identity = ("seed", "protocol", "sha256", "coating")
    order = np.lexsort((head["created_us"], *(head[name] for name in identity)))
    if not len(order):
        return order
    differs = np.zeros(len(order), dtype=bool)
    differs[-1] = True
    for name in identity:
        column = head[name][order]
        differs[:-1] |= column[1:] != column[:-1]
    rows = np.sort(order[differs])
    return np.asarray(rows[np.argsort(head["created_us"][rows], kind="stable")])
