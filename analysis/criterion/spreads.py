"""Draws of a film's shear modulus, Poisson's ratio and volume ratio from their uncertainties.

The modulus is log-normal: its median is the value, its coefficient of variation the relative standard
uncertainty. Poisson's ratio and the volume ratio are normal, cut off at the ends of their ranges. All films
share the same points of a scrambled Sobol sequence: 128 of them place the ends of a 95 % interval within a
tenth of a standard deviation.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lithicoat.analysis.criterion.ranges import checked_modulus, checked_poisson, checked_volume_ratio
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.lognormal import log_standard_deviation

__all__ = [
    "ASSUMED_CELL_VOLUME_RATIO",
    "ASSUMED_MODULUS",
    "ASSUMED_POISSON",
    "ASSUMED_VOLUME_RATIO",
    "FEWEST_DRAWS",
    "FilmInputs",
    "Uncertain",
    "points",
    "quantiles",
]

FloatArray = NDArray[np.float64]

ASSUMED_MODULUS = 0.3
"""Relative uncertainty of a modulus that states none: scatter of a potential's moduli about measured ones."""
ASSUMED_POISSON = 0.04
"""Uncertainty of a Poisson's ratio that states none: spread over the phases of Al2O3, ZrO2, TiO2 and LiAlO2
in the elastic data of the Materials Project."""
ASSUMED_VOLUME_RATIO = 0.2
"""Relative uncertainty of a volume ratio that states none: what half a neighbour more or less does to the
ionic sphere, whose radius grows from 0.59 to 0.76 Å between 4 and 6 neighbours."""
ASSUMED_CELL_VOLUME_RATIO = 0.1
"""Uncertainty of a volume ratio from cell volumes that states none: spread over the sites of a glass, 0.08 in
a lithium aluminium sulfide."""
FEWEST_DRAWS = 64
_FAR = 5.0  # an end of the range so many standard deviations away cuts nothing off
_POISSON_RANGE = (-1.0, 0.5)
_VOLUME_RATIO_RANGE = (-1.0, np.inf)


@dataclass(frozen=True, kw_only=True)
class Uncertain:
    """One quantity of n films.

    Parameters
    ----------
    value, uncertainty : numpy.ndarray, shape (n,)
        Values with their standard uncertainties, assumed ones included.
    assumed : numpy.ndarray of bool, shape (n,)
        Where the uncertainty is assumed.
    """

    value: FloatArray
    uncertainty: FloatArray
    assumed: NDArray[np.bool_]

    @classmethod
    def of(
        cls, value: FloatArray, uncertainty: ArrayLike | None, assumption: FloatArray, where: str
    ) -> "Uncertain":
        """Join values and uncertainties; None and nan stand for one that is not known.

        Raises
        ------
        DataError
            If an uncertainty is negative or infinite.
        """
        given = np.asarray(np.nan if uncertainty is None else uncertainty, dtype=float)
        given = np.broadcast_to(given, value.shape)
        wrong = (given < 0) | np.isinf(given)
        if wrong.any():
            raise DataError(
                f"a standard uncertainty is finite and not negative, got {given[wrong][0]:g}", where=where
            )
        lacking = np.isnan(given)
        return cls(value=value, uncertainty=np.where(lacking, assumption, given), assumed=lacking)

    def __getitem__(self, films: slice) -> "Uncertain":
        return Uncertain(
            value=self.value[films], uncertainty=self.uncertainty[films], assumed=self.assumed[films]
        )

    def log_normal(self, standard: FloatArray) -> FloatArray:
        """Draws, shape (n, d), from standard normal numbers, shape (d,)."""
        deviation = log_standard_deviation(self.value, self.uncertainty)
        drawn: FloatArray = self.value[:, None] * np.exp(deviation[:, None] * standard)
        return drawn

    def truncated(self, standard: FloatArray, limits: tuple[float, float]) -> FloatArray:
        """Draws, shape (n, d), of normal distributions without their parts beyond the limits."""
        drawn: FloatArray = self.value[:, None] + self.uncertainty[:, None] * standard
        near = _near(self.value, self.uncertainty, limits)
        if near.any():
            drawn[near] = _truncated_normal(self.value[near], self.uncertainty[near], standard, limits)
        return drawn


