"""Send a campaign to FireWorks: one workflow per film, each only once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lithicoat.analysis.mongodb import MongoDatabase
from lithicoat.workflows.campaign import Campaign, remember
from lithicoat.workflows.cluster.converting import workflow_of
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.storage import open_store, sibling
from lithicoat.workflows.thermochemistry.records import has_thermochemistry

if TYPE_CHECKING:
    from fireworks import LaunchPad

__all__ = ["Submission", "submit"]

AT_ONCE = 20
"""Workflows that are written together: few enough for constant memory."""
GONE = {"DEFUSED", "ARCHIVED", "FIZZLED"}
"""States of a workflow that another one of the same film may follow."""


@dataclass
class Submission:
    """What became of a campaign that was sent.

    Parameters
    ----------
    added : list of str
        Films whose workflows were written.
    there : dict of str to str
        Films that were sent before, with the state of their workflows.
    steps : int
        Steps that were written.
    """

    added: list[str]
    there: dict[str, str]
    steps: int


def submit(
    campaign: Campaign,
    where: MongoDatabase,
    launchpad: "LaunchPad",
    *,
    priority: int = 0,
    gpus: bool = False,
    worker: str | None = None,
) -> Submission:
    """Write the workflows of a campaign; films that are there already are left as they are.

    Parameters
    ----------
    campaign : Campaign
        What to compute.
    where : MongoDatabase
        The database.
    launchpad : LaunchPad
        That of the database.
    priority : int
        Films of a higher one come first.
    gpus : bool
        Whether steps with long dynamics wait for a worker with a GPU.
    worker : str, optional
        Name of the only workers that take its steps.
    """
    store = open_store(where)
    there = _there(launchpad, campaign)
    if any(coating.id not in there for coating in campaign.coatings):
        remember(sibling(store, "campaigns", index="name"), campaign, state="running")
    done = Submission([], there, 0)
    batch = []
    maker = {
        potential.sha256: ScreeningMaker(
            protocol=campaign.protocol, references=has_thermochemistry(potential, store)
        )
        for potential in {campaign.potential, *campaign.substitutes.values()}
    }
    for coating in campaign.coatings:
        if coating.id in there:
            continue
        potential = campaign.potential_of(coating)
        flow = maker[potential.sha256].make(coating, potential, seed=campaign.seed, campaign=campaign.name)
        batch.append(workflow_of(flow, where.uri, priority=priority, gpus=gpus, worker=worker))
        done.added.append(coating.id)
        done.steps += len(batch[-1].fws)
        if len(batch) == AT_ONCE:
            launchpad.bulk_add_wfs(batch)
            batch = []
    if batch:
        launchpad.bulk_add_wfs(batch)
    return done


def _there(launchpad: "LaunchPad", campaign: Campaign) -> dict[str, str]:
    """Return the films of a campaign that have a workflow, with its state."""
    facts = {
        "metadata.campaign": campaign.name,
        "metadata.protocol": campaign.protocol.label,
        "metadata.seed": campaign.seed,
        "state": {"$nin": sorted(GONE)},
    }
    found = launchpad.workflows.find(facts, {"metadata": 1, "state": 1})
    wanted = {coating.id: campaign.potential_of(coating).sha256 for coating in campaign.coatings}
    return {
        film: document["state"]
        for document in found
        if wanted.get(film := document["metadata"]["coating"]) == document["metadata"]["sha256"]
    }
