"""How films of a pair are grown, and what they do where they touch."""

from pathlib import Path

import litemongo
import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property, Provenance
from lithicoat.analysis.records import ModelSummary, ScreeningRecord
from lithicoat.analysis.reported.cells import reported_cells
from lithicoat.analysis.thermochemistry.film_contacts import SAME_MATTER
from lithicoat.analysis.thermochemistry.phases import Thermochemistry
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.stability.pairing import depositions_of, pair_contacts
from lithicoat.workflows.thermochemistry.records import COLLECTION, tables_at

CELLS = reported_cells()


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Thermochemistry]:
    """Return the shipped reference phases by their potential, as read beside an empty database."""
    directory = tmp_path_factory.mktemp("db")
    (directory / "lithicoat").mkdir()
    return {table.potential: table for table in tables_at(directory)}


def record(coating: str, formula: str | None, sha256: str = "", **properties: Property) -> ScreeningRecord:
    cell = ModelSummary(content_hash="0", kind="amorphous", formula=formula or "", atoms=1, density_g_cm3=1.0)
    return ScreeningRecord(
        coating=coating,
        name=coating,
        family="test",
        role="both",
        campaign="test",
        potential="any",
        sha256=sha256,
        protocol="quick",
        try_out=True,
        seed=0,
        properties=properties,
        models=() if formula is None else (cell,),
    )


def test_temperatures_come_from_the_catalog():
    found = depositions_of(["Li2S", "LiF", "Li2SO3"], load_catalog().find, CELLS)
    assert [(w.low_C, w.high_C) for w in found["Li2S"].windows] == [(150, 150)]
    assert [(w.low_C, w.high_C) for w in found["LiF"].windows] == [(150, 300)]
    assert "Kvalvik" in found["LiF"].windows[0].source
    assert found["Li2SO3"].windows == ()


def test_a_supercycle_is_grown_where_all_its_parts_are():
    """Li2S at 150 °C; Al2S3 at 100-250 °C, by plasma at 90-350 °C."""
    (window,) = depositions_of(["LAS-1-1"], load_catalog().find, CELLS)["LAS-1-1"].windows
    assert (window.low_C, window.high_C) == (150, 150)
    assert window.process == "sub-cycles Li2S and Al2S3"
    assert window.source.count(";") >= 1


def test_a_film_of_another_catalog_has_no_temperature():
    assert depositions_of(["my-own"], load_catalog().find, CELLS)["my-own"].windows == ()


def test_a_reported_cell_shows_that_the_electrode_was_coated():
    found = depositions_of(["LiTEA", "TiO2"], load_catalog().find, CELLS)
    assert set(found["LiTEA"].grown_on) == {Electrode.ANODE}
    assert Electrode.ANODE not in found["TiO2"].grown_on  # on copper


def test_a_broken_temperature_of_a_catalog_is_told(tmp_path: Path):
    file = tmp_path / "own.toml"
    file.write_text(
        '[[coating]]\nid = "mine"\nname = "mine"\nfamily = "oxide"\nrole = "both"\n'
        'reported = [{ property = "growth_temperature", value = "warm", unit = "°C", source = "me" }]\n'
        '[coating.recipe]\nbuilder = "crystal"\ncif = "LiF_225.cif"\n'
    )
    with pytest.raises(DataError, match="'warm' is no deposition temperature"):
        depositions_of(["mine"], load_catalog(file).find, CELLS)


def test_the_pair_of_the_literature_does_not_react(tables):
    """Li3N(OCH2CH2)3 decays to Li2CO3, LiOH, CH4, C and N2; none of them takes Li2S."""
    mace = tables["mace-lithicoat-1"]
    films = (record("LiTEA", "C6H12Li3NO3", mace.sha256), record("Li2S", "Li8S4", mace.sha256))
    found = pair_contacts(films, [("LiTEA", "Li2S")], [*tables.values()])["LiTEA", "Li2S"]
    assert found.energy.value == 0
    assert found.energy.provenance.potential == "mace-lithicoat-1"
    assert found.energy.provenance.sha256 == mace.sha256


def test_sulfide_and_oxygen_rich_film_react(tables):
    mace = tables["mace-lithicoat-1"]
    films = (record("LAS", "Al2Li12S9", mace.sha256), record("Li2SO4", "Li8O16S4", mace.sha256))
    found = pair_contacts(films, [("LAS", "Li2SO4")], [mace])["LAS", "Li2SO4"]
    assert found.energy.value == pytest.approx(-0.07, abs=0.02)
    assert found.energy.uncertainty > 0
    assert "LiAlO2" in found.equation


