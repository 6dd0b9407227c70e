"""Protocols: the numbers of a computation, as frozen models with three presets."""

import hashlib
import json
import tomllib
from enum import Enum
from importlib import resources
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lithicoat.structures.model import ModelKind

__all__ = [
    "AnnealSpec",
    "BandSpec",
    "BuildSpec",
    "CarrierSpec",
    "DiffusionSpec",
    "ElasticSpec",
    "Preset",
    "Protocol",
    "RelaxSpec",
    "ThermalElasticSpec",
    "VolumeSpec",
    "preset",
]

Temperature = Annotated[float, Field(gt=0, le=5000)]
Duration = Annotated[float, Field(gt=0, le=1e6)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


S = TypeVar("S", bound=_Spec)


def _budgeted(spec: S) -> S:
    """Refuse a budget that does not hold the first run."""
    first, most = vars(spec)["production_ps"], vars(spec)["longest_ps"]
    if most < first:
        msg = f"longest_ps={most:g} is less than production_ps={first:g}"
        raise ValueError(msg)
    return spec


class BuildSpec(_Spec):
    """Size and number of the models of one coating."""

    max_atoms: int = Field(ge=8, le=5000, description="Atoms per model, at most.")
    replicas: int = Field(ge=1, le=100, description="Independent models of an amorphous film or lithicone.")
    rebuilds: int = Field(
        1,
        ge=0,
        le=9,
        description="How often a replica that fails or is off the others is made again, with another seed.",
    )


class AnnealSpec(_Spec):
    """From a packed cell to a film: melt and quench, or compress and cool (protocols §1)."""

    melt_temperature_K: Temperature = Field(description="Melt of inorganic films; above the melting point.")
    melt_ps: Duration = Field(description="Longest time in the melt, ps.")
    quench_rate_K_ps: float = Field(gt=0, le=1e5, description="Cooling rate, K/ps, linear in time.")
    compress_pressure_GPa: float = Field(ge=0, le=50, description="Pressure that closes a packed lithicone.")
    compress_temperature_K: Temperature = Field(description="Temperature while a lithicone is compressed.")
    compress_ps: Duration = Field(
        description="Time under pressure, ps; as long again to release and to cool."
    )
    final_temperature_K: Temperature = Field(300.0, description="Temperature at which the film is handed on.")
    hold_ps: Duration = Field(description="NPT at the final temperature and zero pressure, ps.")


class RelaxSpec(_Spec):
    """Relaxation of ions and cell; not reaching both limits is an error."""

    fmax_eV_A: float = Field(gt=0, le=0.2, description="Largest force allowed, eV/Å.")
    smax_GPa: float = Field(gt=0, le=2, description="Largest residual stress component allowed, GPa.")
    max_steps: int = Field(ge=1, le=100_000)


class ElasticSpec(_Spec):
    """0 K elastic tensor with relaxed ions (protocols §2)."""

    strains: tuple[Annotated[float, Field(gt=0, le=0.05)], ...] = Field(
        min_length=1, description="Magnitudes, applied with both signs to each of six strain states."
    )
    fmax_eV_A: float = Field(gt=0, le=0.1, description="Largest force allowed in a strained cell, eV/Å.")
    max_steps: int = Field(ge=1, le=100_000)


class ThermalElasticSpec(_Spec):
    """Shear modulus at a temperature, by finite shears in NVT (protocols §2)."""

    in_screen: bool = Field(
        description="Whether a screening measures it; `lithicoat elastic --temperature` does."
    )
    temperature_K: Temperature = 300.0
    expansion_ps: Duration = Field(
        description="NPT at zero pressure; the shears start from its mean volume, ps."
    )
    strains: tuple[Annotated[float, Field(gt=0, le=0.05)], ...] = Field(
        min_length=1,
        description="Magnitudes γ of the strain tensor, with both signs; two of them test the linearity.",
    )
    shears: Literal[3, 6] = Field(
        description="3: the three planes, enough where the solid is isotropic; 6: the three pure shears "
        "along the axes too, which give the Voigt average of any symmetry."
    )
    equilibration_ps: Duration = Field(description="Time in a sheared cell that never counts, ps.")
    production_ps: Duration = Field(description="First length of a run; it goes on by as much again, ps.")
    longest_ps: Duration = Field(description="Production at most, ps.")
    relative_error: float = Field(
        gt=0, lt=1, description="Relative standard uncertainty of G at which the runs end."
    )

    @model_validator(mode="after")
    def _budget_holds_a_run(self) -> Self:
        return _budgeted(self)


class BandSpec(_Spec):
    """Limits of a nudged elastic band."""

    images: int = Field(5, ge=1, le=50, description="Images between the two ends.")
    end_fmax_eV_A: float = Field(0.05, gt=0, le=0.2, description="Largest force left in the ends, eV/Å.")
    rough_fmax_eV_A: float = Field(0.3, gt=0, le=2, description="Largest force when climbing begins, eV/Å.")
    fmax_eV_A: float = Field(0.05, gt=0, le=0.2, description="Largest force left on the band, eV/Å.")
    max_steps: int = Field(400, ge=1, le=100_000, description="Steps of an end, and of the band.")


class CarrierSpec(_Spec):
    """Defects that carry lithium through a crystal: cells, bands, and the model of their number."""

    width_A: float = Field(
        gt=0, le=50, description="Least width of a cell with a defect, where the atoms suffice, Å."
    )
    max_atoms: int = Field(ge=8, le=5000, description="Atoms of a defective cell, at most.")
    longest_hop_A: float = Field(5.0, gt=0, le=10, description="Hops between sites no farther apart, Å.")
    most_hops: int = Field(12, ge=1, le=1000, description="Distinct hops of a carrier at most, short first.")
    carriers_per_site: float = Field(
        1e-3,
        gt=0,
        le=1,
        description="Vacancies (or interstitials) per lithium site that σ is stated for: an assumption.",
    )
    attempt_THz: float = Field(10.0, gt=0, le=100, description="Attempt frequency of a hop, assumed, THz.")
    interstitials: bool = Field(description="Whether interstitial cells and their hops are computed too.")
    band: BandSpec = BandSpec()


class DiffusionSpec(_Spec):
    """NVT ladder for diffusion (protocols §3).

    A run goes on, by `production_ps` at a time, until the relative standard uncertainty of D is small enough
    or `longest_ps` is used up.
    """

    crystal_temperatures_K: tuple[Temperature, ...] = Field(min_length=1)
    amorphous_temperatures_K: tuple[Temperature, ...] = Field(min_length=1)
    molecular_temperatures_K: tuple[Temperature, ...] = Field(min_length=1)
    equilibration_ps: Duration = Field(
        description="Time before the first frame, ps; what still drifts after it is cut off."
    )
    production_ps: Duration = Field(description="First length of a run, ps.")
    longest_ps: Duration = Field(description="Production at most, ps.")
    relative_error: float = Field(
        0.2, gt=0, lt=1, description="Relative standard uncertainty of D at which a run ends."
    )
    timestep_fs: float = Field(gt=0, le=5, description="Time step without hydrogen, fs.")
    hydrogen_timestep_fs: float = Field(gt=0, le=2, description="Time step with hydrogen, fs.")
    thermostat_ps: float = Field(0.1, gt=0, le=10, description="Coupling time of the Bussi thermostat, ps.")
    frame_fs: float = Field(gt=0, le=1000, description="Time between stored frames, fs.")
    checkpoint_ps: Duration = Field(description="Time between checkpoints, at most 1 % of a run, ps.")

    @model_validator(mode="after")
    def _frames_fit(self) -> Self:
        if self.production_ps * 1000 < 20 * self.frame_fs:
            msg = (
                f"production_ps={self.production_ps} holds fewer than 20 frames of frame_fs={self.frame_fs}; "
                "lengthen the run or shorten the frame interval"
            )
            raise ValueError(msg)
        if self.checkpoint_ps > 0.01 * self.production_ps * (1 + 1e-9):
            msg = (
                f"checkpoint_ps={self.checkpoint_ps:g} is more than 1 % of production_ps="
                f"{self.production_ps:g}; at most {0.01 * self.production_ps:g}: a killed run loses little"
            )
            raise ValueError(msg)
        return _budgeted(self)

    def temperatures_K(self, kind: ModelKind) -> tuple[float, ...]:
        """Temperatures of the ladder for one kind of model; a slab or interface runs as an amorphous film."""
        return {
            ModelKind.CRYSTAL: self.crystal_temperatures_K,
            ModelKind.MOLECULAR: self.molecular_temperatures_K,
        }.get(kind, self.amorphous_temperatures_K)

    def step_fs(self, symbols: tuple[str, ...]) -> float:
        """Time step for a cell of these elements, fs."""
        return self.hydrogen_timestep_fs if "H" in symbols else self.timestep_fs


class AdhesionSpec(_Spec):
    """Relaxation of interfaces, and of the two sides by themselves."""

    in_screen: bool = Field(description="True if a screening measures it; it takes as long as the rest.")
    max_atoms: int = Field(gt=8, le=400, description="Atoms of an interface at most.")
    film_thickness_A: float = Field(gt=2, description="Thickness of the film, Å.")
    electrode_thickness_A: float = Field(gt=2, description="Thickness of the electrode, Å.")
    faces: int = Field(1, ge=1, le=4, description="Faces of a metal electrode that are tried.")
    replicas: int = Field(1, ge=1, le=20, description="Cells of an amorphous film that are tried.")
    sites: int = Field(4, ge=1, le=20, description="Sites of the film on which a lithium atom is laid.")
    anneal_temperature_K: Temperature = Field(
        600.0, description="Annealing, on the electrode, of a film that had to be packed upon it, K."
    )
    anneal_ps: Duration = Field(1.0, description="Time at that temperature, and again to cool, ps.")
    fmax_eV_A: float = Field(gt=0, description="Largest force left, eV/Å.")
    max_steps: int = Field(gt=0, description="Steps after which a relaxation has failed.")


class UptakeSpec(_Spec):
    """Reactive dynamics of a film under oxygen."""

    temperature_K: float = Field(gt=0, description="Temperature of the run, K.")
    thickness_A: float = Field(gt=2, description="Thickness of the slab at least, Å.")
    width_A: float = Field(gt=2, description="Width of the slab at least, Å.")
    max_atoms: int = Field(gt=8, description="Atoms of the slab at most.")
    o2_molecules: int = Field(gt=0, description="O2 above the slab at the start.")
    vacuum_A: float = Field(gt=5, description="Height of the room for the gas, Å.")
    timestep_fs: float = Field(gt=0, le=2, description="Time step, fs.")
    length_ps: float = Field(gt=0, description="Length of the run, ps.")
    frame_fs: float = Field(gt=0, description="Time between frames, fs.")
    checkpoint_ps: float = Field(gt=0, description="Time between checkpoints, ps.")


class VolumeSpec(_Spec):
    """Cells with lithium taken out and put in, for the volume that it takes in a film."""

    vacancies: int = Field(
        ge=0, le=50, description="Cells with lithium taken out, per relaxed cell of the film."
    )
    interstitial: bool = Field(description="Whether one lithium is put into the largest hole, too.")
    crystal_atoms: int = Field(ge=8, le=1000, description="Atoms of a crystal's supercell at least.")
    fmax_eV_A: float = Field(gt=0, le=0.2, description="Largest force allowed, eV/Å.")
    smax_GPa: float = Field(gt=0, le=2, description="Largest residual stress component allowed, GPa.")
    max_steps: int = Field(ge=1, le=100_000, description="Steps after which a relaxation has failed.")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.vacancies and not self.interstitial:
            msg = "with no vacancy and no interstitial there is no other lithium content"
            raise ValueError(msg)
        return self


class Protocol(_Spec):
    """All numbers of a screening."""

    name: str
    try_out: bool = Field(description="True marks every output as for trying out, not for publishing.")
    build: BuildSpec
    anneal: AnnealSpec
    relax: RelaxSpec
    elastic: ElasticSpec
    thermal_elastic: ThermalElasticSpec
    diffusion: DiffusionSpec
    carriers: CarrierSpec
    adhesion: AdhesionSpec
    uptake: UptakeSpec
    volumes: VolumeSpec

    @property
    def label(self) -> str:
        """Name and the first eight digits of a digest of all numbers: `quick-1a2b3c4d`."""
        numbers = json.dumps(self.model_dump(mode="json", exclude={"name"}), sort_keys=True)
        return f"{self.name}-{hashlib.sha256(numbers.encode()).hexdigest()[:8]}"


class Preset(Enum):
    """Named protocols."""

    QUICK = "quick"
    STANDARD = "standard"
    PRODUCTION = "production"


def preset(name: Preset) -> Protocol:
    """Return the protocol of a preset, read from `data/protocols.toml`."""
    table = tomllib.loads(resources.files(__package__).joinpath("data/protocols.toml").read_text())
    return Protocol.model_validate({"name": name.value, **table[name.value]})
