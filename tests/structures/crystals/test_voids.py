import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from lithicoat.structures.crystals.voids import TIGHTEST_A, filled, largest_void
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind


@pytest.mark.parametrize(
    ("crystal", "room_A"),
    [
        (bulk("Cu", "fcc", a=3.6), 3.6 / 2),
        (bulk("Fe", "bcc", a=2.87), 2.87 * np.sqrt(5) / 4),
        (bulk("NaCl", "rocksalt", a=5.6), 5.6 * np.sqrt(3) / 4),
        (bulk("Po", "sc", a=3.0), 3.0 * np.sqrt(3) / 2),
    ],
    ids=["octahedral", "tetrahedral", "between eight ions", "cube"],
)
@pytest.mark.parametrize("times", [(1, 1, 1), (2, 1, 1)])
def test_the_largest_hole_of_a_lattice_is_the_known_one(crystal, room_A, times):
    cell = crystal.repeat(times)
    place, found_A = largest_void(cell)
    assert found_A == pytest.approx(room_A, abs=1e-3)
    probe = cell + Atoms("H", positions=[place])
    assert probe.get_distances(-1, range(len(cell)), mic=True).min() == pytest.approx(room_A, abs=1e-3)


def test_the_hole_is_where_an_atom_is_missing():
    cell = bulk("Cu", cubic=True, a=3.6).repeat(2)
    gone = cell.positions[13].copy()
    del cell[13]
    rng = np.random.default_rng(3)
    place, _ = largest_void(cell)
    assert np.linalg.norm(place - gone) < 1e-6
    order = rng.permutation(len(cell))
    assert largest_void(cell[order])[0] == pytest.approx(place)


def test_one_more_atom_is_the_last_and_written_down():
    model = Model.from_atoms(bulk("LiF", "rocksalt", a=4.03, cubic=True), name="LiF", kind=ModelKind.CRYSTAL)
    more = filled(model, "Li")
    assert more.symbols == (*model.symbols, "Li")
    assert more.positions_A[:-1] == model.positions_A
    step = more.recipe["steps"][-1]
    assert step["step"] == "interstitial"
    assert step["room_A"] == pytest.approx(4.03 * np.sqrt(3) / 4, abs=1e-3)
    assert more.recipe["composition"] == {"F": 4, "Li": 5}


def test_a_cell_without_room_is_refused():
    model = Model.from_atoms(bulk("Cu", a=1.9 * TIGHTEST_A), name="dense", kind=ModelKind.CRYSTAL)
    with pytest.raises(StructureError, match=r"dense has no room for another Li: no place is 1\.2 Å"):
        filled(model, "Li")
