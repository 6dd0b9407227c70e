"""chi of one film for one convention of its volume ratio, with intervals."""

import itertools

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.criterion.chi import (
    LITHIUM,
    ChiTerms,
    Lithium,
    Regime,
    RelativeSign,
    chi,
    chi_of_draws,
    critical_modulus_ratio,
    critical_wavelength_nm,
    regime,
)
from lithicoat.analysis.criterion.inputs import FilmMechanics, Setting, VolumeConvention
from lithicoat.analysis.criterion.linear_stability import chi_range
from lithicoat.analysis.criterion.results import ChiResult, Interval, VolumeView
from lithicoat.analysis.criterion.spreads import FilmInputs, points, quantiles
from lithicoat.analysis.properties import Property

__all__ = ["view_of"]

FloatArray = NDArray[np.float64]

DRAWS = 8192
REPORTED_LITHIUM = {
    "shear_modulus_GPa": (2.83, 4.25),
    "poisson_ratio": (0.36, 0.42),
    "surface_energy_J_m2": (0.3, 1.7),
}
"""Constants of lithium in circulation: moduli of Masias et al., J. Mater. Sci. 54, 2585 (2019), and Meng,
Inorg. Chem. Front. 11, 659 (2024); surface energies from computed faces to Monroe and Newman's interface."""


def view_of(convention: VolumeConvention, film: FilmMechanics, setting: Setting) -> VolumeView:
    """Evaluate chi and g_crit of a film with the volume ratio of one convention.

    The uncertainties of modulus, Poisson's ratio and volume ratio are those of the film; one that is None is
    assumed as `spreads` says. What is missing, or outside the range in which it has a meaning, leaves no chi
    but a reason.
    """
    ratio = film.volume_ratios[convention]
    missing = _why_not(film, ratio)
    branch = None if _no_ratio(ratio) else regime(ratio.value or 0.0)
    inputs = None if missing else _inputs(film, ratio)
    g_crit, between = (None, None) if inputs is None else _critical(inputs, branch, setting)
    return VolumeView(
        convention=convention,
        volume_ratio=ratio,
        regime=branch,
        g_crit=g_crit,
        g_crit_interval=between,
        stable_side=_stable_side(branch, setting.relative_sign),
        chi=None if inputs is None else _chi_result(inputs, film, setting),
        missing=missing,
    )


def _why_not(film: FilmMechanics, ratio: Property) -> str | None:
    """Say what keeps a film from having a chi."""
    reasons = []
    modulus, poisson = film.shear_modulus, film.poisson_ratio
    if modulus.value is None:
        reasons.append(f"no shear modulus ({modulus.flags[0]})")
    elif modulus.bound is not None:
        reasons.append("the shear modulus is only a bound")
    elif not 0 <= modulus.value <= 1000:
        reasons.append(f"a shear modulus of {modulus.value:.3g} GPa is that of no stable solid")
    if poisson is None:
        reasons.append("Poisson's ratio not given")
    elif poisson.value is None or poisson.bound is not None:
        reasons.append(f"no Poisson's ratio ({', '.join(poisson.flags[:1]) or 'only a bound'})")
    elif not -1 < poisson.value <= 0.5:
        reasons.append(
            f"Poisson's ratio {poisson.value:.2f} lies outside (-1, 0.5]: no stable isotropic solid"
        )
    if ratio.value is None or ratio.bound is not None:
        reasons.append(f"no volume ratio ({', '.join(ratio.flags[:1]) or 'only a bound'})")
    elif _no_ratio(ratio):
        reasons.append(
            f"a volume ratio of {ratio.value:.3g} is not above -1: the surface term loses its sense"
        )
    return "; ".join(reasons) or None


def _no_ratio(ratio: Property) -> bool:
    return ratio.value is None or ratio.bound is not None or not ratio.value > -1


def _inputs(film: FilmMechanics, ratio: Property) -> FilmInputs:
    modulus, poisson = film.shear_modulus, film.poisson_ratio
    g, nu, v = (0.0 if one is None or one.value is None else one.value for one in (modulus, poisson, ratio))
    return FilmInputs.of(
        g,
        poisson=nu,
        volume_ratio=v,
        shear_modulus_uncertainty_GPa=modulus.uncertainty,
        poisson_uncertainty=None if poisson is None else poisson.uncertainty,
        volume_ratio_uncertainty=ratio.uncertainty,
    )


