"""Trajectories on disk: what is written is read, whole or up to where a run has come."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithicoat.workflows.dynamics.blocks import RESOLUTION_A, TRAJECTORY, TrajectoryHeader, pack, unpack
from lithicoat.workflows.dynamics.trajectory import read_trajectory
from lithicoat.workflows.dynamics.writer import BLOCK_FRAMES, TrajectoryWriter
from lithicoat.workflows.errors import DiskError, UsageError

ATOMS = 5
FRAMES = 2 * BLOCK_FRAMES + 7


def header(**changes):
    numbers = {
        "symbols": ("Li",) * ATOMS,
        "cell_A": ((5, 0, 0), (0, 5, 0), (0, 0, 5)),
        "frame_interval_ps": 0.05,
        "timestep_fs": 2,
        "temperature_K": 600,
        "thermostat_ps": 0.1,
        "seed": 3,
    }
    return TrajectoryHeader.model_validate(numbers | changes)


def vibrating(frames=FRAMES, atoms=ATOMS):
    rng = np.random.default_rng(0)
    return rng.uniform(-20, 20, (1, atoms, 3)) + rng.normal(0, 0.15, (frames, atoms, 3))


def numbers(index, observed=0):
    return [500.0 + index, -3.0 * index, 0.5 * index, *range(index, index + observed)]


def written(path, positions, *, finish=True, observed=0):
    writer = TrajectoryWriter(path, header(observed=observed))
    for index, frame in enumerate(positions):
        writer.add(frame, numbers(index, observed))
    if finish:
        writer.finish()
    return writer


@pytest.fixture
def path(tmp_path):
    return tmp_path / TRAJECTORY


@given(
    st.integers(1, 9),
    st.integers(1, 4),
    st.floats(1e-6, 1e4),
    st.integers(0, 2**32 - 1),
)
def test_positions_keep_their_resolution(frames, atoms, scale, seed):
    positions = np.random.default_rng(seed).normal(0, scale, (frames, atoms, 3))
    found = unpack(pack(positions), frames=frames, atoms=atoms)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, positions, atol=0.5 * RESOLUTION_A, rtol=2e-7)


def test_frames_and_what_was_measured_come_back(path):
    positions = vibrating()
    written(path, positions, observed=2)
    frames = read_trajectory(path)
    assert len(frames) == FRAMES
    assert frames.finished
    assert frames.header == header(observed=2)
    np.testing.assert_allclose(frames.positions(), positions, atol=RESOLUTION_A)
    np.testing.assert_array_equal(frames.temperatures_K, 500 + np.arange(FRAMES))
    np.testing.assert_array_equal(frames.energies_eV, -3.0 * np.arange(FRAMES))
    np.testing.assert_array_equal(frames.conserved_eV, 0.5 * np.arange(FRAMES))
    np.testing.assert_array_equal(frames.observed, np.arange(FRAMES)[:, None] + [[0, 1]])
    np.testing.assert_allclose(frames.times_ps, 0.05 * np.arange(FRAMES))


@pytest.mark.parametrize(
    ("start", "stop", "step"),
    [
        (0, None, 1),
        (3, None, 1),
        (0, 40, 1),
        (30, 70, 7),
        (1, None, 33),
        (-5, None, 2),
        (9, 9, 1),
        (70, 3, 1),
    ],
)
def test_any_frames_can_be_picked(path, start, stop, step):
    written(path, vibrating())
    frames = read_trajectory(path)
    np.testing.assert_array_equal(
        frames.positions(start, stop, step), frames.positions()[slice(start, stop, step)]
    )


def test_blocks_follow_one_another(path):
    written(path, vibrating())
    frames = read_trajectory(path)
    blocks = list(frames.blocks())
    assert [len(block) for block in blocks] == [BLOCK_FRAMES, BLOCK_FRAMES, 7]
    np.testing.assert_array_equal(np.concatenate(blocks), frames.positions())


def test_a_step_back_is_refused(path):
    written(path, vibrating(4))
    with pytest.raises(ValueError, match="step must be at least 1, got -1"):
        read_trajectory(path).positions(step=-1)


def test_vibrations_need_less_than_half_of_float32(path):
    positions = vibrating(BLOCK_FRAMES, 200)
    writer = TrajectoryWriter(path, header(symbols=("Li",) * 200))
    for frame in positions:
        writer.add(frame, numbers(0))
    assert path.stat().st_size < 0.5 * positions.astype(np.float32).nbytes


def test_large_cells_have_smaller_blocks(path):
    writer = TrajectoryWriter(path, header(symbols=("Li",) * 30_000))
    writer.add(np.zeros((30_000, 3)), numbers(0))
    assert writer.place.frames == 1
    assert len(writer.place.positions) == 0


# --- runs that go on -------------------------------------------------------------------------------------


def test_an_unfinished_file_is_read_up_to_its_last_whole_block(path):
    positions = vibrating()
    written(path, positions, finish=False)
    for cut in (0, 5, 40):
        path.write_bytes(path.read_bytes()[: path.stat().st_size - cut])
        frames = read_trajectory(path)
        assert not frames.finished
        assert len(frames) == (2 if cut == 0 else 1) * BLOCK_FRAMES
    np.testing.assert_allclose(frames.positions(), positions[:BLOCK_FRAMES], atol=RESOLUTION_A)


def test_a_file_that_has_just_begun_has_no_frames(path):
    written(path, vibrating(3), finish=False)
    frames = read_trajectory(path)
    assert len(frames) == 0
    assert frames.positions().shape == (0, ATOMS, 3)


@pytest.mark.parametrize("place_at", [0, 1, BLOCK_FRAMES, BLOCK_FRAMES + 3, FRAMES - 1])
@pytest.mark.parametrize("killed_at", [0, 2 * BLOCK_FRAMES + 1, FRAMES])
def test_a_continued_file_has_the_same_bytes(path, tmp_path, place_at, killed_at):
    positions, whole = vibrating(), tmp_path / "whole.frames"
    written(whole, positions)
    writer = TrajectoryWriter(path, header())
    place = writer.place
    for index, frame in enumerate(positions[: max(place_at, killed_at)]):
        place = writer.place if index == place_at else place
        writer.add(frame, numbers(index))
    if killed_at == FRAMES:
        writer.finish()
    place = writer.place if killed_at < place_at else place
    again = TrajectoryWriter(path, header(), place=place)
    for index in range(place.frames + len(place.positions), FRAMES):
        again.add(positions[index], numbers(index))
    again.finish()
    assert path.read_bytes() == whole.read_bytes()
    assert read_trajectory(path).finished


def test_a_disk_that_takes_nothing_is_named(path, monkeypatch):
    writer = written(path, vibrating(3), finish=False)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskError, match=r"trajectory.frames cannot be written: No space left on device"):
        writer.close_block()


# --- files that are no trajectories ----------------------------------------------------------------------


def test_what_is_no_trajectory_is_refused(path, tmp_path):
    with pytest.raises(
        UsageError, match=r"not a trajectory of this program: .*\.json cannot be read \(No such"
    ):
        read_trajectory(path)
    path.write_bytes(b"ITEM: TIMESTEP\n0\n")
    path.with_suffix(".json").write_text(header().model_dump_json())
    with pytest.raises(UsageError, match="not a trajectory of this program: it does not begin as one"):
        read_trajectory(path)
    path.with_suffix(".json").write_text(json.dumps({"symbols": ["Li"]}))
    with pytest.raises(UsageError, match=r"trajectory\.json beside it is no header of one"):
        read_trajectory(path)
    with pytest.raises(UsageError, match=r"not a trajectory of this program: .*none.json cannot be read"):
        read_trajectory(tmp_path / "none.frames")


def damaged(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(bytes(content))


def test_damaged_numbers_are_named_when_the_file_is_opened(path):
    written(path, vibrating())
    damaged(path, 60)
    with pytest.raises(UsageError, match=r"trajectory.frames is damaged from frame 0 on"):
        read_trajectory(path)


def test_damaged_positions_are_named_when_they_are_read(path):
    written(path, vibrating(BLOCK_FRAMES))
    second = path.stat().st_size + 4 + 20
    written(path, vibrating())
    damaged(path, second + BLOCK_FRAMES * 24 + 30)
    frames = read_trajectory(path)
    assert len(frames.positions(stop=BLOCK_FRAMES)) == BLOCK_FRAMES
    with pytest.raises(UsageError, match=f"damaged from frame {BLOCK_FRAMES} on"):
        frames.positions()


def test_a_file_with_a_block_too_few_is_damaged(path):
    written(path, vibrating(BLOCK_FRAMES))
    first = path.read_bytes()
    written(path, vibrating(3 * BLOCK_FRAMES))
    path.write_bytes(first[:-24] + path.read_bytes()[-24:])
    with pytest.raises(UsageError, match=f"damaged from frame {BLOCK_FRAMES} on"):
        read_trajectory(path)
