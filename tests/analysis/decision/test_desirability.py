"""Desirability: ramps, and the distributions behind them."""

import math

import numpy as np
import pytest

from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.desirability import mean_ramp, places_of, ramp
from lithicoat.analysis.decision.scheme import Axis, Electrode, default_scheme
from lithicoat.analysis.properties import Bound, Property

ANODE = {term.name: term for term in default_scheme().terms(Electrode.ANODE)}
CATHODE = {term.name: term for term in default_scheme().terms(Electrode.CATHODE)}


def gpa(value, uncertainty=None, **more):
    return Property(value=value, uncertainty=uncertainty, unit="GPa", **more)


def places(term, **properties):
    return places_of(term, Columns([properties]))


def worth(term, **properties):
    return float(places(term, **properties).worths[0])


def drawn(term, size, **properties):
    place = places(term, **properties).place(0)
    rng = np.random.default_rng(0)
    return place.at(rng.random(size) if place.uniform else rng.standard_normal(size))


def test_stiffness_is_worth_half_at_the_threshold_and_its_ends():
    assert worth(ANODE["stiffness"], shear_modulus=gpa(8.5)) == pytest.approx(0.5)
    assert worth(ANODE["stiffness"], shear_modulus=gpa(2.0)) == 0
    assert worth(ANODE["stiffness"], shear_modulus=gpa(50)) == 1


def test_the_calibrated_modulus_goes_before_the_raw_one():
    place = places(ANODE["stiffness"], shear_modulus=gpa(5), shear_modulus_calibrated=gpa(8.5)).place(0)
    assert (place.source, place.centre) == ("shear_modulus_calibrated", pytest.approx(0))


def test_both_forms_of_the_conductivity_agree():
    decades = Property(value=-7, unit="decades of S/cm")
    plain = Property(value=1e-7, unit="S/cm")
    term = ANODE["conductivity"]
    assert worth(term, log10_conductivity_298K=decades) == pytest.approx(0.5)
    assert worth(term, conductivity_298K=plain) == pytest.approx(0.5)


def test_scavenging_must_be_downhill():
    term = CATHODE["scavenging energy"]
    values = [worth(term, scavenging_energy=Property(value=e, unit="eV/O2")) for e in (1.0, -2.5, -6.0)]
    assert values == pytest.approx([0, 0.5, 1])


def test_a_volume_that_doubles_is_as_bad_as_one_that_halves():
    term = CATHODE["volume kept"]
    twice, half, same, more = (
        worth(term, oxidation_volume_ratio=Property(value=v, unit="1")) for v in (2, 0.5, 1, 1.78)
    )
    assert (twice, half, same) == pytest.approx((0, 0, 1), abs=1e-3)
    assert more == pytest.approx(1 - math.log10(1.78) / 0.301)


def test_draws_on_a_log_axis_have_the_stated_relative_error():
    draws = drawn(ANODE["stiffness"], 200_000, shear_modulus=gpa(8.5, 2.55))
    moduli = 8.5 * 10**draws
    assert np.std(moduli) / np.mean(moduli) == pytest.approx(0.3, rel=0.03)
    assert np.median(moduli) == pytest.approx(8.5, rel=0.01)


def test_draws_on_a_linear_axis_are_normal():
    prop = Property(value=-3.0, uncertainty=0.4, unit="eV/O2")
    draws = drawn(CATHODE["scavenging energy"], 100_000, scavenging_energy=prop)
    assert (np.mean(draws), np.std(draws)) == pytest.approx((-3.0, 0.4), abs=0.01)


def test_an_exact_value_is_the_same_in_all_draws():
    np.testing.assert_array_equal(drawn(ANODE["stiffness"], 5, shear_modulus=gpa(8.5, 0.0)), 0.0)


@pytest.mark.parametrize(("bound", "low", "high"), [(Bound.UPPER, -16, -8), (Bound.LOWER, -8, -2)])
def test_a_bound_is_uniform_on_its_open_side(bound, low, high):
    prop = Property(value=1e-8, unit="S/cm", bound=bound)
    draws = drawn(ANODE["conductivity"], 20_000, conductivity_298K=prop)
    assert (draws.min(), draws.max()) == pytest.approx((low, high), abs=0.01)
    assert np.mean(draws) == pytest.approx((low + high) / 2, abs=0.05)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, "not computed"),
        ({"shear_modulus": Property.missing("GPa", "relaxation failed")}, "relaxation failed"),
        ({"shear_modulus": gpa(-2.0)}, "not positive"),
    ],
)
def test_a_missing_term_says_why(properties, reason):
    found = places(ANODE["stiffness"], **properties)
    assert (found.missing[0], found.reason(0), found.worths[0]) == (True, reason, 0)


def test_a_bound_that_excludes_little_says_little():
    term = ANODE["conductivity"]
    weak = Property(value=4, unit="S/cm", bound=Bound.UPPER)
    strong = Property(value=1e-12, unit="S/cm", bound=Bound.UPPER)
    place = places(term, conductivity_298K=weak).place(0)
    assert (place.centre - place.spread, place.centre + place.spread) == pytest.approx((-16, -2))
    assert worth(term, conductivity_298K=strong) == 0
    # uniform over [-16, -2] against the ramp from -10 to -4: (6/2 + 2) / 14
    assert worth(term, conductivity_298K=weak) == pytest.approx(5 / 14)


@pytest.mark.parametrize("name", ["scavenging energy", "volume kept", "conductivity", "stability at 4.3 V"])
def test_the_mean_of_a_ramp_is_that_of_fine_steps(name):
    term, rng = CATHODE[name], np.random.default_rng(1)
    low = rng.uniform(*term.prior, 20)
    high = low + rng.uniform(0, 5, 20)
    steps = [np.mean(ramp(term, np.linspace(*ends, 20_001))) for ends in zip(low, high, strict=True)]
    np.testing.assert_allclose(mean_ramp(term, low, high), steps, atol=1e-4)
    np.testing.assert_allclose(mean_ramp(term, low, low), ramp(term, low))


def test_the_better_side_is_up_and_what_is_missing_stands_at_the_worse_end():
    for term in (*ANODE.values(), *CATHODE.values()):
        name, scale = term.sources[0].property, term.sources[0].scale
        best, worst = term.one_at + (term.target or 0), term.zero_at + (term.target or 0)
        if term.sources[0].axis is Axis.LOG10:
            best, worst = 10**best, 10**worst
        rows = [{name: Property(value=at * scale, unit="x")} for at in (best, worst)]
        up = places_of(term, Columns([*rows, {}])).oriented
        assert up[0] > up[1]
        assert up[2] <= up[1]
