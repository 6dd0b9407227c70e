"""Watching dynamics: what must stop a run before it wastes time on a cell that is broken."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import write
from numpy.typing import NDArray

from lithicoat.structures.model import Model
from lithicoat.structures.validation import changed_bonds
from lithicoat.workflows.errors import RunError

__all__ = [
    "BrokenError",
    "Moment",
    "StoppedError",
    "Watcher",
    "clash",
    "not_finite",
    "stop_if_broken",
    "watch_bonds",
]

Watcher = Callable[[Atoms], str | None]
"""Looks at the atoms, leaves them alone, and returns why the run must stop, or None."""

CLOSEST_A = 0.4
"""Two nuclei nearer than this (the H-H bond is 0.74 Å) are an artefact of the potential."""

LASTING_CHECKS = 5
"""A bond counts as changed when so many checks in a row see it, so that a vibration does not."""


class BrokenError(RunError):
    """The dynamics ended because the cell is broken.

    Parameters
    ----------
    message : str
        The whole sentence.
    reason : str
        What is broken.
    time_ps : float
        Time since the run began, ps.
    temperature_K : float
        Kinetic temperature at that moment, K.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        time_ps: float,
        temperature_K: float,
        where: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.reason, self.time_ps, self.temperature_K = reason, time_ps, temperature_K


class StoppedError(BrokenError):
    """A watcher stopped the dynamics; the reason is what it said."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When in a run: its label, the step of the stage, the time since it began, the kinetic temperature."""

    run: str
    step: int
    time_ps: float
    temperature_K: float

    def sentence(self, what: str) -> str:
        """Say what happened, and when."""
        finite = math.isfinite(self.temperature_K)
        heat = f"{self.temperature_K:.0f} K" if finite else "no finite temperature"
        return f"{self.run}: {what} at {self.time_ps:.3f} ps (step {self.step} of its stage, {heat})"


def stop_if_broken(
    atoms: Atoms,
    forces: NDArray[np.float64],
    *,
    moment: Moment,
    exploded: bool,
    closely: bool,
    watchers: Sequence[Watcher],
    directory: Path,
) -> None:
    """Look at a step and end the run if the cell is broken; the frame is left in `broken.extxyz`.

    Parameters
    ----------
    atoms : Atoms
        State after the step.
    forces : numpy.ndarray, shape (atoms, 3)
        Forces after the step, eV/Å.
    moment : Moment
        When that is.
    exploded : bool
        Whether the cell has been far too hot for long.
    closely : bool
        Whether to look at distances and to ask the watchers, too.
    watchers : sequence of callables
        The caller's watchers.
    directory : Path
        Place of the frame.

    Raises
    ------
    StoppedError
        If a watcher says so.
    BrokenError
        If numbers are not finite, the cell exploded or nuclei coincide.
    """
    broken = not_finite(atoms, forces) or ("the cell exploded" if exploded else None)
    if broken is None and closely:
        broken = clash(atoms)
    said = None
    if broken is None and closely:
        said = next(filter(None, (watcher(atoms) for watcher in watchers)), None)
    if broken is None and said is None:
        return
    frame = directory / "broken.extxyz"
    write(frame, Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True))
    if said is not None:
        raise StoppedError(
            moment.sentence(said),
            reason=said,
            time_ps=moment.time_ps,
            temperature_K=moment.temperature_K,
            where=str(frame),
        )
    raise BrokenError(
        moment.sentence(str(broken)),
        reason=str(broken),
        time_ps=moment.time_ps,
        temperature_K=moment.temperature_K,
        where=str(frame),
        hint="the potential may not know this material; try a shorter time step or another potential",
    )


def not_finite(atoms: Atoms, forces: NDArray[np.float64]) -> str | None:
    """Say whether positions, momenta or forces (eV/Å, shape (atoms, 3)) are no longer numbers."""
    for name, numbers in (
        ("forces", forces),
        ("positions", atoms.positions),
        ("momenta", atoms.get_momenta()),
    ):
        if not np.isfinite(numbers).all():
            return f"the {name} are not finite"
    return None


def clash(atoms: Atoms) -> str | None:
    """Name the two nearest atoms if they are closer than any nuclei can be."""
    fractional = atoms.positions @ np.linalg.inv(atoms.cell.array)
    apart = fractional[:, None] - fractional[None]
    # Rounding finds the nearest image of whatever is this close, in a cell of any shape.
    distances = np.linalg.norm((apart - np.round(apart)) @ atoms.cell.array, axis=2)
    np.fill_diagonal(distances, np.inf)
    i, j = sorted(int(index) for index in np.unravel_index(distances.argmin(), distances.shape))
    if distances[i, j] >= CLOSEST_A:
        return None
    symbols = atoms.get_chemical_symbols()
    return f"{symbols[i]}{i + 1} and {symbols[j]}{j + 1} are {distances[i, j]:.2f} Å apart"


def watch_bonds(model: Model) -> Watcher | None:
    """Watch the covalent graph of a model; None if the model has none.

    Parameters
    ----------
    model : Model
        Its ``bonds`` must last.
    """
    if model.bonds is None:
        return None
    seen: list[frozenset[str]] = []

    def watch(atoms: Atoms) -> str | None:
        seen[:] = [*seen[1 - LASTING_CHECKS :], frozenset(changed_bonds(model, atoms))]
        if len(seen) < LASTING_CHECKS:
            return None
        lasting = sorted(frozenset.intersection(*seen))
        return "; ".join(lasting) or None

    return watch
