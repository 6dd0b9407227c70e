"""What a database holds of each campaign: films, steps, failures."""

import fcntl
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.database import open_collection, read_campaigns
from lithicoat.analysis.records import CampaignRecord

__all__ = ["CampaignState", "FilmState", "survey"]

Job = dict[str, Any]


class FilmState(BaseModel):
    """Where one film of a campaign stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coating: str
    recorded: bool = Field(description="True if the film has been through all its steps.")
    finished: tuple[str, ...] = Field(description="Names of the finished steps.")
    failures: dict[str, str] = Field(description="Step → reason.")


class CampaignState(BaseModel):
    """Where a campaign stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    state: str = Field(description="running, interrupted or finished.")
    potential: str
    protocol: str
    updated_at: datetime
    films: tuple[FilmState, ...]


def survey(directory: Path) -> list[CampaignState]:
    """Read the state of all campaigns of a database, the latest first.

    Raises
    ------
    DataError
        If there is no database.
    """
    jobs = list(open_collection(directory, "jobs").find({}, {"name": 1, "metadata": 1, "failure": 1}))
    held = _held(directory)
    return [_state(campaign, jobs, held=held) for campaign in read_campaigns(directory)]


def _state(campaign: CampaignRecord, jobs: list[Job], *, held: bool) -> CampaignState:
    state = "interrupted" if campaign.state == "running" and not held else campaign.state
    return CampaignState(
        name=campaign.name,
        state=state,
        potential=campaign.potential,
        protocol=campaign.protocol,
        updated_at=campaign.updated_at,
        films=tuple(_film(coating, campaign, jobs) for coating in campaign.coatings),
    )


def _film(coating: str, campaign: CampaignRecord, jobs: list[Job]) -> FilmState:
    """Gather the steps with the campaign's potential, protocol and seed, whichever campaign ran them."""
    same = {
        "sha256": campaign.sha256_of(coating),
        "protocol": campaign.protocol,
        "seed": campaign.seed,
    }
    mine = {"coating": coating, **same}.items()
    failed = {"coating": coating, "campaign": campaign.name}.items()
    steps = [job["name"] for job in jobs if mine <= (job.get("metadata") or {}).items()]
    failures = [job["failure"] for job in jobs if failed <= (job.get("failure") or {}).items()]
    return FilmState(
        coating=coating,
        recorded="record" in steps,
        finished=tuple(dict.fromkeys(step for step in steps if step != "record")),
        failures={failure["step"]: failure["reason"] for failure in failures},
    )


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
