"""The Gaussian process: against closed forms, known functions and limits."""

import math
import warnings
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from lithicoat.workflows.errors import RunError
from lithicoat.workflows.suggesting.surrogate import FOLDS, Observations, Parts, Surrogate, leave_out

GRID = np.linspace(0, 1, 21)[:, None]


def hill(x):
    """Two humps, the higher one at 0.72."""
    return np.exp(-(((x - 0.72) / 0.12) ** 2)) + 0.6 * np.exp(-(((x - 0.2) / 0.15) ** 2))


def seen(x, y, error):
    x = np.asarray(x, dtype=float)
    return Observations(
        places=x[:, None] if x.ndim == 1 else x,
        values=np.asarray(y, dtype=float),
        errors=np.broadcast_to(np.asarray(error, dtype=float), x.shape[:1]).copy(),
    )


def evaluations(start, seed):
    """How many further points are asked for until the best of the table is among them."""
    known, best = list(start), int(hill(GRID[:, 0]).argmax())
    while best not in known:
        rest = np.setdiff1d(np.arange(len(GRID)), known)
        values = hill(GRID[known, 0])
        surrogate = Surrogate(seen(GRID[known, 0], values, 0.01))
        known.append(int(rest[surrogate.choose(GRID[rest], count=1, seed=seed)[0].row]))
    return len(known) - len(start)


def test_finds_the_optimum_sooner_than_chance():
    needed = [evaluations(start, seed) for seed, start in enumerate([(0, 7, 12, 20), (2, 4, 6, 9)])]
    by_chance = (len(GRID) - 4 + 1) / 2  # mean place of one ball among 17
    assert np.mean(needed) < by_chance / 1.5


def test_posterior_is_that_of_the_formula():
    x, y, error = (
        np.array([0.1, 0.35, 0.5, 0.9]),
        np.array([1.0, 2.0, 0.5, 1.4]),
        np.array([0.1, 0.3, 0.2, 0.05]),
    )
    surrogate = Surrogate(seen(x, y, error))
    length = surrogate._models[0].covar_module.lengthscale.item()
    level, spread = y.mean(), y.std(ddof=1)
    constant = surrogate._models[0].mean_module.constant.item()

    def covariance(one, other):
        return np.exp(-((one[:, None] - other[None]) ** 2) / (2 * length**2))

    new = np.array([0.0, 0.4, 0.77])
    weights = np.linalg.solve(covariance(x, x) + np.diag((error / spread) ** 2), covariance(x, new))
    mean = level + spread * (constant + weights.T @ ((y - level) / spread - constant))
    variance = spread**2 * (1 - np.einsum("ij,ij->j", covariance(x, new), weights))
    found_mean, found_spread = surrogate.predict(new[:, None])
    assert found_mean == pytest.approx(mean, abs=1e-5)
    assert found_spread == pytest.approx(np.sqrt(variance), abs=1e-5)


def test_a_noisy_value_is_believed_less_than_a_sure_one():
    x, y = np.linspace(0, 1, 7), np.array([0.0, 0.1, 0.2, 2.0, 0.4, 0.5, 0.6])
    errors = np.full(7, 0.05)
    sure, _ = Surrogate(seen(x, y, errors)).predict(np.array([[0.5]]))
    errors[3] = 3.0
    doubted, _ = Surrogate(seen(x, y, errors)).predict(np.array([[0.5]]))
    assert sure[0] > 1.5
    assert doubted[0] < 0.7


def test_exact_values_are_met_and_hopeless_ones_average_out():
    x, y = np.linspace(0, 1, 6), np.array([0.0, 1.0, 0.3, 0.8, 0.2, 0.9])
    mean, spread = Surrogate(seen(x, y, 0.0)).predict(x[:, None])
    assert mean == pytest.approx(y, abs=0.02)
    assert (spread < 0.02).all()
    mean, spread = Surrogate(seen(x, y, 100.0)).predict(x[:, None])
    assert mean == pytest.approx(np.full(6, y.mean()), abs=0.02)
    assert spread == pytest.approx(np.full(6, y.std(ddof=1)), rel=0.02)


