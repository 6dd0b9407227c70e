"""From labels to what a training takes: one form, two or three sets, energies of the elements."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ase import Atoms
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.distill.baseline import Baseline, baseline
from lithicoat.workflows.distill.checks import LabelError, element_problem
from lithicoat.workflows.distill.config import BaselineSpec, LabelsSpec, SplitSpec
from lithicoat.workflows.distill.frames import FrameFile, located, open_frames
from lithicoat.workflows.distill.labels import LabelFile, LabelKeys, read_labels, write_labels
from lithicoat.workflows.distill.split import Split, refuse_shared_sources, split_by_source
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["CollectMaker", "PrepareDocument", "PrepareMaker", "raw_files"]


class CollectDocument(BaseModel):
    """Labels in one form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: LabelFile


class PrepareDocument(BaseModel):
    """What a training takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: LabelFile
    valid: LabelFile
    test: LabelFile | None = Field(description="Never trained on; None if nothing was set aside.")
    baseline: Baseline


def raw_files(paths: Sequence[Path], keys: LabelKeys) -> list[FrameFile]:
    """Describe files of labels as a user gives them, checking each.

    Raises
    ------
    LabelError, UsageError
        What :func:`lithicoat.workflows.distill.labels.read_labels` has to say.
    """
    return [FrameFile.of(path, read_labels(path, keys=keys)) for path in paths]


@dataclass
class CollectMaker(Maker):
    """Bring files of labels into one form and one file.

    Parameters
    ----------
    keys : LabelKeys
        Names and units in the files.
    name : str
        Name of the job.
    """

    keys: LabelKeys
    name: str = "collect"

    @science_job(CollectDocument, version="1")
    def make(self, files: list[FrameFile]) -> CollectDocument:
        """Read, check and write as one file."""
        frames: list[Atoms] = []
        for file in files:
            open_frames(file)
            frames += read_labels(located(file), keys=self.keys)
        return CollectDocument(file=write_labels(step_directory() / "labels.extxyz", frames))


@dataclass
class PrepareMaker(Maker):
    """Split labels by source and fit the energies of the elements to the training set.

    Parameters
    ----------
    split : SplitSpec
        Shares and seed. With separate test files nothing else is set aside for the test.
    baseline : BaselineSpec
        Known energies of elements.
    fewest_atoms : int
        Atoms of each element that the training set must hold.
    name : str
        Name of the job.
    """

    split: SplitSpec
    baseline: BaselineSpec
    fewest_atoms: int = LabelsSpec.model_fields["fewest_atoms"].default
    name: str = "prepare"

    @science_job(PrepareDocument, version="1")
    def make(
        self, labels: list[LabelFile], test: LabelFile | None = None, extra: list[LabelFile] | None = None
    ) -> PrepareDocument:
        """Prepare a training.

        Parameters
        ----------
        labels : list of LabelFile
            To be split.
        test : LabelFile, optional
            Never trained on.
        extra : list of LabelFile, optional
            Labels of active rounds: all for the training, so that validation errors of rounds compare.

        Raises
        ------
        LabelError
            If an element has too few atoms.
        UsageError
            If there are too few sources, a source is also in the test set, or the compositions do not
            determine the energies of the elements.
        """
        frames = [atoms for file in labels for atoms in open_frames(file)]
        added = [atoms for file in extra or [] for atoms in open_frames(file)]
        parts = split_by_source(
            frames,
            valid_fraction=self.split.valid_fraction,
            test_fraction=0.0 if test else self.split.test_fraction,
            seed=self.split.seed,
        )
        self._check(parts, added, test)
        directory = step_directory()
        train = write_labels(directory / "train.extxyz", [*parts.train, *added])
        if problem := element_problem(train.elements, fewest=self.fewest_atoms):
            raise LabelError(
                problem, where="labels", hint="add configurations with them, or lower labels.fewest_atoms"
            )
        return PrepareDocument(
            train=train,
            valid=write_labels(directory / "valid.extxyz", parts.valid),
            test=test or (write_labels(directory / "test.extxyz", parts.test) if parts.test else None),
            baseline=baseline(
                [*parts.train, *added], given=self.baseline.energies_eV, shared=self.baseline.shared
            ),
        )

    def _check(self, parts: Split, added: Sequence[Atoms], test: LabelFile | None) -> None:
        if test is not None:
            refuse_shared_sources([*parts.train, *parts.valid, *added], open_frames(test), where=test.path)
        elif parts.test:
            refuse_shared_sources(added, parts.test, where="the test set")
        refuse_shared_sources(added, parts.valid, where="the validation set")
