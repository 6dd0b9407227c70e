from collections import Counter

import numpy as np
import pytest

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.amorphous import choose_counts, mixture_of
from lithicoat.structures.films.anions import neutral_components
from lithicoat.structures.films.filling import packed_model
from lithicoat.structures.radii import ion_radius_A
from lithicoat.structures.recipes import AmorphousRecipe


def recipe(name):
    return load_catalog().find(name).recipe


def numbers(name, max_atoms):
    mixture = mixture_of(recipe(name))
    counts = choose_counts(mixture.components, max_atoms)
    named = {c.formula: n for (c, _), n in zip(mixture.components, counts.numbers, strict=True)}
    return named, counts.deviation


def test_exact_composition_is_preferred():
    assert numbers("Li2SOx@2.5", 120) == ({"Li2S": 3, "Li2SO3": 15}, 0.0)
    assert numbers("Li2SO3", 32) == ({"Li2SO3": 5}, 0.0)


def test_nearest_composition_records_its_deviation():
    found, deviation = numbers("Li2SOx@2.5", 32)  # the exact cell has 33 atoms
    assert found == {"Li2S": 1, "Li2SO3": 4}
    assert deviation == pytest.approx(2.5 / 5.5 - 2.4 / 5.4, abs=1e-6)


@pytest.mark.parametrize(("name", "ratio"), [("LAS-1-1", 5.77), ("LAS-1-4", 1.44)])
def test_larger_cells_come_nearer_to_the_supercycle(name, ratio):
    deviations = []
    for max_atoms in (32, 120, 500):
        found, deviation = numbers(name, max_atoms)
        deviations.append(deviation)
    assert deviations[-1] < 1e-3 < deviations[0]
    assert found["Li2S"] / found["Al2S3"] == pytest.approx(ratio, rel=0.02)


def test_every_component_comes_at_least_once():
    mixture = mixture_of(recipe("LAS-1-1"))
    assert choose_counts(mixture.components, 8).numbers == (1, 1)
    with pytest.raises(StructureError, match=r"Li2S \+ Al2S3 has 8 atoms, more than the 7"):
        choose_counts(mixture.components, 7)


def test_no_cell_is_larger_than_allowed():
    components = neutral_components("Li2SO3.7", ("SO3", "SO4"))
    sizes = [component.size for component, _ in components]
    for max_atoms in range(13, 140, 9):
        assert np.dot(choose_counts(components, max_atoms).numbers, sizes) <= max_atoms


@pytest.mark.parametrize("name", ["Li2SO3", "Li2SO4-amorphous", "Li2SOx", "LAS-1-4"])
def test_packed_cell_keeps_its_distances(name):
    model = packed_model(recipe(name), name=name, max_atoms=40, seed=5)
    atoms = model.atoms
    distances = atoms.get_all_distances(mic=True)
    np.fill_diagonal(distances, np.inf)
    radii = np.array([ion_radius_A(symbol) for symbol in model.symbols])
    ratio = distances / (radii[:, None] + radii[None])
    symbols = np.array(model.symbols)
    within = (distances < 2.6) & np.isin(symbols, ["S", "O"])[:, None] & np.isin(symbols, ["S", "O"])[None]
    assert ratio[~within].min() >= 0.98
    assert 0.90 <= model.density_g_cm3 / model.recipe["crystal_density_g_cm3"] <= 0.95
    assert dict(Counter(model.symbols)) == model.recipe["composition"]
    assert model.bonds is None
    assert model.recipe["steps"][0]["step"] == "pack"
    assert atoms.cell.angles() == pytest.approx([90] * 3)


@pytest.mark.parametrize(
    ("name", "neighbours"), [("Li2SO3", {3}), ("Li2SO4-amorphous", {4}), ("Li2SOx", {0, 3})]
)
def test_sulfur_starts_with_whole_oxyanions(name, neighbours):
    model = packed_model(recipe(name), name=name, max_atoms=60, seed=2)
    symbols = np.array(model.symbols)
    bonded = model.atoms.get_all_distances(mic=True) < 1.9
    np.fill_diagonal(bonded, val=False)
    around_sulfur = bonded[np.ix_(symbols == "S", symbols == "O")].sum(axis=1)
    assert set(around_sulfur) == neighbours
    assert not bonded[np.ix_(symbols == "O", symbols == "O")].any()
    assert not bonded[np.ix_(symbols == "S", symbols == "S")].any()
    assert (bonded[np.ix_(symbols == "O", symbols == "S")].sum(axis=1) == 1).all()


def test_the_recipe_tells_what_was_asked_for():
    model = packed_model(recipe("LAS-1-1"), name="LAS-1-1", max_atoms=32, seed=0)
    assert model.recipe["asked"] == "0.8522 Li2S + 0.1478 Al2S3"
    assert model.recipe["components"] == {"Li2S": 6, "Al2S3": 1}
    assert packed_model(recipe("Li2SOx@2.5"), name="x", max_atoms=32, seed=0).recipe["asked"] == "Li2SO2.5"


def test_units_that_do_not_fit_the_composition():
    wrong = AmorphousRecipe(
        builder="amorphous",
        composition="Li2SO5",
        units=("SO4",),
        crystal_density_g_cm3=2,
        density_source="test",
    )
    with pytest.raises(StructureError, match="cannot be made of SO4"):
        packed_model(wrong, name="x", max_atoms=40, seed=0)
