"""Checkpoints of molecular dynamics: all that a run needs to go on, replaced as a whole or not at all."""

import io
import json
import math
import os
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.dynamics.blocks import Place
from lithicoat.workflows.dynamics.deadline import part_kept
from lithicoat.workflows.errors import RunError, UsageError, naming

__all__ = ["Checkpoints", "Memory", "Snapshot", "StageReport", "write_atomically"]

FORMAT = 2
PLAIN = ("stage", "step", "random_state", "temperature_sum_K", "hot_steps", "thermostat_eV", "segments")
ARRAYS = ("positions", "momenta", "cell", "anchor", "drift")
BETWEEN_WAITS_S = 1.0
"""Time between checkpoints that are waited for until the disk has them, s."""

Array = NDArray[np.float64]
Memory = dict[str, NDArray[Any]]
"""What a watcher has seen, as named arrays."""


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
    thermostat_eV : float
        Energy that the thermostat has given since the stage began, eV.
    drift : numpy.ndarray, shape (moments, 2)
        Lately: kinetic temperature less its target in K, conserved energy in eV.
    segments : int
        How many times its duration the stage may last.
    place : Place, optional
        Where the trajectory of the stage has come to.
    memories : tuple of Memory
        What the watchers that remember have seen.
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
    thermostat_eV: float = 0.0
    drift: Array = field(default_factory=lambda: np.empty((0, 2)))
    segments: int = 1
    place: Place | None = None
    memories: tuple[Memory, ...] = ()
    reports: tuple[StageReport, ...] = field(default=())

    @property
    def elapsed_ps(self) -> float:
        """Time of the finished stages, ps."""
        return sum(report.duration_ps for report in self.reports)


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file so that at any moment either the old or the new one is there, whole.

    Parameters
    ----------
    path : Path
        The file.
    content : bytes
        What shall be in it.
    durable : bool
        Wait until it is on the disk. Else it outlives the process, but perhaps not the machine.

    Raises
    ------
    DiskError
        If it cannot be written; the old one is still there.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with naming(path):
        try:
            with temporary.open("wb") as file:
                file.write(content)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


class Checkpoints:
    """The checkpoints of one run: the newest, and the newest of which the disk is known to hold all.

    Waiting for the disk at every checkpoint would cost a tenth of the time of a small cell. So only now and
    then one is waited for; a killed process loses nothing by that, a machine that dies loses a second.

    Parameters
    ----------
    directory : Path
        Place of the files.
    header : dict
        What the run is, as plain JSON; a checkpoint must be of the same run.
    """

    def __init__(self, directory: Path, *, header: dict[str, Any]) -> None:
        self.header = json.loads(json.dumps(header))
        self._durable, self._newest = directory / "checkpoint.npz", directory / "checkpoint.newest.npz"
        self._waited = -math.inf

    def save(self, snapshot: Snapshot, *, last: bool = False) -> None:
        """Keep a state; one that is the last before another machine may go on is waited for.

        Raises
        ------
        DiskError
            If it cannot be written; the newest one before it is still there.
        """
        content = _packed(snapshot, self.header)
        if not last and time.monotonic() - self._waited < BETWEEN_WAITS_S:
            write_atomically(self._newest, content, durable=False)
        else:
            write_atomically(self._durable, content)
            self._newest.unlink(missing_ok=True)
            self._waited = time.monotonic()
        part_kept()

    def load(self) -> Snapshot | None:
        """Read the newest state; None if there is none.

        Raises
        ------
        UsageError
            If the checkpoint belongs to another run.
        RunError
            If it cannot be read.
        """
        try:
            found = _read(self._newest)
        except RunError:  # cut short when the machine died; the other one is whole
            if not self._durable.exists():
                raise
            found = None
        found = found or _read(self._durable)
        if found is None:
            return None
        plain, arrays = found
        self._demand_same_run(plain)
        return _snapshot(plain, arrays)

    def _demand_same_run(self, plain: dict[str, Any]) -> None:
        found = {"format": plain.get("format"), **plain.get("header", {})}
        asked = {"format": FORMAT, **self.header}
        different = sorted(name for name in found.keys() | asked.keys() if found.get(name) != asked.get(name))
        if different:
            place = self._durable.parent
            raise UsageError(
                f"{place} holds a checkpoint of another run; it differs in {', '.join(different)}",
                where=str(self._durable),
                hint="give another directory, or remove this one",
            )


def _packed(snapshot: Snapshot, header: dict[str, Any]) -> bytes:
    plain = {name: getattr(snapshot, name) for name in PLAIN}
    plain |= {"format": FORMAT, "header": header}
    plain["reports"] = [report.model_dump(mode="json") for report in snapshot.reports]
    arrays: dict[str, NDArray[Any]] = {name: getattr(snapshot, name) for name in ARRAYS}
    if snapshot.place is not None:
        plain |= {"offset": snapshot.place.offset, "frames": snapshot.place.frames}
        arrays |= {"waiting": snapshot.place.positions, "numbers": snapshot.place.numbers}
    for index, memory in enumerate(snapshot.memories):
        arrays |= {f"memory {index} {name}": array for name, array in memory.items()}
    plain["memories"] = [list(memory) for memory in snapshot.memories]
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, plain=np.array(json.dumps(plain)), **arrays)
    return buffer.getvalue()


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    if not path.exists():
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = dict(file.items())
            return json.loads(str(arrays.pop("plain"))), arrays
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(
            f"the checkpoint {path} cannot be read: {error}",
            where=str(path),
            hint=f"remove {path.parent} to start this run afresh",
        ) from error


def _snapshot(plain: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Snapshot:
    place = None
    if "waiting" in arrays:
        place = Place(plain["offset"], plain["frames"], arrays["waiting"], arrays["numbers"])
    kept: dict[str, Any] = {name: plain[name] for name in PLAIN} | {name: arrays[name] for name in ARRAYS}
    return Snapshot(
        **kept,
        place=place,
        memories=tuple(
            {name: arrays[f"memory {index} {name}"] for name in names}
            for index, names in enumerate(plain["memories"])
        ),
        reports=tuple(StageReport.model_validate(report) for report in plain["reports"]),
    )
