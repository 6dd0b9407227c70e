"""A cluster as lithicoat sees it: the files of FireWorks and jobflow in one directory, read and checked."""

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.workflows.checking import checked
from lithicoat.workflows.cluster import DEFAULT_DIRECTORY
from lithicoat.workflows.cluster.categories import Category
from lithicoat.workflows.cluster.queues import QueueSystem, seconds
from lithicoat.workflows.errors import UsageError

__all__ = ["ClusterSettings", "clock", "read_queue", "read_settings"]


class ClusterSettings(BaseModel):
    """What is known of a cluster. Each setting stands in one of the files only, and may be edited there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    directory: Path = Field(description="Directory of the files, absolute.")
    db: str = Field(repr=False, description="URI of the MongoDB (my_launchpad.yaml).")
    engine: QueueSystem = Field(description="Queue system (my_qadapter.yaml).")
    queue: str | None = Field(None, description="Partition or queue; None: the default of the cluster.")
    account: str | None = Field(None, description="Account that is charged.")
    walltime_s: int = Field(gt=0, description="Walltime of a queue job in s.")
    cpus: int = Field(1, ge=1, description="Threads of a step.")
    side_by_side: int = Field(1, ge=1, description="Steps that a queue job computes at a time.")
    gpus: int = Field(0, ge=0, description="GPUs of a queue job.")
    files: Path = Field(description="Directory of trajectories and checkpoints that all nodes see.")
    worker: str = Field(description="Name of the queue's workers (my_fworker.yaml).")
    takes: tuple[Category, ...] = Field(
        min_length=1, description="Kinds of steps that they take (my_fworker.yaml)."
    )
    python: Path = Field(description="Python that runs the steps (my_fworker.yaml).")
    version: str = Field(description="Version of lithicoat that wrote the files (my_fworker.yaml).")

    @property
    def database(self) -> MongoDatabase:
        """The database, which takes its password from the environment or its file."""
        return MongoDatabase.parse(self.db)

    @property
    def cores(self) -> int:
        """Cores of a queue job."""
        return self.cpus * self.side_by_side

    @property
    def timeout_s(self) -> int:
        """Seconds after which a queue job begins no further step.

        A tenth of the walltime is kept for what runs then, at least 2 and at most 30 minutes, but never more
        than half of it.
        """
        kept = min(max(120, self.walltime_s // 10), 1800, self.walltime_s // 2)
        return self.walltime_s - kept


def read_settings(directory: Path = DEFAULT_DIRECTORY) -> ClusterSettings:
    """Read the files that `lithicoat cluster init` wrote and a user may have edited.

    Raises
    ------
    UsageError
        If there are none, one is missing, is no YAML, lacks what is needed, or shows a password to others;
        names the file.
    """
    directory = directory.expanduser().absolute()
    if not directory.is_dir():
        raise UsageError(
            f"there are no settings of a cluster in {directory}",
            where="--cluster",
            hint="lithicoat cluster init writes them, or name their directory with --cluster DIR",
        )
    launchpad = _read(directory / "my_launchpad.yaml", "host")
    _check_private(directory / "my_launchpad.yaml", str(launchpad["host"]))
    queue = read_queue(directory)
    worker = _read(directory / "my_fworker.yaml", "env", "name", "category")
    environment = worker["env"] if isinstance(worker["env"], dict) else {}
    for name in ("FW_config.yaml", "jobflow.yaml"):
        _read(directory / name)
    for name in ("lithicoat_files", "lithicoat_python", "lithicoat_version"):
        if not environment.get(name):
            raise _lacks(directory / "my_fworker.yaml", f"env: {name}")
    found = {
        "directory": directory,
        "db": launchpad["host"],
        "engine": str(queue["_fw_q_type"]).lower(),
        "queue": queue.get("queue"),
        "account": queue.get("account"),
        "walltime_s": _seconds(directory / "my_qadapter.yaml", queue["walltime"]),
        **_cores(directory / "my_qadapter.yaml", queue),
        "gpus": _gpus(queue),
        "files": environment["lithicoat_files"],
        "worker": str(worker["name"]),
        "takes": _takes(worker["category"]),
        "python": environment["lithicoat_python"],
        "version": environment["lithicoat_version"],
    }
    return checked(ClusterSettings, found)


def read_queue(directory: Path) -> dict[str, Any]:
    """Read my_qadapter.yaml as it stands.

    Raises
    ------
    UsageError
        If it is not there, is no YAML, or lacks what is needed.
    """
    return _read(directory / "my_qadapter.yaml", "_fw_q_type", "walltime", "rocket_launch")


def clock(duration_s: int) -> str:
    """Write a walltime as the queues read it: `24:00:00`."""
    minutes, rest_s = divmod(duration_s, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest_s:02d}"


def _read(file: Path, *needed: str) -> dict[str, Any]:
    try:
        found = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}",
            where=str(file),
            hint="lithicoat cluster init writes it; with --force it writes all anew",
        ) from error
    except (YAMLError, UnicodeDecodeError) as error:
        place = getattr(getattr(error, "problem_mark", None), "line", None)
        line = f", line {place + 1}" if place is not None else ""
        raise UsageError(f"{file}{line} is not YAML", where=str(file)) from error
    if not isinstance(found, dict):
        raise UsageError(f"{file} is no table of names and values", where=str(file))
    for name in needed:
        if found.get(name) is None:
            raise _lacks(file, name)
    return found


def _takes(category: Any) -> Any:
    """Return the kinds of steps that FireWorks' category stands for; an empty one for all."""
    return list(Category) if category == "" else [category] if isinstance(category, str) else category


def _check_private(file: Path, uri: str) -> None:
    """Refuse a password that somebody wrote into a file for all to read."""
    if MongoDatabase.parse(uri).typed is not None and file.stat().st_mode & 0o077:
        raise UsageError(
            f"{file} holds a password and others can read it", where=str(file), hint=f"chmod 600 {file}"
        )


def _lacks(file: Path, name: str) -> UsageError:
    return UsageError(
        f"{file} does not say {name}",
        where=str(file),
        hint="write it there, or write all files anew with lithicoat cluster init --force",
    )


def _seconds(file: Path, walltime: Any) -> int:
    found = seconds(str(walltime))
    if found is None:
        raise UsageError(
            f"{file} asks for a walltime without an end",
            where=str(file),
            hint="give hours, minutes, seconds: 24:00:00",
        )
    return found


def _cores(file: Path, queue: dict[str, Any]) -> dict[str, Any]:
    """Return threads of a step and steps side by side, which share the cores of a job."""
    cores = queue.get("cpus_per_task") or 1
    found = re.search(r"\swork\b.*\s--n (\d+)", str(queue["rocket_launch"]))
    steps = int(found.group(1)) if found else 1
    if isinstance(cores, int) and cores > 0 and cores < steps:
        raise UsageError(
            f"{file} gives {cores} cores to {steps} steps side by side",
            where=str(file),
            hint="raise cpus_per_task, or lower the number behind --n in rocket_launch",
        )
    return {"cpus": cores // steps if isinstance(cores, int) else cores, "side_by_side": steps}


def _gpus(queue: dict[str, Any]) -> Any:
    """Return the GPUs of a queue job: `gpus: 2`, or in SLURM's own words `gres: gpu:a100:2` or `gpu`."""
    if queue.get("gpus"):
        return queue["gpus"]
    found = re.fullmatch(r"gpu(?::[^:,]+)??(?::(\d+))?", str(queue.get("gres") or ""))
    return int(found.group(1) or 1) if found else 0
