"""Whether the framework, the atoms that make up the solid, stayed where it was."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.transport.displacements import (
    Floats,
    Mask,
    averaged_positions,
    block_frames,
    framework_mask,
    reference_motion,
)

__all__ = ["MAX_GROWTH_A2", "FrameworkMotion", "framework_motion"]

MAX_GROWTH_A2 = 1.0


class FrameworkMotion(BaseModel):
    """How far the atoms of the framework went, and whether they still go on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    msd_A2: float | None = Field(
        description="Mean squared displacement from the first block to the last quarter of the run, "
        "vibrations averaged out, Å²; None without a framework."
    )
    held: bool = Field(description="True if the displacement reached a plateau.")
    reason: str = Field(description="What was found, in one phrase.")


def framework_motion(
    positions: Floats,
    *,
    masses: ArrayLike | None,
    mobile: Mask,
    frame_interval_ps: float,
    framework: Mask | None = None,
    moved: NDArray[np.float64] | None = None,
) -> FrameworkMotion:
    """Tell a solid framework from a molten or decomposing one.

    The mean squared displacement from the start of the run, vibrations averaged out, may not grow by more
    than 1 Å² from the middle of the run (its third to fifth eighth) to its end (last quarter). A melt of
    5e-5 cm²/s grows by 1 Å² within a picosecond; an atom of a solid stays within a few tenths of an Å.

    Parameters
    ----------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Unwrapped positions, Å.
    masses : array_like, shape (atoms,), optional
        Masses in any unit.
    mobile : numpy.ndarray, shape (atoms,)
        True for the mobile ions.
    frame_interval_ps : float
        Time between frames, ps.
    framework : numpy.ndarray, shape (atoms,), optional
        True for the atoms of the framework; all that are not mobile if not given.
    moved : numpy.ndarray, shape (frames, 3), optional
        Motion of the reference (`reference_motion`), if it is known already.
    """
    solid = framework_mask(mobile, framework)
    if not solid.any():
        reason = "no framework: every atom is mobile" if mobile.all() else "there is no framework"
        return FrameworkMotion(msd_A2=None, held=True, reason=reason)
    if moved is None:
        moved = reference_motion(positions, masses=masses, mobile=mobile, framework=framework)
    block = block_frames(len(positions), frame_interval_ps=frame_interval_ps)
    means = averaged_positions(positions, block=block, atoms=solid, moved=moved)
    msd = np.mean(np.sum((means - means[0]) ** 2, axis=2), axis=1)
    blocks = len(msd)
    middle = float(np.mean(msd[3 * blocks // 8 : 5 * blocks // 8]))
    end = float(np.mean(msd[3 * blocks // 4 :]))
    held = end - middle <= MAX_GROWTH_A2
    found = f"its MSD goes from {middle:.2g} to {end:.2g} Å² in the second half of the run"
    return FrameworkMotion(
        msd_A2=end, held=held, reason=f"the framework {'held' if held else 'did not hold'}: {found}"
    )
