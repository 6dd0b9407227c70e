"""Protocols: the numbers of a computation, as frozen models with three presets."""

import hashlib
import json
import tomllib
from enum import Enum
from importlib import resources
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lithicoat.structures.model import ModelKind

__all__ = [
    "AnnealSpec",
    "BuildSpec",
    "DiffusionSpec",
    "ElasticSpec",
    "Preset",
    "Protocol",
    "RelaxSpec",
    "preset",
]

Temperature = Annotated[float, Field(gt=0, le=5000)]
Duration = Annotated[float, Field(gt=0, le=1e6)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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


class DiffusionSpec(_Spec):
    """NVT ladder for Li⁺ diffusion (protocols §3)."""

    crystal_temperatures_K: tuple[Temperature, ...] = Field(min_length=1)
    amorphous_temperatures_K: tuple[Temperature, ...] = Field(min_length=1)
    molecular_temperatures_K: tuple[Temperature, ...] = Field(min_length=1)
    equilibration_ps: Duration
    production_ps: Duration
    timestep_fs: float = Field(gt=0, le=5, description="Time step without hydrogen, fs.")
    hydrogen_timestep_fs: float = Field(gt=0, le=2, description="Time step with hydrogen, fs.")
    thermostat_ps: float = Field(0.1, gt=0, le=10, description="Coupling time of the Bussi thermostat, ps.")
    frame_fs: float = Field(gt=0, le=1000, description="Time between stored frames, fs.")
    checkpoint_ps: Duration = Field(0.1, description="Time between checkpoints, ps.")

    @model_validator(mode="after")
    def _frames_fit(self) -> Self:
        if self.production_ps * 1000 < 20 * self.frame_fs:
            msg = (
                f"production_ps={self.production_ps} holds fewer than 20 frames of frame_fs={self.frame_fs}; "
                "lengthen the run or shorten the frame interval"
            )
            raise ValueError(msg)
        return self

    def temperatures_K(self, kind: ModelKind) -> tuple[float, ...]:
        """Temperatures of the ladder for one kind of model; a slab or interface runs as an amorphous film."""
        return {
            ModelKind.CRYSTAL: self.crystal_temperatures_K,
            ModelKind.MOLECULAR: self.molecular_temperatures_K,
        }.get(kind, self.amorphous_temperatures_K)

    def step_fs(self, symbols: tuple[str, ...]) -> float:
        """Time step for a cell of these elements, fs."""
        return self.hydrogen_timestep_fs if "H" in symbols else self.timestep_fs


class Protocol(_Spec):
    """All numbers of a screening."""

    name: str
    try_out: bool = Field(description="True marks every output as for trying out, not for publishing.")
    build: BuildSpec
    anneal: AnnealSpec
    relax: RelaxSpec
    elastic: ElasticSpec
    diffusion: DiffusionSpec

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