def _chi_result(inputs: FilmInputs, film: FilmMechanics, setting: Setting) -> ChiResult:
    best = _chi(inputs, setting, setting.lithium, setting.relative_sign)
    other = next(sign for sign in RelativeSign if sign is not setting.relative_sign)
    drawn = chi_of_draws(
        *inputs.drawn(points(DRAWS)),
        wave_number_1_m=setting.wave_number_1_m,
        lithium=setting.lithium,
        relative_sign=setting.relative_sign,
    )
    total = float(best.total[0])
    length = critical_wavelength_nm(best, wave_number_1_m=setting.wave_number_1_m)
    lengths = critical_wavelength_nm(drawn, wave_number_1_m=setting.wave_number_1_m)
    spread = {
        "total": drawn.total,
        "hydrostatic": drawn.hydrostatic,
        "deviatoric": drawn.deviatoric,
        "surface": drawn.surface,
        "lambda_crit_nm": lengths,
    }
    return ChiResult(
        total=total,
        hydrostatic=float(best.hydrostatic[0]),
        deviatoric=float(best.deviatoric[0]),
        surface=float(best.surface[0]),
        stable=total < 0,
        probability_stable=float((drawn.total < 0).mean()),
        wave_number_1_m=setting.wave_number_1_m,
        lambda_crit_nm=_finite(length[0]),
        relative_sign=setting.relative_sign,
        total_with_other_sign=float(_chi(inputs, setting, setting.lithium, other).total[0]),
        intervals={name: _interval(values) for name, values in spread.items()},
        lithium_range=_lithium_range(inputs, setting),
        anisotropy_range=_anisotropy_range(inputs, film, setting),
    )


def _chi(inputs: FilmInputs, setting: Setting, lithium: Lithium, sign: RelativeSign) -> ChiTerms:
    return chi(
        inputs.modulus_GPa.value,
        poisson=inputs.poisson.value,
        volume_ratio=inputs.volume_ratio.value,
        wave_number_1_m=setting.wave_number_1_m,
        lithium=lithium,
        relative_sign=sign,
    )


def _lithium_range(inputs: FilmInputs, setting: Setting) -> tuple[float, float]:
    """Range of chi over the reported constants of lithium; one that the user chose stays."""
    choices = [
        ends
        if getattr(setting.lithium, name) == getattr(LITHIUM, name)
        else (getattr(setting.lithium, name),)
        for name, ends in REPORTED_LITHIUM.items()
    ]
    totals = [
        float(_chi(inputs, setting, lithium, setting.relative_sign).total[0])
        for corner in itertools.product(*choices)
        for lithium in [setting.lithium.model_copy(update=dict(zip(REPORTED_LITHIUM, corner, strict=True)))]
    ]
    return min(totals), max(totals)


def _anisotropy_range(
    inputs: FilmInputs, film: FilmMechanics, setting: Setting
) -> tuple[float, float] | None:
    if film.softest is None or film.stiffest is None:
        return None
    return chi_range(
        film.softest.value or 0.0,
        film.stiffest.value or 0.0,
        poisson=float(inputs.poisson.value[0]),
        volume_ratio=float(inputs.volume_ratio.value[0]),
        wave_number_1_m=setting.wave_number_1_m,
        lithium=setting.lithium,
        relative_sign=setting.relative_sign,
    )


def _critical(
    inputs: FilmInputs, branch: Regime | None, setting: Setting
) -> tuple[float | None, Interval | None]:
    """Return g_crit with its interval; none at v = 1."""
    if branch is Regime.VOLUME_NEUTRAL:
        return None, None
    li_poisson = setting.lithium.poisson_ratio
    best = critical_modulus_ratio(inputs.poisson.value, inputs.volume_ratio.value, li_poisson=li_poisson)
    _, nu, v = inputs.drawn(points(DRAWS))
    return float(best[0]), _interval(critical_modulus_ratio(nu, v, li_poisson=li_poisson))


def _interval(drawn: FloatArray) -> Interval:
    median, low, high = (_finite(values[0]) for values in quantiles(drawn))
    return Interval(median=median, low=low, high=high)


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def _stable_side(branch: Regime | None, relative_sign: RelativeSign) -> str | None:
    if branch is None or branch is Regime.VOLUME_NEUTRAL:
        return None
    above = (branch is Regime.PRESSURE_DRIVEN) == (relative_sign is RelativeSign.PUBLISHED)
    return "above" if above else "below"
