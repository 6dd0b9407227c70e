"""Diffusivity, Haven ratio and conductivity of one run, on walks whose answer is known."""

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import lfilter

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.transport.conductivity import HAVEN_TAKEN_AS_ONE, nernst_einstein_factor
from lithicoat.analysis.transport.diffusion import (
    analyse_run,
    collective_diffusion,
    enough,
    haven_ratio,
    self_diffusion,
)
from lithicoat.analysis.transport.lags import MeanSquared
from lithicoat.analysis.transport.records import TemperatureResult
from lithicoat.analysis.transport.regression import fit_diffusivity
from lithicoat.analysis.transport.runs import prepare_run

CM2_S = 1e-4  # of 1 Å²/ps
RUN = {"frame_interval_ps": 0.1, "temperature_K": 800.0, "volume_A3": 2000.0, "seed": 1}


def brownian(seed, *, frames=1000, ions=30, D_A2_ps=0.5, interval_ps=0.1):
    step = np.sqrt(2 * D_A2_ps * interval_ps)
    return np.cumsum(np.random.default_rng(seed).normal(0, step, (frames, ions, 3)), axis=0)


def vibrations(seed, shape, *, amplitude=0.25, memory=0.4):
    noise = np.random.default_rng(seed).normal(0, amplitude * np.sqrt(1 - memory**2), shape)
    return lfilter([1], [1, -memory], noise, axis=0)


def in_framework(ions, *, amplitude=0.1, seed=99):
    """Ions first, then as many atoms that vibrate: positions, masses, mobile."""
    frames, count = ions.shape[:2]
    rest = vibrations(seed, (frames, count, 3), amplitude=amplitude)
    mobile = np.arange(2 * count) < count
    return np.concatenate((ions, rest), axis=1), np.where(mobile, 6.94, 32.06), mobile


def analysed(ions, **changes):
    positions, masses, mobile = in_framework(ions)
    return analyse_run(positions, masses=masses, mobile=mobile, **{"site_spacing_A": 2.8, **RUN, **changes})


@pytest.mark.slow
def test_random_walk_is_recovered_within_its_uncertainty():
    pulls = []
    for seed in range(8):
        D = self_diffusion(brownian(seed), frame_interval_ps=0.1, seed=seed)
        assert D.uncertainty < 0.1 * D.value
        pulls.append((D.value - 0.5 * CM2_S) / D.uncertainty)
    assert np.abs(np.mean(pulls)) < 1.2
    assert 0.3 < np.std(pulls) < 1.8
    assert np.max(np.abs(pulls)) < 3.5


@pytest.mark.slow
def test_uncertainties_are_calibrated_with_hops_and_vibrations():
    own, haven = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        hop = rng.random((2000, 30)) < 0.01
        direction = np.concatenate((np.eye(3), -np.eye(3)))[rng.integers(0, 6, hop.shape)]
        ions = 2.8 * np.cumsum(direction * hop[..., None], axis=0)
        result = analysed(ions + vibrations(seed, ions.shape), seed=seed)
        D = 2.8**2 * 0.1 / 6 * CM2_S  # d² rate / 6, with one hop in 10 ps
        own.append((result.diffusivity.value - D) / result.diffusivity.uncertainty)
        if result.haven_ratio.resolved:
            haven.append((result.haven_ratio.value - 1) / result.haven_ratio.uncertainty)
    assert abs(np.mean(own)) < 0.7
    assert 0.6 < np.std(own) < 1.6
    assert len(haven) > 10
    assert abs(np.mean(haven)) < 1


def test_vibrations_are_no_part_of_the_diffusivity():
    walk = brownian(1, frames=2000, D_A2_ps=0.05)
    calm = self_diffusion(walk, frame_interval_ps=0.1, seed=1)
    shaken = self_diffusion(walk + vibrations(2, walk.shape, amplitude=0.3), frame_interval_ps=0.1, seed=1)
    assert shaken.value == pytest.approx(calm.value, abs=3 * shaken.uncertainty)
    assert shaken.uncertainty < 0.3 * shaken.value


