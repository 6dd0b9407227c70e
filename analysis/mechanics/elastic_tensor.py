"""Elastic constants from strains and stresses, and the isotropic moduli that follow.

The full symmetric tensor, 21 constants, is fitted at once together with the residual stress of the unstrained
cell; no crystal symmetry is assumed and the axes are not turned, so an amorphous cell in a cubic box is like
any other. The fit works in the Mandel basis, in which the Frobenius norm of a stress is the norm of its
six-vector: the result does not depend on the frame.

Literature
----------
Nye, Physical Properties of Crystals (1957): Voigt notation, Born stability.
Hill, Proc. Phys. Soc. A 65, 349 (1952): Voigt, Reuss and Hill averages.
Ranganathan and Ostoja-Starzewski, Phys. Rev. Lett. 101, 055504 (2008): universal anisotropy index.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.errors import DataError

__all__ = [
    "ElasticFit",
    "FloatArray",
    "Moduli",
    "eigenvalue_error",
    "fit_tensor",
    "propagated_error",
    "voigt_reuss_hill",
]

FloatArray = NDArray[np.float64]

_ROW = np.array([0, 1, 2, 1, 0, 0])  # xx, yy, zz, yz, xz, xy
_COLUMN = np.array([0, 1, 2, 2, 2, 1])
_WEIGHT: FloatArray = np.array([1, 1, 1, np.sqrt(2), np.sqrt(2), np.sqrt(2)])  # Mandel
_WEIGHTS: FloatArray = _WEIGHT[:, None] * _WEIGHT[None, :]
_UPPER = np.triu_indices(6)  # the 21 independent constants, row by row
_OFF_DIAGONAL_TWICE = np.where(_UPPER[0] == _UPPER[1], 1.0, 2.0)
_LARGEST_STRAIN = 0.1


@dataclass(frozen=True, kw_only=True)
class ElasticFit:
    """Least-squares elastic tensor of one cell.

    Parameters
    ----------
    tensor_GPa : (6, 6) array
        Elastic constants in Voigt notation (xx, yy, zz, yz, xz, xy; engineering shear strains).
    covariance_GPa2 : (21, 21) array
        Covariance of the independent constants C_ij, i ≤ j, row by row, from the residuals of the fit.
    residual_stress_GPa : (3, 3) array
        Stress of the unstrained cell that the fit removed.
    nonlinearity : float
        Root mean square of the residuals over that of the stress changes; 0 is a perfectly linear response.
    """

    tensor_GPa: FloatArray
    covariance_GPa2: FloatArray
    residual_stress_GPa: FloatArray
    nonlinearity: float

    @property
    def standard_errors_GPa(self) -> FloatArray:
        """Standard errors of C_ij as a symmetric (6, 6) array."""
        return _symmetric(np.sqrt(np.diag(self.covariance_GPa2)))


@dataclass(frozen=True, kw_only=True)
class Moduli:
    """Isotropic averages of an elastic tensor, GPa where not dimensionless."""

    bulk_voigt_GPa: float
    bulk_reuss_GPa: float
    shear_voigt_GPa: float
    shear_reuss_GPa: float
    lowest_eigenvalue_GPa: float

    @property
    def bulk_GPa(self) -> float:
        """Hill's bulk modulus: mean of Voigt and Reuss."""
        return (self.bulk_voigt_GPa + self.bulk_reuss_GPa) / 2

    @property
    def shear_GPa(self) -> float:
        """Hill's shear modulus: mean of Voigt and Reuss."""
        return (self.shear_voigt_GPa + self.shear_reuss_GPa) / 2

    @property
    def youngs_GPa(self) -> float:
        """Young's modulus, 9KG/(3K + G)."""
        return 9 * self.bulk_GPa * self.shear_GPa / (3 * self.bulk_GPa + self.shear_GPa)

    @property
    def poisson(self) -> float:
        """Poisson's ratio, (3K − 2G)/(6K + 2G)."""
        return (3 * self.bulk_GPa - 2 * self.shear_GPa) / (6 * self.bulk_GPa + 2 * self.shear_GPa)

    @property
    def universal_anisotropy(self) -> float:
        """5 G_V/G_R + K_V/K_R − 6: zero if isotropic; has a meaning only if Born-stable."""
        shear = self.shear_voigt_GPa / self.shear_reuss_GPa
        return 5 * shear + self.bulk_voigt_GPa / self.bulk_reuss_GPa - 6

    @property
    def born_stable(self) -> bool:
        """True if every homogeneous strain costs energy."""
        return self.lowest_eigenvalue_GPa > 0


