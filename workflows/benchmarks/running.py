"""Running the steps of a benchmark so that one that fails leaves the others alone."""

from collections.abc import Sequence
from typing import Any

from jobflow import Flow, Job, run_locally

from lithicoat.analysis.mongodb import Where
from lithicoat.workflows.campaign import run_jobs
from lithicoat.workflows.locking import own_database
from lithicoat.workflows.progress import current
from lithicoat.workflows.steps import run_alone
from lithicoat.workflows.storage import open_store

__all__ = ["run_kept", "run_kept_all", "run_what_can"]


def run_kept(job: Job, db: Where) -> Any:
    """Run one step in a database, or read its result if it is there.

    Parameters
    ----------
    job : Job
        A keyed step.
    db : Path or MongoDatabase
        The database.

    Returns
    -------
    Any
        Output of the step.

    Raises
    ------
    UsageError
        If the database cannot be written or is in use.
    RunError
        Whatever the step raised.
    """
    return run_kept_all([job], job, db)


def run_kept_all(jobs: list[Job], wanted: Job, db: Where) -> Any:
    """Run steps that build on one another as :func:`run_kept` does one, and return one's output."""
    return run_jobs(Flow([*jobs], name=wanted.name), db, current())[wanted.uuid]


def run_what_can(jobs: Sequence[Job], db: Where, *, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Run steps that build on one another; one that fails takes along only what needs it.

    Parameters
    ----------
    jobs : sequence of Job
        Keyed steps, each after those it needs.
    db : Path or MongoDatabase
        The database.
    name : str
        What the steps belong to, such as the film; put before their names.

    Returns
    -------
    tuple of (dict of str to Any, dict of str to str)
        Outputs by the uuid of their job; step → reason of those that failed.

    Raises
    ------
    UsageError
        If the database cannot be written or is in use.
    """
    for job in jobs:
        job.name = f"{name} {job.name}"
    flow, store = Flow([*jobs], name=name), open_store(db)
    flow.update_metadata({"coating": name, "campaign": "benchmark"})
    with own_database(db, f"benchmark of {name}"), run_alone():
        responses = run_locally(flow, store=store, log=False)
        copies = [job.uuid for job in jobs if job.metadata.get("reused")]
        store.remove_docs({"uuid": {"$in": copies}})
        keys = [job.metadata["key"] for job in jobs if "key" in job.metadata]
        failed = store.docs_store.query({"failure.key": {"$in": keys}})
        reasons = {document["failure"]["step"]: document["failure"]["reason"] for document in failed}
    failures = {step.removeprefix(f"{name} "): reason for step, reason in reasons.items()}
    outputs = {uuid: by_index[max(by_index)].output for uuid, by_index in responses.items()}
    return outputs, failures