def test_unit_of_the_value_does_not_matter():
    x = np.array([0.0, 0.2, 0.55, 0.9])
    y, rest = hill(x), np.linspace(0.05, 0.95, 12)[:, None]
    one = Surrogate(seen(x, y, 0.05)).choose(rest, count=3, seed=1)
    other = Surrogate(seen(x, 1000 * y + 7, 50.0)).choose(rest, count=3, seed=1)
    assert [choice.row for choice in one] == [choice.row for choice in other]
    shift = other[0].log_improvement - one[0].log_improvement
    assert shift == pytest.approx(math.log(1000), abs=0.05)


def test_order_of_the_films_does_not_matter():
    rng = np.random.default_rng(3)
    x, y = rng.random((8, 3)), rng.random(8)
    turned = rng.permutation(8)
    new = rng.random((5, 3))
    one = Surrogate(seen(x, y, 0.1)).predict(new)
    other = Surrogate(seen(x[turned], y[turned], 0.1)).predict(new)
    assert np.array(one) == pytest.approx(np.array(other), abs=1e-3)


def test_a_batch_holds_each_film_once_and_spreads():
    surrogate = Surrogate(seen([0.0, 0.3, 0.6, 1.0], [0.0, 0.5, 0.4, 0.1], 0.05))
    rest = np.repeat(np.linspace(0.05, 0.95, 10), 2)[:, None]  # each place twice, as of two isomers
    rows = [choice.row for choice in surrogate.choose(rest, count=4, seed=0)]
    assert len(set(rows)) == 4
    assert len(set(rest[rows, 0])) == 4
    assert surrogate.choose(rest[:0], count=4, seed=0) == []
    assert len(surrogate.choose(rest[:2], count=4, seed=0)) == 2


def test_chance_of_improvement_is_that_of_two_normals():
    import torch

    surrogate = Surrogate(seen([0.0, 0.4, 0.5, 1.0], [0.1, -1.0, 1.2, 0.3], 0.2))  # 0.5 is the best by far
    both = torch.tensor([[0.5], [0.6]])
    with torch.no_grad():
        posterior = surrogate._models[0].posterior(both.double())
        lead = (posterior.mean[1] - posterior.mean[0]).item()
        covariance = posterior.distribution.covariance_matrix
        spread = (covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]).sqrt().item()
    chance = surrogate.chances(np.array([[0.6]]), seed=0)[0]
    assert chance == pytest.approx(NormalDist().cdf(lead / spread), abs=0.03)
    assert surrogate.chances(np.array([[0.6]]), seed=0)[0] == chance


def test_a_plane_is_foretold_better_than_by_its_mean():
    rng = np.random.default_rng(4)
    x = rng.random((12, 2))
    result = leave_out(seen(x, x @ [1.0, 0.5], 0.01), seed=0)
    assert (result.errors**2).mean() < 0.1 * (result.mean_errors**2).mean()


def test_noise_is_not_foretold():
    rng = np.random.default_rng(5)
    result = leave_out(seen(rng.random((12, 2)), rng.normal(size=12), 1.0), seed=0)
    assert (result.errors**2).mean() > 0.8 * (result.mean_errors**2).mean()
    assert 0.5 < np.sqrt((result.scaled**2).mean()) < 1.5


def test_the_mean_is_that_of_the_others():
    y = np.array([0.0, 1.0, 2.0, 5.0])
    result = leave_out(seen([0.0, 0.3, 0.7, 1.0], y, 0.1), seed=0)
    assert result.mean_errors == pytest.approx((y.sum() - y) / 3 - y)


