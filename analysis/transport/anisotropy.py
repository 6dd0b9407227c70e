"""Self-diffusion along different directions: the tensor, its principal axes, and whether they differ."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.lags import MeanSquared, fit_line
from lithicoat.analysis.transport.records import DiffusionTensor

__all__ = ["diffusion_tensor"]

_CM2_S = 1e-4  # of 1 Å²/ps
_RESOLVED = 2.0  # standard uncertainties
_ONE_SIDED_95 = 1.645
_UNLIKE = 0.05
_ROUNDS = 3  # of fitting lines and taking the variances from them

_Array = NDArray[np.float64]


def diffusion_tensor(msd: MeanSquared, *, frame_interval_ps: float, first: int) -> DiffusionTensor:
    """Fit the diffusion tensor, MSD_ab = 2 D_ab t + c_ab, by generalised least squares.

    Each component has its own line. Its variance at a lag is that of products of Gaussian displacements,
    (M_aa M_bb + M_ab²) / n (Isserlis, Biometrika 12, 134 (1918)), enlarged where the squared displacements
    scatter more than Gaussian ones or ions move together. M is taken from the fitted lines, not from the
    data: a component that is low by chance would otherwise look too certain.

    Parameters
    ----------
    msd : MeanSquared
        Mean squared displacements, with their tensor.
    frame_interval_ps : float
        Time between frames, ps.
    first : int
        Index of the first lag time that is fitted.

    Returns
    -------
    DiffusionTensor
        In the axes of the positions. A principal diffusivity below two standard uncertainties is an upper
        bound at 95 %, and the anisotropy then a lower bound.
    """
    scale = _CM2_S / (2 * frame_interval_ps)
    slopes, variances = _fit(msd, first)
    tensor, error = slopes * scale, np.sqrt(variances) * scale
    _, columns = np.linalg.eigh(tensor)
    axes = columns.T[::-1]
    own_slopes, own_variances = _fit(msd, first, axes=axes)
    principal = [
        _directional(float(own_slopes[k, k]) * scale, math.sqrt(own_variances[k, k]) * scale)
        for k in range(3)
    ]
    return DiffusionTensor(
        tensor_cm2_s=_rows(tensor),
        error_cm2_s=_rows(error),
        principal=(principal[0], principal[1], principal[2]),
        axes=_rows(axes),
        anisotropy=_anisotropy(np.diag(tensor), np.diag(error)),
        isotropic=_isotropic(tensor, error),
    )


def _fit(msd: MeanSquared, first: int, *, axes: _Array | None = None) -> tuple[_Array, _Array]:
    """Slopes in Å² per frame and their variances, both of shape (3, 3), in the given axes."""
    turned = msd.tensor[first:]
    if axes is not None:
        turned = axes @ turned @ axes.T
    lags, samples, excess = msd.lags[first:], msd.samples[first:], msd.excess[first:]
    expected = turned
    for _ in range(_ROUNDS):
        intercepts, slopes, variances = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
        for a, b in np.ndindex(3, 3):
            spread = expected[:, a, a] * expected[:, b, b] + expected[:, a, b] ** 2
            intercepts[a, b], slopes[a, b], variances[a, b] = fit_line(
                turned[:, a, b], variance=spread * excess / samples, samples=samples, lags=lags
            )
        lines = intercepts + slopes * lags[:, None, None]
        least = 0.1 * np.einsum("nii->ni", turned)
        for a in range(3):
            lines[:, a, a] = np.maximum(lines[:, a, a], least[:, a])
        expected = lines
    return slopes, variances


def _directional(value: float, error: float) -> Property:
    if value > _RESOLVED * error:
        return Property(value=value, uncertainty=error, unit="cm2/s")
    return Property(
        value=max(value, 0.0) + _ONE_SIDED_95 * error,
        unit="cm2/s",
        bound=Bound.UPPER,
        flags=("no diffusion resolved in this direction",),
    )


def _anisotropy(values: _Array, errors: _Array) -> Property:
    high, low = int(np.argmax(values)), int(np.argmin(values))
    top, bottom = _directional(values[high], errors[high]), _directional(values[low], errors[low])
    if not (top.resolved and top.value and bottom.value):
        return Property.missing("1", "anisotropy not resolved: no direction has a diffusivity")
    ratio = top.value / bottom.value
    if not bottom.resolved:
        return Property(value=ratio, unit="1", bound=Bound.LOWER, flags=bottom.flags)
    relative = math.hypot(errors[high] / values[high], errors[low] / values[low])
    return Property(value=ratio, uncertainty=ratio * relative, unit="1")


def _isotropic(tensor: _Array, error: _Array) -> bool:
    """Whether the traceless part is no larger than that of an isotropic walk, at 95 %.

    The components of such a walk scatter with the variance s² along the diagonal and s²/2 beside it, so the
    squared norm of the traceless part over s² follows χ² with five degrees of freedom.
    """
    traceless = tensor - np.trace(tensor) / 3 * np.eye(3)
    variance = float(np.mean(np.diag(error) ** 2))
    return bool(np.sum(traceless**2) <= chi2.ppf(1 - _UNLIKE, 5) * variance)


def _rows(
    matrix: _Array,
) -> tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]:
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    return (a, b, c), (d, e, f), (g, h, i)
