"""Jumps of ions from site to site: where each ion stayed, how far it jumped, how long it stayed."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.displacements import Floats
from lithicoat.analysis.transport.records import Jumps

__all__ = ["HOP_FRACTION", "Visits", "follow_ions", "jump_statistics", "poisson_limit"]

HOP_FRACTION = 0.7  # of a site spacing: beyond the saddle point at 0.5, short of the next site
CONFIDENCE = 0.95
_BINS = 20
_CM2_S = 1e-4  # of 1 Å²/ps


@dataclass(frozen=True, kw_only=True)
class Visits:
    """Stays of ions at sites, ordered by ion and then by time.

    Attributes
    ----------
    ion : numpy.ndarray, shape (visits,)
        Which ion.
    site_A : numpy.ndarray, shape (visits, 3)
        Mean position during the visit, Å.
    """

    ion: NDArray[np.int64]
    site_A: NDArray[np.float64]

    @property
    def hops(self) -> int:
        """Moves of an ion to a new site where it stayed, moves back counted."""
        return len(self.ion) - len(np.unique(self.ion))

    @property
    def lengths_A(self) -> NDArray[np.float64]:
        """Length of every hop, Å."""
        same = np.diff(self.ion) == 0
        return np.asarray(np.linalg.norm(np.diff(self.site_A, axis=0)[same], axis=1))

    @property
    def turn_back(self) -> bool:
        """Whether hops tend to undo the hop before: the mean cosine between them is negative at two sigma."""
        steps, same = np.diff(self.site_A, axis=0), np.diff(self.ion) == 0
        units = steps / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-12)
        pairs = same[1:] & same[:-1]
        cosines = np.einsum("ij,ij->i", units[1:], units[:-1])[pairs]
        return bool(len(cosines) and cosines.mean() < -2 / math.sqrt(3 * len(cosines)))

    def lasting(self, *, site_spacing_A: float) -> int:
        """Return how many hops are left when each hop back is struck out with the hop that it undoes."""
        left = 0
        for ion in np.unique(self.ion):
            path: list[NDArray[np.float64]] = []
            for site in self.site_A[self.ion == ion]:
                back = len(path) > 1 and np.linalg.norm(site - path[-2]) < HOP_FRACTION * site_spacing_A
                if back:
                    path.pop()
                else:
                    path.append(site)
            left += len(path) - 1
        return left


def follow_ions(sites: Floats, *, site_spacing_A: float) -> Visits:
    """Follow ions from site to site.

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
    limit2 = (HOP_FRACTION * site_spacing_A) ** 2
    ions = np.arange(sites.shape[1])
    site, stays = np.array(sites[0], dtype=float), np.ones(len(ions))
    who, where = [], []
    for now, after in pairwise(sites[1:]):
        off = now - site
        left = np.einsum("ij,ij->i", off, off) > limit2
        if left.any():
            beyond = after - site
            hopped = left & (np.einsum("ij,ij->i", beyond, beyond) > limit2)
            who.append(ions[hopped])
            where.append(site[hopped])
            site[hopped], stays[hopped] = after[hopped], 1
        stays[~left] += 1
        site[~left] += off[~left] / stays[~left, None]
    ion, position = np.concatenate((*who, ions)), np.concatenate((*where, site))
    order = np.argsort(ion, kind="stable")
    return Visits(ion=ion[order], site_A=position[order])


def poisson_limit(events: int) -> float:
    """Return the largest mean number of events under which so few are seen in one of twenty runs.

    The exact upper limit at 95 %, χ²(0.95; 2 (n + 1)) / 2 (Garwood, Biometrika 28, 437 (1936),
    doi:10.1093/biomet/28.3-4.437): 3.0 for no event, 4.7 for one.
    """
    return float(chi2.ppf(CONFIDENCE, 2 * (events + 1)) / 2)


def jump_statistics(
    visits: Visits, *, events: int, diffusivity: Property, duration_ps: float, ions: int, resolution_ps: float
) -> Jumps:
    """Summarise the jumps of a run.

    Parameters
    ----------
    visits : Visits
        Where the ions stayed.
    events : int
        Jumps that carried ions somewhere (`DiffusionEvidence.events`).
    diffusivity : Property
        Self-diffusivity of the same run, cm²/s.
    duration_ps : float
        Length of the run, ps.
    ions : int
        Number of mobile ions.
    resolution_ps : float
        Shortest visit that is seen, ps.

    Returns
    -------
    Jumps
        The residence time is the time of all ions over their jumps, or its lower bound at 95 % without any.
    """
    jumps, lengths = visits.hops, visits.lengths_A
    short = f"visits shorter than {resolution_ps:.2g} ps are not seen"
    if not jumps:
        residence = Property(
            value=ions * duration_ps / poisson_limit(0), unit="ps", bound=Bound.LOWER, flags=("no jump seen",)
        )
        none = "no jump seen"
        return Jumps(
            jumps=0,
            events=events,
            length=Property.missing("Å", none),
            residence=residence,
            correlation=Property.missing("1", none),
        )
    time_ps = ions * duration_ps / jumps
    counts, edges = np.histogram(lengths, bins=_BINS)
    return Jumps(
        jumps=jumps,
        events=events,
        length=Property(
            value=float(lengths.mean()),
            uncertainty=float(lengths.std(ddof=1)) / math.sqrt(jumps) if jumps > 1 else None,
            unit="Å",
        ),
        residence=Property(value=time_ps, uncertainty=time_ps / math.sqrt(jumps), unit="ps", flags=(short,)),
        correlation=_correlation(
            diffusivity, float(np.mean(lengths**2)) / (6 * time_ps) * _CM2_S, jumps, short
        ),
        length_edges_A=tuple(edges.tolist()),
        length_counts=tuple(counts.tolist()),
    )


def _correlation(diffusivity: Property, uncorrelated_cm2_s: float, jumps: int, flag: str) -> Property:
    if not (diffusivity.resolved and diffusivity.value and diffusivity.uncertainty):
        return Property.missing("1", "diffusivity not resolved")
    ratio = diffusivity.value / uncorrelated_cm2_s
    relative = math.hypot(diffusivity.uncertainty / diffusivity.value, 1 / math.sqrt(jumps))
    return Property(value=ratio, uncertainty=ratio * relative, unit="1", flags=(flag,))
