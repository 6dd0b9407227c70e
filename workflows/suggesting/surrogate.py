"""A Gaussian process over the descriptors of films: what is expected of those that nobody has computed.

The values are taken with their known noise. One length scale serves all descriptors, because a dozen films
cannot tell eleven lengths apart; its prior is that of Hvarfner, Hellsten and Nardi (ICML 2024,
arXiv:2402.02229), through BoTorch. What to compute next is chosen by the logarithm of the noisy expected
improvement (Ament, Daulton, Eriksson, Balandat, Bakshy, NeurIPS 2023, arXiv:2310.20708), one film after the
other, each given those chosen before it. A value that is made of parts, as a score of its terms, is drawn
from a process for each part (a composite function: Astudillo and Frazier, Winter Simulation Conference 2021,
"Thinking inside the box").
"""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithicoat.workflows.errors import RunError

__all__ = ["SAME", "Choice", "LeaveOut", "Observations", "Parts", "Surrogate", "leave_out"]

FloatArray = NDArray[np.float64]

SAMPLES = 512
"""Samples of the expected improvement (scrambled Sobol points)."""

DRAWS = 4096
"""Draws of the joint posterior behind a probability of improvement."""

FOLDS = 30
"""Fits of the check at most; with more films than this several are left out at a time."""

LEAST_NOISE = 1e-2
"""Least error of a value in units of the spread of all values: of one that is said to be exact."""

SAME = 1e-8
"""Values that spread no more are equal, and are not scaled (as in BoTorch's standardisation)."""

