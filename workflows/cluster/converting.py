"""The flow of a film as a FireWorks workflow: names, categories, priorities, resources."""

from typing import Any

from fireworks import Workflow
from jobflow import Flow
from jobflow.managers.fireworks import flow_to_workflow

from lithicoat.workflows.cluster.categories import Category, category_of
from lithicoat.workflows.cluster.tasks import FLOW, StepTask, name_of

__all__ = ["workflow_of"]

LAST = 5
"""Priority of steps at the end of a film: films that are nearly done are finished before others begin."""


def workflow_of(
    flow: Flow, where: str, *, priority: int = 0, gpus: bool = False, worker: str | None = None
) -> Workflow:
    """Turn the flow of one film into a workflow by jobflow's own converter.

    Parameters
    ----------
    flow : Flow
        All steps of a film.
    where : str
        URI of the database that the steps read and write, without a password.
    priority : int
        Of the first steps; later ones of a film come before the first ones of others.
    gpus : bool
        Whether steps with long dynamics wait for a worker with a GPU.
    worker : str, optional
        Name of the only workers that take its steps.

    Returns
    -------
    Workflow
        One Firework per step, named `LiGL · diffusion 900 K`.
    """
    flow.update_metadata({FLOW: flow.uuid})
    workflow = flow_to_workflow(flow)
    places = {job.uuid: place for place, job in enumerate(flow.jobs)}
    for firework in workflow.fws:
        job = firework.tasks[0]["job"]
        firework.tasks = [StepTask(job=job, store=where)]
        firework.name = name_of(job)
        firework.spec["_allow_fizzled_parents"] = True  # else a record waits for ever for what failed early
        firework.spec |= _spec(job.name, places[job.uuid] / len(places), priority, gpus=gpus)
        if worker is not None:
            firework.spec["_fworker"] = worker
    workflow.name = f"{flow.name} [{flow.jobs[0].metadata['campaign']}]"
    workflow.metadata = {**flow.jobs[-1].metadata, "steps": len(workflow.fws)}
    return workflow


def _spec(step: str, progress: float, priority: int, *, gpus: bool) -> dict[str, Any]:
    category = category_of(step) if gpus else Category.CPU
    return {"_category": category.value, "_priority": priority + round(LAST * progress)}
