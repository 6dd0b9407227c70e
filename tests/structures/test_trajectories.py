import MDAnalysis
import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import write
from ase.io.vasp import write_vasp_xdatcar

from lithicoat.structures.errors import StructureError
from lithicoat.structures.io import read_trajectory
from lithicoat.structures.trajectories import Positions

CELL = np.array([[8.0, 0, 0], [1.0, 7.0, 0], [0.5, 0, 9.0]])


def walk(frames=200, atoms=5, step=0.4, seed=1):
    rng = np.random.default_rng(seed)
    start = rng.random((1, atoms, 3)) @ CELL
    return start + np.concatenate(
        [np.zeros((1, atoms, 3)), rng.normal(0, step, (frames - 1, atoms, 3))]
    ).cumsum(axis=0)


def images(positions, *, wrap, symbols=None, origin=(0, 0, 0)):
    frames = []
    for here in positions:
        frame = Atoms(symbols or "Li" * len(here), positions=here - np.array(origin), cell=CELL, pbc=True)
        if wrap:
            frame.wrap()
        frame.positions += origin
        frames.append(frame)
    return frames


def save(path, positions, **how):
    write(path, images(positions, **how))
    return path


def dump(path, positions, *, columns="id element xu yu zu", origin=(-3.0, 1.0, 2.0), shuffle=True):
    """Write a LAMMPS dump of a triclinic box by hand, its atoms in any order."""
    rng = np.random.default_rng(0)
    lines = []
    (lx, _, _), (xy, ly, _), (xz, yz, lz) = CELL
    low = np.array(origin)
    bounds = [
        (low[0] + min(0, xy, xz, xy + xz), low[0] + lx + max(0, xy, xz, xy + xz), xy),
        (low[1] + min(0, yz), low[1] + ly + max(0, yz), xz),
        (low[2], low[2] + lz, yz),
    ]
    for step, here in enumerate(positions):
        lines += ["ITEM: TIMESTEP", str(100 * step), "ITEM: NUMBER OF ATOMS", str(len(here))]
        lines += [
            "ITEM: BOX BOUNDS xy xz yz pp pp pp",
            *(f"{a:.10g} {b:.10g} {t:.10g}" for a, b, t in bounds),
        ]
        lines += [f"ITEM: ATOMS {columns}"]
        rows = []
        for number, position in enumerate(here + low, start=1):
            x, y, z = (f"{value:.8f}" for value in position)
            known = {"id": number, "type": 1 + number % 2, "element": ("Li", "S")[number % 2]}
            known |= {"xu": x, "yu": y, "zu": z, "x": x, "y": y, "z": z}
            rows.append(" ".join(str(known[column]) for column in columns.split()))
        lines += [rows[index] for index in (rng.permutation(len(rows)) if shuffle else range(len(rows)))]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("origin", [(0, 0, 0), (-4, -3, 20)])
@pytest.mark.parametrize("ending", ["extxyz", "traj"])
def test_a_wrapped_walk_is_unwrapped_wherever_the_cell_begins(tmp_path, ending, origin):
    positions = walk()
    path = save(tmp_path / f"x.{ending}", positions, wrap=True, origin=origin)
    symbols, found, cell = read_trajectory(path)
    assert symbols == ("Li",) * 5
    assert found.shape == (200, 5, 3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found - found[0], positions - positions[0], atol=1e-4)
    np.testing.assert_allclose(cell, CELL, atol=1e-6)


def test_unwrapping_goes_on_across_chunks_and_gathers_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr("lithicoat.structures.trajectories._CHUNK", 7)
    positions = walk(frames=500, step=0.8)
    found = read_trajectory(save(tmp_path / "x.extxyz", positions, wrap=True)).positions_A
    np.testing.assert_allclose(found - found[0], positions - positions[0], atol=1e-4)


def test_an_unwrapped_walk_stays_as_it_is_even_with_long_steps(tmp_path):
    positions = walk(step=4.0)
    found = read_trajectory(save(tmp_path / "x.extxyz", positions, wrap=False)).positions_A
    np.testing.assert_allclose(found, positions, atol=1e-4)


