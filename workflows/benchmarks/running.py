"""Running the steps of a benchmark one by one, so that one that fails leaves the others alone."""

from pathlib import Path
from typing import Any

from jobflow import Flow, Job

from lithicoat.workflows.campaign import run_jobs
from lithicoat.workflows.progress import current

__all__ = ["run_kept", "run_kept_all"]


def run_kept(job: Job, directory: Path) -> Any:
    """Run one step in a database, or read its result if it is there.

    Parameters
    ----------
    job : Job
        A keyed step.
    directory : Path
        The database directory.

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
    return run_kept_all([job], job, directory)


def run_kept_all(jobs: list[Job], wanted: Job, directory: Path) -> Any:
    """Run steps that build on one another as :func:`run_kept` does one, and return one's output."""
    return run_jobs(Flow([*jobs], name=wanted.name), directory, current())[wanted.uuid]
