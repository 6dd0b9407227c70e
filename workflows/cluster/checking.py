"""Whether a campaign can run on a cluster: everything that it needs is tried before anything is queued."""

import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import MongoDatabase, explained
from lithicoat.workflows.cluster.findings import Finding, bad, good, skipped
from lithicoat.workflows.cluster.probing import Machine, Weights, unwritable, weights_here
from lithicoat.workflows.cluster.queue_checks import check_queue, check_script
from lithicoat.workflows.cluster.settings import ClusterSettings, clock
from lithicoat.workflows.errors import UsageError

if TYPE_CHECKING:
    from jobflow import JobStore

__all__ = ["check", "check_machine", "compare", "described", "judge_node", "not_tried"]

BIG_MB = 17
"""Size of the array that the stores have to keep: more than a document of MongoDB may have."""
SKEW_S = 30.0
"""Difference of clocks in s that is mended: lost steps are found by the time of their last sign of life."""


def check(settings: ClusterSettings, potentials: Mapping[str, str]) -> Iterator[Finding]:
    """Try everything that can be tried from this machine, one finding after the other.

    Parameters
    ----------
    settings : ClusterSettings
        The cluster.
    potentials : mapping of str to str
        sha256 of the weights that the campaign needs, by the potential's id or file.
    """
    yield good("settings", f"{settings.directory}: {described(settings)}")
    yield from check_database(settings)
    yield from check_machine(settings, potentials)


def check_machine(settings: ClusterSettings, potentials: Mapping[str, str]) -> Iterator[Finding]:
    """Try what takes no time and writes nothing into the database: what to ask before a campaign is sent.

    Parameters
    ----------
    settings : ClusterSettings
        The cluster.
    potentials : mapping of str to str
        sha256 of the weights that the campaign needs, by the potential's id or file.
    """
    yield check_fireworks(settings)
    yield check_queue(settings)
    yield check_script(settings)
    yield check_versions(settings)
    host = socket.gethostname()
    yield _files(unwritable(settings.files), host, settings)
    for name, wanted in potentials.items():
        yield _weights(weights_here(name, wanted), host)


def described(settings: ClusterSettings) -> str:
    """Say in a few words what the jobs of a cluster are."""
    cores = f"{settings.cores} {'core' if settings.cores == 1 else 'cores'}"
    if settings.side_by_side > 1:
        cores += f" for {settings.side_by_side} steps side by side"
    gpus = f", {settings.gpus} GPU" if settings.gpus else ""
    place = settings.queue or "the default queue"
    return f"{settings.engine.value}, {place}, {cores}{gpus}, {clock(settings.walltime_s)}"


def not_tried(settings: ClusterSettings) -> Finding:
    """Say what only a node can tell."""
    return skipped(
        "job", f"no node was asked{' for its GPU' if settings.gpus else ''}: --submit-test sends a job"
    )


def check_fireworks(settings: ClusterSettings) -> Finding:
    """Find out which FW_config.yaml FireWorks reads: one in the home directory comes first."""
    subject = "FireWorks"
    for place in (Path.home() / ".fireworks" / "FW_config.yaml", Path.cwd() / "FW_config.yaml"):
        if place.exists() and place.parent.resolve() != settings.directory.resolve():
            return bad(
                subject,
                f"{place} is read instead of {settings.directory / 'FW_config.yaml'}",
                "remove it, or start from another directory",
            )
    return good(subject, "no other FW_config.yaml comes before that of this cluster")


def check_database(settings: ClusterSettings) -> Iterator[Finding]:
    """Reach the database, write to FireWorks' part of it, and send a big array to the stores and back."""
    from lithicoat.workflows.storage import open_store

    database = settings.database
    try:
        client = database.client()
        with explained(database):
            start = time.perf_counter()
            server = client[database.name].command("hello")
            elapsed_ms = 1000 * (time.perf_counter() - start)
        yield good("database", f"{database} answers in {elapsed_ms:.0f} ms")
        yield _skew(server)
        with explained(database):
            yield _launchpad(database)
        with explained(database):
            yield round_trip(open_store(database), megabytes=BIG_MB)
    except (DataError, UsageError) as error:
        yield bad("database", error.message, error.hint)


def _skew(server: Mapping[str, Any]) -> Finding:
    subject, told = "clock", server.get("localTime")
    if told is None:
        return skipped(subject, "the server does not tell its time")
    skew = time.time() - told.replace(tzinfo=UTC).timestamp()
    return _judged_skew(skew, "the clock of this machine and that of the database")


def _judged_skew(skew_s: float, clocks: str) -> Finding:
    message = f"{clocks} differ by {abs(skew_s):.1f} s"
    if abs(skew_s) <= SKEW_S:
        return good("clock", message)
    return bad("clock", message, "let both follow a time server (NTP)")


