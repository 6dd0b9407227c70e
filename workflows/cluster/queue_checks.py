"""Whether the jobs of a cluster ask for what its queue offers, and agree with themselves."""

import re

from lithicoat.workflows.cluster.findings import Finding, bad, good
from lithicoat.workflows.cluster.queues import Partition, QueueSystem, partitions
from lithicoat.workflows.cluster.settings import ClusterSettings, clock, read_queue

__all__ = ["check_queue", "check_script"]

FILE = "my_qadapter.yaml"


def check_script(settings: ClusterSettings) -> Finding:
    """Compare what my_qadapter.yaml says more than once: it may have been edited in one place only."""
    subject, queue = "script", read_queue(settings.directory)
    launch, before = str(queue["rocket_launch"]), str(queue.get("pre_rocket") or "")
    walltime = clock(settings.walltime_s)
    if not (timeout := re.search(r"--timeout[ =](\d+)", launch)):
        return bad(
            subject,
            "jobs begin steps until their time is up",
            f"write --timeout {settings.timeout_s} behind rocket_launch in {FILE}",
        )
    if int(timeout.group(1)) >= settings.walltime_s:
        return bad(
            subject,
            f"jobs begin steps for {clock(int(timeout.group(1)))}, and their walltime is {walltime}",
            f"write --timeout {settings.timeout_s} behind rocket_launch in {FILE}",
        )
    ends = re.search(r"LITHICOAT_DEADLINE=\$\(\( *\$\(date \+%s\) *\+ *(\d+)", before)
    if ends and int(ends.group(1)) > settings.walltime_s:
        return bad(
            subject,
            f"steps are told that they have {clock(int(ends.group(1)))}, and the walltime is {walltime}",
            f"write {settings.walltime_s} into LITHICOAT_DEADLINE in {FILE}",
        )
    threads = re.search(r"OMP_NUM_THREADS=(\d+)", before)
    if threads is None or int(threads.group(1)) != settings.cpus:
        set_to = threads.group(1) if threads else "not set"
        return bad(
            subject,
            f"a step has {settings.cpus} of the cores of a job, and OMP_NUM_THREADS is {set_to}",
            f"write export OMP_NUM_THREADS={settings.cpus} into pre_rocket in {FILE}",
        )
    return good(
        subject,
        f"steps begin until {clock(int(timeout.group(1)))} of {walltime}, {settings.cpus} thread each",
    )


def check_queue(settings: ClusterSettings) -> Finding:
    """Compare what the queue offers with what its jobs ask for."""
    command = {QueueSystem.SLURM: "sinfo", QueueSystem.PBS: "qstat -Q", QueueSystem.SGE: "qconf -sql"}
    found = partitions(settings.engine)
    if not found:
        return bad(
            "queue",
            f"there is no {settings.engine.value.upper()} on this machine: "
            f"{command[settings.engine]} does not answer",
            "run this on a login node of the cluster",
        )
    names = ", ".join(each.name for each in found)
    chosen = next((each for each in found if each.name == settings.queue), None)
    if settings.queue is None:
        chosen = next((each for each in found if each.default), None)
        if chosen is None:
            return bad("queue", f"the cluster has no default queue ({names})", "name one in my_qadapter.yaml")
    if chosen is None:
        return bad(
            "queue", f"there is no queue {settings.queue}; there are {names}", "correct my_qadapter.yaml"
        )
    return _compared(chosen, settings)


def _compared(chosen: Partition, settings: ClusterSettings) -> Finding:
    subject, mend = "queue", "correct my_qadapter.yaml, or write all anew with lithicoat cluster init --force"
    if not chosen.up:
        return bad(subject, f"queue {chosen.name} takes no jobs now", "ask whoever runs the cluster")
    if chosen.limit_s is not None and settings.walltime_s > chosen.limit_s:
        asked, limit = clock(settings.walltime_s), clock(chosen.limit_s)
        return bad(subject, f"jobs ask for {asked}, and queue {chosen.name} allows {limit}", mend)
    slurm = settings.engine is QueueSystem.SLURM
    if slurm and settings.gpus > chosen.gpus:
        return bad(
            subject, f"jobs ask for {settings.gpus} GPU, and a node of {chosen.name} has {chosen.gpus}", mend
        )
    if slurm and chosen.cpus is not None and settings.cores > chosen.cpus:
        return bad(
            subject,
            f"jobs ask for {settings.cores} cores, and a node of {chosen.name} has {chosen.cpus}",
            mend,
        )
    limit = "no limit" if chosen.limit_s is None else f"at most {clock(chosen.limit_s)}"
    return good(subject, f"{chosen.name} takes jobs ({limit})")
