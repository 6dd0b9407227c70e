"""Vacancies: every site is in one class, and one atom is missing."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lithicoat.structures.cathodes.layered_oxides import layered_oxide_model, layered_oxide_slab
from lithicoat.structures.crystals.cells import crystal_model, load_crystal
from lithicoat.structures.crystals.vacancies import SiteClasses, random_vacancies, site_classes, vacancies
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import Model, ModelKind
from lithicoat.structures.recipes import CrystalRecipe, LayeredOxideRecipe
from lithicoat.structures.surfaces.slabs import slab_of
from lithicoat.structures.validation import check_model


def crystal(cif: str, max_atoms: int = 60) -> Model:
    return crystal_model(
        CrystalRecipe(builder="crystal", cif=cif), name=cif.split("_", maxsplit=1)[0], max_atoms=max_atoms
    )


def nmc(lithium: float = 1.0) -> LayeredOxideRecipe:
    return LayeredOxideRecipe(
        builder="layered_oxide",
        metals={"Ni": 0.8, "Mn": 0.1, "Co": 0.1},
        lithium=lithium,
        a_A=2.8712,
        c_A=14.2001,
        source="a test",
    )


@settings(derandomize=True, max_examples=12, deadline=None)
@given(
    st.sampled_from(["Li2S_225.cif", "LiF_225.cif", "Li3N_191.cif", "Li3PO4_62.cif", "Li2SO4_14.cif"]),
    st.sampled_from(["Li", "other"]),
    st.sampled_from([None, *SiteClasses]),
)
def test_numbers_of_sites_add_up(cif, which, by):
    model = crystal(cif)
    element = "Li" if which == "Li" else next(s for s in reversed(model.symbols) if s != "Li")
    found = vacancies(model, element, by=by)
    assert sum(v.multiplicity for v in found) == model.symbols.count(element)
    assert len({v.label for v in found}) == len(found)
    for vacancy in found:
        left = check_model(vacancy.model)
        assert Counter(left.symbols) + Counter([element]) == Counter(model.symbols)
        assert model.symbols[vacancy.site] == element
        assert left.recipe["steps"][-1]["step"] == "vacancy"
        assert vacancy.depth_A is None


@pytest.mark.parametrize(
    ("cif", "element", "kinds"),
    [
        ("Li2S_225.cif", "Li", [1.0]),  # Wyckoff 8c
        ("LiF_225.cif", "Li", [1.0]),  # 4b
        ("Li3N_191.cif", "Li", [1 / 3, 2 / 3]),  # 1b and 2c
        ("Li3PO4_62.cif", "O", [1 / 4, 1 / 4, 1 / 2]),  # two 4c and 8d
        ("Al2O3_167.cif", "O", [1.0]),  # 18e
    ],
)
def test_kinds_are_wyckoff_positions(cif, element, kinds):
    model = crystal(cif)
    found = vacancies(model, element, by=SiteClasses.SYMMETRY)
    assert sorted(v.multiplicity / model.symbols.count(element) for v in found) == pytest.approx(kinds)


def test_random_metals_are_told_by_their_neighbours():
    model = layered_oxide_model(nmc(), name="NMC811", max_atoms=120, seed=0)
    found = vacancies(model, "O")
    assert sum(v.multiplicity for v in found) == 60
    assert 1 < len(found) < 20
    assert found[0].label == "O Li3Ni3"
    assert [v.multiplicity for v in found] == sorted((v.multiplicity for v in found), reverse=True)


@pytest.mark.parametrize("lithium", [1.0, 0.5])
def test_surface_oxygen_comes_first(lithium):
    slab = layered_oxide_slab(nmc(lithium), (1, 0, 4), name="NMC811", max_atoms=130)
    found = vacancies(slab, "O")
    assert sum(v.multiplicity for v in found) == slab.symbols.count("O")
    depths = [v.depth_A for v in found]
    assert all(a <= b + 0.2 for a, b in pairwise(depths))
    first = found[0]
    assert "surface" in first.label
    assert first.depth_A < 0.3
    heights = np.array(slab.positions_A)[:, 2]
    assert heights[first.site] > heights.mean()  # not from the bottom that is held
    held = {slab.symbols[i] + str(np.round(slab.positions_A[i], 4)) for i in slab.fixed}
    kept = first.model
    assert {kept.symbols[i] + str(np.round(kept.positions_A[i], 4)) for i in kept.fixed} == held
    assert len(vacancies(slab, "O", most=3)) == 3


def test_ordered_slabs_use_their_symmetry():
    slab = slab_of(load_crystal("LiF_225.cif"), (1, 0, 0), thickness_A=8, width_A=5)
    found = vacancies(slab, "F")
    assert sum(v.multiplicity for v in found) == slab.symbols.count("F")
    assert [v.label.split()[1] for v in found[:2]] == ["surface", "subsurface"]
    by_plane = site_classes(slab.atoms, "F", by=SiteClasses.ENVIRONMENT)
    assert sum(map(len, by_plane.values())) == slab.symbols.count("F")


def test_a_covalent_graph_loses_the_atom():
    atoms = load_crystal("Li2SO4_14.cif")
    from lithicoat.structures.validation import covalent_bonds

    model = Model.from_atoms(atoms, name="x", kind=ModelKind.MOLECULAR, bonds=covalent_bonds(atoms))
    (first, *_) = vacancies(model, "O")
    assert check_model(first.model).bonds is not None
    assert len(first.model.bonds) == len(model.bonds) - 1


def test_the_same_model_gives_the_same_vacancies():
    model = crystal("Li3PO4_62.cif")
    one, two = vacancies(model, "O"), vacancies(model, "O")
    assert [v.model.content_hash for v in one] == [v.model.content_hash for v in two]


def test_bad_requests_are_told():
    model = crystal("LiF_225.cif")
    with pytest.raises(StructureError, match="LiF holds no O") as caught:
        vacancies(model, "O")
    assert caught.value.hint == "one of F, Li"
    with pytest.raises(StructureError, match="most is 0, must be at least 1"):
        vacancies(model, "F", most=0)


def test_random_sites_are_distinct_and_belong_to_their_seed():
    atoms = load_crystal("Li3PO4_62.cif")
    model = Model.from_atoms(atoms, name="film", kind=ModelKind.AMORPHOUS, seed=1)
    found = random_vacancies(model, "Li", 5, seed=7)
    assert len({vacancy.site for vacancy in found}) == 5
    assert all(model.symbols[vacancy.site] == "Li" for vacancy in found)
    assert all(vacancy.model.symbols.count("Li") == model.symbols.count("Li") - 1 for vacancy in found)
    again = random_vacancies(model, "Li", 5, seed=7)
    assert [v.site for v in again] == [v.site for v in found]
    assert [v.site for v in random_vacancies(model, "Li", 5, seed=8)] != [v.site for v in found]
    everyone = random_vacancies(model, "Li", 999, seed=7)
    assert sorted(v.site for v in everyone) == np.flatnonzero(atoms.symbols == "Li").tolist()
    with pytest.raises(StructureError, match="film holds no S"):
        random_vacancies(model, "S", 1, seed=0)
