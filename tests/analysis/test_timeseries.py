import numpy as np
import pytest
from scipy.signal import lfilter

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.timeseries import equilibrated_from, mean_with_error, statistical_inefficiency


def autoregressive(rng: np.random.Generator, *, phi: float, n: int) -> np.ndarray:
    """AR(1) noise of variance 1 / (1 - phi²); its statistical inefficiency is (1 + phi) / (1 - phi)."""
    return lfilter([1], [1, -phi], rng.normal(size=n + 1000))[1000:]


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_the_inefficiency_of_autoregressive_noise_is_the_exact_one(phi: float) -> None:
    rng = np.random.default_rng(1)
    found = [statistical_inefficiency(autoregressive(rng, phi=phi, n=10_000)) for _ in range(20)]
    assert np.mean(found) == pytest.approx((1 + phi) / (1 - phi), rel=0.08)


@pytest.mark.parametrize("phi", [0.0, 0.9])
def test_the_error_of_a_mean_covers_the_true_mean(phi: float) -> None:
    rng = np.random.default_rng(2)
    means = [mean_with_error(3 + autoregressive(rng, phi=phi, n=2000)) for _ in range(300)]
    inside = np.mean([abs(found.mean - 3) < 1.96 * found.error for found in means])
    assert 0.9 <= inside <= 0.985


def test_the_error_of_a_mean_is_the_exact_one() -> None:
    rng = np.random.default_rng(3)
    exact = (1 / (1 - 0.8)) / np.sqrt(20_000)  # of the mean of n steps of AR(1): 1 / (1 - phi) / sqrt(n)
    found = [mean_with_error(autoregressive(rng, phi=0.8, n=20_000)).error for _ in range(10)]
    assert np.mean(found) == pytest.approx(exact, rel=0.05)


def test_a_slow_motion_under_a_fast_vibration_is_seen() -> None:
    rng = np.random.default_rng(4)
    slow = autoregressive(rng, phi=0.99, n=20_000) * np.sqrt(1 - 0.99**2)
    vibration = 3 * np.cos(0.9 * np.arange(20_000) + rng.uniform(0, 6))
    exact = 199 * 1 / (1 + 9 / 2)  # the slow part alone makes the error of the mean
    assert statistical_inefficiency(slow + vibration) == pytest.approx(exact, rel=0.5)


def test_a_constant_series_has_no_error() -> None:
    assert mean_with_error(np.full(50, 7.1)) == (pytest.approx(7.1), pytest.approx(0, abs=1e-12), 1.0)


def test_equilibrium_begins_after_the_drift() -> None:
    rng = np.random.default_rng(5)
    begin, pulls = [], []
    for _ in range(40):
        series = autoregressive(rng, phi=0.8, n=2000) + 8 * np.exp(-np.arange(2000) / 100)
        begin.append(equilibrated_from(series))
        rest = mean_with_error(series[begin[-1] :])
        pulls.append(rest.mean / rest.error)
    assert 120 <= np.median(begin) <= 400
    assert np.mean(pulls) < 1  # what is left of the drift is below the error of the mean
    assert np.mean(np.abs(pulls) < 1.96) >= 0.85


def test_little_is_cut_off_a_series_in_equilibrium() -> None:
    rng = np.random.default_rng(6)
    found = [equilibrated_from(autoregressive(rng, phi=0.8, n=2000)) for _ in range(50)]
    assert np.median(found) == 0
    assert np.mean(found) < 100


def test_a_series_that_never_settles_is_cut_beyond_its_middle() -> None:
    noise = np.random.default_rng(7).normal(size=1000)
    assert equilibrated_from(noise + np.linspace(100, 0, 1000)) > 500


def test_drift_hidden_under_a_vibration_is_found() -> None:
    rng = np.random.default_rng(8)
    steps = np.arange(4000)
    energies = 4 * np.cos(0.7 * steps) + 2 * np.exp(-steps / 200) + 0.2 * rng.normal(size=4000)
    assert 300 <= equilibrated_from(energies) <= 1600


@pytest.mark.parametrize("function", [statistical_inefficiency, equilibrated_from, mean_with_error])
def test_what_is_no_series_is_refused(function) -> None:
    with pytest.raises(DataError, match="at least 8 numbers"):
        function(np.zeros(7))
    with pytest.raises(DataError, match="value 3 of the series is nan"):
        function([0.0, 1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0])
