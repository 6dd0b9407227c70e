"""What goes wrong easily when displacements are turned into diffusivities; here it must come out right."""

import math

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound
from lithicoat.analysis.transport.diffusion import analyse_run, collective_diffusion, self_diffusion
from lithicoat.analysis.transport.displacements import check_trajectory, mobile_mask
from lithicoat.analysis.transport.lags import (
    along_line,
    fit_line,
    lag_times,
    line_from,
    mean_squared_displacement,
    moving_together,
)
from lithicoat.analysis.transport.regression import fit_diffusivity

CM2_S = 1e-4
FACTS = {"frame_interval_ps": 0.1, "temperature_K": 800.0, "volume_A3": 2000.0, "seed": 1}


def brownian(seed, *, frames=600, ions=20, D_A2_ps=0.2, interval_ps=0.1):
    step = math.sqrt(2 * D_A2_ps * interval_ps)
    return np.cumsum(np.random.default_rng(seed).normal(0, step, (frames, ions, 3)), axis=0)


def among_atoms(ions, seed=9):
    rest = np.random.default_rng(seed).normal(0, 0.1, ions.shape)
    mobile = np.arange(2 * ions.shape[1]) < ions.shape[1]
    return np.concatenate((ions, rest), axis=1), mobile


def test_n_frames_give_n_minus_one_steps_and_no_lag_beyond_half_the_run():
    """Uniform motion of 0.5 Å per frame: the displacement at lag k is (0.5 k)², from the first frame on."""
    line = 0.5 * np.arange(12.0)[:, None, None] * np.array([1.0, 0, 0])
    msd = mean_squared_displacement(line, lags=lag_times(12))
    np.testing.assert_allclose(msd.mean, (0.5 * msd.lags) ** 2)
    assert msd.lags[0] == 1
    assert msd.lags[-1] == 6
    np.testing.assert_allclose(msd.samples, 11 / msd.lags)


def test_a_vibrating_solid_has_no_diffusivity_but_a_bound():
    rng = np.random.default_rng(3)
    positions, mobile = among_atoms(rng.normal(0, 0.3, (600, 20, 3)))
    found = analyse_run(positions, masses=None, mobile=mobile, site_spacing_A=2.8, **FACTS)
    assert found.diffusivity.bound is Bound.UPPER
    assert found.diffusivity.flags[0] == "no diffusion seen"
    assert found.tensor is None
    assert found.jumps.residence.bound is Bound.LOWER


def test_vibrations_do_not_force_the_line_through_zero():
    """An intercept is fitted, always: with vibrations of 0.5 Å the slope stays that of the walk."""
    walk = brownian(4, D_A2_ps=0.02)
    msd = mean_squared_displacement(
        walk + np.random.default_rng(5).normal(0, 0.5, walk.shape), lags=lag_times(600)
    )
    fit = fit_diffusivity(msd, frame_interval_ps=0.1, first=0, seed=1)
    assert fit.diffusivity.value == pytest.approx(0.02 * CM2_S, abs=3 * fit.diffusivity.uncertainty)
    assert fit.intercepts_A2.mean() == pytest.approx(6 * 0.25, rel=0.3)


def test_global_random_numbers_are_not_reseeded():
    before = np.random.get_state()  # noqa: NPY002
    self_diffusion(brownian(1), frame_interval_ps=0.1, seed=5)
    np.testing.assert_array_equal(before[1], np.random.get_state()[1])  # noqa: NPY002


def test_species_are_given_by_one_name_or_several():
    for species in ("Li", ["Li"]):
        np.testing.assert_array_equal(mobile_mask(["Li", "S"], species), [True, False])


@pytest.mark.parametrize("frames", [50, 1000, 100_000])
def test_there_are_never_more_lags_than_a_regression_can_take(frames):
    assert len(lag_times(frames)) <= 100


@pytest.mark.parametrize(("ions", "first"), [(1, 8), (20, 8), (20, 45)])
def test_the_sampling_is_that_of_the_exact_posterior(ions, first):
    """Under a Gaussian likelihood the posterior is known: mean and error of generalised least squares."""
    walk = brownian(6, ions=ions) + np.random.default_rng(7).normal(0, 0.2, (600, ions, 3))
    msd = along_line(mean_squared_displacement(walk, lags=lag_times(600)), first)
    slope, variance = line_from(msd, first)
    fit = fit_diffusivity(msd, frame_interval_ps=1.0, first=first, seed=1)
    assert fit.slopes_A2_ps.mean() == pytest.approx(slope, abs=0.15 * math.sqrt(variance))
    assert fit.slopes_A2_ps.std() == pytest.approx(math.sqrt(variance), rel=0.15)
    intercept = fit_line(
        msd.mean[first:], variance=msd.variance[first:], samples=msd.samples[first:], lags=msd.lags[first:]
    )[0]
    assert fit.intercepts_A2.mean() == pytest.approx(intercept, abs=0.2 * fit.intercepts_A2.std())


def test_a_repeated_frame_at_a_restart_is_refused():
    positions, mobile = among_atoms(brownian(1))
    twice = np.concatenate((positions[:300], positions[299:]))
    with pytest.raises(DataError, match="frame 300 repeats frame 299, as restarts write it"):
        analyse_run(twice, masses=None, mobile=mobile, **FACTS)


