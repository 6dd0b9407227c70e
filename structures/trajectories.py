"""Trajectories of other programs, as arrays."""

from enum import Enum
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.parsing import PARSER_ERRORS

__all__ = ["Positions", "Trajectory", "read_trajectory"]

_EDGE = 0.02
"""Positions count as wrapped while they stay within the cell by this fraction of it."""


class Positions(Enum):
    """How the positions of a file are to be taken."""

    DETECT = "detect"
    WRAPPED = "wrapped"
    UNWRAPPED = "unwrapped"


class Trajectory(NamedTuple):
    """A trajectory in memory."""

    symbols: tuple[str, ...]
    """Chemical symbols, one per atom."""
    positions_A: NDArray[np.float64]
    """Unwrapped positions in Å, shape (frames, atoms, 3)."""
    cells_A: NDArray[np.float64]
    """Lattice vectors as rows in Å, shape (frames, 3, 3); zeros if the file has no cell."""


def read_trajectory(path: Path, index: str = ":", *, positions: Positions = Positions.DETECT) -> Trajectory:
    """Read a trajectory and undo its wrapping into the cell.

    Positions are wrapped if all of them stay inside the cell in all frames; then each step between two
    frames is taken as the shortest one among periodic images, in fractional coordinates, so that the
    cell may change. Atoms must not move half a cell between frames. Positions outside the cell are taken
    as they stand, but not if some of them jump by about a whole lattice vector, as when molecules are
    wrapped as a whole: there `positions` must say what they are. Files without a cell are taken as they
    stand.

    Parameters
    ----------
    path : Path
        Anything ASE reads frame by frame: extxyz, XDATCAR, traj, LAMMPS dump ...
    index : str
        Frames as in ASE: `:`, `1000:`, `::10`.
    positions : Positions
        Detect, or what the positions are known to be.

    Returns
    -------
    Trajectory
        Symbols, positions and cells.

    Raises
    ------
    StructureError
        If the file is missing or unreadable, has fewer than two frames, changes its atoms on the way,
        or if it cannot be told whether it is wrapped.
    """
    path = Path(path)
    if not path.is_file():
        raise StructureError(f"{path} does not exist", where=str(path))
    symbols, raw, cells = _frames(path, index)
    if len(raw) < 2:
        raise StructureError(
            f"{path} holds {len(raw)} frame, a trajectory needs two at least",
            where=str(path),
            hint=f"frames {index}",
        )
    if positions is Positions.UNWRAPPED or np.any(np.abs(np.linalg.det(cells)) == 0):
        return Trajectory(symbols, raw, cells)
    fractional = np.einsum("fni,fij->fnj", raw, np.linalg.inv(cells))
    steps = np.diff(fractional, axis=0)
    if positions is Positions.DETECT and (fractional.min() < -_EDGE or fractional.max() > 1 + _EDGE):
        _refuse_jumps(steps, path)
        return Trajectory(symbols, raw, cells)
    steps -= np.rint(steps)
    unwrapped = np.concatenate([fractional[:1], fractional[:1] + np.cumsum(steps, axis=0)])
    return Trajectory(symbols, np.einsum("fni,fij->fnj", unwrapped, cells), cells)


def _frames(path: Path, index: str) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    from ase.io import iread  # noqa: PLC0415

    species, positions, cells = [], [], []
    try:
        for atoms in iread(path, index=index, do_not_split_by_at_sign=True):
            species.append(tuple(atoms.get_chemical_symbols()))
            positions.append(np.array(atoms.positions, dtype=float))
            cells.append(np.array(atoms.cell.array, dtype=float))
    except PARSER_ERRORS as error:
        told = " ".join(str(error).split())[:120]
        raise StructureError(f"{path} cannot be read as a trajectory: {told}", where=str(path)) from error
    symbols = species[0] if species else ()
    odd = next((number for number, here in enumerate(species, start=1) if here != symbols), None)
    if odd is not None:
        raise StructureError(
            f"frame {odd} of {path} holds other atoms than the first", where=f"{path}: {odd}"
        )
    if not symbols:
        raise StructureError(f"{path} holds no atoms", where=str(path))
    if not np.isfinite(positions).all() or not np.isfinite(cells).all():
        raise StructureError(f"{path} holds positions or cells that are no numbers", where=str(path))
    return symbols, np.array(positions), np.array(cells)


def _refuse_jumps(steps: NDArray[np.float64], path: Path) -> None:
    """Many jumps near whole lattice vectors, and few in between, are wrapping and not motion."""
    size = np.abs(steps)
    whole = int(((size > 0.75) & (np.abs(size - np.rint(size)) < 0.25)).sum())
    between = int(((size > 0.25) & (size < 0.75)).sum())
    if whole > between:
        frame = int(np.argmax((size > 0.75).any(axis=(1, 2)))) + 2
        raise StructureError(
            f"atoms of {path} jump by a lattice vector before frame {frame}, yet some lie outside the cell",
            where=f"{path}: {frame}",
            hint="write unwrapped positions, or wrap all atoms into the cell",
        )
