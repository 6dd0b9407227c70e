"""Whether diffusivities follow one Arrhenius line, or two of them that meet at a kink."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from lithicoat.analysis.transport.records import BOLTZMANN_eV_K

__all__ = ["regime_flags"]

CONFIDENCE = 0.99
FEWEST_FOR_KINK = 4

_Array = NDArray[np.float64]


def regime_flags(
    temperatures_K: ArrayLike, diffusivities: ArrayLike, relative_errors: ArrayLike
) -> tuple[str, ...]:
    """Return what speaks against a single activation energy, as flags; empty if nothing does.

    With four temperatures or more, the line is held against two lines that meet at one of the temperatures
    between: χ² must fall by more than it would by chance at 99 %, for the two further parameters, kink and
    change of slope. Where points scatter beyond their errors about the kinked line too, the fall counts
    accordingly less (F-test). With three temperatures, a curvature beyond the errors at 99 % is told.
    With two there is nothing to test.

    Parameters
    ----------
    temperatures_K : array_like, shape (n,)
        Temperatures of the points, K; replicas may share one.
    diffusivities : array_like, shape (n,)
        Diffusivities, any unit.
    relative_errors : array_like, shape (n,)
        Their relative standard uncertainties.
    """
    temperatures = np.asarray(temperatures_K, dtype=float)
    different = np.unique(temperatures)
    if len(different) < 3:
        return ()
    x = 1 / (BOLTZMANN_eV_K * temperatures)
    y, weights = np.log(np.asarray(diffusivities, dtype=float)), 1 / np.asarray(relative_errors, dtype=float)
    line = np.column_stack((np.ones_like(x), x - x.mean()))
    _, straight = _fit(line, y, weights)
    kinks = different[1:-1]
    fits = [_fit(np.column_stack((line, _beyond(x, kink))), y, weights) for kink in kinks]
    best = int(np.argmin([misfit for _, misfit in fits]))
    slopes, bent = fits[best]
    freedom = len(x) - 4
    scale = max(1.0, bent / freedom) if freedom > 0 else 1.0
    unknown = 2 if len(different) >= FEWEST_FOR_KINK else 1
    if (straight - bent) / scale <= chi2.ppf(CONFIDENCE, unknown):
        return ()
    if len(different) < FEWEST_FOR_KINK:
        return ("no single activation energy: the three temperatures do not lie on one line",)
    hot, cold = -slopes[1], -(slopes[1] + slopes[2])
    found = f"two regimes: {hot:.2f} eV above {kinks[best]:g} K and {cold:.2f} eV below"
    return (f"{found}; one line through both is no good guide to 298 K",)


def _beyond(x: _Array, kink_K: float) -> _Array:
    """Return how far 1/kT lies on the cold side of the kink."""
    return np.maximum(0.0, x - 1 / (BOLTZMANN_eV_K * kink_K))


def _fit(design: _Array, y: _Array, weights: _Array) -> tuple[_Array, float]:
    """Parameters and χ² of a weighted fit."""
    scaled = design * weights[:, None]
    parameters: _Array = np.linalg.lstsq(scaled, y * weights, rcond=None)[0].astype(np.float64)
    return parameters, float(np.sum((y * weights - scaled @ parameters) ** 2))
