"""The model card: what a potential was made of, how good it is, and what it must not be used for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.label_errors import LabelErrors
from lithicoat.workflows.benchmarks.base import Benchmark
from lithicoat.workflows.benchmarks.results import Subject, shipped_result
from lithicoat.workflows.distill.history import EpochErrors
from lithicoat.workflows.distill.labels import LabelFile
from lithicoat.workflows.distill.networks import Network
from lithicoat.workflows.distill.training import TrainDocument, TrainSpec
from lithicoat.workflows.dynamics.checkpoint import write_atomically

__all__ = [
    "CardText",
    "DataSet",
    "ModelCard",
    "make_card",
    "with_benchmarks",
    "write_card",
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CardText(_Frozen):
    """What only the people who make a model can say of it."""

    teacher: str = Field("not stated", description="What computed the labels.")
    level_of_theory: str = Field("not stated", description="Functional and data behind the labels.")
    licence: str = Field("not stated", description="Licence of the weights.")
    limits: tuple[str, ...] = Field((), description="Known weaknesses, a sentence each.")
    not_for: tuple[str, ...] = Field((), description="What it must not be used for, a sentence each.")


class DataSet(_Frozen):
    """A file of labels, without the place where it lay."""

    file: str = Field(description="Name of the file.")
    sha256: str
    frames: int = Field(ge=0)
    atoms: int = Field(ge=0)
    families: dict[str, int] = Field(description="Frames of each family.")
    elements: dict[str, int] = Field(description="Atoms of each element.")

    @classmethod
    def of(cls, labels: LabelFile) -> "DataSet":
        """Describe a file of labels."""
        return cls(file=Path(labels.path).name, **labels.model_dump(exclude={"path"}))


class ModelCard(_Frozen):
    """All that is known of a model; its Markdown form is :meth:`markdown`."""

    id: str = Field(description="Name of the model.")
    sha256: str = Field(description="sha256 of the .model file.")
    size_bytes: int = Field(ge=1, description="Size of the .model file, bytes.")
    description: str = Field("", description="What the model is for, in a few sentences.")
    text: CardText
    network: Network
    seed: int
    start: str | None = Field(description="sha256 of the model it was fine-tuned from; None: random weights.")
    training: TrainSpec
    train: DataSet
    valid: DataSet
    test: DataSet | None = Field(description="Labels of the errors below; never trained on.")
    energies_eV: dict[str, float] = Field(description="Energy of each element at the start, eV.")
    active_rounds: int = Field(0, ge=0, description="Rounds in which configurations were added.")
    history: tuple[EpochErrors, ...] = Field(description="Errors on the validation set.")
    duration_s: float = Field(ge=0, description="Time of the training, s.")
    versions: dict[str, str]
    errors: LabelErrors | None = Field(None, description="Errors on the test set.")
    start_errors: LabelErrors | None = Field(
        None, description="Errors on the test set of the model it was fine-tuned from, as that was."
    )
    benchmarks: dict[str, dict[str, dict[str, Any]]] = Field(
        default_factory=dict, description="Subject → potential → results, this model's and others'."
    )

    def markdown(self) -> str:
        """Return the card for people."""
        from lithicoat.workflows.distill.markdown import render

        return render(self)


def make_card(
    name: str,
    trained: TrainDocument,
    *,
    text: CardText,
    description: str = "",
    test: LabelFile | None = None,
    errors: LabelErrors | None = None,
    start_errors: LabelErrors | None = None,
    active_rounds: int = 0,
) -> ModelCard:
    """Gather the card of a trained model.

    Parameters
    ----------
    name : str
        Name of the model.
    trained : TrainDocument
        The model and its training.
    text : CardText
        What only people can say.
    description : str
        What the model is for.
    test : LabelFile, optional
        The test set.
    errors : LabelErrors, optional
        Errors on it.
    start_errors : LabelErrors, optional
        Errors on it of the model that was fine-tuned.
    active_rounds : int
        Rounds in which configurations were added.
    """
    return ModelCard(
        id=name,
        sha256=trained.potential.sha256,
        size_bytes=trained.size_bytes,
        description=description,
        text=text,
        network=trained.network,
        seed=trained.seed,
        start=trained.start.sha256 if trained.start else None,
        training=trained.spec,
        train=DataSet.of(trained.train),
        valid=DataSet.of(trained.valid),
        test=DataSet.of(test) if test else None,
        energies_eV=trained.energies_eV,
        active_rounds=active_rounds,
        history=trained.history,
        duration_s=trained.duration_s,
        versions=trained.versions,
        errors=errors,
        start_errors=start_errors,
    )


def with_benchmarks(
    card: ModelCard, results: Mapping[Subject, Benchmark], *, beside: str | None
) -> ModelCard:
    """Return the card with results of benchmarks, beside those that are shipped of another potential.

    Parameters
    ----------
    card : ModelCard
        The card.
    results : mapping of Subject to Benchmark
        Results of this model.
    beside : str, optional
        The other potential; None for none.
    """
    found = {subject: dict(entries) for subject, entries in card.benchmarks.items()}
    for subject, result in results.items():
        entries = found.setdefault(subject.value, {})
        entries[card.id] = result.model_dump(mode="json")
        other = shipped_result(beside, subject) if beside else None
        if beside and other:
            entries[beside] = other.model_dump(mode="json")
    return card.model_copy(update={"benchmarks": found})


def write_card(card: ModelCard, directory: Path) -> tuple[Path, Path]:
    """Write NAME.json and NAME.md and return their paths."""
    written = directory / f"{card.id}.json", directory / f"{card.id}.md"
    for path, text in zip(written, (card.model_dump_json(indent=1) + "\n", card.markdown()), strict=True):
        write_atomically(path, text.encode())
    return written
