"""The Monroe–Newman criterion: whether a coating is stiff enough to hold back lithium.

Two views stand side by side and are never blended: the rule of the field, G > 2 G_Li, with the probability of
passing it; and the stability parameter chi(k) of :mod:`lithicoat.analysis.decision.chi`, whose criterion
reverses for coatings in which the ion is smaller than the atom in the metal.

The probability takes the modulus as log-normal: its median is the value, its coefficient of variation the
relative standard uncertainty. A modulus is positive, and what dominates its error, the calibration of the
potential, multiplies it.
"""

import math

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.chi import (
    LITHIUM,
    Lithium,
    Regime,
    RelativeSign,
    checked_modulus,
    checked_poisson,
    chi,
    critical_modulus_ratio,
    critical_wave_number,
    regime,
)
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property

__all__ = [
    "CRITICAL_RATIO",
    "LI_SHEAR_MODULUS_GPA",
    "ChiResult",
    "CriterionResult",
    "RatioResult",
    "evaluate",
    "log_standard_deviation",
    "modulus_ratio",
]

LI_SHEAR_MODULUS_GPA = 4.25
"""Shear modulus of lithium behind the 8.5 GPa bar: Meng, Inorg. Chem. Front. 11, 659 (2024)."""
CRITICAL_RATIO = 2.0
"""About twice: Monroe and Newman, J. Electrochem. Soc. 152, A396 (2005), abstract."""
_HALF_SPACE = 5.0  # k h below this is flagged; the model wants k h well above 1


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RatioResult(_Result):
    """The rule G > 2 G_Li for one modulus."""

    ratio: Property = Field(description="G/G_Li, 1.")
    threshold_GPa: float = Field(description="2 G_Li, GPa.")
    passes: bool | None = Field(description="True if G is above the threshold; None if that is not known.")
    probability: float | None = Field(description="Probability that G is above it; None if not known.")


class ChiResult(_Result):
    """The stability parameter at one wave number and its parts."""

    total: float = Field(description="Sum of the parts; below 0 roughness decays.")
    hydrostatic: float
    deviatoric: float
    surface: float
    unit: str = "kJ/mol/nm"
    stable: bool = Field(description="True if the total is negative.")
    wave_number_1_m: float = Field(description="Wave number, 1/m.")
    lambda_crit_nm: float | None = Field(
        description="Wavelength below which roughness decays, nm; None if it decays at every wavelength."
    )
    relative_sign: RelativeSign = Field(description="Reading of the disputed sign.")


class CriterionResult(_Result):
    """Both views of the criterion for one coating."""

    ratio: float = Field(description="G/G_Li, with li_shear_modulus_ratio_GPa.")
    ratio_uncertainty: float | None = Field(description="Standard uncertainty of the ratio.")
    threshold_GPa: float = Field(description="2 G_Li, GPa.")
    passes: bool | None = Field(description="True if G is above the threshold.")
    probability: float | None = Field(description="Probability that it is; None without an uncertainty.")
    g_crit: float | None = Field(description="Critical ratio G/G_Li of the elastic part of chi.")
    stable_side: str | None = Field(
        description="'above' or 'below' g_crit: where the elastic part is stable."
    )
    regime: Regime | None = Field(description="Pressure driven (v > 1) or density driven (v < 1).")
    chi: ChiResult | None = Field(description="Stability parameter; None if chi_missing says why.")
    chi_missing: str | None = Field(description="Why there is no chi.")
    kh: float | None = Field(description="Wave number times thickness, 1.")
    li_shear_modulus_ratio_GPa: float = Field(description="Shear modulus of lithium in the ratio, GPa.")
    li_shear_modulus_chi_GPa: float = Field(description="Shear modulus of lithium in chi and g_crit, GPa.")
    notes: tuple[str, ...] = Field(description="What a reader must know of these numbers.")


