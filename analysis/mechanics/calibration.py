"""Calibration of a potential's shear moduli against reference crystals.

Universal potentials are too soft, by a factor that is much the same for stiff and soft crystals (Deng et al.,
npj Comput. Mater. 11, 9 (2025): softening of the potential-energy surface). The regression is therefore one
factor through the origin with a relative scatter: ln G_ref = ln slope + ln G_pred + noise. An intercept of
a few GPa, fixed by stiff crystals, would decide the criterion for films of 5 GPa by itself; and in relative
terms a soft crystal counts as much as a stiff one, though moduli span two decades.
"""

import math
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property

__all__ = ["UNCALIBRATED", "Calibration", "CalibrationCrystal", "calibrated", "fit_calibration"]

UNCALIBRATED = "uncalibrated potential"
_FEWEST = 3
_ROBUST_FROM = 10  # below this an outlier cannot be told from the spread
_MEDIAN_ERROR = math.sqrt(math.pi / 2)  # standard error of a median over that of a mean, normal noise


class CalibrationCrystal(BaseModel):
    """One crystal of the calibration."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    label: str
    predicted_GPa: float = Field(description="Shear modulus by the potential, GPa.")
    reference_GPa: float = Field(gt=0, description="Reference shear modulus, GPa.")


class Calibration(BaseModel):
    """How a potential's shear moduli compare with a reference."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    potential: str = Field("", description="Name of the potential.")
    sha256: str = Field("", description="sha256 of its weights.")
    reference: str = Field("", description="Where the reference moduli come from.")
    slope: float = Field(gt=0, description="Reference over predicted modulus: median of the ratios.")
    slope_uncertainty: float = Field(ge=0, description="Standard uncertainty of the slope.")
    scatter: float = Field(ge=0, description="Relative standard deviation of one crystal about the slope.")
    crystals: tuple[CalibrationCrystal, ...] = Field(min_length=_FEWEST, description="Crystals used.")
    left_out: tuple[str, ...] = Field(
        (), description="Crystals without a positive predicted modulus, or unstable with the potential."
    )
    versions: dict[str, str] = Field(
        default_factory=dict, description="Versions of the code that computed the predicted moduli."
    )

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if any(crystal.predicted_GPa <= 0 for crystal in self.crystals):
            msg = "the crystals of a calibration have positive predicted moduli"
            raise ValueError(msg)
        return self

    @property
    def n(self) -> int:
        """Number of crystals used."""
        return len(self.crystals)

    @property
    def range_GPa(self) -> tuple[float, float]:
        """Lowest and highest predicted modulus among the crystals, GPa."""
        predicted = [crystal.predicted_GPa for crystal in self.crystals]
        return min(predicted), max(predicted)

    def apply(self, modulus: Property) -> Property:
        """Correct a shear modulus of the same potential.

        The uncertainty joins, as relative errors in quadrature, that of the modulus, the scatter and the
        error of the slope. A bound stays a bound. A modulus that is not positive is returned as it is.

        Parameters
        ----------
        modulus : Property
            Shear modulus in GPa.

        Raises
        ------
        DataError
            If the unit is not GPa.
        """
        if modulus.unit != "GPa":
            raise DataError(
                f"a calibration corrects moduli in GPa, not in {modulus.unit}", where="shear_modulus"
            )
        if modulus.value is None:
            return modulus
        if modulus.value <= 0:
            return modulus.flagged("not positive: not calibrated")
        corrected = self.slope * modulus.value
        relative = math.hypot(
            self.scatter, self.slope_uncertainty / self.slope, (modulus.uncertainty or 0.0) / modulus.value
        )
        flags = [f"calibrated on {self.n} crystals: x {self.slope:.2f}, scatter {self.scatter:.0%}"]
        low, high = self.range_GPa
        if not low <= modulus.value <= high:
            flags.append(f"outside the {low:.3g}-{high:.3g} GPa of the calibration")
        return modulus.model_copy(update={"value": corrected, "uncertainty": relative * corrected}).flagged(
            *flags
        )


def calibrated(modulus: Property, calibration: Calibration | None) -> Property:
    """Correct a shear modulus if its potential is calibrated, else say that it is not."""
    return modulus.flagged(UNCALIBRATED) if calibration is None else calibration.apply(modulus)


def fit_calibration(
    predicted_GPa: ArrayLike,
    reference_GPa: ArrayLike,
    labels: Sequence[str],
    *,
    potential: str = "",
    sha256: str = "",
    reference: str = "",
) -> Calibration:
    """Regress reference shear moduli on predicted ones, through the origin, robustly.

    The slope is the median of the ratios. From ten crystals on the scatter is the larger of 1.48 times the
    median absolute deviation and half the central 68 % range of the logarithms, so that single outliers do
    not move it but broad wings do; below ten it is the plain standard deviation.

    Parameters
    ----------
    predicted_GPa, reference_GPa : (n,) array_like
        Shear moduli by the potential and by the reference.
    labels : sequence of str
        Names of the crystals.
    potential, sha256, reference : str
        Written into the calibration.

    Raises
    ------
    DataError
        If lengths differ, a number is not finite, a reference is not positive, or fewer than three crystals
        have a positive prediction.
    """
    predicted, known = np.asarray(predicted_GPa, dtype=float), np.asarray(reference_GPa, dtype=float)
    if not predicted.shape == known.shape == (len(labels),):
        raise DataError(
            f"{predicted.size} predicted moduli, {known.size} references, {len(labels)} labels: not as many",
            where="labels",
        )
    if not np.isfinite(predicted).all() or not (np.isfinite(known) & (known > 0)).all():
        raise DataError("moduli must be finite and references positive", where="reference_GPa")
    usable = predicted > 0
    if usable.sum() < _FEWEST:
        raise DataError(
            f"{usable.sum()} crystals with a positive predicted modulus; a calibration needs {_FEWEST}",
            where="predicted_GPa",
        )
    logs = np.log(known[usable] / predicted[usable])
    slope, spread = float(np.exp(np.median(logs))), _spread(logs)
    return Calibration(
        potential=potential,
        sha256=sha256,
        reference=reference,
        slope=slope,
        slope_uncertainty=slope * _MEDIAN_ERROR * spread / math.sqrt(len(logs)),
        scatter=math.sqrt(math.expm1(spread**2)),
        crystals=tuple(
            CalibrationCrystal(label=label, predicted_GPa=float(ours), reference_GPa=float(theirs))
            for label, ours, theirs, use in zip(labels, predicted, known, usable, strict=True)
            if use
        ),
        left_out=tuple(label for label, use in zip(labels, usable, strict=True) if not use),
    )


def _spread(logs: NDArray[np.float64]) -> float:
    """Return the standard deviation of the logarithms, robust where there are enough of them."""
    if len(logs) < _ROBUST_FROM:
        return float(np.std(logs, ddof=1))
    deviation = 1.4826 * float(np.median(np.abs(logs - np.median(logs))))
    low, high = np.quantile(logs, [0.1587, 0.8413])
    return max(deviation, float(high - low) / 2)
