"""What the criterion says of one film."""

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.criterion.chi import Regime, RelativeSign
from lithicoat.analysis.criterion.inputs import VolumeConvention
from lithicoat.analysis.properties import Property

__all__ = ["Anisotropy", "ChiResult", "CriterionResult", "Interval", "Thickness", "VolumeView"]


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Interval(_Result):
    """A 95 % interval; an end without a number is infinite."""

    median: float | None
    low: float | None
    high: float | None


class ChiResult(_Result):
    """The stability parameter at one wave number and its parts."""

    total: float = Field(description="Sum of the parts; below 0 roughness decays.")
    hydrostatic: float
    deviatoric: float
    surface: float
    unit: str = "kJ/mol/nm"
    stable: bool = Field(description="True if the total is negative.")
    probability_stable: float = Field(description="Probability that the total is negative.")
    wave_number_1_m: float = Field(description="Wave number, 1/m.")
    lambda_crit_nm: float | None = Field(
        description="Wavelength below which roughness decays, nm; None if it decays at every wavelength."
    )
    relative_sign: RelativeSign = Field(description="Reading of the disputed sign.")
    total_with_other_sign: float = Field(description="Total with the other reading of the sign.")
    intervals: dict[str, Interval] = Field(
        description="By total, hydrostatic, deviatoric, surface, lambda_crit_nm, in the units of those."
    )
    lithium_range: tuple[float, float] = Field(
        description="Least and greatest total over the reported constants of lithium."
    )
    anisotropy_range: tuple[float, float] | None = Field(
        description="Least and greatest total between the softest and stiffest shear; None if not known."
    )


class VolumeView(_Result):
    """chi and g_crit for one convention of the volume ratio v."""

    convention: VolumeConvention
    volume_ratio: Property = Field(description="v = V(Li⁺ in the coating)/V(Li in the metal), 1.")
    regime: Regime | None = Field(description="Pressure driven (v > 1) or density driven (v < 1).")
    g_crit: float | None = Field(description="Critical ratio G/G_Li of the elastic part of chi.")
    g_crit_interval: Interval | None = Field(description="Its 95 % interval.")
    stable_side: str | None = Field(
        description="'above' or 'below' g_crit: where the elastic part is stable."
    )
    chi: ChiResult | None = Field(description="Stability parameter; None if `missing` says why.")
    missing: str | None = Field(description="Why there is no chi.")


class Anisotropy(_Result):
    """The rule for the softest and the stiffest shear of a film."""

    softest: Property = Field(description="Least shear modulus over planes and directions, GPa, calibrated.")
    stiffest: Property = Field(description="Greatest shear modulus, GPa, calibrated.")
    ratio: tuple[float, float] = Field(description="G/G_Li of both, 1.")
    probability: tuple[float | None, float | None] = Field(description="Probability of passing of both.")


class Thickness(_Result):
    """Whether the film is as thick as the model wants."""

    value_nm: float
    source: str
    kh: float = Field(description="Wave number times thickness, 1.")
    half_space: bool = Field(description="True if k h is at least 5.")
    strain_left: float = Field(description="exp(-k h): what is left of the strain at the film's far side.")
    needed_nm: float = Field(description="Thickness from which on the model holds at this wave number, nm.")


class CriterionResult(_Result):
    """Both views of the criterion for one film."""

    id: str | None = Field(description="The film; None for numbers that were typed.")
    ratio: float | None = Field(description="G/G_Li, with li_shear_modulus_ratio_GPa.")
    ratio_uncertainty: float | None = Field(description="Standard uncertainty of the ratio.")
    threshold_GPa: float = Field(description="2 G_Li, GPa.")
    passes: bool | None = Field(description="True if G is above the threshold; None if that is not known.")
    probability: float | None = Field(description="Probability that it is; None if not known.")
    g_crit: float | None = Field(description="Critical ratio G/G_Li of the leading view.")
    stable_side: str | None = Field(description="'above' or 'below' g_crit, of the leading view.")
    regime: Regime | None = Field(description="Regime of the leading view.")
    chi: ChiResult | None = Field(description="Stability parameter of the leading view.")
    chi_missing: str | None = Field(description="Why there is no chi.")
    kh: float | None = Field(description="Wave number times thickness, 1.")
    anisotropy: Anisotropy | None = Field(description="The rule for the softest and the stiffest shear.")
    views: tuple[VolumeView, ...] = Field(description="chi by convention of v. The first with a chi leads.")
    thickness: Thickness | None
    inputs: dict[str, Property] = Field(description="shear_modulus and poisson_ratio with their provenance.")
    assumed: tuple[str, ...] = Field(description="Uncertainties that were not given, and what is assumed.")
    li_shear_modulus_ratio_GPa: float = Field(description="Shear modulus of lithium in the ratio, GPa.")
    li_shear_modulus_chi_GPa: float = Field(description="Shear modulus of lithium in chi and g_crit, GPa.")
    notes: tuple[str, ...] = Field(description="What a reader must know of these numbers.")
