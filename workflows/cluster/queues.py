"""What queue this machine has: system, partitions, limits, accounts, GPUs, asked from its own commands."""

import getpass
import re
import shutil
import subprocess
from enum import Enum

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.errors import UsageError

__all__ = ["Partition", "QueueSystem", "account", "detect", "parallel_environment", "partitions", "seconds"]

PATIENCE_S = 20
"""Seconds that a command of the queue may take to answer."""


class QueueSystem(Enum):
    """A queue that FireWorks knows."""

    SLURM = "slurm"
    PBS = "pbs"
    SGE = "sge"


class Partition(BaseModel):
    """A queue that jobs can be sent to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    default: bool = Field(False, description="Where jobs go that name no queue.")
    up: bool = Field(True, description="Whether it takes jobs.")
    limit_s: int | None = Field(None, description="Longest walltime in s; None without a limit.")
    cpus: int | None = Field(None, description="Cores of its smallest node, if known.")
    gpus: int = Field(0, description="GPUs of a node, 0 if there are none or it does not say.")
    whole: bool = Field(False, description="Whether a job gets whole nodes, asked for or not.")


def detect() -> QueueSystem:
    """Return the queue system of this machine.

    Raises
    ------
    UsageError
        If there is none.
    """
    if shutil.which("sbatch"):
        return QueueSystem.SLURM
    if shutil.which("qconf") and shutil.which("qsub"):
        return QueueSystem.SGE
    if shutil.which("qsub"):
        return QueueSystem.PBS
    raise UsageError(
        "there is no queue on this machine: neither sbatch nor qsub is found",
        where="--engine",
        hint="run this on a login node of the cluster, or say which queue it has with --engine slurm|pbs|sge",
    )


def partitions(system: QueueSystem) -> list[Partition]:
    """Return the queues of this machine; an empty list where its commands do not answer."""
    match system:
        case QueueSystem.SLURM:
            return _of_slurm(_asked("sinfo", "-h", "-o", "%P|%a|%l|%c|%G|%h"))
        case QueueSystem.PBS:
            default = re.search(r"default_queue = (\S+)", _asked("qstat", "-B", "-f"))
            return _of_pbs(_asked("qstat", "-Q", "-f"), default.group(1) if default else None)
        case QueueSystem.SGE:
            names = _asked("qconf", "-sql").split()
            return [_of_sge(name, _asked("qconf", "-sq", name)) for name in names]


def account() -> str | None:
    """Return the account that SLURM charges if a job names none; None if it keeps none."""
    found = _asked("sacctmgr", "-n", "-P", "show", "user", getpass.getuser(), "format=DefaultAccount")
    return found.split("\n")[0].strip() or None


def parallel_environment() -> str:
    """Return the environment of SGE in which a job gets several cores of one node."""
    names = _asked("qconf", "-spl").split()
    wanted = ("smp", "threaded", "openmp", "shared", "threads")
    return next((name for name in wanted if name in names), names[0] if names else "smp")


def seconds(walltime: str) -> int | None:
    """Read a walltime: `1-00:00:00`, `24:00:00`, `30:00` (minutes), `90` (minutes); None without a limit.

    Raises
    ------
    UsageError
        If it is none of these.
    """
    text = walltime.strip().lower()
    if text in {"infinite", "unlimited", "infinity", "n/a", "none"}:
        return None
    days, dash, rest = text.rpartition("-")
    parts = rest.split(":")
    if not all(part.isdecimal() for part in [*parts, days if dash else "0"]) or len(parts) > 3:
        raise UsageError(
            f"{walltime} is no walltime", where="walltime", hint="give hours, minutes, seconds: 24:00:00"
        )
    numbers = [int(part) for part in parts]
    if days:  # days-hours[:minutes[:seconds]]
        numbers += [0] * (3 - len(numbers))
    elif len(numbers) < 3:  # minutes[:seconds]
        numbers = [0, *numbers, *[0] * (2 - len(numbers))]
    hours, minutes, rest_s = numbers
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + rest_s


def _asked(*command: str) -> str:
    """Return what a command prints, nothing if it is not there or fails."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""


def _of_slurm(text: str) -> list[Partition]:
    """Read `name*|up|1-00:00:00|16+|gpu:a100:4(S:0-1)|NO`; a partition has a line for each kind of node."""
    found: dict[str, Partition] = {}
    for line in text.splitlines():
        name, state, limit, cpus, gres, shared = (line.split("|") + [""] * 6)[:6]
        each = Partition(
            name=name.rstrip("*"),
            default=name.endswith("*"),
            up=state == "up",
            limit_s=seconds(limit),
            cpus=int(re.sub(r"\D", "", cpus) or 1),
            gpus=_gpus(gres),
            whole=shared == "EXCLUSIVE",
        )
        before = found.get(each.name, each)
        fewest = min(before.cpus or 1, each.cpus or 1)
        most = max(before.gpus, each.gpus)
        found[each.name] = each.model_copy(update={"cpus": fewest, "gpus": most})
    return list(found.values())


def _gpus(gres: str) -> int:
    """Count the GPUs of `gpu:a100:4(S:0-1),shard:8` or `gpu:2`."""
    return sum(int(number) for number in re.findall(r"\bgpu(?::[^:,()]+)?:(\d+)", gres))


def _of_pbs(text: str, default: str | None) -> list[Partition]:
    """Read `qstat -Q -f`: a block of `name = value` for each queue."""
    found = []
    for block in re.split(r"^Queue:", text, flags=re.MULTILINE)[1:]:
        name = block.split()[0]
        facts = dict(re.findall(r"^\s+(\S+) = (.*)$", block, flags=re.MULTILINE))
        limit = facts.get("resources_max.walltime")
        found.append(
            Partition(
                name=name,
                default=name == default,
                up=facts.get("enabled") == "True" and facts.get("started") == "True",
                limit_s=seconds(limit) if limit else None,
                gpus=int(facts.get("resources_max.ngpus", 0)),
            )
        )
    return found


def _of_sge(name: str, text: str) -> Partition:
    """Read `qconf -sq`: a name and a value in each line."""
    facts = dict(re.findall(r"^(\S+)\s+(.*)$", text, flags=re.MULTILINE))
    limit = facts.get("h_rt", "INFINITY").split(",")[0]
    slots = re.match(r"\d+", facts.get("slots", ""))
    return Partition(
        name=name, limit_s=seconds(limit), cpus=int(slots.group()) if slots else None, default=name == "all.q"
    )
