import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lithicoat.structures.catalog import loading as module
from lithicoat.structures.catalog.facts import KEY_QUANTITIES, flags_of, missing_quantities
from lithicoat.structures.catalog.loading import FILES, MISSION_IDS, load_catalog
from lithicoat.structures.coating import Role
from lithicoat.structures.crystals.index import crystal_info
from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import molar_mass_g_mol, parse_formula
from lithicoat.structures.recipes import AmorphousRecipe, CrystalRecipe

FOLDER = Path(module.__file__).parents[1] / "data" / "catalog"

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
    assert {catalog.find(name).role for name in ("LiGL", "LiTEA", "LiHQ")} == {Role.ANODE}
    assert {catalog.find(name).role for name in ("LAS", "LAS-1-1", "LAS-1-4")} == {Role.BOTH}
    assert {catalog.find(name).role for name in ("Li2S", "Li2SO3", "Li2SO4", "Li2SOx")} == {Role.CATHODE}
    assert {catalog.find(name).role for name in ("LiF", "Li2O", "AlEG", "LiF-hBN")} == {Role.ANODE}
    assert {catalog.find(name).role for name in ("Al2O3", "TiO2", "Li3PO4", "Li3PS4")} == {Role.BOTH}
    assert {catalog.find(name).role for name in ("Li", "NMC811", "NMC622")} == {Role.REFERENCE}
    assert Role.BOTH.covers(Role.ANODE)
    assert not Role.ANODE.covers(Role.CATHODE)
    assert not Role.BOTH.covers(Role.REFERENCE)


def test_every_film_of_the_field_is_there():
    wanted = (
        "LiGL LiTEA LiHQ LiEG LAS LAS-1-1 LAS-1-4 Al2O3 ZrO2 TiO2 TiO2-anatase LiF Li3PO4 Li3N Li2O "
        "Li2CO3 AlEG ZrEG polyurea AlEG-Al2O3 Al2O3-AlEG LiF-hBN Li2S Li2SO3 Li2SO4 Li2SOx WO3 "
        "Co3O4 ZnO LZO LZO-1-1 LZO-1-2 LiAlO2 LiNbO3 LiTaO3 Li2ZrO3 Li4Ti5O12 LiAlF4 AlF3 LiPON ZnS "
        "Al2S3 Li5AlS4 LiAlS2 Li3AlS3 Li3PS4 TiS2 ZrS2 P2S5 NMC811 NMC622 Li "
    )
    assert set(wanted.split()) <= set(load_catalog().ids)


def test_the_files_of_the_folder_are_those_that_are_read():
    assert {file.stem for file in FOLDER.glob("*.toml")} == {*FILES, "sources"}


def test_every_source_is_cited():
    text = "".join((FOLDER / f"{name}.toml").read_text() for name in FILES)
    sources = tomllib.loads((FOLDER / "sources.toml").read_text())["sources"]
    assert [key for key in sources if f'"@{key}' not in text] == []


def test_what_is_asked_first_of_a_film_has_a_source_or_is_said_to_be_missing():
    find = load_catalog().find
    assert missing_quantities(find("Al2O3")) == ()
    assert missing_quantities(find("LiAlF4")) == tuple(KEY_QUANTITIES)
    assert missing_quantities(find("LZO-1-1")) == ("ionic conductivity",)


def test_flags_of_crystals_are_seen():
    find = load_catalog().find
    assert flags_of(find("LiAlF4")) == ("LiAlF4_18.cif: predicted",)
    assert flags_of(find("LiTaO3")) == ("LiTaO3_161.cif: model by analogy",)
    assert "noise" in flags_of(find("Li2ZrO3"))[0]
    assert "van der Waals" in flags_of(find("TiS2"))[0]
    assert flags_of(find("LiF")) == flags_of(find("LiGL")) == ()
    assert flags_of(find("LiF-hBN")) == ("BN_194.cif: van der Waals bonds",)


def test_amorphous_films_have_the_crystal_of_their_composition_beside_them():
    for coating in load_catalog():
        if (
            coating.crystal is None or coating.id == "LiPON"
        ):  # the crystal beside LiPON is Li2PO2N, and says so
            continue
        assert isinstance(coating.recipe, AmorphousRecipe)
        ours, its = (
            parse_formula(coating.recipe.composition),
            parse_formula(crystal_info(coating.crystal).formula),
        )
        assert {s: n / sum(ours.values()) for s, n in ours.items()} == {
            s: n / sum(its.values()) for s, n in its.items()
        }


def test_the_crystal_of_an_amorphous_film_is_asked_for_by_name():
    crystal = load_catalog().find("Al2O3@crystal")
    assert crystal.id == "Al2O3@crystal"
    assert crystal.recipe == CrystalRecipe(builder="crystal", cif="Al2O3_167.cif")
    assert crystal.reported == load_catalog().find("Al2O3").reported


