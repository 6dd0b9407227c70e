"""Mean squared displacements as they are stored and drawn."""

import numpy as np

from lithicoat.analysis.transport.displacements import drift_free_positions
from lithicoat.analysis.transport.lags import MeanSquared, lag_times, mean_squared_displacement
from lithicoat.analysis.transport.records import MsdCurve
from lithicoat.analysis.transport.regression import FittedLine
from lithicoat.analysis.transport.runs import PreparedRun

__all__ = ["framework_curve", "msd_curve"]

FRAMEWORK_ORIGINS = 1000  # of the framework's MSD, which is drawn and not fitted


def msd_curve(msd: MeanSquared, frame_interval_ps: float, line: FittedLine | None) -> MsdCurve:
    """Return displacements as they are stored, with the band of the fitted line if there is one."""
    lags_ps = msd.lags.astype(np.float64) * frame_interval_ps
    mean, lower, upper = (None, None, None) if line is None else line.band_A2(lags_ps).tolist()
    return MsdCurve(
        lags_ps=tuple(lags_ps.tolist()),
        msd_A2=tuple(msd.mean.tolist()),
        error_A2=tuple(np.sqrt(msd.variance).tolist()),
        fit_from_ps=None if line is None else line.from_ps,
        line_A2=mean,
        lower_A2=lower,
        upper_A2=upper,
    )


def framework_curve(run: PreparedRun) -> MsdCurve | None:
    """Return the displacement of the framework; None if there is none."""
    if not run.framework.any():
        return None
    solid = drift_free_positions(run.positions, atoms=run.framework, moved=run.moved)
    msd = mean_squared_displacement(solid, lags=lag_times(len(solid)), most_origins=FRAMEWORK_ORIGINS)
    return msd_curve(msd, run.frame_interval_ps, None)
