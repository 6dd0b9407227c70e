"""Starts for an unknown crystal."""

import pytest
from ase.build import bulk

from lithicoat.structures.crystals import candidates
from lithicoat.structures.crystals.candidates import (
    crystal_candidates,
    different,
    same_structure,
    unit_of,
    units_intact,
    whole_counts,
)
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.crystals.prototypes import Prototype, _extra
from lithicoat.structures.crystals.symmetry import primitive_cell
from lithicoat.structures.errors import StructureError
from lithicoat.structures.validation import check_model


@pytest.fixture(autouse=True)
def _few_types(monkeypatch):
    """The AFLOW library takes seconds to load."""
    known = Prototype("Li2PO2N_36", "test", primitive_cell(load_crystal("Li2PO2N_36.cif")))
    types = (*_extra(), known, Prototype("rock salt", "test", bulk("NaCl", "rocksalt", a=5.64)))
    monkeypatch.setattr(candidates, "prototypes", lambda: types)


def test_whole_counts():
    assert whole_counts("Li2SO1.5") == {"Li": 4, "S": 2, "O": 3}
    assert whole_counts("Al2(SO4)3") == {"Al": 2, "S": 3, "O": 12}
    assert whole_counts("Li4O2") == {"Li": 2, "O": 1}


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("Li2SO3", "SO3"),
        ("Li2SO4", "SO4"),
        ("LiOH", "OH"),
        ("Li2S", None),
        ("Li3AlS3", None),
        ("Li2SO2", None),
    ],
)
def test_the_anion_a_salt_is_made_of(formula, unit):
    assert unit_of(formula) == unit


def test_units_are_intact_until_a_bond_breaks():
    sulfate = load_crystal("Li2SO4_14.cif")
    assert units_intact(sulfate, "SO4")
    assert not units_intact(sulfate, "SO3")
    broken = sulfate.copy()
    del broken[broken.get_chemical_symbols().index("O")]
    assert not units_intact(broken, "SO4")


def test_candidates_are_different_and_sound():
    models = crystal_candidates("Li2SO3", number=4, random=2, max_atoms=12, seed=1)
    assert len(models) == 6
    assert [model.recipe["builder"] for model in models] == ["substitution"] * 4 + ["random crystal"] * 2
    assert different([model.atoms for model in models]) == list(range(6))
    for model in models:
        assert check_model(model).recipe["origin"] == "predicted"
    again = crystal_candidates("Li2SO3", number=4, random=2, max_atoms=12, seed=1)
    assert [model.content_hash for model in again] == [model.content_hash for model in models]


def test_the_known_crystal_comes_first():
    first = crystal_candidates("Li2PO2N", number=3)[0]
    assert first.recipe["prototype"] == "Li2PO2N_36"


def test_same_crystal_in_another_cell():
    cell = load_crystal("Li2S_225.cif")
    assert same_structure(cell, cell.repeat((1, 1, 2)))
    assert not same_structure(cell, load_crystal("Li2S_62.cif"))


def test_bad_input():
    with pytest.raises(StructureError, match="'Li2so3' is not a formula"):
        crystal_candidates("Li2so3", number=3)
    with pytest.raises(StructureError, match="no structure type at hand has the composition of Li7Al5S2O"):
        crystal_candidates("Li7Al5S2O", number=3)
    with pytest.raises(StructureError, match="one unit of Li2SO3 has 6 atoms, more than 5"):
        crystal_candidates("Li2SO3", number=3, max_atoms=5)
