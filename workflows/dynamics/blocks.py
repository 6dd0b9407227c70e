"""The format of a trajectory: compressed blocks of frames, and a JSON file that says what they are.

A block holds a few frames of unwrapped positions as whole multiples of 2⁻¹⁴ Å, which is finer than any use
of them, so that they compress to less than half of float32. The block opens with what was measured at each
frame, uncompressed, so that temperatures and energies are read without the positions.
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TRAJECTORY", "Place", "TrajectoryHeader", "pack", "unpack"]

TRAJECTORY = "trajectory.frames"
"""Name of the file in the directory of a run; its header stands beside it as ``trajectory.json``."""

MAGIC = b"lithicoat frames 1\n"
RESOLUTION_A = 2.0**-14
BLOCK_HEAD = struct.Struct("<4sIQII")
"""Mark, frames, bytes of the positions, checksum of the numbers, checksum of the positions."""
BLOCK, END = b"BLK:", b"END:"
LEVEL = 6

Numbers = NDArray[np.float64]


class TrajectoryHeader(BaseModel):
    """What the numbers in a trajectory mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    symbols: tuple[str, ...] = Field(description="Chemical symbols, one per atom.")
    cell_A: tuple[tuple[float, float, float], ...] = Field(description="Lattice vectors as rows, Å.")
    frame_interval_ps: float = Field(gt=0, description="Time between frames, ps.")
    timestep_fs: float = Field(gt=0, description="Time step of the dynamics, fs.")
    temperature_K: float = Field(gt=0, description="Target temperature, K.")
    thermostat_ps: float = Field(gt=0, description="Coupling time of the thermostat, ps.")
    seed: int = Field(description="Seed of momenta and thermostat.")
    potential: str | None = Field(None, description="sha256 of the potential's weights.")
    observed: int = Field(0, ge=0, description="Further numbers that are stored with every frame.")
    units: str = "unwrapped Cartesian positions in Å, shape (frames, atoms, 3); energies in eV"

    @property
    def numbers(self) -> int:
        """How many numbers are stored with every frame: temperature, two energies, what is observed."""
        return 3 + self.observed


@dataclass(frozen=True)
class Place:
    """Where a trajectory has come to: what a checkpoint keeps of it.

    Parameters
    ----------
    offset : int
        Length of the file, bytes.
    frames : int
        Frames in it.
    positions : numpy.ndarray, shape (waiting, atoms, 3)
        Frames that wait for their block to fill, Å.
    numbers : numpy.ndarray, shape (waiting, numbers)
        What was measured at them.
    """

    offset: int
    frames: int
    positions: Numbers
    numbers: Numbers


def pack(positions_A: Numbers) -> bytes:
    """Compress positions, shape (frames, atoms, 3), as differences from frame to frame, byte by byte.

    The sign goes into the lowest bit, so that the upper bytes of small differences are zero.
    """
    whole = np.rint(positions_A / RESOLUTION_A).astype("<i4")
    differences = np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1]))
    folded = (differences << 1) ^ (differences >> 31)
    return zlib.compress(np.ascontiguousarray(folded.reshape(-1, 1).view(np.uint8).T).tobytes(), LEVEL)


def unpack(packed: bytes, *, frames: int, atoms: int) -> NDArray[np.float32]:
    """Return what :func:`pack` compressed.

    Raises
    ------
    ValueError, zlib.error
        If it is damaged.
    """
    planes = np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(4, frames * atoms * 3)
    folded = np.ascontiguousarray(planes.T).view("<u4").reshape(frames, atoms, 3)
    differences = (folded >> 1).astype("<i4") ^ -(folded & 1).astype("<i4")
    whole = np.cumsum(differences, axis=0, dtype=np.int32)
    return (whole * RESOLUTION_A).astype(np.float32)
