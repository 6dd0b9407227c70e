"""Many coatings built and written side by side."""

import csv
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError, unwritable
from lithicoat.structures.summary import ModelRow
from lithicoat.structures.variants import Variant, build_variants

__all__ = ["BuildOrder", "Built", "Failure", "build_and_write"]


class BuildOrder(BaseModel):
    """How models are built, and where they go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_atoms: int = Field(ge=1, description="Atoms per model, at most.")
    replicas: int = Field(ge=1, description="Independent models of a film that is packed at random.")
    seed: int = Field(ge=0)
    directory: Path
    pictures: bool = Field(False, description="Draw every model as PNG.")
    variant: Variant = Field(Variant(), description="Slabs and vacancies instead of the models themselves.")


class Failure(BaseModel):
    """Why a coating could not be built: a StructureError that travels between processes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message: str
    where: str
    hint: str

    @property
    def error(self) -> StructureError:
        """The error again."""
        return StructureError(self.message, where=self.where, hint=self.hint)


class Built(BaseModel):
    """What became of one coating."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    rows: tuple[ModelRow, ...] = Field((), description="One for each model.")
    files: tuple[tuple[str, ...], ...] = Field((), description="Files of each model.")
    failure: Failure | None = Field(None, description="Why there are none.")


def build_and_write(coatings: Sequence[Coating], order: BuildOrder, *, workers: int) -> Iterator[Built]:
    """Build coatings and write their models, in the order they are given.

    A coating that cannot be built leaves the others alone. A table of all models, `summary.csv`, is written
    at the end.

    Parameters
    ----------
    coatings : sequence of Coating
        What to build.
    order : BuildOrder
        Sizes, seed and directory.
    workers : int
        Processes; 1 builds in this one.

    Yields
    ------
    Built
        One for each coating.

    Raises
    ------
    StructureError
        If the directory cannot be made.
    """
    try:
        order.directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(order.directory, error) from error
    rows: list[ModelRow] = []
    for built in _built(coatings, order, workers):
        rows += built.rows
        yield built
    _write_table(rows, order.directory / "summary.csv")


def _built(coatings: Sequence[Coating], order: BuildOrder, workers: int) -> Iterator[Built]:
    build = partial(_build, order=order)
    if workers == 1 or len(coatings) == 1:
        yield from map(build, coatings)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(coatings)), mp_context=context) as pool:
        yield from pool.map(build, coatings)


def _write_table(rows: Sequence[ModelRow], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, fieldnames=list(ModelRow.model_fields))
        table.writeheader()
        for row in rows:
            table.writerow({**row.model_dump(), "flags": "; ".join(row.flags)})


def _build(coating: Coating, *, order: BuildOrder) -> Built:
    from lithicoat.structures.io import write_model  # noqa: PLC0415 - in the process that builds
    from lithicoat.structures.summary import summarise  # noqa: PLC0415

    rows, files = [], []
    try:
        models = build_variants(
            coating, order.variant, max_atoms=order.max_atoms, replicas=order.replicas, seed=order.seed
        )
        for model in models:
            row = summarise(coating, model)
            written = write_model(model, order.directory, picture=order.pictures)
            rows.append(row)
            files.append(tuple(map(str, written)))
    except StructureError as error:
        failure = Failure(message=error.message, where=error.where or coating.id, hint=error.hint)
        return Built(id=coating.id, failure=failure)
    return Built(id=coating.id, rows=tuple(rows), files=tuple(files))
