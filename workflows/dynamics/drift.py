"""Drift: whether the integrator makes or loses energy, and whether the thermostat keeps the temperature."""

import math

import numpy as np
from ase import units
from numpy.typing import NDArray

__all__ = ["WINDOW_ps", "drifting"]

Array = NDArray[np.float64]

WINDOW_ps = 2.0
"""Drift is judged over the last so many ps of a stage, and not before half of that has passed."""

ENERGY_DRIFT_PER_ps = 0.15
"""Energy per atom, in units of kT, that the integrator may make or lose in a ps.

At this rate a thermostat with a coupling time of 0.1 ps holds the cell 1 % too hot: 0.15 kT/ps x 0.1 ps is
1 % of the kinetic energy 3/2 kT. Velocity Verlet with mace-lithicoat-1 in Li2S (48 atoms) at 900 K drifts by
less than 0.002 kT/ps at 2 fs, 0.01 at 5 fs and 0.05 at 10 fs; at 12 fs by 0.4 to 0.9 kT/ps, and the cell is
5 to 10 % too hot; at 16 fs it explodes.
"""

TEMPERATURE_OFFSET = 0.1
"""Relative difference between the mean temperature and its target that is too large."""

SIGMAS = 5.0
"""Only what exceeds so many standard errors counts; a run is judged thousands of times."""


def drifting(
    moments: Array,
    *,
    interval_ps: float,
    target_K: float,
    thermostat_ps: float,
    atoms: int,
    constant: bool,
) -> str | None:
    """Say how energy or temperature drift, if they do.

    Parameters
    ----------
    moments : numpy.ndarray, shape (moments, 2)
        Lately, equally spaced in time: kinetic temperature less its target in K, conserved energy in eV.
    interval_ps : float
        Time between them, ps.
    target_K : float
        Target temperature now, K.
    thermostat_ps : float
        Coupling time of the thermostat, in which temperatures forget what they were, ps.
    atoms : int
        Number of atoms.
    constant : bool
        Whether the target is constant; on a ramp the temperature lags behind, and only energy is judged.
    """
    if len(moments) < max(10, 0.5 * WINDOW_ps / interval_ps):
        return None
    rate = _lasting_rate(moments[:, 1] / atoms, interval_ps=interval_ps)
    if abs(rate) > ENERGY_DRIFT_PER_ps * units.kB * target_K:
        does = "grows" if rate > 0 else "falls"
        return f"energy is not conserved: it {does} by more than {1000 * abs(rate):.3g} meV per atom and ps"
    offset = float(moments[:, 0].mean())
    independent = max(1.0, len(moments) * interval_ps / (2 * max(thermostat_ps, interval_ps)))
    spread = target_K * math.sqrt(2 / ((3 * atoms - 3) * independent))
    if constant and abs(offset) - SIGMAS * spread > TEMPERATURE_OFFSET * target_K:
        return f"the mean temperature is {abs(offset):.0f} K {'above' if offset > 0 else 'below'} its target"
    return None


def _lasting_rate(energies: Array, *, interval_ps: float) -> float:
    """Slope of energies per ps that is certain: less its errors, and of both halves of the time.

    A jump, as of a cell that begins with large forces, is in one half only and is not a drift.
    """
    slope, error = _slope(energies, interval_ps=interval_ps)
    halves = np.array_split(energies, 2)
    least = min(math.copysign(1, slope) * _slope(half, interval_ps=interval_ps)[0] for half in halves)
    certain = max(0.0, abs(slope) - SIGMAS * error)
    return math.copysign(certain, slope) if least > 0.5 * certain else 0.0


def _slope(energies: Array, *, interval_ps: float) -> tuple[float, float]:
    """Least-squares slope per ps and its standard error, with residuals correlated from moment to moment."""
    times = interval_ps * np.arange(len(energies))
    slope, offset = np.polyfit(times, energies, 1)
    left = energies - offset - slope * times
    scatter = float(left @ left)
    memory = min(max(float(left[1:] @ left[:-1]) / scatter, 0.0), 0.95) if scatter > 0 else 0.0
    independent = max(2.0, len(energies) * (1 - memory) / (1 + memory))
    return float(slope), float(left.std()) / (float(times.std()) * math.sqrt(independent))
