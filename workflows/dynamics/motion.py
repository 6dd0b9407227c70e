"""How far atoms moved in a stage, and whether that is enough."""

from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from lithicoat.workflows.dynamics.stages import NPT, NVT
from lithicoat.workflows.errors import RunError

__all__ = ["demand_motion", "displacement_A", "moved_enough"]

Array = NDArray[np.float64]


def displacement_A(atoms: Atoms, anchor: Array, stage: NVT) -> float:
    """Rms displacement from `anchor`, of the atoms that have to move, else of all, Å."""
    shift = atoms.positions - anchor
    chosen = shift if stage.until is None else shift[list(stage.until.atoms)]
    return float(np.sqrt((chosen**2).sum(axis=1).mean()))


def moved_enough(atoms: Atoms, anchor: Array, stage: NVT | NPT) -> bool | None:
    """Tell whether the atoms moved as far as asked; None if not asked."""
    if not isinstance(stage, NVT) or stage.until is None:
        return None
    return displacement_A(atoms, anchor, stage) >= stage.until.rms_displacement_A


def demand_motion(atoms: Atoms, anchor: Array, stage: NVT | NPT, *, label: str, directory: Path) -> None:
    """Refuse the end of a stage whose atoms did not move as far as they must.

    Raises
    ------
    RunError
        With both distances.
    """
    if not isinstance(stage, NVT) or stage.until is None:
        return
    moved, required = displacement_A(atoms, anchor, stage), stage.until.required_A
    if moved < required:
        raise RunError(
            f"{label}: the atoms moved only {moved:.2f} Å, not {required:.2f} Å, in "
            f"{stage.duration_ps:g} ps at {stage.temperature_K:g} K; the cell did not melt",
            where=str(directory),
            hint="raise the temperature or the time of the melt in the protocol",
        )
