"""The oxygen that NMC811 offers: shipped, or computed into the database."""

from functools import cache
from importlib import resources

from jobflow import CURRENT_JOB, JobStore
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.offers import CathodeOxygen
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.structures.references.phases import CATHODE_ELEMENTS
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.covering import covering
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.storage import kept_of, sibling
from lithicoat.workflows.thermochemistry.records import thermochemistry_of

__all__ = ["COLLECTION", "KnownOxygen", "cathode_oxygen_for", "cathode_oxygen_of", "remember_oxygen"]

COLLECTION = "cathode_oxygen"


class KnownOxygen(BaseModel):
    """The cathode that a film is held against, with the reference phases of the same potential."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    oxygen: CathodeOxygen | None = Field(None, description="None if there is none; then the reason.")
    references: Thermochemistry | None = None
    reason: str = ""


def cathode_oxygen_of(potential: PotentialRef, store: JobStore | None = None) -> CathodeOxygen:
    """Return the oxygen of the cathode by a potential: from the database, else what ships.

    Raises
    ------
    PotentialError
        If there is none.
    """
    found = kept_of(potential.sha256, CathodeOxygen, store, COLLECTION)
    if found is not None:
        return found
    shipped = _shipped(potential.id)
    if shipped is not None and shipped.sha256 == potential.sha256:
        return shipped
    raise PotentialError(
        f"what oxygen NMC811 offers is not known by {potential.id}",
        where=potential.id,
        hint=f"compute it once: lithicoat scavenging --offer --potential {potential.path or potential.id}",
    )


def remember_oxygen(oxygen: CathodeOxygen, store: JobStore) -> None:
    """Keep the oxygen of a cathode in the database, in place of an earlier one by the same potential."""
    sibling(store, COLLECTION, index="sha256").update(oxygen.model_dump(mode="json"), key=["sha256"])


@science_job(KnownOxygen, version=None, kept=False)
def cathode_oxygen_for(potential: PotentialRef, elements: list[str]) -> KnownOxygen:
    """Look up the cathode's oxygen and the reference phases of a film of these elements beside it.

    They are by the film's potential if it covers the cathode too, else by the one that does. If one of the
    two is not known, the reason is told: a film can be judged without.
    """
    store = CURRENT_JOB.store
    try:
        by = covering(potential, {*elements, *CATHODE_ELEMENTS})
        oxygen = cathode_oxygen_of(by, store)
        references = thermochemistry_of(by, store)
    except PotentialError as error:
        return KnownOxygen(reason=error.message)
    return KnownOxygen(oxygen=oxygen, references=references.restricted({*elements, *oxygen.elements}))


@cache
def _shipped(potential: str) -> CathodeOxygen | None:
    path = resources.files("lithicoat.workflows").joinpath(f"data/oxygen/NMC811-{potential}.json")
    return CathodeOxygen.model_validate_json(path.read_text("utf-8")) if path.is_file() else None
