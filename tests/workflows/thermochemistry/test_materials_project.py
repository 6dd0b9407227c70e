"""DFT entries in the form of a record, with a stand-in for the Materials Project."""

import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.entries.computed_entries import ComputedEntry, ComputedStructureEntry

from lithicoat.analysis.thermochemistry.phases import PhaseKind
from lithicoat.structures.errors import StructureError
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.thermochemistry import materials_project
from lithicoat.workflows.thermochemistry.materials_project import materials_project_record, record_of

SULFIDE = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.71), ["Li", "S"], [[0.25, 0.25, 0.25], [0, 0, 0]]
)


def entries():
    """Return entries whose formation enthalpies are the measured ones."""
    lithium, sulfur, oxygen = -1.9, -4.1, -4.9
    sulfide, sulfate = -441.4 / 96.485, -1436.5 / 96.485
    return [
        ComputedEntry("Li2", 2 * lithium, entry_id="mp-1"),
        ComputedEntry("S8", 8 * sulfur, entry_id="mp-2"),
        ComputedEntry("O2", 2 * oxygen, entry_id="mp-3"),
        ComputedStructureEntry(SULFIDE, 4 * (2 * lithium + sulfur + sulfide), entry_id="mp-4"),
        ComputedEntry("Li2S", 2 * lithium + sulfur + sulfide + 0.3, entry_id="mp-5"),
        ComputedEntry("Li2SO4", 2 * lithium + sulfur + 4 * oxygen + sulfate, entry_id="mp-6"),
        ComputedEntry("SO2", -100.0, entry_id="mp-7"),
    ]


def test_the_form_holds_dft_entries():
    record = record_of(entries(), ["Li", "S", "O"])
    assert record.potential == "Materials Project DFT"
    assert record.phase("Li2S").name == "mp-4 Li2S"
    assert record.phase("Li2S").volume_A3 == pytest.approx(5.71**3 / 4)
    assert record.phase("SO2").kind is PhaseKind.GAS  # its enthalpy is tabulated: no molecular crystal
    reaction = [(record.phase("Li2S"), -0.5), (record.phase("O2 gas"), -1), (record.phase("Li2SO4"), 0.5)]
    energy = record.reaction(reaction)
    assert energy.value == pytest.approx(-995.1 / 96.485 / 2, abs=1e-3)
    scatter = 0.024 * (0.5**2 * 3**2 + 0.5**2 * 7**2) ** 0.5
    assert energy.uncertainty == pytest.approx(scatter, abs=0.01)
    assert energy.uncertainty > scatter


def test_other_energies_are_another_record():
    one, other = record_of(entries(), ["Li"]), record_of(entries()[:3], ["Li"])
    assert one.sha256 != other.sha256


def test_an_element_without_an_entry():
    with pytest.raises(RunError, match="Materials Project gave no entry of Zr"):
        record_of(entries(), ["Li", "Zr"])


def test_entries_are_asked_for_the_whole_system(monkeypatch):
    asked = []
    monkeypatch.setattr(
        materials_project, "material_entries", lambda elements: asked.append(elements) or entries()
    )
    record = materials_project_record(["S", "O", "Li"])
    assert asked == [["Li", "O", "S"]]
    assert record.command == "lithicoat references --materials-project --elements Li,O,S"


def test_without_a_key(monkeypatch):
    from pymatgen.core import SETTINGS

    for name in ("MP_API_KEY", "PMG_MAPI_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delitem(SETTINGS, "PMG_MAPI_KEY", raising=False)
    with pytest.raises(StructureError, match="there is no key to fetch it from the Materials Project"):
        materials_project_record(["Li"])
