"""What a distillation is made of, as it stands in a TOML file."""

import tomllib
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from lithicoat.structures.catalog.loading import MISSION_IDS
from lithicoat.workflows.checking import checked
from lithicoat.workflows.distill.card import CardText
from lithicoat.workflows.distill.dft import DftSpec
from lithicoat.workflows.distill.labels import LabelKeys
from lithicoat.workflows.distill.sampling import DynamicsSpec, RattleSpec, StrainSpec
from lithicoat.workflows.distill.selection import SelectSpec
from lithicoat.workflows.distill.teacher import TeacherSpec
from lithicoat.workflows.distill.training import TrainSpec
from lithicoat.workflows.errors import UsageError

__all__ = [
    "ActiveSpec",
    "BaselineSpec",
    "DistillConfig",
    "LabellerSpec",
    "LabelsSpec",
    "ModelsSpec",
    "SampleSpec",
    "SplitSpec",
    "Start",
]

BESIDE = "beside"
"""Key of the validation context: the directory that paths in the file refer to."""


def _beside(path: Path, info: ValidationInfo) -> Path:
    """Take a path as relative to the file of settings; it must exist."""
    found = (Path((info.context or {}).get(BESIDE, ".")) / path.expanduser()).resolve()
    if not found.is_file():
        msg = f"{path} does not exist (looked for {found})"
        raise ValueError(msg)
    return found


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LabelsSpec(_Spec):
    """Labels that exist already."""

    train: tuple[Path, ...] = Field((), description="Files to train and validate on.")
    test: tuple[Path, ...] = Field(
        (), description="Files that are never trained on; without them a part of `train` is set aside."
    )
    keys: LabelKeys = Field(default_factory=LabelKeys, description="Names and units in these files.")
    fewest_atoms: int = Field(100, ge=1, description="Atoms of each element that the training set must hold.")

    @field_validator("train", "test")
    @classmethod
    def _found(cls, paths: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(_beside(path, info) for path in paths)


class ModelsSpec(_Spec):
    """Models to start configurations from."""

    films: tuple[str, ...] = Field(MISSION_IDS, description="Ids of the catalog.")
    files: tuple[Path, ...] = Field((), description="Files of periodic cells; each frame is a model.")
    catalog: Path | None = Field(None, description="A catalog of your own (TOML).")
    max_atoms: int = Field(48, ge=4, le=2000, description="Atoms per model of a film, at most.")
    replicas: int = Field(2, ge=1, le=1000, description="Independent models of an amorphous film.")

    @field_validator("files")
    @classmethod
    def _found(cls, paths: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(_beside(path, info) for path in paths)

    @field_validator("catalog")
    @classmethod
    def _there(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else _beside(path, info)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.films and not self.files:
            msg = "there are neither films nor files to start from"
            raise ValueError(msg)
        return self


class SampleSpec(_Spec):
    """New configurations, labelled before the first training."""

    models: ModelsSpec = Field(default_factory=ModelsSpec)
    rattle: RattleSpec | None = None
    strain: StrainSpec | None = None
    dynamics: DynamicsSpec | None = None
    potential: str = Field("chgnet", description="What moves the atoms in `dynamics`.")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.rattle is None and self.strain is None and self.dynamics is None:
            msg = "sample needs at least one of rattle, strain and dynamics"
            raise ValueError(msg)
        return self


class LabellerSpec(_Spec):
    """Who labels new configurations: exactly one of the three."""

    potential: str | None = Field(None, description="A potential of the registry, or a .model file.")
    teacher: TeacherSpec | None = Field(None, description="A calculator in another Python environment.")
    dft: DftSpec | None = Field(None, description="VASP through atomate2.")
    max_force_eV_A: float | None = Field(
        40.0, gt=0, description="Frames with a larger force are dropped, eV/Å; not for DFT."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        named = [name for name in ("potential", "teacher", "dft") if getattr(self, name) is not None]
        if len(named) != 1:
            found = " and ".join(named) or "none"
            msg = f"labeller needs exactly one of potential, teacher and dft, it has {found}"
            raise ValueError(msg)
        return self

    @field_validator("teacher")
    @classmethod
    def _placed(cls, teacher: TeacherSpec | None, info: ValidationInfo) -> TeacherSpec | None:
        """Take an interpreter's relative path as relative to the file of settings."""
        if teacher is None or "/" not in teacher.python:
            return teacher
        beside = Path((info.context or {}).get(BESIDE, "."))
        # Not resolved: bin/python of a virtual environment is a link that must be called by its own name.
        python = (beside / Path(teacher.python).expanduser()).absolute()
        return teacher.model_copy(update={"python": str(python)})


class SplitSpec(_Spec):
    """Shares of the configurations that are held out, by source."""

    valid_fraction: float = Field(0.05, gt=0, lt=1, description="Share that decides which epoch is kept.")
    test_fraction: float = Field(
        0.1, ge=0, lt=1, description="Share set aside where there are no files in labels.test."
    )
    seed: int = Field(0, ge=0, description="Seed of the split.")


class BaselineSpec(_Spec):
    """Energies of the elements at the start; least squares where nothing is given."""

    energies_eV: dict[str, float] = Field(default_factory=dict, description="Known energies, eV per atom.")
    shared: bool = Field(
        False,
        description="Where compositions do not determine energies one by one, take the smallest that fit.",
    )


class Start(Enum):
    """What a training after new labels starts from."""

    SCRATCH = "scratch"
    """Random weights, on all labels."""
    PREVIOUS = "previous"
    """The model of the round before, on all labels."""


class ActiveSpec(_Spec):
    """Rounds of: dynamics with the model so far, choice of configurations, labels, training on all labels."""

    rounds: int = Field(1, ge=1, le=100, description="Rounds after the first training.")
    labelled: tuple[Path, ...] = Field(
        (), description="Labels of the first rounds where they exist: these rounds only train."
    )
    models: ModelsSpec = Field(default_factory=ModelsSpec)
    dynamics: DynamicsSpec = Field(default_factory=DynamicsSpec)
    select: SelectSpec = Field(default_factory=SelectSpec)
    start: Start = Start.PREVIOUS
    training: dict[str, Any] = Field(
        default_factory=dict, description="Numbers of the training that differ after new labels."
    )

    @field_validator("labelled")
    @classmethod
    def _found(cls, paths: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        return tuple(_beside(path, info) for path in paths)

    @model_validator(mode="after")
    def _no_more_than_rounds(self) -> Self:
        if len(self.labelled) > self.rounds:
            msg = f"active has labels of {len(self.labelled)} rounds, but only {self.rounds} rounds"
            raise ValueError(msg)
        return self


class DistillConfig(_Spec):
    """The settings of a distillation."""

    name: str = Field(
        min_length=1, pattern=r"^[A-Za-z0-9][\w.-]*$", description="Name of the potential that is made."
    )
    description: str = Field("", description="One paragraph for the model card.")
    card: CardText = Field(default_factory=CardText, description="What else the model card is to say.")
    seed: int = Field(1, ge=0, description="Seed of sampling and dynamics.")
    committee: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (1,), min_length=1, description="Seeds of the trainings: one model each; the first is the potential."
    )
    labels: LabelsSpec = Field(default_factory=LabelsSpec)
    sample: SampleSpec | None = None
    labeller: LabellerSpec | None = None
    split: SplitSpec = Field(default_factory=SplitSpec)
    baseline: BaselineSpec = Field(default_factory=BaselineSpec)
    training: TrainSpec = Field(default_factory=TrainSpec)
    active: ActiveSpec | None = None
    guard: bool = Field(
        False, description="Fit the guard that flags surroundings unlike the training set; needs a test set."
    )

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a file of settings; paths in it are relative to it.

        Raises
        ------
        UsageError
            If the file cannot be read or is not TOML, or a setting is unknown, missing or wrong.
        """
        try:
            settings = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}", where=str(file)) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} is not TOML: {error}", where=str(file)) from error
        return checked(cls, settings, context={BESIDE: str(file.resolve().parent)})

    @property
    def held_out(self) -> float:
        """Share of the labels to set aside for the test: none where there are files for it."""
        return 0.0 if self.labels.test else self.split.test_fraction

    def training_after(self, finished_rounds: int) -> TrainSpec:
        """Return the numbers of the training after so many active rounds; 0 is the first training."""
        if finished_rounds == 0 or self.active is None:
            return self.training
        return checked(TrainSpec, {**self.training.model_dump(), **self.active.training})

    @field_validator("committee")
    @classmethod
    def _different(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds):
            msg = "the seeds of a committee must differ"
            raise ValueError(msg)
        return seeds

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.labels.train and self.sample is None:
            msg = "there are neither labels.train nor sample: nothing to train on"
            raise ValueError(msg)
        rounds = self.active.rounds - len(self.active.labelled) if self.active else 0
        if (self.sample is not None or rounds) and self.labeller is None:
            msg = "new configurations need a labeller: a potential, a teacher or dft"
            raise ValueError(msg)
        if self.active is not None and self.active.training:
            self.training_after(1)
        return self
