"""Where the films of a campaign stand on FireWorks: its LaunchPad, with what the job store adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lithicoat.analysis.mongodb import MongoDatabase, explained
from lithicoat.analysis.records import CampaignRecord
from lithicoat.workflows.cluster.categories import SEPARATOR
from lithicoat.workflows.marks import Mark
from lithicoat.workflows.standing import Engine, FilmState, Standing, StepState

__all__ = ["Launched", "QueuedFilm", "launchpad_films", "queued_films"]

Document = dict[str, Any]
FIREWORK = dict.fromkeys(
    (
        "fw_id",
        "name",
        "state",
        "launches",
        "spec._allow_fizzled_parents",
        "spec._tasks.job.uuid",
        "spec._tasks.job.name",
    ),
    1,
)
LAUNCH = dict.fromkeys(
    (
        "launch_id",
        "fw_id",
        "state",
        "host",
        "state_history.state",
        "state_history.created_on",
        "state_history.updated_on",
        "action.stored_data.reused",
        "action.stored_data._exception._stacktrace",
    ),
    1,
)
SPARSE = 2
"""A span of ids is asked for as one if it is at most so many times as long as there are ids wanted."""
PAUSED = {"PAUSED": "paused", "DEFUSED": "taken out of the queue", "ARCHIVED": "archived"}


@dataclass(frozen=True)
class Launched:
    """One Firework with its last launch.

    Parameters
    ----------
    fw_id : int
        Id of the Firework.
    step : str
        Name of the step.
    uuid : str
        uuid of its job; parts of a step that was cut into several Fireworks share it.
    state : str
        READY, RUNNING, COMPLETED… of FireWorks.
    launch : dict
        The last launch; empty before the first.
    tolerant : bool
        Whether it runs although steps before it failed.
    """

    fw_id: int
    step: str
    uuid: str
    state: str
    launch: Document
    tolerant: bool

    def time_of(self, state: str, moment: str) -> datetime | None:
        """Return when a launch was in a state: `created_on` for the first time, `updated_on` for the last."""
        for entry in self.launch.get("state_history", ()):
            if entry["state"] == state and entry.get(moment):
                return _time(entry[moment])
        return None

    @property
    def stacktrace_end(self) -> str:
        """Return the last line of what was raised; empty if nothing was."""
        stored = (self.launch.get("action") or {}).get("stored_data") or {}
        lines = ((stored.get("_exception") or {}).get("_stacktrace") or "").strip().splitlines()
        return lines[-1].strip() if lines else ""


@dataclass(frozen=True)
class QueuedFilm:
    """The newest workflow of a film.

    Parameters
    ----------
    coating : str
        Id of the film.
    fireworks : dict
        Its Fireworks by id, ascending; the later parts of a step that was cut have the higher ids.
    parents : dict
        Ids of the Fireworks that each one waits for.
    """

    coating: str
    fireworks: dict[int, Launched]
    parents: dict[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def counted_down(self) -> bool:
        """Whether the first step has the highest id: a workflow that was added alone is numbered so."""
        links = [(child, parent) for child, parents in self.parents.items() for parent in parents]
        return sum(1 if child < parent else -1 for child, parent in links) > 0

    def followers(self, fw_id: int) -> set[int]:
        """Return all Fireworks that wait for one, directly or through others."""
        found: set[int] = set()
        new = {fw_id}
        while new:
            new = {child for child, parents in self.parents.items() if new & set(parents)} - found
            found |= new
        return found


def launchpad_films(
    where: MongoDatabase,
    campaign: CampaignRecord,
    *,
    failures: Mapping[str, Mapping[str, str]],
    marks: Sequence[Mark],
    expiration_s: float,
) -> dict[str, FilmState]:
    """Return where the films of a campaign stand that were sent to FireWorks.

    Parameters
    ----------
    where : MongoDatabase
        The database of LaunchPad and job store.
    campaign : CampaignRecord
        Which films, with which potential, protocol and seed.
    failures : mapping
        Step → reason by film, from the job store.
    marks : sequence of Mark
        What running steps tell of their progress.
    expiration_s : float
        A run without a ping for so long is lost, s.
    """
    by_uuid = {mark.uuid: mark for mark in marks}
    films = queued_films(where, campaign)
    oldest = datetime.now(UTC) - timedelta(seconds=expiration_s)
    return {
        film.coating: _film(film, failures.get(film.coating, {}), by_uuid, oldest=oldest) for film in films
    }


def queued_films(where: MongoDatabase, campaign: CampaignRecord) -> list[QueuedFilm]:
    """Return the workflows of a campaign, of each film the newest."""
    with explained(where):
        known = where.collection("workflows").find(
            {"metadata.campaign": campaign.name}, {"metadata": 1, "nodes": 1, "parent_links": 1}
        )
        newest = {}
        for workflow in sorted(known, key=lambda workflow: max(workflow["nodes"])):
            facts = workflow["metadata"]
            coating = facts.get("coating", "")
            numbers = {
                "sha256": campaign.sha256_of(coating),
                "protocol": campaign.protocol,
                "seed": campaign.seed,
            }
            if numbers.items() <= facts.items():
                newest[coating] = workflow
        nodes = [node for workflow in newest.values() for node in workflow["nodes"]]
        of_nodes = {"fw_id": _among(nodes)}
        fireworks = {
            found["fw_id"]: found for found in where.collection("fireworks").find(of_nodes, FIREWORK)
        }
        launches = {
            found["launch_id"]: found for found in where.collection("launches").find(of_nodes, LAUNCH)
        }
    return [_queued(coating, workflow, fireworks, launches) for coating, workflow in newest.items()]


def _among(nodes: list[int]) -> Document:
    """Return a condition that holds for all of these ids; a span, if few others lie in it."""
    if nodes and max(nodes) - min(nodes) < SPARSE * len(nodes):
        return {"$gte": min(nodes), "$lte": max(nodes)}
    return {"$in": nodes}


def _queued(
    coating: str, workflow: Document, fireworks: dict[int, Document], launches: dict[int, Document]
) -> QueuedFilm:
    parents = {int(node): tuple(before) for node, before in workflow.get("parent_links", {}).items()}
    found = {
        node: _launched(fireworks[node], launches) for node in sorted(workflow["nodes"]) if node in fireworks
    }
    return QueuedFilm(coating=coating, fireworks=found, parents=parents)


def _launched(firework: Document, launches: dict[int, Document]) -> Launched:
    tasks = firework.get("spec", {}).get("_tasks") or [{}]
    job = tasks[0].get("job") or {}
    last = max(firework.get("launches") or [0])
    return Launched(
        fw_id=firework["fw_id"],
        step=job.get("name") or firework["name"].rpartition(SEPARATOR)[2],
        uuid=job.get("uuid") or str(firework["fw_id"]),
        state=firework["state"],
        launch=launches.get(last, {}),
        tolerant=bool(firework.get("spec", {}).get("_allow_fizzled_parents")),
    )


def _film(
    film: QueuedFilm, failures: Mapping[str, str], marks: Mapping[str, Mark], *, oldest: datetime
) -> FilmState:
    """Put the parts of each step together: the newest tells where the step stands."""
    blocked = _blocked(film, failures)
    newest = {firework.uuid: firework for firework in film.fireworks.values()}
    first = {firework.uuid: firework.fw_id for firework in reversed(film.fireworks.values())}
    steps, recorded = [], False
    for uuid in sorted(newest, key=first.__getitem__, reverse=film.counted_down):
        firework = newest[uuid]
        if firework.step == "record":
            recorded = firework.state == "COMPLETED"
            continue
        if firework.fw_id in blocked:
            reason = f"{blocked[firework.fw_id]} before it failed"
            state = StepState(step=firework.step, standing=Standing.BLOCKED, reason=reason)
        else:
            state = _step(firework, failures, marks.get(uuid), oldest=oldest)
        steps.append(state.model_copy(update={"fw_id": firework.fw_id}))
    finished = (step.step for step in steps if step.standing in {Standing.FINISHED, Standing.REUSED})
    return FilmState(
        coating=film.coating,
        engine=Engine.FIREWORKS,
        recorded=recorded,
        finished=tuple(finished),
        failures={step.step: step.reason for step in steps if step.standing is Standing.FAILED},
        steps=tuple(steps),
    )


def _step(
    firework: Launched, failures: Mapping[str, str], mark: Mark | None, *, oldest: datetime
) -> StepState:
    step, launch = firework.step, firework.launch
    stored = (launch.get("action") or {}).get("stored_data") or {}
    match firework.state:
        case "COMPLETED":
            return StepState(
                step=step, standing=Standing.REUSED if stored.get("reused") else Standing.FINISHED
            )
        case "RUNNING":
            return _running(firework, mark, oldest=oldest)
        case "FIZZLED":
            reason = failures.get(step) or firework.stacktrace_end or "its process was given up as lost"
            return StepState(step=step, standing=Standing.FAILED, reason=reason, host=launch.get("host"))
        case paused if paused in PAUSED:
            return StepState(step=step, standing=Standing.BLOCKED, reason=PAUSED[paused])
        case _:
            return StepState(step=step, standing=Standing.WAITING)


def _running(firework: Launched, mark: Mark | None, *, oldest: datetime) -> StepState:
    """Tell a run that lives from one that does not: by its pings, or by the progress it still notes."""
    signs = [firework.time_of("RUNNING", "updated_on"), mark.seen if mark else None]
    seen = max((sign for sign in signs if sign is not None), default=None)
    progress = mark.model_dump(include={"done", "total", "unit"}) if mark else {}
    facts = {"step": firework.step, "host": firework.launch.get("host"), "seen": seen, **progress}
    began = firework.time_of("RUNNING", "created_on")
    if seen is None or seen > oldest:
        return StepState(standing=Standing.RUNNING, since=began, **facts)
    reason = f"no sign of life since {seen.astimezone():%Y-%m-%d %H:%M}"
    return StepState(standing=Standing.LOST, reason=reason, since=began, **facts)


def _blocked(film: QueuedFilm, failures: Mapping[str, str]) -> dict[int, str]:
    """Return the Fireworks that cannot run because a step before them failed, with the name of that step."""
    found: dict[int, str] = {}
    changed = True
    while changed:
        changed = False
        for node, firework in film.fireworks.items():
            if node in found or not _may_be_blocked(firework, failures):
                continue
            for parent in film.parents.get(node, ()):
                before = film.fireworks.get(parent)
                fizzled = before is not None and before.state == "FIZZLED"
                stopped = fizzled and not (firework.tolerant and firework.state == "WAITING")
                if before is not None and (parent in found or stopped):
                    found[node] = found.get(parent, before.step)
                    changed = True
                    break
    return found


def _may_be_blocked(firework: Launched, failures: Mapping[str, str]) -> bool:
    """Tell a step that waits, or failed for want of an input, from one with a failure of its own."""
    return firework.state == "WAITING" or (firework.state == "FIZZLED" and firework.step not in failures)


def _time(text: Any) -> datetime:
    """Read a time of FireWorks, which is in UTC whether it says so or not."""
    time = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
