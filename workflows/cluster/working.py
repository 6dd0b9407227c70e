"""Take steps from the LaunchPad on this machine until there are none left, or the queue's job ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from pymongo.errors import AutoReconnect

from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.workflows.cluster.categories import Category
from lithicoat.workflows.cluster.launching import launchpad_at
from lithicoat.workflows.dynamics.deadline import may_begin, noting_signals
from lithicoat.workflows.shared_storage import PATIENCE_S

if TYPE_CHECKING:
    from fireworks import LaunchPad

__all__ = ["gpus_here", "work", "work_side_by_side"]

PAUSE_S = 5
"""Seconds between two looks at a LaunchPad of which nothing is ready."""
LAUNCHES = Path("lithicoat-launches")
"""Where FireWorks keeps its directories; results lie in the database and in LITHICOAT_FILES."""


def work(
    where: MongoDatabase,
    *,
    categories: Sequence[Category],
    name: str | None = None,
    timeout_s: int | None = None,
) -> None:
    """Run steps until none is ready and none is running elsewhere that others wait for.

    Near the end of a queue's job, or after a SIGTERM, no further step begins; the one that runs goes on in
    another job.

    Parameters
    ----------
    where : MongoDatabase
        The database of the campaigns.
    categories : sequence of Category
        Kinds of steps that this worker takes; all if there are none.
    name : str, optional
        Of the worker: it takes steps that were sent to this name, and those for all; default: the machine's.
    timeout_s : int, optional
        Take no further step after so many seconds.
    """
    from fireworks import FWorker
    from fireworks.core.rocket_launcher import rapidfire

    worker = FWorker(name=name or os.uname().nodename, category=[category.value for category in categories])
    LAUNCHES.mkdir(exist_ok=True)
    with noting_signals():
        rapidfire(
            _patient(where),
            worker,
            m_dir=str(LAUNCHES.resolve()),
            nlaunches=0,
            sleep_time=PAUSE_S,
            strm_lvl="ERROR",
            timeout=timeout_s,
        )


def work_side_by_side(arguments: Sequence[str], *, number: int, gpus: int) -> int:
    """Run several workers, each with its share of the cores and a GPU of its own while there are enough.

    Parameters
    ----------
    arguments : sequence of str
        What `lithicoat work` takes for one worker.
    number : int
        How many.
    gpus : int
        GPUs of this machine, given out in turns.

    Returns
    -------
    int
        The highest exit status of the workers.
    """
    share = str(max(1, len(os.sched_getaffinity(0)) // number))
    workers = []
    for index in range(number):
        environment = {"OMP_NUM_THREADS": share, **os.environ}
        if gpus:
            environment["CUDA_VISIBLE_DEVICES"] = str(index % gpus)
        command = [str(Path(sys.executable).with_name("lithicoat")), "work", *arguments]
        workers.append(subprocess.Popen(command, env=environment))

    def pass_on(sent: int, _frame: FrameType | None) -> None:
        for worker in workers:
            worker.send_signal(sent)

    before = {sent: signal.signal(sent, pass_on) for sent in (signal.SIGTERM, signal.SIGINT)}
    try:
        return max(worker.wait() for worker in workers)
    finally:
        for sent, handler in before.items():
            signal.signal(sent, handler)


def gpus_here() -> int:
    """Return how many GPUs torch sees."""
    import torch

    return torch.cuda.device_count()


def _patient(where: MongoDatabase) -> "LaunchPad":
    """Open a LaunchPad that outlasts a server that goes and comes, and offers nothing once time is up.

    Whether the server answers at all is soon told.
    """
    launchpad_at(where)
    launchpad = launchpad_at(where, patience_s=PATIENCE_S)
    ready, later, ping = launchpad.run_exists, launchpad.future_run_exists, launchpad.ping_launch

    def still_here(launch_id: int, ptime: Any = None, checkpoint: Any = None) -> None:
        """Give a sign of life; one that fails must not be the last."""
        with suppress(AutoReconnect) if checkpoint is None else nullcontext():
            ping(launch_id, ptime=ptime, checkpoint=checkpoint)

    launchpad.run_exists = lambda fworker=None: may_begin() and ready(fworker)
    launchpad.future_run_exists = lambda fworker=None: may_begin() and later(fworker)
    launchpad.ping_launch = still_here
    return launchpad
