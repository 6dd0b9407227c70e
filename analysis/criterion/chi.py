"""Linear stability of a lithium surface under a solid: the parameter chi(k) and the critical modulus ratio.

Lithium (index e) and the coating (index s) are isotropic elastic half-spaces in plane strain; their interface
is z = A cos(kx). The change of the electrochemical potential of the electron is chi A cos(kx). As published,
roughness decays where chi < 0 and grows where chi > 0. With v = V(Li+)/V(Li)::

    D        = G_s kappa_e (1 - nu_s) + G_e kappa_s (1 - nu_e),    kappa = 3 - 4 nu
    N        = 2 - 3 nu_e - 3 nu_s + 4 nu_e nu_s
    chi_hyd  =  V_M (1 - v) k (G_s^2 kappa_e - G_e^2 kappa_s) / (2 z D)
    chi_dev  =  V_M (1 + v) k 2 G_e G_s N / (z D)
    chi_surf = -V_M (1 + v) gamma k^2 / (2 z)

Literature
----------
Monroe and Newman, J. Electrochem. Soc. 152, A396 (2005): the model and the case v > 1.
Ahmad and Viswanathan, Phys. Rev. Lett. 119, 056003 (2017): any v; constants of lithium as in their public
script (github.com/ahzeeshan/screening-ml).
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.criterion.ranges import (
    checked_modulus,
    checked_poisson,
    checked_positive,
    checked_volume_ratio,
)
from lithicoat.analysis.errors import DataError

__all__ = [
    "LITHIUM",
    "WAVE_NUMBER_1_M",
    "ChiTerms",
    "Lithium",
    "Regime",
    "RelativeSign",
    "chi",
    "chi_of_draws",
    "critical_modulus_ratio",
    "critical_wavelength_nm",
    "regime",
]

FloatArray = NDArray[np.float64]
_GPA = 1e9
_KJ_PER_MOL_NM = 1e-12  # of 1 J/(mol m)

WAVE_NUMBER_1_M = 1e8
"""Wave number at which Ahmad and Viswanathan compare solids, 1/m: a wavelength of 63 nm."""


class Lithium(BaseModel):
    """Constants of the metal electrode; the defaults are those of Ahmad and Viswanathan."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    shear_modulus_GPa: float = Field(3.4, gt=0, le=1000, description="Shear modulus, GPa.")
    poisson_ratio: float = Field(0.42, gt=-1, le=0.5, description="Poisson's ratio, 1.")
    molar_volume_m3_mol: float = Field(1.3e-5, gt=0, description="Molar volume of the metal, m³/mol.")
    surface_energy_J_m2: float = Field(0.556, ge=0, description="Surface energy, J/m².")
    valence: int = Field(1, ge=1, description="Electrons per ion.")


LITHIUM = Lithium()


class RelativeSign(Enum):
    """Sign of the elastic terms relative to the surface term; the published one is disputed.

    With ``GIBBS_THOMSON`` the surface term stabilises a bump by the Gibbs–Thomson effect and the elastic
    terms are counted in the same frame, which turns their sign round. chi < 0 means stable in both readings,
    and short waves are always stable.
    """

    PUBLISHED = "published"
    GIBBS_THOMSON = "gibbs-thomson"

    @property
    def elastic_factor(self) -> float:
        """Factor on the elastic terms."""
        return 1.0 if self is RelativeSign.PUBLISHED else -1.0


class Regime(Enum):
    """On which side of 1 the volume ratio lies."""

    PRESSURE_DRIVEN = "pressure driven"
    DENSITY_DRIVEN = "density driven"
    VOLUME_NEUTRAL = "volume neutral"


@dataclass(frozen=True, kw_only=True)
class ChiTerms:
    """The three parts of chi, kJ/(mol nm), as arrays of the broadcast shape of the inputs."""

    hydrostatic: FloatArray
    deviatoric: FloatArray
    surface: FloatArray

    @property
    def total(self) -> FloatArray:
        """Sum of the three parts."""
        return self.hydrostatic + self.deviatoric + self.surface


def chi(
    shear_modulus_GPa: ArrayLike,
    *,
    poisson: ArrayLike,
    volume_ratio: ArrayLike,
    wave_number_1_m: ArrayLike = WAVE_NUMBER_1_M,
    lithium: Lithium = LITHIUM,
    relative_sign: RelativeSign = RelativeSign.PUBLISHED,
) -> ChiTerms:
    """Evaluate the stability parameter of coatings on lithium.

    Parameters
    ----------
    shear_modulus_GPa : array_like
        Shear modulus of the coating, ≥ 0.
    poisson : array_like
        Poisson's ratio of the coating, in (−1, 0.5].
    volume_ratio : array_like
        v = V(Li⁺ in the coating)/V(Li in the metal), above −1. It is negative where a coating swells when
        lithium leaves it.
    wave_number_1_m : array_like
        Wave number of the roughness, 1/m; 1e8 is a wavelength of 63 nm.
    lithium : Lithium
        Constants of the metal.
    relative_sign : RelativeSign
        Reading of the relative sign of elastic and surface terms.

    Returns
    -------
    ChiTerms
        Hydrostatic, deviatoric and surface part in kJ/(mol nm).

    Raises
    ------
    DataError
        If an input is outside its range.
    """
    return chi_of_draws(
        checked_modulus(shear_modulus_GPa),
        checked_poisson(poisson),
        checked_volume_ratio(volume_ratio),
        wave_number_1_m=checked_positive(wave_number_1_m, "wave_number_1_m"),
        lithium=lithium,
        relative_sign=relative_sign,
    )


