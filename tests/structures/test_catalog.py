import subprocess
import sys

import pytest

from lithicoat.structures.catalog import MISSION_IDS, load_catalog
from lithicoat.structures.coating import Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import molar_mass_g_mol, parse_formula

OWN = """
[sources]
me = "Own measurement"

[[coating]]
id = "LiEG"
name = "lithium ethylene glycolate"
family = "lithicone"
role = "anode"
reported = [{ property = "growth_per_cycle", value = 3, unit = "Å/cycle", source = "@me" }]
[coating.recipe]
builder = "lithicone"
smiles = "[Li]OCCO[Li]"
density_g_cm3 = 1.4
density_source = "guess"
"""


def write(tmp_path, text):
    file = tmp_path / "own.toml"
    file.write_text(text)
    return file


def test_the_mission_films_are_there_in_order_with_sources():
    catalog = load_catalog()
    ids = [coating.id for coating in catalog]
    assert [name for name in ids if name in MISSION_IDS] == list(MISSION_IDS)
    assert len(catalog) == len(ids) == len(set(ids))
    for name in MISSION_IDS:
        assert catalog.find(name).sources


def test_roles():
    catalog = load_catalog()
    assert {catalog.find(name).role for name in ("LiGL", "LiTEA", "LiHQ", "LAS-1-1", "LAS-1-4")} == {
        Role.ANODE
    }
    assert {catalog.find(name).role for name in ("Li2S", "Li2SO3", "Li2SO4", "Li2SOx")} == {Role.CATHODE}
    assert {catalog.find(name).role for name in ("Li", "LiF", "Li2O")} == {Role.REFERENCE}


def test_contradicting_values_stand_side_by_side():
    rows = [row for row in load_catalog().find("LiF").reported if row.property == "ionic_conductivity"]
    assert {row.value for row in rows} == {1e-14, 1e-10}
    assert len({row.source for row in rows}) == 2


def test_no_value_without_a_source_and_none_that_was_only_recalled():
    for coating in load_catalog():
        for row in coating.reported:
            assert row.source
            assert not row.source.startswith("@")
            assert "recalled" not in row.note


def test_a_series_takes_any_composition_within_its_limits():
    catalog = load_catalog()
    coating = catalog.find("Li2SOx@2.5")
    assert coating.id == "Li2SOx@2.5"
    assert coating.recipe.composition == "Li2SO2.5"
    assert catalog.find("Li2SOx@0").recipe.composition == "Li2S"
    assert catalog.find("Li2SOx").recipe == catalog.find("Li2SOx@1.5").recipe


def test_series_density_joins_its_end_members():
    find = load_catalog().find
    assert find("Li2SOx@0").recipe.crystal_density_g_cm3 == pytest.approx(1.64, abs=0.005)  # CRC
    assert find("Li2SOx@4").recipe.crystal_density_g_cm3 == pytest.approx(2.21, abs=0.005)  # CRC
    x3 = find("Li2SOx@3").recipe
    volume = 28.016 + 0.75 * (49.749 - 28.016)
    assert x3.crystal_density_g_cm3 == pytest.approx(
        molar_mass_g_mol(parse_formula("Li2SO3")) / volume, abs=1e-3
    )
    assert find("Li2SO3").recipe.crystal_density_g_cm3 == pytest.approx(x3.crystal_density_g_cm3, abs=1e-3)


@pytest.mark.parametrize("x", ["4.01", "-1", "1e9"])
def test_composition_outside_the_limits(x):
    with pytest.raises(StructureError, match=r"outside 0 … 4") as caught:
        load_catalog().find(f"Li2SOx@{x}")
    assert "Li2SOx@1.5" in caught.value.hint


@pytest.mark.parametrize("x", ["", "two", "nan", "inf"])
def test_composition_that_is_no_number(x):
    with pytest.raises(StructureError, match="is not a number"):
        load_catalog().find(f"Li2SOx@{x}")


