"""Some of the films of a database, as the ranking takes them: without reading their records."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.database.snapshot import Snapshot
from lithicoat.analysis.decision.recorded import Numbers
from lithicoat.analysis.properties import Property

__all__ = ["Selection"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Rows of a snapshot, with the ids, roles and properties of their films.

    Parameters
    ----------
    snapshot : Snapshot
        All records of the database.
    rows : numpy.ndarray of int, shape (n,)
        Which of them.
    """

    snapshot: Snapshot
    rows: NDArray[np.intp]

    def __len__(self) -> int:
        """Return the number of films."""
        return len(self.rows)

    @cached_property
    def coatings(self) -> list[str]:
        """Ids of the coatings."""
        return self.snapshot.texts("coating", self.rows)

    @cached_property
    def roles(self) -> list[str]:
        """Role of each."""
        return self.snapshot.texts("role", self.rows)

    @property
    def keys(self) -> list[str]:
        """Keys of their documents."""
        return list(self.snapshot.keys[self.rows])

    def properties(self, rows: Sequence[int]) -> "Selection":
        """Return some of the films, in the order of the rows."""
        return Selection(self.snapshot, self.rows[np.asarray(rows, dtype=np.intp)])

    def told(self, row: int, name: str) -> Property | None:
        """Return a property of one film as it was recorded."""
        return self.snapshot.told(int(self.rows[row]), name)

    def numbers(self, name: str) -> Numbers:
        """Return one property of all films."""
        column = self.snapshot.column(name)[self.rows]
        known = column["state"] > 0
        codes, unit = np.unique(column["unit"][known], return_inverse=True)
        units = np.zeros(len(self), dtype=np.intp)
        units[known] = unit
        return Numbers(
            value=column["value"].copy(),
            uncertainty=column["uncertainty"].copy(),
            bound=column["bound"].copy(),
            unit=units,
            units=tuple(self.snapshot.words[code] for code in codes.tolist()),
        )
