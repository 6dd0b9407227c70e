"""When the queue's job ends: what the user or the queue says."""

import math
import os
import subprocess
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from lithicoat.workflows.errors import UsageError

__all__ = ["deadline", "now", "seconds_in", "time_left_s"]

DEADLINE, SLURM_END = "LITHICOAT_DEADLINE", "SLURM_JOB_END_TIME"
ANSWER_S = 20.0
"""Time that the queue has to tell how long a job may still run, s."""


def deadline() -> datetime | None:
    """Return when the queue's job ends; None if nothing says so.

    LITHICOAT_DEADLINE (seconds since 1970) comes first, then SLURM's SLURM_JOB_END_TIME or its answer for
    SLURM_JOB_ID, then PBS_WALLTIME, counted from the beginning of the session that this process belongs to.

    Raises
    ------
    UsageError
        If a variable is no number.
    """
    for name in (DEADLINE, SLURM_END):
        if name in os.environ:
            return datetime.fromtimestamp(seconds_in(name), UTC)
    ends_at = math.inf
    if job := os.environ.get("SLURM_JOB_ID"):
        ends_at = _end_in_slurm(job)
    elif "PBS_WALLTIME" in os.environ:
        ends_at = _session_began() + seconds_in("PBS_WALLTIME")
    return None if math.isinf(ends_at) else datetime.fromtimestamp(ends_at, UTC)


def time_left_s() -> float:
    """Return the seconds until :func:`deadline`; infinite if there is none, negative after it."""
    end = deadline()
    return math.inf if end is None else end.timestamp() - now()


def now() -> float:
    """Return the time of day, s since 1970."""
    return time.time()


def seconds_in(name: str) -> float:
    """Read seconds from an environment variable that is set.

    Raises
    ------
    UsageError
        If it is no number, negative or infinite.
    """
    text = os.environ[name]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        kind = "seconds since 1970" if name in (DEADLINE, SLURM_END) else "seconds"
        raise UsageError(
            f"{name} is {text!r}, no number of {kind}",
            where=name,
            hint=f"set {DEADLINE} to the end of the job, in seconds since 1970",
        )
    return number


@cache
def _end_in_slurm(job: str) -> float:
    """Ask SLURM when a job ends, s since 1970; infinite if it has no limit or does not answer."""
    asked = ["squeue", "--noheader", "--jobs", job, "--format", "%L"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=ANSWER_S, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return math.inf
    return now() + _seconds(answer.strip())


def _seconds(left: str) -> float:
    """Read SLURM's [days-][hours:]minutes:seconds; infinite for UNLIMITED, INVALID, NOT_SET or nothing."""
    days, _, clock = left.rpartition("-")
    parts = [days or "0", *clock.split(":")]
    if len(parts) == 1 or not all(part.isdecimal() for part in parts):
        return math.inf
    total = 0
    for part in parts[1:]:
        total = 60 * total + int(part)
    return float(total + 86400 * int(parts[0]))


def _session_began() -> float:
    """Return when the first process of this session began, s since 1970: the script of the job."""
    try:
        began = Path(f"/proc/{os.getsid(0)}/stat").read_text().rpartition(")")[2].split()[19]
        boot = next(row for row in Path("/proc/stat").read_text().splitlines() if row.startswith("btime"))
    except (OSError, StopIteration):
        return now()
    return float(boot.split()[1]) + int(began) / os.sysconf("SC_CLK_TCK")