def test_unknown_name_offers_the_nearest():
    with pytest.raises(StructureError, match="LiGLL is not in the catalog") as caught:
        load_catalog().find("LiGLL")
    assert caught.value.hint.startswith("Did you mean LiGL?")
    with pytest.raises(StructureError) as caught:
        load_catalog().find("ligl")
    assert "LiGL" in caught.value.hint
    with pytest.raises(StructureError) as caught:
        load_catalog().find("qqqqq")
    assert "Did you mean" not in caught.value.hint


def test_fixed_composition_takes_no_number():
    with pytest.raises(StructureError, match="Li2S has a fixed composition"):
        load_catalog().find("Li2S@2")


def test_own_catalog_is_added(tmp_path):
    catalog = load_catalog(write(tmp_path, OWN))
    assert catalog.ids[-1] == "LiEG"
    assert catalog.find("LiEG").sources == ("Own measurement",)
    assert "LiEG" not in load_catalog().ids


def test_own_entry_takes_the_place_of_a_shipped_one(tmp_path):
    catalog = load_catalog(write(tmp_path, OWN.replace("LiEG", "LiGL")))
    assert catalog.find("LiGL").recipe.smiles == "[Li]OCCO[Li]"
    assert len(catalog) == len(load_catalog())


def test_own_crystal_is_found_beside_the_catalog(tmp_path):
    (tmp_path / "mine.cif").write_text("data_x\n")
    text = (
        OWN.split("[coating.recipe]", maxsplit=1)[0]
        + '[coating.recipe]\nbuilder = "crystal"\ncif = "mine.cif"\n'
    )
    coating = load_catalog(write(tmp_path, text)).find("LiEG")
    assert coating.recipe.cif == str(tmp_path / "mine.cif")


def _recipe(text):
    return OWN.split("[coating.recipe]", maxsplit=1)[0] + "[coating.recipe]\n" + text


AMORPHOUS = 'builder = "amorphous"\ncrystal_density_g_cm3 = 2.0\ndensity_source = "x"\n'
SERIES = OWN.split("[coating.recipe]", maxsplit=1)[0] + (
    '[coating.composition]\ntemplate = "Li2SO{x}"\ndensity_source = "x"\ndefault = 9\n'
    "molar_volumes = [[0, 28], [4, 49]]\n"
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OWN.replace('role = "anode"', 'role = "lid"'), r"LiEG of own.toml: field role"),
        (
            OWN.replace("density_g_cm3 = 1.4", "density_g_cm3 = -1"),
            r"LiEG of own.toml: field recipe.*density_g_cm3",
        ),
        (OWN.replace("smiles", "smile"), r"LiEG of own.toml: field recipe"),
        (OWN.replace('id = "LiEG"\n', ""), r"entry 1 of own.toml: field id"),
        (OWN.replace('id = "LiEG"', 'id = "a/b"'), r"own.toml: field id"),
        (OWN.replace("@me", "@you"), r"LiEG of own.toml: field reported.source: @you"),
        (_recipe(AMORPHOUS + 'composition = "Xx2"'), r"field recipe.*composition: .*unknown element Xx"),
        (_recipe('builder = "crystal"\ncif = "none.cif"'), r"field recipe.cif: there is no crystal none.cif"),
        (SERIES, r"field composition: .*default 9 is outside 0 … 4"),
        (SERIES.replace("[0, 28], [4, 49]", "[4, 28], [0, 49]"), r"must rise in x"),
        (OWN + OWN.split("\n\n", 1)[1], "two entries LiEG"),
        ("coating = 3", "has no"),
        ("coating = [3]", "entry 1 of own.toml"),
        ("[[film]]\nid = 1", "unknown table 'film'"),
        ("= =", "is not TOML"),
    ],
)
def test_broken_catalog_names_file_entry_and_field(tmp_path, text, told):
    with pytest.raises(StructureError, match=told):
        load_catalog(write(tmp_path, text))


def test_missing_catalog(tmp_path):
    with pytest.raises(StructureError, match="cannot be read: No such file"):
        load_catalog(tmp_path / "none.toml")


def test_import_is_light():
    code = (
        "import sys; from lithicoat.structures.catalog import load_catalog; load_catalog();"
        "print(sorted({'pymatgen', 'rdkit', 'torch', 'scipy', 'jobflow'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
