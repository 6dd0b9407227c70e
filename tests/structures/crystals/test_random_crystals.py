"""Random crystals with symmetry and whole anions."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.crystals.candidates import units_intact
from lithicoat.structures.crystals.random_crystals import GROUPS, random_crystal
from lithicoat.structures.crystals.symmetry import space_group
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.anions import Component
from lithicoat.structures.validation import TOO_CLOSE, closest_pair

SULFITE = Component({"Li": 2}, {"SO3": 1})


@settings(max_examples=4, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_composition_symmetry_and_bonds(seed):
    atoms = random_crystal(SULFITE, max_atoms=12, rng=np.random.default_rng(seed))
    units, left = divmod(len(atoms), 6)
    assert left == 0
    assert units == 2
    assert Counter(atoms.get_chemical_symbols()) == {"Li": 2 * units, "S": units, "O": 3 * units}
    assert units_intact(atoms, "SO3")
    assert space_group(atoms)[1] in GROUPS
    near = closest_pair(atoms)
    assert near is None or near[2] > TOO_CLOSE * 1.0


def test_the_seed_decides():
    one, same, other = (
        random_crystal(SULFITE, max_atoms=12, rng=np.random.default_rng(seed)) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one.positions, same.positions)
    assert len(one) != len(other) or not np.allclose(one.cell.array, other.cell.array)


def test_atoms_without_anions():
    atoms = random_crystal(Component({"Li": 3, "Al": 1, "S": 3}), max_atoms=14, rng=np.random.default_rng(0))
    assert len(atoms) == 14


def test_too_few_atoms():
    with pytest.raises(StructureError, match="two units of Li2SO3 have 12 atoms, more than 11"):
        random_crystal(SULFITE, max_atoms=11, rng=np.random.default_rng(0))


def test_no_room(monkeypatch):
    monkeypatch.setattr("lithicoat.structures.crystals.random_crystals.PACKING", 50.0)
    monkeypatch.setattr("lithicoat.structures.crystals.random_crystals.TRIES", 3)
    with pytest.raises(StructureError, match="no random crystal of Li2SO3 without close contacts in 3 tries"):
        random_crystal(SULFITE, max_atoms=24, rng=np.random.default_rng(0))
