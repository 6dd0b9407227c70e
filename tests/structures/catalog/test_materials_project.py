import json

import pymatgen.core
import pytest
import requests
from pymatgen.core import Lattice, Structure
from pymatgen.ext import matproj

from lithicoat.structures.build import build_models, elements_of
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.catalog.materials_project import is_material_id, material_file, material_gaps
from lithicoat.structures.crystals.cells import load_crystal
from lithicoat.structures.errors import StructureError

LIF = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.08), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])


class FakeRester:
    """Stands in for the Materials Project; counts what it is asked."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(self, key):
        self.key = key

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def get_structure_by_material_id(self, material_id, *, conventional_unit_cell):
        assert conventional_unit_cell
        self.asked.append((self.key, material_id))
        if material_id == "mp-2":
            raise IndexError("no such material")
        if material_id == "mp-3":
            raise requests.ConnectionError("no network")
        return LIF

    def get_summary(self, criteria, *, fields):
        assert {"band_gap", "energy_above_hull"} <= set(fields)
        if criteria["formula"] == "Li2S":
            raise requests.ConnectionError("no network")
        if criteria["formula"] != "LiF":
            return []
        return [
            {"material_id": "mp-9", "band_gap": 7.0, "energy_above_hull": 0.1, "symmetry": None},
            {
                "material_id": "mp-1138",
                "band_gap": 8.7,
                "energy_above_hull": 0.0,
                "symmetry": {"symbol": "Fm-3m"},
            },
        ]


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("MP_API_KEY", "k" * 32)
    monkeypatch.delenv("PMG_MAPI_KEY", raising=False)
    monkeypatch.setattr(matproj, "MPRester", FakeRester)
    monkeypatch.setattr(FakeRester, "asked", [])
    return tmp_path / "lithicoat" / "materials_project"


def test_ids():
    assert is_material_id("mp-1138")
    assert not any(map(is_material_id, ("mp-", "LiF", "mp-1a", "xmp-1", "mp-1138.cif")))


def test_a_material_is_fetched_once_and_kept_with_its_provenance(cache):
    atoms = load_crystal("mp-1138")
    assert atoms.get_chemical_formula() == "F4Li4"
    assert atoms.cell.lengths() == pytest.approx([4.08] * 3)
    load_crystal("mp-1138")
    assert FakeRester.asked == [("k" * 32, "mp-1138")]
    provenance = json.loads((cache / "mp-1138.json").read_text())
    assert "CC-BY" in provenance["source"]
    assert provenance["source"].endswith("mp-1138")
    assert {file.name for file in cache.iterdir()} == {"mp-1138.cif", "mp-1138.json"}


def test_a_material_is_built_by_its_id_and_says_where_it_is_from():
    coating = load_catalog().find("mp-1138")
    assert elements_of(coating) == ("F", "Li")
    [model] = build_models(coating, max_atoms=64, replicas=1, seed=0)
    assert model.name == "mp-1138"
    assert len(model.symbols) == 64
    assert model.recipe["origin"] == "Materials Project"
    assert model.recipe["cif"] == "mp-1138"


def test_a_catalog_may_name_a_material(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        '[[coating]]\nid = "mine"\nname = "x"\nfamily = "fluoride"\nrole = "anode"\n'
        '[coating.recipe]\nbuilder = "crystal"\ncif = "mp-1138"\n'
    )
    coating = load_catalog(file).find("mine")
    assert FakeRester.asked == []  # reading a catalog asks nobody
    assert elements_of(coating) == ("F", "Li")


def test_pymatgen_s_own_key_is_taken(monkeypatch):
    monkeypatch.delenv("MP_API_KEY")
    monkeypatch.setenv("PMG_MAPI_KEY", "p" * 32)
    material_file("mp-1138")
    assert FakeRester.asked == [("p" * 32, "mp-1138")]


def test_without_a_key(monkeypatch):
    monkeypatch.delenv("MP_API_KEY")
    monkeypatch.setattr(pymatgen.core, "SETTINGS", {})
    with pytest.raises(StructureError, match="there is no key to fetch it") as caught:
        load_crystal("mp-1138")
    assert "MP_API_KEY" in caught.value.hint
    assert FakeRester.asked == []


@pytest.mark.parametrize(("name", "told"), [("mp-2", "no such material"), ("mp-3", "no network")])
def test_what_cannot_be_fetched_is_one_sentence(name, told, cache):
    with pytest.raises(StructureError, match=f"{name} cannot be fetched.*{told}") as caught:
        load_crystal(name)
    assert "\n" not in caught.value.message
    assert not cache.exists()


def test_a_key_that_is_none(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("MP_API_KEY", "short")
    monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere")
    with pytest.raises(StructureError, match=r"cannot be fetched.*API key"):
        load_crystal("mp-1138")


def test_a_cache_without_provenance(cache):
    load_crystal("mp-1138")
    (cache / "mp-1138.json").write_text("{")
    with pytest.raises(StructureError, match="provenance of mp-1138 in the cache cannot be read"):
        build_models(load_catalog().find("mp-1138"), max_atoms=8, replicas=1, seed=0)


def test_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(StructureError, match="mp-1138 cannot be kept in the cache: Not a directory"):
        load_crystal("mp-1138")


def test_the_gap_of_the_most_stable_material():
    [row] = material_gaps("LiF")
    assert (row.value, row.unit, row.phase, row.kind) == (8.7, "eV", "Fm-3m", "DFT")
    assert row.source.endswith("mp-1138")
    assert "semilocal" in row.note
    assert material_gaps("LiCl") == ()


def test_a_gap_that_cannot_be_asked_for(monkeypatch):
    with pytest.raises(StructureError, match="Li2S cannot be fetched from the Materials Project: no network"):
        material_gaps("Li2S")
    monkeypatch.delenv("MP_API_KEY")
    monkeypatch.setitem(pymatgen.core.SETTINGS, "PMG_MAPI_KEY", None)
    with pytest.raises(StructureError, match="no key to fetch it"):
        material_gaps("LiF")
