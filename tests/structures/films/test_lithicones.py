import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.filling import packed_model
from lithicoat.structures.films.lithicones import lithicone_elements
from lithicoat.structures.films.networks import network_statistics
from lithicoat.structures.recipes import LithiconeRecipe
from lithicoat.structures.validation import check_model, covalent_bonds

MISSION = {
    "LiGL": "[Li]OCC(O[Li])CO[Li]",
    "LiTEA": "N(CCO[Li])(CCO[Li])CCO[Li]",
    "LiHQ": "[Li]Oc1ccc(O[Li])cc1",
}
SEVERAL = settings(max_examples=4, derandomize=True, deadline=None)


def recipe(smiles, density=1.4, **options):
    return LithiconeRecipe(
        builder="lithicone", smiles=smiles, density_g_cm3=density, density_source="test", **options
    )


def test_elements():
    assert lithicone_elements(recipe("N(CCO)(CCO)CCO")) == {"C", "H", "Li", "N", "O"}


@pytest.mark.parametrize("name", ["LiGL", "LiHQ"])
def test_packed_cell_has_the_graph_of_its_monomers(name):
    model = packed_model(load_catalog().find(name).recipe, name=name, max_atoms=32, seed=7)
    assert covalent_bonds(model.atoms) == model.bonds
    assert len(model.symbols) <= 32
    lithium = model.symbols.count("Li")
    assert lithium == model.symbols.count("O")
    assert model.recipe["monomers"] * (2 if name == "LiHQ" else 3) == lithium
    assert 0.4 <= model.density_g_cm3 / model.recipe["density_estimate_g_cm3"] <= 0.91


def test_the_cell_of_a_seed_never_changes():
    """Finished steps are found again by this hash: it may change only with a new version of the step."""
    model = packed_model(recipe(MISSION["LiGL"], 1.46), name="LiGL", max_atoms=32, seed=0)
    assert model.content_hash == "c56361849ec73727480a021c87980c6654dd5fa92df8beb6fc25d97b2b296320"


@SEVERAL
@given(lithiation=st.floats(0.1, 1), seed=st.integers(0, 1000))
def test_lithiation_gives_the_nearest_whole_number_of_lithium(lithiation, seed):
    model = packed_model(recipe("OCCO", lithiation=lithiation), name="x", max_atoms=40, seed=seed)
    check_model(model)
    hydroxyls, lithium = model.recipe["hydroxyls"], model.symbols.count("Li")
    assert hydroxyls == 8
    assert abs(lithium - lithiation * hydroxyls) <= 0.5
    assert model.recipe["lithiation"] == {"asked": lithiation, "got": round(lithium / hydroxyls, 6)}
    assert model.symbols.count("Li") + model.symbols.count("H") == 4 * 6
    assert network_statistics(model).hydroxyls_per_unit == pytest.approx((hydroxyls - lithium) / 4)


def test_the_seed_says_which_hydroxyls_stay():
    def protonated(seed):
        model = packed_model(recipe("OCCO", lithiation=0.5), name="x", max_atoms=40, seed=seed)
        return model.content_hash, "".join(model.symbols)

    assert protonated(1) == protonated(1)
    assert len({protonated(seed)[1] for seed in range(4)}) > 1


def test_too_little_lithium():
    with pytest.raises(StructureError, match=r"lithiation of 0.2 leaves no Li on the 2 hydroxyls") as caught:
        packed_model(recipe("OCCO", lithiation=0.2), name="x", max_atoms=12, seed=0)
    assert "0.5" in caught.value.hint
    assert caught.value.where == "x: recipe.lithiation"


@SEVERAL
@given(layers=st.integers(2, 3), seed=st.integers(0, 1000))
def test_layers_lie_one_upon_the_other_and_touch(layers, seed):
    model = check_model(packed_model(recipe("OCCO", layers=layers), name="x", max_atoms=60, seed=seed))
    share = model.recipe["layers"]["molecules"]
    assert sum(share) == model.recipe["monomers"] == 6
    heights = np.array(model.positions_A)[:, 2].reshape(6, 10).mean(axis=1)
    means = [part.mean() for part in np.split(heights, np.cumsum(share)[:-1])]
    assert means == sorted(means)
    assert min(np.diff(means)) > 0.5 * model.cell_A[2][2] / layers
    assert network_statistics(model).units == 6


def test_a_layer_needs_two_molecules():
    with pytest.raises(StructureError, match="4 layers of x need 8 molecules, and only 6 fit") as caught:
        packed_model(recipe("OCCO", layers=4), name="x", max_atoms=60, seed=0)
    assert caught.value.hint == "fewer layers, or --max-atoms 80 or more"


def test_a_unit_larger_than_the_cell():
    with pytest.raises(StructureError, match="one unit of LiTEA has 25 atoms, more than the 24") as caught:
        packed_model(recipe(MISSION["LiTEA"]), name="LiTEA", max_atoms=24, seed=0)
    assert "25" in caught.value.hint


def test_absurd_density_is_said_not_to_pack():
    with pytest.raises(StructureError, match="nothing could be packed"):
        packed_model(recipe("OCCO", density=40.0), name="x", max_atoms=40, seed=0)