def test_ballistic_start_is_left_out():
    """Velocities with variance v² and memory τ have D = v² τ (one direction)."""
    rng = np.random.default_rng(3)
    tau, interval = 0.5, 0.05
    memory = np.exp(-interval / tau)
    velocities = lfilter([1], [1, -memory], rng.normal(0, np.sqrt(1 - memory**2), (4000, 40, 3)), axis=0)
    D = self_diffusion(np.cumsum(velocities * interval, axis=0), frame_interval_ps=interval, seed=1)
    assert D.value == pytest.approx(tau * CM2_S, abs=3 * D.uncertainty)
    assert D.uncertainty < 0.2 * D.value


def test_start_of_the_fit_can_be_given():
    walk = brownian(5)
    late = self_diffusion(walk, frame_interval_ps=0.1, seed=1, start_ps=10)
    early = self_diffusion(walk, frame_interval_ps=0.1, seed=1)
    assert late.uncertainty > 1.5 * early.uncertainty
    for start_ps in (0.0, 60):
        with pytest.raises(DataError, match="the fit cannot begin"):
            self_diffusion(walk, frame_interval_ps=0.1, seed=1, start_ps=start_ps)


def test_global_random_state_is_left_alone_and_the_seed_decides():
    walk = brownian(0, frames=200, ions=10)
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()  # noqa: NPY002
    first = self_diffusion(walk, frame_interval_ps=0.1, seed=1)
    after = np.random.get_state()  # noqa: NPY002
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]
    np.random.seed(6)  # noqa: NPY002
    assert self_diffusion(walk, frame_interval_ps=0.1, seed=1) == first
    assert self_diffusion(walk, frame_interval_ps=0.1, seed=2) != first


def test_ions_that_all_move_together():
    """Haven ratio 1/N, and a D no better known than that of one walker."""
    together = np.repeat(brownian(2, ions=1, frames=2000), 12, axis=1)
    result = analysed(together)
    assert result.haven_ratio.value == pytest.approx(1 / 12, rel=0.1)
    alone = collective_diffusion(together[:, :1], frame_interval_ps=0.1, seed=1)
    assert result.diffusivity.uncertainty > 0.75 * alone.uncertainty
    factor = nernst_einstein_factor(ions=12, volume_A3=2000, temperature_K=800)
    assert result.conductivity.value == pytest.approx(12 * factor * result.diffusivity.value, rel=0.1)


def test_independent_ions_have_a_haven_ratio_of_one():
    result = analysed(brownian(4, frames=3000))
    assert result.haven_ratio.value == pytest.approx(1, abs=3 * result.haven_ratio.uncertainty)
    assert result.haven_ratio.uncertainty < 0.4


def test_pairs_that_move_against_each_other_carry_no_charge():
    ions = brownian(7, ions=10, frames=400)
    result = analysed(np.concatenate((ions, -ions), axis=1))
    assert result.diffusivity.resolved
    assert result.haven_ratio.value is None
    assert "add up to less than one site spacing" in result.haven_ratio.flags[0]
    assert HAVEN_TAKEN_AS_ONE in result.conductivity.flags


@pytest.mark.parametrize(
    ("own", "collective", "reason"),
    [
        ((1.0, 0.1), (1.0, 1.2), "relative uncertainty is 1.2"),
        ((1.0, 0.1), (None, None), "no diffusivity"),
    ],
)
def test_unresolved_haven_ratio_says_why(own, collective, reason):
    def diffusivity(value, uncertainty):
        return Property(value=value, uncertainty=uncertainty, unit="cm2/s", flags=("x",))

    found = haven_ratio(diffusivity(*own), diffusivity(*collective))
    assert found.value is None
    assert reason in found.flags[0]