def fit_tensor(strains: ArrayLike, stresses_GPa: ArrayLike) -> ElasticFit:
    """Fit the 21 elastic constants of one cell to its strained states.

    The stress of the unstrained cell is a free parameter of the fit. It is determined by pairs ±ε, or by the
    unstrained state given as one of the strains.

    Parameters
    ----------
    strains : (M, 3, 3) array_like
        Small symmetric strains against the unstrained cell.
    stresses_GPa : (M, 3, 3) array_like
        Cauchy stresses, positive under tension (ASE's sign), with relaxed ions.

    Returns
    -------
    ElasticFit
        Tensor, covariance from the residuals, stress of the unstrained cell.

    Raises
    ------
    DataError
        If shapes or values are wrong, or the strains do not determine all constants and the residual stress.
    """
    strain, stress = _checked(strains, "strains"), _checked(stresses_GPa, "stresses_GPa")
    if len(strain) != len(stress):
        raise DataError(
            f"{len(strain)} strains but {len(stress)} stresses: one stress per strain is needed",
            where="stresses_GPa",
        )
    largest = float(np.abs(strain).max(initial=0.0))
    if not 0 < largest <= _LARGEST_STRAIN:
        raise DataError(
            f"the largest strain is {largest:g}; linear elasticity needs strains above 0 and up to "
            f"{_LARGEST_STRAIN:g}",
            where="strains",
            hint="0.005 is a usual magnitude",
        )
    return _solve(_mandel(strain), _mandel(stress), scale=largest)


def voigt_reuss_hill(tensor_GPa: ArrayLike) -> Moduli:
    """Average an elastic tensor over all orientations.

    Parameters
    ----------
    tensor_GPa : (6, 6) array_like
        Elastic constants in Voigt notation.

    Returns
    -------
    Moduli
        Voigt, Reuss and Hill moduli and the lowest eigenvalue of the Mandel form (Born stability).

    Raises
    ------
    DataError
        If the tensor is not a finite symmetric 6×6 matrix, or is singular.
    """
    c = np.asarray(tensor_GPa, dtype=float)
    if c.shape != (6, 6) or not np.isfinite(c).all() or not np.allclose(c, c.T, rtol=1e-6, atol=1e-6):
        raise DataError("an elastic tensor is a finite symmetric 6×6 matrix in GPa", where="tensor_GPa")
    eigenvalues = np.linalg.eigvalsh(c * _WEIGHTS)
    if np.abs(eigenvalues).min() <= 1e-12 * np.abs(eigenvalues).max():
        raise DataError(
            "the elastic tensor is singular: some strain costs nothing, so no compliance exists",
            where="tensor_GPa",
        )
    s = np.linalg.inv(c)
    return Moduli(
        bulk_voigt_GPa=float(c[:3, :3].sum() / 9),
        bulk_reuss_GPa=float(1 / s[:3, :3].sum()),
        shear_voigt_GPa=float((3 * np.trace(c[:3, :3]) - c[:3, :3].sum() + 6 * np.trace(c[3:, 3:])) / 30),
        shear_reuss_GPa=float(15 / (6 * np.trace(s[:3, :3]) - 2 * s[:3, :3].sum() + 3 * np.trace(s[3:, 3:]))),
        lowest_eigenvalue_GPa=float(eigenvalues[0]),
    )


