"""Matching of two planes: the common cell in which one of them is strained least.

The search of Zur and McGill, J. Appl. Phys. 55, 378 (1984), doi:10.1063/1.333084: all cells of both planes up
to an area, each reduced to its shortest vectors, compared pair by pair.
"""

from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Misfit", "PlaneMatch", "match_planes", "misfit_of", "smallest_good"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

SAME_MISFIT = 0.01
"""Misfits that differ by less are equally good: then the smaller cell is taken."""


@dataclass(frozen=True)
class Misfit:
    """How far one plane is strained to fit another.

    Parameters
    ----------
    principal : tuple of (float, float)
        Principal strains in the plane, the more compressive first; 0.01 is 1 % longer.
    von_mises : float
        Equivalent strain, sqrt(2/3 e:e) of the deviator e of the Green-Lagrange strain in space, the
        normal unstrained.
    """

    principal: tuple[float, float]
    von_mises: float

    @property
    def value(self) -> float:
        """The largest of the von Mises strain and the two principal strains, as a positive fraction."""
        return max(self.von_mises, *(abs(strain) for strain in self.principal))


@dataclass(frozen=True)
class PlaneMatch:
    """A common cell of two planes.

    Parameters
    ----------
    film : array of shape (2, 2)
        Whole multiples of the film's vectors, one row for each vector of the common cell.
    substrate : array of shape (2, 2)
        The same for the substrate.
    misfit : Misfit
        Strain of the film.
    atoms : int
        Atoms of both in the cell.
    """

    film: Whole
    substrate: Whole
    misfit: Misfit
    atoms: int


def misfit_of(start_A: Array, end_A: Array) -> Misfit:
    """Return the strain that takes one pair of plane vectors to another; rotations do not count.

    Parameters
    ----------
    start_A, end_A : array of shape (2, 2)
        Vectors as rows, Å.
    """
    deformation = np.linalg.solve(start_A, end_A).T
    stretches = np.linalg.svd(deformation, compute_uv=False)
    green = np.zeros((3, 3))
    green[:2, :2] = (deformation.T @ deformation - np.eye(2)) / 2
    deviator = green - np.trace(green) / 3 * np.eye(3)
    return Misfit(
        principal=(float(stretches.min() - 1), float(stretches.max() - 1)),
        von_mises=float(np.sqrt(2 / 3 * (deviator**2).sum())),
    )


def match_planes(
    film_A: Array, substrate_A: Array, *, film_atoms: int, substrate_atoms: int, max_atoms: int
) -> list[PlaneMatch]:
    """Return the least strained common cell for each pair of areas within the number of atoms.

    Parameters
    ----------
    film_A, substrate_A : array of shape (2, 2)
        Vectors of the two planes, as rows, Å.
    film_atoms, substrate_atoms : int
        Atoms in the cell of each.
    max_atoms : int
        Atoms of both in the common cell, at most.

    Returns
    -------
    list of PlaneMatch
        In order of misfit; areas that differ by more than a third are left out.
    """
    ratio = abs(float(np.linalg.det(substrate_A) / np.linalg.det(film_A)))
    found = []
    for times in range(1, (max_atoms - film_atoms) // substrate_atoms + 1):
        most = (max_atoms - times * substrate_atoms) // film_atoms
        wanted = ratio * times
        for number in {n for n in (int(wanted), int(wanted) + 1) if 1 <= n <= most}:
            if abs(wanted / number - 1) > 1 / 3:
                continue
            film, substrate = _closest(film_A, number, substrate_A, times)
            misfit = misfit_of(film @ film_A, substrate @ substrate_A)
            found.append(PlaneMatch(film, substrate, misfit, number * film_atoms + times * substrate_atoms))
    return sorted(found, key=lambda match: (match.misfit.value, match.atoms))


def smallest_good(found: list[PlaneMatch]) -> PlaneMatch:
    """Return the smallest of the cells whose misfit is within 0.01 of the least."""
    least = min(match.misfit.value for match in found)
    good = [match for match in found if match.misfit.value <= least + SAME_MISFIT]
    return min(good, key=lambda match: (match.atoms, match.misfit.value))


def _closest(film_A: Array, number: int, substrate_A: Array, times: int) -> tuple[Whole, Whole]:
    """Return the two cells of these numbers of unit cells that are most alike, as whole multiples."""
    film = np.concatenate([_bases(cell, film_A) for cell in _cells(number)])
    substrate = np.array([_reduced(cell, substrate_A) for cell in _cells(times)])
    inverse = np.linalg.inv(film @ film_A)
    ends = substrate @ substrate_A
    best = (np.inf, 0, 0)
    for index, end in enumerate(ends):
        metric = inverse @ end
        squares = (metric**2).sum(axis=(1, 2))
        area = np.abs(np.linalg.det(metric))
        root = np.sqrt(np.maximum(squares**2 - 4 * area**2, 0.0))
        largest = np.sqrt((squares + root) / 2)
        smallest = area / largest
        strain = np.round(np.maximum(np.abs(largest - 1), np.abs(smallest - 1)), 9)
        place = int(strain.argmin())
        if strain[place] < best[0]:
            best = float(strain[place]), place, index
    return film[best[1]], substrate[best[2]]


@cache
def _cells(number: int) -> list[Whole]:
    """Return all cells of so many unit cells, in Hermite form."""
    return [
        np.array([[first, shift], [0, number // first]])
        for first in range(1, number + 1)
        if number % first == 0
        for shift in range(number // first)
    ]


def _reduced(cell: Whole, plane_A: Array) -> Whole:
    """Return the same cell by its two shortest vectors (Lagrange)."""
    metric = plane_A @ plane_A.T
    first, second = cell
    while True:
        if second @ metric @ second < first @ metric @ first - 1e-9:
            first, second = second, first
        turns = round(float(first @ metric @ second) / float(first @ metric @ first) - 1e-9)
        if turns == 0:
            return np.array([first, second])
        second = second - turns * first


def _bases(cell: Whole, plane_A: Array) -> Whole:
    """Return the shortest bases of a cell, in all orders and handednesses."""
    first, second = _reduced(cell, plane_A)
    vectors = [first, second, first + second, first - second]
    return np.array(
        [
            (one, sign * other)
            for one, other in permutations(vectors, 2)
            if abs(round(float(np.linalg.det([one, other])))) == abs(round(float(np.linalg.det(cell))))
            for sign in (1, -1)
        ]
    )
