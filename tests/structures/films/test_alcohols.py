import pytest

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.alcohols import deprotonate, read_alcohol

MISSION = {
    "LiGL": "[Li]OCC(O[Li])CO[Li]",
    "LiTEA": "N(CCO[Li])(CCO[Li])CCO[Li]",
    "LiHQ": "[Li]Oc1ccc(O[Li])cc1",
}
ALCOHOLS = {"LiGL": "OCC(O)CO", "LiTEA": "N(CCO)(CCO)CCO", "LiHQ": "Oc1ccc(O)cc1"}


@pytest.mark.parametrize("name", MISSION)
def test_alcohol_and_alkoxide_are_the_same_film(name):
    assert load_catalog().find(name).recipe.smiles == MISSION[name]
    assert deprotonate(ALCOHOLS[name]) == deprotonate(MISSION[name])


def test_deprotonate_writes_a_lithium_alkoxide():
    assert sorted(deprotonate("OCCO")) == sorted("[Li]OCCO[Li]")
    assert deprotonate("[Li+].[O-]CC[O-].[Li+]") == deprotonate("OCCO")


def test_configuration_is_kept():
    assert deprotonate("OC[C@H](O)[C@H](O)CO") != deprotonate("OC[C@H](O)[C@@H](O)CO")


def test_amines_and_ethers_keep_what_they_have():
    alcohol = read_alcohol("OCCNCCOC")
    assert len(alcohol.sites) == 1
    assert alcohol.salt_symbols("Li").count("H") == alcohol.symbols.count("H") - 1


def test_hydroxyls_beside_an_alkoxide_keep_their_hydrogen():
    alcohol = read_alcohol("[Li]OCCO")
    assert len(alcohol.sites) == 1
    assert alcohol.salt_symbols("Li").count("Li") == 1
    assert alcohol.salt_symbols("Li").count("H") == 5


@pytest.mark.parametrize(
    ("smiles", "told"),
    [
        ("C(", "is not a SMILES"),
        ("", "is not a SMILES"),
        ("CCOC", "has no alkoxide or hydroxyl oxygen"),
        ("O", "has no alkoxide or hydroxyl oxygen"),
        ("NCCN", "has no alkoxide or hydroxyl oxygen"),
        ("[Li]CC", "Li on another atom than oxygen"),
        ("[O-]CC", "0 Li for 1 alkoxide"),
        ("[Li]O[Li]", "2 Li for 0 alkoxide"),
        ("CCO.CCO", "not one neutral molecule"),
        ("C[N+](C)(C)CCO", "not one neutral molecule"),
        ("CC(=O)O", "has an acid group, which gives up its proton before an alcohol"),
        ("OCCS(=O)(=O)O", "has an acid group"),
        ("OCCS", "has a thiol, which gives up its proton before an alcohol"),
        ("CCS", "has a thiol"),
    ],
)
def test_smiles_that_give_no_lithicone(smiles, told, capfd):
    with pytest.raises(StructureError, match=told):
        deprotonate(smiles)
    assert capfd.readouterr().err == ""
