import numpy as np
import pytest

from lithicoat.structures.films.alcohols import read_alcohol
from lithicoat.structures.films.monomers import conformers, monomers, turned

MISSION = {
    "LiGL": "[Li]OCC(O[Li])CO[Li]",
    "LiTEA": "N(CCO[Li])(CCO[Li])CCO[Li]",
    "LiHQ": "[Li]Oc1ccc(O[Li])cc1",
}


def distances(shape):
    return np.linalg.norm(shape.positions_A[:, None] - shape.positions_A[None], axis=2)


@pytest.mark.parametrize("name", MISSION)
def test_lithium_sits_on_its_oxygen(name):
    for shape in monomers(MISSION[name], number=5, seed=4):
        symbols = np.array(shape.symbols)
        apart = distances(shape)
        to_oxygen = np.sort(apart[np.ix_(symbols == "Li", symbols == "O")], axis=1)[:, 0]
        np.testing.assert_allclose(to_oxygen, 1.80, atol=1e-6)
        assert (np.sort(apart[symbols == "Li"], axis=1)[:, 2] > 1.8).all()


def test_monomer_graph_has_no_lithium_and_is_connected():
    [shape] = monomers(MISSION["LiTEA"], number=1, seed=1)
    lithium = {index for index, symbol in enumerate(shape.symbols) if symbol == "Li"}
    assert not lithium & {index for bond in shape.bonds for index in bond}
    assert len(shape.bonds) == len(shape.symbols) - len(lithium) - 1  # a tree: no ring in triethanolamine


@pytest.fixture(scope="module")
def glycol():
    return conformers(read_alcohol("OCCO"), ion="Al", number=3, seed=2)[0]


def test_a_salt_may_hold_a_metal_a_proton_or_nothing(glycol):
    shape = glycol.salt(["Al", ""])
    assert sorted(shape.symbols) == sorted([*"CCOOHHHH", "Al"])
    assert shape.symbols.count("H") == 4
    assert len(shape.bonds) == 7  # C-C, two C-O, four C-H
    assert [shape.symbols[end] for end in shape.ends] == ["O", "O"]
    kept = glycol.salt(["H", "H"])
    assert kept.symbols.count("H") == 6
    assert len(kept.bonds) == 9


def test_bonds_are_renumbered_when_a_proton_goes(glycol):
    shape = glycol.salt(["", "Al"])
    apart = distances(shape)
    assert all(apart[i, j] < 1.6 for i, j in shape.bonds)
    metal = shape.symbols.index("Al")
    assert min(apart[metal, end] for end in shape.ends) == pytest.approx(0.95 * (0.535 + 1.40))


def test_turning_keeps_the_shape(glycol):
    shape = glycol.salt(["Li", "Li"])
    other = turned(shape, np.random.default_rng(1))
    np.testing.assert_allclose(distances(other), distances(shape), atol=1e-9)
    assert not np.allclose(other.positions_A, shape.positions_A)
