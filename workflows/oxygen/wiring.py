"""The oxygen steps of a film that cost time: reactive dynamics, and the cathode's oxygen under the film."""

from collections.abc import Iterable, Sequence

from jobflow import Job

from lithicoat.analysis.oxygen.judging import CHARGED
from lithicoat.structures.coating import Coating
from lithicoat.structures.references.phases import CATHODE_ELEMENTS
from lithicoat.workflows.adhesion.jobs import adhesion_jobs
from lithicoat.workflows.oxygen.protection import ProtectionMaker
from lithicoat.workflows.oxygen.reacting import UptakeMaker
from lithicoat.workflows.potentials.covering import covering
from lithicoat.workflows.potentials.judging import guard_hash
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import Protocol

__all__ = ["crossing_job", "laid_on_cathode", "protection_job", "reacting_job"]


def reacting_job(cell: Job, potential: PotentialRef, *, protocol: Protocol, seed: int) -> Job:
    """Return the job that puts a slab of a relaxed cell under O2."""
    maker = UptakeMaker(spec=protocol.uptake, guard=guard_hash(potential))
    job: Job = maker.make(cell.output.model, potential, seed)
    return job


def laid_on_cathode(
    cells: Sequence[Job],
    elements: Iterable[str],
    potential: PotentialRef,
    *,
    protocol: Protocol,
    seed: int,
    coating: Coating | None = None,
) -> tuple[list[Job], Job, PotentialRef]:
    """Return the jobs that lay a film on charged NMC811, the last of them, and their potential.

    That potential covers film and cathode.

    Parameters
    ----------
    cells : sequence of Job
        Relaxations of the film's cells, by `potential`; the first one is taken.
    elements : iterable of str
        Elements of the film.
    potential : PotentialRef
        Potential of the film.
    protocol : Protocol
        All numbers.
    seed : int
        Seed of everything random.
    coating : Coating, optional
        What the film is, if it is one of the catalog.
    """
    there = set(elements)
    by = covering(potential, {*there, *CATHODE_ELEMENTS})
    found = adhesion_jobs(
        cells[:1],
        there,
        potential,
        protocol=protocol,
        targets=[f"NMC811@{CHARGED:g}(104)"],
        seed=seed,
        coating=coating,
    )
    laid = found.adhesion[0]
    return found.jobs[: found.jobs.index(laid) + 1], laid, by  # what lithium does on the film comes after


def protection_job(laid: Job, by: PotentialRef, *, protocol: Protocol) -> Job:
    """Return the job that takes oxygen out of the cathode under a film, and out of the bare one."""
    job: Job = ProtectionMaker(spec=protocol.adhesion, guard=guard_hash(by)).make(laid.output.interface, by)
    return job


def crossing_job(laid: Job, by: PotentialRef, *, protocol: Protocol, seed: int) -> Job:
    """Return the job that follows oxygen from the cathode into the film in reactive dynamics."""
    maker = UptakeMaker(spec=protocol.uptake, guard=guard_hash(by), name="oxygen crossing")
    job: Job = maker.make(laid.output.interface, by, seed)
    return job
