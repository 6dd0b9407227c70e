"""Films side by side: worker processes that end when the campaign does, however it ends."""

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from lithicoat.analysis.mongodb import Where

if TYPE_CHECKING:
    from lithicoat.workflows.campaign import Campaign, CampaignListener

__all__ = ["run_side_by_side"]

LOOK_S = 0.5
"""Seconds between looks at whether the other side is still alive."""
PATIENCE_S = 60.0
"""Seconds that interrupted workers have to write their checkpoints."""


def run_side_by_side(campaign: "Campaign", db: Where, listener: "CampaignListener", *, workers: int) -> None:
    """Run the films of a campaign in worker processes and pass on what they report.

    Interrupted, it waits until the workers have written their checkpoints. A worker that dies takes down only
    its film; a campaign that dies takes its workers with it.

    Parameters
    ----------
    campaign : Campaign
        What to run.
    db : Path or MongoDatabase
        The database, owned by this process.
    listener : CampaignListener
        Is told how far films and steps are.
    workers : int
        Number of processes.
    """
    from lithicoat.workflows.potentials.calculators import threads

    context = multiprocessing.get_context("spawn")
    tasks, events = context.Queue(), context.Queue()
    for index in range(len(campaign.coatings)):
        tasks.put(index)
    share = max(1, threads() // workers)
    processes: list[BaseProcess] = [
        context.Process(target=_work, args=(campaign, db, tasks, events, share), daemon=True)
        for _ in range(min(workers, len(campaign.coatings)))
    ]
    for process in processes:
        tasks.put(None)
        process.start()
    with _ended_together(processes):
        _pass_on(campaign, processes, events, listener)


def _pass_on(
    campaign: "Campaign", processes: list[BaseProcess], events: Any, listener: "CampaignListener"
) -> None:
    """Forward events until every film has ended, or no worker is left to end it."""
    running: dict[int, str] = {}
    open_films = {coating.id for coating in campaign.coatings}
    while open_films:
        try:
            worker, name, arguments = events.get(timeout=LOOK_S)
        except queue.Empty:
            dead = [process for process in processes if not process.is_alive()]
            lost = {running.pop(process.pid or 0, "") for process in dead} & open_films
            if len(dead) == len(processes):
                lost = set(open_films)
            for coating in sorted(lost):
                listener.film_ended(coating, {"worker": "its process died; run the campaign again"})
            open_films -= lost
            continue
        if name == "film_started":
            running[worker] = arguments[0]
        if name == "film_ended":
            open_films.discard(arguments[0])
        getattr(listener, name)(*arguments)


@contextmanager
def _ended_together(processes: list[BaseProcess]) -> Iterator[None]:
    """Interrupt the workers if this process is interrupted, and leave none behind."""
    try:
        yield
    except BaseException:
        for process in processes:
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, signal.SIGINT)
        raise
    finally:
        until = time.monotonic() + PATIENCE_S
        for process in processes:
            process.join(max(0.0, until - time.monotonic()))
            process.kill()


class _Forwarder:
    """Sends every call of a CampaignListener to the process that shows it."""

    def __init__(self, events: Any) -> None:
        self._events = events

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: self._events.put((os.getpid(), name, arguments))


def _work(campaign: "Campaign", db: Where, tasks: Any, events: Any, threads: int) -> None:
    """Run films one after the other until there are none left."""
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a queue sends it to all; the campaign passes it on
    os.environ["OMP_NUM_THREADS"] = str(threads)
    from lithicoat.workflows.campaign import run_film
    from lithicoat.workflows.quiet import quieten_libraries
    from lithicoat.workflows.storage import open_store

    quieten_libraries()
    try:
        store = open_store(db)
        for index in iter(tasks.get, None):
            run_film(campaign, campaign.coatings[index], store, _Forwarder(events))
    except KeyboardInterrupt:
        os._exit(130)  # the campaign says what is to be said


def _die_with(parent: int) -> None:
    """End this process when its parent is gone, so that nothing writes to a database without an owner."""
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)
