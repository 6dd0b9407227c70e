import numpy as np
import pytest
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.alcohols import read_alcohol
from lithicoat.structures.films.filling import packed_model
from lithicoat.structures.films.metalcones import choose_numbers, metalcone_elements
from lithicoat.structures.films.networks import network_statistics
from lithicoat.structures.recipes import MetalconeRecipe
from lithicoat.structures.validation import check_model

SEVERAL = settings(max_examples=4, derandomize=True, deadline=None)


def recipe(metal="Al", charge=3, alcohol="OCCO", density=1.6, **options):
    return MetalconeRecipe(
        builder="metalcone",
        metal=metal,
        charge=charge,
        alcohol=alcohol,
        density_g_cm3=density,
        density_source="test",
        **options,
    )


def charge_of(model, metal, charge):
    """Sum of charges: each metal ion +q, each alkoxide oxygen (bonded to carbon alone) -1."""
    partners = {index: set() for index, symbol in enumerate(model.symbols) if symbol == "O"}
    for i, j in model.bonds:
        for oxygen, other in ((i, j), (j, i)):
            if oxygen in partners:
                partners[oxygen].add(other)
    return charge * model.symbols.count(metal) - sum(len(near) == 1 for near in partners.values())


@SEVERAL
@given(metal=st.sampled_from([("Al", 3), ("Zr", 4), ("Ti", 4)]), seed=st.integers(0, 1000))
def test_cells_are_neutral_and_sane(metal, seed):
    symbol, charge = metal
    model = check_model(packed_model(recipe(symbol, charge), name="film", max_atoms=56, seed=seed))
    assert charge_of(model, symbol, charge) == 0
    assert model.symbols.count("H") == 2 * model.symbols.count("O")  # C2H4O2: no proton is left
    assert not {symbol} & {model.symbols[index] for bond in model.bonds for index in bond}
    atoms = model.atoms
    nearest = neighbor_list("d", atoms, {(symbol, "O"): 3.0})
    assert 1.6 < min(nearest) < 2.2
    assert min(neighbor_list("d", atoms, {(symbol, "C"): 4.0})) > 2.3
    assert len(neighbor_list("d", atoms, {(symbol, symbol): 2.5})) == 0


def test_alucone_is_two_aluminium_to_three_glycols():
    model = packed_model(recipe(), name="AlEG", max_atoms=60, seed=1)
    assert model.formula == "C12H24Al4O12"
    assert model.recipe["ions"] == {"Al3+": 4}
    assert model.recipe["unreacted"] == {"asked": 0.0, "got": 0.0}
    found = network_statistics(model)
    assert 3.5 <= found.ion_coordination <= 6
    assert found.units == 6


@SEVERAL
@given(unreacted=st.sampled_from([0.0, 0.1, 0.25, 0.5]), seed=st.integers(0, 100))
def test_unreacted_hydroxyls_keep_their_protons(unreacted, seed):
    model = check_model(
        packed_model(recipe("Al", 3, "OCC(O)CO", 1.6, unreacted=unreacted), name="x", max_atoms=45, seed=seed)
    )
    assert charge_of(model, "Al", 3) == 0
    hydroxyls = network_statistics(model).hydroxyls_per_unit * model.recipe["monomers"]
    assert hydroxyls / model.recipe["hydroxyls"] == pytest.approx(unreacted, abs=0.1)
    assert model.recipe["unreacted"]["got"] == pytest.approx(hydroxyls / model.recipe["hydroxyls"], abs=1e-6)


def test_the_seed_decides():
    one, again, other = (packed_model(recipe(), name="x", max_atoms=30, seed=seed) for seed in (3, 3, 4))
    assert one.content_hash == again.content_hash
    assert not np.allclose(one.positions_A, other.positions_A)


def test_layers():
    model = check_model(packed_model(recipe(layers=2), name="x", max_atoms=60, seed=1))
    assert model.recipe["layers"] == {"number": 2, "molecules": [3, 3]}
    assert charge_of(model, "Al", 3) == 0


@pytest.mark.parametrize(
    ("alcohol", "charge", "numbers"),
    [("OCCO", 3, (10, 15)), ("OCCO", 4, (8, 16)), ("OCC(O)CO", 3, (12, 12)), ("OCCO", 2, (16, 16))],
)
def test_the_largest_exact_cell_is_taken(alcohol, charge, numbers):
    found = choose_numbers(read_alcohol(alcohol), charge=charge, unreacted=0, max_atoms=150, name="x")
    assert found == numbers
    metals, molecules = found
    assert metals * charge == molecules * len(read_alcohol(alcohol).sites)


def test_elements():
    assert metalcone_elements(recipe()) == {"Al", "C", "H", "O"}
    assert metalcone_elements(recipe("Zr", 4, "Oc1ccc(O)cc1")) == {"Zr", "C", "H", "O"}


def test_a_cell_too_small_to_be_neutral():
    with pytest.raises(
        StructureError, match="AlEG makes no neutral cell of 25 atoms or fewer with 0 of its"
    ) as caught:
        packed_model(recipe(), name="AlEG", max_atoms=25, seed=0)
    assert caught.value.hint == "--max-atoms 26 or more (2 ions and 3 molecules)"


def test_what_is_no_metal():
    with pytest.raises(StructureError, match="S of x is not a metal") as caught:
        packed_model(recipe("S", 2), name="x", max_atoms=60, seed=0)
    assert caught.value.where == "x: recipe.metal"


def test_what_is_no_alcohol():
    with pytest.raises(StructureError, match="has no alkoxide or hydroxyl"):
        packed_model(recipe(alcohol="CC"), name="x", max_atoms=60, seed=0)
