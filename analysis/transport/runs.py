"""What comes before the diffusion of a run: equilibration, frame of reference, sites, hops."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.timeseries import equilibrated_from
from lithicoat.analysis.transport.displacements import (
    MIN_FRAMES,
    Floats,
    Mask,
    averaged_positions,
    block_frames,
    check_trajectory,
    drift_free_positions,
    framework_mask,
    reference_motion,
    site_spacing,
)
from lithicoat.analysis.transport.hops import DiffusionEvidence, diffusion_seen
from lithicoat.analysis.transport.jumps import Visits, follow_ions

__all__ = ["FEWEST_IONS", "NARROWEST_SPACINGS", "PreparedRun", "check_positive", "prepare_run"]

NARROWEST_SPACINGS = 3
"""A cell less than so many site spacings wide cuts the memory of a jump off at its own image."""
FEWEST_IONS = 16
MEMORY_HOPS = 3  # after three hops at most an eighth is left of a memory that half of the hops go back


@dataclass(frozen=True, kw_only=True)
class PreparedRun:
    """A run from where it is in equilibrium, in the frame of its framework.

    Attributes
    ----------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Unwrapped positions of the frames that count, Å.
    mobile, framework : numpy.ndarray of bool, shape (atoms,)
        Which atoms are followed, and which make up the solid.
    moved : numpy.ndarray, shape (frames, 3)
        Motion of the frame of reference, Å.
    ions : numpy.ndarray, shape (frames, mobile ions, 3)
        Drift-free positions of the mobile ions, Å.
    frame_interval_ps, discarded_ps : float
        Time between frames, and what was cut off at the beginning, ps.
    site_spacing_A : float
        Distance between neighbouring sites, Å.
    visits, evidence
        Where the ions stayed, and what that shows of diffusion.
    flags : tuple of str
        What a reader must know about the run.
    """

    positions: Floats
    mobile: Mask
    framework: Mask
    moved: NDArray[np.float64]
    ions: Floats
    frame_interval_ps: float
    discarded_ps: float
    site_spacing_A: float
    visits: Visits
    evidence: DiffusionEvidence
    flags: tuple[str, ...]

    @property
    def duration_ps(self) -> float:
        """Length of the part that counts, ps."""
        return (len(self.positions) - 1) * self.frame_interval_ps

    @property
    def block_ps(self) -> float:
        """Time over which vibrations are averaged out, ps."""
        frames = block_frames(len(self.positions), frame_interval_ps=self.frame_interval_ps)
        return frames * self.frame_interval_ps

    @property
    def memory_ps(self) -> float:
        """Time before which hops back still bend the displacement: some residence times if there are any."""
        if not self.visits.turn_back:
            return 0.0
        return float(MEMORY_HOPS * self.ions.shape[1] * self.duration_ps / self.visits.hops)


def prepare_run(
    positions: Floats,
    *,
    masses: ArrayLike | None,
    mobile: ArrayLike,
    frame_interval_ps: float,
    volume_A3: float,
    site_spacing_A: float | None = None,
    cell_A: ArrayLike | None = None,
    framework: ArrayLike | None = None,
    energies_eV: ArrayLike | None = None,
) -> PreparedRun:
    """Check a run, cut off what is not in equilibrium, and follow its ions from site to site.

    Parameters are those of :func:`lithicoat.analysis.transport.diffusion.analyse_run`.

    Raises
    ------
    DataError
        If a number is not positive, or the trajectory is too short or not usable (`check_trajectory`), or
        there is not one energy per frame.
    """
    for name, number in (
        ("frame_interval_ps", frame_interval_ps),
        ("volume_A3", volume_A3),
        ("site_spacing_A", site_spacing_A),
    ):
        check_positive(name, number)
    chosen = np.asarray(mobile)
    given = None if framework is None else np.asarray(framework)
    check_trajectory(positions, mobile=chosen, masses=masses, cell_A=cell_A, framework=given)
    start, late = _equilibrium(energies_eV, len(positions))
    kept = positions[start:]
    moved = reference_motion(kept, masses=masses, mobile=chosen, framework=given)
    ions = drift_free_positions(kept, atoms=chosen, moved=moved)
    sites = averaged_positions(ions, block=block_frames(len(ions), frame_interval_ps=frame_interval_ps))
    spacing = site_spacing_A or site_spacing(sites[0], volume_A3=volume_A3, cell_A=cell_A)
    visits = follow_ions(sites, site_spacing_A=spacing)
    return PreparedRun(
        positions=kept,
        mobile=chosen,
        framework=framework_mask(chosen, given),
        moved=moved,
        ions=ions,
        frame_interval_ps=frame_interval_ps,
        discarded_ps=start * frame_interval_ps,
        site_spacing_A=spacing,
        visits=visits,
        evidence=diffusion_seen(sites, visits=visits, site_spacing_A=spacing),
        flags=(*late, *_finite_size(spacing, ions.shape[1], volume_A3=volume_A3, cell_A=cell_A)),
    )


def check_positive(name: str, number: float | None) -> None:
    """Raise DataError if a number is given that is not finite and positive."""
    if number is not None and not (math.isfinite(number) and number > 0):
        raise DataError(f"{name} must be positive, got {number}", where=name)


def _equilibrium(energies_eV: ArrayLike | None, frames: int) -> tuple[int, tuple[str, ...]]:
    if energies_eV is None:
        return 0, ()
    energies = np.asarray(energies_eV, dtype=float)
    if energies.shape != (frames,):
        raise DataError(
            f"there are energies of shape {energies.shape} for {frames} frames; one per frame is needed",
            where="energies_eV",
        )
    start = equilibrated_from(energies)
    late = start > frames // 2
    flags = ("the energy still drifts beyond the middle of the run",) if late else ()
    return min(start, frames - MIN_FRAMES), flags


def _finite_size(
    spacing_A: float, ions: int, *, volume_A3: float, cell_A: ArrayLike | None
) -> tuple[str, ...]:
    if cell_A is None:
        width = volume_A3 ** (1 / 3)
    else:
        cell = np.asarray(cell_A, dtype=float)
        width = float((1 / np.linalg.norm(np.linalg.inv(cell), axis=0)).min())
    flags = []
    if width < NARROWEST_SPACINGS * spacing_A:
        least = f"{NARROWEST_SPACINGS} site spacings of {spacing_A:.1f} Å"
        flags.append(f"small cell: {width:.1f} Å wide, less than {least}")
    if ions < FEWEST_IONS:
        flags.append(f"small cell: {ions} mobile ions, fewer than {FEWEST_IONS}")
    return tuple(flags)