def propagated_error(fit: ElasticFit, quantity: Callable[[Moduli], float]) -> float:
    """Return the standard error of a quantity of the moduli, by the linear law with the fit's covariance."""
    step = 1e-5 * float(np.abs(fit.tensor_GPa).max())
    independent = fit.tensor_GPa[_UPPER]
    gradient = np.empty(21)
    for index in range(21):
        ends = []
        for sign in (1, -1):
            shifted = independent.copy()
            shifted[index] += sign * step
            ends.append(quantity(voigt_reuss_hill(_symmetric(shifted))))
        gradient[index] = (ends[0] - ends[1]) / (2 * step)
    return _norm(gradient, fit.covariance_GPa2)


def eigenvalue_error(fit: ElasticFit) -> float:
    """Return the standard error of the lowest eigenvalue λ = vᵀCv with its eigenvector v held fixed."""
    vector = np.linalg.eigh(fit.tensor_GPa * _WEIGHTS)[1][:, 0]
    gradient = _OFF_DIAGONAL_TWICE * (np.outer(vector, vector) * _WEIGHTS)[_UPPER]
    return _norm(gradient, fit.covariance_GPa2)


def _norm(gradient: FloatArray, covariance: FloatArray) -> float:
    variance = float(gradient @ covariance @ gradient)
    return math.sqrt(max(variance, 0.0))


def _checked(tensors: ArrayLike, where: str) -> FloatArray:
    array = np.asarray(tensors, dtype=float)
    if array.ndim != 3 or array.shape[1:] != (3, 3):
        raise DataError(f"{where} must have the shape (M, 3, 3), got {array.shape}", where=where)
    if not np.isfinite(array).all():
        raise DataError(f"{where} hold a number that is not finite", where=where)
    if not np.allclose(array, array.transpose(0, 2, 1), rtol=1e-4, atol=1e-4 * np.abs(array).max(initial=0)):
        raise DataError(
            f"{where} are not symmetric", where=where, hint="take the symmetric part of the deformation"
        )
    return array


def _mandel(tensors: FloatArray) -> FloatArray:
    symmetric: FloatArray = (tensors + tensors.transpose(0, 2, 1)) / 2
    vectors: FloatArray = symmetric[:, _ROW, _COLUMN] * _WEIGHT
    return vectors


def _symmetric(independent: FloatArray) -> FloatArray:
    matrix = np.zeros((6, 6))
    matrix[_UPPER] = independent
    return matrix + np.triu(matrix, 1).T


def _solve(strain: FloatArray, stress: FloatArray, *, scale: float) -> ElasticFit:
    count = len(strain)
    basis = np.zeros((21, 6, 6))
    for index, (row, column) in enumerate(zip(*_UPPER, strict=True)):
        basis[index, row, column] = basis[index, column, row] = 1
    constants = np.einsum("pij,mj->mip", basis, strain / scale).reshape(6 * count, 21)
    design = np.hstack([constants, np.tile(np.eye(6), (count, 1))])
    solution, _, rank, _ = np.linalg.lstsq(design, stress.ravel(), rcond=1e-9)
    if rank < 27:
        raise DataError(
            f"{count} strains do not determine the 21 elastic constants and the residual stress",
            where="strains",
            hint="strain all six directions with both signs, or add the unstrained state",
        )
    residual = stress.ravel() - design @ solution
    variance = float(residual @ residual) / (6 * count - 27)
    covariance = variance * np.linalg.inv(design.T @ design)[:21, :21]
    to_voigt = 1 / (scale * _WEIGHTS[_UPPER])
    background = np.empty((3, 3))
    background[_ROW, _COLUMN] = background[_COLUMN, _ROW] = solution[21:] / _WEIGHT
    change = stress - solution[21:]
    return ElasticFit(
        tensor_GPa=_symmetric(solution[:21] * to_voigt),
        covariance_GPa2=covariance * np.outer(to_voigt, to_voigt),
        residual_stress_GPa=background,
        nonlinearity=float(np.linalg.norm(residual) / max(np.linalg.norm(change), np.finfo(float).tiny)),
    )
