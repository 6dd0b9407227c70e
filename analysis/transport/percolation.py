"""How high a carrier must climb to cross a crystal along one, two or three directions."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.transport.networks import HopNetwork

__all__ = ["PercolatingBarriers", "percolating_barriers", "percolating_dimensions"]

Ints = NDArray[np.int64]


class PercolatingBarriers(BaseModel):
    """Highest saddle of the easiest endless path over its lowest site, eV; None if there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    one_eV: float | None = Field(description="Along one direction at least, eV.")
    two_eV: float | None = Field(description="Along two directions at least, eV.")
    three_eV: float | None = Field(description="Along all three directions, eV.")

    @property
    def dimensions(self) -> int:
        """Number of directions along which the network is endless."""
        return sum(value is not None for value in (self.one_eV, self.two_eV, self.three_eV))

    @property
    def best_eV(self) -> float | None:
        """The barrier of the most directions that there are paths along, eV."""
        found = [value for value in (self.one_eV, self.two_eV, self.three_eV) if value is not None]
        return found[-1] if found else None


def percolating_barriers(network: HopNetwork) -> PercolatingBarriers:
    """Find the lowest saddle up to which the hops make an endless network.

    Hops are joined lowest saddle first. Each set of joined sites keeps in which cell it meets its own
    images; the rank of these lattice vectors is the number of directions in which it is endless. The
    barrier is the saddle that completed the set over the lowest site of that set.

    Parameters
    ----------
    network : HopNetwork
        Sites and hops with their energies.
    """
    sets = _Sets(network.energies_eV)
    found: dict[int, float] = {}
    for hop in sorted(network.hops, key=lambda hop: hop.saddle_eV):
        rank, lowest = sets.join(hop.start, hop.end, np.array(hop.offset, dtype=np.int64))
        for dimension in range(1, rank + 1):
            found.setdefault(dimension, hop.saddle_eV - lowest)
    return PercolatingBarriers(one_eV=found.get(1), two_eV=found.get(2), three_eV=found.get(3))


def percolating_dimensions(sites: int, hops: list[tuple[int, int, tuple[int, int, int]]]) -> int:
    """Return along how many directions hops between sites are endless, whatever their energies.

    Parameters
    ----------
    sites : int
        Number of sites in the cell.
    hops : list of tuple
        Start, end, and the cell in which the end is.
    """
    sets = _Sets((0.0,) * sites)
    ranks = [sets.join(start, end, np.array(offset, dtype=np.int64))[0] for start, end, offset in hops]
    return max(ranks, default=0)


class _Sets:
    """Disjoint sets of sites; each site knows in which cell it is, as seen from the first of its set."""

    def __init__(self, energies_eV: tuple[float, ...]) -> None:
        self._parents = list(range(len(energies_eV)))
        self._cells: list[Ints] = [np.zeros(3, dtype=np.int64) for _ in energies_eV]
        self._lowest = list(energies_eV)
        self._loops: list[list[Ints]] = [[] for _ in energies_eV]

    def join(self, start: int, end: int, offset: Ints) -> tuple[int, float]:
        """Join two sites; return in how many directions their set is endless, and its lowest energy."""
        (first, from_first), (second, from_second) = self._find(start), self._find(end)
        way = from_first + offset - from_second
        if first != second:
            self._parents[second], self._cells[second] = first, way
            self._lowest[first] = min(self._lowest[first], self._lowest[second])
            loops = [*self._loops[first], *self._loops[second]]
            self._loops[first] = []
            for loop in loops:
                self._add(first, loop)
        else:
            self._add(first, way)
        return len(self._loops[first]), self._lowest[first]

    def _add(self, root: int, loop: Ints) -> None:
        """Keep a lattice vector that is no combination of those already there."""
        more = [*self._loops[root], loop]
        if np.linalg.matrix_rank(np.array(more)) == len(more):
            self._loops[root] = more

    def _find(self, site: int) -> tuple[int, Ints]:
        cell = np.zeros(3, dtype=np.int64)
        while self._parents[site] != site:
            cell = cell + self._cells[site]
            site = self._parents[site]
        return site, cell
