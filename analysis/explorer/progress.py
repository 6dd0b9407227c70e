"""How the explorer is told where campaigns stand: by whoever runs them, in these terms."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

__all__ = ["CampaignStanding", "FilmStanding", "StandingNow", "StepStanding"]


class StepStanding(Protocol):
    """Where one step of a film stands."""

    @property
    def step(self) -> str:
        """Name of the step."""

    @property
    def standing(self) -> Any:
        """An enum whose value is finished, reused, running, waiting, failed, lost or blocked."""

    @property
    def reason(self) -> str:
        """Why it failed, was lost or is blocked."""

    @property
    def host(self) -> str | None:
        """Machine it runs on."""

    @property
    def since(self) -> datetime | None:
        """When it began to run."""

    @property
    def done(self) -> float | None:
        """Finished units of its present part."""

    @property
    def total(self) -> float | None:
        """Units of its present part."""

    @property
    def unit(self) -> str:
        """Unit of `done` and `total`."""


class FilmStanding(Protocol):
    """Where one film of a campaign stands."""

    @property
    def coating(self) -> str:
        """Id of the film."""

    @property
    def recorded(self) -> bool:
        """Whether the film has been through all its steps."""

    @property
    def steps(self) -> Sequence[StepStanding]:
        """All known steps, in the order they run."""


class CampaignStanding(Protocol):
    """Where a campaign stands."""

    @property
    def name(self) -> str:
        """Name of the campaign."""

    @property
    def state(self) -> str:
        """running, waiting, interrupted or finished."""

    @property
    def potential(self) -> str:
        """Name of the potential."""

    @property
    def protocol(self) -> str:
        """Label of the protocol."""

    @property
    def updated_at(self) -> datetime:
        """When the campaign was last sent, begun or ended."""

    @property
    def films(self) -> Sequence[FilmStanding]:
        """Its films."""

    @property
    def rest_s(self) -> float | None:
        """Estimated time until all steps have ended, s; None if that is not known."""


StandingNow = Callable[[], Sequence[CampaignStanding]]
"""Looks where all campaigns stand, the latest first."""