def chi_of_draws(
    shear_modulus_GPa: FloatArray,
    poisson: FloatArray,
    volume_ratio: FloatArray,
    *,
    wave_number_1_m: FloatArray | float,
    lithium: Lithium,
    relative_sign: RelativeSign,
) -> ChiTerms:
    """Evaluate `chi` for arrays that need no check: draws may hold a modulus beyond that of diamond."""
    g_s, g_e, nu_e = shear_modulus_GPa, lithium.shear_modulus_GPa, lithium.poisson_ratio
    kappa_e, kappa_s = 3 - 4 * nu_e, 3 - 4 * poisson
    denominator = g_s * (kappa_e * (1 - poisson)) + (g_e * (1 - nu_e)) * kappa_s
    scale = lithium.molar_volume_m3_mol / lithium.valence * _KJ_PER_MOL_NM
    elastic = (relative_sign.elastic_factor * scale * _GPA) * wave_number_1_m / denominator
    difference = g_s * g_s * kappa_e - g_e**2 * kappa_s
    product = g_s * (2 * g_e * _deviatoric_numerator(nu_e, poisson))
    return ChiTerms(
        hydrostatic=np.asarray(elastic * ((1 - volume_ratio) / 2) * difference),
        deviatoric=np.asarray(elastic * (1 + volume_ratio) * product),
        surface=np.asarray(
            -scale * (1 + volume_ratio) * (lithium.surface_energy_J_m2 * wave_number_1_m**2 / 2)
        ),
    )


def critical_modulus_ratio(
    poisson: ArrayLike, volume_ratio: ArrayLike, *, li_poisson: float = LITHIUM.poisson_ratio
) -> FloatArray:
    """Ratio G_s/G_e at which the elastic part of chi changes sign.

    With r = 2N(v + 1)/(v − 1) it is [r + √(r² + κ_e κ_s)]/κ_e, the limit of long waves. As published, a
    coating is stable above it if v > 1 and below it if v < 1.

    Parameters
    ----------
    poisson : array_like
        Poisson's ratio of the coating, in (−1, 0.5].
    volume_ratio : array_like
        v, above −1 and not 1; infinity is allowed.
    li_poisson : float
        Poisson's ratio of lithium.

    Raises
    ------
    DataError
        If an input is outside its range, or v is 1, where no critical ratio exists.
    """
    nu_s, v = checked_poisson(poisson), checked_volume_ratio(volume_ratio, infinite=True)
    checked_poisson(li_poisson)
    if np.any(v == 1):
        raise DataError(
            "at a volume ratio of 1 there is no critical modulus ratio: the elastic part keeps its sign",
            where="volume_ratio",
        )
    kappa_e, kappa_s = 3 - 4 * li_poisson, 3 - 4 * nu_s
    lever = np.ones_like(v)
    np.divide(v + 1, v - 1, out=lever, where=np.isfinite(v))
    r = 2 * _deviatoric_numerator(li_poisson, nu_s) * lever
    root = np.sqrt(r**2 + kappa_e * kappa_s)
    with np.errstate(divide="ignore", invalid="ignore"):  # the branch not taken may divide by zero
        ratio = np.where(r < 0, kappa_s / (root - r), (r + root) / kappa_e)
    return np.asarray(ratio, dtype=float)


def critical_wavelength_nm(terms: ChiTerms, *, wave_number_1_m: ArrayLike = WAVE_NUMBER_1_M) -> FloatArray:
    """Wavelength below which roughness decays, nm; infinity where it decays at every wavelength.

    The elastic parts grow as k and the surface term as k², so chi is zero at one k at most: 2π over that k
    is 2π |chi_surf|/(k chi_elastic).

    Parameters
    ----------
    terms : ChiTerms
        Parts of chi at one wave number.
    wave_number_1_m : array_like
        That wave number.
    """
    elastic = terms.hydrostatic + terms.deviatoric
    wave_number = np.asarray(checked_positive(wave_number_1_m, "wave_number_1_m"))
    length = np.full(np.broadcast(elastic, terms.surface, wave_number).shape, np.inf)
    np.divide(-2e9 * np.pi * terms.surface, elastic * wave_number, out=length, where=elastic > 0)
    return length


def regime(volume_ratio: float) -> Regime:
    """Say which branch of the criterion a volume ratio belongs to.

    Raises
    ------
    DataError
        If the volume ratio is not above −1.
    """
    v = float(checked_volume_ratio(volume_ratio, infinite=True))
    if v == 1:
        return Regime.VOLUME_NEUTRAL
    return Regime.PRESSURE_DRIVEN if v > 1 else Regime.DENSITY_DRIVEN


def _deviatoric_numerator(nu_e: float, nu_s: FloatArray) -> FloatArray:
    return np.asarray((2 - 3 * nu_e) - (3 - 4 * nu_e) * nu_s)
