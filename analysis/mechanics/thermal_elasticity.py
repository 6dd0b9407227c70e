"""Shear modulus at a temperature from the mean stresses of cells sheared both ways.

Shears are components of the symmetric strain tensor: ±γ in the plane xy means ε_xy = ε_yx = ±γ, that is an
engineering shear of 2γ, and so G = (σ₊ − σ₋)/(4γ). Along the axes, ε_xx = −ε_yy = ±γ with the stress
(σ_xx − σ_yy)/2 obeys the same law with the modulus (C11 + C22 − 2 C12)/4, the C' of a cubic crystal. What the
unsheared cell is left with, and all that is even in γ, cancels in the difference.

The stresses are those of the forces. The momenta add nothing to the mean of a shear stress: in equilibrium
all directions hold the same kinetic energy, and to leave them out takes noise away.

Literature
----------
Hill, Proc. Phys. Soc. A 65, 349 (1952): Voigt's average.
Squire, Holt and Hoover, Physica 42, 388 (1969): isothermal elastic constants by Monte Carlo.
"""

import math
from collections.abc import Sequence
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.timeseries import FEWEST_SAMPLES, equilibrated_from, mean_with_error

__all__ = ["ModeModulus", "PairModulus", "ShearMode", "ThermalShear", "pair_modulus", "thermal_shear"]

FloatArray = NDArray[np.float64]

PLANES_ONLY = "mean of C44, C55 and C66: no average over orientations of a crystal"

_LARGEST_SHEAR = 0.05
_NONLINEAR = 0.05
"""Two magnitudes may differ by this share of the modulus before it counts, however small the errors."""
_DOUBT = 2.0
"""Standard errors beyond which a difference is believed."""
_ISOTROPY = 0.01
"""Moduli of the modes that scatter so much with less than this probability are not those of one modulus."""
_VOLUME_POWER = 5.0
"""|d ln G / d ln V|, the upper end for salts and oxides: how the error of the volume counts."""


class ShearMode(Enum):
    """Three shears in the planes of the axes and three along the axes."""

    YZ = "yz"
    XZ = "xz"
    XY = "xy"
    XX_YY = "xx-yy"
    YY_ZZ = "yy-zz"
    ZZ_XX = "zz-xx"

    @property
    def in_plane(self) -> bool:
        """True for yz, xz, xy."""
        return "-" not in self.value

    @property
    def tensor(self) -> FloatArray:
        """Strain tensor of magnitude 1, shape (3, 3)."""
        tensor = np.zeros((3, 3))
        if self.in_plane:
            row, column = ("xyz".index(axis) for axis in self.value)
            tensor[row, column] = tensor[column, row] = 1.0
        else:
            plus, minus = ("xyz".index(axis[0]) for axis in self.value.split("-"))
            tensor[plus, plus], tensor[minus, minus] = 1.0, -1.0
        return tensor

    def stress(self, stresses_GPa: ArrayLike) -> FloatArray:
        """Project stresses of shape (..., 3, 3) on the mode: σ_ij, or (σ_ii − σ_jj)/2."""
        projected: FloatArray = np.einsum("...ij,ij->...", np.asarray(stresses_GPa, float), self.tensor) / 2
        return projected

    @classmethod
    def chosen(cls, count: int) -> tuple["ShearMode", ...]:
        """Return the three planes, or all six."""
        return tuple(cls)[:count]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PairModulus(_Record):
    """One shear of one magnitude, both ways."""

    mode: ShearMode = Field(description="What was sheared.")
    strain: float = Field(gt=0, description="Magnitude γ of the strain tensor.")
    modulus_GPa: float = Field(description="(σ₊ − σ₋)/(4γ), GPa.")
    error_GPa: float = Field(ge=0, description="Its standard error, GPa.")
    plus_GPa: float = Field(description="Mean stress of the mode at +γ, positive under tension, GPa.")
    plus_error_GPa: float = Field(ge=0, description="Its standard error, GPa.")
    minus_GPa: float = Field(description="Mean stress of the mode at −γ, GPa.")
    minus_error_GPa: float = Field(ge=0, description="Its standard error, GPa.")
    samples: int = Field(ge=1, description="Samples of the stress that count, per sign.")
    discarded: int = Field(ge=0, description="Samples before equilibrium, cut off.")


class ModeModulus(_Record):
    """The modulus of one mode over all magnitudes."""

    mode: ShearMode = Field(description="What was sheared.")
    modulus_GPa: float = Field(description="Modulus, GPa.")
    error_GPa: float = Field(ge=0, description="Its standard error, GPa.")


