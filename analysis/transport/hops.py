"""The gate before any diffusivity: whether the ions diffused at all, and by how many hops.

A regression that forbids negative slopes gives every vibrating solid a diffusivity. So hops are counted
first, from positions averaged over the vibrations, and the run must show enough of them.
"""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.displacements import Floats
from lithicoat.analysis.transport.jumps import Visits, poisson_limit

__all__ = ["MIN_EVENTS", "DiffusionEvidence", "diffusion_seen", "diffusivity_bound"]

MIN_EVENTS = 20
MIN_GROWTH = 0.2  # a straight line through zero has 0.5, a plateau 0


class DiffusionEvidence(BaseModel):
    """What a run shows of diffusion, before any diffusivity."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hops: int = Field(ge=0, description="Moves of an ion to a new site where it stayed.")
    displaced: float = Field(
        ge=0, description="Squared displacement over the run, summed over the ions, in site spacings²."
    )
    growth: float = Field(
        description="1 - MSD(t/2) / MSD(t) with t half the run, vibrations averaged out: "
        "0.5 in diffusion, 0 on a plateau."
    )

    @property
    def events(self) -> int:
        """Hops that carried ions somewhere: the smaller of hops and squared displacement."""
        return min(self.hops, int(self.displaced))

    @property
    def seen(self) -> bool:
        """True if there are enough events and the displacement still grows."""
        return self.events >= MIN_EVENTS and self.growth >= MIN_GROWTH

    @property
    def reason(self) -> str:
        """Why no diffusivity can be given; empty if it can."""
        if self.seen:
            return ""
        if self.hops == 0:
            return "no diffusion seen"
        if self.hops < MIN_EVENTS:
            return f"too few hops: {self.hops}"
        if self.events < MIN_EVENTS:
            return f"too few hops: {self.events} ({self.hops} with those that went back)"
        return f"no diffusion seen: {self.hops} hops back and forth, the displacement does not grow"


def diffusion_seen(sites: Floats, *, visits: Visits, site_spacing_A: float) -> DiffusionEvidence:
    """Count the events of diffusion in a run.

    "At least 20 hops per site-spacing² of total MSD" is read as: the squared displacement over the run,
    summed over the ions, is worth at least 20 hops of one site spacing, and as many hops were counted.
    Ions that rattle between a few sites hop often but do not get anywhere; both numbers and the growth of
    the displacement are therefore asked for.

    Parameters
    ----------
    sites : numpy.ndarray, shape (blocks, ions, 3)
        Drift-free positions of the mobile ions, averaged over vibrations, Å.
    visits : Visits
        Where the ions stayed (`follow_ions`).
    site_spacing_A : float
        Distance between neighbouring sites, Å.
    """
    early = len(sites) // 4
    late = 2 * early
    at_early = _mean_squared(sites, early)
    at_late = _mean_squared(sites, late)
    over_run = at_late * len(sites) / late
    return DiffusionEvidence(
        hops=visits.hops,
        displaced=sites.shape[1] * over_run / site_spacing_A**2,
        growth=1 - at_early / at_late if at_late > 0 else 0.0,
    )


def _mean_squared(sites: Floats, lag: int) -> float:
    return float(np.mean(np.sum((sites[lag:] - sites[:-lag]) ** 2, axis=2)))


def diffusivity_bound(
    evidence: DiffusionEvidence, *, visits: Visits, site_spacing_A: float, duration_ps: float, ions: int
) -> Property:
    """Return the upper bound at 95 % that a run without enough events sets.

    D < d² / (6 t N) x n, where n is the exact Poisson upper limit for the number of events that were seen
    (`poisson_limit`): 3.0 for none, 30.2 for 20. The protocol's events + 1 is the limit of one event more;
    the true value lies above that in up to four of ten runs. Hops count as events unless a hop back undid
    them; ions that creep make no hops, so the squared displacement counts where it is worth more. d is the
    site spacing, or the root mean squared length of the hops where that is longer.

    Parameters
    ----------
    evidence : DiffusionEvidence
        What the run showed.
    visits : Visits
        Where the ions stayed.
    site_spacing_A, duration_ps : float
        Site spacing d in Å and length t of the run in ps.
    ions : int
        Number N of mobile ions.
    """
    length2_A2 = max(site_spacing_A**2, float(np.mean(visits.lengths_A**2)) if visits.hops else 0.0)
    worth = int(evidence.displaced * site_spacing_A**2 / length2_A2)
    events = max(worth, visits.lasting(site_spacing_A=site_spacing_A))
    bound_A2_ps = length2_A2 / (6 * duration_ps * ions) * poisson_limit(events)
    return Property(
        value=bound_A2_ps * 1e-4,  # 1 Å²/ps = 1e-16 cm² / 1e-12 s
        unit="cm2/s",
        bound=Bound.UPPER,
        flags=(evidence.reason,),
    )