@pytest.mark.parametrize(
    ("name", "told"), [("LiF", "built from a crystal already"), ("LiGL", "no crystal beside it")]
)
def test_no_crystal_beside_a_film(name, told):
    with pytest.raises(StructureError, match=told):
        load_catalog().find(f"{name}@crystal")


def test_a_material_id_is_a_coating_without_asking_the_network():
    coating = load_catalog().find("mp-1138")
    assert coating.recipe.cif == coating.id == "mp-1138"
    with pytest.raises(StructureError, match="mp-x is not in the catalog"):
        load_catalog().find("mp-x")


def test_entries_are_hashed_by_what_building_sees():
    find = load_catalog().find
    assert len({find("NMC811"), find("NMC811"), find("NMC811@1"), find("LiF-hBN")}) == 3


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
    assert caught.value.hint.startswith("Did you mean LiGL")
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
    catalog = load_catalog(write(tmp_path, OWN.replace("LiEG", "LiPG")))
    assert catalog.ids[-1] == "LiPG"
    assert catalog.find("LiPG").sources == ("Own measurement",)
    assert "LiPG" not in load_catalog().ids


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


STACK = (
    OWN
    + """
[[coating]]
id = "pile"
name = "pile"
family = "stack"
role = "anode"
[coating.recipe]
builder = "stack"
layers = [LAYERS]
"""
)
LAYER = '{ coating = "AlEG", cycles = 50 }'
LAS = (
    OWN.split("[coating.recipe]", maxsplit=1)[0]
    + """
[coating.supercycle]
default = "1:1"
[[coating.supercycle.subcycles]]
formula = "Li2S"
growth_per_cycle_A = 1.0
density_g_cm3 = 1.6
source = "x"
[[coating.supercycle.subcycles]]
formula = "Al2S3"
growth_per_cycle_A = 1.0
density_g_cm3 = 2.0
source = "x"
"""
)


def stack(*layers):
    return STACK.replace("LAYERS", ", ".join(layers))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OWN.replace('role = "anode"', 'role = "lid"'), r"LiEG of own.toml: field role: .*, not 'lid'"),
        (
            OWN.replace("density_g_cm3 = 1.4", "density_g_cm3 = -1"),
            r"LiEG of own.toml: field recipe.density_g_cm3: .*greater than 0, not -1",
        ),
        (OWN.replace("smiles", "smile"), r"LiEG of own.toml: the key recipe.smiles is missing"),
        (OWN + "smile = 1", r"LiEG of own.toml: there is no key recipe.smile"),
        (OWN.replace('family = "lithicone"\n', ""), r"LiEG of own.toml: the key family is missing"),
        (
            OWN.replace('builder = "lithicone"', 'builder = "guess"'),
            r"LiEG of own.toml: field recipe: .*'guess'",
        ),
        (OWN.replace("Å/cycle", "nm/cycle"), r"given in nm/cycle, its unit is Å/cycle"),
        (OWN.replace("growth_per_cycle", "growth_per_cicle"), r"there is no property growth_per_cicle"),
        (OWN.replace('id = "LiEG"\n', ""), r"entry 1 of own.toml: the key id is missing"),
        (OWN.replace('id = "LiEG"', 'id = "a/b"'), r"own.toml: field id"),
        (OWN.replace("@me", "@you"), r"LiEG of own.toml: the source @you of reported.source"),
        (_recipe(AMORPHOUS + 'composition = "Xx2"'), r"field recipe.composition: .*unknown element Xx"),
        (_recipe('builder = "crystal"\ncif = "none.cif"'), r"field recipe.cif: there is no crystal none.cif"),
        (
            _recipe(AMORPHOUS + 'composition = "Al2O3"').replace("name =", 'crystal = "no.cif"\nname ='),
            r"field crystal: there is no crystal no.cif",
        ),
        (SERIES, r"field composition: .*default 9 is outside 0 … 4"),
        (SERIES.replace("[0, 28], [4, 49]", "[4, 28], [0, 49]"), r"must rise in x"),
        (LAS.replace('"1:1"', '"0:0"'), r"LiEG of own.toml: field supercycle: .*0:0 .* is impossible"),
        (LAS.replace('"1:1"', '"1"'), r"field supercycle: .* has 1 numbers, must have 2"),
        (LAS.replace('"1:1"', '"a:b"'), r"field supercycle: .*'a:b' .* is not whole numbers"),
        (LAS.replace("2.0", "-2.0"), r"field supercycle.subcycles.1.density_g_cm3: .*not -2"),
        (OWN + OWN.split("\n\n", 1)[1], "entry LiEG of own.toml: the id stands twice"),
        (stack(LAYER), r"entry pile of own.toml: field recipe.layers: .*at least 2"),
        (
            stack(LAYER, '{ coating = "AlEGG", cycles = 2 }'),
            "field recipe.layers.1.coating: AlEGG is not in the",
        ),
        (stack(LAYER, '{ coating = "AlEG-Al2O3", cycles = 2 }'), "AlEG-Al2O3 is a stack itself"),
        (stack(LAYER, '{ coating = "pile", cycles = 2 }'), "pile is a stack itself"),
        (stack(LAYER, '{ coating = "Li3PS4", cycles = 2 }'), "Li3PS4 has no growth per cycle"),
        (stack(LAYER, '{ coating = "AlEG", cycles = 0 }'), "0 is no number of cycles"),
        (stack(LAYER, '{ coating = "AlEG" }'), "either cycles or thickness_nm"),
        (stack(LAYER, '{ coating = "AlEG", thickness_nm = 2 }'), "the key recipe.layers.1.source is missing"),
        (stack(LAYER, '{ coating = "AlEG", nm = 2 }'), "there is no key recipe.layers.1.nm"),
        (stack(LAYER, "{ cycles = 2 }"), "the key recipe.layers.1.coating is missing"),
        (stack().replace("[]", "3"), "the key recipe.layers is missing or no list"),
        (
            _recipe('builder = "supercycle"\nseries = "LiF"\ncycles = "1:1"'),
            "LiF is no series of supercycles",
        ),
        (_recipe('builder = "supercycle"\nseries = "LAS"'), "the key recipe.cycles is missing"),
        (
            _recipe('builder = "supercycle"\nseries = "LAS"\ncycles = "1:0"'),
            "supercycle 1:0 .* is impossible",
        ),
        ("coating = 3", "has no"),
        ("sources = 3", "sources that are no table"),
        ("coating = [3]", "entry 1 of own.toml"),
        ("[[film]]\nid = 1", "unknown table 'film'"),
        ("= =", "is not TOML"),
    ],
)
def test_broken_catalog_names_file_entry_and_key(tmp_path, text, told):
    with pytest.raises(StructureError, match=told) as caught:
        load_catalog(write(tmp_path, text))
    assert "own.toml" in caught.value.where