def test_error_bars_are_those_of_correlated_displacements():
    """A straight line through an MSD claims 1e-4 or less; the true scatter of 40 walks is found here."""
    found = []
    for seed in range(40):
        msd = mean_squared_displacement(brownian(seed, frames=300), lags=lag_times(300))
        found.append(line_from(along_line(msd, 4), 4))
    slopes, variances = np.array(found).T
    assert np.sqrt(variances.mean()) == pytest.approx(slopes.std(), rel=0.5)
    assert np.mean(np.abs(slopes - 6 * 0.2 * 0.1) < 1.96 * np.sqrt(variances)) >= 0.9


def test_the_haven_ratio_of_one_run_of_independent_ions_is_one_within_its_error():
    positions, mobile = among_atoms(brownian(11, frames=1500))
    found = analyse_run(positions, masses=None, mobile=mobile, site_spacing_A=2.8, **FACTS).haven_ratio
    assert found.value == pytest.approx(1, abs=2.5 * found.uncertainty)
    assert 0.05 < found.uncertainty < 0.6


def test_one_walker_is_not_pulled_down_by_its_own_chances():
    """The collective displacement is one walker; fitted by its own size it came out a tenth too low."""
    ratios = []
    for seed in range(150):
        msd = mean_squared_displacement(brownian(seed, ions=1), lags=lag_times(600))
        ratios.append(line_from(along_line(msd, 4), 4)[0] / (6 * 0.2 * 0.1))
    assert np.mean(ratios) == pytest.approx(1, abs=3 * np.std(ratios) / math.sqrt(150))


def test_ions_that_move_in_groups_are_fewer_than_they_are():
    rng = np.random.default_rng(8)
    assert moving_together(brownian(1, ions=24)) < 1.6
    groups = np.repeat(brownian(2, ions=8), 3, axis=1)
    assert moving_together(groups) == pytest.approx(3, rel=0.4)
    assert moving_together(np.repeat(brownian(3, ions=1), 5, axis=1)) == pytest.approx(5, rel=0.1)
    assert moving_together(np.zeros((100, 4, 3))) == 1
    assert moving_together(rng.normal(size=(100, 1, 3))) == 1


def test_hops_that_go_back_do_not_raise_the_diffusivity():
    """Half of the hops undo the one before: D is a third of what they would give otherwise."""
    rng, rate, spacing = np.random.default_rng(12), 0.02, 2.8
    steps = np.zeros((1500, 30, 3))
    for ion in range(30):
        step = np.zeros(3)
        for frame in np.flatnonzero(rng.random(1500) < rate):
            back = rng.random() < 0.5 and step.any()
            step = -step if back else spacing * np.concatenate((np.eye(3), -np.eye(3)))[rng.integers(6)]
            steps[frame, ion] = step
    ions = np.cumsum(steps, axis=0) + rng.normal(0, 0.15, steps.shape)
    positions, mobile = among_atoms(ions)
    found = analyse_run(positions, masses=None, mobile=mobile, site_spacing_A=spacing, **FACTS)
    exact = spacing**2 * rate / 0.1 / 6 * CM2_S / 3
    assert found.diffusivity.value == pytest.approx(exact, abs=2.5 * found.diffusivity.uncertainty)
    assert found.jumps.correlation.value == pytest.approx(1 / 3, abs=0.15)


def test_all_atoms_may_be_mobile():
    walk = brownian(2, ions=30)
    found = analyse_run(walk, masses=np.ones(30), mobile=np.ones(30, dtype=bool), site_spacing_A=2.8, **FACTS)
    assert found.diffusivity.resolved
    assert "every atom is mobile" in found.haven_ratio.flags[0]


def test_what_is_not_in_equilibrium_is_cut_off():
    """A quench: the ions rush for the first fifth, while the energy falls, and walk slowly afterwards."""
    fast, slow = brownian(1, frames=200, D_A2_ps=3.0), brownian(2, frames=800, D_A2_ps=0.1)
    positions, mobile = among_atoms(np.concatenate((fast, fast[-1] + slow)))
    noise = np.random.default_rng(3).normal(0, 0.2, 1000)
    energies = noise + 4 * np.clip(1 - np.arange(1000) / 200, 0, None)
    cut = analyse_run(
        positions, masses=None, mobile=mobile, site_spacing_A=2.8, energies_eV=energies, **FACTS
    )
    assert 15 <= cut.discarded_ps <= 40
    assert cut.duration_ps == pytest.approx(99.9 - cut.discarded_ps)
    assert cut.diffusivity.value == pytest.approx(0.1 * CM2_S, abs=3 * cut.diffusivity.uncertainty)
    with pytest.raises(DataError, match=r"energies of shape \(10,\) for 1000 frames"):
        analyse_run(positions, masses=None, mobile=mobile, energies_eV=energies[:10], **FACTS)


def test_a_run_that_never_settles_says_so():
    positions, mobile = among_atoms(brownian(1, frames=400))
    found = analyse_run(
        positions,
        masses=None,
        mobile=mobile,
        energies_eV=np.linspace(0, -50, 400),
        site_spacing_A=2.8,
        **FACTS,
    )
    assert "the energy still drifts beyond the middle of the run" in found.diffusivity.flags


def test_masses_and_mask_are_checked_before_anything_else():
    positions, mobile = among_atoms(brownian(1, frames=60))
    with pytest.raises(DataError, match="one true or false per atom"):
        check_trajectory(positions, mobile=mobile[:-1], masses=None)


def test_the_collective_walker_of_one_ion_is_that_ion():
    walk = brownian(3, ions=1)
    own = self_diffusion(walk, frame_interval_ps=0.1, seed=1)
    assert collective_diffusion(walk, frame_interval_ps=0.1, seed=1) == own
