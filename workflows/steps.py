"""One computation, one key: steps that are never computed twice and that leave their failures behind.

A step is a jobflow job whose key is a hash of its name, its version and the content of its inputs. Before a
step computes it looks its key up in the job store; whatever engine runs it, a finished key is only read.
"""

import dataclasses
import hashlib
import json
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any

from jobflow import CURRENT_JOB, JobConfig, JobStore, Maker, OnMissing, job
from monty.json import MontyDecoder
from pydantic import BaseModel

from lithicoat.analysis.places import placeless
from lithicoat.workflows import progress
from lithicoat.workflows.claims import claimed, release
from lithicoat.workflows.dynamics.deadline import computing
from lithicoat.workflows.marks import marked
from lithicoat.workflows.progress import Outcome

__all__ = ["PASSING", "content", "files_directory", "run_alone", "science_job", "step_directory", "step_key"]

PASSING = "passing"
"""Mark in the metadata of a job whose document is of no use after its flow."""

_directory: ContextVar[Path | None] = ContextVar("directory", default=None)


def content(value: Any) -> Any:
    """Reduce an input to what a computation sees of it, as plain JSON.

    Objects with a ``content_hash`` (models, potentials) count by that hash, makers by their fields without
    their names, pydantic models by all their fields except where the weights of a potential lie.
    """
    match value:
        case Enum():
            reduced: Any = value.value
        case None | str() | int() | float():
            reduced = value
        case object(content_hash=str(digest)):
            reduced = digest
        case BaseModel():
            reduced = placeless(value.model_dump(mode="json"))
        case Maker():
            fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name != "name"}
            reduced = {"maker": type(value).__qualname__, **content(fields)}
        case dict():
            reduced = {str(key): content(item) for key, item in value.items()}
        case list() | tuple():
            reduced = [content(item) for item in value]
        case _:
            msg = f"a step cannot be keyed by an input of type {type(value).__name__}"
            raise TypeError(msg)
    return reduced


def step_key(step: str, version: str, inputs: dict[str, Any]) -> str:
    """Return the sha256 that names a computation: step, version of its code, content of its inputs."""
    text = json.dumps([step, version, content(inputs)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def step_directory() -> Path:
    """Return the directory of the running step, for trajectories and checkpoints; it outlives the process."""
    directory = _directory.get() or Path.cwd()
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def science_job(
    schema: type[BaseModel],
    *,
    version: str | None,
    kept: bool = True,
    on_missing: OnMissing = OnMissing.ERROR,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a jobflow job with an output schema out of a function or a Maker's ``make``.

    Parameters
    ----------
    schema : type[BaseModel]
        Schema of the output.
    version : str or None
        Version of the step's code; raise it when the same inputs give another result. None for a step that
        depends on more than its inputs, such as on what has failed: it runs each time.
    kept : bool
        False for a step that only looks something up for the later steps of its flow: its document goes when
        the flow has ended.
    on_missing : OnMissing
        What becomes of an input whose step has failed.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        name = f"{function.__module__}.{function.__qualname__}"

        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            if getattr(CURRENT_JOB, "store", None) is None:
                return function(*args, **kwargs)
            if not kept:
                CURRENT_JOB.job.metadata[PASSING] = True
            inputs = signature(function).bind(*args, **kwargs).arguments
            key = step_key(name, version or "", inputs)
            return _run_keyed(key, lambda: function(*args, **kwargs), reusable=version is not None)

        config = JobConfig(expose_store=True, on_missing_references=on_missing)
        return job(run, output_schema=schema, config=config)

    return decorate


def _run_keyed(key: str, compute: Callable[[], Any], *, reusable: bool) -> Any:
    current, store = CURRENT_JOB.job, CURRENT_JOB.store
    if not reusable:
        return _compute(key, compute)
    progress.announce(current.name)
    current.metadata["key"] = key

    def find() -> dict[str, Any] | None:
        found: dict[str, Any] | None = store.query_one(
            {"metadata.key": key}, properties=["uuid", "output", "metadata.seconds"], load=True
        )
        return found

    finished = find() or claimed(files_directory(store) / "claims" / key, find, step=current.name)
    if finished is not None:
        if finished["uuid"] == current.uuid:  # its process died after it had written this
            current.metadata |= {"seconds": finished["metadata"].get("seconds")}
        else:
            current.metadata["reused"] = True
        progress.conclude(current.name, Outcome.REUSED)
        return MontyDecoder().process_decoded(finished["output"])
    try:
        output = _compute(key, compute)
    except BaseException:
        release()  # of an interrupted step too: another process may go on with it
        raise
    progress.conclude(current.name, Outcome.DONE)
    return output


def _compute(key: str, compute: Callable[[], Any]) -> Any:
    """Compute in the step's own directory; a failure is kept in the store, success forgets an earlier one.

    An end of time, like an interrupt, is no failure: the step goes on when it is run again.
    """
    store = CURRENT_JOB.store
    directory = files_directory(store) / key
    with _working_in(directory), marked(key, directory):
        try:
            with computing(CURRENT_JOB.job.name):
                output = compute()
        except Exception as error:
            _record_failure(key, error)
            progress.conclude(CURRENT_JOB.job.name, Outcome.FAILED)
            raise
    store.docs_store.remove_docs({"failure.key": key})
    return output


@contextmanager
def run_alone() -> Iterator[None]:
    """Leave no job behind: jobflow forgets the current one only if it succeeded."""
    try:
        yield
    finally:
        CURRENT_JOB.reset()
        release()


@contextmanager
def _working_in(directory: Path) -> Iterator[None]:
    token = _directory.set(directory)
    try:
        yield
    finally:
        _directory.reset(token)


def files_directory(store: JobStore) -> Path:
    """Return the directory of the steps' files: LITHICOAT_FILES, else beside an embedded database."""
    if chosen := os.environ.get("LITHICOAT_FILES"):
        return Path(chosen)
    return Path(getattr(store.docs_store, "path", Path.cwd() / "lithicoat-files")) / "steps"


def _record_failure(key: str, error: Exception) -> None:
    """Keep what went wrong in the job store, where every engine and `status` find it."""
    failure = {
        "key": key,
        "step": CURRENT_JOB.job.name,
        "reason": str(error),
        "error": type(error).__name__,
        "directory": str(_directory.get()),
        "traceback": "".join(traceback.format_exception(error)),
        **{name: CURRENT_JOB.job.metadata.get(name) for name in ("coating", "campaign")},
    }
    CURRENT_JOB.store.docs_store.update(
        {"uuid": f"failure-{key}", "index": 1, "failure": failure}, key=["uuid"]
    )
