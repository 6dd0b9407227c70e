"""Matching of two planes: the common cell in which one of them is strained least.

The search is that of Zur and McGill, J. Appl. Phys. 55, 378 (1984), doi:10.1063/1.333084, as in pymatgen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Misfit", "PlaneMatch", "match_planes", "misfit_of", "smallest_good"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

LARGEST_A2 = 200.0
"""Larger common cells are not looked for, whatever the number of atoms."""

AREA_SHARES = (0.2, 0.5, 1.0)
"""Areas up to these shares of the largest are searched in turn: the effort grows with their square."""

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
    film_A: Array,
    substrate_A: Array,
    *,
    film_atoms: int,
    substrate_atoms: int,
    max_atoms: int,
    tolerance: float = 0.05,
) -> list[PlaneMatch]:
    """Return common cells of two planes, the least strained for each pair of areas.

    Larger cells are looked at only while no smaller one has a misfit within 0.01 of none.

    Parameters
    ----------
    film_A, substrate_A : array of shape (2, 2)
        Vectors of the two planes, as rows, Å.
    film_atoms, substrate_atoms : int
        Atoms in the cell of each.
    max_atoms : int
        Atoms of both in the common cell, at most.
    tolerance : float
        Cells whose lengths differ by more than this, as a fraction, or angles in rad, are left out.

    Returns
    -------
    list of PlaneMatch
        In order of misfit.
    """
    film_area, substrate_area = (abs(float(np.linalg.det(plane))) for plane in (film_A, substrate_A))
    per_area = film_atoms / film_area + substrate_atoms / substrate_area
    largest = min(max_atoms / per_area * (1 + tolerance), LARGEST_A2) + max(film_area, substrate_area)
    found: list[PlaneMatch] = []
    for share in AREA_SHARES:
        every = _matches(film_A, substrate_A, max_area_A2=share * largest, tolerance=tolerance)
        best: dict[tuple[int, int], PlaneMatch] = {}
        for film, substrate, misfit in every:
            size = _cells(film), _cells(substrate)
            atoms = size[0] * film_atoms + size[1] * substrate_atoms
            if atoms <= max_atoms and (size not in best or misfit.value < best[size].misfit.value):
                best[size] = PlaneMatch(film, substrate, misfit, atoms)
        found = sorted(best.values(), key=lambda match: (match.misfit.value, match.atoms))
        if found and found[0].misfit.value <= SAME_MISFIT:
            break
    return found


def _matches(
    film_A: Array, substrate_A: Array, *, max_area_A2: float, tolerance: float
) -> Iterator[tuple[Whole, Whole, Misfit]]:
    """Go through what pymatgen finds, the film's two vectors in either order."""
    from pymatgen.analysis.interfaces.zsl import ZSLGenerator  # noqa: PLC0415

    ratio = abs(float(np.linalg.det(film_A) / np.linalg.det(substrate_A)))
    search = ZSLGenerator(
        max_area=max_area_A2,
        max_area_ratio_tol=2 * tolerance * min(ratio, 1 / ratio),
        max_length_tol=tolerance,
        max_angle_tol=tolerance,
        bidirectional=True,
    )
    for match in search(_in_space(film_A), _in_space(substrate_A)):
        substrate = _whole(match.substrate_sl_vectors, substrate_A)
        film = _whole(match.film_sl_vectors, film_A)
        for turned in (film, film[::-1]):
            yield turned, substrate, misfit_of(turned @ film_A, substrate @ substrate_A)


def smallest_good(found: list[PlaneMatch]) -> PlaneMatch:
    """Return the smallest of the cells whose misfit is within 0.01 of the least."""
    least = min(match.misfit.value for match in found)
    good = [match for match in found if match.misfit.value <= least + SAME_MISFIT]
    return min(good, key=lambda match: (match.atoms, match.misfit.value))


def _in_space(plane_A: Array) -> Array:
    """Return vectors of a plane with a third component of zero."""
    return np.pad(plane_A, ((0, 0), (0, 1)))


def _whole(vectors_A: Any, plane_A: Array) -> Whole:
    """Return vectors in whole multiples of those of the plane."""
    multiples: Whole = np.rint(np.asarray(vectors_A)[:, :2] @ np.linalg.inv(plane_A)).astype(int)
    return multiples


def _cells(multiples: Whole) -> int:
    return abs(round(float(np.linalg.det(multiples))))
