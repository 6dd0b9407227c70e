"""The distinct hops of lithium in a crystal, and the cells with a vacancy before and after each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from lithicoat.structures.crystals.sites import (
    HOME,
    SAME_PLACE_A,
    Cell,
    Sites,
    operations,
    site_images,
    site_in,
)
from lithicoat.structures.errors import StructureError

__all__ = [
    "HopEnds",
    "HopKind",
    "Mechanism",
    "Step",
    "kinds_of",
    "neighbour_steps",
    "vacancy_ends",
    "vacancy_hops",
]

Array = NDArray[np.float64]
DETOUR = 1.15
"""A hop is none of its own if another site makes it a walk of two that is at most so much longer."""
AROUND = 1.5
"""With another site at most so far round, a hop must keep clear of other atoms: those over an anion, along
the face diagonals of antifluorites, are walks of two hops along the edges."""
CLEARANCE = 0.65
"""What keeping clear is, in sums of covalent radii (Cordero 2008) from the straight way."""
THROUGH = 0.3
"""Nearer than that is through an atom. Ways between are bent by it: lithium passes beside a shared corner."""
_WIDEST_A = 3.0
"""More than the largest clearance from a way, Å."""


class Mechanism(Enum):
    """What moves when a carrier hops."""

    VACANCY = "vacancy"
    """A neighbour moves into the empty site."""
    DIRECT = "direct interstitial"
    """The interstitial ion itself moves."""
    KNOCK_ON = "knock-on interstitial"
    """The interstitial ion takes a site and drives its ion into another interstice."""


@dataclass(frozen=True)
class Step:
    """One hop of a carrier in the primitive cell.

    Parameters
    ----------
    start, end : int
        Indices of sites.
    offset : tuple of int
        Cell of the second site.
    via : tuple
        Site that a knock-on hop passes, and its cell; empty for other hops.
    """

    start: int
    end: int
    offset: Cell
    via: tuple[tuple[int, Cell], ...] = ()

    @property
    def points(self) -> tuple[tuple[int, Cell], ...]:
        """All sites on the way with their cells, the first in the cell at home."""
        return ((self.start, HOME), *self.via, (self.end, self.offset))

    @property
    def reverse(self) -> "Step":
        """The same hop backwards."""
        return step_of(tuple(reversed(self.points)))


@dataclass(frozen=True)
class HopKind:
    """Hops that symmetry makes equal.

    Parameters
    ----------
    label : str
        Classes of the two sites and the distance, such as `Li1-Li2 2.86 Å`.
    mechanism : Mechanism
        What moves.
    length_A : float
        Distance between the two sites, Å.
    steps : tuple of Step
        Each pair of sites in a cell once, all seen in the same direction.
    symmetric : bool
        Whether the hop and its reverse are equal by symmetry.
    """

    label: str
    mechanism: Mechanism
    length_A: float
    steps: tuple[Step, ...]
    symmetric: bool


@dataclass(frozen=True)
class HopEnds:
    """A defective cell before and after a hop, with the atoms in the same order.

    Parameters
    ----------
    start, end : Atoms
        The two cells, not relaxed.
    mobile : int
        Index of the atom that moves farthest.
    """

    start: Atoms
    end: Atoms
    mobile: int


def vacancy_hops(sites: Sites, *, longest_A: float) -> tuple[HopKind, ...]:
    """Return the distinct hops between sites that lie next to each other, shortest first.

    Hops through a third site are walks of two hops, and those whose straight way meets an atom of another
    element are no hops; both are left out.

    Parameters
    ----------
    sites : Sites
        Of the mobile element.
    longest_A : float
        Distance between two sites at most, Å.
    """
    return kinds_of(sites, neighbour_steps(sites, longest_A=longest_A), Mechanism.VACANCY)


def neighbour_steps(sites: Sites, *, longest_A: float) -> list[Step]:
    """Return the hops between sites that lie next to each other, each in both directions."""
    from ase.neighborlist import neighbor_list  # noqa: PLC0415 - loads scipy

    lattice = Atoms("X" * len(sites.names), positions=sites.positions_A, cell=sites.cell.cell, pbc=True)
    found = zip(*neighbor_list("ijS", lattice, longest_A), strict=True)
    steps = [Step(int(first), int(second), cell_of(offset)) for first, second, offset in found]
    return [step for step in steps if _is_free(sites, step)]


def kinds_of(sites: Sites, steps: Iterable[Step], mechanism: Mechanism) -> tuple[HopKind, ...]:
    """Group hops by the symmetry of the perfect crystal, shortest first.

    A hop and its reverse are one; equivalents that were not given are added.
    """
    images, cells = site_images(sites.cell, sites.positions_A)
    rotations, _ = operations(sites.cell)
    seen: set[Step] = set()
    kinds = []
    for step in sorted(steps, key=lambda step: (round(_length_A(sites, step), 3), step.points)):
        if step in seen:
            continue
        equal = {
            _carried(step, rotation, image, cell)
            for rotation, image, cell in zip(rotations, images, cells, strict=True)
        }
        kept: dict[Step, None] = {}
        for one in sorted(equal, key=lambda one: one.points):
            if one.reverse not in kept:
                kept[one] = None
        seen |= equal | {one.reverse for one in equal}
        kinds.append(
            HopKind(
                label=f"{sites.names[step.start]}-{sites.names[step.end]} {_length_A(sites, step):.2f} Å",
                mechanism=mechanism,
                length_A=_length_A(sites, step),
                steps=tuple(kept),
                symmetric=step.reverse in equal,
            )
        )
    return _told_apart(kinds)


def vacancy_ends(sites: Sites, kind: HopKind, supercell: Atoms) -> HopEnds:
    """Return a supercell with a vacancy at the first site of a hop, and the one with it at the second.

    Parameters
    ----------
    sites : Sites
        Of the mobile element.
    kind : HopKind
        The hop; the first of its steps is taken.
    supercell : Atoms
        A supercell of the primitive cell, not turned.

    Raises
    ------
    StructureError
        If the supercell is too narrow for the hop, or not one of this crystal.
    """
    step = kind.steps[0]
    empty = site_in(supercell, sites.place(step.start))
    ion = site_in(supercell, sites.place(step.end, step.offset))
    if empty == ion:
        raise StructureError(
            f"hop {kind.label} leads from a site to its own image in a cell of {len(supercell)} atoms",
            where=kind.label,
            hint="a wider cell",
        )
    end = supercell.copy()
    end.positions[ion] += sites.place(step.start) - sites.place(step.end, step.offset)
    start = supercell.copy()
    del start[empty], end[empty]
    return HopEnds(start=start, end=end, mobile=ion - (empty < ion))


def _length_A(sites: Sites, step: Step) -> float:
    """Return the distance between the two sites of a hop, Å."""
    return float(np.linalg.norm(sites.place(step.end, step.offset) - sites.place(step.start)))


def cell_of(offset: Any) -> Cell:
    """Return three integers as a cell."""
    x, y, z = (int(number) for number in offset)
    return x, y, z


def step_of(points: tuple[tuple[int, Cell], ...]) -> Step:
    """Make a hop of the sites on its way, seen from the first."""
    home = points[0][1]
    shifted = tuple((site, cell_of(np.subtract(cell, home))) for site, cell in points)
    return Step(shifted[0][0], shifted[-1][0], shifted[-1][1], shifted[1:-1])


def _is_free(sites: Sites, step: Step) -> bool:
    """Return whether a hop is one of its own: no walk over a third site, no way through another atom."""
    here, there = sites.place(step.start), sites.place(step.end, step.offset)
    length = float(np.linalg.norm(there - here))
    detour = min(
        (
            float(np.linalg.norm(place - here) + np.linalg.norm(there - place)) / length
            for place in _near_way(sites.positions_A, sites.cell, here, there)
            if min(np.linalg.norm(place - here), np.linalg.norm(there - place)) > SAME_PLACE_A
        ),
        default=np.inf,
    )
    mobile = covalent_radii[atomic_numbers[sites.element]]
    others = sites.cell[~(sites.cell.symbols == sites.element)]
    clearance = min(
        (
            _from_segment(place, here, there) / (covalent_radii[number] + mobile)
            for number in set(others.numbers.tolist())
            for place in _near_way(others.positions[others.numbers == number], sites.cell, here, there)
        ),
        default=np.inf,
    )
    return detour >= DETOUR and clearance >= (CLEARANCE if detour < AROUND else THROUGH)


def _near_way(positions: Array, cell: Atoms, here: Array, there: Array) -> Array:
    """Return all images of positions that can be in the way between two points, shape (found, 3)."""
    middle, reach = (here + there) / 2, float(np.linalg.norm(there - here)) / 2 + _WIDEST_A
    lattice = cell.cell.array
    heights = 1 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    home = np.rint((middle - positions) @ np.linalg.inv(lattice))
    spans = [np.arange(-n, n + 1) for n in np.ceil(reach / heights + 0.5).astype(int)]
    cells = np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, 3)
    images = positions[:, None] + (home[:, None] + cells[None]) @ lattice
    near: Array = images[np.linalg.norm(images - middle, axis=2) <= reach]
    return near


def _from_segment(place: Array, here: Array, there: Array) -> float:
    along = there - here
    share = np.clip(np.dot(place - here, along) / np.dot(along, along), 0.0, 1.0)
    return float(np.linalg.norm(place - here - share * along))


def _carried(
    step: Step, rotation: NDArray[np.int64], image: NDArray[np.int64], cells: NDArray[np.int64]
) -> Step:
    """Return what a symmetry operation makes of a hop."""
    return step_of(
        tuple(
            (int(image[site]), cell_of(rotation @ np.array(cell) + cells[site])) for site, cell in step.points
        )
    )


def _told_apart(kinds: list[HopKind]) -> tuple[HopKind, ...]:
    """Give the hops that share a label numbers."""
    counts = Counter(kind.label for kind in kinds)
    seen: Counter[str] = Counter()
    told = []
    for kind in kinds:
        seen[kind.label] += 1
        label = f"{kind.label} #{seen[kind.label]}" if counts[kind.label] > 1 else kind.label
        told.append(replace(kind, label=label))
    return tuple(told)
