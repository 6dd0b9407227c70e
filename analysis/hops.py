"""The gate before any diffusivity: whether the ions diffused at all, and by how many hops.

A regression that forbids negative slopes gives every vibrating solid a diffusivity. So hops are counted
first, from positions averaged over the vibrations, and the run must show enough of them.
"""

from itertools import pairwise

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.displacements import Floats, averaged_positions, block_frames
from lithicoat.analysis.properties import Bound, Property

__all__ = ["MIN_EVENTS", "DiffusionEvidence", "count_hops", "diffusion_seen", "diffusivity_bound"]

MIN_EVENTS = 20
HOP_FRACTION = 0.7  # of a site spacing: beyond the saddle point at 0.5, short of the next site
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


def count_hops(sites: Floats, *, site_spacing_A: float) -> int:
    """Count the moves of ions to new sites.

    An ion has hopped when its mean position lies more than 0.7 site spacings from its site in two
    consecutive blocks; its site is the mean of all positions since it came there. A hop back counts too, an
    excursion of less than two blocks does not, and a faster hopper is counted once per two blocks.

    Parameters
    ----------
    sites : numpy.ndarray, shape (blocks, ions, 3)
        Positions averaged over vibrations, Å.
    site_spacing_A : float
        Distance between neighbouring sites, Å.
    """
    limit = HOP_FRACTION * site_spacing_A
    site, visits, hops = np.array(sites[0], dtype=float), np.ones(sites.shape[1]), 0
    for now, after in pairwise(sites[1:]):
        left = np.linalg.norm(now - site, axis=1) > limit
        hopped = left & (np.linalg.norm(after - site, axis=1) > limit)
        hops += int(hopped.sum())
        site[hopped], visits[hopped] = after[hopped], 1
        visits[~left] += 1
        site[~left] += (now - site)[~left] / visits[~left, None]
    return hops


def diffusion_seen(ions: Floats, *, frame_interval_ps: float, site_spacing_A: float) -> DiffusionEvidence:
    """Count the events of diffusion in a run.

    "At least 20 hops per site-spacing² of total MSD" is read as: the squared displacement over the run,
    summed over the ions, is worth at least 20 hops of one site spacing, and as many hops were counted.
    Ions that rattle between a few sites hop often but do not get anywhere; both numbers and the growth of
    the displacement are therefore asked for.

    Parameters
    ----------
    ions : numpy.ndarray, shape (frames, ions, 3)
        Drift-free positions of the mobile ions, Å.
    frame_interval_ps : float
        Time between frames, ps.
    site_spacing_A : float
        Distance between neighbouring sites, Å.
    """
    sites = averaged_positions(ions, block=block_frames(len(ions), frame_interval_ps=frame_interval_ps))
    early = len(sites) // 4
    late = 2 * early
    at_early = _mean_squared(sites, early)
    at_late = _mean_squared(sites, late)
    over_run = at_late * len(sites) / late
    return DiffusionEvidence(
        hops=count_hops(sites, site_spacing_A=site_spacing_A),
        displaced=sites.shape[1] * over_run / site_spacing_A**2,
        growth=1 - at_early / at_late if at_late > 0 else 0.0,
    )


def _mean_squared(sites: Floats, lag: int) -> float:
    return float(np.mean(np.sum((sites[lag:] - sites[:-lag]) ** 2, axis=2)))


def diffusivity_bound(
    evidence: DiffusionEvidence, *, site_spacing_A: float, duration_ps: float, ions: int
) -> Property:
    """Return the bound that a run without enough events sets: D < d²/(6 t N) · (events + 1).

    It is one event above what was seen. That holds nearly always for the first few events; by the Poisson
    scatter of the count, the true value lies above it in about four of ten runs with eight events or more.

    Parameters
    ----------
    evidence : DiffusionEvidence
        What the run showed.
    site_spacing_A, duration_ps : float
        Site spacing d in Å and length t of the run in ps.
    ions : int
        Number N of mobile ions.
    """
    bound_A2_ps = site_spacing_A**2 / (6 * duration_ps * ions) * (evidence.events + 1)
    return Property(
        value=bound_A2_ps * 1e-4,  # 1 Å²/ps = 1e-16 cm² / 1e-12 s
        unit="cm2/s",
        bound=Bound.UPPER,
        flags=(evidence.reason,),
    )
