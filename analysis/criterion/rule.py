"""The rule of the field: a coating holds back lithium if its shear modulus is above twice that of lithium.

It is Monroe and Newman's result for polymers, v > 1, and stands beside the stability parameter of
:mod:`lithicoat.analysis.criterion.chi`, whose criterion reverses for coatings in which the ion is smaller
than the atom in the metal. The two views are never blended.

The probability takes the modulus as log-normal: its median is the value, its coefficient of variation the
relative standard uncertainty. A modulus is positive, and what dominates its error, the calibration of the
potential, multiplies it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.criterion.ranges import checked_modulus, checked_positive
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.lognormal import log_standard_deviation
from lithicoat.analysis.properties import Bound, Property

__all__ = [
    "CRITICAL_RATIO",
    "LI_SHEAR_MODULUS_GPA",
    "RatioResult",
    "modulus_ratio",
    "pass_probability",
]

FloatArray = NDArray[np.float64]

LI_SHEAR_MODULUS_GPA = 4.25
"""Shear modulus of lithium behind the 8.5 GPa bar: Meng, Inorg. Chem. Front. 11, 659 (2024)."""
CRITICAL_RATIO = 2.0
"""About twice: Monroe and Newman, J. Electrochem. Soc. 152, A396 (2005), abstract."""


class RatioResult(BaseModel):
    """The rule G > 2 G_Li for one modulus."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    ratio: Property = Field(description="G/G_Li, 1.")
    threshold_GPa: float = Field(description="2 G_Li, GPa.")
    passes: bool | None = Field(description="True if G is above the threshold; None if that is not known.")
    probability: float | None = Field(description="Probability that G is above it; None if not known.")


def modulus_ratio(
    shear_modulus: Property, *, li_shear_modulus_GPa: float = LI_SHEAR_MODULUS_GPA
) -> RatioResult:
    """Hold a shear modulus against twice that of lithium.

    Without an uncertainty the probability is None and the value decides. A bound decides only if it lies on
    the far side of the threshold. A modulus of 0, a liquid, fails. A negative modulus, which an unstable cell
    can yield, is none: the ratio is missing and says so.

    Parameters
    ----------
    shear_modulus : Property
        Shear modulus of the coating in GPa; may be a bound or missing.
    li_shear_modulus_GPa : float
        Shear modulus of lithium.

    Raises
    ------
    DataError
        If the unit is not GPa, or a modulus is absurd.
    """
    if shear_modulus.unit != "GPa":
        raise DataError(
            f"a shear modulus is given in GPa, not in {shear_modulus.unit}", where="shear_modulus"
        )
    checked_positive(li_shear_modulus_GPa, "li_shear_modulus_GPa")
    checked_modulus(li_shear_modulus_GPa, where="li_shear_modulus_GPa")
    threshold = CRITICAL_RATIO * li_shear_modulus_GPa
    if shear_modulus.value is None:
        ratio = shear_modulus.model_copy(update={"unit": "1"})
        return RatioResult(ratio=ratio, threshold_GPa=threshold, passes=None, probability=None)
    if shear_modulus.value < 0:
        none = Property.missing("1", "negative shear modulus", provenance=shear_modulus.provenance)
        return RatioResult(
            ratio=none.flagged(*shear_modulus.flags), threshold_GPa=threshold, passes=None, probability=None
        )
    value = float(checked_modulus(shear_modulus.value))
    error = shear_modulus.uncertainty
    ratio = shear_modulus.model_copy(
        update={
            "value": value / li_shear_modulus_GPa,
            "uncertainty": None if error is None else error / li_shear_modulus_GPa,
            "unit": "1",
        }
    )
    passes, probability = _verdict(value, error, shear_modulus.bound, threshold)
    return RatioResult(ratio=ratio, threshold_GPa=threshold, passes=passes, probability=probability)


def pass_probability(
    shear_modulus_GPa: ArrayLike, uncertainty_GPa: ArrayLike, *, threshold_GPa: float
) -> FloatArray:
    """Probability that moduli, log-normal about their values, lie above a threshold.

    A modulus without error passes or does not; one of 0, a liquid, does not.

    Parameters
    ----------
    shear_modulus_GPa, uncertainty_GPa : (n,) array_like
        Moduli ≥ 0 with their standard uncertainties.
    threshold_GPa : float
        The threshold, above 0.
    """
    from scipy.special import ndtr  # noqa: PLC0415 - `lithicoat --help` does without scipy

    value, error = (np.asarray(given, dtype=float) for given in (shear_modulus_GPa, uncertainty_GPa))
    value, error = np.broadcast_arrays(value, error)
    chance = np.array(value > threshold_GPa, dtype=float)
    spread = (value > 0) & (error > 0)
    deviations = np.log(value[spread] / threshold_GPa)
    chance[spread] = ndtr(deviations / log_standard_deviation(value[spread], error[spread]))
    return chance


def _verdict(
    value: float, error: float | None, bound: Bound | None, threshold: float
) -> tuple[bool | None, float | None]:
    if bound is Bound.UPPER:
        return (False, 0.0) if value <= threshold else (None, None)
    if bound is Bound.LOWER:
        return (True, 1.0) if value > threshold else (None, None)
    if error is None:
        return value > threshold, None
    return value > threshold, float(pass_probability(value, error, threshold_GPa=threshold))
