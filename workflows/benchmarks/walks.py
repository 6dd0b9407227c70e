"""Synthetic runs of ions whose diffusivity, Haven ratio and correlation factor are known exactly."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FRAME_INTERVAL_PS", "IONS", "WALKS", "Walk", "in_framework"]

FRAMES = 800
IONS = 24
FRAME_INTERVAL_PS = 0.1
SPACING_A = 2.8
VIBRATION_A = 0.2

_Array = NDArray[np.float64]
_DIRECTIONS = np.concatenate((np.eye(3), -np.eye(3)))


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A kind of motion with its exact answers.

    Attributes
    ----------
    name : str
        What the ions do.
    make : callable
        Random generator → positions of the ions, shape (frames, ions, 3), Å.
    directions_A2_ps : tuple of float
        Diffusivities along x, y and z, Å²/ps.
    haven : float
        Haven ratio.
    correlation : float
        Diffusivity over that of uncorrelated jumps; 1 for motion without sites.
    """

    name: str
    make: Callable[[np.random.Generator], _Array]
    directions_A2_ps: tuple[float, float, float]
    haven: float = 1.0
    correlation: float = 1.0

    @property
    def diffusivity_cm2_s(self) -> float:
        """Self-diffusivity, cm²/s."""
        return sum(self.directions_A2_ps) / 3 * 1e-4


def in_framework(ions: _Array, rng: np.random.Generator) -> tuple[_Array, _Array, NDArray[np.bool_]]:
    """Return ions among as many atoms that vibrate about their sites: positions, masses, which are mobile."""
    count = ions.shape[1]
    positions = np.concatenate((ions, rng.normal(0, VIBRATION_A / 2, ions.shape)), axis=1)
    mobile = np.arange(2 * count) < count
    return positions, np.where(mobile, 6.94, 32.06), mobile


def _gaussian(
    directions_A2_ps: tuple[float, float, float], group: int
) -> Callable[[np.random.Generator], _Array]:
    """Return Brownian walks; the ions of a group make the same steps."""
    spread = np.sqrt(2 * np.array(directions_A2_ps) * FRAME_INTERVAL_PS)

    def make(rng: np.random.Generator) -> _Array:
        walks = np.cumsum(rng.normal(size=(FRAMES, IONS // group, 3)) * spread, axis=0)
        return np.repeat(walks, group, axis=1) + rng.normal(0, VIBRATION_A, (FRAMES, IONS, 3))

    return make


def _hopping(rate_THz: float, back: float) -> Callable[[np.random.Generator], _Array]:
    """Return hops along the axes; each undoes the one before with a probability, else goes anywhere."""

    def make(rng: np.random.Generator) -> _Array:
        steps = np.zeros((FRAMES, IONS, 3))
        for ion in range(IONS):
            when = np.flatnonzero(rng.random(FRAMES) < rate_THz * FRAME_INTERVAL_PS)
            step = np.zeros(3)
            for frame in when:
                returns = rng.random() < back and step.any()
                step = -step if returns else SPACING_A * _DIRECTIONS[rng.integers(6)]
                steps[frame, ion] = step
        return np.cumsum(steps, axis=0) + rng.normal(0, VIBRATION_A, steps.shape)

    return make


def _hops(name: str, *, rate_THz: float, back: float) -> Walk:
    # Successive hops have the mean cosine -back, so f = (1 - back) / (1 + back): Bardeen and Herring (1952).
    factor = (1 - back) / (1 + back)
    each = SPACING_A**2 * rate_THz / 6 * factor
    return Walk(
        name=name,
        make=_hopping(rate_THz, back),
        directions_A2_ps=(each, each, each),
        correlation=factor,
    )


WALKS = (
    Walk(name="Brownian", make=_gaussian((0.2, 0.2, 0.2), 1), directions_A2_ps=(0.2, 0.2, 0.2)),
    Walk(
        name="in groups of 3",
        make=_gaussian((0.2, 0.2, 0.2), 3),
        directions_A2_ps=(0.2, 0.2, 0.2),
        haven=1 / 3,
    ),
    Walk(name="anisotropic", make=_gaussian((0.4, 0.2, 0.05), 1), directions_A2_ps=(0.4, 0.2, 0.05)),
    _hops("hops", rate_THz=0.2, back=0.0),
    _hops("hops going back", rate_THz=0.2, back=0.4),
)
"""What the analysis is tried on."""