def test_frozen_crystal_gets_a_bound():
    result = analysed(np.zeros((200, 20, 3)), site_spacing_A=2.85)
    assert (result.diffusivity.bound, result.hops) == (Bound.UPPER, 0)
    assert result.diffusivity.value == pytest.approx((2.85e-8) ** 2 / (6 * 19.9e-12 * 20) * 2.99573)
    assert result.diffusivity.flags == ("no diffusion seen",)
    assert result.conductivity.bound is Bound.UPPER
    assert result.haven_ratio.value is None


@pytest.mark.parametrize("amplitude", [0.1, 0.35])
def test_vibrating_solid_gets_a_bound(amplitude):
    result = analysed(vibrations(3, (1500, 40, 3), amplitude=amplitude, memory=0.8))
    assert result.diffusivity.bound is Bound.UPPER
    assert not result.diffusivity.resolved
    assert result.framework_held


def test_bound_holds_for_a_slow_walk():
    """With one hop expected in the whole run, the true diffusivity is below the bound."""
    held = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        hop = rng.random((500, 20)) < 0.0001
        direction = np.concatenate((np.eye(3), -np.eye(3)))[rng.integers(0, 6, hop.shape)]
        result = analysed(2.8 * np.cumsum(direction * hop[..., None], axis=0))
        assert result.diffusivity.bound is Bound.UPPER
        held.append(result.diffusivity.value > 2.8**2 * 0.001 / 6 * CM2_S)
    assert np.mean(held) >= 0.9


def test_molten_framework_is_told():
    ions = brownian(1, ions=20, frames=500)
    positions = np.concatenate((ions, brownian(2, ions=20, frames=500)), axis=1)
    mobile = np.arange(40) < 20
    result = analyse_run(positions, masses=np.ones(40), mobile=mobile, site_spacing_A=2.8, **RUN)
    assert not result.framework_held
    assert result.framework_msd_A2 > 1
    assert result.framework_reason in result.diffusivity.flags


def test_drift_changes_nothing():
    positions, masses, mobile = in_framework(brownian(3, frames=300, ions=10))
    drift = np.linspace(0, 50, 300)[:, None, None] * np.array([1.0, -2.0, 0.5])
    still, drifting = (
        analyse_run(x, masses=masses, mobile=mobile, site_spacing_A=2.8, **RUN)
        for x in (positions, positions + drift)
    )
    assert drifting.hops == still.hops
    assert drifting.diffusivity.value == pytest.approx(still.diffusivity.value, rel=1e-6)


def test_order_of_atoms_changes_nothing():
    positions, masses, mobile = in_framework(brownian(3, frames=1000, ions=10))
    order = np.random.default_rng(0).permutation(20)
    one = analyse_run(positions, masses=masses, mobile=mobile, **RUN)
    other = analyse_run(positions[:, order], masses=masses[order], mobile=mobile[order], **RUN)
    assert other.hops == one.hops
    assert other.diffusivity.value == pytest.approx(one.diffusivity.value, rel=1e-6)
    assert other.haven_ratio.value == pytest.approx(one.haven_ratio.value, rel=0.02)  # noise of the sampling


def test_all_mobile_is_possible_and_has_no_haven_ratio():
    ions = brownian(6, frames=400, ions=40)
    result = analyse_run(ions, masses=np.ones(40), mobile=np.ones(40, dtype=bool), site_spacing_A=2.8, **RUN)
    # 40 atoms about their own centre of mass: 1/40 of the motion is gone
    assert result.diffusivity.value == pytest.approx(
        0.5 * 39 / 40 * CM2_S, abs=4 * result.diffusivity.uncertainty
    )
    assert "every atom is mobile" in result.haven_ratio.flags[0]
    assert result.framework_msd_A2 is None


