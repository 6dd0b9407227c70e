"""The flow of one film: build → anneal → ensemble → relax → elastic, diffusion, scavenging → record."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobflow import Flow, Job, Maker, OutputReference

from lithicoat.analysis.films.structure import FEWEST_REPLICAS
from lithicoat.structures.build import elements_of, kind_of
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.films.annealing import AnnealMaker
from lithicoat.workflows.films.building import BuildMaker, replicas_of
from lithicoat.workflows.films.ensembles import RebuildMaker, ReplicaMaker, gather_film, judge_film
from lithicoat.workflows.mechanics.elastic import ElasticMaker
from lithicoat.workflows.mechanics.relaxation import RelaxMaker
from lithicoat.workflows.mechanics.thermal import ThermalElasticMaker
from lithicoat.workflows.oxygen.scavenging import ScavengingMaker, oxygen_molecule, reference_models
from lithicoat.workflows.potentials.committee import sisters_of
from lithicoat.workflows.potentials.environments import EnvironmentMaker
from lithicoat.workflows.potentials.forcefields import MoleculeMaker
from lithicoat.workflows.potentials.guard import guard_of
from lithicoat.workflows.potentials.registry import PotentialRef, info
from lithicoat.workflows.protocols import Protocol
from lithicoat.workflows.recording import record_film
from lithicoat.workflows.transport.diffusion import DiffusionMaker
from lithicoat.workflows.transport.following import LITHIUM, mobile_species
from lithicoat.workflows.transport.migration import MigrationMaker

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
    name : str
        Name of the flow; the coating's id is put before it.
    """

    protocol: Protocol
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
        runs: list[Job] = []
        ladder: Job | None = None
        if species := mobile_species(elements_of(coating), coating.role):
            kind = kind_of(coating.recipe)
            runs, ladder = self.diffusion(kind, relaxed, potential, seed=seed, species=species)
        hopping = has_hops(coating)
        migration = self.migration(relaxed, potential) if hopping else []
        references, scavenging = self.scavenging(coating, relaxed, potential)
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
            scavenging=scavenging.output if scavenging else None,
            committee=[[job.output for job in sister] for sister in committee],
            environments=environments[0].output if environments else None,
            ensemble=ensemble[0].output if ensemble else None,
            thermal=[job.output for job in thermal] if warm else None,
            migration=[job.output for job in migration] if hopping else None,
        )
        record.name = "record"
        jobs = [
            *films.jobs,
            *ensemble,
            *relaxed,
            *elastic,
            *(job for sister in committee for job in sister),
            *thermal,
            *references,
            *([scavenging] if scavenging else []),
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

    def migration(self, relaxed: Sequence[Job], potential: PotentialRef) -> list[Job]:
        """Return one job per relaxed crystal that computes the barriers of its lithium hops."""
        maker = MigrationMaker(spec=self.protocol.carriers)
        return [
            _numbered(maker.make(job.output.model, potential), index) for index, job in enumerate(relaxed)
        ]

    def scavenging(
        self, coating: Coating, relaxed: list[Job], potential: PotentialRef
    ) -> tuple[list[Job], Job | None]:
        """Return the jobs that relax the oxidation products, and that of the reactions; none at the anode."""
        if coating.role not in {Role.CATHODE, Role.BOTH}:
            return [], None
        relax = RelaxMaker(spec=self.protocol.relax)
        references = {}
        for formula, model in reference_models(elements_of(coating)).items():
            references[formula] = relax.make(model, potential)
            references[formula].name = f"reference {formula}"
        known, o2 = info(potential), None
        if known.o2_energy_eV is None:
            o2 = MoleculeMaker().make(oxygen_molecule(), potential)
            o2.name = "reference O2"
        outputs = {formula: job.output for formula, job in references.items()}
        cells = [cell.output for cell in relaxed]
        maker = ScavengingMaker(
            o2_energy_eV=known.o2_energy_eV, oxidation_error_eV_per_O2=known.oxidation_error_eV_per_O2
        )
        job = maker.make(cells, outputs, potential, o2.output if o2 else None)
        return [*references.values(), *([o2] if o2 else [])], job

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