class ThermalShear(_Record):
    """Shear modulus at a temperature and what it was made of."""

    temperature_K: float = Field(gt=0, description="Temperature, K.")
    shear_modulus: Property = Field(
        description="Isothermal shear modulus, GPa: Voigt's average of six modes, or mean of three planes."
    )
    modes: tuple[ModeModulus, ...] = Field(description="Moduli of the modes.")
    pairs: tuple[PairModulus, ...] = Field(description="Mean stresses of all shears.")
    modulus_GPa: float = Field(
        description="Value before it was judged, GPa; as of shear_modulus if resolved."
    )
    error_GPa: float = Field(ge=0, description="Standard error from the stresses and the volume, GPa.")

    def wanting(self, relative_error: float) -> tuple[ShearMode, ...]:
        """Return the modes to be measured longer; none if the modulus is known well enough.

        Those whose share of the error is above an equal share of what is allowed; after all of them fell
        below it, the modulus is within `relative_error`.
        """
        allowed = relative_error * abs(self.modulus_GPa)
        share = allowed / math.sqrt(len(self.modes))
        weights = _weights(self.modes)
        parts = {mode.mode: weight * mode.error_GPa for mode, weight in zip(self.modes, weights, strict=True)}
        if math.hypot(*parts.values()) <= allowed:
            return ()
        return tuple(mode for mode, part in parts.items() if part > share)


