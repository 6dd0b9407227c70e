import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import write

from lithicoat.structures.errors import StructureError
from lithicoat.structures.io import read_trajectory
from lithicoat.structures.trajectories import Positions

CELL = np.array([[8.0, 0, 0], [1.0, 7.0, 0], [0, 0, 9.0]])


def walk(frames=200, atoms=5, step=0.4, seed=1):
    rng = np.random.default_rng(seed)
    start = rng.random((1, atoms, 3)) @ CELL
    return start + np.concatenate(
        [np.zeros((1, atoms, 3)), rng.normal(0, step, (frames - 1, atoms, 3))]
    ).cumsum(axis=0)


def save(path, positions, *, wrap, cells=None):
    frames = []
    for number, here in enumerate(positions):
        cell = CELL if cells is None else cells[number]
        frame = Atoms("Li" * len(here), positions=here, cell=cell, pbc=True)
        if wrap:
            frame.wrap()
        frames.append(frame)
    write(path, frames)
    return path


@pytest.mark.parametrize("ending", ["extxyz", "traj"])
def test_a_wrapped_walk_is_unwrapped(tmp_path, ending):
    positions = walk()
    symbols, found, cells = read_trajectory(save(tmp_path / f"x.{ending}", positions, wrap=True))
    assert symbols == ("Li",) * 5
    assert found.shape == (200, 5, 3)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found - found[0], positions - positions[0], atol=1e-5)
    np.testing.assert_allclose(cells, np.broadcast_to(CELL, (200, 3, 3)), atol=1e-6)


def test_an_unwrapped_walk_stays_as_it_is_even_with_long_steps(tmp_path):
    positions = walk(step=4.0)
    found = read_trajectory(save(tmp_path / "x.extxyz", positions, wrap=False)).positions_A
    np.testing.assert_allclose(found, positions, atol=1e-5)


def test_a_breathing_cell_moves_no_atom(tmp_path):
    fractional = np.array([[0.02, 0.5, 0.97], [0.4, 0.1, 0.6]])
    cells = [CELL * scale for scale in 1 + 0.05 * np.sin(np.arange(20))]
    positions = [fractional @ cell for cell in cells]
    _, found, read_cells = read_trajectory(save(tmp_path / "x.extxyz", positions, wrap=True, cells=cells))
    back = np.einsum("fni,fij->fnj", found, np.linalg.inv(read_cells))
    np.testing.assert_allclose(back, np.broadcast_to(fractional, back.shape), atol=1e-6)


def test_molecules_wrapped_as_a_whole_are_refused_unless_named(tmp_path):
    positions = walk(frames=400, atoms=2)
    positions[:, 1] = positions[:, 0] + [
        0.0,
        0.0,
        3.0,
    ]  # a rod that leaves the cell although its first atom is inside
    inside = np.floor(positions[:, :1] @ np.linalg.inv(CELL)) @ CELL
    path = save(tmp_path / "x.extxyz", positions - inside, wrap=False)
    with pytest.raises(StructureError, match="jump by a lattice vector before frame"):
        read_trajectory(path)
    found = read_trajectory(path, positions=Positions.WRAPPED).positions_A
    np.testing.assert_allclose(found - found[0], positions - positions[0], atol=1e-5)
    assert read_trajectory(path, positions=Positions.UNWRAPPED).positions_A.shape == (400, 2, 3)


def test_index_takes_some_frames(tmp_path):
    path = save(tmp_path / "x.extxyz", walk(frames=10), wrap=True)
    assert len(read_trajectory(path, "2::2").positions_A) == 4


def test_without_a_cell_positions_stand(tmp_path):
    frames = [molecule("H2O"), molecule("H2O")]
    write(tmp_path / "x.xyz", frames, format="xyz")
    _, found, cells = read_trajectory(tmp_path / "x.xyz")
    np.testing.assert_allclose(found[1], frames[1].positions, atol=1e-6)
    assert not cells.any()


def test_files_that_are_no_trajectories(tmp_path):
    with pytest.raises(StructureError, match="does not exist"):
        read_trajectory(tmp_path / "none.extxyz")
    (tmp_path / "notes.txt").write_text("hello\n")
    with pytest.raises(StructureError, match="cannot be read as a trajectory"):
        read_trajectory(tmp_path / "notes.txt")
    (tmp_path / "empty.extxyz").write_text("")
    with pytest.raises(StructureError, match=r"cannot be read as a trajectory|holds no atoms"):
        read_trajectory(tmp_path / "empty.extxyz")
    with pytest.raises(StructureError, match="holds 1 frame, a trajectory needs two"):
        read_trajectory(save(tmp_path / "one.extxyz", walk(frames=1), wrap=True))


def test_atoms_must_stay_the_same(tmp_path):
    write(tmp_path / "x.extxyz", [Atoms("LiF", cell=[5] * 3, pbc=True), Atoms("Li2", cell=[5] * 3, pbc=True)])
    with pytest.raises(StructureError, match=r"frame 2 of .* holds other atoms"):
        read_trajectory(tmp_path / "x.extxyz")


def test_positions_must_be_numbers(tmp_path):
    bad = Atoms("Li", positions=[[np.nan, 0, 0]], cell=[5] * 3, pbc=True)
    write(tmp_path / "x.extxyz", [bad, bad])
    with pytest.raises(StructureError, match="are no numbers"):
        read_trajectory(tmp_path / "x.extxyz")
