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

from lithicoat.analysis.errors import DataError

__all__ = [
    "LITHIUM",
    "ChiTerms",
    "Lithium",
    "Regime",
    "RelativeSign",
    "checked_modulus",
    "checked_poisson",
    "chi",
    "critical_modulus_ratio",
    "critical_wave_number",
    "regime",
]

FloatArray = NDArray[np.float64]
_GPA = 1e9
_KJ_PER_MOL_NM = 1e-12  # of 1 J/(mol m)


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
    wave_number_1_m: ArrayLike = 1e8,
    lithium: Lithium = LITHIUM,
    relative_sign: RelativeSign = RelativeSign.PUBLISHED,
) -> ChiTerms:
    """Evaluate the stability parameter of a coating on lithium.

    Parameters
    ----------
    shear_modulus_GPa : array_like
        Shear modulus of the coating, ≥ 0.
    poisson : array_like
        Poisson's ratio of the coating, in (−1, 0.5].
    volume_ratio : array_like
        v = V(Li⁺ in the coating)/V(Li in the metal), > 0.
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
    g_s, nu_s = checked_modulus(shear_modulus_GPa) * _GPA, checked_poisson(poisson)
    v, k = _positive(volume_ratio, "volume_ratio"), _positive(wave_number_1_m, "wave_number_1_m")
    g_e, kappa_e = lithium.shear_modulus_GPa * _GPA, 3 - 4 * lithium.poisson_ratio
    kappa_s = 3 - 4 * nu_s
    numerator = _deviatoric_numerator(lithium.poisson_ratio, nu_s)
    denominator = g_s * kappa_e * (1 - nu_s) + g_e * kappa_s * (1 - lithium.poisson_ratio)
    scale = lithium.molar_volume_m3_mol / lithium.valence * _KJ_PER_MOL_NM
    elastic = relative_sign.elastic_factor * scale * k / denominator
    hydrostatic = elastic * (1 - v) * (g_s**2 * kappa_e - g_e**2 * kappa_s) / 2
    deviatoric = elastic * (1 + v) * 2 * g_e * g_s * numerator
    surface = -scale * (1 + v) * lithium.surface_energy_J_m2 * k**2 / 2
    return ChiTerms(
        hydrostatic=np.asarray(hydrostatic), deviatoric=np.asarray(deviatoric), surface=np.asarray(surface)
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
        v, > 0 and not 1; infinity is allowed.
    li_poisson : float
        Poisson's ratio of lithium.

    Raises
    ------
    DataError
        If an input is outside its range, or v is 1, where no critical ratio exists.
    """
    nu_s, v = checked_poisson(poisson), _positive(volume_ratio, "volume_ratio", infinite=True)
    checked_poisson(li_poisson)
    if np.any(v == 1):
        raise DataError(
            "at a volume ratio of 1 there is no critical modulus ratio: the elastic part keeps its sign",
            where="volume_ratio",
        )
    kappa_e, kappa_s = 3 - 4 * li_poisson, 3 - 4 * nu_s
    r = 2 * _deviatoric_numerator(li_poisson, nu_s) * (1 + 1 / v) / (1 - 1 / v)
    root = np.sqrt(r**2 + kappa_e * kappa_s)
    with np.errstate(divide="ignore", invalid="ignore"):  # the branch not taken may divide by zero
        ratio = np.where(r < 0, kappa_s / (root - r), (r + root) / kappa_e)
    return np.asarray(ratio, dtype=float)


def critical_wave_number(
    shear_modulus_GPa: float,
    *,
    poisson: float,
    volume_ratio: float,
    lithium: Lithium = LITHIUM,
    relative_sign: RelativeSign = RelativeSign.PUBLISHED,
) -> float | None:
    """Wave number above which the surface term wins, 1/m; None if every wave number is stable.

    The elastic parts grow as k and the surface term as k², so the zero of chi lies at one k.

    Raises
    ------
    DataError
        If an input is outside its range, or lithium has no surface energy.
    """
    if lithium.surface_energy_J_m2 == 0:
        raise DataError("without a surface energy there is no critical wavelength", where="lithium")
    unit = chi(
        shear_modulus_GPa,
        poisson=poisson,
        volume_ratio=volume_ratio,
        wave_number_1_m=1.0,
        lithium=lithium,
        relative_sign=relative_sign,
    )
    wave_number = float(unit.hydrostatic + unit.deviatoric) / -float(unit.surface)
    return wave_number if wave_number > 0 else None


def regime(volume_ratio: float) -> Regime:
    """Say which branch of the criterion a volume ratio belongs to.

    Raises
    ------
    DataError
        If the volume ratio is not positive.
    """
    v = float(_positive(volume_ratio, "volume_ratio", infinite=True))
    if v == 1:
        return Regime.VOLUME_NEUTRAL
    return Regime.PRESSURE_DRIVEN if v > 1 else Regime.DENSITY_DRIVEN


def checked_modulus(shear_modulus_GPa: ArrayLike, *, where: str = "shear_modulus_GPa") -> FloatArray:
    """Return shear moduli that a solid can have.

    Raises
    ------
    DataError
        If one is negative, not finite, or above 1000 GPa.
    """
    g = np.asarray(shear_modulus_GPa, dtype=float)
    if not np.all(np.isfinite(g)) or np.any(g < 0):
        raise DataError(f"a shear modulus is finite and not negative, got {_shown(g)} GPa", where=where)
    if np.any(g > 1000):
        raise DataError(
            f"a shear modulus of {_shown(g)} GPa is above that of diamond, 535 GPa",
            where=where,
            hint="the unit is GPa",
        )
    return g


def checked_poisson(poisson: ArrayLike, *, where: str = "poisson") -> FloatArray:
    """Return Poisson's ratios that a stable isotropic solid can have.

    Raises
    ------
    DataError
        If one is outside (−1, 0.5].
    """
    nu = np.asarray(poisson, dtype=float)
    if not np.all((nu > -1) & (nu <= 0.5)):
        raise DataError(f"Poisson's ratio lies above -1 and not above 0.5, got {_shown(nu)}", where=where)
    return nu


def _deviatoric_numerator(nu_e: float, nu_s: FloatArray) -> FloatArray:
    return np.asarray(2 - 3 * nu_e - 3 * nu_s + 4 * nu_e * nu_s)


def _positive(value: ArrayLike, where: str, *, infinite: bool = False) -> FloatArray:
    array = np.asarray(value, dtype=float)
    if not np.all(array > 0) or (not infinite and not np.all(np.isfinite(array))):
        raise DataError(
            f"{where.removesuffix('_1_m').replace('_', ' ')} must be above 0, got {_shown(array)}",
            where=where,
        )
    return array


def _shown(array: FloatArray) -> str:
    return f"{array.min():g}" if array.size == 1 else f"{array.min():g} to {array.max():g}"
