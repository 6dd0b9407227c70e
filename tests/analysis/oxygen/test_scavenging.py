"""Oxygen scavenging: balance, tabulated enthalpies, capacity, volume."""

import pytest
from ase.formula import Formula

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.oxygen.equations import OxidationReaction
from lithicoat.analysis.oxygen.scavenging import (
    areal_capacity,
    oxidation_reactions,
    scavenging_capacity,
    volume_ratio,
)
from lithicoat.analysis.properties import Bound, Property

LI2S_DENSITY = Property(value=1.64, unit="g/cm3")  # CRC Handbook
DENSITIES = {"Li2SO4": 2.21, "Al2O3": 3.97}  # CRC Handbook
FILMS = [
    {"Li": 16, "S": 8},
    {"Li": 2, "S": 1, "O": 1.5},
    {"Li": 2, "S": 1, "O": 3},
    {"Li": 2, "S": 1, "O": 3.7},
    {"Li": 3, "S": 1},
    {"Li": 1, "S": 1},
    {"Li": 11.6, "Al": 2, "S": 8.8},
    {"Li": 2.8, "Al": 2, "S": 4.4, "O": 1},
    {"Al": 2, "S": 3},
    {"Li": 12, "Al": 1, "S": 3},
    {"Li": 1.41421356, "S": 1.0},
]


def first(composition) -> OxidationReaction:
    return oxidation_reactions(composition).reactions[0]


@pytest.mark.parametrize("composition", FILMS, ids=str)
def test_every_reaction_conserves_every_atom(composition):
    oxidation = oxidation_reactions(composition)
    assert oxidation.reactions
    for reaction in oxidation.reactions:
        balance = dict(reaction.composition)
        balance["O"] = balance.get("O", 0) + 2 * reaction.o2
        for formula, count in reaction.products.items():
            assert count > 0
            for element, atoms in Formula(formula).count().items():
                balance[element] -= count * atoms
        assert balance == pytest.approx(dict.fromkeys(balance, 0.0), abs=1e-6)


def test_lithium_sulfide_goes_to_sulfate_or_sulfite():
    equations = [reaction.equation for reaction in oxidation_reactions({"Li": 16, "S": 8}).reactions]
    assert equations == ["Li2S + 2 O2 -> Li2SO4", "Li2S + 1.5 O2 -> Li2SO3"]


@pytest.mark.parametrize("x", [0, 0.5, 1, 2, 2.5])
def test_oxygen_taken_up_by_an_oxysulfide(x):
    reactions = oxidation_reactions({"Li": 2, "S": 1, "O": x}).reactions
    per_sulfur = [reaction.o2 / reaction.composition["S"] for reaction in reactions]
    assert per_sulfur == pytest.approx([(4 - x) / 2, (3 - x) / 2])


def test_sulfite_and_beyond_have_the_sulfate_route_only():
    assert [r.equation for r in oxidation_reactions({"Li": 2, "S": 1, "O": 3}).reactions] == [
        "Li2SO3 + 0.5 O2 -> Li2SO4"
    ]


def test_sulfur_without_lithium_leaves_as_gas_and_says_so():
    dioxide, trioxide = oxidation_reactions({"Li": 29, "Al": 5, "S": 22}).reactions
    assert dioxide.products == {"Li2SO4": 14.5, "Al2O3": 2.5, "SO2": 7.5}
    assert dioxide.gases == ("SO2",)
    assert dioxide.note == "7.5 of 22 S find no Li and leave as SO2"
    assert trioxide.products["SO3"] == 7.5


def test_without_excess_sulfur_nothing_leaves():
    assert first({"Li": 12, "Al": 1, "S": 3}).gases == ()


