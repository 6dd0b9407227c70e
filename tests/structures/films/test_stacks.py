from collections import Counter

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lithicoat.structures.build import elements_of
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.stacks import stack_model
from lithicoat.structures.model import ModelKind
from lithicoat.structures.recipes import AmorphousRecipe, CrystalRecipe, StackLayer, StackRecipe
from lithicoat.structures.validation import check_model

ALUMINA = AmorphousRecipe(
    builder="amorphous", composition="Al2O3", crystal_density_g_cm3=3.97, density_source="test"
)
OXIDE = AmorphousRecipe(
    builder="amorphous", composition="Li2O", crystal_density_g_cm3=2.01, density_source="test"
)
FLUORIDE = CrystalRecipe(builder="crystal", cif="LiF_225.cif")


def stack(*layers):
    return StackRecipe(
        builder="stack",
        layers=tuple(
            StackLayer(coating=name, recipe=recipe, thickness_nm=thickness, source="test")
            for name, recipe, thickness in layers
        ),
    )


@given(ratio=st.floats(0.6, 1.6), seed=st.integers(0, 99))
@settings(derandomize=True, max_examples=2, deadline=None, phases=[Phase.generate])
def test_layers_keep_their_ratio_and_their_slices(ratio, seed):
    recipe = stack(("Al2O3", ALUMINA, ratio), ("Li2O", OXIDE, 1.0))
    model = check_model(stack_model(recipe, name="x", max_atoms=120, seed=seed))
    assert 100 <= len(model.symbols) <= 120
    assert dict(Counter(model.symbols)) == model.recipe["composition"]
    lower, upper = model.recipe["layers"]
    assert lower["thickness_share"] == pytest.approx(ratio / (1 + ratio), abs=0.06)
    assert lower["thickness_deviation"] + upper["thickness_deviation"] == pytest.approx(0, abs=2e-4)
    heights = model.atoms.positions[:, 2]
    for layer, kinds in ((lower, {"Al", "O"}), (upper, {"Li", "O"})):
        first, last = layer["atoms"]
        low, high = layer["heights_A"]
        assert set(model.symbols[first : last + 1]) == kinds
        assert (heights[first : last + 1] > low).all()
        assert (heights[first : last + 1] < high).all()
    assert model.atoms.cell[2, 2] == pytest.approx(upper["heights_A"][1], abs=1e-3)


def test_the_seed_decides_and_order_is_kept():
    recipe = stack(("Al2O3", ALUMINA, 1.0), ("Li2O", OXIDE, 1.0))
    one, again, other = (stack_model(recipe, name="x", max_atoms=110, seed=s) for s in (1, 1, 2))
    assert one.content_hash == again.content_hash != other.content_hash
    assert [layer["coating"] for layer in one.recipe["layers"]] == ["Al2O3", "Li2O"]
    assert one.kind is ModelKind.AMORPHOUS
    assert one.bonds is None


def test_a_crystalline_layer_is_packed_as_ions_at_its_density():
    recipe = stack(("Al2O3", ALUMINA, 1.0), ("LiF", FLUORIDE, 1.0))
    model = stack_model(recipe, name="x", max_atoms=60, seed=0)
    layer = model.recipe["layers"][1]
    assert layer["packed_as"] == "amorphous counterpart"
    assert layer["ideal_density_g_cm3"] == pytest.approx(2.53, abs=0.01)
    assert layer["composition"]["Li"] == layer["composition"]["F"]


@pytest.mark.parametrize("name", ["AlEG-Al2O3", "Al2O3-AlEG"])
def test_bilayers_of_the_catalog_hold_their_covalent_graph(name):
    coating = load_catalog().find(name)
    model = check_model(stack_model(coating.recipe, name=name, max_atoms=100, seed=0))
    assert model.kind is ModelKind.MOLECULAR
    assert set(model.symbols) == set(elements_of(coating))
    assert [layer["coating"] for layer in model.recipe["layers"]] == name.split("-")
    ends = np.array([layer["atoms"] for layer in model.recipe["layers"] if layer["coating"] == "AlEG"])[0]
    assert all(ends[0] <= atom <= ends[1] for bond in model.bonds for atom in bond)


def test_layers_thinner_than_two_atoms_are_made_thicker_and_say_so():
    model = stack_model(stack(("Al2O3", ALUMINA, 20.0), ("Li2O", OXIDE, 1.0)), name="x", max_atoms=60, seed=0)
    assert model.recipe["layers"][1]["thickness_deviation"] > 0.1


def test_too_few_atoms():
    recipe = stack(("Al2O3", ALUMINA, 1.0), ("Li2O", OXIDE, 1.0))
    with pytest.raises(StructureError, match="Al2O3 and Li2O would take 8 atoms, more than the 7"):
        stack_model(recipe, name="x", max_atoms=7, seed=0)
