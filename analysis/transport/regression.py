"""Diffusivity and its uncertainty from mean squared displacements, by kinisi's Bayesian regression."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.lags import MeanSquared, fit_line

__all__ = ["CM2_S", "FittedLine", "fit_diffusivity"]

CM2_S = 1e-4  # of 1 Å²/ps
_KINISI_INTERCEPT = 1e-20
_STEPS, _BURNT, _THINNED = 600, 200, 5


@dataclass(frozen=True, kw_only=True)
class FittedLine:
    """Samples of the posterior of the line MSD = 6 D t + c.

    Attributes
    ----------
    slopes_A2_ps, intercepts_A2 : numpy.ndarray, shape (samples,)
        6 D in Å²/ps and c in Å².
    from_ps : float
        First lag time that was fitted, ps.
    """

    slopes_A2_ps: NDArray[np.float64]
    intercepts_A2: NDArray[np.float64]
    from_ps: float

    @property
    def diffusivity(self) -> Property:
        """D in cm²/s: mean and standard deviation of the posterior."""
        D = self.slopes_A2_ps / 6 * CM2_S
        return Property(value=float(D.mean()), uncertainty=float(D.std(ddof=1)), unit="cm2/s")

    def band_A2(self, lags_ps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return mean, 2.5 % and 97.5 % quantile of the line at lag times, Å², shape (3, lags)."""
        lines = self.slopes_A2_ps[:, None] * lags_ps + self.intercepts_A2[:, None]
        return np.vstack((lines.mean(axis=0), np.quantile(lines, [0.025, 0.975], axis=0)))


def fit_diffusivity(msd: MeanSquared, *, frame_interval_ps: float, first: int, seed: int) -> FittedLine:
    """Fit MSD = 6 D t + c with the covariance of a random walk, D > 0.

    The displacements go to kinisi as a table, not through its file readers: these repeat the first frame,
    which shifts all lags by one, and count the independent displacements from the longest lag instead of
    the length of the run. An intercept c is always fitted; it holds the vibrations. kinisi starts its walkers
    within 1e-3 of an intercept of 1e-20, whatever the unit, and they take some thousand steps to spread from
    there; so the table is scaled to have its line cross near 1e-20, and a few hundred steps are enough.

    Parameters
    ----------
    msd : MeanSquared
        Mean squared displacements.
    frame_interval_ps : float
        Time between frames, ps.
    first : int
        Index of the first lag time that is fitted.
    seed : int
        Seed of the sampling. The global random state of numpy is left as it was.

    Returns
    -------
    FittedLine
        Samples of the posterior.

    Raises
    ------
    DataError
        If fewer than three lag times are left, nothing moved, or the regression fails.

    References
    ----------
    McCluskey, Coles and Morgan, J. Chem. Theory Comput. 21, 79 (2025), doi:10.1021/acs.jctc.4c01249.
    """
    if len(msd.lags) - first < 3 or not np.all(msd.variance[first:] > 0):
        raise DataError(
            f"no diffusivity can be fitted to {len(msd.lags) - first} lag times: "
            "at least three with different displacements are needed",
            where="positions",
            hint="run longer or store frames more often",
        )
    import scipp as sc  # noqa: PLC0415  (seconds to import)
    from kinisi.diffusion import Diffusion  # noqa: PLC0415

    def against_lag(values: np.ndarray, unit: str) -> "sc.Variable":
        return sc.array(dims=["time interval"], values=values, unit=unit)

    means, variances = _rounded(msd.mean), _rounded(msd.variance)
    intercept, slope, _ = fit_line(
        means[first:], variance=variances[first:], samples=msd.samples[first:], lags=msd.lags[first:]
    )
    shift = max(0.0, abs(slope) * float(msd.lags[first]) - intercept)
    scale = _KINISI_INTERCEPT / (intercept + shift)
    mean = against_lag((means + shift) * scale, "angstrom^2")
    mean.variances = variances * scale**2
    table = sc.DataArray(
        data=mean,
        coords={
            "time interval": against_lag(msd.lags * frame_interval_ps, "ps"),
            "n_samples": against_lag(msd.samples, "one"),
        },
    )
    regression = Diffusion(sc.DataGroup({"da": table, "dimensionality": 3 * sc.units.dimensionless}))
    start = sc.scalar((msd.lags[first] - 0.5) * frame_interval_ps, unit="ps")
    with _numpy_seeded(seed):
        try:
            regression.bayesian_regression(
                start_dt=start, progress=False, n_samples=_STEPS, n_burn=_BURNT, n_thin=_THINNED
            )
        except (ValueError, IndexError, ZeroDivisionError, np.linalg.LinAlgError) as error:
            raise DataError(
                f"kinisi cannot fit a diffusivity to {len(msd.lags) - first} lag times ({error})",
                where="positions",
                hint="run longer or store frames more often",
            ) from error
    return FittedLine(
        slopes_A2_ps=np.asarray(regression.gradient.values) / scale,
        intercepts_A2=np.asarray(regression.intercept.values) / scale - shift,
        from_ps=float(msd.lags[first] * frame_interval_ps),
    )


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return seven digits, so that the last bits, which depend on the machine, do not steer the sampling."""
    return np.array([float(f"{value:.7g}") for value in values])


@contextmanager
def _numpy_seeded(seed: int) -> Iterator[None]:
    """Seed numpy's global generator, which kinisi and emcee draw from, and restore it afterwards."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
