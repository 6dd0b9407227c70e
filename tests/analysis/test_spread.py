"""The spread between potentials: what it adds, and what it leaves alone."""

import math

import pytest

from lithicoat.analysis.properties import Bound, Property
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.analysis.spread import with_other_potentials, with_spread


def test_a_property_is_widened_by_the_sample_deviation():
    """Of 10, 12 and 14 the sample standard deviation is 2; with 1.5 in quadrature 2.5."""
    own = Property(value=10.0, uncertainty=1.5, unit="GPa")
    found = with_spread(own, [Property(value=12.0, unit="GPa"), Property(value=14.0, unit="GPa")])
    assert found.value == 10.0
    assert found.uncertainty == pytest.approx(2.5)
    assert found.flags == ("n=3 committee: mean 12 GPa, spread 2 GPa",)


def test_a_ratio_has_no_unit_in_its_flag():
    found = with_spread(Property(value=0.2, unit="1"), [Property(value=0.3, unit="1")])
    assert found.uncertainty == pytest.approx(0.1 / math.sqrt(2))
    assert found.flags == ("n=2 committee: mean 0.25, spread 0.071",)


def test_what_is_missing_or_a_bound_stays_as_it_is():
    other = [Property(value=12.0, unit="GPa")]
    for own in (Property.missing("GPa", "gone"), Property(value=1.0, unit="GPa", bound=Bound.UPPER)):
        assert with_spread(own, other) == own
    own = Property(value=10.0, uncertainty=1.5, unit="GPa")
    assert with_spread(own, []) == own
    alone = with_spread(own, [Property.missing("GPa", "gone")])
    assert alone.uncertainty == 1.5
    assert alone.flags == ("no other member of the committee has a value",)


def record(coating, potential, modulus):
    return ScreeningRecord(
        coating=coating,
        name=coating,
        family="test",
        role="anode",
        campaign="test",
        potential=potential,
        sha256=potential * 8,
        protocol="quick",
        try_out=True,
        seed=0,
        properties={"shear_modulus": Property(value=modulus, uncertainty=3.0, unit="GPa")},
    )


def test_a_second_potential_widens_the_films_that_it_computed_too():
    ranked = [record("a", "one", 20.0), record("b", "one", 10.0)]
    second = [record("a", "two", 20.0 + 4 * math.sqrt(2)), record("c", "two", 1.0), record("b", "one", 99.0)]
    a, b = with_other_potentials(ranked, second)
    modulus = a.properties["shear_modulus"]
    assert (modulus.value, modulus.uncertainty) == pytest.approx((20.0, 5.0))  # 3 and 4 in quadrature
    assert modulus.flags == ("n=2 potentials (one, two): mean 22.8 GPa, spread 4 GPa",)
    assert b == ranked[1]
