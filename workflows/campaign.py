"""A Campaign: a named set of coatings, a potential and a protocol, run on this machine."""

import typing
from datetime import UTC, datetime
from typing import Any

from jobflow import Flow, JobStore, run_locally
from maggma.stores import MongoStore
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.database.schema import parsed_campaign
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.records import CampaignRecord
from lithicoat.structures.coating import Coating
from lithicoat.workflows import progress
from lithicoat.workflows.film_log import FilmLog
from lithicoat.workflows.locking import own_database
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.protocols import Protocol
from lithicoat.workflows.screening import ScreeningMaker
from lithicoat.workflows.steps import PASSING, run_alone
from lithicoat.workflows.storage import open_store, sibling
from lithicoat.workflows.thermochemistry.records import has_thermochemistry

__all__ = ["Campaign", "CampaignListener", "conclude", "remember", "run_campaign", "run_film", "run_jobs"]


class Campaign(BaseModel):
    """What a user runs, resumes, ranks and reports."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    coatings: tuple[Coating, ...] = Field(min_length=1)
    potential: PotentialRef
    substitutes: dict[str, PotentialRef] = Field(
        default_factory=dict, description="Potential by id of coating, where the first does not cover it."
    )
    protocol: Protocol
    seed: int = Field(ge=0)

    def potential_of(self, coating: Coating) -> PotentialRef:
        """Return the potential that computes a coating."""
        return self.substitutes.get(coating.id, self.potential)


class CampaignListener(typing.Protocol):
    """What a display of a campaign has to offer; films may run side by side."""

    def campaign_started(self) -> None:
        """Take note that the database is open and the first film is next."""

    def film_started(self, coating: str, steps: tuple[str, ...]) -> None:
        """Take note that a film begins, and which steps it will take."""

    def step_started(self, coating: str, step: str) -> None:
        """Take note that a step of a film begins."""

    def step_advanced(self, coating: str, label: str, done: float, total: float, unit: str) -> None:
        """Take note that `done` of `total` units of a film's running step are finished."""

    def step_ended(self, coating: str, step: str, outcome: Outcome) -> None:
        """Take note that a step of a film is over."""

    def film_ended(self, coating: str, failures: dict[str, str]) -> None:
        """Take note that a film is over; `failures` gives step → reason."""


def run_campaign(campaign: Campaign, db: Where, listener: CampaignListener, *, workers: int = 1) -> None:
    """Run a campaign on this machine; running it again resumes it.

    A film that fails keeps its failures in its record and the others go on.

    Parameters
    ----------
    campaign : Campaign
        What to run.
    db : Path or MongoDatabase
        The database.
    listener : CampaignListener
        Is told how far films and steps are.
    workers : int
        Films that run side by side, each in a process of its own; 1 runs them in this process.

    Raises
    ------
    UsageError
        If the database cannot be written or is in use by another process.
    """
    from lithicoat.workflows.workers import run_side_by_side

    store = open_store(db)
    with own_database(db, f"campaign {campaign.name}"):
        campaigns = sibling(store, "campaigns", index="name")
        remember(campaigns, campaign, state="running")
        listener.campaign_started()
        if workers > 1:
            run_side_by_side(campaign, db, listener, workers=workers)
        else:
            for coating in campaign.coatings:
                run_film(campaign, coating, store, listener)
        remember(campaigns, campaign, state="finished")


def run_film(campaign: Campaign, coating: Coating, store: JobStore, listener: CampaignListener) -> None:
    """Run all steps of one film in this process."""
    potential = campaign.potential_of(coating)
    maker = ScreeningMaker(protocol=campaign.protocol, references=has_thermochemistry(potential, store))
    flow = maker.make(coating, potential, seed=campaign.seed, campaign=campaign.name)
    listener.film_started(coating.id, tuple(job.name for job in flow.jobs))
    log = FilmLog(store, flow)
    with progress.listen(_OfFilm(coating.id, listener, log)), run_alone():
        responses = run_locally(flow, store=store, log=False)
    _discard_copies(store, flow)
    log.close()
    listener.film_ended(coating.id, _failures(store, flow) or _unexplained(flow, set(responses)))


