"""NMC cells and slabs."""

from collections import Counter

import numpy as np
import pytest
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.cathodes.layered_oxides import (
    layered_oxide_candidates,
    layered_oxide_elements,
    layered_oxide_model,
    layered_oxide_slab,
)
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import LayeredOxideRecipe
from lithicoat.structures.validation import check_model

NMC811 = {"Ni": 0.8, "Mn": 0.1, "Co": 0.1}
NMC622 = {"Ni": 0.6, "Mn": 0.2, "Co": 0.2}


def recipe(lithium: float = 1.0, metals: dict[str, float] = NMC811, **changes) -> LayeredOxideRecipe:
    return LayeredOxideRecipe(
        builder="layered_oxide",
        metals=metals,
        lithium=lithium,
        a_A=2.8712,
        c_A=14.2001,
        source="a test",
        **changes,
    )


def charge(model: Model) -> float:
    return sum(model.recipe["oxidation_states"][symbol] for symbol in model.symbols)


@settings(derandomize=True, max_examples=12, deadline=None)
@given(
    lithium=st.floats(0, 1),
    metals=st.sampled_from([NMC811, NMC622]),
    max_atoms=st.sampled_from([40, 80, 160]),
)
def test_any_lithium_content_gives_a_neutral_cell(lithium, metals, max_atoms):
    model = check_model(layered_oxide_model(recipe(lithium, metals), name="NMC", max_atoms=max_atoms, seed=0))
    counts = Counter(model.symbols)
    units = counts["O"] // 2
    assert charge(model) == pytest.approx(0, abs=1e-3 * units)
    assert {symbol: counts[symbol] / units for symbol in metals} == pytest.approx(metals)
    assert abs(counts["Li"] / units - lithium) <= 0.5 / units + 1e-9
    assert model.recipe["lithium"] == pytest.approx(counts["Li"] / units, abs=1e-6)
    assert model.recipe["lithium_deviation"] == pytest.approx(abs(counts["Li"] / units - lithium), abs=2e-6)
    assert len(model.symbols) <= max_atoms


def test_the_lithiated_cell_is_the_crystal():
    model = layered_oxide_model(recipe(), name="NMC811", max_atoms=120, seed=0)
    atoms = model.atoms
    assert len(atoms) == 120
    # unit cell of three formula units, hexagonal: V = a² c sin 60°
    assert atoms.get_volume() == pytest.approx(30 * 2.8712**2 * 14.2001 * 3**0.5 / 2 / 3)
    first, second = neighbor_list("ij", atoms, 2.4)
    symbols = np.array(atoms.get_chemical_symbols())
    for index, symbol in enumerate(symbols):
        around = Counter(symbols[second[first == index]])
        if symbol == "O":
            assert around["Li"] == 3
            assert sum(around.values()) == 6
        else:
            assert around == {"O": 6}


def test_measured_density_of_the_lithiated_oxide():
    model = layered_oxide_model(recipe(), name="NMC811", max_atoms=40, seed=0)
    assert model.density_g_cm3 == pytest.approx(
        4.78, abs=0.02
    )  # X-ray density from the same lattice constants


def test_lithium_layers_stay_lithium_layers_on_delithiation():
    full = layered_oxide_model(recipe(1.0), name="NMC811", max_atoms=80, seed=0)
    half = layered_oxide_model(recipe(0.5), name="NMC811", max_atoms=80, seed=0)
    assert full.cell_A == half.cell_A
    places = {(s, *np.round(p, 6)) for s, p in zip(full.symbols, full.positions_A, strict=True)}
    assert {(s, *np.round(p, 6)) for s, p in zip(half.symbols, half.positions_A, strict=True)} < places
    assert "lithiated oxide" in half.recipe["lattice"]


def test_exact_lithium_is_preferred_to_a_larger_cell():
    model = layered_oxide_model(recipe(0.25), name="NMC811", max_atoms=120, seed=0)
    assert model.recipe["lithium_deviation"] == 0
    assert Counter(model.symbols)["O"] == 40


def test_the_same_seed_gives_the_same_cell():
    one, two = (layered_oxide_model(recipe(0.5), name="NMC811", max_atoms=160, seed=4) for _ in range(2))
    assert one.content_hash == two.content_hash


def test_candidates_rise_in_energy_and_differ():
    models = layered_oxide_candidates(recipe(0.5), name="NMC811", max_atoms=40, seed=0, candidates=4)
    energies = [model.recipe["steps"][-1]["ewald_energy_eV"] for model in models]
    assert energies == sorted(energies)
    assert len({model.content_hash for model in models}) == 4
    best = layered_oxide_model(recipe(0.5), name="NMC811", max_atoms=40, seed=0)
    assert best.content_hash == models[0].content_hash


def test_elements():
    assert layered_oxide_elements(recipe()) == {"Li", "Ni", "Mn", "Co", "O"}
    assert layered_oxide_elements(recipe(0.0, {"Co": 1.0})) == {"Co", "O"}


def test_a_single_metal_needs_no_search():
    model = check_model(layered_oxide_model(recipe(1.0, {"Ni": 1.0}), name="LiNiO2", max_atoms=40, seed=0))
    assert model.formula == "Li10Ni10O20"


