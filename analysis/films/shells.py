"""Short-range order: first peaks of the radial distribution functions and coordination numbers."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from ase.neighborlist import primitive_neighbor_list
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.films.ensembles import over_replicas
from lithicoat.analysis.films.rdf import (
    REACH_A,
    SMEARING_A,
    MeanRdf,
    PartialRdf,
    coordination_number,
    first_shell,
    mean_rdf,
    partial_rdfs,
)
from lithicoat.analysis.films.records import Shell, ShellStatistics

__all__ = [
    "SMEARING_A",
    "Cell",
    "Shell",
    "ShellStatistics",
    "coordination_shares",
    "ensemble_shells",
    "first_shells",
]

Array = NDArray[np.float64]


class Cell(BaseModel):
    """One periodic cell, as its statistics see it."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    symbols: tuple[str, ...] = Field(description="Elements, one per atom.")
    positions_A: Array = Field(description="Cartesian positions, shape (atoms, 3), Å.")
    cell_A: Array = Field(description="Lattice vectors as rows, Å.")


def first_shells(
    positions_A: Array, *, symbols: tuple[str, ...], cell_A: Array, reach_A: float = REACH_A
) -> tuple[Shell, ...]:
    """Find the first shell around each element, for every ordered pair of elements.

    Parameters
    ----------
    positions_A : numpy.ndarray, shape (atoms, 3)
        Cartesian positions in Å, wrapped or not.
    symbols : tuple[str, ...]
        Elements, one per atom.
    cell_A : numpy.ndarray, shape (3, 3)
        Lattice vectors as rows, Å; periodic in all directions.
    reach_A : float
        Largest distance looked at, Å.

    Returns
    -------
    tuple[Shell, ...]
        Sorted by elements; pairs without a peak and a minimum within `reach_A` are left out.

    Raises
    ------
    DataError
        If the cell has no volume.

    Notes
    -----
    One configuration of a small cell gives the peak to about `SMEARING_A`; the coordination number counts
    the smeared distances up to the minimum, as usual for g(r).
    """
    shells = []
    for rdf in partial_rdfs(positions_A, symbols=symbols, cell_A=cell_A, reach_A=reach_A).values():
        found = first_shell(rdf)
        if found is not None:
            peak, edge = found
            shells.append(
                Shell(
                    center=rdf.center,
                    neighbor=rdf.neighbor,
                    peak_A=peak,
                    edge_A=edge,
                    coordination=coordination_number(rdf, edge_A=edge),
                )
            )
    return tuple(shells)


def ensemble_shells(cells: Sequence[Cell]) -> tuple[tuple[ShellStatistics, ...], tuple[MeanRdf, ...]]:
    """Average radial distribution functions over the cells of a film and describe their first shells.

    The edge of a shell is the minimum of the mean function, so that all cells count alike.

    Parameters
    ----------
    cells : sequence of Cell
        Independent cells of one film, all of the same elements.

    Returns
    -------
    shells : tuple of ShellStatistics
        Pairs without a shell are left out.
    rdfs : tuple of MeanRdf
        Of all ordered pairs.

    Raises
    ------
    DataError
        If there is no cell, or the elements differ.
    """
    if not cells:
        raise DataError("an ensemble needs at least one cell", where="cells")
    if len({frozenset(cell.symbols) for cell in cells}) > 1:
        raise DataError("the cells of an ensemble hold different elements", where="cells")
    functions = [partial_rdfs(cell.positions_A, symbols=cell.symbols, cell_A=cell.cell_A) for cell in cells]
    means, shells = [], []
    for pair in functions[0]:
        own = [by_pair[pair] for by_pair in functions]
        mean = mean_rdf(own)
        means.append(mean)
        found = first_shell(mean)
        if found is not None:
            shells.append(_statistics(mean, own, cells, peak_A=found[0], edge_A=found[1]))
    return tuple(shells), tuple(means)


def _statistics(
    mean: MeanRdf, own: Sequence[PartialRdf], cells: Sequence[Cell], *, peak_A: float, edge_A: float
) -> ShellStatistics:
    numbers = [coordination_number(rdf, edge_A=edge_A) for rdf in own]
    peaks = [found[0] for rdf in own if (found := first_shell(rdf)) is not None]
    at = over_replicas(peaks if len(peaks) == len(own) else [peak_A] * len(own), unit="Å")
    pooled: Counter[int] = Counter()
    for cell in cells:
        pooled += _counts(cell, mean.center, mean.neighbor, edge_A)
    return ShellStatistics(
        center=mean.center,
        neighbor=mean.neighbor,
        peak=at.model_copy(update={"value": peak_A}),
        edge_A=edge_A,
        coordination=over_replicas(numbers, unit="1"),
        by_replica=tuple(numbers),
        shares=_shares(pooled),
    )


def coordination_shares(cell: Cell, *, center: str, neighbor: str, edge_A: float) -> tuple[float, ...]:
    """Return the share of an element's atoms that have 0, 1, 2 … neighbours within a distance.

    Parameters
    ----------
    cell : Cell
        A periodic cell.
    center, neighbor : str
        Element whose neighbours are counted, and that of the neighbours.
    edge_A : float
        Distance in Å.

    Raises
    ------
    DataError
        If the cell does not hold the center.
    """
    if center not in cell.symbols:
        raise DataError(f"the cell holds no {center}", where="center")
    return _shares(_counts(cell, center, neighbor, edge_A))


def _counts(cell: Cell, center: str, neighbor: str, edge_A: float) -> Counter[int]:
    elements = np.array(cell.symbols)
    first, second = primitive_neighbor_list("ij", (True,) * 3, cell.cell_A, cell.positions_A, edge_A)
    chosen = (elements[first] == center) & (elements[second] == neighbor)
    around = np.bincount(first[chosen], minlength=len(elements))[elements == center]
    return Counter(around.tolist())


def _shares(numbers: Counter[int]) -> tuple[float, ...]:
    total = sum(numbers.values())
    return tuple(numbers[count] / total for count in range(max(numbers) + 1))
