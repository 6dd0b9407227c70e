"""Checkpoints of molecular dynamics: all that a run needs to go on, replaced as a whole or not at all."""

import io
import json
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.errors import RunError, UsageError

__all__ = ["Snapshot", "StageReport", "load", "save", "write_atomically"]

FORMAT = 1

Array = NDArray[np.float64]


class StageReport(BaseModel):
    """What happened in one stage of dynamics."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    steps: int = Field(ge=0, description="Steps that were made.")
    duration_ps: float = Field(ge=0, description="Time that passed, ps.")
    mean_temperature_K: float | None = Field(
        None, ge=0, description="Mean kinetic temperature, K; None without dynamics."
    )
    rms_displacement_A: float | None = Field(
        None,
        ge=0,
        description="Rms displacement since the stage began, Å, of the atoms that had to move, else of all; "
        "None at constant pressure.",
    )
    moved: bool | None = Field(
        None, description="Whether the atoms moved as far as asked; None if not asked."
    )


@dataclass(frozen=True)
class Snapshot:
    """State at the end of a step.

    Parameters
    ----------
    stage, step : int
        The stage that runs and the number of its steps that are done.
    positions, momenta : numpy.ndarray, shape (atoms, 3)
        Unwrapped positions in Å, momenta in ASE units.
    cell : numpy.ndarray, shape (3, 3)
        Lattice vectors as rows, Å.
    anchor : numpy.ndarray, shape (atoms, 3)
        Positions at the beginning of the stage, Å.
    random_state : dict
        State of the random generator.
    temperature_sum_K : float
        Sum of the kinetic temperatures of the stage's steps.
    hot_steps : int
        Steps without a break in which the cell was far too hot.
    reports : tuple[StageReport, ...]
        The finished stages.
    """

    stage: int
    step: int
    positions: Array
    momenta: Array
    cell: Array
    anchor: Array
    random_state: dict[str, Any]
    temperature_sum_K: float = 0.0
    hot_steps: int = 0
    reports: tuple[StageReport, ...] = field(default=())

    @property
    def elapsed_ps(self) -> float:
        """Time of the finished stages, ps."""
        return sum(report.duration_ps for report in self.reports)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that at any moment either the old or the new one is there, whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def save(path: Path, snapshot: Snapshot, *, header: dict[str, Any]) -> None:
    """Write a checkpoint.

    Parameters
    ----------
    path : Path
        The ``.npz`` file.
    snapshot : Snapshot
        State to be kept.
    header : dict
        What the run is, as plain JSON; :func:`load` asks for the same.
    """
    plain = {
        "format": FORMAT,
        "header": header,
        "stage": snapshot.stage,
        "step": snapshot.step,
        "random_state": snapshot.random_state,
        "temperature_sum_K": snapshot.temperature_sum_K,
        "hot_steps": snapshot.hot_steps,
        "reports": [report.model_dump(mode="json") for report in snapshot.reports],
    }
    buffer = io.BytesIO()
    np.savez(
        buffer,
        plain=np.array(json.dumps(plain)),
        positions=snapshot.positions,
        momenta=snapshot.momenta,
        cell=snapshot.cell,
        anchor=snapshot.anchor,
    )
    write_atomically(path, buffer.getvalue())


def load(path: Path, *, header: dict[str, Any]) -> Snapshot | None:
    """Read a checkpoint.

    Parameters
    ----------
    path : Path
        The ``.npz`` file.
    header : dict
        What the run is; the checkpoint must be of the same run.

    Returns
    -------
    Snapshot or None
        The state to go on from, None if there is no checkpoint.

    Raises
    ------
    UsageError
        If the checkpoint belongs to another run.
    RunError
        If it cannot be read.
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            plain = json.loads(str(file["plain"]))
            arrays = {name: file[name] for name in ("positions", "momenta", "cell", "anchor")}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise RunError(
            f"the checkpoint {path} cannot be read: {error}",
            where=str(path),
            hint=f"remove {path.parent} to start this run afresh",
        ) from error
    _demand_same_run(path, plain, header)
    return Snapshot(
        stage=plain["stage"],
        step=plain["step"],
        random_state=plain["random_state"],
        temperature_sum_K=plain["temperature_sum_K"],
        hot_steps=plain["hot_steps"],
        reports=tuple(StageReport.model_validate(report) for report in plain["reports"]),
        **arrays,
    )


def _demand_same_run(path: Path, plain: dict[str, Any], header: dict[str, Any]) -> None:
    found = {"format": plain.get("format"), **plain.get("header", {})}
    asked = {"format": FORMAT, **json.loads(json.dumps(header))}
    different = sorted(name for name in found.keys() | asked.keys() if found.get(name) != asked.get(name))
    if different:
        raise UsageError(
            f"{path.parent} holds a checkpoint of another run; it differs in {', '.join(different)}",
            where=str(path),
            hint="give another directory, or remove this one",
        )
