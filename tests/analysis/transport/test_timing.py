"""Times between frames that cannot be right, on vibrating solids and liquids whose motion is known."""

import numpy as np
import pytest
from scipy import constants

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.transport.timing import check_timing

T_K = 800.0
MASSES = np.repeat([6.94, 32.06], 20)
# m in u, v in Å/ps: 3 kT = m <v²>
SPEED2 = constants.Boltzmann * T_K / (MASSES * constants.atomic_mass) * 1e-4


def solid(interval_ps, *, frames=400, THz=8.0):
    """Einstein solid at 800 K: every atom a harmonic oscillator in three directions."""
    rng = np.random.default_rng(1)
    omega = 2 * np.pi * THz * rng.uniform(0.5, 1.2, (40, 3))
    amplitude = np.sqrt(-2 * np.log(rng.uniform(size=(40, 3)))) * np.sqrt(SPEED2)[:, None] / omega
    times = np.arange(frames)[:, None, None] * interval_ps
    return amplitude * np.cos(omega * times + rng.uniform(0, 2 * np.pi, (40, 3)))


def liquid(interval_ps, *, D_A2_ps=1.0, frames=400):
    return np.cumsum(
        np.random.default_rng(2).normal(0, np.sqrt(2 * D_A2_ps * interval_ps), (frames, 40, 3)), axis=0
    )


def check(positions, interval_ps, temperature_K=T_K):
    check_timing(positions, masses=MASSES, frame_interval_ps=interval_ps, temperature_K=temperature_K)


@pytest.mark.parametrize("interval_ps", [0.001, 0.01, 0.05, 0.2, 1.0, 10.0])
def test_right_times_pass(interval_ps):
    check(solid(interval_ps), interval_ps)
    if interval_ps >= 0.2:  # diffusive, no more free flight
        check(liquid(interval_ps), interval_ps)


@pytest.mark.parametrize("interval_ps", [0.002, 0.05, 1.0])
def test_a_time_in_the_next_smaller_unit_is_refused(interval_ps):
    with pytest.raises(DataError, match=r"times the speed of 800 K, so that time is too short"):
        check(solid(interval_ps), interval_ps / 1000)
    with pytest.raises(DataError, match="too short"):
        check(liquid(max(interval_ps, 0.2)), max(interval_ps, 0.2) / 1000)


@pytest.mark.parametrize("interval_ps", [0.001, 0.005])
def test_dense_frames_with_a_time_in_the_next_larger_unit_are_refused(interval_ps):
    with pytest.raises(DataError, match="and yet fly freely, so that time is too long"):
        check(solid(interval_ps), interval_ps * 1000)


def test_a_drift_of_the_whole_cell_is_no_motion():
    drift = np.linspace(0, 400, 400)[:, None, None]
    check(solid(0.05) + drift, 0.05)


def test_an_apparent_temperature_in_free_flight_is_that_of_the_run():
    positions = solid(0.001)
    check(positions, 0.001, temperature_K=T_K / 3.5)
    with pytest.raises(DataError, match="temperature too low"):
        check(positions, 0.001, temperature_K=T_K / 5)


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(DataError, match="2 frames are too few"):
        check(solid(0.05)[:2], 0.05)
    with pytest.raises(DataError, match="frame_interval_ps must be positive"):
        check(solid(0.05), 0.0)
    with pytest.raises(DataError, match="temperature_K must be positive"):
        check(solid(0.05), 0.05, temperature_K=-1)
