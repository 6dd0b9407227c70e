"""Whether the time between frames can be right: atoms move at thermal speeds."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import constants

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.transport.displacements import Floats

__all__ = ["check_timing"]

FRAMES_LOOKED_AT = 1000
TOO_HOT = 4.0  # twice the thermal speed: no regime of motion reaches that
TOO_COLD = 0.1  # where frames are ballistic they show the temperature itself; some atoms may be fixed
BALLISTIC = 3.0  # MSD(2 dt) / MSD(dt): 4 in free flight, 2 in diffusion, about 1 in a vibrating solid

_A2_PS2 = constants.Boltzmann / constants.atomic_mass * 1e-4
"""k_B / u in Å² / ps² per K: a mass of 1 u at 1 K has this mean squared speed in each direction."""


def check_timing(
    positions: Floats, *, masses: ArrayLike, frame_interval_ps: float, temperature_K: float
) -> None:
    """Refuse a time between frames with which the atoms would be far too fast or too slow.

    The displacement between two frames over their time gives an apparent temperature. It is that of the run
    while the atoms fly freely, and less over longer times, never more. So one far above the temperature means
    that the time is too short; one far below it means that the time is too long if the frames are so dense
    that displacements grow as the square of time.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Unwrapped positions, Å; at least 3 frames.
    masses : array_like, shape (atoms,)
        Masses, u.
    frame_interval_ps : float
        Time between frames, ps.
    temperature_K : float
        Temperature of the run, K.

    Raises
    ------
    DataError
        If the time between frames cannot be right, or is not positive, or there are fewer than 3 frames.
    """
    for name, number in (("frame_interval_ps", frame_interval_ps), ("temperature_K", temperature_K)):
        if not (math.isfinite(number) and number > 0):
            raise DataError(f"{name} must be positive, got {number}", where=name)
    if len(positions) < 3:
        raise DataError(f"{len(positions)} frames are too few to check their times", where="positions")
    looked_at = np.asarray(positions[:FRAMES_LOOKED_AT], dtype=float)
    weights = np.asarray(masses, dtype=float)
    looked_at = looked_at - np.einsum("fnc,n->fc", looked_at, weights / weights.sum())[:, None]
    moved = np.mean(np.sum(np.diff(looked_at, axis=0) ** 2, axis=2), axis=0)
    apparent_K = float(np.mean(weights * moved)) / (3 * _A2_PS2 * frame_interval_ps**2)
    speed = math.sqrt(apparent_K / temperature_K)
    found = f"with {frame_interval_ps:g} ps between frames the atoms move at {speed:.2g} times the speed"
    hint = "give the time between stored frames, time step x stride, and mind its unit"
    if apparent_K > TOO_HOT * temperature_K:
        raise DataError(
            f"{found} of {temperature_K:g} K, so that time is too short or the temperature too low",
            where="frame_interval_ps",
            hint=hint,
        )
    over_two = np.mean(np.sum((looked_at[2:] - looked_at[:-2]) ** 2, axis=2), axis=0)
    flying = float(np.sum(weights * over_two)) > BALLISTIC * float(np.sum(weights * moved))
    if flying and apparent_K < TOO_COLD * temperature_K:
        raise DataError(
            f"{found} of {temperature_K:g} K and yet fly freely, so that time is too long or the temperature "
            "too high",
            where="frame_interval_ps",
            hint=hint,
        )