HARMLESS = "A not p.d., added jitter"
"""What is said of two films whose descriptors are equal."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a value is made of, where its parts are smoother than the value itself.

    Parameters
    ----------
    values, errors : numpy.ndarray, shape (n, m)
        Parts of the values, and their standard uncertainties.
    combine : callable
        Makes values of m columns of parts, arrays of numpy or tensors of torch alike.
    """

    values: FloatArray
    errors: FloatArray
    combine: Callable[[Sequence[Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Observations:
    """What is known of computed films.

    Parameters
    ----------
    places : numpy.ndarray, shape (n, p)
        Descriptors, each scaled to 0 … 1 over all films, computed or not.
    values : numpy.ndarray, shape (n,)
        The quantity that is to be high.
    errors : numpy.ndarray, shape (n,)
        Standard uncertainties of the values.
    parts : Parts, optional
        What the values are made of: each part has a process of its own then.
    """

    places: FloatArray
    values: FloatArray
    errors: FloatArray
    parts: Parts | None = None

    def __len__(self) -> int:
        """Return the number of films."""
        return len(self.values)

    def at(self, rows: NDArray[np.intp]) -> "Observations":
        """Return those of some rows."""
        parts = self.parts
        if parts is not None:
            parts = replace(parts, values=parts.values[rows], errors=parts.errors[rows])
        return Observations(
            places=self.places[rows], values=self.values[rows], errors=self.errors[rows], parts=parts
        )


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A film to compute next.

    Parameters
    ----------
    row : int
        Its row among the candidates.
    log_improvement : float
        Logarithm of the expected improvement over the best computed film and those chosen before it.
    """

    row: int
    log_improvement: float


@dataclass(frozen=True, kw_only=True)
class LeaveOut:
    """How well films are foretold that were left out, against the plain mean of the others.

    Parameters
    ----------
    errors : numpy.ndarray, shape (n,)
        Foretold less found, by the surrogate.
    mean_errors : numpy.ndarray, shape (n,)
        The same by the mean of the films that were not left out.
    scaled : numpy.ndarray, shape (n,)
        The first over what the surrogate and the noise together expect; about 1 in size if both are right.
    """

    errors: FloatArray
    mean_errors: FloatArray
    scaled: FloatArray


class Surrogate:
    """A Gaussian process fitted to computed films, or one for each part of their values.

    Parameters
    ----------
    observations : Observations
        Three films at least.

    Raises
    ------
    RunError
        If a fit does not converge.
    """

    def __init__(self, observations: Observations) -> None:
        self._seen = observations
        self._parts = _varying(observations)
        values, errors = observations.values[:, None], observations.errors[:, None]
        if self._parts is not None:
            values, errors = self._parts.values, self._parts.errors
        with _torch():
            self._models = [
                _fitted(observations.places, value, error)
                for value, error in zip(values.T, errors.T, strict=True)
            ]

    def predict(self, places: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of the true values, each of shape (k,), at places (k, p)."""
        import torch

        with _torch(), torch.no_grad():
            posteriors = [model.posterior(torch.tensor(places)) for model in self._models]
            means = np.hstack([posterior.mean.numpy() for posterior in posteriors])
            spreads = np.sqrt(np.hstack([posterior.variance.numpy() for posterior in posteriors]))
        if self._parts is None:
            return means[:, 0], spreads[:, 0]
        normal = np.random.default_rng(0).standard_normal((DRAWS, *means.shape))
        drawn = self._combined(means + spreads * normal)
        return drawn.mean(axis=0), drawn.std(axis=0)

    def choose(self, candidates: FloatArray, *, count: int, seed: int) -> list[Choice]:
        """Choose the films to compute next.

        Parameters
        ----------
        candidates : numpy.ndarray, shape (k, p)
            Places of films that are not computed.
        count : int
            How many; no more than there are.
        seed : int
            Seed of the Sobol points.
        """
        import torch
        from botorch.acquisition.logei import qLogNoisyExpectedImprovement
        from botorch.acquisition.objective import GenericMCObjective
        from botorch.models import ModelListGP
        from botorch.optim import optimize_acqf_discrete
        from botorch.sampling.normal import SobolQMCNormalSampler

        count = min(count, len(candidates))
        if count == 0:
            return []

        def objective(drawn: Any, X: Any = None) -> Any:  # noqa: ARG001 - of no use to it
            return self._combined(drawn)

        with _torch(seed):
            improvement = qLogNoisyExpectedImprovement(
                self._models[0] if self._parts is None else ModelListGP(*self._models),
                torch.tensor(self._seen.places),
                sampler=SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=seed),
                objective=GenericMCObjective(objective),
            )
            choices = torch.tensor(candidates)
            chosen, worths = optimize_acqf_discrete(improvement, q=count, choices=choices)
        rows = _rows_of(chosen.numpy(), candidates)
        return [
            Choice(row=row, log_improvement=float(worth))
            for row, worth in zip(rows, worths.reshape(-1), strict=True)
        ]

    def chances(self, places: FloatArray, *, seed: int) -> FloatArray:
        """Return the probability that each of some films is better than the best computed one, shape (k,).

        Both are uncertain: the joint posterior is drawn.
        """
        import torch

        every, rng = torch.tensor(np.concatenate([self._seen.places, places])), np.random.default_rng(seed)
        columns = []
        with _torch(), torch.no_grad():
            for model in self._models:
                posterior = model.posterior(every)
                mean = posterior.mean.numpy()[:, 0]
                covariance = posterior.distribution.covariance_matrix.numpy()
                columns.append(rng.multivariate_normal(mean, covariance, DRAWS, method="eigh"))
        drawn = self._combined(np.stack(columns, axis=-1))
        best = drawn[:, : len(self._seen)].max(axis=1)
        chances: FloatArray = (drawn[:, len(self._seen) :] > best[:, None]).mean(axis=0)
        return chances

    def _combined(self, drawn: Any) -> Any:
        """Make values, shape (…), of what was drawn from each process, shape (…, processes)."""
        columns = [drawn[..., index] for index in range(len(self._models))]
        return columns[0] if self._parts is None else self._parts.combine(columns)


def leave_out(observations: Observations, *, seed: int) -> LeaveOut:
    """Foretell each film from the others, with a fit of its own.

    Parameters
    ----------
    observations : Observations
        Four films at least.
    seed : int
        Deals the films to folds where there are too many to leave out one at a time.

    Raises
    ------
    RunError
        If a fit does not converge.
    """
    number = len(observations)
    dealt = np.random.default_rng(seed).permutation(number)
    found, plain, expected = (np.empty(number) for _ in range(3))
    for out in np.array_split(dealt, min(number, FOLDS)):
        kept = observations.at(np.setdiff1d(np.arange(number), out))
        found[out], expected[out] = Surrogate(kept).predict(observations.places[out])
        plain[out] = kept.values.mean()
    errors = found - observations.values
    return LeaveOut(
        errors=errors,
        mean_errors=plain - observations.values,
        scaled=errors / np.hypot(expected, observations.errors),
    )


def _varying(observations: Observations) -> Parts | None:
    """Return the parts that differ between films; those that do not are constants of the combination."""
    parts = observations.parts
    if parts is None:
        return None
    varies = parts.values.std(axis=0) > SAME
    if not varies.any():
        return None

    def combine(columns: Sequence[Any]) -> Any:
        left = iter(columns)
        none = 0 * columns[0]
        whole = [
            next(left) if own else none + float(value)
            for own, value in zip(varies, parts.values[0], strict=True)
        ]
        return parts.combine(whole)

    return Parts(values=parts.values[:, varies], errors=parts.errors[:, varies], combine=combine)


def _fitted(places: FloatArray, values: FloatArray, errors: FloatArray) -> Any:
    import torch
    from botorch.exceptions import ModelFittingError
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.models.transforms import Standardize
    from gpytorch.mlls import ExactMarginalLogLikelihood

    spread = float(np.std(values, ddof=1))
    noise = np.maximum(errors, LEAST_NOISE * (spread if spread > SAME else 1.0)) ** 2
    model = SingleTaskGP(
        torch.tensor(places),
        torch.tensor(values)[:, None],
        torch.tensor(noise)[:, None],
        covar_module=_kernel(places.shape[1]),
        outcome_transform=Standardize(m=1),
    )
    try:
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    except ModelFittingError as error:
        raise RunError(
            f"the surrogate could not be fitted to {len(values)} films: {error}",
            where="suggest",
            hint="look for a value or an uncertainty that is far off",
        ) from error
    return model.eval()


def _kernel(number: int) -> Any:
    """Return a squared exponential with one length for all descriptors, and its prior."""
    from gpytorch.constraints import GreaterThan
    from gpytorch.kernels import RBFKernel
    from gpytorch.priors import LogNormalPrior

    prior = LogNormalPrior(math.sqrt(2) + math.log(number) / 2, math.sqrt(3))
    return RBFKernel(
        lengthscale_prior=prior,
        lengthscale_constraint=GreaterThan(0.025, transform=None, initial_value=prior.mode),
    )


def _rows_of(chosen: FloatArray, candidates: FloatArray) -> list[int]:
    """Find the rows that were chosen; of equal rows the first that is free."""
    rows: list[int] = []
    for place in chosen:
        same = np.flatnonzero((candidates == place).all(axis=1))
        rows.append(next(int(row) for row in same if int(row) not in rows))
    return rows


@contextmanager
def _torch(seed: int = 0) -> Iterator[None]:
    """One thread (the matrices have some dozen rows), and the global generator as it was afterwards."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=HARMLESS)
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
