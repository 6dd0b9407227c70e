"""A Campaign: a named set of coatings, a potential and a protocol, run here one film after the other."""

from pathlib import Path
import typing
from typing import Any

from jobflow import Flow, JobStore, run_locally
from maggma.stores import MongoStore
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.records import CampaignRecord
from lithicoat.structures.coating import Coating
from lithicoat.workflows import progress
from lithicoat.workflows.locking import own_database
from lithicoat.workflows.potentials import PotentialRef
from lithicoat.workflows.protocols import Protocol
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.storage import open_store, sibling

__all__ = ["Campaign", "FilmListener", "run_campaign", "run_jobs"]


class Campaign(BaseModel):
    """What a user runs, resumes, ranks and reports."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    coatings: tuple[Coating, ...] = Field(min_length=1)
    potential: PotentialRef
    protocol: Protocol
    seed: int = Field(ge=0)


class FilmListener(progress.Listener, typing.Protocol):
    """A display of progress that also knows of films."""

    def campaign_started(self) -> None:
        """Take note that the database is open and the first film is next."""

    def film_started(self, coating: str, steps: tuple[str, ...]) -> None:
        """Take note that a film begins, and which steps it will take."""

    def film_ended(self, coating: str, failures: dict[str, str]) -> None:
        """Take note that a film is over; `failures` gives step → reason."""


def run_campaign(campaign: Campaign, directory: Path, listener: FilmListener) -> None:
    """Run a campaign in this process; running it again resumes it.

    A film that fails keeps its failures in its record and the others go on.

    Parameters
    ----------
    campaign : Campaign
        What to run.
    directory : Path
        The database directory.
    listener : FilmListener
        Is told how far films and steps are.

    Raises
    ------
    UsageError
        If the database cannot be written or is in use by another process.
    """
    store = open_store(directory)
    with own_database(directory, f"campaign {campaign.name}"), progress.listen(listener):
        campaigns = sibling(store, "campaigns", index="name")
        _remember(campaigns, campaign, state="running")
        listener.campaign_started()
        maker = ScreeningMaker(protocol=campaign.protocol)
        for coating in campaign.coatings:
            flow = maker.make(coating, campaign.potential, seed=campaign.seed, campaign=campaign.name)
            listener.film_started(coating.id, tuple(job.name for job in flow.jobs))
            run_locally(flow, store=store, log=False)
            _discard_copies(store, flow)
            listener.film_ended(coating.id, _failures(store, flow))
        _remember(campaigns, campaign, state="finished")


def run_jobs(flow: Flow, directory: Path, listener: progress.Listener) -> dict[str, Any]:
    """Run one flow in this process; finished steps of any campaign are reused.

    Returns
    -------
    dict of str to Any
        Outputs by the uuid of their job.

    Raises
    ------
    Exception
        Whatever the first failing step raised.
    """
    store = open_store(directory)
    with own_database(directory, flow.name), progress.listen(listener):
        responses = run_locally(flow, store=store, log=False, raise_immediately=True)
        _discard_copies(store, flow)
    return {uuid: by_index[max(by_index)].output for uuid, by_index in responses.items()}


def _remember(campaigns: MongoStore, campaign: Campaign, *, state: str) -> None:
    record = CampaignRecord(
        name=campaign.name,
        coatings=tuple(coating.id for coating in campaign.coatings),
        potential=campaign.potential.id,
        sha256=campaign.potential.sha256,
        protocol=campaign.protocol.label,
        numbers=campaign.protocol.model_dump(mode="json"),
        seed=campaign.seed,
        state=state,
    )
    campaigns.update(record.model_dump(mode="json"), key=["name"])


def _failures(store: JobStore, flow: Flow) -> dict[str, str]:
    """Return step → reason of what failed in a flow that has just run."""
    coating = flow.jobs[0].metadata["coating"]
    found = store.docs_store.query(
        {"failure.coating": coating, "failure.campaign": flow.jobs[0].metadata["campaign"]}
    )
    return {document["failure"]["step"]: document["failure"]["reason"] for document in found}


def _discard_copies(store: JobStore, flow: Flow) -> None:
    """Keep one document per key: a reused result has been written again under the new job's uuid."""
    for job in flow.jobs:
        if job.metadata.get("reused"):
            store.remove_docs({"metadata.key": job.metadata["key"], "uuid": {"$ne": job.uuid}})
