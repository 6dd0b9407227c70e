"""Drift, unwrapping, block averages and spacing of sites."""

import numpy as np
import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.transport.displacements import (
    averaged_positions,
    block_frames,
    check_trajectory,
    drift_free_positions,
    mobile_mask,
    reference_motion,
    site_spacing,
    unwrapped,
)

MOBILE = np.array([True, True, False, False, False])
MASSES = np.array([6.94, 6.94, 32.06, 16.0, 12.0])


def relative(positions, *, masses=MASSES, mobile=MOBILE, framework=None):
    """Positions of the mobile ions in the frame of the framework."""
    check_trajectory(positions, mobile=mobile, masses=masses, framework=framework)
    moved = reference_motion(positions, masses=masses, mobile=mobile, framework=framework)
    return drift_free_positions(positions, atoms=mobile, moved=moved)


def walk(seed=0, frames=60, atoms=5):
    return np.cumsum(np.random.default_rng(seed).normal(0, 0.3, (frames, atoms, 3)), axis=0)


def test_reference_is_the_centre_of_mass_of_the_framework():
    positions = walk()
    weights = MASSES * ~MOBILE
    centre = np.einsum("fna,n->fa", positions, weights) / weights.sum()
    moved = reference_motion(positions, masses=MASSES, mobile=MOBILE)
    np.testing.assert_allclose(moved, centre - centre[0], atol=1e-12)


def test_uniform_drift_changes_no_displacement():
    positions = walk()
    drift = np.cumsum(np.random.default_rng(5).normal(0, 1, (60, 1, 3)), axis=0)
    drift -= drift[0]
    for masses in (MASSES, None):
        still = relative(positions, masses=masses)
        drifting = relative(positions + drift, masses=masses)
        np.testing.assert_allclose(drifting, still, atol=1e-10)


def test_mobile_ions_do_not_drag_the_reference():
    positions = np.zeros((30, 5, 3))
    positions[:, MOBILE] = np.linspace(0, 9, 30)[:, None, None]
    np.testing.assert_allclose(relative(positions), positions[:, MOBILE])


def test_a_framework_can_be_less_than_all_other_atoms():
    positions = walk()
    framework = np.array([False, False, False, True, True])
    moved = reference_motion(positions, masses=MASSES, mobile=MOBILE, framework=framework)
    np.testing.assert_allclose(
        moved, reference_motion(positions, masses=MASSES, mobile=~framework), atol=1e-12
    )
    nobody = np.zeros(5, dtype=bool)
    np.testing.assert_allclose(
        reference_motion(positions, masses=MASSES, mobile=MOBILE, framework=nobody),
        reference_motion(positions, masses=MASSES, mobile=~nobody),
        atol=1e-12,
    )


@pytest.mark.parametrize(
    ("framework", "masses", "message"),
    [
        (np.ones(5, dtype=bool), MASSES, "cannot be both mobile and part of the framework"),
        (np.ones(4, dtype=bool), MASSES, "the framework mask has the shape"),
        (np.zeros(5, dtype=bool), None, "there is no framework, .* masses are needed"),
    ],
)
def test_impossible_frameworks_are_refused(framework, masses, message):
    with pytest.raises(DataError, match=message):
        relative(walk(), masses=masses, framework=framework)


def test_all_mobile_ions_keep_their_centre_of_mass():
    ions = relative(walk(), mobile=np.ones(5, dtype=bool))
    centre = np.einsum("fna,n->fa", ions, MASSES)
    np.testing.assert_allclose(centre, np.broadcast_to(centre[0], centre.shape), atol=1e-9)


def test_memory_map_of_single_precision_equals_array(tmp_path):
    positions = walk(frames=600).astype(np.float32)
    stored = np.memmap(tmp_path / "x.bin", dtype=np.float32, mode="w+", shape=positions.shape)
    stored[:] = positions
    ions = relative(stored)
    assert ions.dtype == np.float32
    np.testing.assert_allclose(ions, relative(positions.astype(float)), atol=1e-4)
    np.testing.assert_array_equal(stored, positions)


@pytest.mark.parametrize("cell", [np.diag([4.0, 5.0, 6.0]), np.array([[4.0, 0, 0], [1.9, 5, 0], [1, 2, 6]])])
def test_unwrapping_undoes_wrapping(cell):
    positions = walk(seed=3)
    positions -= np.floor(positions[0] @ np.linalg.inv(cell)) @ cell
    fractional = positions @ np.linalg.inv(cell)
    wrapped = (fractional - np.floor(fractional)) @ cell
    assert np.abs(wrapped - positions).max() > 3
    np.testing.assert_allclose(unwrapped(wrapped, cell_A=cell), positions, atol=1e-9)