def test_xdatcar_is_read(tmp_path):
    positions = walk(frames=20)
    write_vasp_xdatcar(tmp_path / "XDATCAR", images(positions, wrap=True, symbols="LiLiSSO"))
    symbols, found, cell = read_trajectory(tmp_path / "XDATCAR")
    assert symbols == ("Li", "Li", "S", "S", "O")
    np.testing.assert_allclose(cell, CELL, atol=1e-6)
    np.testing.assert_allclose(found - found[0], positions - positions[0], atol=1e-4)

    text = (tmp_path / "XDATCAR").read_text()
    (tmp_path / "XDATCAR.killed").write_text(text[:-30])
    assert len(read_trajectory(tmp_path / "XDATCAR.killed").positions_A) == 19
    (tmp_path / "XDATCAR.npt").write_text(text + text.replace(" 9.0", " 9.1"))
    with pytest.raises(StructureError, match="the cell changes: in frame 21 "):
        read_trajectory(tmp_path / "XDATCAR.npt")
    (tmp_path / "XDATCAR.odd").write_text("a\nb\nc\n")
    with pytest.raises(StructureError, match="cannot be read as a trajectory"):
        read_trajectory(tmp_path / "XDATCAR.odd")


@pytest.mark.parametrize("ending", ["dcd", "xtc"])
def test_formats_without_elements_take_them_from_a_topology(tmp_path, ending):
    positions = walk(frames=30, atoms=4)
    frames = images(positions, wrap=True, symbols="Li2S2")
    write(tmp_path / "first.extxyz", frames[0])
    box = frames[0].cell.cellpar()
    universe = MDAnalysis.Universe.empty(4, trajectory=True)
    with MDAnalysis.Writer(str(tmp_path / f"x.{ending}"), n_atoms=4) as writer:
        for frame in frames:
            universe.atoms.positions = frame.positions
            universe.dimensions = box
            writer.write(universe.atoms)
    symbols, found, cell = read_trajectory(tmp_path / f"x.{ending}", topology=tmp_path / "first.extxyz")
    assert symbols == ("Li", "Li", "S", "S")
    np.testing.assert_allclose(np.abs(np.linalg.det(cell)), np.linalg.det(CELL), rtol=1e-3)
    np.testing.assert_allclose(found - found[0], positions - positions[0], atol=0.02)

    with pytest.raises(StructureError, match="holds no elements") as raised:
        read_trajectory(tmp_path / f"x.{ending}")
    assert "--topology" in raised.value.hint
    write(tmp_path / "other.extxyz", frames[0][:3])
    with pytest.raises(StructureError, match=r"holds 4 atoms, its topology .* 3"):
        read_trajectory(tmp_path / f"x.{ending}", topology=tmp_path / "other.extxyz")
    (tmp_path / "notes.cif").write_text("hello")
    with pytest.raises(StructureError, match="cannot be read as a structure"):
        read_trajectory(tmp_path / f"x.{ending}", topology=tmp_path / "notes.cif")
    with pytest.raises(StructureError, match=r"nowhere\.pdb does not exist"):
        read_trajectory(tmp_path / f"x.{ending}", topology=tmp_path / "nowhere.pdb")


@pytest.mark.parametrize("columns", ["id element xu yu zu", "id type element x y z"])
def test_a_lammps_dump_is_sorted_and_takes_its_elements(tmp_path, columns):
    positions = walk(frames=15, atoms=4)
    symbols, found, cell = read_trajectory(dump(tmp_path / "run.lammpstrj", positions, columns=columns))
    assert symbols == ("S", "Li", "S", "Li")
    np.testing.assert_allclose(found - found[0], positions - positions[0], atol=1e-4)
    np.testing.assert_allclose(cell, CELL, atol=1e-6)


def test_type_numbers_of_a_dump_are_never_atomic_numbers(tmp_path):
    path = dump(tmp_path / "run.dump", walk(frames=5, atoms=4), columns="id type xu yu zu")
    with pytest.raises(StructureError, match="numbers of types and no elements") as raised:
        read_trajectory(path)
    assert "--types" in raised.value.hint
    assert read_trajectory(path, types=("Li", "S")).symbols == ("S", "Li", "S", "Li")
    with pytest.raises(StructureError, match=r"more types than the 1 that were named \(Li\)"):
        read_trajectory(path, types=("Li",))
    with pytest.raises(StructureError, match="no LAMMPS dump"):
        read_trajectory(save(tmp_path / "x.extxyz", walk(frames=5), wrap=True), types=("Li",))


def test_a_dump_without_ids_is_refused(tmp_path):
    path = dump(tmp_path / "run.dump", walk(frames=5), columns="element xu yu zu", shuffle=False)
    with pytest.raises(StructureError, match="has no column id"):
        read_trajectory(path)


