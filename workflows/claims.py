"""One process computes a step at a time, whatever campaigns and machines want it."""

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeVar

from lithicoat.workflows.dynamics.deadline import Lookout

__all__ = ["claimed", "release"]

LOOK_S = 2.0
"""Seconds between two looks at whether the other process has finished, or is gone."""

Found = TypeVar("Found")


class _Claims:
    """The one step that this process computes."""

    path: Path | None = None
    file: IO[str] | None = None


def claimed(path: Path, finished: Callable[[], Found | None], *, step: str) -> Found | None:
    """Claim a step, or wait for the process that has it and take over what it finds.

    The claim lasts until the next one or until :func:`release`, so that the result is in the database before
    others look for it; a killed process lets go of it by itself. It is a lock of the file system that the
    steps' files are on. On one that has no locks every process computes for itself.

    Parameters
    ----------
    path : Path
        The file to be locked: one per step, in a directory that all machines see.
    finished : callable
        Returns the result if there is one by now.
    step : str
        Name of the step.

    Returns
    -------
    Found or None
        What another process found while this one waited; None if the step is this one's to compute.

    Raises
    ------
    OutOfTime
        If the job of the queue ends before the other process has finished.
    """
    release()
    lookout = Lookout(step)
    waited = False
    while not _take(path):
        waited = True
        if (found := finished()) is not None:
            return found
        lookout.look()
        time.sleep(LOOK_S)
    return finished() if waited else None


def release() -> None:
    """Let go of the step that this process has claimed, if any."""
    if _Claims.file is not None and _Claims.path is not None:
        with suppress(OSError):
            _Claims.path.unlink()  # while it is locked: nobody else has this file
        _Claims.file.close()
    _Claims.path = _Claims.file = None


def _take(path: Path) -> bool:
    """Try to lock a file; a file that its last owner has removed meanwhile does not count."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError:
        return True  # what the step writes there will tell
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino != os.fstat(file.fileno()).st_ino:
            file.close()
            return False
    except (BlockingIOError, FileNotFoundError):
        file.close()
        return False
    except OSError:
        file.close()
        return True
    _Claims.path, _Claims.file = path, file
    return True
