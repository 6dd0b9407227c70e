import pytest

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.supercycle import deposit


def find(name):
    return load_catalog().find(name)


def test_a_supercycle_by_name_has_its_cycles():
    coating = find("LAS@1:3")
    assert coating.id == "LAS@1-3"
    assert [(step.formula, step.cycles) for step in coating.recipe.subcycles] == [("Li2S", 1), ("Al2S3", 3)]
    assert find("LAS@1-3") == coating  # its own id finds it again


def test_the_named_films_are_members_of_the_series():
    for series, cycles in (("LAS", "1-1"), ("LAS", "1-4"), ("LZO", "1-1"), ("LZO", "1-2")):
        assert find(f"{series}-{cycles}").recipe == find(f"{series}@{cycles}").recipe
    assert find("LAS").recipe == find("LAS@1:2").recipe
    assert find("LZO").recipe == find("LZO@2:1").recipe


def test_lzo_grows_as_reported():
    # Chem. Commun. 61, 1574 (2025): 1.1 and 1.2 Å per supercycle
    assert deposit(find("LZO-1-1").recipe.subcycles).growth_A == pytest.approx(1.1)
    assert deposit(find("LZO-1-2").recipe.subcycles).growth_A == pytest.approx(1.2)


def test_more_cycles_of_one_compound_give_more_of_it():
    shares = [deposit(find(f"LAS@1:{n}").recipe.subcycles).mole_fractions["Al2S3"] for n in (1, 2, 3, 4, 100)]
    assert shares == sorted(shares)
    scaled = deposit(find("LAS@2:6").recipe.subcycles).mole_fractions
    assert scaled == pytest.approx(deposit(find("LAS@1:3").recipe.subcycles).mole_fractions)


@pytest.mark.parametrize(
    ("cycles", "told"),
    [
        ("0:0", "the supercycle 0:0 of LAS is impossible"),
        ("1:0", "impossible: every number is from 1 to 100"),
        ("1:101", "impossible"),
        ("-1:2", "is not whole numbers"),
        ("1:two", "'1:two' of LAS is not whole numbers"),
        ("1.5:1", "is not whole numbers"),
        ("", "is not whole numbers"),
        ("3", "has 1 numbers, must have 2"),
        ("1:2:3", "has 3 numbers, must have 2"),
    ],
)
def test_impossible_supercycle(cycles, told):
    with pytest.raises(StructureError, match=told) as caught:
        find(f"LAS@{cycles}")
    assert "such as LAS@1:1" in caught.value.hint


def test_lithium_of_a_layered_oxide_is_free():
    coating = find("NMC811@0.25")
    assert coating.id == "NMC811@0.25"
    assert coating.recipe.lithium == 0.25
    assert find("NMC811").recipe.lithium == 1
    assert sum(coating.recipe.metals.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("x", "told"), [("1.1", "outside 0 … 1"), ("-0.1", "outside"), ("x", "not a number")]
)
def test_impossible_lithium(x, told):
    with pytest.raises(StructureError, match=told) as caught:
        find(f"NMC811@{x}")
    assert "NMC811@0.25" in caught.value.hint
