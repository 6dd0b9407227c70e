"""Put steps back into the queue of FireWorks: those that failed, and those whose process is gone."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.mongodb import MongoDatabase, explained
from lithicoat.analysis.records import CampaignRecord
from lithicoat.workflows.cluster.launching import launchpad_at
from lithicoat.workflows.cluster.survey import QueuedFilm, queued_films
from lithicoat.workflows.standing import FilmState, Standing, StepState

if TYPE_CHECKING:
    from fireworks import LaunchPad

__all__ = ["Looked", "Retry", "retry"]


class Looked(BaseModel):
    """One step that a retry looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coating: str
    step: str
    standing: Standing = Field(description="failed or lost, before.")
    reason: str = Field(description="Why it had failed, was lost, or is left.")


class Retry(BaseModel):
    """What a retry did to a campaign."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    campaign: str
    again: tuple[Looked, ...] = Field(description="Steps that are in the queue again.")
    settled: tuple[Looked, ...] = Field(
        description="Steps that had ended when their process died: that is noted now."
    )
    left: tuple[Looked, ...] = Field(description="Steps that are left as they are.")


def retry(
    where: MongoDatabase,
    campaign: CampaignRecord,
    films: Sequence[FilmState],
    *,
    expiration_s: float,
    only_lost: bool = False,
) -> Retry:
    """Put the lost and the failed steps of some films back into the queue; those that are alive stay.

    Lost ones go first: what failed after them is put back with them. A failed step stays as it is while a
    step that follows it runs, since FireWorks would take that one back as well and it would run twice.

    Parameters
    ----------
    where : MongoDatabase
        The database of the LaunchPad.
    campaign : CampaignRecord
        Whose films.
    films : sequence of FilmState
        What was seen of them just now.
    expiration_s : float
        A run without a ping for so long is lost, s.
    only_lost : bool
        Leave the failed ones.
    """
    workflows = {film.coating: film for film in queued_films(where, campaign)}
    with explained(where):
        launchpad = launchpad_at(where)
        again, settled, left = _lost_again(launchpad, films, expiration_s=expiration_s)
        for film in films:
            for step in film.steps:
                if step.standing is not Standing.FAILED:
                    continue
                reason = (
                    "failed; without --lost it is put back too"
                    if only_lost
                    else _again(launchpad, workflows[film.coating], film, step)
                )
                (left if reason else again).append(_looked(film, step, reason or step.reason))
    return Retry(campaign=campaign.name, again=tuple(again), settled=tuple(settled), left=tuple(left))


def _lost_again(
    launchpad: "LaunchPad", films: Iterable[FilmState], *, expiration_s: float
) -> tuple[list[Looked], list[Looked], list[Looked]]:
    """Put lost steps back; FireWorks looks once more whether they are."""
    lost = [(film, step) for film in films for step in film.steps if step.standing is Standing.LOST]
    again: list[Looked] = []
    settled: list[Looked] = []
    left: list[Looked] = []
    if not lost:
        return again, settled, left
    _, gone, ended = launchpad.detect_lostruns(
        expiration_secs=expiration_s,
        rerun=True,
        refresh=True,
        query={"fw_id": {"$in": [step.fw_id for _, step in lost]}},
    )
    for film, step in lost:
        if step.fw_id in gone:
            again.append(_looked(film, step, step.reason))
        elif step.fw_id in ended:
            settled.append(_looked(film, step, "it had ended before its process was gone"))
        else:
            left.append(_looked(film, step, "it has given a sign of life again"))
    return again, settled, left


def _again(launchpad: "LaunchPad", workflow: QueuedFilm, film: FilmState, step: StepState) -> str:
    """Put one failed step back; say why not, if not."""
    from fireworks.core.launchpad import LockedWorkflowError

    followers = workflow.followers(step.fw_id or 0)
    for other in film.steps:
        if other.standing is Standing.RUNNING and other.fw_id in followers:
            return f"{other.step}, which follows it, still runs on {other.host}: retry when it has ended"
    found = launchpad.fireworks.find_one({"fw_id": step.fw_id}, {"state": 1})
    if found is None or found["state"] in {"READY", "RESERVED", "RUNNING", "COMPLETED"}:
        return "it was put back meanwhile"
    try:
        launchpad.rerun_fw(step.fw_id)
    except LockedWorkflowError:
        return "another process writes the workflow of this film: retry in a few minutes"
    return ""


def _looked(film: FilmState, step: StepState, reason: str) -> Looked:
    return Looked(coating=film.coating, step=step.step, standing=step.standing, reason=reason)
