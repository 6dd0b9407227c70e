"""Where campaigns, films and steps stand, whichever engine runs them."""

import re
from datetime import datetime
from enum import Enum

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CampaignState", "Engine", "FilmState", "Standing", "StepState", "kind_of_step"]

NUMBERS = re.compile(r"( #\d+| by member \d+)+$")


class Engine(Enum):
    """What runs the steps of a film."""

    HERE = "screen"
    FIREWORKS = "fireworks"


class Standing(Enum):
    """Where a step stands."""

    FINISHED = "finished"
    REUSED = "reused"
    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"
    LOST = "lost"
    BLOCKED = "blocked"

    @property
    def open(self) -> bool:
        """Whether the step will still take time by itself."""
        return self in {Standing.RUNNING, Standing.WAITING}


class StepState(BaseModel):
    """Where one step of a film stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    standing: Standing = Field(
        description="finished; reused (computed for another film or campaign); running; waiting; failed; "
        "lost (its process is gone); blocked (a step before it failed, or it was paused)."
    )
    reason: str = Field("", description="Why it failed, was lost or is blocked.")
    host: str | None = Field(None, description="Machine it runs on, or was lost on.")
    since: datetime | None = Field(None, description="When it began to run.")
    seen: datetime | None = Field(None, description="Its last sign of life.")
    done: float | None = Field(None, description="Finished units of its present part.")
    total: float | None = Field(None, description="Units of its present part.")
    unit: str = Field("", description="Unit of `done` and `total`.")
    fw_id: int | None = Field(None, description="Id of its Firework, for the tools of FireWorks.")


class FilmState(BaseModel):
    """Where one film of a campaign stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coating: str
    engine: Engine = Engine.HERE
    recorded: bool = Field(description="True if the film has been through all its steps.")
    finished: tuple[str, ...] = Field(description="Names of the finished steps, reused ones among them.")
    failures: dict[str, str] = Field(description="Step → reason.")
    steps: tuple[StepState, ...] = Field((), description="All known steps, in the order they run.")

    def count(self, standing: Standing) -> int:
        """Return the number of steps that stand so."""
        return sum(step.standing is standing for step in self.steps)


class CampaignState(BaseModel):
    """Where a campaign stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    state: str = Field(description="running, waiting (in the queue), interrupted or finished.")
    potential: str
    protocol: str
    updated_at: datetime
    films: tuple[FilmState, ...]
    rest_s: float | None = Field(
        None,
        description="Estimated time until all steps have ended with as many at once as now, s; None if no "
        "step of these kinds has finished yet.",
    )
    rest_steps_s: float | None = Field(None, description="Estimated run time of all remaining steps, s.")
    unknown: int = Field(
        0, description="Remaining steps that the estimate leaves out: none like it finished."
    )

    def count(self, standing: Standing) -> int:
        """Return the number of steps of all films that stand so."""
        return sum(film.count(standing) for film in self.films)


def kind_of_step(step: str) -> str:
    """Return what a step is called in every replica: `diffusion 900 K` for `diffusion 900 K #2`."""
    return NUMBERS.sub("", step)