def test_site_spacing_comes_from_the_start_of_the_run():
    a = 4.0
    grid = a * np.stack(np.meshgrid(*[np.arange(3)] * 3), axis=-1).reshape(-1, 3)
    positions, masses, mobile = in_framework(grid + vibrations(0, (300, 27, 3), amplitude=0.05))
    with_cell = analyse_run(positions, masses=masses, mobile=mobile, cell_A=3 * a * np.eye(3), **RUN)
    assert with_cell.site_spacing_A == pytest.approx(a, rel=0.05)
    without = analyse_run(positions, masses=masses, mobile=mobile, **{**RUN, "volume_A3": (3 * a) ** 3})
    assert without.site_spacing_A == pytest.approx(a)


def test_sub_linear_displacement_is_flagged():
    """Each ion tied by a spring with a relaxation time of a fifth of the run."""
    ions = lfilter(
        [1], [1, -np.exp(-1 / 200)], np.random.default_rng(1).normal(0, 0.35, (1000, 40, 3)), axis=0
    )
    result = analysed(ions)
    flagged = any("not yet linear" in flag for flag in result.diffusivity.flags)
    assert flagged or result.diffusivity.bound is Bound.UPPER


def test_result_survives_json():
    result = analysed(np.zeros((40, 5, 3)), charge_number=-2)
    assert TemperatureResult.model_validate(json.loads(result.model_dump_json())) == result
    single = analysed(np.zeros((40, 5, 3)))
    assert result.conductivity.value == pytest.approx(4 * single.conductivity.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frame_interval_ps": 0.0}, "frame_interval_ps must be positive"),
        ({"temperature_K": -300.0}, "temperature_K must be positive"),
        ({"volume_A3": float("nan")}, "volume_A3 must be positive"),
        ({"site_spacing_A": 0.0}, "site_spacing_A must be positive"),
    ],
)
def test_numbers_must_be_positive(changes, message):
    with pytest.raises(DataError, match=message):
        analysed(np.zeros((40, 5, 3)), **changes)


def test_too_few_frames_are_refused():
    with pytest.raises(DataError, match="at least 20"):
        analysed(brownian(0, frames=19))


def test_shortest_run_gives_a_number_or_a_bound():
    result = analysed(brownian(0, frames=20, D_A2_ps=20))
    assert result.diffusivity.value > 0


def test_regression_of_too_little_is_refused():
    def displacements(count, size):
        return MeanSquared(
            lags=np.arange(1, count + 1),
            mean=np.full(count, size),
            excess=np.ones(count),
            expected=np.full(count, size),
            samples=np.ones(count),
            tensor=np.full((count, 3, 3), size),
        )

    two = displacements(2, 1.0)
    with pytest.raises(DataError, match="fitted to 2 lag times"):
        fit_diffusivity(two, frame_interval_ps=1.0, first=0, seed=0)
    still = displacements(8, 0.0)
    with pytest.raises(DataError, match="fitted to 8 lag times"):
        fit_diffusivity(still, frame_interval_ps=1.0, first=0, seed=0)


def test_import_is_light():
    modules = "lithicoat.analysis.transport.diffusion, lithicoat.analysis.transport.arrhenius"
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"kinisi", "scipp", "emcee", "torch", "pymatgen"} & set(loaded.stdout.split())


def curve_of(result):
    return {k: np.array(v) for k, v in result.msd.model_dump().items() if isinstance(v, tuple)}


def test_curve_holds_the_displacement_and_the_posterior_of_the_line():
    result = analysed(brownian(3, frames=500))
    curve = curve_of(result)
    assert len(curve["lags_ps"]) <= 100
    assert curve["lags_ps"][0] == pytest.approx(0.1)
    assert curve["lags_ps"][-1] == pytest.approx(25.0)
    fitted = curve["lags_ps"] >= result.msd.fit_from_ps
    assert np.all(curve["lower_A2"] < curve["line_A2"])
    assert np.all(curve["line_A2"] < curve["upper_A2"])
    slope = np.polyfit(curve["lags_ps"], curve["line_A2"], 1)[0]
    assert slope / 6 * CM2_S == pytest.approx(result.diffusivity.value)
    off = np.abs(curve["msd_A2"] - curve["line_A2"])[fitted] / curve["error_A2"][fitted]
    assert off.max() < 4
    assert len(result.framework_msd.lags_ps) == len(curve["lags_ps"])
    assert max(result.framework_msd.msd_A2) < 0.1


