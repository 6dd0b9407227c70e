"""The framework: solid, molten, drifting, absent."""

import numpy as np
import pytest

from lithicoat.analysis.transport.framework import framework_motion

MOBILE = np.arange(40) < 10


def motion(positions, interval=0.05):
    return framework_motion(positions, masses=np.full(40, 16.0), mobile=MOBILE, frame_interval_ps=interval)


def vibrating(seed=0, amplitude=0.3):
    return np.random.default_rng(seed).normal(0, amplitude, (1000, 40, 3))


def test_vibrating_framework_holds():
    found = motion(vibrating())
    assert found.held
    # what is left of the vibrations after averaging over four frames, twice: 2 x 3 σ²/4
    assert found.msd_A2 == pytest.approx(6 * 0.3**2 / 4, rel=0.2)


def test_drifting_solid_holds():
    drift = np.linspace(0, 80, 1000)[:, None, None]
    assert motion(vibrating() + drift).msd_A2 == pytest.approx(motion(vibrating()).msd_A2)


def test_diffusing_ions_do_not_melt_the_framework():
    positions = vibrating()
    positions[:, MOBILE] += np.cumsum(np.random.default_rng(1).normal(0, 0.5, (1000, 10, 3)), axis=0)
    assert motion(positions).held


def test_a_jump_to_a_new_solid_before_the_middle_holds():
    positions = vibrating()
    positions[200:] += np.random.default_rng(2).normal(0, 1.5, (40, 3))
    assert motion(positions).msd_A2 > 3
    assert motion(positions).held


def test_melt_does_not_hold():
    positions = np.cumsum(np.random.default_rng(1).normal(0, 0.1, (1000, 40, 3)), axis=0)
    found = motion(positions)
    assert not found.held
    assert "did not hold" in found.reason


def test_one_atom_that_leaves_is_noticed():
    positions = vibrating()
    positions[:, 20, 0] += np.linspace(0, 15, 1000)
    assert not motion(positions).held


def test_all_mobile_has_no_framework():
    found = framework_motion(
        vibrating(), masses=np.ones(40), mobile=np.ones(40, dtype=bool), frame_interval_ps=0.1
    )
    assert found.msd_A2 is None
    assert found.held
    assert "every atom is mobile" in found.reason