def run_jobs(flow: Flow, db: Where, listener: progress.Listener | None) -> dict[str, Any]:
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
    store = open_store(db)
    with own_database(db, flow.name), progress.listen(listener), run_alone():
        responses = run_locally(flow, store=store, log=False, raise_immediately=True)
        _discard_copies(store, flow)
    return {uuid: by_index[max(by_index)].output for uuid, by_index in responses.items()}


class _OfFilm:
    """Adds the film to what its steps report, and writes down how they ended."""

    def __init__(self, coating: str, listener: CampaignListener, log: FilmLog) -> None:
        self.coating, self.listener, self.log = coating, listener, log

    def started(self, step: str) -> None:
        self.listener.step_started(self.coating, step)

    def advanced(self, label: str, done: float, total: float, unit: str) -> None:
        self.listener.step_advanced(self.coating, label, done, total, unit)

    def ended(self, step: str, outcome: Outcome) -> None:
        self.log.note(step, outcome)
        self.listener.step_ended(self.coating, step, outcome)


def remember(campaigns: MongoStore, campaign: Campaign, *, state: str) -> None:
    """Write the campaign down; films screened before under the same name and numbers stay in it."""
    same = {
        "name": campaign.name,
        "sha256": campaign.potential.sha256,
        "protocol": campaign.protocol.label,
        "seed": campaign.seed,
    }
    before = campaigns.query_one(same) or {}
    substitutes = {film: potential.sha256 for film, potential in campaign.substitutes.items()}
    films = [*before.get("coatings", []), *(coating.id for coating in campaign.coatings)]
    record = CampaignRecord(
        coatings=tuple(dict.fromkeys(films)),
        potential=campaign.potential.id,
        substitutes={**before.get("substitutes", {}), **substitutes},
        numbers=campaign.protocol.model_dump(mode="json"),
        state=state,
        **same,
    )
    campaigns.update(record.model_dump(mode="json"), key=["name"])


def conclude(store: JobStore, name: str) -> bool:
    """Write down that a campaign is finished, if every film of it has its record; return whether it is."""
    campaigns = sibling(store, "campaigns", index="name")
    found = campaigns.query_one({"name": name})
    if found is None:
        return False
    record = parsed_campaign(found, where=campaigns.name)
    of_films = {"coating": {"$in": list(record.coatings)}, "protocol": record.protocol, "seed": record.seed}
    records = sibling(store, "records", index="coating").query(of_films, properties=["coating", "sha256"])
    there = {film["coating"] for film in records if film["sha256"] == record.sha256_of(film["coating"])}
    if not there.issuperset(record.coatings):
        return False
    finished = record.model_copy(update={"state": "finished", "updated_at": datetime.now(UTC)})
    campaigns.update(finished.model_dump(mode="json"), key=["name"])
    return True


def _failures(store: JobStore, flow: Flow) -> dict[str, str]:
    """Return step → reason of what failed in a flow that has just run."""
    facts = flow.jobs[0].metadata
    query = {f"failure.{name}": facts[name] for name in ("coating", "campaign")}
    found = store.docs_store.query(query)
    return {document["failure"]["step"]: document["failure"]["reason"] for document in found}


def _unexplained(flow: Flow, finished: set[str]) -> dict[str, str]:
    """Return the steps that did not run though all steps before them did: their inputs could not be read."""
    lost = {}
    for job, parents in flow.iterflow():
        if job.uuid not in finished and finished.issuperset(parents):
            lost[job.name] = "its inputs could not be read from the database; run the campaign again"
    return lost


def _discard_copies(store: JobStore, flow: Flow) -> None:
    """Keep one document per key: a reused result was written again, and lookups, for this flow's later steps.

    Only documents of this flow go; films that run beside it may still need theirs.
    """
    copies = [job.uuid for job in flow.jobs if job.metadata.get("reused") or job.metadata.get(PASSING)]
    store.remove_docs({"uuid": {"$in": copies}})
    record = flow.jobs[-1]
    same = {
        f"metadata.{name}": record.metadata.get(name) for name in ("coating", "sha256", "protocol", "seed")
    }
    store.remove_docs({"name": "record", "uuid": {"$ne": record.uuid}, **same})
