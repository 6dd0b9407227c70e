"""What is found of a film's stability: by its own potential, and against the cathode by the covering one."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.thermochemistry.hulls import HullDistance
from lithicoat.analysis.thermochemistry.interfaces import Contact, most_exothermic
from lithicoat.analysis.thermochemistry.windows import Window
from lithicoat.workflows.potentials.registry import PotentialRef

__all__ = ["CathodeContactDocument", "StabilityDocument"]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StabilityDocument(_Document):
    """Phase stability, window and reactions with lithium and acid, all with one potential."""

    potential: PotentialRef
    references: str = Field(description="Content hash of the reference phases and corrections.")
    formula: str = Field(description="Reduced formula of the film.")
    replicas: int = Field(description="Cells whose mean energy is the film's.")
    hull: HullDistance = Field(description="Distance from the hull of the competing phases.")
    window: Window = Field(description="Between which potentials lithium stays.")
    lithium: Contact = Field(description="Reaction with lithium metal.")
    acid: Contact | None = Field(None, description="Reaction with HF; None where it cannot be had.")
    without_acid: str = Field("", description="Why there is no reaction with HF.")


class CathodeContactDocument(_Document):
    """Reactions with NMC811 at several lithium contents, all with one potential that covers both."""

    potential: PotentialRef = Field(description="May be another one than the film's own.")
    references: str = Field(description="Content hash of the reference phases and corrections.")
    formula: str = Field(description="Reduced formula of the film.")
    contacts: tuple[Contact, ...] = Field(
        min_length=1, description="One per cathode: `NMC811 x=1`, `NMC811 x=0.5`, `NMC811 x=0.25`."
    )

    @property
    def worst(self) -> Contact:
        """The one that sets the most energy free."""
        return most_exothermic(self.contacts)
