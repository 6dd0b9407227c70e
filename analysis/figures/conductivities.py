"""The conductivity of a film as its decadic logarithm, in which its error is symmetric."""

import math

from lithicoat.analysis.lognormal import log_standard_deviation
from lithicoat.analysis.properties import Property
from lithicoat.analysis.records import ScreeningRecord

__all__ = ["CONDUCTIVITIES", "log10_conductivity"]

CONDUCTIVITIES = ("log10_conductivity_298K", "conductivity_298K")
"""Names in a record; the first that has a value counts."""


def log10_conductivity(record: ScreeningRecord) -> Property:
    """Return log10 of the conductivity at 298 K over S/cm, with its uncertainty in decades or its bound."""
    exponent = record.property_or_missing(CONDUCTIVITIES[0], "decades")
    if exponent.value is not None:
        return exponent
    plain = record.property_or_missing(CONDUCTIVITIES[1], "S/cm")
    if plain.value is None or plain.value <= 0:
        return exponent
    error = None
    if plain.uncertainty is not None:
        error = float(log_standard_deviation(plain.value, plain.uncertainty)) / math.log(10)
    update = {"value": math.log10(plain.value), "uncertainty": error, "unit": "decades"}
    return plain.model_copy(update=update)
