"""Reading a trajectory, block by block."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from lithicoat.workflows.dynamics.blocks import (
    BLOCK,
    BLOCK_HEAD,
    END,
    MAGIC,
    TRAJECTORY,
    TrajectoryHeader,
    unpack,
)
from lithicoat.workflows.errors import UsageError

__all__ = ["TRAJECTORY", "Frames", "TrajectoryHeader", "read_trajectory"]


@dataclass(frozen=True)
class _Block:
    first: int
    frames: int
    offset: int
    length: int
    checksum: int


class Frames:
    """The frames of a trajectory; positions are read from the file when they are asked for.

    Made by :func:`read_trajectory`. ``len(frames)`` counts them.

    Attributes
    ----------
    path : Path
        The file.
    header : TrajectoryHeader
        Symbols, cell, times.
    finished : bool
        False if the run that writes the file is still going on, or was stopped.
    temperatures_K, energies_eV, conserved_eV : numpy.ndarray, shape (frames,)
        Kinetic temperature; potential energy; kinetic plus potential energy less the work of the
        thermostat, which is constant but for the error of the integrator.
    observed : numpy.ndarray, shape (frames, columns)
        What `observe` of :func:`run_dynamics` returned; no columns without it.
    """

    def __init__(
        self,
        path: Path,
        header: TrajectoryHeader,
        *,
        blocks: tuple[_Block, ...],
        numbers: NDArray[np.float64],
        finished: bool,
    ) -> None:
        self.path, self.header, self.finished = path, header, finished
        self._blocks = blocks
        self.temperatures_K, self.energies_eV, self.conserved_eV = numbers[:, 0], numbers[:, 1], numbers[:, 2]
        self.observed = numbers[:, 3:]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.temperatures_K)

    @property
    def times_ps(self) -> NDArray[np.float64]:
        """Times of the frames since the first one, ps."""
        return self.header.frame_interval_ps * np.arange(len(self), dtype=np.float64)

    def positions(self, start: int = 0, stop: int | None = None, step: int = 1) -> NDArray[np.float32]:
        """Read unwrapped positions of frames start, start + step, … before stop.

        Parameters
        ----------
        start, stop, step : int
            As in ``range``; negative ones count from the end; `step` is positive.

        Returns
        -------
        numpy.ndarray, shape (frames, atoms, 3)
            Positions in Å.

        Raises
        ------
        UsageError
            If the file is damaged.
        """
        wanted = range(len(self))[slice(start, stop, step)]
        found = np.empty((len(wanted), len(self.header.symbols), 3), dtype=np.float32)
        if step < 1:
            msg = f"step must be at least 1, got {step}"
            raise ValueError(msg)
        filled = 0
        for block in self._blocks:
            if filled == len(wanted):
                break
            if block.first + block.frames <= wanted[filled]:
                continue
            inside = self._read(block)[wanted[filled] - block.first :: step]
            inside = inside[: len(wanted) - filled]
            found[filled : filled + len(inside)] = inside
            filled += len(inside)
        return found

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield all positions, a few consecutive frames at a time, each of shape (frames, atoms, 3), in Å."""
        for block in self._blocks:
            yield self._read(block)

    def _read(self, block: _Block) -> NDArray[np.float32]:
        try:
            with self.path.open("rb") as file:
                file.seek(block.offset)
                packed = file.read(block.length)
            if zlib.crc32(packed) != block.checksum:
                raise _damaged(self.path, block.first)
            return unpack(packed, frames=block.frames, atoms=len(self.header.symbols))
        except (OSError, ValueError, zlib.error) as error:
            raise _damaged(self.path, block.first) from error


def read_trajectory(path: Path) -> Frames:
    """Open a trajectory of this program.

    Parameters
    ----------
    path : Path
        The ``.frames`` file; its header stands beside it as ``.json``. The file of a run that has not
        finished is read up to its last whole block.

    Raises
    ------
    UsageError
        If one of the two files is missing, is something else or is damaged.
    """
    try:
        header = TrajectoryHeader.model_validate_json(path.with_suffix(".json").read_bytes())
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise _foreign(path, "it does not begin as one")
            return _index(path, header)
    except OSError as error:
        raise _foreign(path, f"{error.filename} cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise _foreign(path, f"{path.with_suffix('.json').name} beside it is no header of one") from error


def _index(path: Path, header: TrajectoryHeader) -> Frames:
    """Walk over the blocks, reading only their heads and numbers."""
    blocks: list[_Block] = []
    numbers = [np.empty((0, header.numbers))]
    frames, finished, size, offset = 0, False, path.stat().st_size, len(MAGIC)
    with path.open("rb") as file:
        while offset + BLOCK_HEAD.size <= size:
            file.seek(offset)
            mark, count, length, number_sum, position_sum = BLOCK_HEAD.unpack(file.read(BLOCK_HEAD.size))
            if mark == END:
                if length != frames:
                    raise _damaged(path, frames)
                finished = True
                break
            width = count * header.numbers * 8
            begins = offset + BLOCK_HEAD.size + width
            if mark == BLOCK and begins + length > size:
                break  # the block that is being written
            raw = file.read(width)
            if mark != BLOCK or zlib.crc32(raw) != number_sum:
                raise _damaged(path, frames)
            numbers.append(np.frombuffer(raw, dtype="<f8").reshape(count, header.numbers))
            blocks.append(_Block(frames, count, begins, length, position_sum))
            frames, offset = frames + count, begins + length
    return Frames(path, header, blocks=tuple(blocks), numbers=np.concatenate(numbers), finished=finished)


def _foreign(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is not a trajectory of this program: {why}",
        where=str(path),
        hint="give the .frames file that stands beside a .json file of the same name",
    )


def _damaged(path: Path, frame: int) -> UsageError:
    return UsageError(
        f"{path} is damaged from frame {frame} on",
        where=str(path),
        hint="copy it again, or remove its directory and run the same command again",
    )