def modulus_ratio(
    shear_modulus: Property, *, li_shear_modulus_GPa: float = LI_SHEAR_MODULUS_GPA
) -> RatioResult:
    """Hold a shear modulus against twice that of lithium.

    Without an uncertainty the probability is None and the value decides. A bound decides only if it lies on
    the far side of the threshold. A modulus of 0, a liquid, fails. A negative modulus, which an unstable cell
    can yield, is none: the ratio is missing and says so.

    Parameters
    ----------
    shear_modulus : Property
        Shear modulus of the coating in GPa; may be a bound or missing.
    li_shear_modulus_GPa : float
        Shear modulus of lithium.

    Raises
    ------
    DataError
        If the unit is not GPa, or a modulus is absurd.
    """
    if shear_modulus.unit != "GPa":
        raise DataError(
            f"a shear modulus is given in GPa, not in {shear_modulus.unit}", where="shear_modulus"
        )
    _positive_number(li_shear_modulus_GPa, "li_shear_modulus_GPa")
    checked_modulus(li_shear_modulus_GPa, where="li_shear_modulus_GPa")
    threshold = CRITICAL_RATIO * li_shear_modulus_GPa
    if shear_modulus.value is None:
        ratio = shear_modulus.model_copy(update={"unit": "1"})
        return RatioResult(ratio=ratio, threshold_GPa=threshold, passes=None, probability=None)
    if shear_modulus.value < 0:
        none = Property.missing("1", "negative shear modulus", provenance=shear_modulus.provenance)
        return RatioResult(
            ratio=none.flagged(*shear_modulus.flags), threshold_GPa=threshold, passes=None, probability=None
        )
    value = float(checked_modulus(shear_modulus.value))
    error = shear_modulus.uncertainty
    ratio = shear_modulus.model_copy(
        update={
            "value": value / li_shear_modulus_GPa,
            "uncertainty": None if error is None else error / li_shear_modulus_GPa,
            "unit": "1",
        }
    )
    passes, probability = _verdict(value, error, shear_modulus.bound, threshold)
    return RatioResult(ratio=ratio, threshold_GPa=threshold, passes=passes, probability=probability)


def evaluate(
    shear_modulus_GPa: float,
    *,
    sigma_GPa: float | None = None,
    poisson: float | None = None,
    volume_ratio: float | None = None,
    thickness_nm: float | None = None,
    wave_number_1_m: float = 1e8,
    li_shear_modulus_GPa: float | None = None,
    relative_sign: RelativeSign = RelativeSign.PUBLISHED,
) -> CriterionResult:
    """Evaluate the rule G > 2 G_Li and, where Poisson's ratio and v are given, chi(k).

    Parameters
    ----------
    shear_modulus_GPa : float
        Shear modulus of the coating.
    sigma_GPa : float, optional
        Its standard uncertainty.
    poisson : float, optional
        Poisson's ratio of the coating, in (−1, 0.5].
    volume_ratio : float, optional
        v = V(Li⁺ in the coating)/V(Li in the metal).
    thickness_nm : float, optional
        Thickness of the film, for k h.
    wave_number_1_m : float
        Wave number of the roughness.
    li_shear_modulus_GPa : float, optional
        Shear modulus of lithium in both parts; without it 4.25 in the ratio and 3.4 in chi.
    relative_sign : RelativeSign
        Reading of the disputed sign in chi.

    Raises
    ------
    DataError
        If a number is negative or outside its range.
    """
    for name, number in (("wave_number_1_m", wave_number_1_m), ("thickness_nm", thickness_nm)):
        _positive_number(number, name)
    if sigma_GPa is not None and not 0 <= sigma_GPa < math.inf:
        raise DataError(f"a standard uncertainty is not negative, got {sigma_GPa:g} GPa", where="sigma_GPa")
    checked_modulus(shear_modulus_GPa)
    in_ratio = LI_SHEAR_MODULUS_GPA if li_shear_modulus_GPa is None else li_shear_modulus_GPa
    modulus = Property(value=shear_modulus_GPa, uncertainty=sigma_GPa, unit="GPa")
    rule = modulus_ratio(modulus, li_shear_modulus_GPa=in_ratio)
    lithium = LITHIUM.model_copy(
        update={"shear_modulus_GPa": li_shear_modulus_GPa or LITHIUM.shear_modulus_GPa}
    )
    branch = None if volume_ratio is None else regime(volume_ratio)
    if poisson is not None:
        checked_poisson(poisson)
    absent = [
        name
        for name, given in (("Poisson's ratio", poisson), ("volume ratio", volume_ratio))
        if given is None
    ]
    parts, g_crit = None, None
    if poisson is not None and volume_ratio is not None:
        parts = _chi_result(
            shear_modulus_GPa,
            poisson=poisson,
            volume_ratio=volume_ratio,
            wave_number=wave_number_1_m,
            lithium=lithium,
            relative_sign=relative_sign,
        )
        if branch is not Regime.VOLUME_NEUTRAL:
            g_crit = float(critical_modulus_ratio(poisson, volume_ratio, li_poisson=lithium.poisson_ratio))
    kh = None if thickness_nm is None else wave_number_1_m * thickness_nm * 1e-9
    return CriterionResult(
        ratio=shear_modulus_GPa / in_ratio,
        ratio_uncertainty=rule.ratio.uncertainty,
        threshold_GPa=rule.threshold_GPa,
        passes=rule.passes,
        probability=rule.probability,
        g_crit=g_crit,
        stable_side=_stable_side(branch, relative_sign),
        regime=branch,
        chi=parts,
        chi_missing=f"{' and '.join(absent)} not given" if absent else None,
        kh=kh,
        li_shear_modulus_ratio_GPa=in_ratio,
        li_shear_modulus_chi_GPa=lithium.shear_modulus_GPa,
        notes=_notes(branch, parts, kh),
    )