def _launchpad(database: MongoDatabase) -> Finding:
    """Write beside FireWorks' collections, with a mark that no worker takes for work."""
    from lithicoat.workflows.cluster.launching import launchpad_at

    launchpad = launchpad_at(database)
    mark = {"_id": f"lithicoat-{uuid.uuid4().hex}"}
    with launchpad.connection:
        launchpad.db["lithicoat_check"].insert_one(mark)
        launchpad.db["lithicoat_check"].delete_one(mark)
        ready = launchpad.fireworks.count_documents({"state": "READY"})
    return good("LaunchPad", f"can be written; {ready} steps are ready to run")


def round_trip(store: "JobStore", *, megabytes: int) -> Finding:
    """Keep a big array in the stores, read it back, compare, and remove it."""
    import numpy as np

    mark = f"check-{uuid.uuid4().hex}"
    sent = np.random.default_rng(0).bytes(megabytes * 2**19).hex()
    start = time.perf_counter()
    store.update({"uuid": mark, "index": 1, "output": {"big": sent}}, save={"data": ["big"]})
    try:
        document = store.query_one({"uuid": mark}, load=True) or {}
        came_back = (document.get("output") or {}).get("big")
    finally:
        store.remove_docs({"uuid": mark})
    elapsed_s = time.perf_counter() - start
    if came_back != sent:
        return bad(
            "stores", f"{megabytes} MB came back changed from the store `data`", "look at the server's log"
        )
    return good("stores", f"{megabytes} MB to the store `data` and back in {elapsed_s:.1f} s")


def check_versions(settings: ClusterSettings) -> Finding:
    """Ask the Python of the workers for its lithicoat: steps are keyed by its code."""
    from importlib.metadata import version

    subject, own = "version", version("lithicoat")
    question = "from importlib.metadata import version; print(version('lithicoat'))"
    answer = None
    with suppress(OSError, subprocess.TimeoutExpired):
        answer = subprocess.run(
            [str(settings.python), "-c", question], capture_output=True, text=True, timeout=60, check=False
        )
    if answer is None or answer.returncode != 0:
        return bad(
            subject,
            f"{settings.python}, which runs the steps, has no lithicoat",
            "install it there, or write the files anew from another environment with "
            "lithicoat cluster init --force",
        )
    return compare(own, answer.stdout.strip(), str(settings.python))


def compare(submitter: str, worker: str, where: str) -> Finding:
    """Compare the versions of who submits and who computes."""
    if submitter == worker:
        return good("version", f"lithicoat {submitter} submits and computes")
    return bad(
        "version",
        f"lithicoat {submitter} submits, but {where} computes with {worker}",
        f"install lithicoat {submitter} there",
    )


def judge_node(
    node: Machine, settings: ClusterSettings, *, sent_s: float, seen_s: float
) -> Iterator[Finding]:
    """Judge what a node answered.

    Parameters
    ----------
    node : Machine
        Its answer.
    settings : ClusterSettings
        The cluster.
    sent_s, seen_s : float
        When the job was sent and when its answer was seen, in s of this machine's clock; what the node's
        clock showed must lie between them.
    """
    from importlib.metadata import version

    yield good("job", f"ran on {node.host} {seen_s - sent_s:.0f} s after it was sent")
    yield compare(version("lithicoat"), node.lithicoat, f"{node.python} on {node.host}")
    early, late = sent_s - node.epoch_s, node.epoch_s - seen_s
    yield _judged_skew(max(early, late, 0.0), f"the clocks of this machine and of {node.host}")
    yield _files(node.files_problem, node.host, settings)
    if node.database_problem:
        yield bad(
            "database", f"{node.host}: {node.database_problem}", "nodes need the database and its password"
        )
    else:
        yield good("database", f"{node.host} reaches it")
    if settings.gpus:
        yield _gpus(node, settings)
    yield from (_weights(each, node.host) for each in node.weights)


def _gpus(node: Machine, settings: ClusterSettings) -> Finding:
    seen = node.gpus or 0
    if seen >= settings.gpus:
        return good("GPU", f"torch sees {seen} on {node.host}")
    return bad(
        "GPU",
        f"torch sees {seen} GPU on {node.host}, and the job asked for {settings.gpus}",
        "install a torch with CUDA, or correct gres in my_qadapter.yaml",
    )


def _files(problem: str, host: str, settings: ClusterSettings) -> Finding:
    if problem:
        return bad(
            "files",
            f"{settings.files} cannot be written on {host}: {problem.lower()}",
            "name a directory that all nodes see with lithicoat cluster init --files DIR --force",
        )
    return good("files", f"{settings.files} can be written on {host}")


def _weights(weights: Weights, host: str) -> Finding:
    if weights.found is None:
        return bad(
            "weights",
            f"the weights of {weights.id} are not on {host}: {weights.reason}",
            "put them there",
        )
    if weights.wanted and weights.found != weights.wanted:
        return bad(
            "weights",
            f"the weights of {weights.id} on {host} have the sha256 {weights.found[:12]}…, "
            f"and the campaign computes with {weights.wanted[:12]}…",
            f"replace {weights.reason}",
        )
    return good("weights", f"{weights.id} is on {host} (sha256 {weights.found[:12]}…)")
