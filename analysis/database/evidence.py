"""What the computations behind a record found: read from their documents when it is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from lithicoat.analysis.films.records import FilmStructure
from lithicoat.analysis.records import ScreeningRecord

if TYPE_CHECKING:  # each loads when such a document is read
    from lithicoat.analysis.films.rdf import MeanRdf
    from lithicoat.analysis.mechanics.elasticity import ElasticResult
    from lithicoat.analysis.oxygen.staircase import UptakeStep
    from lithicoat.analysis.thermochemistry.hulls import HullDistance
    from lithicoat.analysis.thermochemistry.interfaces import Contact
    from lithicoat.analysis.thermochemistry.windows import Window
    from lithicoat.analysis.transport.arrhenius import ArrheniusResult
    from lithicoat.analysis.transport.records import TemperatureResult

__all__ = ["Evidence", "StepDocument", "StoredModel", "StressStrain", "of_kind", "step_documents"]

Stored = TypeVar("Stored", bound=BaseModel)
FloatArray = NDArray[np.float64]
REPLICA = re.compile(r" #\d+$")


@dataclass(frozen=True)
class StepDocument:
    """What one computation left in the database.

    Parameters
    ----------
    key : str
        sha256 that names the computation.
    step : str
        Its name, such as ``relax`` or ``diffusion 700 K #2``.
    uuid : str
        Of the job that computed it.
    completed_at : str
        When, ISO time; empty if that was not written down.
    seconds : float or None
        How long it took, s.
    output : dict
        What it found.
    """

    key: str
    step: str
    uuid: str
    completed_at: str
    seconds: float | None
    output: dict[str, Any]


@dataclass(frozen=True, eq=False)
class StoredModel:
    """One cell of a film.

    Parameters
    ----------
    step : str
        Step that it comes from.
    name, kind : str
        Name of the film; crystal, amorphous or molecular.
    symbols : tuple of str
        Elements, one per atom.
    positions_A : numpy.ndarray, shape (atoms, 3)
        Cartesian positions, Å.
    cell_A : numpy.ndarray, shape (3, 3)
        Lattice vectors as rows, Å; periodic in all directions.
    seed : int or None
        Seed of a random cell.
    bonds : tuple of (int, int)
        Covalent bonds of a molecular film.
    recipe : dict
        How it was made.
    energy_eV : float or None
        Energy of the cell, eV, where the step computes one.
    """

    step: str
    name: str
    kind: str
    symbols: tuple[str, ...]
    positions_A: FloatArray
    cell_A: FloatArray
    seed: int | None
    bonds: tuple[tuple[int, int], ...]
    recipe: Mapping[str, Any]
    energy_eV: float | None


@dataclass(frozen=True, eq=False)
class StressStrain:
    """Elastic constants of one cell, with what they were fitted to.

    Parameters
    ----------
    step : str
        Step that it comes from.
    result : ElasticResult
        Tensor and moduli.
    strains, stresses_GPa : numpy.ndarray, shape (n, 3, 3)
        Strains of the cell, and stresses, GPa.
    """

    step: str
    result: "ElasticResult"
    strains: FloatArray
    stresses_GPa: FloatArray


@dataclass(frozen=True, eq=False)
class Evidence:
    """The computations behind one record; nothing is read before it is asked for.

    Parameters
    ----------
    record : ScreeningRecord
        The record.
    jobs : collection
        Documents of the computations, see :func:`open_collection`.
    """

    record: ScreeningRecord
    jobs: Any

    @cached_property
    def steps(self) -> tuple[StepDocument, ...]:
        """All documents that are there, in the order in which they were computed."""
        return step_documents(self.jobs, self.record)

    def of(self, kind: str) -> tuple[StepDocument, ...]:
        """Return the documents of one kind of step, such as ``relax`` or ``diffusion``: one per replica."""
        return tuple(step for step in self.steps if of_kind(step.step, kind))

    def models(self, kind: str = "relax") -> tuple[StoredModel, ...]:
        """Return the cells of a kind of step, ``relax``, ``anneal`` or ``build``: one per replica."""
        found = []
        for step in self.of(kind):
            cells = step.output.get("models") or [step.output.get("model")]
            energy = step.output.get("energy_eV")
            found += [_model(cell, step.step, energy_eV=energy) for cell in cells if cell]
        return tuple(found)

    def arrhenius(self) -> "dict[str, ArrheniusResult]":
        """Return the fits over temperatures by element; empty where nothing was followed."""
        from lithicoat.analysis.transport.arrhenius import ArrheniusResult  # noqa: PLC0415

        fits = self._first("diffusion fit", "arrhenius") or {}
        return {species: ArrheniusResult.model_validate(fit) for species, fit in fits.items()}

    def temperatures(self) -> "dict[str, tuple[TemperatureResult, ...]]":
        """Return by element what each run says, with its MSD; the coldest first."""
        from lithicoat.analysis.transport.records import TemperatureResult  # noqa: PLC0415

        found: dict[str, list[TemperatureResult]] = {}
        for run in self._first("diffusion fit", "temperatures") or []:
            for species, result in run["results"].items():
                found.setdefault(species, []).append(TemperatureResult.model_validate(result))
        return {
            species: tuple(sorted(runs, key=lambda run: run.temperature_K)) for species, runs in found.items()
        }

    def structure(self) -> FilmStructure | None:
        """Return the structure over the replicas; None for a crystal."""
        return _as(FilmStructure, self._first("ensemble", "structure"))

    def rdfs(self) -> "tuple[MeanRdf, ...]":
        """Return the radial distribution functions over the replicas, one per pair of elements.

        Their counts are not stored, and empty.
        """
        from lithicoat.analysis.films.rdf import MeanRdf  # noqa: PLC0415

        replicas = (self._first("ensemble", "structure") or {}).get("replicas", 0)
        return tuple(
            MeanRdf(
                center=curve["center"],
                neighbor=curve["neighbor"],
                radii_A=np.array(curve["radii_A"]),
                counts=np.empty(0),
                g=np.array(curve["g"]),
                standard_error=None if (error := curve["standard_error"]) is None else np.array(error),
                cells=replicas,
            )
            for curve in self._first("ensemble", "rdfs") or []
        )

    def elastic(self) -> tuple[StressStrain, ...]:
        """Return elastic constants with strains and stresses, one per replica."""
        from lithicoat.analysis.mechanics.elasticity import ElasticResult  # noqa: PLC0415

        return tuple(
            StressStrain(
                step=step.step,
                result=ElasticResult.model_validate(step.output["result"]),
                strains=np.array(step.output["strains"]),
                stresses_GPa=np.array(step.output["stresses_GPa"]),
            )
            for step in self.of("elastic")
            if "result" in step.output and "strains" in step.output
        )

    def hull(self) -> "HullDistance | None":
        """Return the distance from the hull of the competing phases."""
        from lithicoat.analysis.thermochemistry.hulls import HullDistance  # noqa: PLC0415

        return _as(HullDistance, self._first("stability", "hull"))

    def window(self) -> "Window | None":
        """Return the electrochemical window with its reactions."""
        from lithicoat.analysis.thermochemistry.windows import Window  # noqa: PLC0415

        return _as(Window, self._first("stability", "window"))

    def contacts(self) -> "tuple[Contact, ...]":
        """Return the reactions with what the film touches: lithium, HF, the cathode at each content."""
        from lithicoat.analysis.thermochemistry.interfaces import Contact  # noqa: PLC0415

        found = [self._first("stability", "lithium"), self._first("stability", "acid")]
        found += self._first("contact with NMC811", "contacts") or []
        return tuple(Contact.model_validate(contact) for contact in found if contact)

    def uptake(self) -> "tuple[UptakeStep, ...]":
        """Return the steps in which the film takes up oxygen, the potential rising."""
        from lithicoat.analysis.oxygen.staircase import UptakeStep  # noqa: PLC0415

        return tuple(UptakeStep.model_validate(step) for step in self._first("scavenging", "steps") or [])

    def scavenging(self) -> dict[str, Any] | None:
        """Return the document of scavenging whole: reactions, conditions, what the cathode offers."""
        return self._whole("scavenging")

    def migration(self) -> dict[str, Any] | None:
        """Return the hops of lithium in a crystal with their paths and barriers."""
        return self._whole("migration")

    def lithium_volume(self) -> tuple[dict[str, Any], ...]:
        """Return the cells with another lithium content, one document per replica."""
        return tuple(step.output for step in self.of("lithium volume"))

    def environments(self) -> dict[str, Any] | None:
        """Return how the film's surroundings compare with the training of the potential."""
        return self._whole("environments")

    def _whole(self, kind: str) -> dict[str, Any] | None:
        """Return the output of the first step of a kind; None where there is none."""
        return next((step.output for step in self.of(kind)), None)

    def _first(self, kind: str, part: str) -> Any:
        """Return a part of the output of the first step of a kind; None where there is none."""
        return (self._whole(kind) or {}).get(part)


