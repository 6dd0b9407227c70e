"""What a database holds of each campaign: films, steps, failures, and what runs now."""

import fcntl
import os
import socket
from collections import defaultdict
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lithicoat.analysis.database import open_collection, read_campaigns
from lithicoat.analysis.mongodb import MongoDatabase, Where, explained, located
from lithicoat.analysis.records import CampaignRecord
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.estimating import rest_of, run_times
from lithicoat.workflows.marks import Mark
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.standing import CampaignState, Engine, FilmState, Standing, StepState

__all__ = ["Findings", "survey", "survey_of"]

Document = dict[str, Any]
SEEN = dict.fromkeys(
    (
        "uuid",
        "name",
        "completed_at",
        "metadata.coating",
        "metadata.campaign",
        "metadata.sha256",
        "metadata.protocol",
        "metadata.seed",
        "metadata.seconds",
        "metadata.reused",
        "failure.step",
        "failure.coating",
        "failure.campaign",
        "failure.reason",
        "running",
    ),
    1,
)


@dataclass
class Findings:
    """What the job store says of the steps of all campaigns.

    Parameters
    ----------
    jobs : dict
        Documents of finished steps by coating.
    failures : dict
        Step → reason by (campaign, coating).
    marks : list of Mark
        Steps that run, or ran when their process was killed.
    """

    jobs: dict[str, list[Document]] = field(default_factory=lambda: defaultdict(list))
    failures: dict[tuple[str, str], dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    marks: list[Mark] = field(default_factory=list)

    def add(self, document: Document) -> None:
        """Sort in one document of the job store."""
        if failure := document.get("failure"):
            self.failures[failure["campaign"], failure["coating"]][failure["step"]] = failure["reason"]
        elif running := document.get("running"):
            self.marks.append(Mark.model_validate(running))
        elif coating := (document.get("metadata") or {}).get("coating"):
            self.jobs[coating].append(document)

    def run_times(self, protocol: str) -> dict[str, float]:
        """Return what steps took that were computed with a protocol, by kind."""
        return run_times(
            (job["name"], job["metadata"]["seconds"])
            for jobs in self.jobs.values()
            for job in jobs
            if job["metadata"].get("protocol") == protocol
            and not job["metadata"].get("reused")
            and job["metadata"].get("seconds") is not None
        )


def survey(
    where: str | Where, *, campaign: str | None = None, expiration_s: float | None = None
) -> list[CampaignState]:
    """Read the state of the campaigns of a database, the latest first.

    Parameters
    ----------
    where : str, Path or MongoDatabase
        Directory of an embedded database, or a MongoDB (as a str, its URI).
    campaign : str, optional
        Only this one.
    expiration_s : float, optional
        On FireWorks: a run without a ping for so long is lost; default as FireWorks is configured.

    Raises
    ------
    DataError
        If there is no database.
    UsageError
        If there is no such campaign.
    """
    where = located(where)
    campaigns = read_campaigns(where)
    if campaign is not None:
        campaigns = _named(campaigns, campaign)
    return _states(where, campaigns, expiration_s)


def survey_of(
    where: MongoDatabase, *, campaign: str | None, expiration_s: float
) -> tuple[CampaignRecord, CampaignState]:
    """Read the record and the state of one campaign of a MongoDB, by default of the latest.

    Raises
    ------
    UsageError
        If there is no such campaign, or none at all.
    """
    campaigns = read_campaigns(where)
    if campaign is not None:
        campaigns = _named(campaigns, campaign)
    if not campaigns:
        raise UsageError(f"{where} holds no campaign", where=str(where), hint="lithicoat submit sends one")
    (state,) = _states(where, campaigns[:1], expiration_s)
    return campaigns[0], state


def _states(
    where: Where, campaigns: Iterable[CampaignRecord], expiration_s: float | None
) -> list[CampaignState]:
    findings = Findings()
    with explained(where) if isinstance(where, MongoDatabase) else nullcontext():
        for document in open_collection(where, "jobs").find({}, SEEN):
            findings.add(document)
        logs = {log["film"]: log for log in open_collection(where, "films").find({})}
    held = None if isinstance(where, MongoDatabase) else _held(where)
    found = []
    for record in campaigns:
        films = _queued(where, record, findings, expiration_s)
        here = _Here(record, findings, open_collection(where, "records"), held=held)
        steps = [
            films.get(coating) or here.film(coating, logs.get(f"{record.name}/{coating}"))
            for coating in record.coatings
        ]
        found.append(_state(record, steps, findings, held=held))
    return found


def _named(campaigns: list[CampaignRecord], name: str) -> list[CampaignRecord]:
    chosen = [campaign for campaign in campaigns if campaign.name == name]
    if not chosen:
        names = ", ".join(campaign.name for campaign in campaigns) or "none"
        raise UsageError(
            f"there is no campaign {name} in this database", where="--campaign", hint=f"it has: {names}"
        )
    return chosen


def _queued(
    where: Where, record: CampaignRecord, findings: Findings, expiration_s: float | None
) -> dict[str, FilmState]:
    """Return the films of a campaign that were sent to FireWorks."""
    if not isinstance(where, MongoDatabase):
        return {}
    from lithicoat.workflows.cluster.pinging import pinging
    from lithicoat.workflows.cluster.survey import launchpad_films

    if expiration_s is None:
        expiration_s = pinging(None).expiration_s
    failures = {film: why for (name, film), why in findings.failures.items() if name == record.name}
    return launchpad_films(where, record, failures=failures, marks=findings.marks, expiration_s=expiration_s)


class _Here:
    """The films of a campaign that a process of this user runs, from the job store alone."""

    def __init__(
        self, record: CampaignRecord, findings: Findings, records: Any, *, held: bool | None
    ) -> None:
        self.record, self.findings, self.records, self.held = record, findings, records, held

    def film(self, coating: str, log: Document | None) -> FilmState:
        """Gather the steps with the campaign's potential, protocol and seed, whichever campaign ran them."""
        record = self.record
        same = {"sha256": record.sha256_of(coating), "protocol": record.protocol, "seed": record.seed}
        if log is not None and not same.items() <= log.items():
            log = None
        docs = [job for job in self.findings.jobs[coating] if same.items() <= job["metadata"].items()]
        docs.sort(key=lambda job: str(job.get("completed_at")))
        finished = {doc["name"]: doc["metadata"].get("campaign") == record.name for doc in docs}
        recorded = finished.pop("record", None) is not None
        if log is None and not recorded:  # a film that came from another database has its record alone
            recorded = self.records.find_one({"coating": coating, **same}, {"_id": 1}) is not None
        failures = dict(self.findings.failures[record.name, coating])
        marks = {m.step: m for m in self.findings.marks if (m.campaign, m.coating) == (record.name, coating)}
        outcomes = {item["step"]: item["outcome"] for item in log["outcomes"]} if log else {}
        planned = log["steps"] if log else [*finished, *failures, *marks]
        over = bool(log and log["ended"] and recorded)
        steps = []
        for step in dict.fromkeys(planned):
            if step == "record":
                continue
            if step in marks and step not in finished:
                steps.append(self._marked(marks[step]))
            elif step in finished or outcomes.get(step) in {Outcome.DONE.value, Outcome.REUSED.value}:
                mine = finished.get(step, outcomes.get(step) == Outcome.DONE.value)
                steps.append(StepState(step=step, standing=Standing.FINISHED if mine else Standing.REUSED))
            elif step in failures:
                steps.append(StepState(step=step, standing=Standing.FAILED, reason=failures[step]))
            elif over and failures:
                steps.append(
                    StepState(step=step, standing=Standing.BLOCKED, reason="a step before it failed")
                )
            elif over:  # a look-up, which leaves no document behind
                steps.append(StepState(step=step, standing=Standing.FINISHED))
            else:
                steps.append(StepState(step=step, standing=Standing.WAITING))
        return FilmState(
            coating=coating,
            engine=Engine.HERE,
            recorded=recorded,
            finished=tuple(
                step.step for step in steps if step.standing in {Standing.FINISHED, Standing.REUSED}
            ),
            failures=failures,
            steps=tuple(steps),
        )

    def _marked(self, mark: Mark) -> StepState:
        """Tell a running step from one whose process was killed."""
        facts = mark.model_dump(include={"step", "host", "since", "seen", "done", "total", "unit"})
        if self.held is not False and _may_live(mark):
            return StepState(standing=Standing.RUNNING, **facts)
        reason = "its process is gone; the same lithicoat screen goes on from its last checkpoint"
        return StepState(standing=Standing.LOST, reason=reason, **facts)


def _may_live(mark: Mark) -> bool:
    """Tell whether the process of a mark may be alive; on another machine nobody can know."""
    if mark.host != socket.gethostname():
        return True
    try:
        os.kill(mark.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _state(
    record: CampaignRecord, films: Iterable[FilmState], findings: Findings, *, held: bool | None
) -> CampaignState:
    films = tuple(films)
    steps = [step for film in films for step in film.steps]
    rest = rest_of(steps, findings.run_times(record.protocol), now=datetime.now(UTC))
    return CampaignState(
        name=record.name,
        state=_summary(record, films, held=held),
        potential=record.potential,
        protocol=record.protocol,
        updated_at=record.updated_at,
        films=films,
        rest_s=rest.wall_s if rest.known else None,
        rest_steps_s=rest.steps_s if rest.known else None,
        unknown=rest.unknown,
    )


def _summary(record: CampaignRecord, films: Iterable[FilmState], *, held: bool | None) -> str:
    """Say in one word where a campaign stands."""
    standings = {step.standing for film in films for step in film.steps}
    queued = any(film.engine is Engine.FIREWORKS for film in films)
    if not queued and held is not None:
        return "interrupted" if record.state == "running" and not held else record.state
    if Standing.RUNNING in standings:
        return "running"
    if queued and Standing.WAITING in standings:
        return "waiting"
    if Standing.LOST in standings or Standing.WAITING in standings:
        return "interrupted"
    return "finished" if queued else record.state


def _held(directory: Path) -> bool:
    """Tell whether a living process owns the database."""
    try:
        with (directory / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
