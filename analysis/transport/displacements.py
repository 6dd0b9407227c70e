"""Where the ions went: unwrapped, drift-free positions, their averages over vibrations, their spacing.

Arrays of positions have the shape (frames, atoms, 3), in Å. They may be memory maps: they are read in chunks
of frames, and only what belongs to the mobile ions is ever copied.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.errors import DataError

__all__ = [
    "MIN_FRAMES",
    "Floats",
    "Mask",
    "averaged_positions",
    "block_frames",
    "check_trajectory",
    "drift_free_positions",
    "framework_mask",
    "mobile_mask",
    "reference_motion",
    "site_spacing",
    "unwrapped",
]

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

MIN_FRAMES = 20
VIBRATION_PS = 0.2  # two periods of the slowest optical modes of Li compounds (about 10 THz)
_CHUNK = 256


def mobile_mask(symbols: Sequence[str], species: str | Sequence[str] = "Li") -> Mask:
    """Return which atoms are of the mobile species.

    Parameters
    ----------
    symbols : sequence of str
        Chemical symbol of every atom.
    species : str or sequence of str
        Symbol or symbols of the mobile species.

    Raises
    ------
    DataError
        If a species does not occur among the atoms.
    """
    wanted = [species] if isinstance(species, str) else list(species)
    present = sorted(set(symbols))
    for symbol in wanted:
        if symbol not in present:
            raise DataError(
                f"there is no {symbol} among the atoms ({' '.join(present)})",
                where="species",
                hint="name an element of the structure",
            )
    return np.isin(np.asarray(symbols), wanted)


def unwrapped(positions: ArrayLike, *, cell_A: ArrayLike) -> NDArray[np.float64]:
    """Undo the wrapping of positions into a fixed periodic cell.

    Each step from one frame to the next is replaced by its nearest image, which is right as long as no atom
    moves by half a cell between two frames.

    Parameters
    ----------
    positions : array_like, shape (frames, atoms, 3)
        Wrapped or unwrapped positions, Å.
    cell_A : array_like, shape (3, 3)
        Cell vectors as rows, Å.

    Returns
    -------
    numpy.ndarray, shape (frames, atoms, 3)
        Positions continuous in time, equal to the given ones in the first frame.
    """
    cell = np.asarray(cell_A, dtype=float)
    continuous = np.array(positions, dtype=float)
    steps = np.diff(continuous, axis=0)
    steps -= np.round(steps @ np.linalg.inv(cell)) @ cell
    continuous[1:] = continuous[0] + np.cumsum(steps, axis=0)
    return continuous


def check_trajectory(
    positions: Floats,
    *,
    mobile: Mask,
    masses: ArrayLike | None,
    cell_A: ArrayLike | None = None,
    framework: Mask | None = None,
) -> None:
    """Refuse a trajectory from which no displacement can be had.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Unwrapped positions, Å.
    mobile : numpy.ndarray, shape (atoms,)
        True for the mobile ions.
    masses : array_like, shape (atoms,), optional
        Masses in any unit.
    cell_A : array_like, shape (3, 3), optional
        Cell vectors as rows, Å; with it, positions that are still wrapped are refused.
    framework : numpy.ndarray, shape (atoms,), optional
        True for the atoms that make up the solid; all that are not mobile if not given.

    Raises
    ------
    DataError
        For a wrong shape, fewer than 20 frames, positions that are not finite or still wrapped, a repeated
        frame, no mobile ion, an atom that is both mobile and framework, masses that are missing where there
        is no framework, or masses not positive.
    """
    if positions.ndim != 3 or positions.shape[2] != 3:
        raise DataError(
            f"positions have the shape {positions.shape}; (frames, atoms, 3) is needed", where="positions"
        )
    frames, atoms = positions.shape[:2]
    if frames < MIN_FRAMES:
        raise DataError(
            f"the trajectory is too short: {frames} frames, at least {MIN_FRAMES} are needed",
            where="positions",
            hint="run longer or store frames more often",
        )
    _check_mask("mobile", mobile, atoms)
    if not mobile.any():
        raise DataError("no atom is mobile", where="mobile", hint="name a species of the structure")
    solid = framework_mask(mobile, framework)
    _check_mask("framework", solid, atoms)
    if (solid & mobile).any():
        raise DataError("an atom cannot be both mobile and part of the framework", where="framework")
    _check_masses(masses, atoms=atoms, framework=bool(solid.any()))
    _check_frames(positions, cell_A)


def framework_mask(mobile: Mask, framework: Mask | None = None) -> Mask:
    """Return which atoms make up the framework: those given, else all that are not mobile."""
    return ~mobile if framework is None else np.asarray(framework)


def _check_mask(name: str, mask: Mask, atoms: int) -> None:
    if mask.shape != (atoms,) or mask.dtype != np.bool_:
        raise DataError(
            f"the {name} mask has the shape {mask.shape} and type {mask.dtype}; "
            f"one true or false per atom ({atoms}) is needed",
            where=name,
        )


def _check_masses(masses: ArrayLike | None, *, atoms: int, framework: bool) -> None:
    if masses is None:
        if not framework:
            raise DataError(
                "there is no framework, so the drift is that of the centre of mass, and masses are needed",
                where="masses",
            )
        return
    weights = np.asarray(masses, dtype=float)
    if weights.shape != (atoms,) or not np.all(np.isfinite(weights) & (weights > 0)):
        raise DataError(f"masses must be {atoms} positive numbers, one per atom", where="masses")


def _chunks(positions: Floats) -> Iterator[tuple[int, Floats]]:
    for first in range(0, len(positions), _CHUNK):
        yield first, positions[first : first + _CHUNK + 1]


def _check_frames(positions: Floats, cell_A: ArrayLike | None) -> None:
    to_fractional = None if cell_A is None else np.linalg.inv(np.asarray(cell_A, dtype=float))
    resting: list[NDArray[np.int64]] = []
    for first, chunk in _chunks(positions):
        good = np.isfinite(chunk).all(axis=(1, 2))
        if not good.all():
            frame = first + int(np.argmin(good))
            raise DataError(f"positions in frame {frame} are not finite numbers", where="positions")
        steps = np.diff(chunk, axis=0)
        resting.append((steps == 0).all(axis=2).sum(axis=1))
        if to_fractional is not None and np.abs(steps @ to_fractional).max(initial=0) > 0.5:
            raise DataError(
                "an atom moves by more than half the cell between two frames, so positions are still wrapped",
                where="positions",
                hint="unwrap them first, or store frames more often",
            )
    still = np.concatenate(resting)
    # A restart that writes its first frame again shifts all later lag times by one. In a trajectory whose
    # atoms move in every frame, a frame without any motion is such a repetition.
    if np.median(still) == 0 and (still == positions.shape[1]).any():
        frame = int(np.argmax(still == positions.shape[1])) + 1
        raise DataError(
            f"frame {frame} repeats frame {frame - 1}, as restarts write it",
            where="positions",
            hint="drop the repeated frame",
        )


def reference_motion(
    positions: Floats, *, masses: ArrayLike | None, mobile: Mask, framework: Mask | None = None
) -> NDArray[np.float64]:
    """Return how the frame of reference moved since the first frame.

    The reference is the centre of mass of the framework, the frame in which diffusion and conductivity of a
    solid are measured. Without a framework it is the centre of mass of all atoms. Without masses, all atoms
    of the framework weigh the same.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Unwrapped positions, Å.
    masses : array_like, shape (atoms,), optional
        Masses in any unit.
    mobile : numpy.ndarray, shape (atoms,)
        True for the mobile ions.
    framework : numpy.ndarray, shape (atoms,), optional
        True for the atoms of the framework; all that are not mobile if not given.

    Returns
    -------
    numpy.ndarray, shape (frames, 3)
        Displacement of the reference, Å; zero in the first frame.
    """
    weights = np.ones(len(mobile)) if masses is None else np.array(masses, dtype=float)
    solid = framework_mask(mobile, framework)
    if solid.any():
        weights = np.where(solid, weights, 0.0)
    weights /= weights.sum()
    centre = np.empty((len(positions), 3))
    origin = np.asarray(positions[0], dtype=float)
    for first in range(0, len(positions), _CHUNK):
        chunk = positions[first : first + _CHUNK] - origin
        centre[first : first + _CHUNK] = np.tensordot(chunk, weights, axes=(1, 0))
    return centre


def drift_free_positions(positions: Floats, *, atoms: Mask, moved: NDArray[np.float64]) -> Floats:
    """Return the positions of some atoms relative to the frame of reference.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Unwrapped positions, Å; may be a memory map of any floating type.
    atoms : numpy.ndarray of bool, shape (atoms,)
        Which atoms.
    moved : numpy.ndarray, shape (frames, 3)
        Motion of the reference (`reference_motion`), Å.

    Returns
    -------
    numpy.ndarray, shape (frames, chosen atoms, 3)
        Positions in Å, in the floating type that was given.
    """
    chosen = np.array(positions[:, atoms])
    chosen -= moved[:, None].astype(chosen.dtype)
    return chosen


def block_frames(frames: int, *, frame_interval_ps: float) -> int:
    """Return over how many frames to average so that vibrations vanish.

    At least 0.2 ps and four frames, but never more than a tenth of the run.
    """
    return max(1, min(max(4, round(VIBRATION_PS / frame_interval_ps)), frames // 10))


def averaged_positions(
    positions: Floats, *, block: int, atoms: Mask | None = None, moved: Floats | None = None
) -> NDArray[np.float64]:
    """Average positions over consecutive blocks of frames; an incomplete last block is left out.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Unwrapped positions, Å.
    block : int
        Frames per block.
    atoms : numpy.ndarray of bool, shape (atoms,), optional
        Which atoms; all if not given.
    moved : numpy.ndarray, shape (frames, 3), optional
        Motion of the reference, to be subtracted.

    Returns
    -------
    numpy.ndarray, shape (frames // block, chosen atoms, 3)
        Mean positions, Å.
    """
    chosen = slice(None) if atoms is None else np.flatnonzero(atoms)
    at_once = max(1, _CHUNK // block)
    means = []
    for first in range(0, len(positions) // block, at_once):
        last = min(first + at_once, len(positions) // block)
        span = slice(first * block, last * block)
        chunk = np.asarray(positions[span][:, chosen], dtype=float)
        if moved is not None:
            chunk -= moved[span, None]
        means.append(chunk.reshape(last - first, block, *chunk.shape[1:]).mean(axis=1))
    return np.concatenate(means)


def site_spacing(sites: Floats, *, volume_A3: float, cell_A: ArrayLike | None = None) -> float:
    """Return the mean distance from a site to its nearest neighbour.

    Parameters
    ----------
    sites : numpy.ndarray, shape (sites, 3)
        Mean positions of the mobile ions while they still rest, Å.
    volume_A3 : float
        Volume of the cell, Å³.
    cell_A : array_like, shape (3, 3), optional
        Cell vectors as rows, Å.

    Returns
    -------
    float
        Mean distance to the nearest periodic neighbour, Å. Without a cell the neighbours across its faces
        are unknown, and the spacing of a simple cubic lattice of the same density is returned.
    """
    if cell_A is None:
        return float(np.cbrt(volume_A3 / len(sites)))
    cell = np.asarray(cell_A, dtype=float)
    shifts = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]) @ cell
    nearest = np.full(len(sites), np.inf)
    offsets = sites[None] - sites[:, None]
    offsets -= np.round(offsets @ np.linalg.inv(cell)) @ cell
    for shift in shifts:
        distance = np.linalg.norm(offsets + shift, axis=2)
        distance[distance < 1e-6] = np.inf
        nearest = np.minimum(nearest, distance.min(axis=1))
    return float(nearest.mean())
