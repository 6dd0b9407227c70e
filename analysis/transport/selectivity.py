"""How much faster lithium moves through a film than oxygen does."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.arrhenius import ROOM_TEMPERATURE_K, ArrheniusResult
from lithicoat.analysis.transport.records import TemperatureResult

__all__ = ["lithium_over_oxygen"]

_SIGMAS_OF_A_BOUND = 2


class _Decades(NamedTuple):
    """Decimal logarithm of a diffusivity in cm²/s: a value with its standard uncertainty, or a bound."""

    value: float
    error: float
    bounded: bool


def lithium_over_oxygen(
    lithium: ArrheniusResult | None,
    oxygen: ArrheniusResult | None,
    *,
    lithium_runs: Sequence[TemperatureResult],
    oxygen_runs: Sequence[TemperatureResult],
) -> Property:
    """Return the decades by which lithium diffuses faster than oxygen.

    At 298.15 K where both diffusivities are extrapolated from resolved ones. Else at the hottest
    temperature at which the framework held and lithium or oxygen was resolved; where only one of the two
    was, the ratio is a bound. Several runs at a temperature count by the mean of their logarithms.

    Parameters
    ----------
    lithium, oxygen : ArrheniusResult or None
        The fits.
    lithium_runs, oxygen_runs : sequence of TemperatureResult
        All runs.

    Returns
    -------
    Property
        log10(D_Li / D_O), in decades.
    """
    if lithium is not None and oxygen is not None and lithium.line is not None and oxygen.line is not None:
        (own, own_error), (other, other_error) = (
            fit.line.at(ROOM_TEMPERATURE_K) for fit in (lithium, oxygen) if fit.line is not None
        )
        return Property(
            value=(own - other) / math.log(10),
            uncertainty=math.hypot(own_error, other_error) / math.log(10),
            unit="decades",
            flags=tuple(flag for flag in lithium.diffusivity_298K.flags if flag.startswith("extrapolated")),
        )
    held = {result.temperature_K for result in lithium_runs if result.framework_held}
    for kelvin in sorted(held, reverse=True):
        found = _ratio(_at(lithium_runs, kelvin), _at(oxygen_runs, kelvin))
        if found is not None:
            return found.flagged(f"at {kelvin:g} K, since not both are resolved at two temperatures")
    return Property.missing(
        "decades", "diffusion of neither lithium nor oxygen was resolved where the framework held"
    )


def _at(runs: Sequence[TemperatureResult], kelvin: float) -> _Decades | None:
    """Join the runs at one temperature: all resolved, or the highest of what each of them leaves possible."""
    found = [
        result.diffusivity
        for result in runs
        if result.temperature_K == kelvin and result.framework_held and result.diffusivity.value
    ]
    if not found:
        return None
    values = [quantity.value or 0.0 for quantity in found]
    errors = [quantity.uncertainty or 0.0 for quantity in found]
    if not all(quantity.resolved for quantity in found):
        highest = max(value + _SIGMAS_OF_A_BOUND * error for value, error in zip(values, errors, strict=True))
        return _Decades(math.log10(highest), 0.0, bounded=True)
    logarithms = np.log10(values)
    own = [error / value / math.log(10) for value, error in zip(values, errors, strict=True)]
    within = math.sqrt(sum(error**2 for error in own)) / len(own)
    spread = float(np.std(logarithms, ddof=1)) / math.sqrt(len(own)) if len(own) > 1 else 0.0
    return _Decades(float(np.mean(logarithms)), max(within, spread), bounded=False)


def _ratio(lithium: _Decades | None, oxygen: _Decades | None) -> Property | None:
    if lithium is None or oxygen is None or (lithium.bounded and oxygen.bounded):
        return None
    decades = lithium.value - oxygen.value
    if not lithium.bounded and not oxygen.bounded:
        error = math.hypot(lithium.error, oxygen.error)
        return Property(value=decades, uncertainty=error, unit="decades")
    if oxygen.bounded:  # the value less what it may be wrong by, over the most that oxygen may move
        lowest = decades - _SIGMAS_OF_A_BOUND * lithium.error
        return Property(
            value=lowest, unit="decades", bound=Bound.LOWER, flags=("oxygen was not seen to move",)
        )
    highest = decades + _SIGMAS_OF_A_BOUND * oxygen.error
    return Property(value=highest, unit="decades", bound=Bound.UPPER, flags=("lithium was not seen to move",))
