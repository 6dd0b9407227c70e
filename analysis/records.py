"""ScreeningRecord: all that one campaign found about one coating, one document of the screening database."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.films.ensembles import Convergence
from lithicoat.analysis.films.records import FilmStructure
from lithicoat.analysis.properties import Property

__all__ = ["CampaignRecord", "ModelSummary", "ScreeningRecord"]


class ModelSummary(BaseModel):
    """What a reader wants to know of a model without its atoms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content_hash: str = Field(description="sha256 of species, positions and cell.")
    kind: str = Field(description="crystal, amorphous or molecular.")
    formula: str
    atoms: int
    density_g_cm3: float
    seed: int | None = None


class ScreeningRecord(BaseModel):
    """All properties of one coating with one potential and protocol.

    ``properties`` has these names where they were asked for: density (g/cm3); bulk_modulus, shear_modulus,
    shear_modulus_calibrated, shear_modulus_softest, shear_modulus_stiffest (over all planes and directions,
    as computed), youngs_modulus (GPa); poisson_ratio, pugh_ratio (K/G), universal_anisotropy (1);
    hardness_estimate (GPa); shear_modulus_300K, shear_modulus_300K_calibrated (GPa, finite shears at that
    temperature); lowest_elastic_eigenvalue (GPa, > 0 is Born-stable); highest_stable_temperature (K, the
    hottest run in which the framework held); activation_energy (eV); diffusivity_298K (cm2/s);
    conductivity_298K (S/cm); log10_conductivity_298K (decades, of S/cm); haven_ratio (1);
    migration_barrier, frenkel_energy (eV), intrinsic_conductivity_298K (S/cm), of crystals;
    oxygen_diffusivity_298K (cm2/s); oxygen_activation_energy (eV); lithium_over_oxygen (decades, log10 of the
    ratio of their diffusivities); scavenging_energy (eV/O2, negative is downhill); scavenging_capacity (mol
    O2/cm3); oxidation_volume_ratio (1); uptake_onset and oxygen_margin (eV per O, chemical potential against
    half an O2); energy_above_hull (eV/atom); window_low, window_high (V against Li/Li+); reaction_lithium and
    reaction_NMC811 (eV/atom, of the most exothermic mixture, negative is downhill), contact_lithium and
    contact_NMC811 (the same without the film's own decay); band_gap (eV, reported);
    lithium_volume_ratio and lithium_volume_ratio_sphere (1, volume of lithium in the film over that in its
    metal: from the change of cell volume with lithium content, and of the ionic sphere);
    adhesion_lithium, adhesion_NMC811, lithium_spreading (J/m2); lithium_adsorption (eV against bulk lithium).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = 2
    coating: str = Field(description="Id in the catalog.")
    name: str
    family: str
    role: str = Field(description="anode, cathode, both or reference.")
    campaign: str
    potential: str
    sha256: str = Field(description="sha256 of the potential's weights.")
    protocol: str = Field(description="Label of the protocol: name and digest.")
    try_out: bool = Field(description="True if the protocol is for trying out only.")
    seed: int
    properties: dict[str, Property]
    failures: dict[str, str] = Field(default_factory=dict, description="Step → why it failed.")
    models: tuple[ModelSummary, ...] = ()
    structure: FilmStructure | None = Field(
        None, description="Structure over the annealed replicas; None for a crystal."
    )
    convergence: dict[str, Convergence] = Field(
        default_factory=dict,
        description="How shear_modulus, diffusivity and density depend on the number of replicas.",
    )
    steps: dict[str, str] = Field(
        default_factory=dict,
        description="Key of each computation behind the properties → its step; empty before schema 2.",
    )
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    def property_or_missing(self, name: str, unit: str) -> Property:
        """Return the named property, or a missing one that says it was not computed."""
        return self.properties.get(name) or Property.missing(unit, "not computed")

    def _repr_html_(self) -> str:
        from lithicoat.analysis.display import record_html  # noqa: PLC0415 - for notebooks alone

        return record_html(self)


class CampaignRecord(BaseModel):
    """What was asked for under one name: which records belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    coatings: tuple[str, ...] = Field(description="Ids, in the order they run.")
    potential: str
    sha256: str = Field(description="sha256 of the potential's weights.")
    substitutes: dict[str, str] = Field(
        default_factory=dict,
        description="sha256 of another potential by id, for coatings that the potential does not cover.",
    )
    protocol: str = Field(description="Label of the protocol.")
    numbers: dict[str, Any] = Field(description="All numbers of the protocol.")
    seed: int
    state: str = Field(description="running or finished.")
    updated_at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    def sha256_of(self, coating: str) -> str:
        """Return the sha256 of the potential that computes a coating."""
        return self.substitutes.get(coating, self.sha256)

    def _repr_html_(self) -> str:
        from lithicoat.analysis.display import campaign_html  # noqa: PLC0415 - for notebooks alone

        return campaign_html(self)
