"""A trajectory on disk: one preallocated array of positions and a JSON file that says what they are.

The number of frames follows from the schedule, so the file is made once at its full size and frames are
written in place; a run that continues from a checkpoint simply writes the later ones again.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.errors import RunError, UsageError

__all__ = ["ThermoLog", "Trajectory", "TrajectoryHeader", "read_trajectory"]


class TrajectoryHeader(BaseModel):
    """What the numbers in a trajectory mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    symbols: tuple[str, ...] = Field(description="Chemical symbols, one per atom.")
    cell_A: tuple[tuple[float, float, float], ...] = Field(description="Lattice vectors as rows, Å.")
    frame_interval_ps: float = Field(gt=0, description="Time between frames, ps.")
    frames: int = Field(ge=1, description="Frames in a complete file.")
    timestep_fs: float = Field(gt=0, description="Time step of the dynamics, fs.")
    temperature_K: float = Field(gt=0, description="Target temperature, K.")
    thermostat_ps: float = Field(gt=0, description="Coupling time of the thermostat, ps.")
    seed: int = Field(description="Seed of momenta and thermostat.")
    potential: str | None = Field(None, description="sha256 of the potential's weights.")
    units: str = "unwrapped Cartesian positions in Å, shape (frames, atoms, 3)"


class Trajectory:
    """An open trajectory of unwrapped positions, float32.

    Parameters
    ----------
    path : Path
        The ``.npy`` file; the header stands beside it as ``.json``.
    header : TrajectoryHeader
        Its description.
    resume : bool
        Take the file that is there, instead of making a new one.

    Raises
    ------
    RunError
        If the file to continue is gone or has another shape.
    """

    def __init__(self, path: Path, header: TrajectoryHeader, *, resume: bool) -> None:
        self.path, self.header = path, header
        shape = (header.frames, len(header.symbols), 3)
        if not resume:
            self._frames = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
            self._frames[:] = np.nan  # a frame that was not written must never look like data
            write_atomically(_sidecar(path), header.model_dump_json(indent=1).encode())
            return
        try:
            self._frames = np.lib.format.open_memmap(path, mode="r+")
        except (OSError, ValueError) as error:
            raise _not_continuable(path, "cannot be read") from error
        if self._frames.shape != shape:
            raise _not_continuable(path, f"has shape {self._frames.shape} instead of {shape}")

    def write(self, index: int, atoms: Atoms) -> None:
        """Write one frame in its place."""
        self._frames[index] = atoms.get_positions()

    def flush(self) -> None:
        """Bring what was written to the disk; a checkpoint may rely on it only afterwards."""
        self._frames.flush()


def _not_continuable(path: Path, what: str) -> RunError:
    return RunError(
        f"the trajectory that the checkpoint continues {what}: {path}",
        where=str(path),
        hint=f"remove {path.parent} to start this run afresh",
    )


def _sidecar(path: Path) -> Path:
    return path.with_suffix(".json")


def read_trajectory(path: Path) -> tuple[NDArray[np.float32], TrajectoryHeader]:
    """Open a trajectory for reading, without loading it.

    Parameters
    ----------
    path : Path
        The ``.npy`` file.

    Returns
    -------
    positions : numpy.ndarray, shape (frames, atoms, 3)
        Memory-mapped unwrapped positions in Å.
    header : TrajectoryHeader
        What they are.

    Raises
    ------
    UsageError
        If one of the two files is missing or cannot be read, or the run that writes it has not finished.
    """
    try:
        header = TrajectoryHeader.model_validate_json(_sidecar(path).read_bytes())
        positions: NDArray[np.float32] = np.load(path, mmap_mode="r")
    except (OSError, ValueError, ValidationError) as error:
        raise UsageError(
            f"{path} is not a trajectory of this program: {error}",
            where=str(path),
            hint="give the .npy file that stands beside a .json file of the same name",
        ) from error
    if not np.isfinite(positions[-1]).all():
        raise UsageError(
            f"{path} is incomplete: its run has not finished",
            where=str(path),
            hint="run the same command again; it continues from the last checkpoint",
        )
    return positions, header


class ThermoLog:
    """Time, temperature, energy and volume at every checkpoint, as a CSV file for plots.

    Parameters
    ----------
    path : Path
        The file.
    until_ps : float
        Later rows, left by a run that was killed, are dropped.
    """

    COLUMNS = ("time_ps", "target_K", "temperature_K", "potential_energy_eV", "volume_A3")

    def __init__(self, path: Path, *, until_ps: float) -> None:
        self.path = path
        rows = path.read_text().splitlines()[1:] if path.exists() else []
        # A row that a killed process left half-written is later than the checkpoint too.
        kept = [row for row in rows if row.count(",") == 4 and float(row.split(",")[0]) <= until_ps + 1e-9]
        write_atomically(path, "\n".join([",".join(self.COLUMNS), *kept, ""]).encode())

    def add(self, row: Sequence[float]) -> None:
        """Append one row."""
        with self.path.open("a") as file:
            file.write(",".join(f"{number:.9g}" for number in row) + "\n")