@dataclass(frozen=True, kw_only=True)
class FilmInputs:
    """What chi needs of n films."""

    modulus_GPa: Uncertain
    poisson: Uncertain
    volume_ratio: Uncertain

    @classmethod
    def of(
        cls,
        shear_modulus_GPa: ArrayLike,
        *,
        poisson: ArrayLike,
        volume_ratio: ArrayLike,
        shear_modulus_uncertainty_GPa: ArrayLike | None = None,
        poisson_uncertainty: ArrayLike | None = None,
        volume_ratio_uncertainty: ArrayLike | None = None,
    ) -> "FilmInputs":
        """Check and broadcast to one length; an uncertainty that is None or nan is assumed.

        Raises
        ------
        DataError
            If a number is not one, or outside its range, or the lengths differ.
        """
        given = (
            np.atleast_1d(checked_modulus(shear_modulus_GPa)),
            checked_poisson(poisson),
            checked_volume_ratio(volume_ratio),
        )
        try:
            g, nu, v = (np.array(array) for array in np.broadcast_arrays(*given))
        except ValueError as error:
            sizes = ", ".join(str(array.size) for array in given)
            raise DataError(
                f"moduli, Poisson's ratios and volume ratios are not as many: {sizes}", where="volume_ratio"
            ) from error
        spread = np.full(g.shape, ASSUMED_POISSON)
        return cls(
            modulus_GPa=Uncertain.of(
                g, shear_modulus_uncertainty_GPa, ASSUMED_MODULUS * g, "shear_modulus_uncertainty_GPa"
            ),
            poisson=Uncertain.of(nu, poisson_uncertainty, spread, "poisson_uncertainty"),
            volume_ratio=Uncertain.of(
                v, volume_ratio_uncertainty, ASSUMED_VOLUME_RATIO * np.abs(v), "volume_ratio_uncertainty"
            ),
        )

    def __len__(self) -> int:
        """Return the number of films."""
        return len(self.modulus_GPa.value)

    def __getitem__(self, films: slice) -> "FilmInputs":
        return FilmInputs(
            modulus_GPa=self.modulus_GPa[films],
            poisson=self.poisson[films],
            volume_ratio=self.volume_ratio[films],
        )

    def drawn(self, standard: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Draw moduli, Poisson's ratios and volume ratios, each (n, d), from points of shape (3, d)."""
        return (
            self.modulus_GPa.log_normal(standard[0]),
            self.poisson.truncated(standard[1], _POISSON_RANGE),
            self.volume_ratio.truncated(standard[2], _VOLUME_RATIO_RANGE),
        )


@cache
def points(draws: int, *, seed: int = 0) -> FloatArray:
    """Return standard normal numbers of a scrambled Sobol sequence, shape (3, draws).

    Raises
    ------
    DataError
        If the number is too small for an interval, or not a power of 2.
    """
    from scipy.special import ndtri  # noqa: PLC0415 - `lithicoat --help` does without scipy
    from scipy.stats.qmc import Sobol  # noqa: PLC0415 - as above

    if draws < FEWEST_DRAWS or draws & (draws - 1):
        raise DataError(
            f"draws is a power of 2, at least {FEWEST_DRAWS}, got {draws}", where="draws", hint="give 1024"
        )
    sequence = Sobol(3, scramble=True, rng=np.random.default_rng(seed))
    numbers: FloatArray = ndtri(np.clip(sequence.random(draws).T, 1e-12, 1 - 1e-12))
    numbers.flags.writeable = False
    return numbers


def quantiles(drawn: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return median, 2.5 % and 97.5 % quantile along the last axis."""
    ordered = np.sort(drawn, axis=-1)
    last = ordered.shape[-1] - 1
    found = []
    for share in (0.5, 0.025, 0.975):
        place = min(max(share * (last + 1) - 0.5, 0.0), last)
        below = int(place)
        low, high = ordered[..., below], ordered[..., min(below + 1, last)]
        with np.errstate(invalid="ignore"):  # between two infinities
            between = low + (place - below) * (high - low)
        found.append(np.where(low == high, low, between))
    return found[0], found[1], found[2]


def _near(value: FloatArray, error: FloatArray, limits: tuple[float, float]) -> NDArray[np.bool_]:
    """Whether a limit lies so near that it cuts something off."""
    low, high = limits
    reach = _FAR * error
    return np.asarray((error > 0) & ((value - reach < low) | (value + reach > high)))


def _truncated_normal(
    value: FloatArray, error: FloatArray, standard: FloatArray, limits: tuple[float, float]
) -> FloatArray:
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 - as in `points`

    low, high = (ndtr((limit - value) / error)[:, None] for limit in limits)
    drawn = value[:, None] + error[:, None] * ndtri(low + (high - low) * ndtr(standard))
    kept: FloatArray = np.clip(drawn, np.nextafter(limits[0], np.inf), limits[1])
    return kept
