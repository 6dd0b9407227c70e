import pytest

from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.supercycle import deposit
from lithicoat.structures.recipes import SubCycle


def step(formula, cycles=1, growth=1.0, density=2.0):
    return SubCycle(
        formula=formula, cycles=cycles, growth_per_cycle_A=growth, density_g_cm3=density, source="test"
    )


@pytest.mark.parametrize(("name", "ratio"), [("LAS-1-1", 5.8), ("LAS-1-4", 1.4)])
def test_las_ratios(name, ratio):
    film = deposit(load_catalog().find(name).recipe.subcycles)
    assert film.mole_fractions["Li2S"] / film.mole_fractions["Al2S3"] == pytest.approx(ratio, abs=0.05)


def test_areal_amount_of_one_compound_by_hand():
    film = deposit([step("Li2S", cycles=10, growth=1.1, density=1.66)])
    assert film.areal_amount_mol_cm2["Li2S"] == pytest.approx(11e-8 * 1.66 / 45.95, rel=1e-3)
    assert film.mole_fractions == {"Li2S": 1.0}
    assert film.growth_A == pytest.approx(11)
    assert film.density_g_cm3 == pytest.approx(1.66)


def test_lizro_from_lioh_and_zro2():
    film = deposit([step("LiOH", growth=0.9, density=1.46), step("ZrO2", cycles=2, growth=0.8, density=5.68)])
    lioh, zro2 = 0.9 * 1.46 / 23.948, 1.6 * 5.68 / 123.22
    assert film.mole_fractions["LiOH"] == pytest.approx(lioh / (lioh + zro2), rel=1e-3)
    assert film.growth_A == pytest.approx(2.5)
    assert film.density_g_cm3 == pytest.approx((0.9 * 1.46 + 1.6 * 5.68) / 2.5)


def test_split_steps_and_repeats_change_nothing_but_the_growth():
    one = deposit([step("Li2S", cycles=2), step("Al2S3")])
    split = deposit([step("Li2S"), step("Al2S3"), step("Li2S")])
    twice = deposit([step("Li2S", cycles=4), step("Al2S3", cycles=2)])
    assert split.mole_fractions == pytest.approx(one.mole_fractions)
    assert twice.mole_fractions == pytest.approx(one.mole_fractions)
    assert twice.growth_A == pytest.approx(2 * one.growth_A)
    assert sum(one.mole_fractions.values()) == pytest.approx(1)


def test_nothing_deposits_nothing():
    with pytest.raises(StructureError, match="without sub-processes"):
        deposit([])
