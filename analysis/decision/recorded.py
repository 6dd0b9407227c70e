"""What films have on record: their ids, roles and properties, from records or a database's index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["Films", "Numbers", "Recorded", "RecordedFilms", "RecordedRows"]

_SIDE = {None: 0, Bound.UPPER: -1, Bound.LOWER: 1}


@dataclass(frozen=True)
class Numbers:
    """One property of many films as it was recorded.

    Parameters
    ----------
    value, uncertainty : numpy.ndarray, shape (n,)
        Values or bounds, and standard uncertainties, in the unit of each; nan where there is none.
    bound : numpy.ndarray of int, shape (n,)
        0 for a value, -1 if it is an upper bound, 1 if a lower one.
    unit : numpy.ndarray of int, shape (n,)
        Which of the units.
    units : tuple of str
        The units.
    """

    value: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    bound: NDArray[np.int8]
    unit: NDArray[np.integer]
    units: tuple[str, ...]


class Recorded(Protocol):
    """Properties of many films."""

    def __len__(self) -> int:
        """Return the number of films."""
        ...

    def told(self, row: int, name: str) -> Property | None:
        """Return a property of one film as it was recorded."""
        ...

    def numbers(self, name: str) -> Numbers:
        """Return one property of all films."""
        ...


class Films(Protocol):
    """Many films with their properties."""

    @property
    def coatings(self) -> Sequence[str]:
        """Ids of the coatings."""
        ...

    @property
    def roles(self) -> Sequence[str]:
        """Role of each."""
        ...

    def properties(self, rows: Sequence[int]) -> Recorded:
        """Return the properties of some of the films, in the order of the rows."""
        ...


class RecordedRows:
    """Properties of films, one mapping each.

    Parameters
    ----------
    rows : sequence of mapping of str to Property
        Properties of each film by name.
    """

    def __init__(self, rows: Sequence[Mapping[str, Property]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        """Return the number of films."""
        return len(self._rows)

    def told(self, row: int, name: str) -> Property | None:
        """Return a property of one film as it was recorded."""
        return self._rows[row].get(name)

    def numbers(self, name: str) -> Numbers:
        """Return one property of all films."""
        size = len(self._rows)
        value, error = np.full(size, np.nan), np.full(size, np.nan)
        bound, unit = np.zeros(size, dtype=np.int8), np.zeros(size, dtype=np.intp)
        units: dict[str, int] = {}
        for row, properties in enumerate(self._rows):
            prop = properties.get(name)
            if prop is None:
                continue
            unit[row] = units.setdefault(prop.unit, len(units))
            if prop.value is None:
                continue
            value[row], bound[row] = prop.value, _SIDE[prop.bound]
            if prop.uncertainty is not None:
                error[row] = prop.uncertainty
        return Numbers(value, error, bound, unit, tuple(units))


@dataclass(frozen=True)
class RecordedFilms:
    """Films with their whole records.

    Parameters
    ----------
    records : sequence of ScreeningRecord
        The records.
    """

    records: Sequence[ScreeningRecord]

    @classmethod
    def of(cls, films: Sequence[ScreeningRecord] | Films) -> "Self | Films":
        """Take records, or what knows their properties already."""
        return cls(films) if isinstance(films, Sequence) else films

    @property
    def coatings(self) -> list[str]:
        """Ids of the coatings."""
        return [record.coating for record in self.records]

    @property
    def roles(self) -> list[str]:
        """Role of each."""
        return [record.role for record in self.records]

    def properties(self, rows: Sequence[int]) -> RecordedRows:
        """Return the properties of some of the films, in the order of the rows."""
        return RecordedRows([self.records[row].properties for row in rows])
