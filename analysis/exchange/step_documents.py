"""Documents of computations as an archive carries them, without module paths and places of one machine."""

import re
from datetime import datetime
from typing import Any

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.places import POTENTIAL, placeless

__all__ = ["KEY", "KINDS", "StepDocument", "job_of", "step_of"]

StepDocument = dict[str, Any]

KINDS = {
    name: f"lithicoat.{module}"
    for module, names in {
        "workflows.adhesion.documents": ("AdhesionDocument", "AdsorptionDocument", "ElectrodeDocument"),
        "workflows.films.annealing": ("AnnealDocument",),
        "workflows.films.building": ("BuildDocument",),
        "workflows.films.ensembles": ("EnsembleDocument", "Verdict"),
        "workflows.mechanics.elastic": ("ElasticDocument",),
        "workflows.mechanics.relaxation": ("RelaxDocument",),
        "workflows.mechanics.thermal": ("ThermalElasticDocument",),
        "workflows.oxygen.protection": ("ProtectionDocument",),
        "workflows.oxygen.reacting": ("UptakeDocument",),
        "workflows.oxygen.scavenging": ("ScavengingDocument",),
        "workflows.oxygen.vacancies": ("HostDocument", "SlabDocument", "VacancyDocument"),
        "workflows.potentials.environments": ("EnvironmentDocument",),
        "workflows.stability.documents": ("CathodeContactDocument", "StabilityDocument"),
        "workflows.transport.diffusion": ("DiffusionDocument", "LadderDocument"),
        "workflows.transport.migration_records": ("MigrationDocument",),
        "workflows.transport.vacant": ("VacantDocument",),
        "workflows.volumes.documents": ("VolumeDocument",),
    }.items()
    for name in names
}
"""What a computation behind a record may leave, and the module that knows its form."""
FACTS = {"coating": str, "campaign": str, "sha256": str, "protocol": str, "seed": int}
FIELDS = {"key", "kind", "name", "uuid", "completed_at", "seconds", "output", *FACTS}
KEY = re.compile(r"[0-9a-f]{64}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TRAJECTORY = re.compile(r"[0-9a-f]{64}/\w[\w.-]*")
LONGEST_NAME = 200


def step_of(job: dict[str, Any]) -> StepDocument:
    """Return the document of a finished job of the database as an archive carries it.

    Where the weights of a potential lay on the machine that computed is left out.

    Raises
    ------
    DataError
        If the job is none that stands behind a record.
    """
    facts, output = job["metadata"], job.get("output")
    if not output or not all(job.get(name) for name in ("name", "uuid", "completed_at")):
        raise DataError(
            f"the step {job.get('name')} of {facts.get('coating')} left half a document",
            hint="lithicoat db check names all such documents and what mends them",
        )
    kind = output.get("@class") if isinstance(output, dict) else None
    if kind not in KINDS or output.get("@module") != KINDS[kind]:
        raise DataError(
            f"the step {job.get('name')} left a document of an unknown kind, {kind}",
            hint="an archive without it: --without-steps",
        )
    step: StepDocument = {name: facts[name] for name in FACTS if facts.get(name) is not None}
    step |= {"key": facts["key"], "kind": kind, "name": job["name"], "uuid": job["uuid"]}
    step |= {"completed_at": str(job["completed_at"])}
    if isinstance(facts.get("seconds"), int | float):
        step["seconds"] = facts["seconds"]
    return {**step, "output": placeless(_classless(output))}


def job_of(step: StepDocument, place: str, *, origin: str | None) -> dict[str, Any]:
    """Return a checked document of an archive as the database keeps it.

    Parameters
    ----------
    step : dict
        Comes from anybody.
    place : str
        How messages name it.
    origin : str or None
        sha256 of the archive, kept as ``imported`` in the metadata; None if it comes from a database.

    Raises
    ------
    DataError
        If it is not a document of a known computation, or names files outside the database.
    """
    _check(step, place)
    module = KINDS[step["kind"]]
    facts = {name: step[name] for name in (*FACTS, "key", "seconds") if name in step}
    return {
        "uuid": step["uuid"],
        "index": 1,
        "output": {**step["output"], "@module": module, "@class": step["kind"], "@version": None},
        "completed_at": step["completed_at"],
        "metadata": facts if origin is None else {**facts, "imported": origin},
        "hosts": [],
        "name": step["name"],
        "@module": "jobflow.core.schemas",
        "@class": "JobStoreDocument",
        "@version": None,
    }


def _classless(value: Any) -> Any:
    """Leave out classes and modules."""
    if isinstance(value, dict):
        return {name: _classless(item) for name, item in value.items() if not name.startswith("@")}
    return [_classless(item) for item in value] if isinstance(value, list | tuple) else value


def _check(step: StepDocument, place: str) -> None:
    if strange := step.keys() - FIELDS:
        raise _refused(place, f"has an unknown field {min(strange)[:40]!r}")
    for name, form in (("key", KEY), ("uuid", UUID)):
        if not isinstance(step.get(name), str) or not form.fullmatch(step[name]):
            raise _refused(place, f"has no proper {name}")
    if step.get("kind") not in KINDS:
        raise DataError(
            f"{place} is of a kind that is not known here: {str(step.get('kind'))[:60]!r}",
            where=place,
            hint="a newer lithicoat may know it; export --without-steps leaves it out",
        )
    if not isinstance(step.get("output"), dict):
        raise _refused(place, "has no output")
    for name, kind in {**FACTS, "name": str}.items():
        if name in step and (not isinstance(step[name], kind) or len(str(step[name])) > LONGEST_NAME):
            raise _refused(place, f"has a wrong {name}")
    if not isinstance(step.get("seconds", 0.0), int | float) or step.get("seconds", 0.0) < 0:
        raise _refused(place, "has a wrong time of computation")
    try:
        datetime.fromisoformat(step["completed_at"])
    except (KeyError, TypeError, ValueError):
        raise _refused(place, "does not say when it was completed") from None
    _check_places(step["output"], place)


def _check_places(value: Any, place: str) -> None:
    """Refuse names of files, but for trajectories among the steps of a database."""
    if isinstance(value, list):
        for item in value:
            _check_places(item, place)
    elif isinstance(value, dict):
        if value.keys() == POTENTIAL and value["path"] is not None:
            raise _refused(place, f"names a file of weights, {str(value['path'])[:80]!r}")
        trajectory = value.get("trajectory")
        if isinstance(trajectory, str) and not TRAJECTORY.fullmatch(trajectory):
            raise _refused(place, f"names a file outside the database, {trajectory[:80]!r}")
        for item in value.values():
            _check_places(item, place)


def _refused(place: str, why: str) -> DataError:
    return DataError(f"{place} {why}", where=place, hint="ask those who wrote it for a new archive")