@pytest.mark.parametrize(
    ("composition", "reason"),
    [
        ({"Li": 2, "S": 1, "O": 4}, "already fully oxidised"),
        ({"Li": 3, "C": 3, "O": 3, "H": 5}, "not an oxygen scavenger in this sense: the film holds C, H"),
        ({"Li": 3, "N": 1}, "the film holds N"),
        ({"Li": 2, "O": 1}, "is no sulfide or oxysulfide"),
        ({"S": 8}, "is no sulfide or oxysulfide"),
    ],
)
def test_other_films_have_no_such_route_with_a_reason(composition, reason):
    oxidation = oxidation_reactions(composition)
    assert oxidation.reactions == ()
    assert reason in oxidation.missing


def test_capacity_and_volume_of_a_lithium_sulfide_film():
    reaction = first({"Li": 2, "S": 1})
    capacity = scavenging_capacity(reaction, LI2S_DENSITY)
    assert capacity.value == pytest.approx(2 / 28.016, rel=1e-3)  # molar volume by the CRC Handbook
    area = areal_capacity(capacity, thickness_nm=2.2)
    assert area.value == pytest.approx(1.57e-8, rel=2e-3)
    assert area.unit == "mol O2/cm2"
    ratio = volume_ratio(reaction, LI2S_DENSITY, product_densities_g_cm3=DENSITIES)
    assert ratio.value == pytest.approx(1.776, abs=0.002)


def test_uncertainty_and_bound_of_the_density_go_through():
    density = Property(value=1.64, uncertainty=0.164, unit="g/cm3", bound=Bound.UPPER)
    for prop in (
        scavenging_capacity(first({"Li": 2, "S": 1}), density),
        volume_ratio(first({"Li": 2, "S": 1}), density, product_densities_g_cm3=DENSITIES),
    ):
        assert prop.uncertainty == pytest.approx(0.1 * prop.value)
        assert prop.bound is Bound.UPPER


def test_gas_does_not_count_as_volume():
    reaction = first({"Al": 2, "S": 3})
    ratio = volume_ratio(reaction, Property(value=2.02, unit="g/cm3"), product_densities_g_cm3=DENSITIES)
    assert ratio.value == pytest.approx(2.02 / 150.16 * 101.96 / 3.97, rel=1e-3)
    assert ratio.flags == ("SO2 leaves the film",)


def test_a_product_of_unknown_density_is_named():
    sulfite = oxidation_reactions({"Li": 2, "S": 1}).reactions[1]
    ratio = volume_ratio(sulfite, LI2S_DENSITY, product_densities_g_cm3=DENSITIES)
    assert ratio.flags == ("no density of Li2SO3",)


def test_no_density_gives_missing_properties():
    unknown = Property.missing("g/cm3", "not computed")
    reaction = first({"Li": 2, "S": 1})
    assert scavenging_capacity(reaction, unknown).flags == ("no density of the film",)
    ratio = volume_ratio(reaction, unknown, product_densities_g_cm3=DENSITIES)
    assert ratio.flags == ("no density of the film",)


@pytest.mark.parametrize(
    ("composition", "message"),
    [
        ({}, "at least one atom"),
        ({"Li": -1, "S": 1}, "finite and not negative"),
        ({"Xx": 1}, "no such element: Xx"),
    ],
)
def test_what_is_no_composition_is_refused(composition, message):
    with pytest.raises(DataError, match=message):
        oxidation_reactions(composition)


def test_impossible_numbers_are_refused():
    reaction = first({"Li": 2, "S": 1})
    with pytest.raises(DataError, match="given in g/cm3, not in kg/m3"):
        scavenging_capacity(reaction, Property(value=1640, unit="kg/m3"))
    with pytest.raises(DataError, match="a density is above 0, got -1"):
        scavenging_capacity(reaction, Property(value=-1, unit="g/cm3"))
    with pytest.raises(DataError, match="got 0 g/cm3 for Li2SO4"):
        volume_ratio(reaction, LI2S_DENSITY, product_densities_g_cm3={"Li2SO4": 0.0})
    with pytest.raises(DataError, match="a thickness is above 0"):
        areal_capacity(LI2S_DENSITY, thickness_nm=0)
