"""The jobs that measure how a film holds on its electrodes: electrodes, interfaces, lithium on the film."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jobflow import Job, OutputReference

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import LayeredOxideRecipe
from lithicoat.structures.surfaces.substrates import Electrode, electrode_of
from lithicoat.workflows.adhesion.electrodes import ElectrodeMaker
from lithicoat.workflows.adhesion.lithiophilicity import LITHIUM, AdsorptionMaker
from lithicoat.workflows.adhesion.separation import AdhesionMaker
from lithicoat.workflows.mechanics.relaxation import RelaxMaker
from lithicoat.workflows.potentials.covering import covering
from lithicoat.workflows.potentials.judging import guard_hash
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import AdhesionSpec, Protocol

__all__ = ["AdhesionJobs", "adhesion_jobs", "faces_of", "targets_of"]

Find = Callable[[str], Coating]

FACES = {"Li": ("100", "110", "111"), "Cu": ("111", "100", "110")}
"""Faces of metals, the one of least energy first."""

CHARGED = "0.25"
"""Lithium content at which a layered oxide counts as charged."""

TARGETS = {Role.ANODE: ("Li",), Role.CATHODE: ("NMC811",), Role.BOTH: ("Li", "NMC811")}


@dataclass(frozen=True)
class AdhesionJobs:
    """The jobs of one film.

    Parameters
    ----------
    jobs : list of Job
        All of them, in order.
    adhesion : list of Job
        Those that end in an AdhesionDocument.
    adsorption : list of Job
        Those that end in an AdsorptionDocument.
    """

    jobs: list[Job] = field(default_factory=list)
    adhesion: list[Job] = field(default_factory=list)
    adsorption: list[Job] = field(default_factory=list)


def targets_of(role: Role) -> tuple[str, ...]:
    """Return the electrodes that a film of this role has to hold on; none for a reference."""
    return TARGETS.get(role, ())


def faces_of(target: str, spec: AdhesionSpec, *, find: Find) -> tuple[Electrode, ...]:
    """Return the faces that stand for an electrode.

    `Li` and `Cu` stand for their first faces of low index, a layered oxide for its (104) face, lithiated
    and charged (x = 0.25). A face can be named: `Li(110)`, `NMC811@0.5(104)`, `Cu.cif(111)`.

    Parameters
    ----------
    target : str
        Name of the catalog, with or without a face, or a structure file with a face.
    spec : AdhesionSpec
        How many faces of a metal.
    find : callable
        Looks an id up in the catalog.

    Raises
    ------
    StructureError
        If there is no such electrode, or its face has to be named.
    """
    if "(" in target:
        return (electrode_of(target, find=find),)
    if target in FACES:
        return tuple(electrode_of(f"{target}({face})", find=find) for face in FACES[target][: spec.faces])
    if Path(target).suffix.strip(".0123456789"):
        raise StructureError(
            f"{target} is a structure file without a face", where="--to", hint=f"{target}(111)"
        )
    recipe = find(target).recipe
    if isinstance(recipe, LayeredOxideRecipe):
        names = [target] if "@" in target else [target, f"{target}@{CHARGED}"]
        return tuple(electrode_of(f"{name}(104)", find=find) for name in names)
    raise StructureError(
        f"it is not known which face of {target} to take", where="--to", hint=f"name it: {target}(100)"
    )


def adhesion_jobs(
    cells: Sequence[Job],
    elements: Iterable[str],
    potential: PotentialRef,
    *,
    protocol: Protocol,
    targets: Sequence[str],
    seed: int,
    coating: Coating | None = None,
    find: Find | None = None,
) -> AdhesionJobs:
    """Wire the adhesion of one film.

    Where the potential does not cover an electrode, the film is relaxed again with one that covers both,
    starting from the relaxed cell: energies of two potentials are never mixed.

    Parameters
    ----------
    cells : sequence of Job
        Each ends in a RelaxDocument by `potential`.
    elements : iterable of str
        Elements of the film.
    potential : PotentialRef
        Used wherever it covers film and electrode.
    protocol : Protocol
        All numbers.
    targets : sequence of str
        Electrodes as `faces_of` reads them.
    seed : int
        Seed of everything random.
    coating : Coating, optional
        What the film is: packed upon an electrode that its crystal does not match.
    find : callable, optional
        Looks an id up in the catalog; the shipped one if left out.

    Raises
    ------
    StructureError
        If there is no such electrode.
    PotentialError
        If no potential here covers film and electrode.
    """
    wiring = _Wiring(cells[: protocol.adhesion.replicas], frozenset(elements), potential, protocol, seed)
    look_up = find or load_catalog().find
    for target in targets:
        for electrode in faces_of(target, protocol.adhesion, find=look_up):
            wiring.interface(electrode, coating)
    (lithium,) = faces_of(f"{LITHIUM}({FACES[LITHIUM][0]})", protocol.adhesion, find=look_up)
    wiring.lithium(lithium)
    return wiring.found


@dataclass
class _Wiring:
    """Jobs as they are added; those that several interfaces need are added once."""

    cells: Sequence[Job]
    elements: frozenset[str]
    potential: PotentialRef
    protocol: Protocol
    seed: int
    found: AdhesionJobs = field(default_factory=AdhesionJobs)
    known: dict[str, Job] = field(default_factory=dict)

    def interface(self, electrode: Electrode, coating: Coating | None) -> None:
        """Add the interfaces of all cells with one face."""
        ref = covering(self.potential, self.elements | _elements(electrode))
        bulk = self._electrode(electrode, ref)
        maker = AdhesionMaker(spec=self.protocol.adhesion, guard=guard_hash(ref))
        for index, film in enumerate(self._films(ref)):
            job = maker.make(film, bulk.output, ref, self.seed + index, coating)
            job.name = _numbered(f"adhesion to {electrode.label}", index)
            self.found.jobs.append(job)
            self.found.adhesion.append(job)

    def lithium(self, electrode: Electrode) -> None:
        """Add lithium on the surfaces of all cells."""
        ref = covering(self.potential, self.elements | {LITHIUM})
        bulk = self._electrode(electrode, ref)
        maker = AdsorptionMaker(spec=self.protocol.adhesion, guard=guard_hash(ref))
        for index, film in enumerate(self._films(ref)):
            job = maker.make(film, bulk.output, ref, self.seed + index)
            job.name = _numbered("lithium on film", index)
            self.found.jobs.append(job)
            self.found.adsorption.append(job)

    def _electrode(self, electrode: Electrode, ref: PotentialRef) -> Job:
        solid = (
            electrode.solid
            if isinstance(electrode.solid, LayeredOxideRecipe)
            else Model.from_atoms(electrode.solid, name=electrode.name, kind=ModelKind.CRYSTAL)
        )
        job = ElectrodeMaker(spec=self.protocol.adhesion).make(
            electrode.name, electrode.miller, solid, ref, self.seed
        )
        return self._once(f"{electrode.label} by {ref.id}", job)

    def _films(self, ref: PotentialRef) -> list[OutputReference]:
        """Return the references to the film's cells, relaxed with this potential."""
        if ref.sha256 == self.potential.sha256:
            return [cell.output.model for cell in self.cells]
        relax = RelaxMaker(spec=self.protocol.relax)
        return [
            self._once(
                _numbered(f"relax with {ref.id}", index), relax.make(cell.output.model, ref)
            ).output.model
            for index, cell in enumerate(self.cells)
        ]

    def _once(self, name: str, job: Job) -> Job:
        if name not in self.known:
            job.name = name
            self.known[name] = job
            self.found.jobs.append(job)
        return self.known[name]


def _elements(electrode: Electrode) -> set[str]:
    solid = electrode.solid
    if isinstance(solid, LayeredOxideRecipe):
        from lithicoat.structures.cathodes.layered_oxides import layered_oxide_elements

        return layered_oxide_elements(solid)
    return set(solid.get_chemical_symbols())


def _numbered(name: str, index: int) -> str:
    return f"{name} #{index + 1}" if index else name