def log_standard_deviation(value: float, uncertainty: float) -> float:
    """Return the standard deviation of the logarithm of a log-normal quantity.

    The relative standard uncertainty is its coefficient of variation c, so that σ = √ln(1 + c²).
    """
    return math.sqrt(math.log1p((uncertainty / value) ** 2))


def _verdict(
    value: float, error: float | None, bound: Bound | None, threshold: float
) -> tuple[bool | None, float | None]:
    if bound is Bound.UPPER:
        return (False, 0.0) if value <= threshold else (None, None)
    if bound is Bound.LOWER:
        return (True, 1.0) if value > threshold else (None, None)
    passes = value > threshold
    if error is None:
        return passes, None
    if error == 0 or value == 0:
        return passes, float(passes)
    deviations = math.log(value / threshold) / log_standard_deviation(value, error)
    return passes, 0.5 * math.erfc(-deviations / math.sqrt(2))


def _chi_result(
    modulus: float,
    *,
    poisson: float,
    volume_ratio: float,
    wave_number: float,
    lithium: Lithium,
    relative_sign: RelativeSign,
) -> ChiResult:
    terms = chi(
        modulus,
        poisson=poisson,
        volume_ratio=volume_ratio,
        wave_number_1_m=wave_number,
        lithium=lithium,
        relative_sign=relative_sign,
    )
    k_crit = critical_wave_number(
        modulus, poisson=poisson, volume_ratio=volume_ratio, lithium=lithium, relative_sign=relative_sign
    )
    total = float(terms.total)
    return ChiResult(
        total=total,
        hydrostatic=float(terms.hydrostatic),
        deviatoric=float(terms.deviatoric),
        surface=float(terms.surface),
        stable=total < 0,
        wave_number_1_m=wave_number,
        lambda_crit_nm=None if k_crit is None else 2 * math.pi / k_crit * 1e9,
        relative_sign=relative_sign,
    )


def _stable_side(branch: Regime | None, relative_sign: RelativeSign) -> str | None:
    if branch is None or branch is Regime.VOLUME_NEUTRAL:
        return None
    above = (branch is Regime.PRESSURE_DRIVEN) == (relative_sign is RelativeSign.PUBLISHED)
    return "above" if above else "below"


def _notes(branch: Regime | None, parts: ChiResult | None, kh: float | None) -> tuple[str, ...]:
    notes = ["heuristic: G > 2 G_Li is Monroe and Newman's result for polymers, v > 1"]
    if branch is Regime.DENSITY_DRIVEN:
        notes.append("for v < 1 the published criterion reverses: do not blend the ratio with chi")
    if branch is Regime.VOLUME_NEUTRAL:
        notes.append("at v = 1 the elastic part keeps its sign for every modulus: no g_crit")
    if parts is not None:
        notes.append("the relative sign of the surface and elastic terms of chi is disputed")
        if parts.lambda_crit_nm is not None and parts.lambda_crit_nm < 1:
            notes.append("the critical wavelength is below 1 nm, where continuum theory ends")
    if kh is not None and kh < _HALF_SPACE:
        notes.append(f"k h = {kh:.2g}: the film is too thin for the half-space model, which needs k h >> 1")
    return tuple(notes)


def _positive_number(number: float | None, where: str) -> None:
    if number is not None and not 0 < number < math.inf:
        name = where.removesuffix("_1_m").removesuffix("_nm").removesuffix("_GPa").replace("_", " ")
        raise DataError(f"{name} must be above 0, got {number:g}", where=where)