@pytest.mark.parametrize("lithium", [1.0, 0.5, 0.25])
@pytest.mark.parametrize("plane", [(1, 0, 4), (0, 1, 2)])
@pytest.mark.parametrize("metals", [NMC811, NMC622], ids=["811", "622"])
def test_slabs_are_stoichiometric_neutral_and_without_dipole(lithium, plane, metals):
    slab = check_model(layered_oxide_slab(recipe(lithium, metals), plane, name="NMC", max_atoms=130))
    counts = Counter(slab.symbols)
    units = counts["O"] // 2
    assert slab.kind is ModelKind.SLAB
    assert {symbol: counts[symbol] / units for symbol in metals} == pytest.approx(metals)
    assert counts["Li"] / units == pytest.approx(lithium)
    assert charge(slab) == pytest.approx(0, abs=1e-2)
    heights = np.array(slab.positions_A)[:, 2]
    volume = slab.recipe["area_A2"] * slab.recipe["thickness_A"]
    mean = np.array([slab.recipe["mean_charges"][symbol] for symbol in slab.symbols])
    assert abs(mean @ heights / volume) < 0.02
    assert abs(slab.recipe["formal_polarisation_e_A2"]) < 0.03
    assert np.ptp(heights) > 8
    assert slab.recipe["width_A"] >= 7.5
    held = np.isin(np.arange(len(heights)), slab.fixed)
    assert 0 < held.sum() < len(heights) / 2
    assert heights[held].max() < heights[~held].min() + 1e-9


def test_104_is_cut_without_repair_and_012_shares_its_oxygen():
    assert layered_oxide_slab(recipe(), (1, 0, 4), name="NMC811", max_atoms=130).recipe["moved"] is None
    slab = layered_oxide_slab(recipe(), (0, 1, 2), name="NMC811", max_atoms=130)
    assert slab.recipe["moved"]["symbol"] == "O"
    heights = np.array(slab.positions_A)[:, 2]
    symbols = np.array(slab.symbols)
    top, bottom = symbols[heights > heights.max() - 0.3], symbols[heights < heights.min() + 0.3]
    assert set(top) == set(bottom) == {"O"}
    assert len(top) == len(bottom) == slab.recipe["moved"]["number"]


def test_surface_metals_of_104_have_five_oxygens():
    slab = layered_oxide_slab(recipe(), (1, 0, 4), name="NMC811", max_atoms=130)
    first, second = neighbor_list("ij", slab.atoms, 2.4)
    symbols, heights = np.array(slab.symbols), np.array(slab.positions_A)[:, 2]
    around = np.array([sum(symbols[second[first == index]] == "O") for index in range(len(symbols))])
    cations = symbols != "O"
    outer = (heights > heights.max() - 0.5) | (heights < heights.min() + 0.5)
    assert set(around[cations & outer]) == {5}
    assert set(around[cations & ~outer]) == {6}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"metals": {"Ni": 0.8, "Mn": 0.1}}, r"shares of the metals sum to 0\.9, must be 1"),
        ({"cif": "Li2S_225.cif"}, r"Li2S_225\.cif is not a layered oxide LiMO2"),
        ({"cif": "Al2O3_167.cif"}, r"Al2O3_167\.cif is not a layered oxide LiMO2"),
        ({"metals": {"Ni": 0.5, "Mn": 0.5}, "sites": 4}, "need icet"),
    ],
)
def test_bad_recipes_are_told(changes, sentence, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "icet", None)
    sites = changes.pop("sites", 10)
    with pytest.raises(StructureError, match=sentence):
        layered_oxide_model(recipe(**changes), name="NMC", max_atoms=4 * sites, seed=0)


def test_a_slab_with_too_few_atoms_is_told():
    with pytest.raises(StructureError, match=r"no slab of NMC811 \(104\), 9 Å thick, has at most 30 atoms"):
        layered_oxide_slab(recipe(), (1, 0, 4), name="NMC811", max_atoms=30)


def test_other_compositions_are_searched(monkeypatch):
    pytest.importorskip("icet")
    monkeypatch.setattr("lithicoat.structures.cathodes.layered_oxides.SEARCH_STEPS", 500)
    metals = {"Ni": 0.5, "Mn": 0.3, "Co": 0.2}
    model = check_model(layered_oxide_model(recipe(1.0, metals), name="NMC532", max_atoms=40, seed=1))
    assert Counter(model.symbols) == {"Li": 10, "O": 20, "Ni": 5, "Mn": 3, "Co": 2}
    assert model.recipe["steps"][0]["mismatch"] < model.recipe["steps"][0]["random_mismatch"]
    again = layered_oxide_model(recipe(1.0, metals), name="NMC532", max_atoms=40, seed=1)
    assert again.content_hash == model.content_hash


def test_shares_that_no_cell_reaches_are_told():
    pytest.importorskip("icet")
    model = layered_oxide_model(recipe(1.0, {"Ni": 0.83, "Co": 0.17}), name="NC", max_atoms=24, seed=1)
    assert model.recipe["composition_deviation"] == pytest.approx((5 / 6 - 0.83) / 4, abs=1e-5)
