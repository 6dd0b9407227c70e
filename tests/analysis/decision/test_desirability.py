"""Desirability: ramps, and the distributions behind them."""

import math

import numpy as np
import pytest

from lithicoat.analysis.decision.desirability import expected, judge, ramp
from lithicoat.analysis.decision.scheme import Electrode, default_scheme
from lithicoat.analysis.properties import Bound, Property

ANODE = {term.name: term for term in default_scheme().terms(Electrode.ANODE)}
CATHODE = {term.name: term for term in default_scheme().terms(Electrode.CATHODE)}


def gpa(value, uncertainty=None, **more):
    return Property(value=value, uncertainty=uncertainty, unit="GPa", **more)


def worth(term, **properties):
    return float(ramp(term, judge(term, properties).centre))


def test_stiffness_is_worth_half_at_the_threshold_and_its_ends():
    assert worth(ANODE["stiffness"], shear_modulus=gpa(8.5)) == pytest.approx(0.5)
    assert worth(ANODE["stiffness"], shear_modulus=gpa(2.0)) == 0
    assert worth(ANODE["stiffness"], shear_modulus=gpa(50)) == 1


def test_the_calibrated_modulus_goes_before_the_raw_one():
    judged = judge(ANODE["stiffness"], {"shear_modulus": gpa(5), "shear_modulus_calibrated": gpa(8.5)})
    assert judged.centre == pytest.approx(0)


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
    draws = judge(ANODE["stiffness"], {"shear_modulus": gpa(8.5, 2.55)}).draw(
        np.random.default_rng(0), size=200_000
    )
    moduli = 8.5 * 10**draws
    assert np.std(moduli) / np.mean(moduli) == pytest.approx(0.3, rel=0.03)
    assert np.median(moduli) == pytest.approx(8.5, rel=0.01)


def test_draws_on_a_linear_axis_are_normal():
    prop = Property(value=-3.0, uncertainty=0.4, unit="eV/O2")
    draws = judge(CATHODE["scavenging energy"], {"scavenging_energy": prop}).draw(
        np.random.default_rng(0), size=100_000
    )
    assert (np.mean(draws), np.std(draws)) == pytest.approx((-3.0, 0.4), abs=0.01)


def test_without_an_uncertainty_all_draws_are_the_value():
    draws = judge(ANODE["stiffness"], {"shear_modulus": gpa(8.5)}).draw(np.random.default_rng(0), size=5)
    np.testing.assert_array_equal(draws, 0.0)


@pytest.mark.parametrize(("bound", "low", "high"), [(Bound.UPPER, -16, -8), (Bound.LOWER, -8, -2)])
def test_a_bound_is_uniform_on_its_open_side(bound, low, high):
    prop = Property(value=1e-8, unit="S/cm", bound=bound)
    judged = judge(ANODE["conductivity"], {"conductivity_298K": prop})
    draws = judged.draw(np.random.default_rng(0), size=20_000)
    assert (draws.min(), draws.max()) == pytest.approx((low, high), abs=0.01)
    assert np.mean(draws) == pytest.approx(judged.centre, abs=0.05)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, "not computed"),
        ({"shear_modulus": Property.missing("GPa", "relaxation failed")}, "relaxation failed"),
        ({"shear_modulus": gpa(-2.0)}, "not positive"),
    ],
)
def test_a_missing_term_says_why(properties, reason):
    assert judge(ANODE["stiffness"], properties) == reason


def test_a_bound_that_excludes_little_says_little():
    weak = judge(
        ANODE["conductivity"], {"conductivity_298K": Property(value=4, unit="S/cm", bound=Bound.UPPER)}
    )
    strong = judge(
        ANODE["conductivity"], {"conductivity_298K": Property(value=1e-12, unit="S/cm", bound=Bound.UPPER)}
    )
    assert (weak.centre - weak.spread, weak.centre + weak.spread) == pytest.approx((-16, -2))
    assert expected(ANODE["conductivity"], strong) == 0
    # uniform over [-16, -2] against the ramp from -10 to -4: (6/2 + 2) / 14
    assert expected(ANODE["conductivity"], weak) == pytest.approx(5 / 14, abs=1e-3)
