"""Young's modulus and the shear modulus of a crystal against direction.

Literature
----------
Nye, Physical Properties of Crystals (1957), chapter VIII: 1/E(n) = n_i n_j n_k n_l s_ijkl.
Marmier et al., Comput. Phys. Commun. 181, 2102 (2010): the shear modulus of every plane and direction in it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.elastic_tensor import FloatArray, voigt_reuss_hill

__all__ = ["Extreme", "shear_extremes", "shear_modulus", "youngs_extremes", "youngs_modulus"]

_ROW = np.array([0, 1, 2, 1, 0, 0])  # xx, yy, zz, yz, xz, xy
_COLUMN = np.array([0, 1, 2, 2, 2, 1])
_GRID = 40
"""Steps of a half turn on the grid from which extremes are refined."""


@dataclass(frozen=True, kw_only=True)
class Extreme:
    """A lowest or highest modulus.

    Parameters
    ----------
    value_GPa : float
        The modulus, GPa.
    direction : tuple of float
        Unit vector: of the stress for Young's modulus, normal to the sheared plane for the shear modulus.
        Equivalent directions have the same value.
    slip : tuple of float or None
        Unit vector of the shear in the plane; None for Young's modulus.
    """

    value_GPa: float
    direction: tuple[float, float, float]
    slip: tuple[float, float, float] | None = None


def youngs_modulus(tensor_GPa: ArrayLike, directions: ArrayLike) -> FloatArray:
    """Return Young's modulus along directions.

    Parameters
    ----------
    tensor_GPa : array_like, shape (6, 6)
        Elastic tensor in Voigt notation, GPa.
    directions : array_like, shape (..., 3)
        Vectors of any length, in the axes of the tensor.

    Returns
    -------
    numpy.ndarray, shape (...)
        E in GPa.

    Raises
    ------
    DataError
        If the tensor is not symmetric, or not Born-stable.
    """
    n = _units(directions)
    return _inverse(_compliance(tensor_GPa), n[..., _ROW] * n[..., _COLUMN])


def shear_modulus(tensor_GPa: ArrayLike, normals: ArrayLike, slips: ArrayLike) -> FloatArray:
    """Return the shear modulus of planes along directions in them.

    Parameters
    ----------
    tensor_GPa : array_like, shape (6, 6)
        Elastic tensor in Voigt notation, GPa.
    normals, slips : array_like, shape (..., 3)
        Normals of the planes, and directions of the shear perpendicular to them.

    Returns
    -------
    numpy.ndarray, shape (...)
        G in GPa.

    Raises
    ------
    DataError
        If the tensor is not symmetric or not Born-stable, or a direction does not lie in its plane.
    """
    n, m = _units(normals), _units(slips)
    if np.abs((n * m).sum(axis=-1)).max() > 1e-6:
        raise DataError("a direction of shear does not lie in its plane", where="slips")
    stress = n[..., _ROW] * m[..., _COLUMN] + n[..., _COLUMN] * m[..., _ROW]
    return _inverse(_compliance(tensor_GPa), stress)


def youngs_extremes(tensor_GPa: ArrayLike) -> tuple[Extreme, Extreme]:
    """Return the lowest and the highest Young's modulus with their directions."""
    polar, azimuth = (axis.ravel() for axis in _half_sphere())
    found = []
    values = youngs_modulus(tensor_GPa, _direction(polar, azimuth))
    for sign, start in _ends(values):

        def against(angles: NDArray[np.float64], sign: int = sign) -> float:
            return sign * float(youngs_modulus(tensor_GPa, _direction(*angles)))

        best = minimize(against, (polar[start], azimuth[start]), method="Nelder-Mead", options=_FINE)
        found.append(Extreme(value_GPa=sign * float(best.fun), direction=_named(_direction(*best.x))))
    return found[0], found[1]


