"""The rule G > 2 G_Li, its probability, and both views side by side."""

import json

import numpy as np
import pytest

from lithicoat.analysis.decision.chi import Regime, RelativeSign
from lithicoat.analysis.decision.criterion import evaluate, log_standard_deviation, modulus_ratio
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Bound, Property


def gpa(value, uncertainty=None, **more):
    return Property(value=value, uncertainty=uncertainty, unit="GPa", **more)


def test_fifty_gpa_pass():
    result = evaluate(50)
    assert result.ratio == pytest.approx(11.8, abs=0.05)
    assert result.threshold_GPa == 8.5
    assert result.passes
    assert result.probability is None


def test_eight_plus_minus_two_is_a_matter_of_probability():
    result = evaluate(8.0, sigma_GPa=2.0)
    assert not result.passes
    assert 0.3 < result.probability < 0.5
    assert result.ratio_uncertainty == pytest.approx(2 / 4.25)


def test_the_probability_is_that_of_log_normal_draws():
    spread = log_standard_deviation(8.0, 2.0)
    draws = 8.0 * np.exp(spread * np.random.default_rng(0).standard_normal(200_000))
    assert np.std(draws) / np.mean(draws) == pytest.approx(0.25, rel=0.02)
    assert evaluate(8.0, sigma_GPa=2.0).probability == pytest.approx(np.mean(draws > 8.5), abs=0.004)


def test_at_the_threshold_it_is_one_half_whatever_the_error():
    for error in (0.1, 2, 50):
        assert modulus_ratio(gpa(8.5, error)).probability == pytest.approx(0.5)


def test_the_probability_rises_with_the_modulus_and_sharpens_with_the_error():
    rising = [modulus_ratio(gpa(g, 2)).probability for g in (2, 5, 8, 10, 20)]
    assert rising == sorted(rising)
    sharper = [modulus_ratio(gpa(10, error)).probability for error in (5, 2, 1, 0.1)]
    assert sharper == sorted(sharper)
    assert modulus_ratio(gpa(10, 0.0)).probability == 1.0
    assert modulus_ratio(gpa(8, 0.0)).probability == 0.0


def test_a_liquid_fails():
    assert modulus_ratio(gpa(0.0, 1.0)).probability == 0.0


@pytest.mark.parametrize(
    ("value", "bound", "passes", "probability"),
    [
        (5, Bound.UPPER, False, 0.0),
        (20, Bound.UPPER, None, None),
        (20, Bound.LOWER, True, 1.0),
        (5, Bound.LOWER, None, None),
    ],
)
def test_bounds(value, bound, passes, probability):
    result = modulus_ratio(gpa(value, bound=bound))
    assert (result.passes, result.probability) == (passes, probability)
    assert result.ratio.bound is bound


def test_a_missing_modulus_stays_missing_with_its_reason():
    result = modulus_ratio(Property.missing("GPa", "relaxation failed"))
    assert result.passes is None
    assert result.ratio.value is None
    assert result.ratio.flags == ("relaxation failed",)


def test_the_negative_modulus_of_an_unstable_cell_gives_no_ratio():
    result = modulus_ratio(gpa(-3, flags=("not Born-stable",)))
    assert (result.passes, result.probability) == (None, None)
    assert result.ratio.flags == ("negative shear modulus", "not Born-stable")


def test_the_modulus_of_lithium_is_an_option_of_both_parts():
    plain = evaluate(50, poisson=0.2, volume_ratio=0.1)
    assert (plain.li_shear_modulus_ratio_GPa, plain.li_shear_modulus_chi_GPa) == (4.25, 3.4)
    given = evaluate(50, poisson=0.2, volume_ratio=0.1, li_shear_modulus_GPa=5.0)
    assert (given.li_shear_modulus_ratio_GPa, given.li_shear_modulus_chi_GPa) == (5.0, 5.0)
    assert given.ratio == pytest.approx(10)
    assert given.chi.total != plain.chi.total


def test_lithium_fluoride_passes_the_rule_and_is_unstable_by_chi():
    result = evaluate(51, poisson=0.207, volume_ratio=0.0841, thickness_nm=8)
    assert result.passes
    assert result.regime is Regime.DENSITY_DRIVEN
    assert result.stable_side == "below"
    assert result.chi.total == pytest.approx(39.1, abs=0.06)
    assert result.chi.total == pytest.approx(
        result.chi.hydrostatic + result.chi.deviatoric + result.chi.surface
    )
    assert not result.chi.stable
    assert result.chi.lambda_crit_nm == pytest.approx(0.063, abs=0.001)
    assert result.kh == pytest.approx(0.8)
    assert any("too thin for the half-space model" in note for note in result.notes)
    assert any("continuum" in note for note in result.notes)


def test_the_other_sign_turns_the_verdict_of_chi_but_not_the_rule():
    other = evaluate(51, poisson=0.207, volume_ratio=0.0841, relative_sign=RelativeSign.GIBBS_THOMSON)
    assert other.passes
    assert other.chi.stable
    assert other.chi.lambda_crit_nm is None
    assert other.stable_side == "above"


def test_a_polymer_of_the_classical_case():
    result = evaluate(10, poisson=0.32, volume_ratio=4, thickness_nm=100)
    assert result.g_crit == pytest.approx(2.20, abs=0.005)
    assert (result.regime, result.stable_side) == (Regime.PRESSURE_DRIVEN, "above")
    assert not any("half-space" in note for note in result.notes)


def test_at_v_of_one_there_is_no_critical_ratio():
    result = evaluate(10, poisson=0.3, volume_ratio=1.0)
    assert (result.g_crit, result.stable_side) == (None, None)
    assert result.chi is not None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Poisson's ratio and volume ratio not given"),
        ({"poisson": 0.3}, "volume ratio not given"),
        ({"volume_ratio": 0.1}, "Poisson's ratio not given"),
    ],
)
def test_without_its_inputs_chi_says_why_it_is_missing(given, reason):
    result = evaluate(10, **given)
    assert result.chi is None
    assert result.chi_missing == reason


def test_the_json_form_has_the_promised_keys():
    document = json.loads(evaluate(50, poisson=0.2, volume_ratio=0.1).model_dump_json())
    assert {"ratio", "threshold_GPa", "passes", "probability", "g_crit", "regime", "chi", "kh"} <= set(
        document
    )
    assert {"total", "hydrostatic", "deviatoric", "surface", "unit"} <= set(document["chi"])
    assert document["chi"]["unit"] == "kJ/mol/nm"
    assert document["regime"] == "density driven"
    assert "heuristic" in document["notes"][0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"shear_modulus_GPa": -1}, "not negative, got -1 GPa"),
        ({"shear_modulus_GPa": 5e9}, "above that of diamond"),
        ({"sigma_GPa": -0.1}, "standard uncertainty is not negative"),
        ({"poisson": 0.7}, "Poisson's ratio"),
        ({"volume_ratio": -0.1}, "volume ratio must be above 0"),
        ({"thickness_nm": 0}, "thickness must be above 0, got 0"),
        ({"wave_number_1_m": 0}, "wave number must be above 0, got 0"),
        ({"li_shear_modulus_GPa": 0}, "li shear modulus must be above 0, got 0"),
    ],
)
def test_impossible_input_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        evaluate(**({"shear_modulus_GPa": 10} | given))


def test_another_unit_is_refused():
    with pytest.raises(DataError, match="given in GPa, not in Pa"):
        modulus_ratio(Property(value=5e9, unit="Pa"))
