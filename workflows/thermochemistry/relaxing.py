"""One reference phase: its cell relaxed by fixed numbers, or the reason why there is none."""

from dataclasses import dataclass

from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.thermochemistry.phases import Phase, PhaseKind
from lithicoat.structures.model import Model
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.steps import science_job
from lithicoat.workflows.thermochemistry.films import phase_of

__all__ = ["FMAX_EV_A", "MAX_STEPS", "SMAX_GPA", "PhaseDocument", "PhaseMaker"]

FMAX_EV_A, SMAX_GPA, MAX_STEPS = 0.03, 0.05, 500
"""Largest force and stress left in a reference phase, and steps after which it is left out."""
MOST_VOLUME_CHANGE = 0.15
"""Relative change of volume beyond which the potential is said to have turned the crystal into another."""


class PhaseDocument(BaseModel):
    """A reference phase, or why it is left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    phase: Phase | None
    reason: str = Field("", description="Why there is no phase.")


@dataclass
class PhaseMaker(Maker):
    """Relax a reference phase.

    Parameters
    ----------
    kind : PhaseKind
        A crystal or a cathode is relaxed with its cell, a gas in its box.
    fmax_eV_A, smax_GPa, max_steps : float, float, int
        Limits; the same for all phases and potentials.
    name : str
        Name of the job.
    """

    kind: PhaseKind
    fmax_eV_A: float = FMAX_EV_A
    smax_GPa: float = SMAX_GPA
    max_steps: int = MAX_STEPS
    name: str = "phase"

    @science_job(PhaseDocument, version="1")
    def make(self, model: Model, potential: PotentialRef) -> PhaseDocument:
        """Relax it; what does not converge becomes a reason, not an error: the other phases go on."""
        try:
            outcome = relax(
                model.atoms,
                calculator(potential),
                fmax_eV_A=self.fmax_eV_A,
                smax_GPa=None if self.kind is PhaseKind.GAS else self.smax_GPa,
                max_steps=self.max_steps,
                label=model.name,
            )
        except RunError as error:
            return PhaseDocument(name=model.name, phase=None, reason=error.message)
        relaxed = model.with_atoms(outcome.atoms, step="relax", potential=potential.id)
        flags = list(model.recipe.get("flags", ()))
        change = outcome.atoms.get_volume() / model.atoms.get_volume() - 1
        if self.kind is PhaseKind.CRYSTAL and "of" not in model.recipe and abs(change) > MOST_VOLUME_CHANGE:
            flags.append(f"its volume changed by {100 * change:+.0f} % with {potential.id}")
        name = f"{model.name} gas" if self.kind is PhaseKind.GAS else model.name
        phase = phase_of(relaxed, outcome.energy_eV, name=name, kind=self.kind, flags=tuple(flags))
        return PhaseDocument(name=name, phase=phase)
