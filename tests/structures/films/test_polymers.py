from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.filling import packed_model
from lithicoat.structures.films.polymers import chain_smiles, polymer_elements
from lithicoat.structures.recipes import PolymerRecipe
from lithicoat.structures.validation import check_model, covalent_bonds

POLYUREA = "*C(=O)Nc1ccc(cc1)NC(=O)NCCN*"
SEVERAL = settings(max_examples=3, derandomize=True, deadline=None)


def recipe(unit="*NC(=O)NCC*", length=1, **options):
    return PolymerRecipe(
        builder="polymer", unit=unit, length=length, density_g_cm3=1.2, density_source="test", **options
    )


@pytest.mark.parametrize(
    ("unit", "length", "chain"),
    [
        ("*CCO*", 3, "CCOCCOCCO"),
        ("*NC(=O)NCC*", 1, "CCNC(N)=O"),
        ("*NC(=O)NCC*", 2, "CCNC(=O)NCCNC(N)=O"),
        (POLYUREA, 1, "NCCNC(=O)Nc1ccc(NC(N)=O)cc1"),
        ("*C*", 4, "CCCC"),
    ],
)
def test_chains_are_closed(unit, length, chain):
    assert chain_smiles(unit, length) == chain


def test_units_join_head_to_tail():
    """Every amide of a polyamide joins N to carbonyl: none joins N to N or C to C."""
    assert chain_smiles("*NCC(=O)*", 3) == "NCC(=O)NCC(=O)NCC(N)=O"


@SEVERAL
@given(length=st.integers(1, 2), seed=st.integers(0, 1000))
def test_cells_hold_whole_chains(length, seed):
    model = check_model(packed_model(recipe(length=length), name="film", max_atoms=32, seed=seed))
    size = len(model.symbols) // model.recipe["chains"]
    assert size == 12 * length + 2  # C3H6N2O a unit, and two H
    assert model.recipe["chains"] == 32 // size
    assert covalent_bonds(model.atoms) == model.bonds
    per_chain = Counter(model.symbols)
    assert all(count % model.recipe["chains"] == 0 for count in per_chain.values())
    assert per_chain["N"] == model.recipe["chains"] * (2 * length)


def test_the_seed_decides():
    one, again, other = (packed_model(recipe(), name="x", max_atoms=14, seed=seed) for seed in (3, 3, 4))
    assert one.content_hash == again.content_hash
    assert not np.allclose(one.positions_A, other.positions_A)


def test_layers():
    model = check_model(packed_model(recipe(layers=2), name="x", max_atoms=60, seed=1))
    assert model.recipe["layers"]["number"] == 2


def test_elements():
    assert polymer_elements(recipe(POLYUREA)) == {"C", "H", "N", "O"}


def test_a_chain_longer_than_the_cell():
    with pytest.raises(StructureError, match="one chain of x has 88 atoms, more than the 60") as caught:
        packed_model(recipe(POLYUREA, 3), name="x", max_atoms=60, seed=0)
    assert caught.value.hint == "a shorter chain than 3 units, or --max-atoms 88 or more"
    assert caught.value.where == "x: recipe.length"


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("*CC", "has 1 open ends"),
        ("CC", "has 0 open ends"),
        ("*C*C*", "has 3 open ends"),
        ("*=CC*", "one that is not a single bond"),
        ("**", "one that is not a single bond"),
        ("*C[N+](C)(C)C*", "is charged or in pieces"),
        ("*CC.C*", "is charged or in pieces"),
        ("*C[Zn]C*", "holds Zn, which is not covalently bonded"),
        ("C(", "is not a SMILES"),
    ],
)
def test_units_that_make_no_chain(unit, told, capfd):
    with pytest.raises(StructureError, match=told):
        chain_smiles(unit, 2)
    assert capfd.readouterr().err == ""
