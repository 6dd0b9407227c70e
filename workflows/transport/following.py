"""What the frames of one run say of every species that is followed, and whether the run should go on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ase.data import atomic_masses, atomic_numbers

from lithicoat.analysis.transport.diffusion import analyse_run, enough
from lithicoat.analysis.transport.displacements import Mask, mobile_mask
from lithicoat.analysis.transport.framework import framework_motion
from lithicoat.analysis.transport.records import TemperatureResult
from lithicoat.analysis.transport.runs import prepare_run
from lithicoat.structures.coating import Role
from lithicoat.workflows.dynamics.trajectory import Frames

__all__ = [
    "LITHIUM",
    "OXYGEN",
    "Following",
    "charge_number",
    "framework_of",
    "masses_of",
    "mobile_species",
    "relative_error",
]

LITHIUM, OXYGEN = "Li", "O"

CHARGES = {"Li": 1.0, "Na": 1.0, "K": 1.0, "Ag": 1.0, "Mg": 2.0, "Ca": 2.0, "Zn": 2.0, "F": -1.0}
"""Charges of ions that move alone. Oxygen is left out: it moves as O, O2 or within anions."""


def mobile_species(elements: Collection[str], role: Role | None = None) -> tuple[str, ...]:
    """Return what is followed by default: lithium; at a cathode oxygen too, which a film should hold back.

    Parameters
    ----------
    elements : collection of str
        Elements of the film.
    role : Role, optional
        Role of the coating; None for a structure of the user's.

    Returns
    -------
    tuple of str
        The first decides how long runs are; empty if there is nothing to follow.
    """
    lithium = (LITHIUM,) if LITHIUM in elements else ()
    oxygen = OXYGEN in elements and role is not None and role.covers(Role.CATHODE)
    return (*lithium, OXYGEN) if oxygen else lithium


def charge_number(species: str) -> float | None:
    """Return the charge of a mobile ion in elementary charges; None if it is not one and the same."""
    return CHARGES.get(species)


def masses_of(symbols: Sequence[str]) -> list[float]:
    """Return atomic masses, u."""
    return [float(atomic_masses[atomic_numbers[symbol]]) for symbol in symbols]


def framework_of(symbols: Sequence[str], species: str, before: Sequence[str] = ()) -> Mask:
    """Return which atoms have to stay where they are for the motion of a species to count.

    All but that species; nor can lithium, or a species that is followed before it, hold anything in place,
    unless the cell consists of nothing else.

    Parameters
    ----------
    symbols : sequence of str
        Chemical symbols.
    species : str
        The species that is followed.
    before : sequence of str
        Species that are followed before it.
    """
    every = np.asarray(symbols)
    mask: Mask = ~np.isin(every, [species, LITHIUM, *before])
    return mask if mask.any() else every != species


@dataclass
class Following:
    """The analysis of a run while it goes on and when it has ended.

    Parameters
    ----------
    species : tuple of str
        What is followed; the first decides when the run ends.
    relative_error : float
        Relative standard uncertainty of its diffusivity at which it does.
    seed : int
        Seed of the regression.
    """

    species: tuple[str, ...]
    relative_error: float
    seed: int
    _known: dict[tuple[str, int], TemperatureResult] = field(default_factory=dict, repr=False)

    def go_on(self, frames: Frames) -> bool:
        """Tell whether a longer run would say more: not if the framework went, or D is known well enough.

        Cheap estimates are asked first; only what they see is looked at by the whole analysis, whose word is
        last.
        """
        first = self.species[0]
        facts = self._facts(frames, first)
        shared = ("positions", "masses", "mobile", "framework", "frame_interval_ps")
        motion = framework_motion(**{name: facts[name] for name in shared})
        if not motion.held and not self.result(frames, first).framework_held:
            return False
        known = enough(prepare_run(**facts), relative_error=self.relative_error)
        return not (known and self.converged(self.result(frames, first)))

    def converged(self, result: TemperatureResult) -> bool:
        """Tell whether a diffusivity is known as well as asked."""
        error = relative_error(result)
        return error is not None and error <= self.relative_error

    def results(self, frames: Frames) -> dict[str, TemperatureResult]:
        """Analyse the motion of all species.

        Raises
        ------
        DataError
            If the frames are too few.
        """
        return {species: self.result(frames, species) for species in self.species}

    def result(self, frames: Frames, species: str) -> TemperatureResult:
        """Analyse the motion of one species; the same frames are not analysed twice."""
        key = (species, len(frames))
        if key not in self._known:
            self._known[key] = analyse_run(
                **self._facts(frames, species),
                temperature_K=frames.header.temperature_K,
                seed=self.seed,
                species=species,
                charge_number=charge_number(species),
            )
        return self._known[key]

    def _facts(self, frames: Frames, species: str) -> dict[str, Any]:
        """Return what `prepare_run` asks for."""
        header = frames.header
        before = self.species[: self.species.index(species)]
        return {
            "positions": frames.positions(),
            "masses": masses_of(header.symbols),
            "mobile": mobile_mask(header.symbols, species),
            "framework": framework_of(header.symbols, species, before),
            "frame_interval_ps": header.frame_interval_ps,
            "volume_A3": float(abs(np.linalg.det(np.asarray(header.cell_A)))),
            "cell_A": header.cell_A,
            "energies_eV": frames.energies_eV,
        }


def relative_error(result: TemperatureResult) -> float | None:
    """Return the relative standard uncertainty of a diffusivity; None for a bound."""
    found = result.diffusivity
    if not (found.resolved and found.value and found.uncertainty):
        return None
    return found.uncertainty / found.value
