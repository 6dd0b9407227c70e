import pytest

from lithicoat.structures.build import build_models, elements_of
from lithicoat.structures.catalog.loading import MISSION_IDS, load_catalog
from lithicoat.structures.coating import Coating, Role
from lithicoat.structures.errors import StructureError
from lithicoat.structures.model import ModelKind
from lithicoat.structures.recipes import CrystalRecipe

KINDS = dict.fromkeys(MISSION_IDS, ModelKind.AMORPHOUS) | {
    "LiGL": ModelKind.MOLECULAR,
    "LiTEA": ModelKind.MOLECULAR,
    "LiHQ": ModelKind.MOLECULAR,
    "Li2S": ModelKind.CRYSTAL,
    "Li2SO4": ModelKind.CRYSTAL,
}


def build(name, **numbers):
    return build_models(load_catalog().find(name), **{"max_atoms": 32, "replicas": 1, "seed": 0, **numbers})


@pytest.mark.parametrize("name", MISSION_IDS)
def test_every_mission_film_builds_small(name):
    coating = load_catalog().find(name)
    [model] = build(name)
    assert model.name == name
    assert model.kind is KINDS[name]
    assert len(model.symbols) <= 32
    assert set(model.symbols) == set(elements_of(coating))
    assert (model.seed is None) == (model.kind is ModelKind.CRYSTAL)


@pytest.mark.parametrize("name", ["Li2SOx", "LiGL"])
def test_the_seed_decides_and_replicas_are_independent(name):
    three = build(name, replicas=3)
    assert [model.content_hash for model in build(name, replicas=2)] == [m.content_hash for m in three[:2]]
    [last] = build(name, first=2)
    assert last == three[2]
    assert len({model.positions_A for model in three}) == 3
    [other] = build(name, seed=1)
    assert other.positions_A not in {model.positions_A for model in three}
    assert [model.seed for model in three] == [0, 1, 2]
    assert other.seed == 1000


def test_a_crystal_is_one_model_whatever_the_seed():
    [one] = build("Li2S", replicas=5)
    [other] = build("Li2S", replicas=1, seed=9)
    assert one.content_hash == other.content_hash
    assert one.recipe["source"].startswith("Materials Project mp-1153")


def test_predicted_crystal_says_so():
    [model] = build("Li2SO4")
    assert model.recipe["origin"] == "predicted"


def test_a_crystal_of_ones_own(tmp_path):
    from ase.build import bulk
    from ase.io import write

    write(tmp_path / "mine.cif", bulk("NaCl", "rocksalt", a=5.64))
    coating = Coating(
        id="mine",
        name="mine",
        family="own",
        role=Role.BOTH,
        recipe=CrystalRecipe(builder="crystal", cif=str(tmp_path / "mine.cif")),
    )
    [model] = build_models(coating, max_atoms=16, replicas=1, seed=0)
    assert model.recipe["cif"] == "mine.cif"
    assert elements_of(coating) == ("Cl", "Na")


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ({"max_atoms": 0}, "max_atoms is 0, must be at least 1"),
        ({"replicas": 0}, "replicas is 0, must be at least 1"),
        ({"seed": -1}, "seed is -1, must be at least 0"),
        ({"replicas": 1001}, "replicas is 1001, must be at most 1000"),
        ({"first": 999, "replicas": 2}, "replicas is 2, must be at most 1"),
        ({"first": -1}, "first is -1, must be at least 0"),
        ({"max_atoms": 5}, r"Li2S \+ Li2SO3 has 9 atoms, more than the 5"),
    ],
)
def test_absurd_numbers(numbers, told):
    with pytest.raises(StructureError, match=told):
        build("Li2SOx", **numbers)
