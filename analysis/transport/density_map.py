"""Where the mobile ions spend their time: their density on a grid that fills the cell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.transport.displacements import (
    Floats,
    Mask,
    check_trajectory,
    framework_mask,
    mobile_mask,
    reference_motion,
)

__all__ = ["SMEARING_A", "SPACING_A", "DensityMap", "density_map"]

Array = NDArray[np.float64]

SPACING_A = 0.15
SMEARING_A = 0.25
"""Width of the Gaussian over which each ion is spread: that of a vibration, so that few frames make a
smooth surface."""
_CHUNK = 512
_MOST_POINTS = 20_000_000


@dataclass(frozen=True, kw_only=True)
class DensityMap:
    """Density of the mobile ions, averaged over a run, and the framework around them.

    Parameters
    ----------
    species : str
        The mobile element.
    per_A3 : numpy.ndarray, shape (n, m, l)
        Ions per Å³ at the points (i/n, j/m, k/l) of the cell; it integrates to the number of ions.
    cell_A : numpy.ndarray, shape (3, 3)
        Lattice vectors as rows, Å.
    framework_symbols : tuple of str
        Elements of all other atoms.
    framework_A : numpy.ndarray, shape (atoms, 3)
        Their mean positions, folded into the cell, Å.
    ions : int
        Number of mobile ions.
    frames : int
        Frames that were averaged.
    smearing_A : float
        Width of the Gaussian over which ions were spread, Å.
    """

    species: str
    per_A3: Array
    cell_A: Array
    framework_symbols: tuple[str, ...]
    framework_A: Array
    ions: int
    frames: int
    smearing_A: float

    def level_enclosing(self, share: float) -> float:
        """Return the density, ions/Å³, above which a share of all ions is found.

        Raises
        ------
        DataError
            If the share is not between 0 and 1.
        """
        if not 0 < share < 1:
            raise DataError(
                f"a surface encloses a share of the ions between 0 and 1, not {share:g}", where="share"
            )
        falling = np.sort(self.per_A3, axis=None)[::-1]
        inside = np.cumsum(falling)
        return float(falling[np.searchsorted(inside, share * inside[-1])])


def density_map(
    positions: Floats,
    *,
    symbols: Sequence[str],
    cell_A: ArrayLike,
    masses: ArrayLike | None = None,
    species: str = "Li",
    framework: ArrayLike | None = None,
    spacing_A: float = SPACING_A,
    smearing_A: float = SMEARING_A,
) -> DensityMap:
    """Average the density of the mobile ions over a run at constant volume.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Unwrapped positions, Å; may be a memory map, read in chunks.
    symbols : sequence of str, shape (atoms,)
        Chemical symbols.
    cell_A : array_like, shape (3, 3)
        Lattice vectors as rows, Å.
    masses : array_like, shape (atoms,), optional
        Masses in any unit, for the drift of the framework, which is removed.
    species : str
        The mobile element.
    framework : array_like of bool, shape (atoms,), optional
        True for the atoms that make up the solid, which are shown and relative to which the ions move; all
        that are not mobile if not given.
    spacing_A : float
        Distance of the grid's points at most, Å.
    smearing_A : float
        Width of the Gaussian over which ions are spread, Å; 0 for none. It keeps the number of ions.

    Returns
    -------
    DensityMap
        Density and framework.

    Raises
    ------
    DataError
        If the trajectory cannot be used (`check_trajectory`), the cell has no volume, or the grid would be
        too fine.
    """
    cell = np.asarray(cell_A, dtype=float)
    if cell.shape != (3, 3) or abs(np.linalg.det(cell)) < 1e-6:
        raise DataError("the cell has no volume", where="cell_A", hint="give three lattice vectors")
    if not (spacing_A > 0 and smearing_A >= 0):
        raise DataError(
            f"a grid needs a positive spacing and no negative smearing, not {spacing_A:g} and "
            f"{smearing_A:g} Å",
            where="spacing_A",
        )
    mobile = mobile_mask(symbols, species)
    solid = framework_mask(mobile, None if framework is None else np.asarray(framework))
    check_trajectory(positions, mobile=mobile, masses=masses, framework=solid)
    moved = reference_motion(positions, masses=masses, mobile=mobile, framework=solid)
    shape = tuple(int(count) for count in np.ceil(np.linalg.norm(cell, axis=1) / spacing_A))
    if np.prod(shape, dtype=float) > _MOST_POINTS:
        raise DataError(
            f"a grid of {spacing_A:g} Å has more than {_MOST_POINTS:.0e} points in this cell",
            where="spacing_A",
            hint="take a coarser one",
        )
    counts, mean = _counted(positions, moved, (mobile, solid), cell, shape)
    voxel_A3 = abs(float(np.linalg.det(cell))) / counts.size
    density = _smeared(counts / (len(positions) * voxel_A3), cell, smearing_A)
    fractions = mean @ np.linalg.inv(cell)
    return DensityMap(
        species=species,
        per_A3=density,
        cell_A=cell,
        framework_symbols=tuple(np.asarray(symbols)[solid].tolist()),
        framework_A=(fractions - np.floor(fractions + 1e-9)) @ cell,
        ions=int(mobile.sum()),
        frames=len(positions),
        smearing_A=smearing_A,
    )


def _counted(
    positions: Floats, moved: Array, masks: tuple[Mask, Mask], cell: Array, shape: tuple[int, ...]
) -> tuple[Array, Array]:
    """Count ions at the nearest point of the grid, and average the framework's positions."""
    mobile, solid = masks
    inverse, points = np.linalg.inv(cell), np.array(shape)
    counts = np.zeros(int(np.prod(points)))
    total = np.zeros((int(solid.sum()), 3))
    for first in range(0, len(positions), _CHUNK):
        chunk = positions[first : first + _CHUNK] - moved[first : first + _CHUNK, None]
        total += chunk[:, solid].sum(axis=0)
        places = np.rint(chunk[:, mobile].reshape(-1, 3) @ inverse * points).astype(np.int64) % points
        counts += np.bincount(np.ravel_multi_index(tuple(places.T), shape), minlength=counts.size)
    return counts.reshape(shape), total / len(positions)


def _smeared(density: Array, cell: Array, width_A: float) -> Array:
    """Convolve with a Gaussian, exactly and periodically: a product in reciprocal space."""
    if width_A == 0:
        return density
    reciprocal = 2 * np.pi * np.linalg.inv(cell).T
    first, second = (np.fft.fftfreq(n, 1 / n) for n in density.shape[:2])
    third = np.fft.rfftfreq(density.shape[2], 1 / density.shape[2])
    i, j, k = np.meshgrid(first, second, third, indexing="ij", sparse=True)
    metric = reciprocal @ reciprocal.T
    squared = (
        metric[0, 0] * i**2
        + metric[1, 1] * j**2
        + metric[2, 2] * k**2
        + 2 * (metric[0, 1] * i * j + metric[0, 2] * i * k + metric[1, 2] * j * k)
    )
    waves = np.fft.rfftn(density) * np.exp(-(width_A**2) * squared / 2)
    spread = np.fft.irfftn(waves, s=density.shape, axes=(0, 1, 2))
    positive: Array = np.maximum(spread, 0)  # the tail of a Gaussian on a grid rings by parts in a thousand
    positive *= density.sum() / positive.sum()
    return positive
