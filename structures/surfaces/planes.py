"""Lattice planes: Miller indices in any cell of a crystal, and where a crystal may be cut."""

from dataclasses import dataclass
from itertools import product
from math import gcd

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import ArrayLike, NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.validation import BOND, NON_METALS

__all__ = [
    "Cut",
    "cuts",
    "lateral_cells",
    "layers_of",
    "miller_in_cell",
    "offsets_in_groups",
    "parse_miller",
    "reduced_in_plane",
    "shortest_in_plane",
]

Array = NDArray[np.float64]

SAME_PLANE_A = 0.3
"""Atoms whose heights differ by less than this share a plane."""

_DENOMINATORS = 12
"""Centred cells have lattice vectors in halves and thirds of the axes."""
_NEARLY_WHOLE = 1e-3
_ROUNDING_A = 1e-9


@dataclass(frozen=True)
class Cut:
    """One way to cut a crystal parallel to a plane.

    Parameters
    ----------
    height_A : float
        Height of the cut along the normal, within one repeat of the crystal.
    polarisation_e_A2 : float
        Dipole over volume of a slab made of whole repeats from this cut upwards, e/Å². It is the charge
        per area that has to change sides for the slab to be without a dipole.
    covalent : int
        Bonds between non-metals that are cut, per cell.
    bonds : int
        All nearest-neighbour contacts that are cut, per cell.
    """

    height_A: float
    polarisation_e_A2: float
    covalent: int
    bonds: int


def parse_miller(text: str) -> tuple[int, int, int]:
    """Read Miller indices: `104`, `-110`, `1 0 -4`, or four-index `10-14`.

    Raises
    ------
    StructureError
        If they are not three whole numbers (or four, the third the negative sum of the first two).
    """
    hint = "three digits such as 104, or numbers with commas such as 1,0,-4"
    if any(sign in text for sign in ", "):
        parts = text.replace(",", " ").split()
    else:
        parts, sign = [], ""
        for character in text.strip("()"):
            if character == "-" and not sign:
                sign = "-"
            else:
                parts.append(sign + character)
                sign = ""
        parts += [sign] if sign else []
    try:
        numbers = [int(part) for part in parts]
    except ValueError as error:
        raise StructureError(f"'{text}' is no Miller index", where=text, hint=hint) from error
    if len(numbers) == 4 and numbers[2] == -numbers[0] - numbers[1]:
        numbers.pop(2)
    if len(numbers) != 3 or not any(numbers):
        raise StructureError(f"'{text}' is no Miller index", where=text, hint=hint)
    return numbers[0], numbers[1], numbers[2]