def shear_extremes(tensor_GPa: ArrayLike) -> tuple[Extreme, Extreme]:
    """Return the lowest and the highest shear modulus over all planes and directions in them."""
    turns = np.linspace(0, np.pi, _GRID, endpoint=False)
    polar, azimuth, turn = (
        axis.ravel() for axis in np.broadcast_arrays(*(a[..., None] for a in _half_sphere()), turns)
    )
    values = shear_modulus(tensor_GPa, _direction(polar, azimuth), _slip(polar, azimuth, turn))
    found = []
    for sign, start in _ends(values):

        def against(angles: NDArray[np.float64], sign: int = sign) -> float:
            return sign * float(shear_modulus(tensor_GPa, _direction(*angles[:2]), _slip(*angles)))

        place = (polar[start], azimuth[start], turn[start])
        best = minimize(against, place, method="Nelder-Mead", options=_FINE)
        found.append(
            Extreme(
                value_GPa=sign * float(best.fun),
                direction=_named(_direction(*best.x[:2])),
                slip=_named(_slip(*best.x)),
            )
        )
    return found[0], found[1]


def _ends(values: FloatArray) -> tuple[tuple[int, int], tuple[int, int]]:
    """Signs and places of the lowest and the highest value; of equal ones, up to rounding, the first."""
    rounded = np.round(values / np.abs(values).max(), 9)
    return (1, int(rounded.argmin())), (-1, int(rounded.argmax()))


_FINE = {"xatol": 1e-7, "fatol": 1e-10, "maxiter": 2000}


def _compliance(tensor_GPa: ArrayLike) -> FloatArray:
    if not voigt_reuss_hill(tensor_GPa).born_stable:
        raise DataError(
            "the elastic tensor is not Born-stable, so its moduli have no meaning", where="tensor_GPa"
        )
    inverse: FloatArray = np.linalg.inv(np.asarray(tensor_GPa, dtype=float))
    return inverse


def _inverse(compliance: FloatArray, stress: FloatArray) -> FloatArray:
    modulus: FloatArray = 1 / np.einsum("...i,ij,...j->...", stress, compliance, stress)
    return modulus


def _units(vectors: ArrayLike) -> FloatArray:
    given = np.asarray(vectors, dtype=float)
    lengths = np.linalg.norm(given, axis=-1, keepdims=True)
    if given.shape[-1] != 3 or not (lengths > 0).all():
        raise DataError("a direction is a vector of three numbers, not all zero", where="directions")
    unit: FloatArray = given / lengths
    return unit


def _half_sphere() -> tuple[FloatArray, FloatArray]:
    polar, azimuth = np.meshgrid(
        np.linspace(0, np.pi / 2, _GRID // 2 + 1), np.linspace(0, 2 * np.pi, 2 * _GRID, endpoint=False)
    )
    return polar, azimuth


def _direction(polar: ArrayLike, azimuth: ArrayLike) -> FloatArray:
    across = np.sin(polar)
    return np.stack([across * np.cos(azimuth), across * np.sin(azimuth), np.cos(polar)], axis=-1)


def _slip(polar: ArrayLike, azimuth: ArrayLike, turn: ArrayLike) -> FloatArray:
    """Directions perpendicular to (polar, azimuth), turned about it."""
    down = _direction(np.asarray(polar) + np.pi / 2, azimuth)
    along = np.stack([-np.sin(azimuth), np.cos(azimuth), np.zeros_like(np.asarray(azimuth, float))], axis=-1)
    turned: FloatArray = down * np.cos(turn)[..., None] + along * np.sin(turn)[..., None]
    return turned


def _named(vector: FloatArray) -> tuple[float, float, float]:
    """Return one of the two equal directions ±n: the one whose last component that is not 0 is positive."""
    x, y, z = (float(component) + 0.0 for component in np.round(vector, 6))
    last = next(component for component in (z, y, x) if component)
    return (x, y, z) if last > 0 else (-x + 0.0, -y + 0.0, -z + 0.0)
