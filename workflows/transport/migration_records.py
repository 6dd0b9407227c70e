"""What is kept of the defects that carry lithium through a crystal."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.transport.networks import HopNetwork
from lithicoat.analysis.transport.percolation import PercolatingBarriers
from lithicoat.structures.crystals.hops import Mechanism
from lithicoat.workflows.protocols import CarrierSpec

__all__ = ["CarrierDocument", "FrenkelDocument", "HopDocument", "MigrationDocument", "SiteDocument"]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SiteDocument(_Stored):
    """Sites of a carrier that symmetry makes equal."""

    name: str = Field(description="Class of the sites, such as Li1.")
    multiplicity: int = Field(ge=1, description="Sites of this class in the primitive cell.")
    energy_eV: float = Field(description="Energy of the carrier there over the best site, eV.")


class HopDocument(_Stored):
    """One distinct hop and its band."""

    label: str = Field(description="Classes of both sites and their distance.")
    mechanism: Mechanism
    length_A: float = Field(description="Distance between the two sites, Å.")
    multiplicity: int = Field(ge=1, description="Hops of this kind in the primitive cell, each way once.")
    forward_eV: float = Field(description="Saddle over the first site, eV.")
    backward_eV: float = Field(description="Saddle over the second site, eV.")
    total_eV: tuple[float, float, float] = Field(
        description="Energy of the whole cell at the first end, at the saddle and at the second end, eV."
    )
    path_A: tuple[float, ...] = Field(description="How far each image lies along the path, Å.")
    path_eV: tuple[float, ...] = Field(description="Energy of each image over the first end, eV.")
    climbed: bool = Field(description="False if no image is above both ends: the path has no top.")
    fmax_eV_A: float = Field(description="Largest force left on the band, eV/Å.")
    steps: int = Field(description="Steps of the band.")


class CarrierDocument(_Stored):
    """One kind of defect, its sites and hops."""

    carrier: str = Field(description="vacancy or interstitial.")
    atoms: int = Field(description="Atoms of the cell with the defect.")
    width_A: float = Field(description="Distance between the defect and its images, Å.")
    sites: tuple[SiteDocument, ...]
    hops: tuple[HopDocument, ...] = Field(description="Distinct hops with a barrier, shortest first.")
    failures: dict[str, str] = Field(description="Hop → why it has no barrier.")
    left_out: int = Field(ge=0, description="Longer distinct hops that were not computed.")
    network: HopNetwork = Field(description="All sites and hops of the primitive cell.")
    barriers: PercolatingBarriers = Field(description="Barriers of the endless paths, eV.")


class FrenkelDocument(_Stored):
    """A vacancy and an interstitial ion in one stoichiometric cell."""

    energy_eV: float = Field(description="Energy of the cell over the perfect one, eV.")
    apart_eV: float = Field(
        description="Energy of a cell with the vacancy and one with the interstitial, over two perfect ones, "
        "eV: without their attraction, but each cell is neutral for itself."
    )
    distance_A: float = Field(description="Between the empty site and the interstitial ion, Å.")
    vacancy: str = Field(description="Class of the empty site.")
    interstitial: str = Field(description="Class of the interstice.")
    atoms: int = Field(description="Atoms of the cell.")


class MigrationDocument(_Stored):
    """Defects of one crystal that carry lithium."""

    formula: str = Field(description="Formula of the primitive cell.")
    space_group: str
    lithium_per_A3: float = Field(gt=0, description="Lithium sites per volume, 1/Å³.")
    spec: CarrierSpec
    vacancy: CarrierDocument | None = Field(description="None if it failed.")
    interstitial: CarrierDocument | None = Field(None, description="None if it failed or was not asked for.")
    frenkel: FrenkelDocument | None = Field(None, description="None if it failed or was not asked for.")
    missing: dict[str, str] = Field(default_factory=dict, description="What was not had → why.")

    @property
    def carriers(self) -> tuple[CarrierDocument, ...]:
        """All carriers that there are."""
        return tuple(carrier for carrier in (self.vacancy, self.interstitial) if carrier is not None)