def test_a_bounded_run_has_a_curve_without_a_line():
    result = analysed(vibrations(3, (300, 20, 3), amplitude=0.2))
    assert result.msd.line_A2 is None
    assert result.msd.fit_from_ps is None
    assert len(result.msd.msd_A2) == len(result.msd.lags_ps)


def test_oxygen_moves_in_the_frame_of_the_cations_and_has_no_conductivity():
    rng = np.random.default_rng(2)
    oxygen, lithium = brownian(3, ions=16, frames=400), brownian(4, ions=16, frames=400, D_A2_ps=3.0)
    cations = rng.normal(0, 0.1, (400, 16, 3))
    drift = np.linspace(0, 30, 400)[:, None, None]
    positions = np.concatenate((oxygen, lithium, cations), axis=1) + drift
    kind = np.repeat(["O", "Li", "Al"], 16)
    facts = {
        "masses": None,
        "mobile": kind == "O",
        "species": "O",
        "charge_number": None,
        "site_spacing_A": 2.8,
    }
    found = analyse_run(positions, framework=kind == "Al", **facts, **RUN)
    assert found.species == "O"
    assert found.framework_held
    assert found.diffusivity.value == pytest.approx(0.5 * CM2_S, abs=3 * found.diffusivity.uncertainty)
    assert found.conductivity.flags == ("the charge of O is not known",)
    assert found.haven_ratio.resolved or "not resolved" in found.haven_ratio.flags[0]
    with_lithium = analyse_run(positions, **facts, **RUN)
    assert not with_lithium.framework_held


def test_small_cells_are_flagged():
    still = np.zeros((60, 20, 3))
    wide = analysed(still, cell_A=12 * np.eye(3))
    assert not any("small cell" in flag for flag in wide.diffusivity.flags)
    narrow = analysed(still, cell_A=np.diag([8.0, 15.0, 15.0]))
    assert "small cell: 8.0 Å wide, less than 3 site spacings of 2.8 Å" in narrow.diffusivity.flags
    few = analysed(still[:, :4], cell_A=12 * np.eye(3))
    assert "small cell: 4 mobile ions, fewer than 16" in few.diffusivity.flags


PREPARED = {name: RUN[name] for name in ("frame_interval_ps", "volume_A3")} | {"site_spacing_A": 2.8}


def test_a_run_is_long_enough_when_its_error_is_small_enough():
    for frames, wanted in ((60, False), (2000, True)):
        positions, masses, mobile = in_framework(brownian(5, frames=frames, ions=16))
        run = prepare_run(positions, masses=masses, mobile=mobile, **PREPARED)
        assert enough(run, relative_error=0.1) is wanted
    positions, masses, mobile = in_framework(vibrations(1, (2000, 16, 3)))
    run = prepare_run(positions, masses=masses, mobile=mobile, **PREPARED)
    assert not enough(run, relative_error=0.5)
    with pytest.raises(DataError, match="relative_error must be positive"):
        enough(run, relative_error=0.0)


def test_the_cheap_error_is_that_of_the_regression():
    positions, masses, mobile = in_framework(brownian(6, frames=800, ions=20))
    facts = {**RUN, "site_spacing_A": 2.8}
    D = analyse_run(positions, masses=masses, mobile=mobile, **facts).diffusivity
    relative = D.uncertainty / D.value
    run = prepare_run(positions, masses=masses, mobile=mobile, **PREPARED)
    assert enough(run, relative_error=1.15 * relative)
    assert not enough(run, relative_error=0.87 * relative)
