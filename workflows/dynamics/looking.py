"""Looking at a step: whether the cell is still one that dynamics can go on with."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import write
from matscipy.neighbours import neighbour_list
from numpy.typing import NDArray

from lithicoat.workflows.dynamics.watch import BrokenError, StoppedError, Watcher

__all__ = ["Moment", "clash", "not_finite", "racing", "stop_if_broken"]

CLOSEST_A = 0.4
"""Two nuclei nearer than this (the H-H bond is 0.74 Å) are an artefact of the potential."""

FASTEST_eV = 10.0
"""No reaction in a film gives a single atom so much kinetic energy (an O-H bond has 5 eV)."""


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
    directory: Path,
    exploded: bool = False,
    closely: bool = False,
    drift: str | None = None,
    watchers: Sequence[Watcher] = (),
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
    directory : Path
        Place of the frame.
    exploded : bool
        Whether the cell has been far too hot for long.
    closely : bool
        Whether to look at distances and to ask the watchers, too.
    drift : str or None
        What is wrong with energy or temperature over a longer time.
    watchers : sequence of callables
        The caller's watchers.

    Raises
    ------
    StoppedError
        If a watcher says so.
    BrokenError
        If numbers are not finite, the cell exploded, nuclei coincide, an atom races, or there is drift.
    """
    broken = not_finite(atoms, forces) or ("the cell exploded" if exploded else None)
    if broken is None and closely:
        broken = clash(atoms) or racing(atoms) or drift
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
    first, second, distances = neighbour_list("ijd", atoms, CLOSEST_A)
    if len(distances) == 0:
        return None
    nearest = int(distances.argmin())
    i, j = sorted((int(first[nearest]), int(second[nearest])))
    symbols = atoms.get_chemical_symbols()
    return f"{symbols[i]}{i + 1} and {symbols[j]}{j + 1} are {distances[nearest]:.2f} Å apart"


def racing(atoms: Atoms) -> str | None:
    """Name the fastest atom if it has more kinetic energy than any process between atoms gives it."""
    energies = (atoms.get_momenta() ** 2).sum(axis=1) / (2 * atoms.get_masses())
    fastest = int(energies.argmax())
    if energies[fastest] <= FASTEST_eV:
        return None
    return f"{atoms.symbols[fastest]}{fastest + 1} races with {energies[fastest]:.0f} eV"