def test_a_layer_takes_recipe_and_thickness_from_its_coating(tmp_path):
    layer = '{ coating = "LAS@1:3", thickness_nm = 5, source = "@me" }'
    recipe = load_catalog(write(tmp_path, stack(LAYER, layer))).find("pile").recipe
    first, second = recipe.layers
    assert first.recipe == load_catalog().find("AlEG").recipe
    assert first.thickness_nm == pytest.approx(50 * 0.4)
    assert first.source.startswith("50 cycles of 4 Å: Meng")
    assert second.recipe == load_catalog().find("LAS@1:3").recipe
    assert (second.thickness_nm, second.source) == (5, "Own measurement")


def test_a_stack_follows_the_user_s_own_entry(tmp_path):
    own = OWN.replace('id = "LiEG"', 'id = "AlEG"')
    layer = load_catalog(write(tmp_path, own)).find("AlEG-Al2O3").recipe.layers[0]
    assert layer.recipe.smiles == "[Li]OCCO[Li]"
    assert layer.thickness_nm == pytest.approx(50 * 0.3)
    assert load_catalog().find("AlEG-Al2O3").recipe.layers[0].recipe.builder == "metalcone"


def test_the_bilayers_mirror_each_other():
    find = load_catalog().find
    assert find("AlEG-Al2O3").recipe.layers == find("Al2O3-AlEG").recipe.layers[::-1]


def test_a_user_may_cite_the_shipped_sources_and_add_text(tmp_path):
    own = OWN.replace('"@me"', '"@meng2024, table 1"')
    assert load_catalog(write(tmp_path, own)).find("LiEG").sources[0].endswith("659 (2024), table 1")


def test_a_file_of_polyols_alone_is_a_catalog(tmp_path):
    text = '[[polyol]]\nslug = "x"\nname = "x"\nsmiles = "OCCCCO"\n'
    assert load_catalog(write(tmp_path, text)).ids == load_catalog().ids


def test_missing_catalog(tmp_path):
    with pytest.raises(StructureError, match="cannot be read: No such file"):
        load_catalog(tmp_path / "none.toml")


def test_import_is_light():
    code = (
        "import sys; from lithicoat.structures.catalog.loading import load_catalog; load_catalog();"
        "print(sorted({'pymatgen', 'rdkit', 'torch', 'scipy', 'jobflow'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
