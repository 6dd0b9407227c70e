"""The flow that makes a potential: configurations, labels, training, active rounds, errors, card."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from jobflow import Flow, Job, Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.label_errors import LabelErrors
from lithicoat.structures.coating import Coating
from lithicoat.structures.model import Model
from lithicoat.workflows.distill.card import CardText, ModelCard, make_card
from lithicoat.workflows.distill.config import DistillConfig, LabellerSpec, ModelsSpec, Start
from lithicoat.workflows.distill.dft import DftLabelMaker
from lithicoat.workflows.distill.frames import FrameFile
from lithicoat.workflows.distill.guarding import GuardDocument, GuardMaker
from lithicoat.workflows.distill.labelling import LabelMaker
from lithicoat.workflows.distill.labels import LabelFile, open_labels
from lithicoat.workflows.distill.preparing import CollectMaker, PrepareMaker
from lithicoat.workflows.distill.sampling import DynamicsSampleMaker, RattleMaker, StrainMaker
from lithicoat.workflows.distill.selection import SelectMaker
from lithicoat.workflows.distill.teacher import Teacher, TeacherLabelMaker
from lithicoat.workflows.distill.training import TrainDocument, TrainMaker
from lithicoat.workflows.distill.validation import label_errors
from lithicoat.workflows.films.building import BuildMaker, replicas_of
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import BuildSpec
from lithicoat.workflows.steps import science_job

__all__ = [
    "Beginnings",
    "DistillDocument",
    "DistillInputs",
    "DistillMaker",
    "ErrorsDocument",
    "FinishMaker",
    "ValidateMaker",
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ErrorsDocument(_Frozen):
    """Errors of one potential on a test set."""

    potential: PotentialRef
    errors: LabelErrors | None = Field(description="None if there is no test set.")


class DistillDocument(_Frozen):
    """What a distillation leaves."""

    potentials: tuple[PotentialRef, ...] = Field(description="The models; the first is the potential.")
    cards: tuple[ModelCard, ...] = Field(description="Their cards.")
    added: tuple[LabelFile, ...] = Field(description="Labels of the active rounds.")
    guard: GuardDocument | None = Field(None, description="The guard of the first model.")


@dataclass(frozen=True, kw_only=True)
class Beginnings:
    """What new configurations start from.

    Parameters
    ----------
    coatings : tuple of Coating
        Films to build.
    cells : tuple of Model
        Cells that exist.
    """

    coatings: tuple[Coating, ...] = ()
    cells: tuple[Model, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DistillInputs:
    """All that a configuration names, found and checked.

    Parameters
    ----------
    train, test : list of FrameFile
        Files of labels.
    rounds : list of FrameFile
        Labels of active rounds that exist.
    start : PotentialRef, optional
        The model to fine-tune.
    labeller : PotentialRef or Teacher, optional
        Who labels new configurations; None for DFT, or if there are none.
    mover : PotentialRef, optional
        What moves the atoms of the first configurations.
    sample, active : Beginnings
        What new configurations start from, before the first training and in active rounds.
    """

    train: list[FrameFile]
    test: list[FrameFile]
    rounds: list[FrameFile]
    start: PotentialRef | None = None
    labeller: PotentialRef | Teacher | None = None
    mover: PotentialRef | None = None
    sample: Beginnings = field(default_factory=Beginnings)
    active: Beginnings = field(default_factory=Beginnings)


@dataclass
class ValidateMaker(Maker):
    """Compare a potential with a test set.

    Parameters
    ----------
    name : str
        Name of the job.
    """

    name: str = "errors"

    @science_job(ErrorsDocument, version="1")
    def make(self, test: LabelFile | None, potential: PotentialRef) -> ErrorsDocument:
        """Evaluate all frames."""
        errors = None if test is None else label_errors(open_labels(test), calculator(potential))
        return ErrorsDocument(potential=potential, errors=errors)


@dataclass
class FinishMaker(Maker):
    """Write the cards of all models.

    Parameters
    ----------
    model : str
        Name of the potential; further models of the committee get a number.
    description : str
        What it is for.
    text : CardText
        What only people can say.
    name : str
        Name of the job.
    """

    model: str
    description: str
    text: CardText
    name: str = "cards"

    @science_job(DistillDocument, version="1")
    def make(
        self,
        trained: list[TrainDocument],
        errors: list[ErrorsDocument],
        test: LabelFile | None,
        *,
        start: ErrorsDocument | None = None,
        added: list[LabelFile] | None = None,
        guard: GuardDocument | None = None,
    ) -> DistillDocument:
        """Gather.

        Parameters
        ----------
        trained : list of TrainDocument
            The models.
        errors : list of ErrorsDocument
            Their errors.
        test : LabelFile, optional
            On this set.
        start : ErrorsDocument, optional
            Errors of the model that was fine-tuned.
        added : list of LabelFile, optional
            Labels of the active rounds.
        guard : GuardDocument, optional
            Guard of the first model.
        """
        names = [self.model, *(f"{self.model}-{number}" for number in range(2, len(trained) + 1))]
        cards = [
            make_card(
                name,
                document,
                text=self.text,
                description=self.description,
                test=test,
                errors=found.errors,
                start_errors=start.errors if start else None,
                active_rounds=len(added or []),
            )
            for name, document, found in zip(names, trained, errors, strict=True)
        ]
        return DistillDocument(
            potentials=tuple(
                document.potential.model_copy(update={"id": name})
                for name, document in zip(names, trained, strict=True)
            ),
            cards=tuple(cards),
            added=tuple(added or []),
            guard=guard,
        )


@dataclass
class DistillMaker(Maker):
    """Wire all steps of a distillation.

    Parameters
    ----------
    config : DistillConfig
        All numbers.
    name : str
        Name of the flow; the potential's name is put behind it.
    """

    config: DistillConfig
    name: str = "distill"

    def make(self, inputs: DistillInputs) -> Flow:
        """Return the flow; its last job gives a DistillDocument."""
        return _Plan(self.config, inputs).flow(f"{self.name} {self.config.name}")


class _Plan:
    """Collects the jobs of one distillation."""

    def __init__(self, config: DistillConfig, inputs: DistillInputs) -> None:
        self.config, self.inputs = config, inputs
        self.jobs: list[Job | Flow] = []

    def flow(self, name: str) -> Flow:
        test = self._collected(self.inputs.test, "collect test") if self.inputs.test else None
        labels = [self._collected(self.inputs.train, "collect")] if self.inputs.train else []
        labels += self._sampled()
        prepared = self._prepared(labels, test, [], suffix="")
        trained = self._trained(prepared, [self.inputs.start] * len(self.config.committee), finished=0)
        added: list[Any] = []
        for number in range(1, (self.config.active.rounds if self.config.active else 0) + 1):
            added.append(self._round(number, prepared, trained))
            prepared = self._prepared(labels, test, added, suffix=f", round {number}")
            trained = self._trained(prepared, self._starts(trained), finished=number)
        last = self._finished(prepared, trained, added)
        return Flow([*self.jobs], output=last.output, name=name)

    def _add(self, job: Job, name: str) -> Job:
        job.name = name
        self.jobs.append(job)
        return job

    def _collected(self, files: Sequence[FrameFile], name: str) -> Any:
        maker = CollectMaker(self.config.labels.keys)
        return self._add(maker.make(list(files)), name).output.file

    def _prepared(self, labels: list[Any], test: Any, added: list[Any], *, suffix: str) -> Job:
        config = self.config
        # A model that is fine-tuned brings its energies: labels need not determine them.
        shared = config.baseline.shared or self.inputs.start is not None
        maker = PrepareMaker(
            split=config.split,
            baseline=config.baseline.model_copy(update={"shared": shared}),
            fewest_atoms=config.labels.fewest_atoms,
        )
        return self._add(maker.make(labels, test, list(added)), f"prepare{suffix}")

    # --- configurations and labels ----------------------------------------------------------------------

    def _sampled(self) -> list[Any]:
        spec, seed = self.config.sample, self.config.seed
        if spec is None:
            return []
        models = self._models(self.inputs.sample, spec.models, seed, "sample")
        samples = []
        if spec.rattle:
            samples.append(self._add(RattleMaker(spec.rattle, seed).make(models), "rattle"))
        if spec.strain:
            samples.append(self._add(StrainMaker(spec.strain, seed).make(models), "strain"))
        if spec.dynamics:
            for index, model in enumerate(models):
                maker = DynamicsSampleMaker(spec.dynamics, seed + index)
                samples.append(self._add(maker.make(model, self.inputs.mover), f"dynamics {index + 1}"))
        return [self._labelled(job.output.file, f"label {job.name}") for job in samples]

    def _models(self, beginnings: Beginnings, spec: ModelsSpec, seed: int, purpose: str) -> list[Any]:
        """Return models, or references to models that will be built."""
        build = BuildSpec(max_atoms=max(8, spec.max_atoms), replicas=spec.replicas)
        models: list[Any] = list(beginnings.cells)
        for coating in beginnings.coatings:
            job = self._add(BuildMaker(build).make(coating, seed), f"build {coating.id} ({purpose})")
            models += [job.output.models[index] for index in range(replicas_of(coating, build))]
        return models

    def _labelled(self, configurations: Any, name: str) -> Any:
        labeller, spec = self.inputs.labeller, self.config.labeller or LabellerSpec(potential="none")
        if spec.dft is not None:
            job = DftLabelMaker(spec.dft).make(configurations)
        elif isinstance(labeller, Teacher):
            job = TeacherLabelMaker(spec.max_force_eV_A).make(configurations, labeller)
        else:
            job = LabelMaker(spec.max_force_eV_A).make(configurations, labeller)
        return self._add(job, name).output.file

    def _round(self, number: int, prepared: Job, trained: list[Job]) -> Any:
        """Return the labels that an active round adds."""
        active = self.config.active
        if active is None or number <= len(self.inputs.rounds):
            return self._collected([self.inputs.rounds[number - 1]], f"collect round {number}")
        committee = [job.output.potential for job in trained]
        seed = self.config.seed + 1000 * number
        candidates = []
        models = self._models(self.inputs.active, active.models, seed, f"round {number}")
        for index, model in enumerate(models):
            job = DynamicsSampleMaker(active.dynamics, seed + index).make(model, committee[0])
            candidates.append(self._add(job, f"round {number} dynamics {index + 1}").output.file)
        choice = SelectMaker(active.select, seed).make(candidates, committee, prepared.output.train)
        chosen = self._add(choice, f"round {number} select").output.file
        return self._labelled(chosen, f"round {number} label")

    # --- training ----------------------------------------------------------------------------------------

    def _trained(self, prepared: Job, starts: Sequence[Any], *, finished: int) -> list[Job]:
        spec = self.config.training_after(finished).model_copy(update={"foundation": None})
        suffix = f", round {finished}" if finished else ""
        sets = prepared.output
        return [
            self._add(
                TrainMaker().make(sets.train, sets.valid, sets.baseline.energies_eV, spec, seed, start=start),
                f"train seed {seed}{suffix}",
            )
            for seed, start in zip(self.config.committee, starts, strict=True)
        ]

    def _starts(self, trained: list[Job]) -> list[Any]:
        if self.config.active is not None and self.config.active.start is Start.PREVIOUS:
            return [job.output.potential for job in trained]
        return [self.inputs.start] * len(trained)

    def _finished(self, prepared: Job, trained: list[Job], added: list[Any]) -> Job:
        sets = prepared.output
        before = None
        if self.inputs.start is not None:
            before = self._add(
                ValidateMaker().make(sets.test, self.inputs.start), "errors before fine-tuning"
            ).output
        errors = [
            self._add(ValidateMaker().make(sets.test, job.output.potential), f"errors seed {seed}").output
            for seed, job in zip(self.config.committee, trained, strict=True)
        ]
        guard = None
        if self.config.guard:
            guard = self._add(
                GuardMaker().make(sets.train, sets.test, trained[0].output.potential), "guard"
            ).output
        maker = FinishMaker(self.config.name, self.config.description, self.config.card)
        documents = [job.output for job in trained]
        job = maker.make(documents, errors, sets.test, start=before, added=list(added), guard=guard)
        return self._add(job, "cards")