def test_the_potential_of_the_anode_film_comes_first_if_it_covers_both(tables):
    mace, chgnet = tables["mace-lithicoat-1"], tables["chgnet"]
    films = (
        record("Al2O3", "Al12O18", mace.sha256),
        record("Li2S", "Li8S4", chgnet.sha256),
        record("ZrO2", "Zr10O20", chgnet.sha256),
        record("LiF", "Li4F4", "unknown"),
    )
    pairs = [("Al2O3", "Li2S"), ("Li2S", "Al2O3"), ("Al2O3", "ZrO2"), ("LiF", "ZrO2")]
    found = pair_contacts(films, pairs, [chgnet, mace])
    potentials = [found[pair].energy.provenance.potential for pair in pairs]
    assert potentials == ["mace-lithicoat-1", "chgnet", "chgnet", "chgnet"]


def test_a_film_with_itself_has_nothing_to_react(tables):
    film = record("LAS", "Al2Li12S9")
    found = pair_contacts([film], [("LAS", "LAS")], [tables["chgnet"]])["LAS", "LAS"]
    assert found.energy.flags == (SAME_MATTER,)


def test_a_film_below_the_hull_counts_where_it_lies_with_its_own_potential(tables):
    mace = tables["mace-lithicoat-1"]
    origin = Provenance(potential=mace.potential, sha256=mace.sha256)
    deep = Property(value=-0.1, uncertainty=0.01, unit="eV/atom", provenance=origin)
    sulfate = record("Li2SO4", "Li8O16S4", mace.sha256)
    found = {
        name: pair_contacts(
            [record("LAS", "Al2Li12S9", mace.sha256, **properties), sulfate], [("LAS", "Li2SO4")], [mace]
        )["LAS", "Li2SO4"].energy.value
        for name, properties in {
            "on": {},
            "below": {"energy_above_hull": deep},
            "by another": {"energy_above_hull": deep.attributed(Provenance(sha256="other"))},
        }.items()
    }
    assert found["below"] > found["on"]
    assert found["by another"] == found["on"]


def test_what_cannot_be_worked_out_says_why(tables):
    films = (record("a", "Li2S"), record("unbuilt", None), record("rare", "XeF2"))
    found = pair_contacts(films, [("a", "unbuilt"), ("a", "rare"), ("a", "absent")], [*tables.values()])
    assert found["a", "unbuilt"].energy.flags == ("no cell of unbuilt was built",)
    assert found["a", "rare"].energy.flags == ("no potential has reference phases of F, Li, S, Xe together",)
    assert ("a", "absent") not in found


def test_reference_phases_of_the_database_come_before_shipped_ones(tmp_path: Path, tables):
    own = tables["chgnet"].model_copy(update={"protocol": "my own"})
    fewer = tables["mace-lithicoat-1"].restricted({"Li", "S"}).model_copy(update={"protocol": "fewer"})
    collection = litemongo.connect(f"file:{tmp_path}")["lithicoat"][COLLECTION]
    collection.insert_many([table.model_dump(mode="json") for table in (own, fewer)])
    found = {table.potential: table.protocol for table in tables_at(tmp_path)}
    assert found["chgnet"] == "my own"
    assert found["mace-lithicoat-1"] == tables["mace-lithicoat-1"].protocol


def test_reading_leaves_the_database_as_it_is(tmp_path: Path):
    (tmp_path / "lithicoat").mkdir()
    assert len(tables_at(tmp_path)) >= 2
    assert list((tmp_path / "lithicoat").iterdir()) == []


def test_reference_phases_without_a_database(tmp_path: Path):
    with pytest.raises(DataError, match="holds no lithicoat database"):
        tables_at(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Li12Al2S9", "Li2SO4"),
        ("Li3C6H12NO3", "Li2SO3"),
        ("Al2O3", "Li9ZrH9O11"),
        ("Li3C3H5O3", "Li2S"),
        ("LiNbO3", "Al2O3"),
    ],
)
def test_contacts_are_those_of_pymatgen(tables, one: str, other: str):
    """An independent code on the same phases, both films at the energy of what they decay to."""
    from pymatgen.analysis.interface_reactions import InterfacialReactivity
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    table = tables["chgnet"]
    films = Composition(one), Composition(other)
    elements = {str(element) for film in films for element in film}
    entries = [
        PDEntry(Composition(phase.composition), table.formation_energy_eV(phase))
        for phase in table.competing(elements)
    ]
    line = InterfacialReactivity(*films, PhaseDiagram(entries), norm=True, use_hull_energy=True)
    found = pair_contacts([record("a", one), record("b", other)], [("a", "b")], [table])["a", "b"]
    assert found.energy.value == pytest.approx(line.minimum[1], abs=2e-4)
    if found.first_share is not None:
        assert found.first_share == pytest.approx(line.minimum[0], abs=1e-4)
