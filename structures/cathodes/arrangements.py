"""Which metal sits on which site of a layered oxide: shipped special quasirandom arrangements.

They were found with a library (`sqs.py`) and are data here: building a cathode needs no search and no such
library, and gives the same atoms everywhere.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import product
from pathlib import Path
from typing import Self

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.errors import StructureError

__all__ = [
    "Arrangement",
    "ArrangementSet",
    "Neighbours",
    "Purpose",
    "hexagonal_axes",
    "lattice_points",
    "metal_lattice",
    "shipped_arrangements",
]

Array = NDArray[np.float64]

_FOLDER = Path(__file__).parents[1] / "data" / "cathodes"

RHOMBOHEDRAL = np.array([[2, 1, 1], [-1, 1, 1], [-1, -2, 1]]) / 3
"""Primitive vectors of the obverse rhombohedral lattice as rows, in hexagonal axes (R-3m, No. 166)."""

SHELLS = 5
"""Metal-metal distances that are made random: 2.9, 5.0 (in the layer and to the next), 5.7 and 5.8 Å."""
_FARTHEST_A = 6.2
_SAME_SHELL_A = 0.03
IDEAL_A, IDEAL_C = 2.8712, 14.2001
"""Hexagonal constants, Å, that tell the shells apart; the count of pairs does not depend on them."""


class Purpose(Enum):
    """What a cell's shape is good for."""

    BULK = "bulk"
    """Images as far apart as can be."""
    SLAB_104 = "104"
    SLAB_012 = "012"
    """One repeat along the normal of the surface is a slab of about 10 Å."""


class Arrangement(BaseModel):
    """Metals on the sites of one supercell.

    The supercell is the integer matrix times the primitive vectors, as rows. The matrix is in Hermite form
    (upper triangular), so that the sites are the points (i, j, k) with 0 ≤ i < m11, 0 ≤ j < m22,
    0 ≤ k < m33, the last index running fastest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: Purpose
    matrix: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
    metals: tuple[str, ...] = Field(description="Metal of each site.")
    mismatch: float = Field(
        description="Mean over the shells of Σ|P(AB) - x(A)x(B)|, P the share of pairs AB; 0 for disorder."
    )
    random_mismatch: float = Field(description="Mean of the same over random arrangements on the same sites.")
    pairs: dict[str, tuple[float, ...]] = Field(
        description="Share of unordered pairs `A-B` among all pairs of each shell, nearest first."
    )
    ideal: dict[str, float] = Field(description="The same for full disorder.")
    seed: int = Field(description="Seed of the search.")
    steps: int = Field(description="Monte Carlo steps of the search.")

    @property
    def formula_units(self) -> int:
        """Number of metal sites."""
        return len(self.metals)


class ArrangementSet(BaseModel):
    """All shipped arrangements of one composition."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metals: dict[str, float] = Field(description="Share of each metal.")
    library: str = Field(description="Name and version of the library that searched.")
    method: str
    arrangements: tuple[Arrangement, ...]


def shipped_arrangements(metals: Mapping[str, float]) -> tuple[Arrangement, ...]:
    """Return the shipped arrangements of a composition, small cells first; empty if there are none.

    A single metal takes the shapes of the first shipped set.
    """
    alone = [symbol for symbol, share in metals.items() if share == 1]
    if alone:
        return tuple(_single(entry, alone[0]) for entry in _shipped()[0].arrangements)
    for entry in _shipped():
        same = set(entry.metals) == set(metals)
        if same and all(abs(entry.metals[symbol] - metals[symbol]) < 1e-6 for symbol in metals):
            return entry.arrangements
    return ()


def _single(arrangement: Arrangement, symbol: str) -> Arrangement:
    alone = {
        "metals": (symbol,) * arrangement.formula_units,
        "mismatch": 0.0,
        "random_mismatch": 0.0,
        "pairs": {f"{symbol}-{symbol}": (1.0,) * SHELLS},
        "ideal": {f"{symbol}-{symbol}": 1.0},
        "steps": 0,
    }
    return arrangement.model_copy(update=alone)


@cache
def _shipped() -> tuple[ArrangementSet, ...]:
    return tuple(
        ArrangementSet.model_validate(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(_FOLDER.glob("*.json"))
    )


def lattice_points(matrix: ArrayLike) -> NDArray[np.int_]:
    """Return the sites of a supercell as integer multiples of the primitive vectors, shape (n, 3).

    Raises
    ------
    StructureError
        If the matrix is not in Hermite form.
    """
    rows = np.asarray(matrix, dtype=int)
    if np.abs(np.tril(rows, -1)).any() or (np.diag(rows) < 1).any():
        raise StructureError(f"the supercell matrix {rows.tolist()} is not in Hermite form")
    return np.array(list(product(*(range(n) for n in np.diag(rows)))))


def metal_lattice(matrix: ArrayLike, metals: Sequence[str]) -> Atoms:
    """Return the metal sites of a layered oxide alone, at ideal lattice constants, in a compact cell."""
    from ase.geometry import minkowski_reduce  # noqa: PLC0415

    vectors = RHOMBOHEDRAL @ hexagonal_axes(IDEAL_A, IDEAL_C)
    cell, _ = minkowski_reduce(np.asarray(matrix) @ vectors)
    sites = Atoms(list(metals), positions=lattice_points(matrix) @ vectors, cell=cell, pbc=True)
    sites.wrap()
    return sites


@dataclass(frozen=True)
class Neighbours:
    """Directed neighbour pairs of a metal lattice.

    Parameters
    ----------
    first, second : numpy.ndarray, shape (n,)
        Indices of the sites.
    shell : numpy.ndarray, shape (n,)
        Number of the shell, from 0.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    shell: NDArray[np.intp]

    @classmethod
    def of(cls, sites: Atoms) -> Self:
        """Find the pairs of the first shells; every image of a neighbour counts."""
        first, second, distances = neighbor_list("ijd", sites, _FARTHEST_A)
        edges = np.sort(distances)
        radii = edges[np.append(True, np.diff(edges) > _SAME_SHELL_A)][:SHELLS]
        shell = np.abs(distances[:, None] - radii).argmin(axis=1)
        near = distances < radii[-1] + _SAME_SHELL_A
        return cls(first[near], second[near], shell[near])

    def shares(self, metals: Sequence[str]) -> dict[tuple[str, str], Array]:
        """Return for each ordered pair (A, B) the share of the pairs that go from an A to a B, by shell."""
        symbols = np.array(metals)
        total = np.bincount(self.shell, minlength=SHELLS)
        return {
            (one, other): np.bincount(
                self.shell[(symbols[self.first] == one) & (symbols[self.second] == other)], minlength=SHELLS
            )
            / total
            for one, other in product(sorted(set(metals)), repeat=2)
        }

    def mismatch(self, metals: Sequence[str]) -> float:
        """Return how far pairs are from full disorder: mean over shells of Σ|P(AB) - x(A)x(B)|."""
        fractions = {symbol: number / len(metals) for symbol, number in Counter(metals).items()}
        apart = [
            np.abs(shares - fractions[one] * fractions[other])
            for (one, other), shares in self.shares(metals).items()
        ]
        return float(np.sum(apart, axis=0).mean())


def hexagonal_axes(a_A: float, c_A: float) -> Array:
    """Return hexagonal lattice vectors as rows, Å; x along the first, z along c."""
    return np.array([[a_A, 0, 0], [-a_A / 2, a_A * np.sqrt(3) / 2, 0], [0, 0, c_A]])