def test_molecules_wrapped_as_a_whole_are_refused_unless_named(tmp_path):
    positions = walk(frames=400, atoms=2)
    positions[:, 1] = positions[:, 0] + [0, 0, 3]  # a rod that leaves the cell although its first atom is in
    inside = np.floor(positions[:, :1] @ np.linalg.inv(CELL)) @ CELL
    path = save(tmp_path / "x.extxyz", positions - inside, wrap=False)
    with pytest.raises(StructureError, match="jump by a lattice vector before frame"):
        read_trajectory(path)
    found = read_trajectory(path, positions=Positions.WRAPPED).positions_A
    np.testing.assert_allclose(found - found[0], positions - positions[0], atol=1e-4)
    assert read_trajectory(path, positions=Positions.UNWRAPPED).positions_A.shape == (400, 2, 3)


def test_every_takes_some_frames(tmp_path):
    positions = walk(frames=10)
    found = read_trajectory(save(tmp_path / "x.extxyz", positions, wrap=False), every=3).positions_A
    np.testing.assert_allclose(found, positions[::3], atol=1e-5)
    with pytest.raises(StructureError, match="every is 0"):
        read_trajectory(tmp_path / "x.extxyz", every=0)


def test_without_a_periodic_cell_there_is_no_solid(tmp_path):
    write(tmp_path / "x.xyz", [molecule("H2O"), molecule("H2O")], format="xyz")
    with pytest.raises(StructureError, match="has no cell"):
        read_trajectory(tmp_path / "x.xyz")
    slab = Atoms("Li", cell=[5] * 3, pbc=(True, True, False))
    write(tmp_path / "x.extxyz", [slab, slab])
    with pytest.raises(StructureError, match="is not periodic in three directions"):
        read_trajectory(tmp_path / "x.extxyz")


def test_a_changing_cell_is_refused(tmp_path):
    frames = images(walk(frames=4), wrap=True)
    for number, frame in enumerate(frames):
        frame.set_cell(CELL * (1 + 0.001 * number), scale_atoms=True)
    write(tmp_path / "x.extxyz", frames)
    with pytest.raises(StructureError, match=r"the cell changes: in frame 2 of .*NVT"):
        read_trajectory(tmp_path / "x.extxyz")


def test_files_that_are_no_trajectories(tmp_path):
    with pytest.raises(StructureError, match="does not exist"):
        read_trajectory(tmp_path / "none.extxyz")
    (tmp_path / "notes.txt").write_text("hello\n")
    with pytest.raises(StructureError, match="cannot be read as a trajectory"):
        read_trajectory(tmp_path / "notes.txt")
    (tmp_path / "noise.xtc").write_bytes(bytes(range(256)))
    write(tmp_path / "first.extxyz", Atoms("Li", cell=[5] * 3, pbc=True))
    with pytest.raises(StructureError, match="cannot be read as a trajectory"):
        read_trajectory(tmp_path / "noise.xtc", topology=tmp_path / "first.extxyz")
    (tmp_path / "empty.extxyz").write_text("")
    with pytest.raises(StructureError, match=r"cannot be read as a trajectory|holds no atoms"):
        read_trajectory(tmp_path / "empty.extxyz")
    with pytest.raises(StructureError, match="holds 1 frame, a trajectory needs two"):
        read_trajectory(save(tmp_path / "one.extxyz", walk(frames=1), wrap=True))


def test_atoms_must_stay_the_same(tmp_path):
    cell = {"cell": [5] * 3, "pbc": True}
    write(tmp_path / "x.extxyz", [Atoms("LiF", **cell), Atoms("Li2", **cell)])
    with pytest.raises(StructureError, match=r"frame 2 of .* holds other atoms"):
        read_trajectory(tmp_path / "x.extxyz")
    write(tmp_path / "y.extxyz", [Atoms("LiF", **cell), Atoms("LiF", **cell), Atoms("LiF2", **cell)])
    with pytest.raises(StructureError, match=r"frame 3 of .* holds 3 atoms, the first 2: their number"):
        read_trajectory(tmp_path / "y.extxyz")


def test_positions_must_be_numbers(tmp_path):
    bad = Atoms("Li", positions=[[np.nan, 0, 0]], cell=[5] * 3, pbc=True)
    write(tmp_path / "x.extxyz", [bad, bad])
    with pytest.raises(StructureError, match="are no numbers"):
        read_trajectory(tmp_path / "x.extxyz")
