"""What the steps of adhesion leave: an electrode's face, an interface pulled apart, lithium on a film."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.model import Model
from lithicoat.structures.recipes import LayeredOxideRecipe
from lithicoat.structures.surfaces.interfaces import InterfaceReport
from lithicoat.structures.surfaces.substrates import Electrode
from lithicoat.workflows.potentials.registry import PotentialRef

__all__ = [
    "J_M2",
    "AdhesionDocument",
    "AdsorptionDocument",
    "AdsorptionSite",
    "ElectrodeDocument",
]

J_M2 = 16.02176634
"""One eV/Å² in J/m² (CODATA 2018, exact)."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ElectrodeDocument(_Document):
    """One face of an electrode with the lattice that the potential gives it."""

    name: str = Field(description="Id of the catalog, such as NMC811@0.25, or stem of a file.")
    miller: tuple[int, int, int] = Field(description="Indices of the face.")
    potential: PotentialRef
    solid: Model | None = Field(description="Relaxed crystal; None for a layered oxide.")
    recipe: LayeredOxideRecipe | None = Field(
        None, description="A layered oxide with relaxed lattice constants; None for a crystal."
    )
    energy_eV_per_atom: float = Field(description="Energy of the relaxed bulk, eV per atom.")
    surface_energy_J_m2: float | None = Field(
        None, description="Energy of this face by this potential, J/m²; None for a layered oxide."
    )

    @property
    def electrode(self) -> Electrode:
        """What a film is laid upon."""
        solid = self.recipe if self.solid is None else self.solid.atoms
        if solid is None:
            msg = f"{self.name} has neither a crystal nor a recipe"
            raise ValueError(msg)
        return Electrode(self.name, self.miller, solid)

    @property
    def label(self) -> str:
        """Name and face: `Li(100)`."""
        return f"{self.name}({''.join(map(str, self.miller))})"

    @property
    def metal(self) -> bool:
        """True for an element: what a melt of it would wet can be told."""
        return self.solid is not None and len(set(self.solid.symbols)) == 1


class AdhesionDocument(_Document):
    """A film on one face of an electrode, relaxed, and both sides alone in the same cell."""

    film: str = Field(description="Id of the coating, or stem of the user's file.")
    electrode: str = Field(description="Electrode and face: `Li(100)`, `NMC811@0.25(104)`.")
    potential: PotentialRef
    seed: int
    interface: Model = Field(description="The relaxed interface; the electrode's atoms come first.")
    report: InterfaceReport = Field(description="Faces, strains, area and sizes of the cell as built.")
    energy_eV: float = Field(description="Relaxed interface, eV.")
    electrode_energy_eV: float = Field(description="Relaxed electrode alone in the same cell, eV.")
    film_energy_eV: float = Field(description="Relaxed film alone in the same cell, eV.")
    work_J_m2: float = Field(description="Work of adhesion, J/m²; positive if the sides hold together.")
    scar_J_m2: float = Field(
        ge=0,
        description="By how much the sides as the interface left them lie above the sides as cut, J/m²: "
        "what mixing and reconstruction at the interface would cost to undo. 0 if they lie below.",
    )
    cohesion_J_m2: float | None = Field(
        None, description="2γ of the electrode's face by the same potential, J/m²; metals only."
    )
    reacted: tuple[str, ...] = Field((), description="Covalent bonds of the film that broke or formed.")
    outside: str | None = Field(
        None, description="What the potential's guard says of the interface; None if nothing or no guard."
    )

    @property
    def spreading_J_m2(self) -> float | None:
        """Work of adhesion less the electrode's cohesion, J/m²: its melt or deposit wets the film if > 0."""
        return None if self.cohesion_J_m2 is None else self.work_J_m2 - self.cohesion_J_m2


class AdsorptionSite(_Document):
    """A lithium atom relaxed on one site of a film."""

    energy_eV: float = Field(description="Against bulk lithium, eV; negative is downhill.")
    height_A: float = Field(description="Above the highest atom of the bare film, Å; negative if sunk in.")
    neighbours: dict[str, int] = Field(description="Atoms of the film within 1.2 contact distances.")


class AdsorptionDocument(_Document):
    """Lithium atoms, one at a time, on the surface of a film."""

    film: str = Field(description="Id of the coating, or stem of the user's file.")
    face: str = Field(description="Face of a crystal, or the axis across which a cell was cut.")
    potential: PotentialRef
    seed: int
    sites: tuple[AdsorptionSite, ...] = Field(min_length=1, description="Lowest energy first.")
    failed: int = Field(0, ge=0, description="Sites at which the relaxation did not converge.")
    outside: str | None = Field(None, description="What the potential's guard says of the lowest site.")
