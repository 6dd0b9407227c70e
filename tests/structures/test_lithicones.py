import numpy as np
import pytest

from lithicoat.structures.catalog import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.lithicones import (
    deprotonate,
    estimated_density_g_cm3,
    lithicone_elements,
    lithicone_model,
    monomers,
)
from lithicoat.structures.recipes import LithiconeRecipe
from lithicoat.structures.validation import covalent_bonds

MISSION = {
    "LiGL": "[Li]OCC(O[Li])CO[Li]",
    "LiTEA": "N(CCO[Li])(CCO[Li])CCO[Li]",
    "LiHQ": "[Li]Oc1ccc(O[Li])cc1",
}
ALCOHOLS = {"LiGL": "OCC(O)CO", "LiTEA": "N(CCO)(CCO)CCO", "LiHQ": "Oc1ccc(O)cc1"}


def recipe(smiles, density=1.4):
    return LithiconeRecipe(builder="lithicone", smiles=smiles, density_g_cm3=density, density_source="test")


@pytest.mark.parametrize("name", MISSION)
def test_alcohol_and_alkoxide_are_the_same_film(name):
    assert load_catalog().find(name).recipe.smiles == MISSION[name]
    assert deprotonate(ALCOHOLS[name]) == deprotonate(MISSION[name])


def test_deprotonate_writes_a_lithium_alkoxide():
    assert sorted(deprotonate("OCCO")) == sorted("[Li]OCCO[Li]")
    assert deprotonate("[Li+].[O-]CC[O-].[Li+]") == deprotonate("OCCO")


def test_hydroxyls_beside_an_alkoxide_keep_their_hydrogen():
    [shape] = monomers("[Li]OCCO", number=1, seed=1)
    assert shape.symbols.count("Li") == 1
    assert shape.symbols.count("H") == 5


@pytest.mark.parametrize(
    ("smiles", "told"),
    [
        ("C(", "is not a SMILES"),
        ("", "is not a SMILES"),
        ("CCOC", "has no alkoxide or hydroxyl oxygen"),
        ("O", "has no alkoxide or hydroxyl oxygen"),
        ("[Li]CC", "Li on another atom than oxygen"),
        ("[O-]CC", "0 Li for 1 alkoxide"),
        ("[Li]O[Li]", "2 Li for 0 alkoxide"),
        ("CCO.CCO", "not one neutral molecule"),
        ("C[N+](C)(C)CCO", "not one neutral molecule"),
    ],
)
def test_smiles_that_give_no_lithicone(smiles, told, capfd):
    with pytest.raises(StructureError, match=told):
        deprotonate(smiles)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", MISSION)
def test_lithium_sits_on_its_oxygen(name):
    for shape in monomers(MISSION[name], number=5, seed=4):
        symbols = np.array(shape.symbols)
        distances = np.linalg.norm(shape.positions_A[:, None] - shape.positions_A[None], axis=2)
        to_oxygen = np.sort(distances[np.ix_(symbols == "Li", symbols == "O")], axis=1)[:, 0]
        np.testing.assert_allclose(to_oxygen, 1.80, atol=1e-6)
        others = distances[symbols == "Li"]
        assert (np.sort(others, axis=1)[:, 2] > 1.8).all()


def test_monomer_graph_has_no_lithium_and_is_connected():
    [shape] = monomers(MISSION["LiTEA"], number=1, seed=1)
    lithium = {index for index, symbol in enumerate(shape.symbols) if symbol == "Li"}
    assert not lithium & {index for bond in shape.bonds for index in bond}
    assert len(shape.bonds) == len(shape.symbols) - len(lithium) - 1  # a tree: no ring in triethanolamine


def test_elements():
    assert lithicone_elements(recipe("N(CCO)(CCO)CCO")) == {"C", "H", "Li", "N", "O"}


@pytest.mark.parametrize("name", MISSION)
def test_catalog_densities_are_those_of_the_estimate(name):
    assert estimated_density_g_cm3(MISSION[name]) == pytest.approx(
        load_catalog().find(name).recipe.density_g_cm3, abs=0.01
    )


def test_density_of_lithium_methoxide_is_that_of_its_cell():
    cell_cm3 = 3.57**2 * 7.60 * 1e-24  # Wheatley 1960, two formula units
    assert estimated_density_g_cm3("CO") == pytest.approx(2 * 37.97 / 6.02214e23 / cell_cm3, rel=0.005)


def test_density_of_unknown_volume():
    with pytest.raises(StructureError, match="no mean volume of Se"):
        estimated_density_g_cm3("OCC[SeH]")


@pytest.mark.parametrize("name", MISSION)
@pytest.mark.parametrize("max_atoms", [32, 64])
def test_packed_cell_has_the_graph_of_its_monomers(name, max_atoms):
    model = lithicone_model(load_catalog().find(name).recipe, name=name, max_atoms=max_atoms, seed=7)
    assert covalent_bonds(model.atoms) == model.bonds
    assert len(model.symbols) <= max_atoms
    lithium = model.symbols.count("Li")
    assert lithium == model.symbols.count("O")
    assert model.recipe["monomers"] * (2 if name == "LiHQ" else 3) == lithium
    assert 0.4 <= model.density_g_cm3 / model.recipe["density_estimate_g_cm3"] <= 0.91


def test_a_unit_larger_than_the_cell():
    with pytest.raises(StructureError, match="one unit of LiTEA has 25 atoms, more than the 24") as caught:
        lithicone_model(recipe(MISSION["LiTEA"]), name="LiTEA", max_atoms=24, seed=0)
    assert "25" in caught.value.hint


def test_absurd_density_is_said_not_to_pack():
    with pytest.raises(StructureError, match="nothing could be packed"):
        lithicone_model(recipe("OCCO", density=40.0), name="x", max_atoms=40, seed=0)
