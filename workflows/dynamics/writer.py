"""Writing a trajectory as a run goes; a continued run cuts the file back to where its checkpoint was."""

import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lithicoat.workflows.dynamics.blocks import (
    BLOCK,
    BLOCK_HEAD,
    END,
    MAGIC,
    Place,
    TrajectoryHeader,
    pack,
)
from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.errors import RunError, naming

__all__ = ["TrajectoryWriter"]

BLOCK_BYTES, BLOCK_FRAMES = 2**17, 32
"""A block holds so many bytes of uncompressed positions and so many frames, at most."""

Numbers = NDArray[np.float64]


class TrajectoryWriter:
    """A trajectory that is being written.

    Parameters
    ----------
    path : Path
        The file.
    header : TrajectoryHeader
        Its description.
    place : Place, optional
        Where to go on; None begins the file.

    Raises
    ------
    RunError
        If the file to continue is gone or too short.
    """

    def __init__(self, path: Path, header: TrajectoryHeader, *, place: Place | None = None) -> None:
        self.path, self.header = path, header
        atoms = len(header.symbols)
        self._block = max(1, min(BLOCK_FRAMES, BLOCK_BYTES // (12 * atoms)))
        if place is None:
            write_atomically(path.with_suffix(".json"), header.model_dump_json(indent=1).encode())
            write_atomically(path, MAGIC)
            place = Place(len(MAGIC), 0, np.empty((0, atoms, 3)), np.empty((0, header.numbers)))
        elif not path.is_file() or path.stat().st_size < place.offset:
            what = "is shorter than it was" if path.is_file() else "is gone"
            raise RunError(
                f"the trajectory that the checkpoint continues {what}: {path}",
                where=str(path),
                hint=f"remove {path.parent} to start this run afresh",
            )
        self._place = place

    @property
    def place(self) -> Place:
        """Where the trajectory has come to."""
        return self._place

    def add(self, positions_A: Numbers, numbers: Sequence[float]) -> None:
        """Add one frame; it is on the disk once its block is full.

        Parameters
        ----------
        positions_A : numpy.ndarray, shape (atoms, 3)
            Unwrapped positions, Å.
        numbers : sequence of float
            Kinetic temperature in K, potential and conserved energy in eV, and what is observed.
        """
        before = self._place
        self._place = Place(
            before.offset,
            before.frames,
            np.concatenate([before.positions, positions_A[None]]),
            np.concatenate([before.numbers, np.array(numbers, dtype=float)[None]]),
        )
        if len(self._place.positions) >= self._block:
            self.close_block()

    def close_block(self) -> None:
        """Bring the frames that wait to the disk."""
        place = self._place
        if len(place.positions) == 0:
            return
        numbers, packed = place.numbers.astype("<f8").tobytes(), pack(place.positions)
        head = BLOCK_HEAD.pack(
            BLOCK, len(place.positions), len(packed), zlib.crc32(numbers), zlib.crc32(packed)
        )
        offset = self._write(head + numbers + packed)
        self._place = Place(
            offset, place.frames + len(place.positions), place.positions[:0], place.numbers[:0]
        )

    def finish(self) -> None:
        """Bring all frames to the disk and mark the file as whole."""
        self.close_block()
        self._write(BLOCK_HEAD.pack(END, 0, self._place.frames, 0, 0))

    def _write(self, content: bytes) -> int:
        """Write at the present place, cut off what was there, and return the new length."""
        with naming(self.path), self.path.open("r+b", buffering=0) as file:
            file.truncate(self._place.offset)
            file.seek(self._place.offset)
            left = memoryview(content)
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        return self._place.offset + len(content)
