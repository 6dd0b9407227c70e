"""Ranges in which the quantities of the criterion have a meaning."""

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.errors import DataError

__all__ = ["checked_modulus", "checked_poisson", "checked_positive", "checked_volume_ratio"]

FloatArray = NDArray[np.float64]
_UNIT = re.compile("_(1_m|nm|GPa)$")


def checked_modulus(shear_modulus_GPa: ArrayLike, *, where: str = "shear_modulus_GPa") -> FloatArray:
    """Return shear moduli that a solid can have.

    Raises
    ------
    DataError
        If one is negative, not finite, or above 1000 GPa.
    """
    g = np.asarray(shear_modulus_GPa, dtype=float)
    if not np.all(np.isfinite(g)) or np.any(g < 0):
        raise DataError(f"a shear modulus is finite and not negative, got {_shown(g)} GPa", where=where)
    if np.any(g > 1000):
        raise DataError(
            f"a shear modulus of {_shown(g)} GPa is above that of diamond, 535 GPa",
            where=where,
            hint="the unit is GPa",
        )
    return g


def checked_poisson(poisson: ArrayLike, *, where: str = "poisson") -> FloatArray:
    """Return Poisson's ratios that a stable isotropic solid can have.

    Raises
    ------
    DataError
        If one is outside (−1, 0.5].
    """
    nu = np.asarray(poisson, dtype=float)
    if not np.all((nu > -1) & (nu <= 0.5)):
        raise DataError(f"Poisson's ratio lies above -1 and not above 0.5, got {_shown(nu)}", where=where)
    return nu


def checked_volume_ratio(volume_ratio: ArrayLike, *, infinite: bool = False) -> FloatArray:
    """Return volume ratios for which the theory has a meaning.

    At v ≤ −1 the sum V(Li) + V(Li⁺) is not positive and the surface term would drive roughness.

    Raises
    ------
    DataError
        If one is not above −1, or not finite unless that is allowed.
    """
    v = np.asarray(volume_ratio, dtype=float)
    if not np.all(v > -1) or (not infinite and not np.all(np.isfinite(v))):
        raise DataError(
            f"a volume ratio is finite and above -1, got {_shown(v)}",
            where="volume_ratio",
            hint="it is V(Li+ in the coating)/V(Li in the metal), about 0.1 in inorganic solids",
        )
    return v


def checked_positive(value: ArrayLike, where: str) -> FloatArray:
    """Return numbers that are finite and above 0.

    Parameters
    ----------
    value : array_like
        What to check.
    where : str
        Name of the quantity, with its unit at the end.

    Raises
    ------
    DataError
        If one is not.
    """
    array = np.asarray(value, dtype=float)
    if not np.all(array > 0) or not np.all(np.isfinite(array)):
        name = _UNIT.sub("", where).replace("_", " ")
        raise DataError(f"{name} must be above 0, got {_shown(array)}", where=where)
    return array


def _shown(array: FloatArray) -> str:
    """Write the range of an array; what is not a number is named first."""
    if np.isnan(array).any():
        return "nan"
    return f"{array.min():g}" if array.size == 1 else f"{array.min():g} to {array.max():g}"