def test_many_films_are_left_out_several_at_a_time(monkeypatch):
    fits = []

    class Counted:
        def __init__(self, observations):
            fits.append(len(observations))

        def predict(self, places):
            return np.zeros(len(places)), np.ones(len(places))

    monkeypatch.setattr("lithicoat.workflows.suggesting.surrogate.Surrogate", Counted)
    leave_out(seen(np.linspace(0, 1, 75), np.zeros(75), 1.0), seed=0)
    assert len(fits) == FOLDS
    assert set(fits) == {72, 73}


def of_parts(x, parts, combine, error=0.02):
    """Observations whose values are made of columns of parts."""
    parts = np.asarray(parts, dtype=float)
    columns = [parts[:, index] for index in range(parts.shape[1])]
    whole = Parts(values=parts, errors=np.full(parts.shape, error), combine=combine)
    return replace(seen(x, combine(columns), error), parts=whole)


def test_one_part_is_the_value_itself():
    x, y = np.array([0.0, 0.3, 0.6, 1.0]), np.array([0.0, 0.5, 0.4, 0.1])
    plain = Surrogate(seen(x, y, 0.02))
    parted = Surrogate(
        of_parts(x, np.column_stack([y, np.full(4, 2.0)]), lambda parts: parts[0] * parts[1] / 2)
    )
    mean, spread = plain.predict(GRID)
    found_mean, found_spread = parted.predict(GRID)
    assert found_mean == pytest.approx(mean, abs=0.03)
    assert found_spread == pytest.approx(spread, rel=0.1, abs=0.01)
    assert parted.chances(GRID[:3], seed=0) == pytest.approx(plain.chances(GRID[:3], seed=0), abs=0.03)
    choices = [surrogate.choose(GRID, count=2, seed=0) for surrogate in (plain, parted)]
    assert [choice.row for choice in choices[0]] == [choice.row for choice in choices[1]]


def test_smooth_parts_foretell_a_product_better_than_itself():
    x = np.linspace(0, 1, 13)

    def combine(parts):
        return parts[0].clip(0, 1) * parts[1].clip(0, 1)

    observations = of_parts(x, np.column_stack([4 * x - 1, 3 - 4 * x]), combine)
    itself = leave_out(replace(observations, parts=None), seed=0)
    parted = leave_out(observations, seed=0)
    assert (parted.errors**2).mean() < 0.3 * (itself.errors**2).mean()


def test_parts_that_are_all_the_same_leave_the_value():
    observations = of_parts([0.0, 0.5, 1.0], np.ones((3, 2)), lambda parts: parts[0] * parts[1])
    assert Surrogate(observations).predict(np.array([[0.2]]))[0] == pytest.approx([1.0])


def test_equal_values_and_equal_films_are_no_trouble():
    import botorch  # noqa: F401 - what it warns of when it is imported is its own

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        surrogate = Surrogate(seen([0.0, 0.5, 0.5], [0.4, 0.4, 0.4], 0.0))
        mean, _ = surrogate.predict(np.array([[0.2]]))
        surrogate.choose(np.array([[0.2], [0.2], [0.2]]), count=2, seed=0)
    assert mean[0] == pytest.approx(0.4)


def test_torch_is_left_as_it_was():
    import torch

    threads, state = torch.get_num_threads(), torch.get_rng_state()
    Surrogate(seen([0.0, 0.5, 1.0], [0.0, 1.0, 0.5], 0.1)).choose(GRID, count=1, seed=9)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_default_dtype() is torch.float32


def test_a_fit_that_fails_says_so(monkeypatch):
    from botorch.exceptions import ModelFittingError

    def fail(_):
        raise ModelFittingError("all attempts failed")

    monkeypatch.setattr("botorch.fit.fit_gpytorch_mll", fail)
    with pytest.raises(RunError, match="the surrogate could not be fitted to 3 films"):
        Surrogate(seen([0.0, 0.5, 1.0], [0.0, 1.0, 0.5], 0.1))
