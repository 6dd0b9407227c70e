"""The flow of one film: cells → elastic, diffusion, stability, oxygen, adhesion → record."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobflow import Flow, Job, Maker, OutputReference

from lithicoat.analysis.films.structure import FEWEST_REPLICAS
from lithicoat.structures.build import elements_of, kind_of
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.adhesion.jobs import AdhesionJobs, adhesion_jobs, targets_of
from lithicoat.workflows.films.annealing import AnnealMaker
from lithicoat.workflows.films.building import BuildMaker, replicas_of
from lithicoat.workflows.films.ensembles import RebuildMaker, ReplicaMaker, gather_film, judge_film
from lithicoat.workflows.mechanics.elastic import ElasticMaker
from lithicoat.workflows.mechanics.relaxation import RelaxMaker
from lithicoat.workflows.mechanics.thermal import ThermalElasticMaker
from lithicoat.workflows.oxygen.scavenging import scavenging_jobs
from lithicoat.workflows.potentials.committee import sisters_of
from lithicoat.workflows.potentials.environments import EnvironmentMaker
from lithicoat.workflows.potentials.guard import guard_of
from lithicoat.workflows.potentials.registry import PotentialRef, elements
from lithicoat.workflows.protocols import Protocol
from lithicoat.workflows.recording import record_film
from lithicoat.workflows.stability.wiring import StabilityJobs, stability_jobs
from lithicoat.workflows.transport.diffusion import DiffusionMaker
from lithicoat.workflows.transport.following import LITHIUM, mobile_species
from lithicoat.workflows.transport.migration import MigrationMaker
from lithicoat.workflows.volumes.makers import VolumeMaker

__all__ = ["Films", "ScreeningMaker", "Subject", "has_hops"]

Subject = Coating | Model
"""What can be computed: a coating of the catalog, or one cell of the user's."""


def has_hops(coating: Coating) -> bool:
    """Tell whether lithium hops from site to site in a coating: in a crystal that holds it."""
    return kind_of(coating.recipe) is ModelKind.CRYSTAL and LITHIUM in elements_of(coating)


@dataclass(frozen=True)
class Films:
    """The steps that make the cells of a coating.

    Parameters
    ----------
    jobs : list of Job
        All of them, in order.
    models : list of OutputReference
        The cells, to be relaxed.
    annealed : list of Job
        Those that end in an annealed replica; none for a crystal.
    """

    jobs: list[Job]
    models: list[OutputReference]
    annealed: list[Job]


