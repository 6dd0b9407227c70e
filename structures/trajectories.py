"""Trajectories of other programs at constant volume, read frame by frame into float32."""

from array import array
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lithicoat.structures.errors import StructureError
from lithicoat.structures.foreign import Frame, frames_of

__all__ = ["Positions", "Trajectory", "read_trajectory"]

_EDGE = 0.02
"""Positions count as wrapped while they span no more than the cell and this fraction of it at each side."""
_SAME_CELL_A = 1e-3
"""Lattice vectors that differ by less are printed differently and not another cell."""
_CHUNK = 1024

Floats = NDArray[np.float32]


class Positions(Enum):
    """How the positions of a file are to be taken."""

    DETECT = "detect"
    WRAPPED = "wrapped"
    UNWRAPPED = "unwrapped"


class Trajectory(NamedTuple):
    """A trajectory in memory."""

    symbols: tuple[str, ...]
    """Chemical symbols, one per atom."""
    positions_A: Floats
    """Unwrapped positions in Å, shape (frames, atoms, 3)."""
    cell_A: NDArray[np.float64]
    """Lattice vectors as rows in Å, the same in all frames, shape (3, 3)."""


def read_trajectory(
    path: Path,
    *,
    every: int = 1,
    types: Sequence[str] = (),
    topology: Path | None = None,
    positions: Positions = Positions.DETECT,
) -> Trajectory:
    """Read a trajectory at constant volume and undo its wrapping into the cell.

    Positions are wrapped if over all frames they span no more than the cell; then each step between two
    frames is taken as the shortest one among periodic images, so atoms must not move half a cell between
    frames. Positions that span more are taken as they stand, but not if some of them jump by about a whole
    lattice vector, as when molecules are wrapped as a whole: there `positions` must say what they are.

    Parameters
    ----------
    path : Path
        Anything ASE reads frame by frame (extxyz, XDATCAR, vasprun.xml, traj, LAMMPS dump ...) and what
        MDAnalysis reads with a topology (DCD, XTC, TRR ...).
    every : int
        Take each so many-th frame, the first among them.
    types : sequence of str
        Elements of the type numbers of a LAMMPS dump that has no column of elements.
    topology : Path, optional
        A structure file with the elements of a DCD, XTC or TRR file, and its cell if that has none.
    positions : Positions
        Detect, or what the positions are known to be.

    Returns
    -------
    Trajectory
        Symbols, positions and cell.

    Raises
    ------
    StructureError
        If the file is missing or unreadable, has fewer than two frames, changes its atoms or its cell on
        the way or is not periodic, or if it cannot be told whether it is wrapped.
    """
    path = Path(path)
    if every < 1:
        raise StructureError(f"every is {every}, must be at least 1", where="every")
    first, raw = _collected(frames_of(path, types=types, topology=topology), path, every)
    if len(raw) < 2:
        raise StructureError(
            f"{path} holds {len(raw)} frame, a trajectory needs two at least",
            where=str(path),
            hint="give a file with all frames" if every == 1 else "take more of its frames",
        )
    cell = first.cell_A
    if positions is Positions.WRAPPED or (positions is Positions.DETECT and _wrapped(raw, cell)):
        _unwrap(raw, cell)
    elif positions is Positions.DETECT:
        _refuse_jumps(raw, cell, path)
    return Trajectory(first.symbols, raw, cell)


def _collected(frames: Iterator[Frame], path: Path, every: int) -> tuple[Frame, Floats]:
    """Check every frame against the first and keep the positions of those that are asked for."""
    first: Frame | None = None
    numbers = array("f")  # grows in place: a list of arrays would be in memory twice in the end
    for index, frame in enumerate(frames):
        if first is None:
            first = frame
            _check_first(frame, path)
        _check_frame(frame, first, path, index + 1)
        if index % every == 0:
            numbers.frombytes(frame.positions_A.astype(np.float32).tobytes())
    if first is None:
        raise StructureError(f"{path} holds no atoms", where=str(path))
    return first, np.frombuffer(numbers, dtype=np.float32).reshape(-1, len(first.symbols), 3)


