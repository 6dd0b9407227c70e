"""Transport results as they are stored: what one run at one temperature says of the motion of one element."""

import math

from pydantic import BaseModel, ConfigDict, Field
from scipy import constants

from lithicoat.analysis.properties import Property

__all__ = ["ArrheniusLine", "BOLTZMANN_eV_K", "DiffusionTensor", "Jumps", "MsdCurve", "TemperatureResult"]

BOLTZMANN_eV_K: float = constants.Boltzmann / constants.elementary_charge

_Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MsdCurve(_Stored):
    """Mean squared displacement against lag time, with the line that the posterior of D gives."""

    lags_ps: tuple[float, ...] = Field(description="Lag times, ps.")
    msd_A2: tuple[float, ...] = Field(description="Mean squared displacement, Å².")
    error_A2: tuple[float, ...] = Field(description="Its standard error, Å².")
    fit_from_ps: float | None = Field(description="Where the fitted regime begins, ps; None without a fit.")
    line_A2: tuple[float, ...] | None = Field(description="Mean of the posterior, Å²; None without a fit.")
    lower_A2: tuple[float, ...] | None = Field(description="2.5 % quantile of the posterior, Å².")
    upper_A2: tuple[float, ...] | None = Field(description="97.5 % quantile of the posterior, Å².")


class Jumps(_Stored):
    """Moves of ions from site to site in one run."""

    jumps: int = Field(ge=0, description="Moves of an ion to a new site where it stayed, hops back counted.")
    events: int = Field(
        ge=0,
        description="Jumps that carried ions somewhere: the number that decides between value and bound.",
    )
    length: Property = Field(description="Mean jump length, Å.")
    residence: Property = Field(description="Mean residence time at a site, ps, or its lower bound.")
    correlation: Property = Field(
        description="Self-diffusivity over that of uncorrelated jumps, jumps x length² / (6 t N)."
    )
    length_edges_A: tuple[float, ...] = Field((), description="Edges of the histogram of jump lengths, Å.")
    length_counts: tuple[int, ...] = Field((), description="Jumps in each bin.")


class DiffusionTensor(_Stored):
    """Self-diffusion along different directions."""

    tensor_cm2_s: _Matrix = Field(description="Symmetric tensor in the Cartesian axes of the cell, cm²/s.")
    error_cm2_s: _Matrix = Field(description="Standard errors of its components, cm²/s.")
    principal: tuple[Property, Property, Property] = Field(
        description="Diffusivities along the principal axes, largest first, cm2/s."
    )
    axes: _Matrix = Field(description="Principal axes as rows, unit vectors.")
    anisotropy: Property = Field(
        description="Largest over smallest diffusivity along x, y and z, with its uncertainty."
    )
    isotropic: bool = Field(description="True if the components agree with one diffusivity at 95 %.")


class TemperatureResult(_Stored):
    """What one run at one temperature says of the motion of the atoms of one element."""

    species: str = Field("Li", description="The element that was followed.")
    temperature_K: float = Field(gt=0, description="Temperature, K.")
    diffusivity: Property = Field(description="Self-diffusivity, cm2/s, or its upper bound.")
    conductivity: Property = Field(
        description="Conductivity, S/cm, or its upper bound; missing if no charge is known."
    )
    haven_ratio: Property = Field(description="Self-diffusivity over collective diffusivity.")
    hops: int = Field(ge=0, description="Moves of an ion to a new site where it stayed.")
    duration_ps: float = Field(gt=0, description="Length of the run that counts, ps.")
    discarded_ps: float = Field(
        0.0, ge=0, description="Beginning of the run, not in equilibrium and cut off, ps."
    )
    framework_msd_A2: float | None = Field(
        description="Mean squared displacement of all other atoms at the end, vibrations averaged out, Å²; "
        "None if every atom is mobile."
    )
    framework_held: bool = Field(description="False if all other atoms melted or decomposed.")
    framework_reason: str = Field(description="What was found of the framework, in one phrase.")
    mobile_ions: int = Field(gt=0, description="Number of mobile ions in the cell.")
    volume_A3: float = Field(gt=0, description="Volume of the cell, Å³.")
    charge_number: float | None = Field(
        1.0, description="Charge of a mobile ion, elementary charges; None if not known."
    )
    site_spacing_A: float = Field(gt=0, description="Distance between neighbouring sites, Å.")
    msd: MsdCurve | None = Field(None, description="Mean squared displacement, for figures.")
    framework_msd: MsdCurve | None = Field(
        None, description="That of all other atoms, without a fit, at the same lag times."
    )
    jumps: Jumps | None = Field(None, description="Analysis of the jumps.")
    tensor: DiffusionTensor | None = Field(
        None, description="Anisotropy; None if the diffusivity was not resolved."
    )


class ArrheniusLine(_Stored):
    """The fitted line ln D = ln D0 - Ea / kT, with what it takes to draw its band."""

    ln_prefactor: float = Field(description="Natural logarithm of D0 in cm²/s.")
    activation_energy_eV: float = Field(description="Activation energy, eV.")
    covariance: tuple[tuple[float, float], tuple[float, float]] = Field(
        description="Covariance of (ln D0, -Ea), in 1, eV and eV²."
    )
    coverage_factor: float = Field(
        1.96, gt=0, description="Standard uncertainties on either side of the line that make 95 %."
    )

    def at(self, temperature_K: float) -> tuple[float, float]:
        """Return ln D, D in cm²/s, at a temperature, and its standard uncertainty."""
        inverse = 1 / (BOLTZMANN_eV_K * temperature_K)
        (aa, ab), (_, bb) = self.covariance
        variance = aa + 2 * ab * inverse + bb * inverse**2
        return self.ln_prefactor - self.activation_energy_eV * inverse, math.sqrt(max(variance, 0.0))
