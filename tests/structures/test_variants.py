"""Slabs and vacancies by the names of the catalog."""

from collections import Counter

import pytest

from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import ModelKind
from lithicoat.structures.recipes import AmorphousRecipe, CrystalRecipe, LayeredOxideRecipe
from lithicoat.structures.variants import Variant, build_variants

SIZE = {"max_atoms": 120, "replicas": 1, "seed": 0}


def coating(id_: str, recipe) -> Coating:
    return Coating(id=id_, name=id_, family="reference", role=Role.REFERENCE, recipe=recipe)


LIF = coating("LiF", CrystalRecipe(builder="crystal", cif="LiF_225.cif"))
NMC = coating(
    "NMC811@0.5",
    LayeredOxideRecipe(
        builder="layered_oxide",
        metals={"Ni": 0.8, "Mn": 0.1, "Co": 0.1},
        lithium=0.5,
        a_A=2.8712,
        c_A=14.2001,
        source="a test",
    ),
)


def test_a_slab_by_its_indices():
    (slab,) = build_variants(NMC, Variant(slab="104", vacuum_A=12), **SIZE)
    assert slab.name == "NMC811@0.5-104"
    assert slab.kind is ModelKind.SLAB
    assert slab.fixed
    (other,) = build_variants(LIF, Variant(slab="100", fixed_A=0), **SIZE)
    assert Counter(other.symbols)["Li"] == Counter(other.symbols)["F"]
    assert other.recipe["width_A"] >= 8
    assert not other.fixed


def test_vacancies_of_a_slab_and_of_a_crystal():
    slabs = build_variants(NMC, Variant(slab="104", vacancy="O"), **SIZE)
    assert slabs[0].name == "NMC811@0.5-104-vO1"
    assert "surface" in slabs[0].recipe["steps"][-1]["label"]
    assert (
        sum(model.recipe["steps"][-1]["multiplicity"] for model in slabs)
        == Counter(slabs[0].symbols)["O"] + 1
    )
    (lithium,) = build_variants(LIF, Variant(vacancy="Li"), **SIZE)
    assert Counter(lithium.symbols)["Li"] == Counter(lithium.symbols)["F"] - 1


def test_nothing_asked_gives_the_models():
    (model,) = build_variants(LIF, Variant(), **SIZE)
    assert model.kind is ModelKind.CRYSTAL


def test_films_have_no_planes():
    recipe = AmorphousRecipe(
        builder="amorphous", composition="Li2S", crystal_density_g_cm3=1.66, density_source="a test"
    )
    with pytest.raises(StructureError, match="Li2S is no crystal and has no lattice planes"):
        build_variants(coating("Li2S", recipe), Variant(slab="100"), **SIZE)
