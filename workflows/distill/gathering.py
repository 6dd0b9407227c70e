"""The directory that a distillation leaves for its user: models, cards, guard, labels that were added."""

import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.distill.card import write_card
from lithicoat.workflows.distill.flow import DistillDocument
from lithicoat.workflows.distill.labels import open_labels, write_labels
from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.potentials.registry import sha256_of_file

__all__ = ["Gathered", "check_writable", "gather"]


class Gathered(BaseModel):
    """Where the results lie."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    directory: Path
    models: tuple[Path, ...] = Field(description="The .model files; the first is the potential.")
    cards: tuple[Path, ...] = Field(description="Their cards, in Markdown; JSON lies beside each.")
    guard: Path | None = Field(description="The guard of the first model.")
    added: tuple[Path, ...] = Field(description="Labels of the active rounds.")


def check_writable(directory: Path) -> None:
    """Make a directory.

    Raises
    ------
    UsageError
        If that cannot be done.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{directory} cannot be made: {error.strerror}",
            where=str(directory),
            hint="give another directory with -o",
        ) from error


def gather(document: DistillDocument, directory: Path, *, steps: Path) -> Gathered:
    """Copy models, guard and added labels out of the database, and write the cards.

    Parameters
    ----------
    document : DistillDocument
        What the flow gave.
    directory : Path
        Where to.
    steps : Path
        Directory of the steps' files.

    Raises
    ------
    RunError
        If a model's file has changed since it was trained.
    """
    check_writable(directory)
    models, cards = [], []
    for potential, card in zip(document.potentials, document.cards, strict=True):
        target = directory / f"{potential.id}.model"
        source = Path(str(potential.path))
        if not source.is_file() or sha256_of_file(source) != potential.sha256:
            raise RunError(
                f"the trained model {source} is gone or has changed",
                where=str(source),
                hint="remove its step's directory and the database, and train again",
            )
        partial = target.with_suffix(".partial")
        shutil.copyfile(source, partial)
        partial.replace(target)
        models.append(target)
        cards.append(write_card(card, directory)[1])
    added = []
    for number, labels in enumerate(document.added, start=1):
        added.append(directory / f"active-{number}.extxyz.gz")
        write_labels(added[-1], open_labels(labels))
    guard = None
    if document.guard is not None:
        guard = directory / f"{document.potentials[0].id}-guard.json"
        write_atomically(guard, (steps / document.guard.file).read_bytes())
    return Gathered(
        directory=directory, models=tuple(models), cards=tuple(cards), guard=guard, added=tuple(added)
    )