def test_mobile_mask_takes_one_or_several_species():
    symbols = ["Li", "S", "Li", "Na"]
    np.testing.assert_array_equal(mobile_mask(symbols), [True, False, True, False])
    np.testing.assert_array_equal(mobile_mask(symbols, ["Li", "Na"]), [True, False, True, True])
    with pytest.raises(DataError, match=r"there is no O among the atoms \(Li Na S\)"):
        mobile_mask(symbols, "O")


def test_blocks_average_over_vibrations_but_leave_ten():
    assert block_frames(1000, frame_interval_ps=0.01) == 20
    assert block_frames(1000, frame_interval_ps=1.0) == 4
    assert block_frames(100, frame_interval_ps=0.01) == 10
    assert block_frames(20, frame_interval_ps=1.0) == 2


def test_averaged_positions_follow_the_reference():
    positions = walk(frames=23)
    moved = reference_motion(positions, masses=MASSES, mobile=MOBILE)
    means = averaged_positions(positions, block=5, atoms=MOBILE, moved=moved)
    ions = relative(positions)
    np.testing.assert_allclose(means, ions[:20].reshape(4, 5, 2, 3).mean(axis=1), atol=1e-12)


def test_site_spacing_of_lattices():
    a = 4.0
    fcc = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]) * a
    cell = a * np.eye(3)
    assert site_spacing(fcc, volume_A3=a**3, cell_A=cell) == pytest.approx(a / np.sqrt(2))
    assert site_spacing(fcc[:1], volume_A3=a**3, cell_A=cell) == pytest.approx(a)  # its own image
    assert site_spacing(fcc[:1], volume_A3=a**3) == pytest.approx(a)
    primitive = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) * a / 2
    assert site_spacing(fcc[:1], volume_A3=a**3 / 4, cell_A=primitive) == pytest.approx(a / np.sqrt(2))


def bad_nan(positions):
    positions[7, 2, 1] = np.nan
    return positions


@pytest.mark.parametrize(
    ("change", "mobile", "masses", "message"),
    [
        (lambda x: x[:19], MOBILE, MASSES, "too short: 19 frames, at least 20"),
        (lambda x: x[..., :2], MOBILE, MASSES, r"\(frames, atoms, 3\) is needed"),
        (bad_nan, MOBILE, MASSES, "frame 7 are not finite"),
        (lambda x: x, MOBILE[:4], MASSES, "one true or false per atom"),
        (lambda x: x, MOBILE.astype(int), MASSES, "one true or false per atom"),
        (lambda x: x, ~np.ones(5, dtype=bool), MASSES, "no atom is mobile"),
        (lambda x: x, np.ones(5, dtype=bool), None, "no framework, .* masses are needed"),
        (lambda x: x, MOBILE, -MASSES, "masses must be 5 positive numbers"),
        (lambda x: x, MOBILE, MASSES[:3], "masses must be 5 positive numbers"),
        (lambda x: np.concatenate((x[:30], x[29:])), MOBILE, MASSES, "frame 30 repeats frame 29"),
    ],
)
def test_unusable_trajectories_are_refused(change, mobile, masses, message):
    with pytest.raises(DataError, match=message):
        relative(change(walk()), masses=masses, mobile=mobile)


def test_nan_in_a_late_chunk_is_found():
    positions = walk(frames=700)
    positions[699, 0, 0] = np.inf
    with pytest.raises(DataError, match="frame 699"):
        relative(positions)


def test_wrapped_positions_are_refused_where_the_cell_is_known():
    cell = 6 * np.eye(3)
    positions = walk(seed=1, frames=200)
    check_trajectory(positions, mobile=MOBILE, masses=MASSES, cell_A=cell)
    with pytest.raises(DataError, match="still wrapped"):
        check_trajectory(positions % 6, mobile=MOBILE, masses=MASSES, cell_A=cell)


def test_rare_hops_on_a_lattice_are_no_repeated_frames():
    positions = np.zeros((50, 5, 3))
    positions[25:, 0, 0] = 3.0
    check_trajectory(positions, mobile=MOBILE, masses=MASSES)
