"""A step of a film as a Firetask: written as plain JSON, continued in a further job when its time is up."""

import json
from typing import Any

from fireworks import Firework, FWAction, explicit_serialize
from jobflow import Job, JobStore
from jobflow.managers.fireworks import JobFiretask
from monty.json import MontyEncoder

from lithicoat.workflows.campaign import conclude
from lithicoat.workflows.cluster.categories import SEPARATOR
from lithicoat.workflows.dynamics.deadline import OutOfTime, watching_deadline
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.steps import PASSING, run_alone
from lithicoat.workflows.storage import open_store

__all__ = ["FLOW", "StepTask", "name_of"]

IN_VAIN, MOST_IN_VAIN = "in_vain", 3
"""In the spec of a step: how often it ran out of time with nothing to go on from; and how often it may."""
FLOW = "flow"
"""Name in the metadata of a step under which it knows its flow."""


@explicit_serialize
class StepTask(JobFiretask):
    """Run one step of a film, and what follows from it.

    Other Parameters
    ----------------
    job : Job
        The step.
    store : str
        URI of the database, without a password.
    """

    required_params = ("job", "store")

    def run_task(self, fw_spec: dict[str, Any]) -> FWAction:
        """Run the step in the database it was submitted with.

        A step that runs out of time keeps its checkpoint and goes on in a further Firework, for which the
        steps after it wait.
        """
        written = self.to_dict()
        store = open_store(self["store"])
        task = JobFiretask(job=self["job"], store=store)
        if hasattr(self, "fw_id"):
            task.fw_id = self.fw_id
        try:
            with watching_deadline(), run_alone():
                action = task.run_task(fw_spec)
        except OutOfTime as error:
            return _continued(written, self["job"], fw_spec, error)
        if self["job"].metadata.get("reused"):
            action.stored_data["reused"] = True
        if self["job"].name == "record":
            _discard_copies(store, self["job"].metadata.get(FLOW))
            conclude(store, self["job"].metadata["campaign"])
        return action

    def to_dict(self) -> dict[str, Any]:
        """Return the task as plain JSON; jobflow's own form turns pydantic models into text."""
        job = self["job"]
        written = job if isinstance(job, dict) else json.loads(json.dumps(job, cls=MontyEncoder))
        return {"_fw_name": self._fw_name, "job": written, "store": self["store"]}


def _continued(written: dict[str, Any], job: Job, spec: dict[str, Any], error: OutOfTime) -> FWAction:
    """Go on in a further Firework, unless the step has begun in vain a few times.

    Raises
    ------
    RunError
        If the step does not fit into a job of the queue.
    """
    in_vain = spec.get(IN_VAIN, 0) + 1 if error.given_s > 0 and not error.kept else 0
    if in_vain >= MOST_IN_VAIN:
        raise RunError(
            f"{name_of(job)} ran {in_vain} times, last for {error.given_s:.0f} s, without reaching a point "
            "from which it could go on",
            where=job.name,
            hint="a longer walltime: lithicoat cluster init --walltime HH:MM:SS --force",
        )
    again = Firework(
        [StepTask.from_dict(written)], spec={**_without_traces(spec), IN_VAIN: in_vain}, name=name_of(job)
    )
    return FWAction(stored_data={"out_of_time": error.message}, detours=[again])


def name_of(job: Job) -> str:
    """Return the name of a step's Firework, with its film."""
    return f"{job.metadata['coating']}{SEPARATOR}{job.name}"


def _without_traces(spec: dict[str, Any]) -> dict[str, Any]:
    """Return what a Firework was asked for, without what its launch wrote into it."""
    return {name: value for name, value in spec.items() if name not in {"_tasks", "_launch_dir"}}


def _discard_copies(store: JobStore, flow: str | None) -> None:
    """Keep one document per key: reused results and lookups were written again for this film's steps only."""
    if flow is not None:
        copied = {"$or": [{"metadata.reused": True}, {f"metadata.{PASSING}": True}]}
        store.remove_docs({f"metadata.{FLOW}": flow, **copied})
