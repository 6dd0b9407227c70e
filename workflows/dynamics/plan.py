"""What a run is, and what tells it from another one."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from lithicoat.workflows.dynamics.blocks import TRAJECTORY
from lithicoat.workflows.dynamics.stages import Barostat, Schedule
from lithicoat.workflows.dynamics.trajectory import Frames
from lithicoat.workflows.dynamics.watch import Watcher

__all__ = ["Plan"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run is; see :func:`run_dynamics`."""

    schedule: Schedule
    timestep_fs: float
    seed: int
    directory: Path
    label: str
    thermostat_ps: float
    barostat: Barostat
    checkpoint_steps: int
    watchers: tuple[Watcher, ...]
    potential: str | None
    go_on: Callable[[Frames], bool] | None
    observe: Callable[[Atoms], Sequence[float]] | None

    @property
    def trajectory(self) -> Path:
        """The file of frames."""
        return self.directory / TRAJECTORY

    @property
    def thermo(self) -> Path:
        """The log."""
        return self.directory / "thermo.csv"

    def header(self, atoms: Atoms) -> dict[str, Any]:
        """Return what a checkpoint must agree with."""
        return {
            "start": _digest(atoms),
            "schedule": [stage.model_dump(mode="json") for stage in self.schedule],
            "timestep_fs": self.timestep_fs,
            "seed": self.seed,
            "thermostat_ps": self.thermostat_ps,
            "barostat": self.barostat.model_dump(mode="json"),
            "potential": self.potential,
        }


def _digest(atoms: Atoms) -> str:
    digest = hashlib.sha256(" ".join(atoms.get_chemical_symbols()).encode())
    for block in (atoms.positions, atoms.cell.array):
        digest.update((np.round(block, 6) + 0.0).astype("<f8").tobytes())
    return digest.hexdigest()
