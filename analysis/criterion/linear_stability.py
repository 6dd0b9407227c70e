"""The criterion for many films at once: ratio, chi(k) and what their uncertainties leave of both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.criterion.chi import (
    LITHIUM,
    WAVE_NUMBER_1_M,
    ChiTerms,
    Lithium,
    RelativeSign,
    chi,
    chi_of_draws,
    critical_modulus_ratio,
    critical_wavelength_nm,
)
from lithicoat.analysis.criterion.ranges import checked_positive
from lithicoat.analysis.criterion.rule import CRITICAL_RATIO, LI_SHEAR_MODULUS_GPA, pass_probability
from lithicoat.analysis.criterion.spreads import FilmInputs, points, quantiles

__all__ = ["HALF_SPACE", "CriterionArrays", "chi_range", "criterion_of"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

HALF_SPACE = 5.0
"""Least k h at which a film counts as a half-space: strains decay as exp(-k z), to 1 % at the far side."""
_BLOCK = 1 << 16  # draws that are evaluated at a time, so that they stay in the cache


@dataclass(frozen=True, kw_only=True)
class CriterionArrays:
    """Both views of the criterion for n films; every array has the shape (n,).

    Parameters
    ----------
    ratio, ratio_uncertainty : numpy.ndarray
        G/G_Li of the rule, 1.
    probability_pass : numpy.ndarray
        Probability that G is above 2 G_Li.
    g_crit : numpy.ndarray
        Critical G/G_Li of the elastic part of chi, 1; nan at v = 1.
    stable_above : numpy.ndarray of bool
        Whether the elastic part is stable above `g_crit`, rather than below it.
    terms : ChiTerms
        Parts of chi for the best estimates, kJ/(mol nm).
    chi_median, chi_low, chi_high : numpy.ndarray
        Median and 95 % interval of chi, kJ/(mol nm).
    probability_stable : numpy.ndarray
        Probability that chi is negative.
    lambda_crit_nm : numpy.ndarray
        Wavelength below which roughness decays, nm; infinity if it decays at every wavelength.
    kh : numpy.ndarray or None
        Wave number times thickness, 1; None without thicknesses.
    assumed_modulus, assumed_poisson, assumed_volume_ratio : numpy.ndarray of bool
        Where an uncertainty was not given and is assumed.
    """

    ratio: FloatArray
    ratio_uncertainty: FloatArray
    probability_pass: FloatArray
    g_crit: FloatArray
    stable_above: BoolArray
    terms: ChiTerms
    chi_median: FloatArray
    chi_low: FloatArray
    chi_high: FloatArray
    probability_stable: FloatArray
    lambda_crit_nm: FloatArray
    kh: FloatArray | None
    assumed_modulus: BoolArray
    assumed_poisson: BoolArray
    assumed_volume_ratio: BoolArray

    @property
    def half_space(self) -> BoolArray | None:
        """Whether films are thick enough for the model; None without thicknesses."""
        return None if self.kh is None else np.asarray(self.kh >= HALF_SPACE)


def criterion_of(
    shear_modulus_GPa: ArrayLike,
    *,
    poisson: ArrayLike,
    volume_ratio: ArrayLike,
    shear_modulus_uncertainty_GPa: ArrayLike | None = None,
    poisson_uncertainty: ArrayLike | None = None,
    volume_ratio_uncertainty: ArrayLike | None = None,
    thickness_nm: ArrayLike | None = None,
    wave_number_1_m: float = WAVE_NUMBER_1_M,
    lithium: Lithium = LITHIUM,
    li_shear_modulus_GPa: float = LI_SHEAR_MODULUS_GPA,
    relative_sign: RelativeSign = RelativeSign.PUBLISHED,
    draws: int = 128,
    seed: int = 0,
) -> CriterionArrays:
    """Hold many films against both views of the criterion.

    Parameters
    ----------
    shear_modulus_GPa, poisson, volume_ratio : array_like
        One number per film, or one for all.
    shear_modulus_uncertainty_GPa, poisson_uncertainty, volume_ratio_uncertainty : array_like, optional
        Standard uncertainties; where None or nan, one is assumed and marked (`spreads`).
    thickness_nm : array_like, optional
        Thicknesses of the films.
    wave_number_1_m : float
        Wave number of the roughness.
    lithium : Lithium
        Constants of the metal in chi.
    li_shear_modulus_GPa : float
        Shear modulus of the metal in the ratio.
    relative_sign : RelativeSign
        Reading of the disputed sign.
    draws : int
        Draws per film, a power of 2. 128 give probabilities within 0.01.
    seed : int
        Of the draws, which all films share.

    Raises
    ------
    DataError
        If a number is not one or outside its range, or lengths differ.
    """
    films = FilmInputs.of(
        shear_modulus_GPa,
        poisson=poisson,
        volume_ratio=volume_ratio,
        shear_modulus_uncertainty_GPa=shear_modulus_uncertainty_GPa,
        poisson_uncertainty=poisson_uncertainty,
        volume_ratio_uncertainty=volume_ratio_uncertainty,
    )
    wave_number = float(checked_positive(wave_number_1_m, "wave_number_1_m"))
    li_modulus = float(checked_positive(li_shear_modulus_GPa, "li_shear_modulus_GPa"))
    g, nu, v = films.modulus_GPa, films.poisson, films.volume_ratio
    terms = chi(
        g.value,
        poisson=nu.value,
        volume_ratio=v.value,
        wave_number_1_m=wave_number,
        lithium=lithium,
        relative_sign=relative_sign,
    )
    drawn = _drawn_chi(
        films, points(draws, seed=seed), wave_number=wave_number, lithium=lithium, relative_sign=relative_sign
    )
    above = (v.value > 1) == (relative_sign is RelativeSign.PUBLISHED)
    return CriterionArrays(
        ratio=g.value / li_modulus,
        ratio_uncertainty=g.uncertainty / li_modulus,
        probability_pass=pass_probability(g.value, g.uncertainty, threshold_GPa=CRITICAL_RATIO * li_modulus),
        g_crit=_critical_ratios(nu.value, v.value, lithium),
        stable_above=np.asarray(above),
        terms=terms,
        chi_median=drawn[0],
        chi_low=drawn[1],
        chi_high=drawn[2],
        probability_stable=drawn[3],
        lambda_crit_nm=critical_wavelength_nm(terms, wave_number_1_m=wave_number),
        kh=_kh(thickness_nm, wave_number, len(films)),
        assumed_modulus=g.assumed,
        assumed_poisson=nu.assumed,
        assumed_volume_ratio=v.assumed,
    )


def chi_range(
    softest_GPa: float,
    stiffest_GPa: float,
    *,
    poisson: float,
    volume_ratio: float,
    wave_number_1_m: float = WAVE_NUMBER_1_M,
    lithium: Lithium = LITHIUM,
    relative_sign: RelativeSign = RelativeSign.PUBLISHED,
) -> tuple[float, float]:
    """Least and greatest chi that a film between two shear moduli can have, kJ/(mol nm).

    chi is a quadratic in G over a linear function of G, so that it may turn round between the two moduli:
    with A = (1 − v)κ_e/2, B = 2(1 + v)G_e N, C = (1 − v)G_e² κ_s/2 over D₁G + D₀ it does so where
    A D₁ G² + 2 A D₀ G + B D₀ + C D₁ = 0.

    Raises
    ------
    DataError
        If a number is outside its range.
    """
    low, high = sorted((softest_GPa, stiffest_GPa))
    g_e, nu_e = lithium.shear_modulus_GPa, lithium.poisson_ratio
    kappa_e, kappa_s = 3 - 4 * nu_e, 3 - 4 * poisson
    a, c = (1 - volume_ratio) * kappa_e / 2, (1 - volume_ratio) * g_e**2 * kappa_s / 2
    b = 2 * (1 + volume_ratio) * g_e * (2 - 3 * nu_e - 3 * poisson + 4 * nu_e * poisson)
    d1, d0 = kappa_e * (1 - poisson), g_e * kappa_s * (1 - nu_e)
    turns = np.roots([a * d1, 2 * a * d0, b * d0 + c * d1])
    inside = [float(turn.real) for turn in turns if turn.imag == 0 and low < turn.real < high]
    totals = chi(
        [low, high, *inside],
        poisson=poisson,
        volume_ratio=volume_ratio,
        wave_number_1_m=wave_number_1_m,
        lithium=lithium,
        relative_sign=relative_sign,
    ).total
    return float(totals.min()), float(totals.max())


def _drawn_chi(
    films: FilmInputs,
    standard: FloatArray,
    *,
    wave_number: float,
    lithium: Lithium,
    relative_sign: RelativeSign,
) -> FloatArray:
    """Median, both ends of the interval and the share below 0 of chi, shape (4, n), block by block."""
    found = np.empty((4, len(films)))
    rows = max(1, _BLOCK // standard.shape[1])
    for first in range(0, len(films), rows):
        block = slice(first, first + rows)
        total = chi_of_draws(
            *films[block].drawn(standard),
            wave_number_1_m=wave_number,
            lithium=lithium,
            relative_sign=relative_sign,
        ).total
        found[:3, block] = quantiles(total)
        found[3, block] = (total < 0).mean(axis=1)
    return found


def _critical_ratios(poisson: FloatArray, volume_ratio: FloatArray, lithium: Lithium) -> FloatArray:
    ratios = np.full(volume_ratio.shape, np.nan)
    there = volume_ratio != 1
    ratios[there] = critical_modulus_ratio(
        poisson[there], volume_ratio[there], li_poisson=lithium.poisson_ratio
    )
    return ratios


def _kh(thickness_nm: ArrayLike | None, wave_number: float, films: int) -> FloatArray | None:
    if thickness_nm is None:
        return None
    thickness = checked_positive(thickness_nm, "thickness_nm")
    return np.array(np.broadcast_to(wave_number * thickness * 1e-9, films))
