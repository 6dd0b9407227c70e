"""Log-normal quantities: positive, with an error that multiplies them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["log_standard_deviation"]


def log_standard_deviation(value: ArrayLike, uncertainty: ArrayLike) -> NDArray[np.float64]:
    """Return the standard deviation of the logarithm of log-normal quantities.

    The relative standard uncertainty is the coefficient of variation c, so that σ = √ln(1 + c²).

    Parameters
    ----------
    value, uncertainty : array_like, shape (...)
        Values with their standard uncertainties; one that is not positive has no logarithm and gives 0.
    """
    values, errors = np.broadcast_arrays(np.asarray(value, dtype=float), np.asarray(uncertainty, dtype=float))
    relative = np.zeros(values.shape)
    np.divide(errors, values, out=relative, where=values > 0)
    return np.asarray(np.sqrt(np.log1p(relative**2)))
