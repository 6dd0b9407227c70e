"""Ionic conductivity from diffusivity: Nernst-Einstein with the Haven ratio."""

import math

from scipy import constants

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property

__all__ = ["HAVEN_TAKEN_AS_ONE", "nernst_einstein", "nernst_einstein_factor"]

HAVEN_TAKEN_AS_ONE = "Haven ratio not resolved, taken as 1"


def nernst_einstein_factor(
    *, ions: int, volume_A3: float, temperature_K: float, charge_number: float = 1.0
) -> float:
    """Return n q² / (k_B T), which turns a diffusivity in cm²/s into a conductivity in S/cm.

    Parameters
    ----------
    ions : int
        Mobile ions in the cell.
    volume_A3, temperature_K : float
        Volume of the cell in Å³ and temperature in K.
    charge_number : float
        Charge of an ion in elementary charges.

    Raises
    ------
    DataError
        If the number of ions, the volume or the temperature is not positive.
    """
    for name, number in (("ions", ions), ("volume_A3", volume_A3), ("temperature_K", temperature_K)):
        if not (math.isfinite(number) and number > 0):
            raise DataError(f"{name} must be positive, got {number}", where=name)
    per_cm3 = ions / (volume_A3 * 1e-24)
    charge_C = charge_number * constants.elementary_charge
    return float(per_cm3 * charge_C**2 / (constants.Boltzmann * temperature_K))


def nernst_einstein(
    diffusivity: Property,
    *,
    haven_ratio: Property,
    ions: int,
    volume_A3: float,
    temperature_K: float,
    charge_number: float = 1.0,
) -> Property:
    """Return the conductivity σ = n q² D / (k_B T H_R).

    An unresolved Haven ratio is taken as 1, with a flag. A bound on D gives a bound on σ. Errors of D and H_R
    are propagated as independent, which overestimates where both come from the same run.

    Parameters
    ----------
    diffusivity : Property
        Self-diffusivity D, cm²/s.
    haven_ratio : Property
        Haven ratio H_R.
    ions, volume_A3, temperature_K, charge_number
        See `nernst_einstein_factor`.

    Returns
    -------
    Property
        Conductivity, S/cm.

    Raises
    ------
    DataError
        If an input is not positive.
    """
    factor = nernst_einstein_factor(
        ions=ions, volume_A3=volume_A3, temperature_K=temperature_K, charge_number=charge_number
    )
    if diffusivity.value is None:
        return Property.missing("S/cm", diffusivity.flags[0], provenance=diffusivity.provenance)
    haven, haven_error, flags = 1.0, 0.0, diffusivity.flags
    if haven_ratio.resolved and haven_ratio.value:
        haven, haven_error = haven_ratio.value, haven_ratio.uncertainty or 0.0
    else:
        flags = (*flags, HAVEN_TAKEN_AS_ONE)
    sigma = factor * diffusivity.value / haven
    error = None
    if diffusivity.uncertainty is not None and diffusivity.value > 0:
        error = sigma * math.hypot(diffusivity.uncertainty / diffusivity.value, haven_error / haven)
    return Property(
        value=sigma,
        uncertainty=error,
        unit="S/cm",
        bound=diffusivity.bound,
        flags=flags,
        provenance=diffusivity.provenance,
    )