@dataclass
class ScreeningMaker(Maker):
    """Everything that a campaign computes of one coating.

    Parameters
    ----------
    protocol : Protocol
        All numbers.
    references : bool
        Whether the potential has reference energies: without them there is neither stability nor scavenging.
    name : str
        Name of the flow; the coating's id is put before it.
    """

    protocol: Protocol
    references: bool = True
    name: str = "screening"

    def make(self, coating: Coating, potential: PotentialRef, *, seed: int, campaign: str) -> Flow:
        """Wire the steps of one coating.

        Parameters
        ----------
        coating : Coating
            What to build and measure.
        potential : PotentialRef
            Potential of all steps.
        seed : int
            Seed of models and dynamics.
        campaign : str
            Name that the record carries.

        Returns
        -------
        Flow
            Its last job writes the ScreeningRecord, with what is missing if steps failed.
        """
        films = self.films(coating, potential, seed=seed)
        ensemble = self.ensemble(films)
        relaxed = self._relaxed(films.models, potential)
        elastic = self.elastic(relaxed, potential)
        warm = self.protocol.thermal_elastic.in_screen
        thermal = self.thermal_elastic(relaxed, potential, seed=seed) if warm else []
        runs, ladder = self._ladder(coating, relaxed, potential, seed=seed)
        hopping = has_hops(coating)
        migration = self.migration(relaxed, potential) if hopping else []
        volumes = self.volumes(coating, relaxed, potential)
        stability = self.stability(coating, relaxed, potential)
        oxygen, scavenging = self.scavenging(coating, relaxed, potential)
        adhesion = self.adhesion(coating, relaxed, potential, seed=seed)
        committee = self.committee_elastic(relaxed, potential)
        environments = self.environments(relaxed, runs, potential)
        record = record_film(
            coating,
            potential,
            self.protocol,
            seed=seed,
            campaign=campaign,
            film=[job.output for job in relaxed],
            elastic=[job.output for job in elastic],
            ladder=ladder.output if ladder else None,
            references=self.references,
            stability=stability.stability if stability else None,
            contact=stability.contact if stability else None,
            scavenging=scavenging.output if scavenging else None,
            adhesion=[job.output for job in adhesion.adhesion] if adhesion else None,
            adsorption=[job.output for job in adhesion.adsorption] if adhesion else None,
            committee=[[job.output for job in sister] for sister in committee],
            environments=environments[0].output if environments else None,
            ensemble=ensemble[0].output if ensemble else None,
            thermal=[job.output for job in thermal] if warm else None,
            migration=[job.output for job in migration] if hopping else None,
            volumes=None if volumes is None else [job.output for job in volumes],
        )
        record.name = "record"
        jobs = [
            *films.jobs,
            *ensemble,
            *relaxed,
            *elastic,
            *(job for sister in committee for job in sister),
            *thermal,
            *(volumes or []),
            *(stability.jobs if stability else []),
            *oxygen,
            *([scavenging] if scavenging else []),
            *(adhesion.jobs if adhesion else []),
            *runs,
            *([ladder] if ladder else []),
            *migration,
            *environments,
            record,
        ]
        flow = Flow([*jobs], output=record.output, name=f"{coating.id} {self.name}")
        numbers = {"sha256": potential.sha256, "protocol": self.protocol.label, "seed": seed}
        flow.update_metadata({"coating": coating.id, "campaign": campaign, **numbers})
        return flow

    def prepare(self, subject: Subject, potential: PotentialRef, *, seed: int) -> tuple[list[Job], list[Job]]:
        """Return the jobs that lead to relaxed cells, and among them those that end in one."""
        if isinstance(subject, Model):
            relaxed = [RelaxMaker(spec=self.protocol.relax).make(subject, potential)]
            return relaxed, relaxed
        films = self.films(subject, potential, seed=seed)
        relaxed = self._relaxed(films.models, potential)
        return [*films.jobs, *relaxed], relaxed

    def films(self, coating: Coating, potential: PotentialRef, *, seed: int) -> Films:
        """Return the steps that make the cells of a coating: a crystal, or annealed replicas of a film.

        Replicas are held against each other, and those that are off are made again, as often as the
        protocol allows. Two of them cannot be judged.
        """
        spec = self.protocol.build
        build = BuildMaker(spec=spec).make(coating, seed)
        models = [build.output.models[index] for index in range(replicas_of(coating, spec))]
        if kind_of(coating.recipe) is ModelKind.CRYSTAL:
            return Films([build], models, [])
        anneal = ReplicaMaker(anneal=self._anneal(), max_atoms=spec.max_atoms, rebuilds=spec.rebuilds)
        annealed = [
            _numbered(anneal.make(coating, model, potential), index) for index, model in enumerate(models)
        ]
        jobs = [build, *annealed]
        rebuild = RebuildMaker(anneal=self._anneal(), max_atoms=spec.max_atoms, rebuilds=spec.rebuilds)
        for _ in range(spec.rebuilds if len(models) >= FEWEST_REPLICAS else 0):
            judged = judge_film([job.output for job in annealed])
            judged.name = "compare replicas"
            annealed = [
                _numbered(rebuild.make(coating, job.output, judged.output.reasons[index], potential), index)
                for index, job in enumerate(annealed)
            ]
            jobs += [judged, *annealed]
        return Films(jobs, [job.output.model for job in annealed], annealed)

    def ensemble(self, films: Films) -> list[Job]:
        """Return the job that describes a film by its replicas; none for a crystal."""
        if not films.annealed:
            return []
        job = gather_film([film.output for film in films.annealed])
        job.name = "ensemble"
        return [job]

    def _relaxed(self, models: list[OutputReference], potential: PotentialRef) -> list[Job]:
        relax = RelaxMaker(spec=self.protocol.relax)
        return [_numbered(relax.make(model, potential), index) for index, model in enumerate(models)]

    def elastic(self, relaxed: list[Job], potential: PotentialRef) -> list[Job]:
        """Return one job per relaxed cell that measures its elastic tensor."""
        maker = ElasticMaker(spec=self.protocol.elastic)
        return [
            _numbered(maker.make(job.output.model, potential), index) for index, job in enumerate(relaxed)
        ]

    def thermal_elastic(self, relaxed: list[Job], potential: PotentialRef, *, seed: int) -> list[Job]:
        """Return one job per relaxed cell that measures its shear modulus at a temperature."""
        spec, steps = self.protocol.thermal_elastic, self.protocol.diffusion
        maker = ThermalElasticMaker(
            spec=spec,
            timestep_fs=steps.timestep_fs,
            hydrogen_timestep_fs=steps.hydrogen_timestep_fs,
            name=f"elastic {spec.temperature_K:g} K",
        )
        return [
            _numbered(maker.make(job.output.model, potential, seed + 1000 * index), index)
            for index, job in enumerate(relaxed)
        ]

    def committee_elastic(self, relaxed: list[Job], potential: PotentialRef) -> list[list[Job]]:
        """Return, for each sister of the potential, the elastic jobs of the same relaxed cells."""
        found = []
        for number, sister in enumerate(sisters_of(potential), start=2):
            jobs = self.elastic(relaxed, sister)
            for job in jobs:
                job.name = f"{job.name} by member {number}"
            found.append(jobs)
        return found

    def environments(self, relaxed: list[Job], runs: list[Job], potential: PotentialRef) -> list[Job]:
        """Return the job that compares cells and runs with the potential's training; none without a guard."""
        guard = guard_of(potential)
        if guard is None:
            return []
        maker = EnvironmentMaker(guard=guard.content_hash)
        return [maker.make([job.output for job in relaxed], [job.output for job in runs], potential)]

    def diffusion(
        self,
        kind: ModelKind,
        relaxed: Sequence[Model | Job],
        potential: PotentialRef,
        *,
        seed: int,
        species: Sequence[str] = (LITHIUM,),
    ) -> tuple[list[Job], Job]:
        """Return one job per cell and temperature, and the job that joins them."""
        maker = DiffusionMaker(spec=self.protocol.diffusion)
        return maker.ladder(relaxed, potential, kind, seed=seed, species=species)

    def _ladder(
        self, coating: Coating, relaxed: Sequence[Job], potential: PotentialRef, *, seed: int
    ) -> tuple[list[Job], Job | None]:
        """Return the runs of a coating and the job that joins them; none where there is nothing to follow."""
        species = mobile_species(elements_of(coating), coating.role)
        if not species:
            return [], None
        return self.diffusion(kind_of(coating.recipe), relaxed, potential, seed=seed, species=species)

    def migration(self, relaxed: Sequence[Job], potential: PotentialRef) -> list[Job]:
        """Return one job per relaxed crystal that computes the barriers of its lithium hops."""
        maker = MigrationMaker(spec=self.protocol.carriers)
        return [
            _numbered(maker.make(job.output.model, potential), index) for index, job in enumerate(relaxed)
        ]

    def volumes(self, coating: Coating, relaxed: list[Job], potential: PotentialRef) -> list[Job] | None:
        """Return one job per relaxed cell that measures the volume of lithium in it.

        None for an electrode; no job where lithium is neither there nor put in.
        """
        if coating.role is Role.REFERENCE:
            return None
        spec = self.protocol.volumes
        covered = spec.interstitial and LITHIUM in elements(potential)
        if LITHIUM not in elements_of(coating) and not covered:
            return []
        maker = VolumeMaker(spec=spec)
        return [
            _numbered(maker.make(job.output.model, potential), index) for index, job in enumerate(relaxed)
        ]

    def stability(
        self, coating: Coating, relaxed: list[Job], potential: PotentialRef
    ) -> StabilityJobs | None:
        """Return the jobs of hull, window and reactions with both electrodes; none for an electrode."""
        if coating.role is Role.REFERENCE or not self.references:
            return None
        return stability_jobs(relaxed, potential, elements_of(coating), self.protocol.relax)

    def adhesion(
        self, coating: Coating, relaxed: list[Job], potential: PotentialRef, *, seed: int
    ) -> AdhesionJobs | None:
        """Return the jobs of the film's hold on its electrodes, where the protocol measures it."""
        targets = targets_of(coating.role)
        if not self.protocol.adhesion.in_screen or not targets:
            return None
        return adhesion_jobs(
            relaxed,
            elements_of(coating),
            potential,
            protocol=self.protocol,
            targets=targets,
            seed=seed,
            coating=coating,
        )

    def scavenging(
        self, coating: Coating, relaxed: list[Job], potential: PotentialRef
    ) -> tuple[list[Job], Job | None]:
        """Return the jobs before what a film does with oxygen, and that job; none at the anode."""
        if coating.role not in {Role.CATHODE, Role.BOTH} or not self.references:
            return [], None
        return scavenging_jobs(relaxed, potential, elements_of(coating))

    def _anneal(self) -> AnnealMaker:
        steps = self.protocol.diffusion
        return AnnealMaker(
            spec=self.protocol.anneal,
            timestep_fs=steps.timestep_fs,
            hydrogen_timestep_fs=steps.hydrogen_timestep_fs,
        )


def _numbered(job: Job, index: int) -> Job:
    """Tell the replicas of a step apart by their number; the first keeps the plain name."""
    if index:
        job.name = f"{job.name} #{index + 1}"
    return job