def _check_first(frame: Frame, path: Path) -> None:
    if not frame.symbols:
        raise StructureError(f"{path} holds no atoms", where=str(path))
    volume = abs(float(np.linalg.det(frame.cell_A))) if np.isfinite(frame.cell_A).all() else 1.0
    if not frame.periodic or not volume > 0:
        what = "has no cell" if not volume > 0 else "is not periodic in three directions"
        raise StructureError(
            f"{path} {what}, so displacements and volume are not those of a solid",
            where=str(path),
            hint="give a format that carries a periodic cell, such as extxyz with Lattice",
        )


def _check_frame(frame: Frame, first: Frame, path: Path, number: int) -> None:
    here = f"frame {number} of {path}"
    if len(frame.symbols) != len(first.symbols):
        raise StructureError(
            f"{here} holds {len(frame.symbols)} atoms, the first {len(first.symbols)}: their number changes",
            where=f"{path}: {number}",
            hint="a trajectory must keep its atoms; cut the file where they change",
        )
    if frame.symbols != first.symbols:
        raise StructureError(
            f"{here} holds other atoms than the first, or in another order",
            where=f"{path}: {number}",
            hint="write the atoms sorted, the same ones in every frame",
        )
    if not np.isfinite(frame.positions_A).all() or not np.isfinite(frame.cell_A).all():
        raise StructureError(
            f"{here} holds positions or a cell that are no numbers", where=f"{path}: {number}"
        )
    change = float(np.abs(frame.cell_A - first.cell_A).max())
    if change > _SAME_CELL_A:
        raise StructureError(
            f"the cell changes: in {here} by {change:.3g} Å; diffusion is measured at constant volume (NVT)",
            where=f"{path}: {number}",
            hint="run NVT at the mean cell of this run and give that trajectory",
        )


def _fractional(raw: Floats, cell: NDArray[np.float64]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Give fractional coordinates in chunks; each begins with the last frame of the one before."""
    inverse = np.linalg.inv(cell)
    for start in range(0, len(raw), _CHUNK):
        first = max(0, start - 1)
        yield first, raw[first : start + _CHUNK] @ inverse


def _wrapped(raw: Floats, cell: NDArray[np.float64]) -> bool:
    lowest, highest = np.full(3, np.inf), np.full(3, -np.inf)
    for _, chunk in _fractional(raw, cell):
        lowest = np.minimum(lowest, chunk.min(axis=(0, 1)))
        highest = np.maximum(highest, chunk.max(axis=(0, 1)))
    return bool(np.all(highest - lowest <= 1 + 2 * _EDGE))


def _unwrap(raw: Floats, cell: NDArray[np.float64]) -> None:
    """Shift each atom, in place, by whole lattice vectors; whole numbers gather no error on the way."""
    inverse = np.linalg.inv(cell)
    images = np.zeros(raw.shape[1:])
    last = raw[0].astype(float) @ inverse
    for start in range(0, len(raw), _CHUNK):
        chunk = raw[start : start + _CHUNK] @ inverse
        steps = np.diff(np.concatenate([last[None], chunk]), axis=0)
        shifts = images + np.cumsum(-np.rint(steps), axis=0)
        raw[start : start + _CHUNK] = (chunk + shifts) @ cell
        last, images = chunk[-1], shifts[-1]


def _refuse_jumps(raw: Floats, cell: NDArray[np.float64], path: Path) -> None:
    """Many jumps near whole lattice vectors, and few in between, are wrapping and not motion."""
    whole, between, frame = 0, 0, 0
    for first, chunk in _fractional(raw, cell):
        size = np.abs(np.diff(chunk, axis=0))
        jumps = (size > 0.75) & (np.abs(size - np.rint(size)) < 0.25)
        if not whole and jumps.any():
            frame = first + int(np.argmax(jumps.any(axis=(1, 2)))) + 2
        whole += int(jumps.sum())
        between += int(((size > 0.25) & (size < 0.75)).sum())
    if whole > between:
        raise StructureError(
            f"atoms of {path} jump by a lattice vector before frame {frame}, yet they span more than the "
            "cell",
            where=f"{path}: {frame}",
            hint="write unwrapped positions, or wrap all atoms into the cell",
        )