def of_kind(step: str, kind: str) -> bool:
    """Tell whether a step is of a kind: ``relax #2`` is of ``relax``, ``relax by chgnet`` is not."""
    rest = REPLICA.sub("", step).removeprefix(kind)
    return step.startswith(kind) and (not rest or (rest.startswith(" ") and " by " not in rest))


def step_documents(jobs: Any, record: ScreeningRecord) -> tuple[StepDocument, ...]:
    """Return the documents of the computations behind a record, in the order in which they ran.

    A record before schema 2 does not name them: then those with its coating, potential, protocol and seed.
    """
    if record.steps:
        query: dict[str, Any] = {"metadata.key": {"$in": list(record.steps)}}
    else:
        same = {name: getattr(record, name) for name in ("coating", "sha256", "protocol", "seed")}
        query = {f"metadata.{name}": value for name, value in same.items()}
    found: dict[str, StepDocument] = {}
    for document in sorted(jobs.find(query), key=_by_time):
        key = document["metadata"].get("key")
        if key and isinstance(document.get("output"), dict):
            found.setdefault(key, _step(document, record.steps.get(key)))
    return tuple(found.values())


def _by_time(document: Mapping[str, Any]) -> tuple[bool, str]:
    """Return what sorts documents: the one that computed before those that found it finished."""
    return bool(document["metadata"].get("reused")), str(document.get("completed_at") or "")


def _step(document: Mapping[str, Any], name: str | None) -> StepDocument:
    metadata = document["metadata"]
    return StepDocument(
        key=metadata["key"],
        step=name or document.get("name", ""),
        uuid=document.get("uuid", ""),
        completed_at=str(document.get("completed_at") or ""),
        seconds=metadata.get("seconds"),
        output=document["output"],
    )


def _model(cell: Mapping[str, Any], step: str, *, energy_eV: float | None) -> StoredModel:
    return StoredModel(
        step=step,
        name=cell["name"],
        kind=cell["kind"],
        symbols=tuple(cell["symbols"]),
        positions_A=np.array(cell["positions_A"], dtype=float),
        cell_A=np.array(cell["cell_A"], dtype=float),
        seed=cell.get("seed"),
        bonds=tuple((int(one), int(other)) for one, other in cell.get("bonds") or ()),
        recipe=cell.get("recipe") or {},
        energy_eV=energy_eV,
    )


def _as(schema: type[Stored], document: Any) -> Stored | None:
    return None if document is None else schema.model_validate(document)
