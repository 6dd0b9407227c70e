"""The unknown crystal of a compound: relax many starts, keep the lowest, and ask whether it would last."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.crystals.candidates import different, same_structure, unit_of, units_intact
from lithicoat.structures.model import Model
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import RelaxSpec
from lithicoat.workflows.steps import science_job

__all__ = [
    "CONFIRM",
    "SEARCH",
    "AttemptDocument",
    "AttemptMaker",
    "ConfirmDocument",
    "ConfirmMaker",
    "lowest",
]

SEARCH = RelaxSpec(fmax_eV_A=0.03, smax_GPa=0.1, max_steps=400)
"""Limits of the relaxations of all starts."""
CONFIRM = RelaxSpec(fmax_eV_A=0.01, smax_GPa=0.02, max_steps=800)
"""Limits for the lowest crystals."""
RATTLE_A = 0.03
"""Standard deviation of the shifts that take a start off the saddle points of its symmetry."""
KICK_A = 0.15
"""Standard deviation of the shifts that a stable crystal must come back from."""
SAME_EV_ATOM = 0.002
"""A crystal came back if its energy is within this of what it was."""
VOLUME_RANGE = (0.5, 2.0)
"""A start whose volume changes by more has not stayed the crystal it was."""


class AttemptDocument(BaseModel):
    """One start after its relaxation."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    start: Model = Field(description="The start.")
    model: Model | None = Field(None, description="The relaxed crystal; None if there is none.")
    energy_eV_atom: float | None = Field(None, description="Its energy, eV/atom.")
    reason: str = Field("", description="Why there is no crystal.")


class ConfirmDocument(BaseModel):
    """A crystal at its minimum, and whether it comes back to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Model = Field(description="The crystal, relaxed; after the kick if that led to a lower one.")
    potential: PotentialRef
    energy_eV: float = Field(description="Energy of the cell, eV.")
    stable: bool = Field(description="True if it came back from random shifts to the same crystal.")
    verdict: str = Field(description="What the shifts led to.")


@dataclass
class AttemptMaker(Maker):
    """Relax one start; what falls apart or does not converge is a result here, not a failure.

    Parameters
    ----------
    spec : RelaxSpec
        Limits.
    rattle_A : float
        Standard deviation of random shifts before the relaxation, Å; 0 keeps the symmetry.
    seed : int
        Seed of the shifts.
    unit : str, optional
        Anion that the crystal must consist of, such as `SO3`.
    name : str
        Name of the job.
    """

    spec: RelaxSpec = SEARCH
    rattle_A: float = RATTLE_A
    seed: int = 0
    unit: str | None = None
    name: str = "attempt"

    @science_job(AttemptDocument, version="1")
    def make(self, model: Model, potential: PotentialRef) -> AttemptDocument:
        """Relax ions and cell, and look at what came out."""
        start = model.atoms
        if self.rattle_A:
            start.rattle(self.rattle_A, rng=np.random.default_rng(self.seed))
        try:
            outcome = relax(start, calculator(potential), label=model.name, **self.spec.model_dump())
        except RunError as error:
            return AttemptDocument(start=model, reason=str(error))
        low, high = VOLUME_RANGE
        ratio = outcome.atoms.get_volume() / start.get_volume()
        if not low <= ratio <= high:
            return AttemptDocument(start=model, reason=f"the volume went to {ratio:.2f} of the start's")
        if self.unit and not units_intact(outcome.atoms, self.unit):
            return AttemptDocument(start=model, reason=f"it does not consist of {self.unit}")
        relaxed = model.with_atoms(outcome.atoms, step="relax", potential=potential.id)
        return AttemptDocument(start=model, model=relaxed, energy_eV_atom=outcome.energy_eV / len(start))


@dataclass
class ConfirmMaker(Maker):
    """Relax a crystal closely, then shift its atoms at random and relax again.

    Parameters
    ----------
    spec : RelaxSpec
        Limits; not reaching them is an error.
    kick_A : float
        Standard deviation of the shifts, Å.
    seed : int
        Seed of the shifts.
    name : str
        Name of the job.
    """

    spec: RelaxSpec = CONFIRM
    kick_A: float = KICK_A
    seed: int = 0
    name: str = "confirm"

    @science_job(ConfirmDocument, version="1")
    def make(self, model: Model, potential: PotentialRef) -> ConfirmDocument:
        """Relax, shift, relax; the lower of the two crystals is the result.

        Raises
        ------
        RunError
            If the first relaxation does not converge.
        """
        limits, unit = self.spec.model_dump(), unit_of(model.name)
        first = relax(model.atoms, calculator(potential), label=model.name, **limits)
        kicked = first.atoms.copy()
        kicked.rattle(self.kick_A, rng=np.random.default_rng(self.seed))
        best, stable = first, False
        try:
            second = relax(kicked, calculator(potential), label=f"{model.name} shifted", **limits)
        except RunError as error:
            verdict = f"after random shifts it does not settle: {error}"
        else:
            change = (second.energy_eV - first.energy_eV) / len(model.symbols)
            same = same_structure(first.atoms, second.atoms)
            stable = same and abs(change) <= SAME_EV_ATOM
            intact = unit is None or units_intact(second.atoms, unit)
            if stable:
                verdict = f"it comes back from random shifts of {self.kick_A:g} Å"
            else:
                verdict = f"random shifts lead to another crystal, {1000 * change:+.0f} meV/atom"
            if change < 0 and intact:
                best = second
        relaxed = model.with_atoms(best.atoms, step="confirm", potential=potential.id)
        return ConfirmDocument(
            model=relaxed, potential=potential, energy_eV=best.energy_eV, stable=stable, verdict=verdict
        )


def lowest(attempts: Sequence[AttemptDocument], number: int) -> list[Model]:
    """Return the different crystals of lowest energy.

    Raises
    ------
    RunError
        If not one start became a crystal.
    """
    found = [
        (attempt.energy_eV_atom, attempt.model)
        for attempt in attempts
        if attempt.model is not None and attempt.energy_eV_atom is not None
    ]
    if not found:
        name = attempts[0].start.name if attempts else "the compound"
        reasons = "; ".join(dict.fromkeys(attempt.reason for attempt in attempts))
        raise RunError(
            f"none of {len(attempts)} starts for {name} became a crystal: {reasons}",
            where=name,
            hint="try more starts with --candidates and --random, or another potential",
        )
    found.sort(key=lambda pair: pair[0])
    near = [model for _, model in found[: 4 * number]]
    return [near[index] for index in different([model.atoms for model in near])[:number]]