def pair_modulus(mode: ShearMode, *, strain: float, plus_GPa: ArrayLike, minus_GPa: ArrayLike) -> PairModulus:
    """Return the modulus from the stresses of a cell sheared by +γ and by −γ.

    The two runs may have drawn the same momenta and noise: while they stay alike their fluctuations cancel.
    So the beginning of equilibrium and the error are those of the difference, sample by sample. At most half
    is cut off, and the error is never less than that of the whole series: a slow fluctuation can look like a
    way to equilibrium, and what is left of it then looks calmer than it is.

    Parameters
    ----------
    mode : ShearMode
        What was sheared.
    strain : float
        Magnitude γ of the strain tensor.
    plus_GPa, minus_GPa : (n,) array_like
        Stress of the mode at equal distances in time, GPa, positive under tension; at least 8 each.

    Raises
    ------
    DataError
        If the series are not as long, too short or not finite, or the strain is not small.
    """
    if not 0 < strain <= _LARGEST_SHEAR:
        raise DataError(
            f"a shear of {strain:g} is outside of linear elasticity; give one above 0 and up to "
            f"{_LARGEST_SHEAR:g}",
            where="strain",
        )
    plus, minus = np.asarray(plus_GPa, dtype=float), np.asarray(minus_GPa, dtype=float)
    if plus.shape != minus.shape:
        raise DataError(
            f"{plus.size} stresses at +γ but {minus.size} at −γ: both runs must be as long",
            where="minus_GPa",
        )
    half = (plus - minus) / 2
    start = min(equilibrated_from(half), len(half) // 2, len(half) - FEWEST_SAMPLES)
    mean, whole = mean_with_error(half[start:]), mean_with_error(half)
    above, below = mean_with_error(plus[start:]), mean_with_error(minus[start:])
    return PairModulus(
        mode=mode,
        strain=strain,
        modulus_GPa=mean.mean / (2 * strain),
        error_GPa=max(mean.error, whole.error) / (2 * strain),
        plus_GPa=above.mean,
        plus_error_GPa=above.error,
        minus_GPa=below.mean,
        minus_error_GPa=below.error,
        samples=len(half) - start,
        discarded=start,
    )


def thermal_shear(
    pairs: Sequence[PairModulus],
    *,
    temperature_K: float,
    isotropic: bool,
    volume_error: float = 0.0,
    flags: Sequence[str] = (),
) -> ThermalShear:
    """Average the moduli of all shears into one.

    Magnitudes count by γ², as the noise of the stress asks for; if they do not agree the smallest counts
    alone, and the result is flagged. Six modes give Voigt's average of a cell of any symmetry,
    G = (2 C' + 3 C44)/5 with the means over the pure shears and over the planes; three planes give their
    mean. A modulus below two standard errors is an upper bound.

    Parameters
    ----------
    pairs : sequence of PairModulus
        Each of three planes or of six modes, with the same magnitudes.
    temperature_K : float
        Temperature in K.
    isotropic : bool
        Whether the solid should be (a film) or need not be (a crystal): a film whose modes differ is flagged.
    volume_error : float
        Relative standard error of the volume at which the cells were sheared; it counts five times.
    flags : sequence of str
        Further caveats.

    Raises
    ------
    DataError
        If modes or magnitudes are missing.
    """
    strains = _magnitudes(pairs)
    notes = list(flags)
    if len(strains) > 1 and (bent := _bent(pairs, strains)):
        notes.append(bent)
        strains = strains[:1]
    modes = _modes(pairs, strains)
    weights = _weights(modes)
    modulus = sum(weight * mode.modulus_GPa for weight, mode in zip(weights, modes, strict=True))
    noise = math.hypot(*(weight * mode.error_GPa for weight, mode in zip(weights, modes, strict=True)))
    error = math.hypot(noise, _VOLUME_POWER * volume_error * modulus)
    if isotropic:
        notes += _directional(modes)
    elif len(modes) == len(ShearMode.chosen(3)):
        notes.append(PLANES_ONLY)
    return ThermalShear(
        temperature_K=temperature_K,
        shear_modulus=_judged(modulus, error, notes),
        modes=modes,
        pairs=tuple(pairs),
        modulus_GPa=modulus,
        error_GPa=error,
    )


def _magnitudes(pairs: Sequence[PairModulus]) -> list[float]:
    """Return the magnitudes, smallest first, if each mode has each of them once."""
    strains = sorted({pair.strain for pair in pairs})
    found = [(pair.mode, pair.strain) for pair in pairs]
    count = len({pair.mode for pair in pairs})
    wanted = [(mode, strain) for mode in ShearMode.chosen(count) for strain in strains]
    if count not in {3, 6} or len(found) != len(wanted) or set(found) != set(wanted):
        raise DataError(
            "a shear modulus needs the three planes, or all six modes, each at the same magnitudes; got "
            + (", ".join(f"{mode.value} {strain:g}" for mode, strain in found) or "none"),
            where="pairs",
        )
    return strains


def _modes(pairs: Sequence[PairModulus], strains: Sequence[float]) -> tuple[ModeModulus, ...]:
    """Average each mode over the magnitudes, by γ²."""
    modes = []
    for mode in ShearMode:
        mine = [pair for pair in pairs if pair.mode is mode and pair.strain in strains]
        total = sum(pair.strain**2 for pair in mine)
        if mine:
            modes.append(
                ModeModulus(
                    mode=mode,
                    modulus_GPa=sum(pair.strain**2 * pair.modulus_GPa for pair in mine) / total,
                    error_GPa=math.hypot(*(pair.strain**2 * pair.error_GPa for pair in mine)) / total,
                )
            )
    return tuple(modes)


def _weights(modes: Sequence[ModeModulus]) -> list[float]:
    """Weights of the average: 3/5 for the planes and 2/5 for the pure shears, or the planes alone."""
    if len(modes) == len(ShearMode.chosen(3)):
        return [1 / 3] * 3
    return [1 / 5 if mode.mode.in_plane else 2 / 15 for mode in modes]


def _bent(pairs: Sequence[PairModulus], strains: Sequence[float]) -> str | None:
    """Say if the modulus at the largest strain is not that at the smallest."""
    ends = []
    for strain in (strains[0], strains[-1]):
        modes = _modes(pairs, [strain])
        weights = _weights(modes)
        value = sum(weight * mode.modulus_GPa for weight, mode in zip(weights, modes, strict=True))
        error = math.hypot(*(weight * mode.error_GPa for weight, mode in zip(weights, modes, strict=True)))
        ends.append((value, error))
    (small, small_error), (large, large_error) = ends
    apart = abs(large - small)
    if apart <= _DOUBT * math.hypot(small_error, large_error) or apart <= _NONLINEAR * abs(small):
        return None
    return (
        f"stress not linear in shear: {small:.3g} GPa at {strains[0]:g}, {large:.3g} GPa at {strains[-1]:g}; "
        "the smaller counts"
    )


def _directional(modes: Sequence[ModeModulus]) -> list[str]:
    """Say if the modes of a solid that should be isotropic have different moduli."""
    from scipy.stats import chi2  # noqa: PLC0415 - slow to load; few commands need it

    errors = np.array([mode.error_GPa for mode in modes])
    values = np.array([mode.modulus_GPa for mode in modes])
    # An error of zero is a run that did not move: any difference then counts.
    weights = 1 / np.maximum(errors, 1e-6 * np.abs(values).max()) ** 2
    mean = float((weights * values).sum() / weights.sum())
    scatter = float((weights * (values - mean) ** 2).sum())
    if chi2.sf(scatter, len(modes) - 1) >= _ISOTROPY:
        return []
    return [
        f"not isotropic: {values.min():.3g} to {values.max():.3g} GPa by direction; a larger cell is better"
    ]


def _judged(modulus: float, error: float, flags: Sequence[str]) -> Property:
    """Return the modulus, or an upper bound if it does not stand out of its error."""
    if modulus > _DOUBT * error:
        return Property(value=modulus, uncertainty=error, unit="GPa", flags=tuple(flags))
    limit = max(modulus, 0.0) + _DOUBT * error
    return Property(
        value=limit,
        unit="GPa",
        bound=Bound.UPPER,
        flags=(*flags, f"shear not resolved: {modulus:.2g} ± {error:.2g} GPa"),
    )
