"""How defects carry lithium through a crystal: its distinct hops and their barriers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from jobflow import Maker
from pydantic import BaseModel

from lithicoat.structures.crystals.sites import lithium_sites
from lithicoat.structures.crystals.symmetry import space_group
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import CarrierSpec
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.transport.defects import Interstitials, Study, Vacancies, frenkel_pair
from lithicoat.workflows.transport.migration_records import MigrationDocument

__all__ = ["MigrationMaker", "migration"]

D = TypeVar("D", bound=BaseModel)


@dataclass
class MigrationMaker(Maker):
    """Barriers of the hops of lithium through a crystal with one defect.

    Parameters
    ----------
    spec : CarrierSpec
        Cells, bands, and the assumptions of the defect model.
    name : str
        Name of the job.
    """

    spec: CarrierSpec
    name: str = "migration"

    @science_job(MigrationDocument, version="1")
    def make(self, model: Model, potential: PotentialRef) -> MigrationDocument:
        """Compute the hops of a crystal; see :func:`migration`."""
        return migration(model, potential, self.spec)


def migration(model: Model, potential: PotentialRef, spec: CarrierSpec) -> MigrationDocument:
    """Find the distinct hops of lithium in a crystal and compute their barriers.

    Every finished band is kept in the directory of the step, so that an interrupted one goes on.

    Parameters
    ----------
    model : Model
        A relaxed crystal, in any supercell.
    potential : PotentialRef
        What the barriers are computed with.
    spec : CarrierSpec
        Cells, bands and assumptions.

    Returns
    -------
    MigrationDocument
        A carrier of which no hop has a barrier is missing, with the reason.

    Raises
    ------
    StructureError
        If the crystal holds no lithium.
    """
    sites = lithium_sites(model.atoms)
    vacancies = Vacancies(Study(model.name, potential, spec, sites.cell), sites)
    missing: dict[str, str] = {}
    vacancy = _or_missing("vacancy", vacancies.document, missing)
    interstitial, frenkel = None, None
    if spec.interstitials:
        interstitials = Interstitials(vacancies.study, sites)
        interstitial = _or_missing("interstitial", interstitials.document, missing)
        frenkel = _or_missing("frenkel", lambda: frenkel_pair(vacancies, interstitials), missing)
    return MigrationDocument(
        formula=sites.cell.get_chemical_formula("metal"),
        space_group=space_group(sites.cell)[0],
        lithium_per_A3=len(sites.names) / float(sites.cell.get_volume()),
        spec=spec,
        vacancy=vacancy,
        interstitial=interstitial,
        frenkel=frenkel,
        missing=missing,
    )


def _or_missing(name: str, compute: Callable[[], D], missing: dict[str, str]) -> D | None:
    """Return what was computed; if it cannot be had, note why."""
    try:
        return compute()
    except (RunError, StructureError) as error:
        missing[name] = error.message
        return None
