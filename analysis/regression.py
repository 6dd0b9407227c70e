"""Diffusivity and its uncertainty from mean squared displacements, by kinisi's Bayesian regression."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.lags import MeanSquared
from lithicoat.analysis.properties import Property

__all__ = ["fit_diffusivity"]


def fit_diffusivity(msd: MeanSquared, *, frame_interval_ps: float, first: int, seed: int) -> Property:
    """Fit MSD = 6 D t + c with the covariance of a random walk, D > 0.

    The displacements go to kinisi as a table, not through its file readers: these repeat the first frame,
    which shifts all lags by one, and count the independent displacements from the longest lag instead of
    the length of the run. An intercept c is always fitted; it holds the vibrations.

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
    Property
        D in cm²/s: mean and standard deviation of the posterior.

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

    mean = against_lag(msd.mean, "angstrom^2")
    mean.variances = msd.variance
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
            regression.bayesian_regression(start_dt=start, progress=False)
        except (ValueError, IndexError, ZeroDivisionError, np.linalg.LinAlgError) as error:
            raise DataError(
                f"kinisi cannot fit a diffusivity to {len(msd.lags) - first} lag times ({error})",
                where="positions",
                hint="run longer or store frames more often",
            ) from error
    D = sc.to_unit(
        sc.array(dims=["sample"], values=regression.gradient.values / 6, unit="angstrom^2/ps"), "cm^2/s"
    )
    return Property(value=float(D.values.mean()), uncertainty=float(D.values.std(ddof=1)), unit="cm2/s")


@contextmanager
def _numpy_seeded(seed: int) -> Iterator[None]:
    """Seed numpy's global generator, which kinisi and emcee draw from, and restore it afterwards."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
