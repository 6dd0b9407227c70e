"""First-order kinetics of uptake from few events: exact limits of counts, and a test whether the rate lasts.

Molecules are at risk until they are taken up or the run ends (censored). With a constant rate k per molecule
the likelihood is k^n exp(-k T), n events in T = Σ (times at risk): k = n / T. Limits are those of a Poisson
count (Garwood, Biometrika 28, 437 (1936), doi:10.1093/biomet/28.3-4.437), which for censored exponential
times are slightly too wide rather than too narrow (Cox, Biometrika 40, 354 (1953),
doi:10.1093/biomet/40.3-4.354).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.constants import Boltzmann, atomic_mass
from scipy.stats import binomtest, chi2

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property

__all__ = ["FirstOrder", "first_order_rate", "sticking_probability"]

CONFIDENCE = 0.95
UNEVEN = 0.05
"""Events this unlikely under a constant rate are called uneven."""

O2_MASS_u = 31.998


class FirstOrder(BaseModel):
    """A first-order rate from events that were counted."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rate: Property = Field(description="Per molecule at risk, 1/ps; an upper bound without events.")
    low_per_ps: float = Field(ge=0, description="Lower limit of the central 95 % interval, 1/ps.")
    high_per_ps: float = Field(gt=0, description="Upper limit of the central 95 % interval, 1/ps.")
    events: int = Field(ge=0, description="Molecules taken up.")
    at_risk: int = Field(gt=0, description="Molecules at the start.")
    exposure_ps: float = Field(gt=0, description="Times at risk, summed over molecules, ps.")
    evenness: float | None = Field(
        description="Probability of so uneven a share of events between the halves of the exposure under a "
        "constant rate; None without events."
    )


def first_order_rate(times_ps: Sequence[float | None], *, duration_ps: float) -> FirstOrder:
    """Return the rate at which units react, and how well it is known.

    Parameters
    ----------
    times_ps : sequence of float or None
        When each unit reacted, ps; None for one that had not by the end.
    duration_ps : float
        Length of the run, ps; the same for all.

    Raises
    ------
    DataError
        If there is no unit, no time, or a time outside of the run.
    """
    _check(times_ps, duration_ps)
    reacted = np.sort([time for time in times_ps if time is not None])
    censored = len(times_ps) - len(reacted)
    exposure = float(reacted.sum() + censored * duration_ps)
    if exposure <= 0:
        raise DataError("all units had reacted at the start, so there is no rate", where="times_ps")
    events = len(reacted)
    tail = (1 - CONFIDENCE) / 2
    low = float(chi2.ppf(tail, 2 * events) / 2 / exposure) if events else 0.0
    high = float(chi2.ppf(1 - tail, 2 * (events + 1)) / 2 / exposure)
    early = _early(reacted, len(times_ps), duration_ps)
    evenness = float(binomtest(early, events, 0.5).pvalue) if events else None
    return FirstOrder(
        rate=_rate(events, exposure, (low, high), early=early, evenness=evenness),
        low_per_ps=low,
        high_per_ps=high,
        events=events,
        at_risk=len(times_ps),
        exposure_ps=exposure,
        evenness=evenness,
    )


def sticking_probability(
    rate: Property, *, gas_volume_nm3: float, area_nm2: float, temperature_K: float
) -> Property:
    """Return the share of collisions with the surface that end in uptake.

    From kinetic theory a molecule of an ideal gas strikes the surface v A / (4 V) times a second, with the
    mean speed v = sqrt(8 kT / πm).

    Parameters
    ----------
    rate : Property
        First-order rate per O2, 1/ps.
    gas_volume_nm3 : float
        Volume of the gas, nm³.
    area_nm2 : float
        Surface it can reach, nm².
    temperature_K : float
        Temperature of the gas, K.

    Returns
    -------
    Property
        Unit 1, with the relative uncertainty or bound of the rate. In a gas as dense as that of a
        simulation it is an estimate.
    """
    if rate.value is None:
        return Property.missing("1", "no rate of uptake")
    speed_m_s = math.sqrt(8 * Boltzmann * temperature_K / (math.pi * O2_MASS_u * atomic_mass))
    collisions_per_ps = speed_m_s * 1e-3 * area_nm2 / (4 * gas_volume_nm3)
    share = rate.value / collisions_per_ps
    flags = ("more than one in one: O2 is drawn to the surface",) if share > 1 else ()
    return Property(
        value=share,
        uncertainty=None if rate.uncertainty is None else rate.uncertainty / collisions_per_ps,
        unit="1",
        bound=rate.bound,
        flags=flags,
    )


def _rate(
    events: int, exposure_ps: float, limits: tuple[float, float], *, early: int, evenness: float | None
) -> Property:
    if not events:
        limit = float(chi2.ppf(CONFIDENCE, 2) / 2 / exposure_ps)
        told = f"no event in {exposure_ps:.3g} ps of all molecules together: bound at 95 %"
        return Property(value=limit, unit="1/ps", bound=Bound.UPPER, flags=(told,))
    flags = [f"{events} events, 95 % interval {limits[0]:.2g} to {limits[1]:.2g} per ps"]
    if evenness is not None and evenness < UNEVEN:
        when = "early" if 2 * early > events else "late"
        flags.append(f"not first order: {early} of {events} events in the first half, too {when}")
    return Property(
        value=events / exposure_ps,
        uncertainty=math.sqrt(events) / exposure_ps,
        unit="1/ps",
        flags=tuple(flags),
    )


def _early(reacted: NDArray[np.float64], at_risk: int, duration_ps: float) -> int:
    """Count the events in the first half of the exposure.

    Given their number, events of a constant rate fall into a part of the exposure with its share of it.
    """
    times = np.concatenate([[0.0], reacted, [duration_ps]])
    left = at_risk - np.arange(len(reacted) + 1)
    exposure = np.concatenate([[0.0], np.cumsum(left * np.diff(times))])
    return int((exposure[1:-1] <= exposure[-1] / 2).sum())


def _check(times_ps: Sequence[float | None], duration_ps: float) -> None:
    if not times_ps:
        raise DataError("a rate needs at least one unit at risk", where="times_ps")
    if not (math.isfinite(duration_ps) and duration_ps > 0):
        raise DataError(f"a run lasts longer than {duration_ps:g} ps", where="duration_ps")
    for time in times_ps:
        if time is not None and not 0 <= time <= duration_ps:
            raise DataError(
                f"a unit reacted at {time:g} ps, outside of the run of {duration_ps:g} ps", where="times_ps"
            )
