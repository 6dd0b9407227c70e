import pytest

from lithicoat.structures.build import build_models
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.growth import grown


def find(name):
    return load_catalog().find(name)


def test_a_partly_lithiated_film_keeps_protons_and_says_so_in_its_name():
    film = grown(find("LiGL"), lithiation=2 / 3)
    assert film.id == "LiGL-lithiation0.666667"
    [model] = build_models(film, max_atoms=45, replicas=1, seed=0)
    assert model.symbols.count("Li") == 6  # of nine hydroxyls of three glycerols
    assert model.symbols.count("H") == 3 * 5 + 3


def test_layers_change_the_recipe_only():
    assert grown(find("AlEG"), layers=2).recipe.layers == 2
    assert grown(find("LiF")) is find("LiF")


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("Li2S", {"lithiation": 0.5}, "Li2S has no lithiation: that is for lithicones"),
        ("AlEG", {"lithiation": 0.5}, "AlEG has no lithiation"),
        ("LAS-1-4", {"layers": 2}, "LAS-1-4 has no layers: that is for films of molecules"),
    ],
)
def test_films_that_do_not_grow_so(name, change, told):
    with pytest.raises(StructureError, match=told):
        grown(find(name), **change)
