"""First-order rates from few censored events: truth, coverage, limits."""

import math

import numpy as np
import pytest
from scipy.stats import chi2

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.oxygen.kinetics import first_order_rate, sticking_probability
from lithicoat.analysis.properties import Bound, Property


def stream(rng, *, rate, units, duration):
    times = rng.exponential(1 / rate, units)
    return [float(time) if time < duration else None for time in times]


@pytest.mark.parametrize(("rate", "units"), [(0.02, 8), (0.3, 8), (0.3, 40), (2.0, 20)])
def test_interval_covers_a_known_rate(rate, units):
    rng, duration, trials = np.random.default_rng(7), 4.0, 200
    covered = 0
    for _ in range(trials):
        found = first_order_rate(stream(rng, rate=rate, units=units, duration=duration), duration_ps=duration)
        covered += found.low_per_ps <= rate <= found.high_per_ps
    assert covered / trials > 0.95 - 3 * math.sqrt(0.05 * 0.95 / trials)


def test_value_and_error_of_many_events():
    rng = np.random.default_rng(1)
    found = first_order_rate(stream(rng, rate=0.5, units=4000, duration=3.0), duration_ps=3.0)
    assert found.rate.value == pytest.approx(0.5, abs=4 * found.rate.uncertainty)
    assert found.rate.uncertainty == pytest.approx(found.rate.value / math.sqrt(found.events))


def test_no_event_is_a_bound():
    found = first_order_rate([None] * 10, duration_ps=2.0)
    assert found.rate.bound is Bound.UPPER
    assert found.rate.value == pytest.approx(-math.log(0.05) / 20)  # exp(-k T) = 0.05
    assert found.rate.uncertainty is None
    assert found.low_per_ps == 0
    assert found.evenness is None
    assert "no event in 20 ps" in found.rate.flags[0]


def test_limits_are_those_of_a_poisson_count():
    found = first_order_rate([1.0, 1.0, None], duration_ps=2.0)
    assert found.exposure_ps == 4.0
    assert found.low_per_ps == pytest.approx(chi2.ppf(0.025, 4) / 8)
    assert found.high_per_ps == pytest.approx(chi2.ppf(0.975, 6) / 8)


def test_rate_scales_with_time():
    slow = first_order_rate([1.0, 3.0, None], duration_ps=4.0)
    fast = first_order_rate([0.5, 1.5, None], duration_ps=2.0)
    assert fast.rate.value == pytest.approx(2 * slow.rate.value)
    assert fast.evenness == slow.evenness


def test_a_constant_rate_is_seldom_called_uneven():
    rng, trials = np.random.default_rng(3), 200
    flagged = 0
    for _ in range(trials):
        found = first_order_rate(stream(rng, rate=0.5, units=30, duration=2.0), duration_ps=2.0)
        flagged += any("not first order" in flag for flag in found.rate.flags)
    assert flagged / trials < 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)


@pytest.mark.parametrize(("times", "when"), [((0.05, 0.1, 0.15), "early"), ((1.9, 1.95, 1.99), "late")])
def test_bunched_events_are_told(times, when):
    found = first_order_rate([*times * 4, *[None] * 8], duration_ps=2.0)
    assert any("not first order" in flag and flag.endswith(when) for flag in found.rate.flags)


def test_every_collision_sticks():
    # a gas of which each molecule meets the surface v A / (4 V) times in a second
    speed = math.sqrt(8 * 1.380649e-23 * 300 / (math.pi * 31.998 * 1.66053907e-27))  # m/s
    assert speed == pytest.approx(445.6, rel=1e-3)
    rate = speed * 1e-3 * 3.0 / (4 * 10.0)
    found = sticking_probability(
        Property(value=rate, uncertainty=rate / 4, unit="1/ps"),
        gas_volume_nm3=10.0,
        area_nm2=3.0,
        temperature_K=300.0,
    )
    assert found.value == pytest.approx(1.0)
    assert found.uncertainty == pytest.approx(0.25)
    assert not found.flags


def test_sticking_keeps_a_bound_and_tells_attraction():
    bound = Property(value=0.1, unit="1/ps", bound=Bound.UPPER)
    box = {"gas_volume_nm3": 10.0, "area_nm2": 3.0, "temperature_K": 300.0}
    assert sticking_probability(bound, **box).bound is Bound.UPPER
    drawn = sticking_probability(Property(value=1.0, unit="1/ps"), **box)
    assert "drawn to the surface" in drawn.flags[0]
    missing = sticking_probability(Property.missing("1/ps", "none"), **box)
    assert missing.value is None


@pytest.mark.parametrize(
    ("times", "duration", "message"),
    [
        ([], 1.0, "at least one unit"),
        ([None], 0.0, "longer than 0 ps"),
        ([2.0], 1.0, "outside of the run"),
        ([0.0], 1.0, "had reacted at the start"),
    ],
)
def test_impossible_input(times, duration, message):
    with pytest.raises(DataError, match=message):
        first_order_rate(times, duration_ps=duration)
