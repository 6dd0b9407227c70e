import re

import pytest

from lithicoat.structures.catalog.library import library_ids, load_library, load_polyols, smiles_coating
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.coating import Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.alcohols import read_alcohol

POLYOLS = tuple(load_polyols().values())


@pytest.mark.parametrize("polyol", POLYOLS, ids=lambda polyol: polyol.slug)
def test_every_polyol_is_what_it_says(polyol):
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    assert polyol.formula == CalcMolFormula(Chem.MolFromSmiles(polyol.smiles))
    assert read_alcohol(polyol.smiles).sites
    assert set(read_alcohol(polyol.smiles).symbols) <= set("CHNOFS")
    if polyol.cas:
        digits = polyol.cas.replace("-", "")
        assert sum(k * int(digit) for k, digit in enumerate(digits[-2::-1], start=1)) % 10 == int(digits[-1])


def test_at_least_thirty_and_none_twice():
    from rdkit import Chem

    films = load_library()
    assert len(films) >= 36
    assert len({film.id for film in films}) == len(films)
    assert len({Chem.CanonSmiles(polyol.smiles) for polyol in POLYOLS}) == len(POLYOLS)
    assert {film.role for film in films} == {Role.ANODE}
    assert all(film.recipe.density_source.startswith("estimate") for film in films)


@pytest.mark.parametrize(
    ("slug", "inchi"),
    [
        ("sorbitol", "/t3-,4+,5-,6-/m1/s1"),
        ("erythritol", "/t3-,4+"),
        ("inositol", "/t1-,2-,3-,4+,5-,6-"),
        ("isosorbide", "/t3-,4+,5-,6-/m1/s1"),
    ],
)
def test_configurations_are_those_of_the_sugars(slug, inchi):
    from rdkit import Chem

    polyol = next(polyol for polyol in POLYOLS if polyol.slug == slug)
    assert Chem.MolToInchi(Chem.MolFromSmiles(polyol.smiles)).endswith(inchi)


def test_films_of_the_catalog_come_in_place_of_their_twins():
    catalog = load_catalog()
    twins = {polyol.film: polyol for polyol in POLYOLS if polyol.film}
    assert set(twins) == {"LiGL", "LiTEA", "LiHQ", "LiEG"}
    for film, polyol in twins.items():
        assert catalog.find(polyol.id) is catalog.find(film)
        assert catalog.find(film).recipe.density_g_cm3 == pytest.approx(
            polyol.coating.recipe.density_g_cm3, abs=0.01
        )
        assert f"The same film as {film}" in polyol.coating.notes
    ids = library_ids("polyols")
    assert len({catalog.find(name) for name in ids}) == len(ids) == len(POLYOLS)


def test_find_in_the_library_and_near_names():
    catalog = load_catalog()
    assert catalog.find("Li-erythritol").name == "lithium salt of meso-erythritol"
    with pytest.raises(StructureError, match="Li-erythritl is not in the catalog") as caught:
        catalog.find("Li-erythritl")
    assert "Did you mean Li-erythritol" in caught.value.hint


def test_any_alcohol_by_its_smiles():
    catalog = load_catalog()
    film = catalog.find("smiles:OCCCCCO")
    assert film.id == "Li-C5H12O2-ALQSHHUCVQOPAS"
    assert re.fullmatch(r"[\w-]+", film.id)
    assert catalog.find("smiles:C(CCO)CCO") == film
    assert film.recipe.density_source.startswith("estimate")


def test_a_smiles_of_the_library_is_that_film():
    catalog = load_catalog()
    assert catalog.find("smiles:C(O)C(O)CO") is catalog.find("LiGL")
    assert catalog.find("smiles:C(O)C(CO)(CO)CO").id == "Li-pentaerythritol"


def test_configuration_is_part_of_the_name():
    meso, chiral = (smiles_coating(smiles).id for smiles in ("C[C@H](O)[C@@H](C)O", "C[C@H](O)[C@H](C)O"))
    assert meso != chiral
    assert meso.split("-")[:3] == chiral.split("-")[:3]


@pytest.mark.parametrize("smiles", ["CCS", "CC(=O)O", "NCCN", "CCC", "C1", "OCC[Se]C"])
def test_smiles_that_are_no_film(smiles):
    with pytest.raises(StructureError, match=r"thiol|acid|no alkoxide|not a SMILES|no mean volume"):
        load_catalog().find(f"smiles:{smiles}")


OWN = """
[[polyol]]
slug = "pentanediol"
name = "1,5-pentanediol"
smiles = "OCCCCCO"
density_g_cm3 = 1.2
density_source = "measured"
"""


def write(tmp_path, text):
    file = tmp_path / "own.toml"
    file.write_text(text)
    return file


def test_own_polyols_join_the_library(tmp_path):
    file = write(tmp_path, OWN)
    film = load_catalog(file).find("Li-pentanediol")
    assert (film.recipe.density_g_cm3, film.recipe.density_source) == (1.2, "measured")
    assert load_library("polyols", file)[-1] == film
    assert load_catalog(file).find("smiles:C(CCO)CCO") == film
    with pytest.raises(StructureError, match="Li-pentanediol is not in the catalog"):
        load_catalog().find("Li-pentanediol")


def test_an_own_polyol_takes_the_place_of_a_shipped_one(tmp_path):
    file = write(tmp_path, OWN.replace('"pentanediol"', '"catechol"'))
    assert load_catalog(file).find("Li-catechol").recipe.density_g_cm3 == 1.2
    assert len(load_library("polyols", file)) == len(POLYOLS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            OWN.replace('smiles = "OCCCCCO"\n', ""),
            "polyol pentanediol of own.toml: key smiles: Field required",
        ),
        (OWN.replace("slug", "slag"), "polyol polyol 1 of own.toml: key slug"),
        (OWN.replace('"pentanediol"', '"a/b"'), "polyol a/b of own.toml: key slug"),
        (OWN.replace("1.2", "-1"), "key density_g_cm3"),
        (
            OWN.replace("OCCCCCO", "OCC("),
            r"polyol pentanediol of own.toml: key smiles: 'OCC\(' is not a SMILES",
        ),
        (OWN.replace("OCCCCCO", "CCS"), "key smiles: 'CCS' has a thiol"),
        (OWN + OWN, "the slug stands twice in the file"),
        ("polyol = [3]", "polyol polyol 1 of own.toml: key"),
    ],
)
def test_a_broken_polyol_names_file_slug_and_key(tmp_path, text, told):
    with pytest.raises(StructureError, match=told) as caught:
        load_catalog(write(tmp_path, text))
    assert "own.toml" in caught.value.where


@pytest.mark.parametrize("function", [load_library, library_ids])
def test_unknown_library(function):
    with pytest.raises(StructureError, match="there is no library sugars") as caught:
        function("sugars")
    assert caught.value.hint == "polyols"
