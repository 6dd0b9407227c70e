"""The reference phases and corrections of a potential: shipped, or computed into the database."""

from functools import lru_cache
from importlib import resources

from jobflow import CURRENT_JOB, JobStore

from lithicoat.analysis.database import open_collection
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.storage import kept_of, sibling

__all__ = [
    "COLLECTION",
    "has_thermochemistry",
    "references_for",
    "remember",
    "tables_at",
    "thermochemistry_of",
]

COLLECTION = "thermochemistry"


def thermochemistry_of(potential: PotentialRef, store: JobStore | None = None) -> Thermochemistry:
    """Return the reference phases of a potential with their corrections.

    What `lithicoat references` computed into the database comes before what ships with the package, unless it
    is of fewer elements.

    Parameters
    ----------
    potential : PotentialRef
        The potential; its sha256 counts.
    store : JobStore, optional
        The database; without it only shipped records are found.

    Raises
    ------
    PotentialError
        If there is none.
    """
    found = kept_of(potential.sha256, Thermochemistry, store, COLLECTION)
    shipped = _shipped(potential.id)
    if shipped is not None and shipped.sha256 != potential.sha256:
        shipped = None
    chosen = _chosen(found, shipped)
    if chosen is not None:
        return chosen
    raise PotentialError(
        f"{potential.id} has no record of reference energies and corrections",
        where=potential.id,
        hint=f"compute it once: lithicoat references --potential {potential.path or potential.id}",
    )


def tables_at(where: str | Where) -> tuple[Thermochemistry, ...]:
    """Read all records of reference energies, of a database and shipped; no potential need be here.

    Parameters
    ----------
    where : str, Path or MongoDatabase
        Directory of an embedded database, or a MongoDB.

    Returns
    -------
    tuple of Thermochemistry
        One per potential, as :func:`thermochemistry_of` would choose it; those of the database first.

    Raises
    ------
    DataError
        If there is no database.
    """
    fields = Thermochemistry.model_fields
    collection = open_collection(where, COLLECTION)
    there = (
        COLLECTION in collection.database.list_collection_names()
    )  # asking what is not there would make it
    kept = {
        record.sha256: record
        for document in (collection.find({}) if there else ())
        for record in [
            Thermochemistry.model_validate({name: document[name] for name in fields if name in document})
        ]
    }
    files = resources.files("lithicoat.workflows").joinpath("data/thermochemistry").iterdir()
    names = sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json"))
    shipped = {record.sha256: record for name in names if (record := _shipped(name)) is not None}
    chosen = (_chosen(kept.get(sha256), shipped.get(sha256)) for sha256 in {**kept, **shipped})
    return tuple(record for record in chosen if record is not None)


def has_thermochemistry(potential: PotentialRef, store: JobStore) -> bool:
    """Tell whether a potential has reference phases, shipped or in the database."""
    try:
        thermochemistry_of(potential, store)
    except PotentialError:
        return False
    return True


def remember(record: Thermochemistry, store: JobStore) -> None:
    """Keep a record in the database, in place of an earlier one of its potential with no more elements."""
    records = sibling(store, COLLECTION, index="sha256")
    earlier = records.query_one({"sha256": record.sha256}, properties=["elements_eV"])
    if earlier is None or record.elements >= set(earlier["elements_eV"]):
        records.update(record.model_dump(mode="json"), key=["sha256"])


@science_job(Thermochemistry, version=None, kept=False)
def references_for(potential: PotentialRef, elements: list[str]) -> Thermochemistry:
    """Look up the reference phases made of these elements; later steps are keyed by what is found.

    Raises
    ------
    PotentialError
        If the potential has no record.
    """
    return thermochemistry_of(potential, CURRENT_JOB.store).restricted(elements)


def _chosen(kept: Thermochemistry | None, shipped: Thermochemistry | None) -> Thermochemistry | None:
    """Take what the database keeps, unless what ships is of more elements."""
    if kept is not None and (shipped is None or kept.elements >= shipped.elements):
        return kept
    return shipped


@lru_cache(maxsize=8)
def _shipped(name: str) -> Thermochemistry | None:
    path = resources.files("lithicoat.workflows").joinpath(f"data/thermochemistry/{name}.json")
    return Thermochemistry.model_validate_json(path.read_text("utf-8")) if path.is_file() else None
