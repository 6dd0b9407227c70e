"""The jobs that a film's stability takes: reference phases, a second relaxation where need be, two steps."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jobflow import Job, OutputReference

from lithicoat.structures.references.phases import CATHODE_ELEMENTS
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.mechanics.relaxation import RelaxMaker
from lithicoat.workflows.potentials.covering import covering
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import RelaxSpec
from lithicoat.workflows.stability.makers import ACID, CathodeContactMaker, StabilityMaker
from lithicoat.workflows.thermochemistry.records import references_for

__all__ = ["StabilityJobs", "cathode_potential", "stability_jobs"]


class StabilityJobs(NamedTuple):
    """Jobs in order, and what they give.

    Parameters
    ----------
    jobs : list of Job
        All of them.
    stability : OutputReference
        To a StabilityDocument.
    contact : OutputReference or None
        To a CathodeContactDocument; None where no potential here covers film and cathode together.
    """

    jobs: list[Job]
    stability: OutputReference
    contact: OutputReference | None


def stability_jobs(
    cells: Sequence[Job], potential: PotentialRef, elements: Iterable[str], relax: RelaxSpec
) -> StabilityJobs:
    """Wire the steps of a film's stability.

    Parameters
    ----------
    cells : sequence of Job
        Jobs that end in a relaxed cell of the film, one per replica.
    potential : PotentialRef
        The potential of these cells.
    elements : iterable of str
        Elements of the film.
    relax : RelaxSpec
        Limits of the relaxations with the potential that covers the cathode too, where it is another one.
    """
    own = set(elements)
    references = references_for(potential, sorted(own | {"Li"} | set(ACID)))
    references.name = "reference phases"
    stability = StabilityMaker().make([cell.output for cell in cells], references.output)
    jobs: list[Job] = [references, stability]
    other = cathode_potential(potential, own)
    if other is None:
        return StabilityJobs(jobs, stability.output, None)
    again = list(cells)
    if other.sha256 != potential.sha256:
        again = [RelaxMaker(spec=relax).make(cell.output.model, other) for cell in cells]
        for number, job in enumerate(again, start=1):
            job.name = f"relax by {other.id}" + ("" if number == 1 else f" #{number}")
        jobs += again
    with_cathode = references_for(other, sorted(own | CATHODE_ELEMENTS))
    with_cathode.name = f"reference phases with NMC811 by {other.id}"
    contact = CathodeContactMaker().make([job.output for job in again], with_cathode.output)
    return StabilityJobs([*jobs, with_cathode, contact], stability.output, contact.output)


def cathode_potential(potential: PotentialRef, elements: Iterable[str]) -> PotentialRef | None:
    """Return the potential that covers a film and NMC811 together; None if there is none here."""
    try:
        return covering(potential, {*elements, *CATHODE_ELEMENTS})
    except PotentialError:
        return None