def miller_in_cell(miller: tuple[int, int, int], axes: ArrayLike, cell: ArrayLike) -> tuple[int, int, int]:
    """Return the indices of the same planes in the lattice of another cell.

    A plane is a vector of the reciprocal lattice, so its index along a cell vector is that vector's
    product with it.

    Parameters
    ----------
    miller : tuple of int
        Indices that refer to `axes`.
    axes, cell : array_like, shape (3, 3)
        Lattice vectors as rows, Å. Those of `cell` are rational combinations of `axes`.

    Raises
    ------
    StructureError
        If the two lattices do not belong together.
    """
    indices = np.asarray(cell, dtype=float) @ np.linalg.solve(np.asarray(axes, dtype=float), miller)
    scaled = indices * _DENOMINATORS
    whole = np.rint(scaled).astype(int)
    if np.abs(scaled - whole).max() > _NEARLY_WHOLE * _DENOMINATORS or not whole.any():
        raise StructureError(f"({' '.join(map(str, miller))}) is no plane of the cell's lattice")
    h, k, l = (int(n) for n in whole // gcd(*(int(n) for n in whole)))  # noqa: E741
    return h, k, l


def layers_of(solid: Atoms, miller: tuple[int, int, int], number: int, *, cut_A: float = 0.0) -> Atoms:
    """Return repeats of a crystal stacked along a plane's normal, which is z; the cut is z = 0.

    The cell is as high as the repeats and its third vector is normal to the plane, so it is periodic in
    the plane only. The array `layer` counts repeats from below. Groups of covalently bonded atoms, such as
    sulfate, stay whole: they belong where their centre is.

    Parameters
    ----------
    solid : Atoms
        Periodic crystal.
    miller : tuple of int
        Plane, in indices of the crystal's own cell.
    number : int
        Repeats; one is as thick as the distance of equivalent lattice planes.
    cut_A : float
        Where to begin, along the normal.
    """
    first, second, third = _plane_basis(miller) @ solid.cell.array
    normal = _normal(solid.cell.array, miller)
    height = float(third @ normal)
    if np.cross(first, second) @ normal < 0:  # a left-handed cell
        second = -second
    positions = solid.positions - cut_A * normal
    centres = positions - offsets_in_groups(solid)
    positions = positions - np.floor(centres @ normal / height + 1e-9)[:, None] * third
    along = first / np.linalg.norm(first)
    turn = np.array([along, np.cross(normal, along), normal]).T
    stacked = np.concatenate([positions + layer * third for layer in range(number)])
    slab = Atoms(
        np.tile(solid.numbers, number),
        positions=stacked @ turn,
        cell=[first @ turn, second @ turn, [0, 0, number * height]],
        pbc=True,
    )
    slab.set_array("layer", np.repeat(np.arange(number), len(solid)))
    return reduced_in_plane(slab)


def _plane_basis(miller: tuple[int, int, int]) -> NDArray[np.int_]:
    """Return two lattice vectors that span a plane and one that leads to the next, determinant 1."""
    h, k, l = miller  # noqa: E741
    if not (h or k):
        return np.array([[1, 0, 0], [0, 1, 0], [0, 0, l]])
    common, p, q = _bezout(h, k)
    _, u, v = _bezout(common, l)
    return np.array([[k // common, -h // common, 0], [p * l, q * l, -common], [u * p, u * q, v]])


def _bezout(a: int, b: int) -> tuple[int, int, int]:
    """Return g > 0, p and q with p a + q b = g, the greatest common divisor."""
    if b == 0:
        return abs(a), 1 if a > 0 else -1, 0
    g, p, q = _bezout(b, a % b)
    return g, q, p - (a // b) * q


def reduced_in_plane(slab: Atoms) -> Atoms:
    """Return the same slab with its two shortest vectors in the plane, x along the first."""
    first, second = slab.cell.array[:2]
    while True:
        if np.dot(second, second) < np.dot(first, first) - 1e-9:
            first, second = second, -first  # keeps the handedness
        turns = np.rint(np.dot(first, second) / np.dot(first, first))
        if abs(np.dot(first, second)) <= 0.5 * np.dot(first, first) + 1e-6:
            break
        second = second - turns * first
    work: Atoms = slab.copy()
    work.set_cell([first, second, slab.cell.array[2]], scale_atoms=False)
    angle = -np.degrees(np.arctan2(first[1], first[0]))
    work.rotate(angle, "z", rotate_cell=True)
    flat = work.cell.array
    flat[np.abs(flat) < _ROUNDING_A] = 0.0
    work.set_cell(flat)
    work.wrap(pbc=[True, True, False], eps=1e-9)
    return work


def cuts(solid: Atoms, miller: tuple[int, int, int], charges: Array) -> list[Cut]:
    """Return every cut between neighbouring planes within one repeat of the crystal, from below.

    Groups of covalently bonded atoms count as one plane, at the height of their centre.

    Parameters
    ----------
    solid : Atoms
        Periodic crystal.
    miller : tuple of int
        Plane, in indices of the crystal's own cell.
    charges : numpy.ndarray, shape (n,)
        Charge of each atom, e; zeros where they are not known.
    """
    normal = _normal(solid.cell.array, miller)
    repeat = 1 / float(np.linalg.norm(np.linalg.inv(solid.cell.array) @ miller))
    area = solid.get_volume() / repeat
    offsets = offsets_in_groups(solid)
    heights = np.mod((solid.positions - offsets) @ normal, repeat)
    order = np.sort(heights)
    gaps = np.diff(np.append(order, order[0] + repeat))
    places = np.mod(order + gaps / 2, repeat)[gaps > min(SAME_PLANE_A, gaps.max() - 1e-9)]
    low, high, covalent = _contacts(solid, normal, offsets @ normal)
    found = []
    for place in np.sort(places):
        above = np.mod(heights - place, repeat) + offsets @ normal
        crossed = np.floor((high - place) / repeat) - np.floor((low - place) / repeat)
        found.append(
            Cut(
                height_A=float(place),
                polarisation_e_A2=float(charges @ above / (area * repeat)),
                covalent=int(crossed[covalent].sum()),
                bonds=int(crossed.sum()),
            )
        )
    return found


def lateral_cells(cell: ArrayLike, number: int) -> tuple[Array, float]:
    """Return the widest cell of so many surface cells.

    Parameters
    ----------
    cell : array_like, shape (3, 3)
        Its first two vectors span the surface.
    number : int
        Surface cells wanted.

    Returns
    -------
    numpy.ndarray, shape (3, 3)
        Integer matrix; the third vector is left alone.
    float
        Shortest distance of an atom to its own image in the plane, Å.
    """
    flat = np.asarray(cell, dtype=float)[:2]
    best: tuple[float, Array] | None = None
    for rows in (d for d in range(1, number + 1) if number % d == 0):
        for shift in range(rows):
            matrix = np.array([[number // rows, shift, 0], [0, rows, 0], [0, 0, 1]])
            matrix[0, 1] = shift
            width = _shortest(matrix[:2, :2] @ flat)
            if best is None or width > best[0] + 1e-6:
                best = width, matrix
    assert best is not None  # noqa: S101 - number is at least 1
    return best[1], best[0]


def shortest_in_plane(cell: ArrayLike, indices: tuple[int, int, int]) -> float:
    """Return the shortest lattice vector within a lattice plane, Å, of a cell whose vectors are short."""
    steps = np.array([step for step in product(range(-4, 5), repeat=3) if any(step)])
    inside = steps[steps @ np.asarray(indices) == 0]
    return float(np.linalg.norm(inside @ np.asarray(cell, dtype=float), axis=1).min())


def _shortest(vectors: Array) -> float:
    steps = np.array([pair for pair in product(range(-4, 5), repeat=2) if any(pair)])
    return float(np.linalg.norm(steps @ vectors, axis=1).min())


def _normal(cell: Array, miller: tuple[int, int, int]) -> Array:
    direction: Array = np.linalg.inv(cell) @ np.asarray(miller, dtype=float)
    return direction / np.linalg.norm(direction)


def offsets_in_groups(solid: Atoms) -> Array:
    """Return for each atom the vector from the centre of its covalent group, Å; zero if it is in none.

    A group that meets its own image, such as a chain or a sheet, has no centre and counts as single atoms.
    """
    bare = np.isin(solid.get_chemical_symbols(), list(NON_METALS))
    radii = np.where(bare, covalent_radii[solid.numbers] * BOND, 0)
    first, second, vectors = neighbor_list("ijD", solid, radii)
    offsets = np.zeros((len(solid), 3))
    done: set[int] = set()
    for start in first.tolist():
        if start in done:
            continue
        places, waiting, endless = {start: np.zeros(3)}, [start], False
        while waiting:
            here = waiting.pop()
            for bond in np.flatnonzero(first == here):
                place, there = places[here] + vectors[bond], int(second[bond])
                if there not in places:
                    places[there] = place
                    waiting.append(there)
                endless |= bool(np.abs(places[there] - place).max() > SAME_PLANE_A)
        done |= set(places)
        if not endless:
            members = list(places)
            group = np.array([places[member] for member in members])
            offsets[members] = group - group.mean(axis=0)
    return offsets


def _contacts(solid: Atoms, normal: Array, offsets: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return lower and upper height of each contact, once each, and which of them are covalent.

    Heights are those of the groups' centres. Contacts of a metal with a metal do not count in a compound:
    cations do not hold each other.
    """
    bare = np.isin(solid.get_chemical_symbols(), list(NON_METALS))
    i, j, vectors = neighbor_list("ijD", solid, covalent_radii[solid.numbers] * BOND)
    kept = (bare[i] | bare[j]) if bare.any() else np.ones(len(i), dtype=bool)
    i, j, vectors = i[kept], j[kept], vectors[kept]
    start = solid.positions[i] @ normal
    low, high = start - offsets[i], start + vectors @ normal - offsets[j]
    upward = high - low > _ROUNDING_A
    return low[upward], high[upward], (bare[i] & bare[j])[upward]
