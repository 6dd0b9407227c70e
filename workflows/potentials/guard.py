"""The guard of a potential: which surroundings it was trained on, and whether a film's are among them."""

import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lithicoat.analysis.films.environments import (
    FEWEST_ATOMS,
    ElementEnvironments,
    EnvironmentVerdict,
    fit_environments,
    judge_environments,
)
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import PotentialRef, shipped
from lithicoat.workflows.progress import report

__all__ = ["Guard", "descriptors", "fit_guard", "flagged_cells", "guard_of"]

Array = NDArray[np.float64]

SHIPPED = "data/models"


class Guard(BaseModel):
    """The surroundings that a potential was trained on, per element, in its own descriptors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    potential: str = Field(description="Name of the potential.")
    sha256: str = Field(description="sha256 of its weights: other weights have other descriptors.")
    elements: dict[str, ElementEnvironments] = Field(min_length=1, description="By chemical symbol.")
    left_out: dict[str, int] = Field(
        default_factory=dict, description="Elements with too few training atoms, and how many."
    )

    @property
    def content_hash(self) -> str:
        """What a judgement depends on."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def judge(self, frames: Sequence[ArrayLike], symbols: Sequence[str]) -> EnvironmentVerdict:
        """Compare a cell, or the frames of a trajectory, with the training set.

        Parameters
        ----------
        frames : sequence of (n, d) array_like
            Descriptors of all atoms by this potential, one array per frame.
        symbols : sequence of str
            Chemical symbols, one per atom.

        Raises
        ------
        DataError
            If the numbers do not fit each other or the guard.
        """
        return judge_environments(self.elements, frames, symbols)

    def write(self, file: Path) -> None:
        """Write the guard as JSON.

        Raises
        ------
        UsageError
            If the file cannot be written.
        """
        try:
            file.write_text(self.model_dump_json() + "\n", "utf-8")
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}", where=str(file)) from error


def descriptors(calculator: Any, atoms: Atoms) -> Array:
    """Return the invariant descriptors of all atoms: the scalar features of all layers of a MACE.

    They cost as much as one evaluation of energy and forces.

    Parameters
    ----------
    calculator : MACECalculator
        The calculator of one model.
    atoms : Atoms
        The cell; left as it is.

    Returns
    -------
    numpy.ndarray, shape (atoms, layers x channels)

    Raises
    ------
    UsageError
        If the calculator is not that of a MACE.
    """
    describe = getattr(calculator, "get_descriptors", None)
    if describe is None:
        raise UsageError(
            f"{type(calculator).__name__} gives no descriptors of atoms",
            where="descriptors",
            hint="only MACE potentials can be guarded",
        )
    cell = atoms.copy()
    cell.wrap()
    return np.asarray(describe(cell, invariants_only=True), dtype=float)


def fit_guard(
    train: Sequence[Atoms], test: Sequence[Atoms], calculator: Any, potential: PotentialRef
) -> Guard:
    """Learn which surroundings a potential was trained on.

    Parameters
    ----------
    train : sequence of Atoms
        The cells that it was trained on.
    test : sequence of Atoms
        Cells that it was not trained on; they set the thresholds.
    calculator : MACECalculator
        Its calculator.
    potential : PotentialRef
        Its name and the sha256 of its weights.

    Raises
    ------
    UsageError
        If the calculator is not that of a MACE, or no element has enough training atoms.
    DataError
        If descriptors are not finite or all alike.
    """
    known, _ = _by_element(train, calculator, "training environments")
    unseen, cells = _by_element(test, calculator, "test environments")
    enough = {element: rows for element, rows in known.items() if len(rows) >= FEWEST_ATOMS}
    if not enough:
        raise UsageError(
            f"no element has {FEWEST_ATOMS} atoms in the {len(train)} training cells",
            where="train",
            hint="give the whole training set",
        )
    return Guard(
        potential=potential.id,
        sha256=potential.sha256,
        elements={
            element: fit_environments(
                rows, unseen.get(element, np.empty((0, rows.shape[1]))), cells.get(element, np.empty(0))
            )
            for element, rows in sorted(enough.items())
        },
        left_out={element: len(rows) for element, rows in sorted(known.items()) if element not in enough},
    )


def flagged_cells(guard: Guard, cells: Sequence[Atoms], calculator: Any) -> list[int]:
    """Return the numbers of the cells that the guard flags: on a test set, how often it errs."""
    return [
        index
        for index, atoms in enumerate(cells)
        if guard.judge([descriptors(calculator, atoms)], atoms.get_chemical_symbols()).flagged
    ]


def guard_of(potential: PotentialRef) -> Guard | None:
    """Return the guard of a potential: the registry's, or that beside a local file.

    A file NAME.model has its guard in NAME-guard.json. A guard of other weights is no guard.

    Raises
    ------
    UsageError
        If the file is there but is no guard.
    """
    entry = shipped(potential)
    if entry is not None:
        if entry.guard is None:
            return None
        file = Path(str(resources.files("lithicoat.workflows").joinpath(SHIPPED, entry.guard)))
    elif potential.path is not None:
        weights = Path(potential.path)
        file = weights.with_name(f"{weights.stem}-guard.json")
    else:
        return None
    if not file.is_file():
        return None
    guard = _read(file)
    return guard if guard.sha256 == potential.sha256 else None


def _read(file: Path) -> Guard:
    try:
        return Guard.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{file} is no guard of a potential",
            where=str(file),
            hint="remove it, or fit the guard again",
        ) from error


def _by_element(
    frames: Sequence[Atoms], calculator: Any, label: str
) -> tuple[Mapping[str, Array], Mapping[str, NDArray[np.int_]]]:
    """Return the descriptors of all atoms by element, and the number of the cell that each belongs to."""
    rows: dict[str, list[Array]] = {}
    cells: dict[str, list[int]] = {}
    for index, atoms in enumerate(frames):
        found = descriptors(calculator, atoms)
        for symbol, row in zip(atoms.get_chemical_symbols(), found, strict=True):
            rows.setdefault(symbol, []).append(row)
            cells.setdefault(symbol, []).append(index)
        report(label, index + 1, len(frames), "cells")
    return (
        {symbol: np.array(found) for symbol, found in rows.items()},
        {symbol: np.array(numbers) for symbol, numbers in cells.items()},
    )
